"""The affinity index: its worked table, when it is told, and how often its interval holds the truth."""

from math import log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.estimating.affinity import WIDEST, Estimate, affinity
from tests.anonymizers.trials import trials

REACH = 1.96
EXACT = 0.0


def index(*numbers: float, sigma: float = EXACT):
    """The index of cell, segment, cell of all and all, each with the same noise."""
    return affinity(*(Estimate(number, sigma**2) for number in numbers), REACH)


def test_the_worked_table():
    assert index(300, 1_000, 10_000, 100_000) == (300, 300, 300)
    assert index(100, 1_000, 10_000, 100_000) == (100, 100, 100)
    assert index(50, 1_000, 10_000, 100_000) == (50, 50, 50)


@given(numbers=st.lists(st.floats(-50, 0) | st.floats(1e-6, 1e6), min_size=4, max_size=4), sigma=st.floats(0.1, 500))
@trials(150)
def test_an_index_is_told_only_where_the_noise_supports_it(numbers, sigma):
    told = index(*numbers, sigma=sigma)
    if min(numbers) <= 0:
        assert told is None
        return
    width = REACH * sigma * sqrt(sum(number**-2 for number in numbers))
    assert (told is None) == (width > log(WIDEST))
    if told is not None:
        value, low, high = told
        assert low <= value <= high
        assert value / WIDEST - 1 <= low and high <= value * WIDEST + 1


def test_noise_alone_gives_no_index():
    """Cells that nobody visited: one in a hundred at most would be told."""
    noise = np.random.default_rng(1).normal(0, 30, 2_000)
    told = [index(cell, 5_000, 20_000, 100_000, sigma=30) for cell in noise]
    assert sum(each is not None for each in told) <= 2


@pytest.mark.parametrize("cell", [250, 1_000])
def test_intervals_hold_the_true_index_in_93_to_97_of_100_draws(cell):
    """3,000 draws: one standard deviation is 0.4 of 100. The control: intervals half as long leave the band."""
    truth, sigma = np.array([cell, 4_000, 20_000, 100_000]), 25.0
    true = 100 * (truth[0] / truth[1]) / (truth[2] / truth[3])
    draws = truth + np.random.default_rng(2).normal(0, sigma, (3_000, 4))
    for reach, inside in ((REACH, True), (REACH / 2, False)):
        told = [affinity(*(Estimate(number, sigma**2) for number in draw), reach) for draw in draws.tolist()]
        held = np.mean([each[1] <= true <= each[2] for each in told if each is not None])
        assert (0.93 <= held <= 0.97) == inside
