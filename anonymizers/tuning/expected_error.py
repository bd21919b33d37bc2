"""How far a plan's numbers would be off on made-up traffic: clipping and noise together, by the estimator's own scaling.

That tables are then made to agree is left out: it changes the choice by little, and takes twenty times as long.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anonymizers.counting.measure import cells_of
from anonymizers.counting.plan import Measure, Plan
from anonymizers.counting.statistic import EVENTS, Statistic
from anonymizers.estimating.scale import Floats, margin, scaled_numbers
from anonymizers.tuning.made_up import MadeUp

LARGE = 500
"""Visitors from which on a cell matters. A site too small for that is tuned for the largest cells that it has."""
MEDIAN = 0.6745
"""The median distance of a normal number from its mean, in standard deviations."""

Key = tuple[str, str]
"""Table, and metric or measure."""


@dataclass(frozen=True)
class Expected:
    """What to expect of one metric of one table, for each cell that matters."""

    matters: NDArray[np.bool_]
    """Which of the table's cells they are."""
    truth: Floats
    clipping: Floats
    """What bounding leaves after scaling, signed."""
    mended: NDArray[np.bool_]
    """False for cells that no total mends, for there is none, or it is lost in noise: there the choice fears clipping
    twice as much."""
    noise: Mapping[Key, Floats]
    """The variance that each measure's noise would bring, had it the whole budget."""

    def noise_variance(self, shares: Mapping[Key, float]) -> Floats:
        """The variance of the noise under these shares."""
        variance: Floats = np.sum([each / shares[key] for key, each in self.noise.items()], axis=0)
        return variance

    def errors(self, shares: Mapping[Key, float]) -> Floats:
        """What the choice makes small: root of the mean squared distance from the truth, relative to it."""
        relative: Floats = (
            np.sqrt((self.clipping * np.where(self.mended, 1, 2)) ** 2 + self.noise_variance(shares)) / self.truth
        )
        return relative

    def medians(self, shares: Mapping[Key, float]) -> tuple[float, float, float]:
        """Of the cells, for readers: typical error, clipping's part and noise's part, relative to the truth."""
        noise, clipping = MEDIAN * np.sqrt(self.noise_variance(shares)), np.abs(self.clipping)
        error, clipped, noisy = (np.median(each / self.truth) for each in (np.hypot(clipping, noise), clipping, noise))
        return float(error), float(clipped), float(noisy)


def expected(plan: Plan, made_up: MadeUp) -> Mapping[Key, Expected]:
    """What to expect of each table and metric under a plan whose spreads are zero."""
    shares, numbers = shares_of(plan), scaled_numbers(plan, made_up.site, made_up.draws(plan))
    found = {}
    for statistic in (each for each in plan.statistics if each.part == EVENTS):
        matters = large_cells(made_up.truth(plan.of(statistic)[statistic.metrics[0]]))
        for metric in statistic.metrics:
            key, told = (statistic.name, metric), numbers[statistic.name, metric]
            truth = np.maximum(made_up.truth(plan.of(statistic)[metric]), 1e-3)
            noise: dict[Key, Floats] = {key: told.noise}
            mended: NDArray[np.bool_] = np.zeros(len(truth), dtype=bool)
            total = _total(statistic, metric, plan)
            if total is not None:
                mended = np.any(told.common != 0, axis=0)
                groups = margin(told.cells, statistic.keys, statistic.within or ())
                sums, off = groups @ told.values, _off(total, statistic, plan, made_up)
                noise[key] = told.noise + mended * told.values**2 * (groups.T @ (groups @ told.noise / sums**2))
                noise[total.statistic.name, total.name] = mended * told.values**2 * (groups.T @ off)
            whole = {each: variance[matters] * shares[each] for each, variance in noise.items()}
            found[key] = Expected(matters, truth[matters], (told.values - truth)[matters], mended[matters], whole)
    return found


def _total(statistic: Statistic, metric: str, plan: Plan) -> Measure | None:
    """The measure to which a metric's cells are scaled."""
    if statistic.within is None:
        return None
    names = ("totals", "events") if metric == "events" else (statistic.name, "pairs")
    return next((each for each in plan.measures if (each.statistic.name, each.name) == names), None)


def _off(total: Measure, statistic: Statistic, plan: Plan, made_up: MadeUp) -> Floats:
    """The variance of each group's total by its noise, relative to the squared total."""
    adds = margin(cells_of(total, made_up.site, plan), total.keys, statistic.within or ())
    variance = adds @ (total.mechanism.sigma / made_up.weights(total)) ** 2
    off: Floats = variance / np.maximum(adds @ (made_up.bounded(total) / made_up.weights(total)), 1e-3) ** 2
    return off


def shares_of(plan: Plan) -> dict[Key, float]:
    """The part of the budget that each measure gets."""
    return {(measure.statistic.name, measure.name): measure.bound.share for measure in plan.measures}


def loss(expectations: Mapping[Key, Expected], shares: Mapping[Key, float]) -> float:
    """What the choice makes smallest: the typical error of each table and metric, added up.

    The geometric mean over the cells stands for their median, as it moves smoothly. An error above 100 % is hardly worse
    than one of 100 %, so that no budget goes where it cannot help.
    """
    errors = (each.errors(shares) for each in expectations.values())
    return float(sum(np.exp(np.log(error / (1 + error) + 1e-9).mean()) for error in errors))


def large_cells(visitors: Floats) -> NDArray[np.bool_]:
    """The cells that bounds are chosen for: at least `LARGE` visitors, or the largest few."""
    few = min(max(2, round(len(visitors) ** 0.5)), len(visitors))
    least = min(LARGE, float(np.sort(visitors)[-few]))
    return visitors >= max(least, 1e-3)
