"""Candidates of a day and of a week from draws made up by hand, and the evidence that goes with them."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq

from anonymizers.contract import Sources
from anonymizers.counting.draw import UNIT, Draw
from anonymizers.counting.measure import cells_of
from anonymizers.counting.plan import Measure, plan
from anonymizers.counting.rehearsed import settings_of
from anonymizers.estimating.estimate import NoisyTable, estimate
from anonymizers.local_day import days_of_week, iso_week
from anonymizers.rehearsal import ATTACKS, MOST_VISITORS, Figures, Rehearsal
from anonymizers.releasing.edition import Edition, daily_edition, weekly_edition
from anonymizers.releasing.gate import Evidence
from anonymizers.releasing.release import Release, caveats, compose
from anonymizers.searching.leak_scan import LeakReport, must_search
from anonymizers.site import Site
from anonymizers.vocabulary import ALL_VISITORS, WEEK
from tests.worlds import DAY as DATE

EDITIONS = (daily_edition(DATE), weekly_edition(iso_week(DATE), tuple(days_of_week(iso_week(DATE)))))
"""A day, and the week that it lies in."""
TOPICS = {edition.window: name for edition, name in zip(EDITIONS, ("topics", "segment_topics"), strict=True)}
"""Window -> a table of it with topics and visitors."""


def draws_of(site: Site, edition: Edition, *, start: int = 3000, step: int = 7) -> dict[str, Draw]:
    """What mechanisms might have given: numbers that count up from `start`, so that nearly every cell is told."""
    spent = plan(site, edition.window)
    numbers: dict[str, dict[str, dict[str, tuple[int, ...]]]] = {}
    for measure in spent.measures:
        cells = cells_of(measure, site, spent)
        drawn = tuple(
            UNIT * measure.weight(cell) * _number(measure, cell, start + step * place, place)
            for place, cell in enumerate(cells)
        )
        numbers.setdefault(measure.statistic.part, {}).setdefault(measure.statistic.name, {})[measure.name] = drawn
    return {part: Draw(edition.release, part, spent.digest, tables) for part, tables in numbers.items()}


def _number(measure: Measure, cell: tuple[str | int, ...], number: int, place: int) -> int:
    # Among all visitors ten times as many; and now and then nobody, of whom no index can be told.
    if measure.name == "visitors" and cell[0] == ALL_VISITORS:
        return 10 * number
    return 0 if measure.statistic.name == "segment_dayparts" and place % 5 == 0 else number


def tables_of(site: Site, edition: Edition, draws: Mapping[str, Draw]) -> tuple[NoisyTable, ...]:
    """The tables that follow from draws."""
    return estimate(plan(site, edition.window), site, edition.period, draws)


def changed(made: Sequence[NoisyTable], name: str, rows: pa.Table) -> tuple[NoisyTable, ...]:
    """The tables with the rows of one replaced."""
    return tuple(replace(table, rows=rows) if table.statistic.name == name else table for table in made)


def evidence_of(
    candidate: Release, site: Site, sources: Sources, edition: Edition, draws: Mapping[str, Draw]
) -> Evidence:
    """Evidence with a scan of the candidate that found nothing."""
    must = must_search(sources)
    searched = tuple(f"{table}.{column}" for table, columns in must.items() for column in columns)
    return Evidence(
        site=site,
        edition=edition,
        draws=draws,
        caveats=caveats(sources),
        must_search=must,
        leak_report=LeakReport(candidate.digest, searched, {}),
    )


def composed(site: Site, edition: Edition, **shape: int) -> Release:
    """A whole candidate of a site without caveats."""
    return compose(site, edition, tables_of(site, edition, draws_of(site, edition, **shape)))


def rehearsed(site: Site, *, plans: Site | None = None, visitors: int | None = None, **changes: object) -> Site:
    """The site with a rehearsal in which all went well, but for changes in the figures of its first attack. `plans`: the
    settings that it was made under, when not the site's; `visitors`: on how many, when not on all."""
    results = [
        Figures(each.attack, each.version, 0.0, (0.0, 0.5), each.control_pass_mark, each.least_trials)
        for each in ATTACKS
    ]
    results[0] = replace(results[0], **changes)
    number = min(site.size.visitors, MOST_VISITORS) if visitors is None else visitors
    made = Rehearsal(*settings_of(plans or site), number, 7, "2026-11-01", tuple(results))
    return replace(site, rehearsal=made)


def with_column(rows: pa.Table, column: str, values: Sequence[object], kind: pa.DataType | None = None) -> pa.Table:
    """The rows with one column's values replaced, as another type if one is given."""
    place = rows.column_names.index(column)
    field = rows.schema.field(column)
    field = field if kind is None else field.with_type(kind)
    return rows.set_column(place, field, pa.array(values, field.type))


def with_value(rows: pa.Table, column: str, place: int, value: object) -> pa.Table:
    """The rows with one value replaced."""
    values = rows[column].to_pylist()
    values[place] = value
    return with_column(rows, column, values)


def as_parquet(rows: pa.Table, **options: object) -> bytes:
    """Parquet as Arrow writes it when nobody takes care."""
    sink = io.BytesIO()
    pq.write_table(rows, sink, **options)
    return sink.getvalue()


def week_of(edition: Edition) -> bool:
    """Whether the edition is a week's."""
    return edition.window == WEEK
