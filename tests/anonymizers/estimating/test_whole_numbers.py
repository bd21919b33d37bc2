"""Rounding: totals kept, nothing below its least, nothing far from what it was."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.estimating.whole_numbers import apportion, rounded
from tests.anonymizers.trials import trials

CELLS = st.lists(st.tuples(st.floats(0, 1e9), st.integers(0, 10**6)), min_size=1, max_size=40)


@given(cells=CELLS, total=st.integers(0, 10**10))
@trials(200)
def test_a_total_is_kept_and_no_cell_falls_below_its_least_where_there_is_room(cells, total):
    values, lower = np.array([value for value, _ in cells]), np.array([least for _, least in cells])
    whole = apportion(values, total, lower)
    assert whole.dtype == np.int64 and whole.sum() == total
    assert (whole >= (lower if lower.sum() <= total else 0)).all()


@given(values=st.lists(st.floats(0, 1e9), min_size=1, max_size=40))
@trials(100)
def test_values_that_add_up_already_move_by_less_than_one(values):
    total = round(sum(values))
    whole = apportion(np.array(values), total, np.zeros(len(values), dtype=np.int64))
    stretched = np.array(values) * (total / sum(values)) if sum(values) else np.array(values)
    assert sum(values) == 0 or (np.abs(whole - stretched) < 1 + 1e-6).all()


def test_largest_remainders_go_first_and_nothing_at_all_goes_last():
    none = np.zeros(3, dtype=np.int64)
    assert apportion(np.array([1.2, 1.7, 1.1]), 4, none).tolist() == [1, 2, 1]
    assert apportion(np.zeros(3), 5, none).tolist() == [0, 0, 5]
    assert apportion(np.array([5.0, 5.0, 0.0]), 6, np.array([0, 0, 4])).tolist() == [1, 1, 4]
    assert apportion(np.array([5.0, 5.0, 0.0]), 3, np.array([0, 0, 4])).tolist() == [2, 1, 0]


@given(values=st.lists(st.floats(-1e9, 1e9), max_size=40))
@trials(60)
def test_rounding_gives_the_nearest_whole_number_that_is_not_negative(values):
    whole = rounded(np.array(values, dtype=float))
    assert whole.dtype == np.int64 and (whole >= 0).all()
    assert all(abs(number - max(value, 0)) <= 0.5 for number, value in zip(whole, values, strict=True))
