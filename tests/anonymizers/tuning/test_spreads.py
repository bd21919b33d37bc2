"""Spreads make intervals honest: they hold the number before clipping in 95 of 100 cells."""

from collections.abc import Mapping

import numpy as np
import pytest

from anonymizers.counting.plan import Plan
from anonymizers.estimating.scale import scaled_numbers
from anonymizers.tuning.choose import bounds_in, with_bounds, without_spreads
from anonymizers.tuning.expected_error import Key, expected
from anonymizers.tuning.made_up import MadeUp
from anonymizers.tuning.spreads import with_spreads
from anonymizers.vocabulary import DAY, WEEK


def coverage(plan: Plan, traffic: MadeUp, draws: int = 200) -> Mapping[Key, float]:
    """Part of the intervals of cells that matter which hold the truth, before tables are made to agree."""
    noise, held = np.random.default_rng(3), dict[Key, list[float]]()
    cells = expected(without_spreads(plan), traffic)
    for _ in range(draws):
        numbers = scaled_numbers(plan, traffic.site, traffic.draws(plan, noise))
        for key, found in cells.items():
            told = numbers[key]
            half = 1.96 * np.sqrt(told.variances + (told.common**2).sum(axis=0))[found.matters]
            held.setdefault(key, []).append(float(np.mean(np.abs(told.values[found.matters] - found.truth) <= half)))
    return {key: float(np.mean(each)) for key, each in held.items()}


@pytest.mark.parametrize("window", (DAY, WEEK))
def test_intervals_hold_the_truth_in_95_of_100_cells(window, chosen, traffic):
    plan = with_spreads(chosen[window], traffic[window])
    found = coverage(plan, traffic[window])
    assert 0.93 <= np.mean(list(found.values())) <= 0.98
    # One table may do worse: a group whose sum is hardly more than its noise is not always scaled by itself.
    assert min(found.values()) >= 0.88


def test_without_spreads_intervals_of_clipped_cells_are_too_narrow(chosen, traffic):
    found = coverage(without_spreads(chosen[DAY]), traffic[DAY])
    assert min(found.values()) < 0.8


def test_where_nothing_is_clipped_no_spread_is_told(chosen, traffic):
    plan = chosen[DAY]
    wide = bounds_in(plan)
    for measure in plan.measures:
        key = (measure.statistic.name, measure.name)
        if key in (("totals", "visitors"), ("segments", "visitors")):
            wide[key] = type(wide[key])(wide[key].share, max(1.0, float(traffic[DAY].norms(measure).max())))
    told = bounds_in(with_spreads(with_bounds(plan, wide), traffic[DAY]))
    assert told["totals", "visitors"].spread == told["segments", "visitors"].spread == 0
