"""The spread of each measure: what intervals must be wider by, so that 95 of 100 hold the true and unclipped number."""

from dataclasses import replace

import numpy as np
from scipy.stats import norm

from anonymizers.counting.plan import Measure, Plan
from anonymizers.estimating.roll_up import CONFIDENCE
from anonymizers.estimating.scale import Floats, scaled_numbers
from anonymizers.tuning.choose import bounds_in, with_bounds, without_spreads
from anonymizers.tuning.expected_error import expected, large_cells, shares_of
from anonymizers.tuning.made_up import MadeUp

_REACH = float(norm.ppf((1 + CONFIDENCE) / 2))
_TRIED = (0.0, *(float(f"{spread:.2g}") for spread in np.geomspace(0.001, 1_000_000, 241)))


def with_spreads(plan: Plan, made_up: MadeUp) -> Plan:
    """The plan with its spreads: first of totals, then of the cells that are scaled to them."""
    bare = without_spreads(plan)
    totals = [each for each in bare.measures if each.name == "pairs" or each.statistic.name == "totals"]
    spreads = {(each.statistic.name, each.name): _of_total(each, made_up) for each in totals}
    bounds = bounds_in(bare)
    based = with_bounds(bare, {key: replace(bounds[key], spread=spread) for key, spread in spreads.items()})
    told, shares = scaled_numbers(based, made_up.site, made_up.draws(bare)), shares_of(plan)
    for key, found in expected(bare, made_up).items():
        if key not in spreads:
            variances = told[key].noise + (told[key].common ** 2).sum(axis=0)
            variances = variances[found.matters]
            spreads[key] = _least(found.truth, found.clipping, found.noise_variance(shares), variances)
    return with_bounds(bare, {key: replace(bounds[key], spread=spread) for key, spread in spreads.items()})


def _of_total(measure: Measure, made_up: MadeUp) -> float:
    """A total is drawn and never scaled."""
    weights = made_up.weights(measure)
    truth, noise = made_up.truth(measure), (measure.mechanism.sigma / weights) ** 2
    large, clipping = large_cells(truth), made_up.bounded(measure) / weights - truth
    return _least(truth[large], clipping[large], noise[large], noise[large])


def _least(truth: Floats, clipping: Floats, noise: Floats, told: Floats) -> float:
    """The least spread under which the intervals hold the truth in 95 of 100 cells.

    `clipping` is what estimates are off by without noise, `noise` the true variance about that, `told` the variance that
    intervals are made of besides the spread.
    """
    deviation = np.sqrt(noise)
    for spread in _TRIED:
        half = _REACH * np.sqrt(told + spread * truth)
        held = norm.cdf((half - clipping) / deviation) - norm.cdf((-half - clipping) / deviation)
        if held.mean() >= CONFIDENCE - 1e-6:
            return spread
    return _TRIED[-1]
