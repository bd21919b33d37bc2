"""Copies of a night's raw tables in a throw-away home, with the made-up people beside whoever is there, and a site folder
that points to them.

The originals are read and never written. Where a site has no raw data yet, a made-up crowd stands in.
"""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import yaml

from anonymizers.contract import Role, Source, Sources
from anonymizers.site import Site
from pipelines.drill.formats import write_rows
from pipelines.drill.raw_tables import RawTable
from pipelines.drill.rows import PlantedRow, Value
from pipelines.drill.writing import SECOND
from pipelines.sample.tables import write_sample_days
from pipelines.site_folder import SOURCES

_DATABASES = ("sqlite", "duckdb")
_SAMPLED = {"ts": Role.INSTANT, "created_at": Role.INSTANT, "page_url": Role.URL, "gpc": Role.OPT_OUT, "ip": Role.IP,
            "metering_point_eic": Role.METERING_POINT}  # fmt: skip
"""Columns of made-up raw tables that have other names than their roles."""
_ENDINGS = {"combined": ".log"}


def copy_site_folder(site: Path, to: Path, tables: Sequence[RawTable]) -> None:
    """A site folder whose raw tables lie in its home; all else is as it was."""
    shutil.copytree(site, to)
    file = to / SOURCES
    told = yaml.safe_load(file.read_text(encoding="utf-8"))
    for table in tables:
        told[table.name] |= {"path": f"raw/{table.name}/date={{date}}/*", "path_dates": "site"}
    file.write_text(yaml.safe_dump(told, allow_unicode=True, sort_keys=False), encoding="utf-8")


def copy_raw_tables(
    tables: Sequence[RawTable],
    people: Sequence[PlantedRow],
    crowd: Sequence[PlantedRow],
    day: date,
    home: Path,
    planted: Path,
) -> Sources:
    """Write each raw table, or the crowd where it has no files, with the people into `home`, and the people alone into
    `planted`. Gives the sources of the people alone, for a home at `planted`.
    """
    alone: dict[str, Source] = {}
    for table in tables:
        ending, source = _ending(table), table.source
        own, others = ([row for row in rows if row.table == table.name] for rows in (people, crowd))
        file = planted / table.name / f"date={day}" / f"9-people{ending}"
        file.parent.mkdir(parents=True)
        write_rows(source, table.columns, own, file)
        alone[table.name] = replace(source, path=f"{table.name}/date={{date}}/*", path_dates="site")
        folder = home / "raw" / table.name / f"date={day}"
        folder.mkdir(parents=True)
        if source.format in _DATABASES:
            beside = table.paths[0] if table.paths else None
            write_rows(source, table.columns, [*others, *own], folder / file.name, beside=beside)
            continue
        for number, path in enumerate(table.paths):
            shutil.copyfile(path, copy := folder / f"0-{number:05}{ending}")
            copy.chmod(0o600)
        if others:
            write_rows(source, table.columns, others, folder / f"1-crowd{ending}")
        shutil.copyfile(file, copy := folder / file.name)
        copy.chmod(0o600)
    return Sources(**alone)


def make_up_crowd(site: Site, tables: Sequence[RawTable], day: date, events: int, work: Path) -> list[PlantedRow]:
    """Rows of a made-up crowd for raw tables that have no files: `events` page views and advertisements, and accounts."""
    empty = [table for table in tables if not table.paths]
    topics = {topic.topic: topic for topic in site.topics}
    if not empty or not any(topic.prefixes for topic in site.topics):
        return []
    write_sample_days(work / "sample", [day], site.time_zone, topics, events_a_day=events, seed=1)
    rows = [row for table in empty for row in _crowd(table, work / "sample")]
    shutil.rmtree(work / "sample")
    return rows


def _crowd(table: RawTable, sample: Path) -> Iterator[PlantedRow]:
    for path in sorted(sample.rglob("*.parquet")):
        if table.name in path.relative_to(sample).as_posix():
            for row in pq.read_table(path).to_pylist():
                values = {_role(name): value for name, value in row.items()}
                instant: datetime = values[Role.INSTANT]
                shown = {role: _as_the_source(table.source, role, values) for role in table.source.columns}
                yield PlantedRow("crowd", table.name, shown, int(instant.timestamp() * SECOND), counts=False)


def _role(name: str) -> Role:
    return _SAMPLED[name] if name in _SAMPLED else Role(name)


def _as_the_source(source: Source, role: Role, values: Mapping[Role, Any]) -> Value:
    """A made-up value as this site's contract wants it."""
    value = values.get(role)
    if role in source.only:
        return source.only[role][0]
    if role is Role.CLIENT:
        return str(values.get(Role.IP))
    if role is Role.CONSENT and value is not None and "statistics" in str(value) and source.consent:
        return (*source.consent.granting, str(value))[0]
    if role is Role.URL and source.format == "combined" and value is not None:
        return "/" + str(value).partition("://")[2].partition("/")[2]
    if isinstance(value, bool) and source.format in ("parquet", "duckdb"):
        return value
    return (
        None
        if value is None or isinstance(value, datetime)
        else str(value).lower()
        if isinstance(value, bool)
        else str(value)
    )


def _ending(table: RawTable) -> str:
    if table.paths:
        return "".join(table.paths[0].suffixes[-2:])
    packed = ".gz" if table.source.path.endswith(".gz") and table.source.format not in _DATABASES else ""
    return _ENDINGS.get(table.source.format, f".{table.source.format}") + packed
