"""Roll-up: what is too small to be told goes into its public parent, and nothing is lost on the way."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.estimating.roll_up import JUDGED_BY, least_told, parents, rolled_up
from anonymizers.estimating.scale import Numbers, scaled_numbers
from anonymizers.vocabulary import DAY, OTHER, WEEK
from tests.anonymizers.estimating.worlds import SHIPPED, any_draws, spent
from tests.anonymizers.trials import trials

RELEASES = [(name, window) for name in SHIPPED for window in (DAY, WEEK)]


@pytest.mark.parametrize(("name", "window"), RELEASES)
@given(data=st.data())
@trials(6)
def test_every_cell_goes_to_one_public_parent_and_nothing_is_lost(name, window, data):
    plan = spent(name, window)
    numbers = scaled_numbers(plan, SHIPPED[name], data.draw(any_draws(name, window)))
    for statistic in plan.statistics:
        cells = statistic.cells(SHIPPED[name])
        told_in = parents(statistic, numbers)
        assert set(told_in) == set(cells)
        for cell, parent in told_in.items():
            assert all(mine == its or its == OTHER for mine, its in zip(cell, parent, strict=True))
            assert told_in[parent] in (parent, (OTHER, OTHER, OTHER)) or statistic.name != "browsers"
        for metric in statistic.metrics:
            before = numbers[statistic.name, metric]
            after = rolled_up(before, told_in)
            assert list(after.cells) == [cell for cell in cells if cell in set(told_in.values())]
            for each in ("values", "noise", "variances"):
                assert getattr(after, each).sum() == pytest.approx(getattr(before, each).sum())
            assert np.allclose(after.common.sum(axis=1), before.common.sum(axis=1))


def test_many_empty_cells_add_up_to_about_nothing():
    """Cut off at zero one by one, 190 empty cells would come to 0.4 of their noise each."""
    cells = [(str(number), "x", "y") for number in range(190)] + [(OTHER, OTHER, OTHER)]
    noise, found = np.random.default_rng(3), []
    for _ in range(400):
        values = noise.normal(0, 30, len(cells))
        numbers = Numbers(cells, values, *[np.full(len(cells), 900.0)] * 2, np.zeros((0, len(cells))))
        found.append(rolled_up(numbers, dict.fromkeys(cells, (OTHER, OTHER, OTHER))).values[0])
    assert abs(np.mean(found)) < 4 * 30 * np.sqrt(191) / np.sqrt(400)


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
