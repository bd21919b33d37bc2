"""How each format gives rows: one lazy table with the wanted columns, or the rows that are broken.

Everything that is not Parquet is read by DuckDB, with the projection in the scan where the format allows it. A broken
line never stops a night and never stands in a message: DuckDB sets it aside, with a code, in memory of the run.
"""

import csv
import gzip
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from anonymizers.contract import Source
from anonymizers.engine import Table, as_template
from anonymizers.refusal import Reason, Refusal
from pipelines.engines.duckdb_engine import DuckDBEngine, file_list, literal

COMBINED = (
    r'^(\S+) (\S+) (\S+) \[([^\]]+)\] "(?:(\S+) (\S+)[^"]*|[^"]*)" (\d{3}) (\S+)'
    r' "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)"(?: .*)?$'
)
COMBINED_COLUMNS = ("host", "ident", "user", "time", "method", "url", "status", "bytes", "referrer", "user_agent")
"""The fields of the combined log format (Apache, nginx), by the groups of `COMBINED`."""

_LONGEST_LINE = 4_000_000
_SAMPLED_LINES = 1_000


@dataclass(frozen=True)
class RawFiles:
    """The files of one source for one night. Reads nothing but names of columns until asked for rows."""

    name: str
    source: Source
    paths: Sequence[Path]
    duckdb: DuckDBEngine

    def columns(self) -> tuple[str, ...]:
        """Names of the columns in the files. For NDJSON: keys that half of the first 1,000 lines have."""
        readers = {
            "parquet": self._parquet_columns,
            "csv": self._csv_header,
            "ndjson": self._json_keys,
            "combined": lambda: COMBINED_COLUMNS,
            "sqlite": lambda: self._database(()).column_names,
            "duckdb": lambda: self._database(()).column_names,
        }
        return tuple(readers[self.source.format]())

    def rows(self, wanted: Mapping[str, str]) -> Table:
        """A lazy table of the wanted columns (result name -> source column), as the source types them."""
        columns = {alias: _quoted(column) for alias, column in wanted.items()}
        match self.source.format:
            case "parquet":
                return self._query(f"SELECT {_select(columns)} FROM read_parquet({file_list(self.paths)})")
            case "csv":
                return self._query(f"SELECT {_select(columns)} FROM {self._csv()}")
            case "ndjson":
                fields = {alias: f"json_extract_string(line, {literal(_pointer(column))})" for alias, column in wanted.items()}
                return self._query(f"SELECT {_select(fields)} FROM {self._lines()} WHERE line IS NOT NULL AND json_valid(line)")
            case "combined":
                parts = {alias: f"nullif(parts.{_quoted(column)}, '-')" for alias, column in wanted.items()}
                return self._query(
                    f"SELECT {_select(parts)} FROM (SELECT regexp_extract(line, {literal(COMBINED)}, {list(COMBINED_COLUMNS)!r}) "
                    f"AS parts FROM {self._lines()} WHERE line IS NOT NULL AND regexp_matches(line, {literal(COMBINED)}))"
                )
            case _:
                return self.duckdb.table(self._database(tuple(wanted.values())).rename_columns(list(wanted)))

    def broken(self, wanted: Mapping[str, str]) -> Table:
        """source, reason, raw: lines that cannot be read as rows of this format. Reads the files once."""
        nothing = "SELECT '' AS source, '' AS reason, '' AS raw WHERE 1 = 0"
        match self.source.format:
            case "csv":
                counted = ", ".join(f"count({_quoted(column)})" for column in wanted.values())
                self.duckdb.run(f"SELECT {counted} FROM {self._csv(set_aside=True)}")
                return self._rejected("")
            case "ndjson":
                self.duckdb.run(f"SELECT count(line) FROM {self._lines(set_aside=True)}")
                return self._rejected(f"SELECT line FROM {self._lines()} WHERE line IS NOT NULL AND NOT json_valid(line)")
            case "combined":
                self.duckdb.run(f"SELECT count(line) FROM {self._lines(set_aside=True)}")
                return self._rejected(
                    f"SELECT line FROM {self._lines()} WHERE line IS NOT NULL AND NOT regexp_matches(line, {literal(COMBINED)})"
                )
            case _:
                return self.duckdb.query(nothing)

    def _rejected(self, bad_lines: str) -> Table:
        rejected = (
            f"SELECT {literal(self.name)} AS source, lower(replace(CAST(any_value(error_type) AS VARCHAR), ' ', '_')) AS reason, "
            f"any_value(csv_line) AS raw FROM {self.name}_rejects GROUP BY file_id, line"
        )
        if bad_lines:
            rejected += f" UNION ALL SELECT {literal(self.name)}, 'not_{self.source.format}', line FROM ({bad_lines})"
        return self._query(rejected)

    def _query(self, sql: str) -> Table:
        return self.duckdb.query(as_template(sql))

    def _lines(self, *, set_aside: bool = False) -> str:
        return (
            f"read_csv({file_list(self.paths)}, columns={{'line': 'VARCHAR'}}, header=false, auto_detect=false, delim='\x01', "
            f"quote='', escape='', comment='', max_line_size={_LONGEST_LINE}, {self._rejects(set_aside)})"
        )

    def _csv(self, *, set_aside: bool = False) -> str:
        types = ", ".join(f"{literal(column)}: 'VARCHAR'" for column in self._csv_header())
        return (
            f"read_csv({file_list(self.paths)}, columns={{{types}}}, header=true, auto_detect=false, "
            f"delim={literal(self.source.delimiter)}, quote='\"', escape='\"', max_line_size={_LONGEST_LINE}, "
            f"nullstr='', {self._rejects(set_aside)})"
        )

    def _rejects(self, set_aside: bool) -> str:
        tables = f", store_rejects=true, rejects_table='{self.name}_rejects', rejects_scan='{self.name}_scans'"
        return f"ignore_errors=true{tables if set_aside else ''}"

    def _parquet_columns(self) -> list[str]:
        return [name for path in self.paths[:1] for name in self._readable(lambda: pq.read_schema(path).names, path)]

    def _csv_header(self) -> list[str]:
        headers = {tuple(self._readable(lambda path=path: _first_row(path, self.source.delimiter), path)) for path in self.paths}
        if len(headers) > 1:
            raise Refusal(self.name, Reason.SOURCE_UNREADABLE, "its files have different headers; give each kind its own source")
        return list(headers.pop())

    def _json_keys(self) -> list[str]:
        keys = self.duckdb.fetch(
            self._query(
                f"SELECT key FROM (SELECT unnest(json_keys(line)) AS key FROM {self._lines()} "
                f"WHERE line IS NOT NULL AND json_valid(line) LIMIT {_SAMPLED_LINES * 100}) "
                f"GROUP BY key HAVING 2 * count(*) >= (SELECT max(seen) FROM (SELECT count(*) AS seen FROM "
                f"(SELECT unnest(json_keys(line)) AS key FROM {self._lines()} WHERE line IS NOT NULL AND json_valid(line) "
                f"LIMIT {_SAMPLED_LINES * 100}) GROUP BY key)) ORDER BY key"
            )
        )
        return [str(key) for key in keys["key"].to_pylist()]

    def _database(self, columns: Sequence[str]) -> pa.Table:
        path, table = self.paths[0], self.source.table
        selected = ", ".join(_quoted(column) for column in columns) or "*"
        limit = "" if columns else " LIMIT 0"
        if self.source.format == "sqlite":
            return self._readable(lambda: _sqlite_rows(path, f"SELECT {selected} FROM {table}{limit}"), path)
        self.duckdb.run(f"ATTACH IF NOT EXISTS {literal(str(path))} AS {self.name}_source (READ_ONLY)")
        return self.duckdb.fetch(self._query(f"SELECT {selected} FROM {self.name}_source.{table}{limit}"))

    def _readable(self, read, path):  # type: ignore[no-untyped-def]
        failure = None
        try:
            return read()
        except (OSError, ValueError, StopIteration, pa.ArrowException, sqlite3.Error) as error:
            failure = type(error).__name__
        raise Refusal(self.name, Reason.SOURCE_UNREADABLE, f"{path.name} ({failure}); is it whole, and is `format` right?")


def _first_row(path: Path, delimiter: str) -> list[str]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8-sig", newline="") as file:
        return next(csv.reader(islice(file, 1), delimiter=delimiter))


def _sqlite_rows(path: Path, sql: str) -> pa.Table:
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    try:
        cursor = connection.execute(sql)
        names = [column[0] for column in cursor.description]
        rows = cursor.fetchall()
    finally:
        connection.close()
    texts = [[None if row[place] is None else str(row[place]) for row in rows] for place in range(len(names))]
    return pa.table({name: pa.array(column, pa.string()) for name, column in zip(names, texts, strict=True)})


def _select(columns: Mapping[str, str]) -> str:
    return ", ".join(f"{expression} AS {alias}" for alias, expression in columns.items())


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _pointer(key: str) -> str:
    return '$."' + key.replace('"', '\\"') + '"'
