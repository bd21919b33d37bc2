"""The published tables of a release, from its draws alone: scaled, made to agree, rolled up, whole numbers, intervals.

Equal draws give equal tables, so that the gate makes them anew and compares.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from statistics import NormalDist

import numpy as np
import pyarrow as pa

from anonymizers.counting.draw import Draw
from anonymizers.counting.measure import Cell
from anonymizers.counting.plan import Plan
from anonymizers.counting.statistic import Statistic
from anonymizers.estimating.affinity import Estimate, affinity
from anonymizers.estimating.agree import EQUAL_SUMS, agree
from anonymizers.estimating.roll_up import CONFIDENCE, parents, rolled_up
from anonymizers.estimating.scale import Floats, Numbers, margin, scaled_numbers
from anonymizers.estimating.whole_numbers import Whole, apportion, rounded
from anonymizers.site import Site
from anonymizers.vocabulary import ALL_VISITORS

_REACH = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
"""Standard deviations on either side of a 95 % interval."""


@dataclass(frozen=True)
class NoisyTable:
    """A table as it may be published."""

    statistic: Statistic
    rows: pa.Table
    """`Statistic.schema()`, in key order."""


@dataclass
class _Told:
    """A table on its way: its told cells, and by metric the published numbers with their intervals."""

    cells: list[Cell]
    numbers: dict[str, Whole] = field(default_factory=dict)
    low: dict[str, Whole] = field(default_factory=dict)
    high: dict[str, Whole] = field(default_factory=dict)
    estimates: dict[Cell, Estimate] = field(default_factory=dict)
    """Of the first metric, before rounding: what an index is made of."""


def estimate(plan: Plan, site: Site, period: date | str, draws: Mapping[str, Draw]) -> tuple[NoisyTable, ...]:
    """Every table of a release, in the order of publication. `period` is what stands in each row's first column."""
    scaled = scaled_numbers(plan, site, draws)
    told_in = {statistic.name: parents(statistic, scaled) for statistic in plan.statistics}
    numbers = {(table, metric): rolled_up(each, told_in[table]) for (table, metric), each in scaled.items()}
    adding, equal = EQUAL_SUMS[plan.window]
    summed = {table for one, other, _ in equal for table in (one, other)}
    agreed = agree(plan, numbers, {table: _at_least(numbers, table, adding) for table in summed})
    told: dict[str, _Told] = {}
    for statistic in plan.statistics:
        cells = numbers[statistic.name, statistic.metrics[0]].cells
        told[statistic.name] = table = _Told(list(cells))
        for metric in statistic.metrics:
            own = numbers[statistic.name, metric]
            linear, values = own.values, np.maximum(own.values, 0)
            covariance = np.diag(own.variances) + own.common.T @ own.common
            if metric == adding and statistic.name in summed:
                linear, covariance, values = agreed.of(statistic.name)
            variances = np.maximum(np.diag(covariance), 0)
            _tell(table, metric, linear, variances, _whole(statistic, metric, values, told, plan))
            if metric == statistic.metrics[0]:
                pairs = zip(linear.tolist(), variances.tolist(), strict=True)
                table.estimates = dict(zip(cells, (Estimate(*pair) for pair in pairs), strict=True))
    return tuple(NoisyTable(each, _rows(each, told, plan, period)) for each in plan.statistics)


def _at_least(numbers: Mapping[tuple[str, str], Numbers], table: str, adding: str) -> Floats:
    """Whoever is counted as a visitor of a cell has at least one event there."""
    if adding != "events":
        return np.zeros(len(numbers[table, adding].values))
    return np.maximum(numbers[table, "visitors"].values, 0)


def _whole(statistic: Statistic, metric: str, values: Floats, told: Mapping[str, _Told], plan: Plan) -> Whole:
    """Whole numbers, which add up to those of the tables before where they must."""
    adding, equal = EQUAL_SUMS[plan.window]
    above = next(((other, keys) for one, other, keys in equal if one == statistic.name), None)
    if metric != adding or above is None:
        return rounded(values)
    other, keys = above
    table, cells = told[other], told[statistic.name].cells
    keys_of = {each.name: each.keys for each in plan.statistics}
    lower = told[statistic.name].numbers.get("visitors", np.zeros(len(cells), dtype=np.int64))
    totals = {group: int(row @ table.numbers[metric]) for group, row in _margins(table.cells, keys_of[other], keys)}
    whole = np.zeros(len(cells), dtype=np.int64)
    for group, row in _margins(cells, statistic.keys, keys):
        inside = row > 0
        whole[inside] = apportion(values[inside], totals[group], lower[inside])
    return whole


def _margins(cells: list[Cell], keys: tuple[str, ...], onto: tuple[str, ...]) -> list[tuple[Cell, Floats]]:
    places = [keys.index(key) for key in onto]
    names = dict.fromkeys(tuple(cell[place] for place in places) for cell in cells)
    return list(zip(names, margin(cells, keys, onto), strict=True))


def _tell(table: _Told, metric: str, linear: Floats, variances: Floats, whole: Whole) -> None:
    half = _REACH * np.sqrt(variances) + 0.5
    table.numbers[metric] = whole
    table.low[metric] = np.minimum(np.floor(np.maximum(linear - half, 0)).astype(np.int64), whole)
    table.high[metric] = np.maximum(np.ceil(np.maximum(linear + half, 0)).astype(np.int64), whole)


def _rows(statistic: Statistic, told: Mapping[str, _Told], plan: Plan, period: date | str) -> pa.Table:
    table, schema = told[statistic.name], statistic.schema()
    columns: dict[str, list[object]] = {schema.names[0]: [period] * len(table.cells)}
    for place, key in enumerate(statistic.keys):
        columns[key] = [cell[place] for cell in table.cells]
    for metric in statistic.metrics:
        columns[metric] = table.numbers[metric].tolist()
        columns[f"{metric}_low"] = table.low[metric].tolist()
        columns[f"{metric}_high"] = table.high[metric].tolist()
    if statistic.index:
        indices = [_index(cell, table.estimates, told["segments"].estimates) for cell in table.cells]
        for place, end in enumerate(("", "_low", "_high")):
            columns[f"{statistic.index}{end}"] = [index[place] if index else None for index in indices]
    return pa.table(columns, schema=schema)


def _index(
    cell: Cell, cells: Mapping[Cell, Estimate], segments: Mapping[Cell, Estimate]
) -> tuple[int, int, int] | None:
    segment, everybody = cell[:1], (ALL_VISITORS,)
    if segment == everybody:
        return 100, 100, 100
    return affinity(cells[cell], segments[segment], cells[*everybody, *cell[1:]], segments[everybody], _REACH)
