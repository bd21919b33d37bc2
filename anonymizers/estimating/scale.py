"""From drawn units to counts: clipped cells are scaled to separately drawn totals, and each gets its variance.

Bounding a visitor clips the heavy ones, so that cells come out too small, in one action or segment more than in another.
Totals are drawn with a generous bound, at a small share of the budget; each group of cells is made larger until it adds
up to its total. This assumes that clipping hits the cells of a group alike; what is left of it is `Bound.spread`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anonymizers.counting.draw import UNIT, Draw
from anonymizers.counting.measure import Cell, cells_of
from anonymizers.counting.plan import Measure, Plan
from anonymizers.counting.statistic import Statistic
from anonymizers.site import Site

Floats = NDArray[np.float64]

LARGEST_FACTOR = 10.0
_SURE = 10.0
"""A group's own factor is used where its sum is ten times its noise; else that of the whole table."""


@dataclass(frozen=True)
class Numbers:
    """One metric of one table: an estimate for each cell, and how far it may be off."""

    cells: Sequence[Cell]
    values: Floats
    noise: Floats
    """Variance of the noise alone."""
    variances: Floats
    """With what bounding adds to it; given the totals that the cells were scaled to."""
    common: Floats
    """How far the totals may be off, carried over to the cells: a row for each drawn total, in standard deviations."""


@dataclass(frozen=True)
class _Totals:
    """Separately drawn totals, how far each may be off, and the matrix that adds them up to what groups must be."""

    values: Floats
    off: Floats
    adds: Floats


def scaled_numbers(plan: Plan, site: Site, draws: Mapping[str, Draw]) -> dict[tuple[str, str], Numbers]:
    """Every metric of every table of a release, by table and metric, scaled and with its variance."""
    drawn = {
        (statistic.name, name): _counts(draws[statistic.part], measure) / _weights(measure, site, plan)
        for statistic in plan.statistics
        for name, measure in plan.of(statistic).items()
    }
    return {
        (statistic.name, metric): _scaled(statistic, metric, plan, site, drawn)
        for statistic in plan.statistics
        for metric in statistic.metrics
    }


def _counts(draw: Draw, measure: Measure) -> Floats:
    return np.array(draw.numbers[measure.statistic.name][measure.name], dtype=float) / UNIT


def _scaled(
    statistic: Statistic, metric: str, plan: Plan, site: Site, drawn: Mapping[tuple[str, str], Floats]
) -> Numbers:
    measure = plan.of(statistic)[metric]
    cells, values = cells_of(measure, site, plan), drawn[statistic.name, metric]
    noise = (measure.mechanism.sigma / _weights(measure, site, plan)) ** 2
    common = np.zeros((0, len(values)))
    totals = _totals(statistic, metric, plan, site, drawn)
    if totals is not None:
        groups = margin(cells, statistic.keys, statistic.within or ())
        factors, moves = _factors(groups @ values, np.sqrt(groups @ noise), totals)
        values, noise = values * (groups.T @ factors), noise * (groups.T @ factors) ** 2
        common = (moves @ totals.adds * totals.off).T @ (groups * values)
    variances = noise + measure.bound.spread * np.maximum(values, 0)
    if (statistic.name, metric) == ("totals", "events"):
        common = np.diag(np.sqrt(variances))
    return Numbers(cells, values, noise, variances, common)


def _totals(
    statistic: Statistic, metric: str, plan: Plan, site: Site, drawn: Mapping[tuple[str, str], Floats]
) -> _Totals | None:
    """What each group of cells should add up to: of visitors, the cells they touched; of events, all events."""
    if statistic.within is None:
        return None
    if metric == "visitors":
        measure, adds = plan.of(statistic).get("pairs"), None
    else:
        whole = next(each for each in plan.statistics if each.name == "totals")
        measure = plan.of(whole)["events"]
        adds = margin(cells_of(measure, site, plan), whole.keys, statistic.within)
    if measure is None:
        return None
    values = drawn[measure.statistic.name, measure.name]
    noise = (measure.mechanism.sigma / _weights(measure, site, plan)) ** 2
    off = np.sqrt(noise + measure.bound.spread * np.maximum(values, 0))
    return _Totals(values, off, np.eye(len(values)) if adds is None else adds)


def _factors(sums: Floats, noise: Floats, totals: _Totals) -> tuple[Floats, Floats]:
    """The factor of each group, and by which part of itself it grows for each one that a group's total grows."""
    wanted, off = totals.adds @ totals.values, np.sqrt(totals.adds @ totals.off**2)
    overall = 1.0
    if sums.sum() > _SURE * float(np.sqrt((noise**2).sum())):
        overall = _ratio(wanted.sum(), sums.sum())
    own = np.array([_ratio(total, found) for total, found in zip(wanted, np.maximum(sums, 1), strict=True)])
    sure = (sums > _SURE * noise) & (wanted > _SURE * off)
    # A factor that may as well be one is one: of noise above one and none below, all cells would come out too large.
    doubt = 2 * np.hypot(off / np.maximum(wanted, 1), noise / np.maximum(sums, 1))
    factors = np.where(sure, np.where(own > 1 + doubt, own, 1.0), overall)
    moves = np.where(sure[:, None], np.diag(1 / np.maximum(wanted, 1)), 1 / max(wanted.sum(), 1.0))
    return factors, moves * ((factors > 1) & (factors < LARGEST_FACTOR))[:, None]


def _weights(measure: Measure, site: Site, plan: Plan) -> Floats:
    return np.array([measure.weight(cell) for cell in cells_of(measure, site, plan)], dtype=float)


def _ratio(total: float, found: float) -> float:
    """Clipping only ever takes away, so no factor is below one."""
    return float(np.clip(total / found, 1.0, LARGEST_FACTOR))


def margin(cells: Sequence[Cell], keys: Sequence[str], onto: Sequence[str]) -> Floats:
    """The matrix that adds cells up by the keys `onto`: a row for each group, in the order of the cells."""
    places = [keys.index(key) for key in onto]
    names = [tuple(cell[place] for place in places) for cell in cells]
    rows = {name: number for number, name in enumerate(dict.fromkeys(names))}
    matrix = np.zeros((len(rows), len(cells)))
    matrix[[rows[name] for name in names], np.arange(len(cells))] = 1.0
    return matrix
