"""Candidates made by hand, and the evidence that goes with them."""

import io
from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from anonymizers.contract import Sources
from anonymizers.counting.measure import NoisyTable
from anonymizers.counting.mechanism import mechanisms
from anonymizers.counting.statistic import STATISTICS, Statistic
from anonymizers.local_day import LocalDay
from anonymizers.releasing.gate import Evidence
from anonymizers.releasing.leak_scan import LeakReport, must_search
from anonymizers.releasing.release import Release, caveats, compose
from anonymizers.site import Site


def rows_of(
    statistic: Statistic, site: Site, day: LocalDay, *, start: int = 1000, step: int = 7, every: int = 5
) -> pa.Table:
    """Some cells of a table with numbers that count up from `start`."""
    cells = statistic.cells(site)[::every]
    columns: dict[str, list[object]] = {"traffic_date": [day.date] * len(cells)}
    columns |= {key: [cell[place] for cell in cells] for place, key in enumerate(statistic.keys)}
    for metric in statistic.metrics:
        for end, aside in (("", 0), ("_low", -61), ("_high", 61)):
            columns[metric + end] = [start + step * place + aside for place in range(len(cells))]
    return pa.table(columns, schema=statistic.schema())


def noisy(statistic: Statistic, rows: pa.Table, site: Site) -> NoisyTable:
    """Rows as if a mechanism had made them."""
    return NoisyTable(statistic, rows, mechanisms(statistic, site.tables.of(statistic.name), site.budget))


def tables(site: Site, day: LocalDay, changed: Mapping[str, pa.Table] | None = None, **shape: int) -> list[NoisyTable]:
    """The tables of a release, some of them changed."""
    changed = changed or {}
    return [
        noisy(statistic, changed.get(statistic.name, rows_of(statistic, site, day, **shape)), site)
        for statistic in STATISTICS
    ]


def evidence_of(
    candidate: Release, made: Sequence[NoisyTable], site: Site, sources: Sources, day: LocalDay
) -> Evidence:
    """Evidence that clears the candidate: its tables' seals, and a scan of it that found nothing."""
    must = must_search(sources)
    searched = tuple(f"{table}.{column}" for table, columns in must.items() for column in columns)
    return Evidence(
        site=site,
        day=day,
        seals=frozenset(table.seal for table in made),
        caveats=caveats(sources),
        must_search=must,
        leak_report=LeakReport(candidate.digest, searched, {}),
    )


def composed(
    site: Site, sources: Sources, day: LocalDay, changed: Mapping[str, pa.Table] | None = None
) -> tuple[Release, Evidence]:
    """A whole candidate and the evidence that clears it."""
    made = tables(site, day, changed)
    candidate = compose(site, day, made, caveats(sources))
    return candidate, evidence_of(candidate, made, site, sources, day)


def with_column(rows: pa.Table, column: str, values: Sequence[object], kind: pa.DataType | None = None) -> pa.Table:
    """The rows with one column's values replaced, as another type if one is given."""
    place = rows.column_names.index(column)
    field = rows.schema.field(column)
    field = field if kind is None else field.with_type(kind)
    return rows.set_column(place, field, pa.array(values, field.type))


def as_parquet(rows: pa.Table, **options: object) -> bytes:
    """Parquet as Arrow writes it when nobody takes care."""
    sink = io.BytesIO()
    pq.write_table(rows, sink, **options)
    return sink.getvalue()
