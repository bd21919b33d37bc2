"""Roll-up: what is too small to be told goes into its public parent, and nothing is lost on the way."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.estimating.roll_up import JUDGED_BY, groups_of, least_told, parents
from anonymizers.estimating.scale import scaled_numbers
from anonymizers.vocabulary import DAY, OTHER, WEEK
from tests.anonymizers.estimating.worlds import SHIPPED, any_draws, spent
from tests.anonymizers.trials import trials

RELEASES = [(name, window) for name in SHIPPED for window in (DAY, WEEK)]


@pytest.mark.parametrize(("name", "window"), RELEASES)
@given(data=st.data())
@trials(6)
def test_every_cell_goes_to_one_public_parent_and_sums_stay(name, window, data):
    """Hours of an action that is not told are left out, as an action has no parent; nothing else is."""
    plan = spent(name, window)
    numbers = scaled_numbers(plan, SHIPPED[name], data.draw(any_draws(name, window)))
    for statistic in plan.statistics:
        cells = statistic.cells(SHIPPED[name])
        told_in = parents(statistic, numbers)
        told, adds = groups_of(cells, told_in)
        assert set(told_in) == set(cells) and set(told) <= set(cells)
        assert told == [cell for cell in cells if cell in told]
        left_out = [cell for cell in cells if told_in[cell] is None]
        assert (not left_out) or statistic.name == "hours"
        assert np.allclose(adds.sum(axis=0), [told_in[cell] is not None for cell in cells])
        for cell, parent in told_in.items():
            if parent is not None:
                assert all(mine == its or its == OTHER for mine, its in zip(cell, parent, strict=True))
                assert told_in[parent] in (parent, (OTHER, OTHER, OTHER)) or statistic.name != "browsers"
        values = np.random.default_rng(0).normal(10, 5, len(cells))
        if not left_out:
            assert (adds @ values).sum() == pytest.approx(values.sum())


@pytest.mark.parametrize(("name", "window"), RELEASES)
@given(data=st.data())
@trials(6)
def test_a_slice_is_told_whole_or_not_at_all_and_alike_in_every_table_that_asks_the_same_judge(name, window, data):
    plan = spent(name, window)
    numbers = scaled_numbers(plan, SHIPPED[name], data.draw(any_draws(name, window)))
    told_by: dict[tuple[str, str], set] = {}
    for statistic in plan.statistics:
        if statistic.name in JUDGED_BY:
            judge, key = JUDGED_BY[statistic.name]
            place = statistic.keys.index(key)
            told_in = parents(statistic, numbers)
            told = {cell[place] for cell, parent in told_in.items() if cell == parent}
            assert all((told_in[cell] == cell) == (cell[place] in told) for cell in told_in)
            assert told_by.setdefault((judge, key), told) == told


@given(cells=st.integers(2, 400), sigma=st.floats(0.5, 100))
@trials(6)
def test_noise_alone_makes_something_told_in_5_of_100_tables(cells, sigma):
    noise = np.random.default_rng(cells).normal(0, sigma, (4_000, cells)).max(axis=1)
    assert 0.03 < (noise >= least_told(sigma**2, cells)).mean() < 0.07
