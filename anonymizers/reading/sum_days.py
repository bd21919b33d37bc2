"""The sum of a daily table over days, with intervals that hold. Sums inside one release are the reader's own affair.

The noise of different releases is independent: half-widths add up by their squares. What bounding visitors leaves is not:
it pulls a cell to the same side day after day, so that part adds up as it is (`ReadTable.spreads`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, hypot, sqrt
from statistics import NormalDist
from typing import Any

import pyarrow as pa

from anonymizers.counting.statistic import Statistic
from anonymizers.estimating.roll_up import CONFIDENCE, JUDGED_BY
from anonymizers.reading.table import ReadTable
from anonymizers.refusal import Reason, Refusal
from anonymizers.vocabulary import DAY, OTHER

VISITOR_DAYS = "visitor_days"
"""What visitors add up to: who came on three days counts three times. It is no reach."""
OF_INTERVALS = "confidence"
"""The column that says of which confidence the intervals of a sum are."""
Cell = tuple[str | int, ...]
_LEAST, _MOST = 0.5, 0.9999
_EXACT = 1e-6
"""So that a sum over one day is that day, whatever the last bit of a square root."""


@dataclass(frozen=True)
class Summed:
    """A table summed over days."""

    rows: pa.Table
    """`since`, `until`, `days` (how many were added), `confidence`, the table's keys, each metric with its interval."""
    moved: Mapping[Cell, int]
    """Rows that were not told on every day -> on how many they were. They stand in `other`, or nowhere if there is none."""


@dataclass(frozen=True)
class _Part:
    """What one release says of one row. Of an interval that was cut at zero the estimate is known to a range only."""

    number: int
    least: float
    most: float
    noise: float
    """Half-width, without what lasts."""
    lasting: float
    """The part of the half-width that is there every day."""


def rolls_up(statistic: Statistic) -> bool:
    """Whether rows that are too small stand in `other`."""
    return statistic.name == "browsers" or statistic.name in JUDGED_BY


def sum_days(tables: Sequence[ReadTable], statistic: Statistic, confidence: float = CONFIDENCE) -> Summed:
    """Add up the rows of different days. `visitors` become `visitor_days`; intervals are those of `confidence`.

    A row that was not told on every day makes no sum of its own, for on the other days it stood in `other`: it is added to
    `other` here too, so that sums over rows stay whole. Refuses weekly tables, for their visitors are no more different.
    """
    if statistic.window != DAY:
        raise Refusal(
            "read", Reason.REQUEST, "weekly reach cannot be added up over weeks; compare weeks, or add up days"
        )
    if not tables:
        raise Refusal("read", Reason.REQUEST, "there is no day to add up")
    check_confidence("read", confidence)
    told = [{_cell(row, statistic): row for row in table.rows.to_pylist()} for table in tables]
    often = {cell: sum(cell in rows for rows in told) for cell in dict.fromkeys(cell for rows in told for cell in rows)}
    whole = {cell for cell, days in often.items() if days == len(tables)}
    target = {cell: next((to for to in _upward(cell, statistic) if to in whole), None) for cell in often}
    days = sorted(day for table in tables for day in table.days)
    period = {"since": days[0], "until": days[-1], "days": len(tables), OF_INTERVALS: confidence}
    numbers = {
        metric: _sums(metric, told, [each.spreads for each in tables], target, confidence)
        for metric in statistic.metrics
    }
    rows = [
        {**period, **dict(zip(statistic.keys, cell, strict=True))}
        | {name: value for metric in statistic.metrics for name, value in numbers[metric][cell].items()}
        for cell in often
        if cell in whole
    ]
    moved = {cell: number for cell, number in often.items() if cell not in whole}
    return Summed(pa.Table.from_pylist(rows, schema=_schema(statistic)), moved)


def _sums(
    metric: str,
    told: Sequence[Mapping[Cell, Mapping[str, Any]]],
    spreads: Sequence[Mapping[str, float]],
    target: Mapping[Cell, Cell | None],
    confidence: float,
) -> Mapping[Cell, Mapping[str, int]]:
    """Cell -> the columns of its sum."""
    widest: dict[Cell, float] = {}
    for rows in told:
        for cell, row in rows.items():
            if row[f"{metric}_low"] == 0:
                widest[cell] = max(widest.get(cell, 0.0), half_width(row, metric))
    parts: dict[Cell, list[_Part]] = {}
    for rows, spread in zip(told, spreads, strict=True):
        of_day: dict[Cell, list[_Part]] = {}
        for cell, row in rows.items():
            to = target[cell]
            if to is not None:
                of_day.setdefault(to, []).append(_part(row, metric, widest.get(cell, 0.0), spread[metric]))
        for cell, found in of_day.items():
            parts.setdefault(cell, []).append(_inside_a_release(found))
    return {cell: _sum(metric, found, confidence) for cell, found in parts.items()}


def check_confidence(step: str, confidence: float) -> None:
    """Refuse what is no confidence of intervals."""
    if not _LEAST <= confidence <= _MOST:
        raise Refusal(step, Reason.REQUEST, f"a confidence lies between {_LEAST} and {_MOST}; give one as {CONFIDENCE}")


def half_width(row: Mapping[str, Any], metric: str) -> float:
    """Half the width of a metric's interval in a row; the larger half of one that was cut at zero."""
    number, low, high = (row[f"{metric}{end}"] for end in ("", "_low", "_high"))
    return float(max(number, high - number) if low == 0 else (high - low) / 2)


def _part(row: Mapping[str, Any], metric: str, widest: float, spread: float) -> _Part:
    # A day that was cut at zero tells an estimate only if its half-width is known: it is at most that of the row's other
    # days, and at least its own.
    own, number, high = half_width(row, metric), row[metric], row[f"{metric}_high"]
    half = max(own, widest) if row[f"{metric}_low"] == 0 else own
    lasting = min(half, _reach(CONFIDENCE) * sqrt(spread * number))
    return _Part(number, high - half, high - own, sqrt(half**2 - lasting**2), lasting)


def _inside_a_release(parts: Sequence[_Part]) -> _Part:
    """Rows of one release that go into one: their errors may go together, so that half-widths add up as they are."""
    return _Part(
        *(sum(getattr(part, name) for part in parts) for name in ("number", "least", "most", "noise", "lasting"))
    )


def _sum(metric: str, parts: Sequence[_Part], confidence: float) -> Mapping[str, int]:
    reach = hypot(*(part.noise for part in parts), sum(part.lasting for part in parts))
    reach *= _reach(confidence) / _reach(CONFIDENCE)
    number = sum(part.number for part in parts)
    low = floor(sum(part.least for part in parts) - reach + _EXACT)
    high = ceil(sum(part.most for part in parts) + reach - _EXACT)
    name = VISITOR_DAYS if metric == "visitors" else metric
    return {name: number, f"{name}_low": min(number, max(0, low)), f"{name}_high": max(number, high)}


def _reach(confidence: float) -> float:
    """Standard deviations on either side of an interval."""
    return NormalDist().inv_cdf((1 + confidence) / 2)


def _cell(row: Mapping[str, Any], statistic: Statistic) -> Cell:
    return tuple(row[key] for key in statistic.keys)


def _upward(cell: Cell, statistic: Statistic) -> Iterator[Cell]:
    """Where a row may stand, the finest first: as itself, or where roll-up puts what is too small."""
    yield cell
    if statistic.name == "browsers":
        yield from ((cell[0], OTHER, OTHER), (OTHER, OTHER, OTHER))
    if statistic.name in JUDGED_BY:
        place = statistic.keys.index(JUDGED_BY[statistic.name][1])
        yield (*cell[:place], OTHER, *cell[place + 1 :])


def _schema(statistic: Statistic) -> pa.Schema:
    published = statistic.schema()
    metrics = [VISITOR_DAYS if metric == "visitors" else metric for metric in statistic.metrics]
    fields = [("since", pa.date32()), ("until", pa.date32()), ("days", pa.int64()), (OF_INTERVALS, pa.float64())]
    fields += [(key, published.field(key).type) for key in statistic.keys]
    fields += [(f"{metric}{end}", pa.int64()) for metric in metrics for end in ("", "_low", "_high")]
    return pa.schema([pa.field(name, kind, nullable=False) for name, kind in fields])
