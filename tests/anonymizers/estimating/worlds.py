"""Made-up traffic whose true numbers are known, and draws of it: nobody clipped, with the noise of a plan or without."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cache

import numpy as np
from hypothesis import strategies as st

from anonymizers.counting.draw import UNIT, Draw
from anonymizers.counting.measure import Cell, cells_of
from anonymizers.counting.plan import Measure, Plan, plan
from anonymizers.counting.statistic import DAILY, WEEKLY, Statistic, vocabulary
from anonymizers.estimating.estimate import NoisyTable, estimate
from anonymizers.estimating.scale import Floats
from anonymizers.site import Bound, Daily, Site, Weekly
from anonymizers.vocabulary import ALL_VISITORS, DAY, DAYPART_OF_HOUR, FIRST_EVENTS_OF_BAND, WEEK
from pipelines.site_folder import read_site_folder
from tests.worlds import SITES


def _with_pairs(site: Site) -> Site:
    """The site with totals of pairs wherever a table can have them, whether tuning found them worth their share or not."""

    def with_pairs(release: Daily | Weekly, statistics: Sequence[Statistic]) -> Daily | Weekly:
        changed = {}
        for statistic in statistics:
            table = getattr(release, statistic.name)
            bounds = {name: bound for name, bound in vars(table).items() if isinstance(bound, Bound)}
            bounds = {name: replace(bound, share=0.9 * bound.share) for name, bound in bounds.items()}
            if statistic.within is not None:
                bounds.setdefault("pairs", Bound(share=0.015, norm=60))
            changed[statistic.name] = replace(table, **bounds)
        return replace(release, **changed)

    return replace(site, daily=with_pairs(site.daily, DAILY), weekly=with_pairs(site.weekly, WEEKLY))


SHIPPED = {name: _with_pairs(read_site_folder(SITES / name).site) for name in ("elektrum", "weblog")}
PERIOD: Mapping[str, date | str] = {DAY: date(2026, 11, 20), WEEK: "2026-W47"}
PARTS = ("events", "registrations")
Truth = Mapping[tuple[str, str], Floats]
"""Table and measure -> the true number of each cell, in key order."""


@cache
def spent(name: str, window: str, spread: bool = True) -> Plan:
    """A shipped plan; without `spread`, its intervals are for the noise alone."""
    found = plan(SHIPPED[name], window)
    if spread:
        return found
    measures = tuple(replace(each, bound=replace(each.bound, spread=0.0)) for each in found.measures)
    return replace(found, measures=measures)


@cache
def traffic(name: str, window: str, visitors: int, seed: int = 0) -> Truth:
    """The true numbers of all measures for so many made-up visitors, each with one browser and some events."""
    site, draw = SHIPPED[name], np.random.default_rng(seed)
    events = 1 + draw.geometric(0.2, visitors)
    who = np.repeat(np.arange(visitors), events)

    def some(words, power: float = 1.0):
        chances = 1 / np.arange(1, len(words) + 1) ** power
        return draw.choice(len(words), len(who), p=chances / chances.sum())

    own = {key: some(_words(site, window, key))[np.cumsum(events) - 1][who] for key in ("browser", "device", "os")}
    columns = {"topic": some(site.topic_names), "action": some(site.actions, 2), "hour": draw.integers(0, 24, len(who))}
    rows = [
        {key: _words(site, window, key)[place] for key, place in zip((*columns, *own), places, strict=True)}
        for places in zip(*(column.tolist() for column in (*columns.values(), *own.values())), strict=True)
    ]
    often = events.tolist()
    for row, visitor in zip(rows, who.tolist(), strict=True):
        row["daypart"] = DAYPART_OF_HOUR[row["hour"]]
        row["band"] = next(b for b, first in reversed(list(FIRST_EVENTS_OF_BAND.items())) if often[visitor] >= first)
    names = [each.segment for each in site.segments if each.window == window]
    member = draw.random((visitors, len(names))) < 0.6 / np.arange(1, len(names) + 1)
    inside = [[ALL_VISITORS, *(name for name, yes in zip(names, row, strict=True) if yes)] for row in member.tolist()]
    return {
        (measure.statistic.name, measure.name): _true(measure, rows, who.tolist(), inside, site, spent(name, window))
        for measure in spent(name, window).measures
    }


def _words(site: Site, window: str, key: str):
    return vocabulary(site, window)[key]


def _true(measure: Measure, rows, who, inside, site: Site, plan: Plan) -> Floats:
    cells = {cell: place for place, cell in enumerate(cells_of(measure, site, plan))}
    counted = np.zeros(len(cells))
    if measure.name == "registrations":
        return counted + 40
    keys = measure.statistic.keys
    segmented = "segment" in keys
    seen = set()
    for row, visitor in zip(rows, who, strict=True):
        for segment in inside[visitor] if segmented else ("",):
            full = tuple(segment if key == "segment" else row[key] for key in keys)
            if measure.name != "events":
                if (visitor, full) in seen:
                    continue
                seen.add((visitor, full))
            counted[cells[tuple(full[keys.index(key)] for key in measure.keys)]] += 1
    return counted


def drawn(name: str, plan: Plan, truth: Truth, seed: int | None = None) -> dict[str, Draw]:
    """What mechanisms give for true numbers, with repeatable noise, or without any."""
    noise = np.random.default_rng(seed)
    numbers: dict[str, dict[str, dict[str, tuple[int, ...]]]] = {part: {} for part in PARTS}
    for measure in plan.measures:
        weights = [measure.weight(cell) for cell in cells_of(measure, SHIPPED[name], plan)]
        counts = truth[measure.statistic.name, measure.name] * weights
        if seed is not None:
            counts = counts + noise.normal(0, measure.mechanism.sigma, len(counts))
        table = numbers[measure.statistic.part].setdefault(measure.statistic.name, {})
        table[measure.name] = tuple(np.rint(counts * UNIT).astype(int).tolist())
    return {part: Draw("r", part, plan.digest, tables) for part, tables in numbers.items()}


@st.composite
def any_draws(draw: st.DrawFn, name: str, window: str) -> dict[str, Draw]:
    """Draws of any numbers, many of them near zero or below: what the estimator has to live with."""
    plan, noise = spent(name, window), np.random.default_rng(draw(st.integers(0, 2**32)))
    numbers: dict[str, dict[str, dict[str, tuple[int, ...]]]] = {part: {} for part in PARTS}
    for measure in plan.measures:
        cells = len(cells_of(measure, SHIPPED[name], plan))
        size = draw(st.sampled_from((0.0, 1.0, 30.0, 10_000.0))) * noise.pareto(1.2, cells).clip(0, 1e4)
        counts = size + draw(st.sampled_from((-500.0, 0.0, 0.0))) + noise.normal(0, measure.mechanism.sigma, cells)
        table = numbers[measure.statistic.part].setdefault(measure.statistic.name, {})
        table[measure.name] = tuple(np.rint(counts * UNIT).astype(int).tolist())
    return {part: Draw("r", part, plan.digest, tables) for part, tables in numbers.items()}


def tables_of(name: str, plan: Plan, draws: Mapping[str, Draw]) -> dict[str, NoisyTable]:
    """The published tables, by name."""
    return {each.statistic.name: each for each in estimate(plan, SHIPPED[name], PERIOD[plan.window], draws)}


def rows_of(table: NoisyTable) -> dict[Cell, dict[str, int | None]]:
    """A published table as cell -> row."""
    return {tuple(row[key] for key in table.statistic.keys): row for row in table.rows.to_pylist()}
