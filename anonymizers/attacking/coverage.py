"""A10, accuracy: published intervals against the true numbers of made-up traffic, before clipping.

So that privacy is not bought with useless numbers, nor with intervals that promise too much. How far numbers are off is
measured by the benchmarks, with the same comparison.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from anonymizers.counting.plan import Plan
from anonymizers.counting.rows import audience, rows_of
from anonymizers.counting.statistic import EVENTS, Statistic
from anonymizers.engine import Table
from anonymizers.estimating.estimate import NoisyTable
from anonymizers.site import Site
from anonymizers.vocabulary import OTHER

Cell = tuple[str | int, ...]
Truth = Mapping[Cell, Mapping[str, int]]
"""Cell -> metric -> the true number."""


@dataclass(frozen=True)
class Compared:
    """One published number beside the true one."""

    table: str
    metric: str
    visitors: int
    """The true number of visitors of the cell."""
    true: int
    told: int
    low: int
    high: int

    @property
    def held(self) -> bool:
        """Does the interval hold the truth?"""
        return self.low <= self.true <= self.high

    def held_within(self, part: float) -> bool:
        """The same of an interval that reaches only so far to either side."""
        low, high = (self.told + part * (end - self.told) for end in (self.low, self.high))
        return low <= self.true <= high


def true_tables(events: Table, site: Site, spent: Plan) -> dict[str, Truth]:
    """The exact and unclipped numbers of every table of made-up events, which nothing else may know.

    `events` is `stripped_events` of the window of the plan.
    """
    everybody = audience(events, [each for each in site.segments if each.window == spent.window])
    return {each.name: _truth(each, events, everybody) for each in spent.statistics if each.part == EVENTS}


def compare(tables: Sequence[NoisyTable], truth: Mapping[str, Truth]) -> Iterator[Compared]:
    """Every published number of the tables that count events, beside the true one."""
    for table in (each for each in tables if each.statistic.part == EVENTS):
        statistic = table.statistic
        rows = {tuple(row[key] for key in statistic.keys): row for row in table.rows.to_pylist()}
        true = {cell: dict.fromkeys(statistic.metrics, 0) for cell in rows}
        for cell, numbers in truth[statistic.name].items():
            told = next((each for each in told_in(statistic, cell) if each in true), None)
            if told is not None:
                true[told] = {metric: number + numbers[metric] for metric, number in true[told].items()}
        for cell, row in rows.items():
            for metric in statistic.metrics:
                ends = row[metric], row[f"{metric}_low"], row[f"{metric}_high"]
                yield Compared(statistic.name, metric, true[cell]["visitors"], true[cell][metric], *ends)


def told_in(statistic: Statistic, cell: Cell) -> Iterator[Cell]:
    """Where a cell may be told, the finest first: as itself, or rolled up."""
    yield cell
    if statistic.name == "browsers":
        yield from ((cell[0], OTHER, OTHER), (OTHER, OTHER, OTHER))
    for key in ("topic", "browser"):
        if key in statistic.keys:
            place = statistic.keys.index(key)
            yield (*cell[:place], OTHER, *cell[place + 1 :])


def _truth(statistic: Statistic, events: Table, everybody: Table) -> Truth:
    rows = events.engine.fetch(
        events.engine.query(
            "SELECT $keys, count(DISTINCT visitor) AS visitors, count(*) AS events FROM $rows GROUP BY $keys",
            keys=", ".join(statistic.keys),
            rows=rows_of(statistic, events, everybody),
        )
    )
    return {tuple(row[key] for key in statistic.keys): row for row in rows.to_pylist()}
