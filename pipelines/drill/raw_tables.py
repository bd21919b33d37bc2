"""The raw tables of a night as they are found: their files, and what their columns can hold; nothing of their rows.

Copies of them with made-up people are `copies`' business.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from anonymizers.contract import Role, Source, Sources
from anonymizers.refusal import Reason, Refusal
from anonymizers.site import Site
from assets.raw import RAW_TABLES
from pipelines.drill.formats import AFTER, MICROSECONDS
from pipelines.drill.rows import Holds, RawColumn, holds
from pipelines.engines.duckdb_engine import DuckDBEngine
from pipelines.sources.databases import attached, table_path
from pipelines.sources.files import files_of
from pipelines.sources.formats import RawFiles
from pipelines.sources.headers import readable

UNNAMED = "koond_drill_unnamed"
"""A column that no contract names, added to every raw table that has room for one."""
_TRUTHS = (Role.OPT_OUT, Role.NEWSLETTER_CONSENT, Role.OFFER_CONSENT)
_DUCKDB: Mapping[str, tuple[Holds, pa.DataType]] = {
    "VARCHAR": ("text", pa.string()),
    "UUID": ("uuid", pa.string()),
    "BOOLEAN": ("truth", pa.bool_()),
    "BIGINT": ("number", pa.int64()),
    "HUGEINT": ("number", pa.int64()),
    "TIMESTAMP": ("instant", MICROSECONDS),
    "TIMESTAMP WITH TIME ZONE": ("instant", MICROSECONDS),
}


@dataclass(frozen=True)
class RawTable:
    """One raw table of a night."""

    name: str
    source: Source
    paths: Sequence[Path]
    """Its files for the night; none where the night has no raw data and a crowd is made up."""
    columns: Sequence[RawColumn]


def newest_night(site: Site, sources: Sources, home: Path, before: date, *, nights: int = 31) -> date:
    """The newest of the nights before a day that has all raw tables; the day before it where none has."""
    days = [before - timedelta(days=number) for number in range(1, nights + 1)]
    complete = (day for day in days if day >= site.first_day and all(_files(site, sources, home, day).values()))
    return next(complete, max(days[0], site.first_day))


def find_raw_tables(
    site: Site, sources: Sources, home: Path, day: date, duckdb: DuckDBEngine, work: Path
) -> list[RawTable]:
    """The raw tables of a night. Refuses when some are there and others not; when none is, they have no files."""
    found = _files(site, sources, home, day)
    missing = [name for name, paths in found.items() if not paths]
    if missing and len(missing) < len(found):
        local = site.day(day.isoformat())
        files_of(missing[0], _source(sources, missing[0]), home, local)  # refuses, and says what is missing
    tables = []
    for name, paths in found.items():
        source = _source(sources, name)
        columns = _described(name, source, paths, duckdb, work) if paths else _declared(source)
        tables.append(RawTable(name, source, paths, tuple(columns)))
    return tables


def _files(site: Site, sources: Sources, home: Path, day: date) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    for name in RAW_TABLES:
        source = sources.of(name)
        if source is not None:
            try:
                found[name] = files_of(name, source, home, site.day(day.isoformat()))
            except Refusal as refusal:
                if refusal.reason not in (
                    Reason.SOURCE_MISSING,
                    Reason.SITE_FOLDER,
                ):  # no file, or its variable is not set
                    raise
                found[name] = []
    return found


def _source(sources: Sources, name: str) -> Source:
    source = sources.of(name)
    if source is None:
        raise Refusal("drill", Reason.SITE_FOLDER, f"the site has no {name}; name another raw table")
    return source


def _described(
    name: str, source: Source, paths: Sequence[Path], duckdb: DuckDBEngine, work: Path
) -> Iterator[RawColumn]:
    """The columns of existing files, and one more where their format has room for it."""
    roles = {source.source_name(role): role for role in source.columns}
    match source.format:
        case "parquet":
            schema = readable(name, paths[0], pq.read_schema)
            types = {each.name: (holds(each.type), each.type) for each in schema}
        case "duckdb":
            types = _duckdb_types(name, source, paths[0], duckdb)
        case _:
            texts = RawFiles(name, source, paths, duckdb, work).columns().values()
            types = {each: ("text", pa.string()) for columns in texts for each in columns}
    if source.format == "ndjson":  # a key that few lines have is not seen, and is there all the same
        types |= {each: ("text", pa.string()) for each in roles if each not in types}
    if source.format == "combined":
        types |= {AFTER: ("text", pa.string()), "status": ("nothing", pa.string())}
    elif source.format != "csv":  # every line of a CSV has the columns of its header
        types |= {UNNAMED: ("text", pa.string())}
    for each, (can_hold, kind) in types.items():
        yield RawColumn(each, roles.get(each), can_hold, kind)


def _duckdb_types(name: str, source: Source, path: Path, duckdb: DuckDBEngine) -> dict[str, tuple[Holds, pa.DataType]]:
    with attached(duckdb, name, path) as alias:
        told = duckdb.connection.execute(f"DESCRIBE SELECT * FROM {alias}.{table_path(source.table)}").fetchall()
    nothing: tuple[Holds, pa.DataType] = ("nothing", pa.string())
    return {each[0]: _DUCKDB.get(each[1], nothing) for each in told}


def _declared(source: Source) -> Iterator[RawColumn]:
    """The columns that the contract names, as a first export would have them, and one that it does not name."""
    typed = source.format in ("parquet", "duckdb")
    for role in source.columns:
        can_hold: tuple[Holds, pa.DataType] = ("text", pa.string())
        if typed and role in (Role.INSTANT, Role.UPDATED_AT):
            instants: Mapping[str, tuple[Holds, pa.DataType]] = {
                "timestamp": ("instant", MICROSECONDS),
                "text": ("text", pa.string()),
            }
            can_hold = instants.get(source.instant_as, ("number", pa.int64()))
        elif typed and role in _TRUTHS:
            can_hold = ("truth", pa.bool_())
        elif source.format == "combined" and source.source_name(role) == "status":
            can_hold = ("nothing", pa.string())
        yield RawColumn(source.source_name(role), role, *can_hold)
    if source.format == "combined":
        named = {source.source_name(role) for role in source.columns}
        yield from (RawColumn(name, None, "text") for name in ("ident", "referrer") if name not in named)
    yield RawColumn(AFTER if source.format == "combined" else UNNAMED, None, "text")
