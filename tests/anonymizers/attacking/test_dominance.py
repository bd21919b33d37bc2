"""How far a measure moves, in exact arithmetic, by hand-made vectors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.attacking.dominance import WIDEST, furthest, largest_cell, unbounded
from anonymizers.attacking.vectors import measures_of
from anonymizers.counting.draw import UNIT
from anonymizers.counting.measure import cells_of
from anonymizers.counting.plan import plan
from anonymizers.vocabulary import DAY, WEEK
from tests.anonymizers.trials import trials


def still(site, spent):
    """Numbers of nobody."""
    return {key: np.zeros(len(cells_of(each, site, spent)), dtype=np.int64) for key, each in measures_of(spent).items()}


@pytest.mark.parametrize("window", [DAY, WEEK])
@given(data=st.data())
@trials(20)
def test_one_unit_more_than_the_sensitivity_in_any_measure_is_too_far(site, window, data):
    spent = plan(site, window)
    key = data.draw(st.sampled_from(list(measures_of(spent))))
    measure, before, after = measures_of(spent)[key], still(site, spent), still(site, spent)
    cell = data.draw(st.integers(0, len(after[key]) - 1))
    after[key][cell] = data.draw(st.sampled_from((-1, 1))) * int(measure.bound.norm * UNIT)
    assert furthest(after, before, spent) <= 1
    assert largest_cell(after, before, spent) == pytest.approx(1, abs=1e-3)
    after[key][cell] += np.sign(after[key][cell])
    assert furthest(after, before, spent) > 1


def test_many_small_moves_count_together(site):
    spent = plan(site, DAY)
    before, after = still(site, spent), still(site, spent)
    after["totals", "visitors"][:] = UNIT * 2  # norm 2 over four cells: each at the bound alone, twice it together
    norm = measures_of(spent)["totals", "visitors"].bound.norm
    assert furthest(after, before, spent) == pytest.approx(4 / norm)
    assert furthest(before, before, spent) == 0


def test_bounds_that_are_switched_off_leave_the_noise_as_it_is(site):
    spent = plan(site, DAY)
    off = unbounded(spent)
    assert {each.bound.norm for each in off.measures} == {WIDEST}
    assert [each.mechanism for each in off.measures] == [each.mechanism for each in spent.measures]
