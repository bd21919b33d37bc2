"""Planted rows as files in a source's own format, so that they go through the site's own parser.

One writer a format: lines as text, tables as Arrow, databases as a new database that holds a copy of the table. What is
in the rows stands in `people`; where the files lie, in `raw_tables`.
"""

import csv
import gzip
import io
import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from anonymizers.contract import Role, Source
from pipelines.drill.rows import PlantedRow, RawColumn
from pipelines.engines.duckdb_engine import literal
from pipelines.sources.databases import quoted, read_only, table_path
from pipelines.sources.formats import COMBINED_COLUMNS

Cell = str | bool | int | None
MICROSECONDS = pa.timestamp("us", tz="UTC")
AFTER = "after_the_user_agent"
"""A column of logs that has no name: what stands behind the combined format's last field."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WHEN = (Role.INSTANT, Role.UPDATED_AT)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def write_rows(
    source: Source,
    columns: Sequence[RawColumn],
    rows: Sequence[PlantedRow],
    path: Path,
    *,
    beside: Path | None = None,
) -> None:
    """Write rows into a new file. `beside`: an existing database of which the new one gets a copy of the table first."""
    writers: Mapping[str, Callable[[], None]] = {
        "parquet": lambda: pq.write_table(_arrow(source, columns, rows), path),
        "csv": lambda: _write_text(path, _csv(source, columns, rows)),
        "ndjson": lambda: _write_text(path, _ndjson(source, columns, rows)),
        "combined": lambda: _write_text(path, _combined(source, columns, rows)),
        "sqlite": lambda: _write_sqlite(source, columns, rows, path, beside),
        "duckdb": lambda: _write_duckdb(source, columns, rows, path, beside),
    }
    writers[source.format]()
    path.chmod(0o600)


def _write_text(path: Path, text: str) -> None:
    content = text.encode()
    path.write_bytes(gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)


def _cell(source: Source, column: RawColumn, row: PlantedRow) -> Cell:
    """What a text format or an untyped database shows; whole numbers for instants that are told as such."""
    if column.role is None:
        return row.unnamed.get(column.name)
    if column.role not in _WHEN:
        return row.values.get(column.role)
    return None if row.instant_us is None else _instant(source, row.instant_us)


def _instant(source: Source, instant_us: int) -> str | int:
    when = _EPOCH + timedelta(microseconds=instant_us)
    match source.instant_as:
        case "epoch_seconds":
            return instant_us // 1_000_000
        case "epoch_milliseconds":
            return instant_us // 1_000
        case "combined":
            return f"{when:%d}/{_MONTHS[when.month - 1]}/{when:%Y:%H:%M:%S} +0000"
        case _:
            return when.strftime("%Y-%m-%d %H:%M:%S.%f")


def _csv(source: Source, columns: Sequence[RawColumn], rows: Sequence[PlantedRow]) -> str:
    told = io.StringIO()
    write = csv.writer(
        told,
        delimiter=source.delimiter,
        lineterminator="\n",
        quoting=csv.QUOTE_MINIMAL if source.quoted else csv.QUOTE_NONE,
        quotechar='"' if source.quoted else None,
    )
    write.writerow([column.name for column in columns])
    for row in rows:
        if row.broken is not None:
            write.writerow([row.broken] * (len(columns) + 3))
            continue
        cells = [_text(_cell(source, column, row)) for column in columns]
        write.writerow(cells if source.quoted else [cell.replace(source.delimiter, " ") for cell in cells])
    return told.getvalue()


def _ndjson(source: Source, columns: Sequence[RawColumn], rows: Sequence[PlantedRow]) -> str:
    lines = [
        json.dumps({column.name: _cell(source, column, row) for column in columns}, ensure_ascii=False)
        if row.broken is None
        else f'{{"{columns[0].name}": "{row.broken}'
        for row in rows
    ]
    return "\n".join(lines) + "\n"


def _combined(source: Source, columns: Sequence[RawColumn], rows: Sequence[PlantedRow]) -> str:
    lines = []
    for row in rows:
        if row.broken is not None:
            lines.append(f"{row.broken} cut off in the middle of its")
            continue
        cells = {column.name: _text(_cell(source, column, row)) for column in columns}
        shown = {name: cells.get(name, "") for name in (*COMBINED_COLUMNS, AFTER)}
        field = {name: text.replace("\\", "\\\\").replace('"', '\\"') or "-" for name, text in shown.items()}
        method, status = shown["method"] or "GET", shown["status"] or "200"
        lines.append(
            f"{field['host']} {field['ident']} {field['user']} [{field['time']}] "
            f'"{method} {field["url"]} HTTP/1.1" {status} {field["bytes"]} '
            f'"{field["referrer"]}" "{field["user_agent"]}"' + (f" {field[AFTER]}" if shown[AFTER] else "")
        )
    return "\n".join(lines) + "\n"


def _text(cell: Cell) -> str:
    return "" if cell is None else str(cell).lower() if isinstance(cell, bool) else str(cell)


def _arrow(source: Source, columns: Sequence[RawColumn], rows: Sequence[PlantedRow]) -> pa.Table:
    """The rows by the columns' types; what a type cannot hold is null."""
    arrays = {}
    for column in columns:
        kind = column.arrow or pa.string()
        if column.holds == "instant":
            instants = [row.instant_us if column.role in _WHEN else None for row in rows]
            arrays[column.name] = pa.array(instants, pa.int64()).cast(MICROSECONDS).cast(kind, safe=False)
            continue
        cells = [_cell(source, column, row) for row in rows]
        if not any(cell is not None for cell in cells):
            arrays[column.name] = pa.array([None] * len(rows), kind)
            continue
        texts = pa.array([None if cell is None else _text(cell) for cell in cells], pa.string())
        arrays[column.name] = texts.dictionary_encode() if pa.types.is_dictionary(kind) else texts.cast(kind)
    return pa.table(arrays)


def _write_sqlite(
    source: Source, columns: Sequence[RawColumn], rows: Sequence[PlantedRow], path: Path, beside: Path | None
) -> None:
    name = (source.table or "").split(".")[-1]
    with closing(sqlite3.connect(path, uri=True)) as database:
        if beside is not None:
            database.execute("ATTACH ? AS given", (read_only(beside),))
            database.execute(f"CREATE TABLE {quoted(name)} AS SELECT * FROM given.{quoted(name)}")
            known = [row[1] for row in database.execute(f"PRAGMA table_info({quoted(name)})")]
            for column in columns:
                if column.name not in known:
                    database.execute(f"ALTER TABLE {quoted(name)} ADD COLUMN {quoted(column.name)}")
        else:
            database.execute(f"CREATE TABLE {quoted(name)} ({', '.join(quoted(column.name) for column in columns)})")
        names, slots = ", ".join(quoted(column.name) for column in columns), ", ".join("?" for _ in columns)
        database.executemany(
            f"INSERT INTO {quoted(name)} ({names}) VALUES ({slots})",
            [[_cell(source, column, row) for column in columns] for row in rows],
        )
        database.commit()


def _write_duckdb(
    source: Source, columns: Sequence[RawColumn], rows: Sequence[PlantedRow], path: Path, beside: Path | None
) -> None:
    *schema, _ = (source.table or "").split(".")
    table, planted = table_path(source.table), _arrow(source, columns, rows)
    with closing(duckdb.connect(str(path))) as database:
        if schema and schema != ["main"]:
            database.execute(f"CREATE SCHEMA {'.'.join(map(quoted, schema))}")
        database.execute("SET TimeZone = 'UTC'")
        database.register("planted", planted)
        if beside is None:
            database.execute(f"CREATE TABLE {table} AS SELECT * FROM planted")
            return
        database.execute(f"ATTACH {literal(str(beside))} AS given (TYPE duckdb, READ_ONLY)")
        database.execute(f"CREATE TABLE {table} AS SELECT * FROM given.{table}")
        known = [each[0] for each in database.execute(f"SELECT * FROM {table} LIMIT 0").description]
        for column in columns:
            if column.name not in known:
                database.execute(f"ALTER TABLE {table} ADD COLUMN {quoted(column.name)} VARCHAR")
        database.execute(f"INSERT INTO {table} BY NAME SELECT * FROM planted")
