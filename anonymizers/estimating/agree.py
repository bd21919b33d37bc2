"""Tables that agree: what two tables both tell has one value, by weighted least squares over all of them.

The best linear estimate under the sums that must be equal (as Hay et al. 2010 do for trees of counts). It also lowers the
error, for each sum is then told by several tables.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from anonymizers.counting.plan import Plan
from anonymizers.estimating.scale import Floats, Numbers, margin
from anonymizers.vocabulary import DAY, WEEK

EQUAL_SUMS: Mapping[str, tuple[str, tuple[tuple[str, str, tuple[str, ...]], ...]]] = {
    DAY: (
        "events",
        (
            ("topics", "totals", ("action",)),
            ("hours", "totals", ("action",)),
            ("topic_dayparts", "topics", ("topic",)),
            ("browsers", "totals", ()),
        ),
    ),
    WEEK: ("visitors", (("segment_frequency", "segments", ("segment",)),)),
}
"""Window -> the metric that adds up, and: this table, added up by these keys, equals that table, added up by them."""


_FIXED = 1e-3
"""Variance of what stays as it is; not zero, so that equations keep a solution."""


@dataclass(frozen=True)
class Agreed:
    """Estimates that agree, all tables of one metric in one vector."""

    places: Mapping[str, slice]
    """Where each table stands in the vector."""
    linear: Floats
    """The best linear estimate, which may be negative: what intervals are about."""
    covariance: Floats
    values: Floats
    """The best estimate that is nowhere below its lower bound: what is published."""

    def of(self, table: str) -> tuple[Floats, Floats, Floats]:
        """A table's linear estimate, covariance and published values."""
        place = self.places[table]
        return self.linear[place], self.covariance[place, place], self.values[place]


def agree(plan: Plan, numbers: Mapping[tuple[str, str], Numbers], lower: Mapping[str, Floats]) -> Agreed:
    """Make the tables of a release agree in the metric that adds up. `lower` is the least that each cell may be.

    Where no numbers at or above `lower` can agree, zero is the least.
    """
    metric, equal = EQUAL_SUMS[plan.window]
    tables = list(dict.fromkeys(table for one, other, _ in equal for table in (one, other)))
    ends = np.cumsum([0, *(len(numbers[table, metric].values) for table in tables)])
    places = {table: slice(ends[n], ends[n + 1]) for n, table in enumerate(tables)}
    drawn = np.concatenate([numbers[table, metric].values for table in tables])
    variances = np.concatenate([numbers[table, metric].variances for table in tables])
    keys = {statistic.name: statistic.keys for statistic in plan.statistics}
    sums = []
    for one, other, shared in equal:
        rows = np.zeros((margin(numbers[one, metric].cells, keys[one], shared).shape[0], len(drawn)))
        rows[:, places[one]] = margin(numbers[one, metric].cells, keys[one], shared)
        rows[:, places[other]] -= margin(numbers[other, metric].cells, keys[other], shared)
        sums.append(rows)
    equations = np.concatenate(sums)
    # Cells were scaled to the totals, so they know nothing of them: the totals stay, and what they may be off is `common`.
    if "totals" in places:
        variances[places["totals"]] = _FIXED
    linear, covariance = project(drawn, variances, equations)
    # An error of the totals moves all that must add up to them: with them where cells were scaled, else by agreeing.
    errors = max(numbers[table, metric].common.shape[0] for table in tables)
    common = np.hstack([_with_rows(numbers[table, metric].common, errors) for table in tables])
    common = np.array([project(row, variances, equations)[0] for row in common]).reshape(common.shape)
    covariance = covariance + common.T @ common
    least = np.concatenate([lower[table] for table in tables])
    values = project_above(drawn, variances, equations, least)
    if values is None:
        values = project_above(drawn, variances, equations, np.zeros(len(drawn)))
    return Agreed(places, linear, covariance, np.maximum(linear, 0) if values is None else values)


def _with_rows(common: Floats, rows: int) -> Floats:
    return common if common.shape[0] == rows else np.zeros((rows, common.shape[1]))


def project(drawn: Floats, variances: Floats, equations: Floats) -> tuple[Floats, Floats]:
    """The best linear estimate under `equations @ x = 0`, and its covariance."""
    spread = variances[:, None] * equations.T
    gain = spread @ np.linalg.pinv(equations @ spread)
    return drawn - gain @ (equations @ drawn), np.diag(variances) - gain @ spread.T


def project_above(drawn: Floats, variances: Floats, equations: Floats, lower: Floats) -> Floats | None:
    """As `project`, with no value below `lower`; None where there is no such estimate.

    Values that fall below are held at their bound and the others estimated anew, until none falls.
    """
    free = np.ones(len(drawn), dtype=bool)
    values = np.array(lower)
    for _ in range(len(drawn)):
        some = equations[:, free]
        spread = variances[free, None] * some.T
        gap = some @ drawn[free] + equations[:, ~free] @ lower[~free]
        values[free] = drawn[free] - spread @ (np.linalg.pinv(some @ spread) @ gap)
        falls = free & (values < lower - 1e-9)
        if not falls.any():
            break
        values[falls] = lower[falls]
        free &= ~falls
    off = np.abs(equations @ values)
    return values if (off <= 1e-6 * (1 + np.abs(drawn).max())).all() else None
