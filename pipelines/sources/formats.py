"""How each format gives rows: the wanted columns as text with the instant in microseconds, and the lines that are broken.

Parquet is read in place. Every other format is converted by DuckDB, once a night and purpose, into a Parquet file of the
run's work folder that holds the wanted columns only; so rows and broken lines come from one pass and add up. A broken
line never stops a night and never stands in a message.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from anonymizers.contract import Role, Source
from anonymizers.engine import Table, as_template
from anonymizers.refusal import Reason, Refusal
from pipelines.engines.duckdb_engine import DuckDBEngine, file_list, literal
from pipelines.sources.databases import attached, copy_sqlite, quoted, sqlite_columns, table_path
from pipelines.sources.headers import (
    Found,
    csv_header,
    even_line_ends,
    parquet_columns,
    read_through,
    readable,
    unreadable,
)

_WORD = r"[^\s\x00-\x1f]"
_IN_QUOTES = r'(?:[^"\\\x00-\x1f]|\\[^\x00-\x1f])*'
_REQUEST = r'([^\s"\\\x00-\x1f]+) ((?:[^\s"\\\x00-\x1f]|\\[^\s\x00-\x1f])+)' + rf"(?: {_IN_QUOTES})?|{_IN_QUOTES}"
COMBINED = (
    rf"^({_WORD}+) ({_WORD}+) ({_WORD}+) \[([^\]\x00-\x1f]+)\] "
    rf'"(?:{_REQUEST})" (\d{{3}}) ({_WORD}+) "({_IN_QUOTES})" "({_IN_QUOTES})"(?: [^\x00-\x1f]*)?$'
)
"""A line without control characters; quotes inside quotes stand behind a backslash."""
COMBINED_COLUMNS = ("host", "ident", "user", "time", "method", "url", "status", "bytes", "referrer", "user_agent")
"""The fields of the combined log format (Apache, nginx), by the groups of `COMBINED`."""

_IS_OBJECT = (
    r"CASE WHEN CASE WHEN regexp_matches(line, '^[ \t]*\{') THEN json_valid(line) ELSE FALSE END "
    "THEN len(json_keys(line)) = len(list_distinct(json_keys(line))) ELSE FALSE END"  # a key twice: which one counts?
)
_IN_NO_LINE = "\x01\x02\x03\x04"
_NO_RAW = "CAST(NULL AS VARCHAR) AS raw"
_LONGEST_LINE = 4_000_000
_SAMPLED_LINES = 1_000


@dataclass(frozen=True)
class Converted:
    """Two Parquet files in the work folder."""

    rows: Path
    """The wanted columns, and `raw`: NULL where the row is whole, else the line."""
    broken: Path
    """source, reason, raw."""


@dataclass(frozen=True)
class RawFiles:
    """The files of one source for one night. Reads nothing but names of columns until asked for rows."""

    name: str
    source: Source
    paths: Sequence[Path]
    duckdb: DuckDBEngine
    work: Path

    def columns(self) -> Mapping[str, tuple[str, ...]]:
        """File -> names of its columns; one entry where all files are alike. NDJSON: keys that half of 1,000 lines have."""
        match self.source.format:
            case "parquet":
                return {path.name: readable(self.name, path, parquet_columns) for path in self.paths}
            case "csv":
                found = self._header()
            case "ndjson":
                found = self._naming_the_file(self._json_keys)
            case "combined":
                found = COMBINED_COLUMNS
            case "sqlite":
                found = readable(self.name, self._database, lambda path: sqlite_columns(path, self.source.table))
            case "duckdb":
                found = self._of_duckdb_table(self._names_in)
        return {self.paths[0].name: found}

    def parquet(self, wanted: Mapping[str, str]) -> Table:
        """A lazy table of the wanted columns of Parquet files. A folder `date=...` on the way adds no column of its own."""
        read = f"read_parquet({file_list(self.paths)}, hive_partitioning=false)"
        return self._naming_the_file(lambda: self._query(f"SELECT {self._named(wanted)} FROM {read}"))

    def converted(self, wanted: Mapping[str, str], label: str) -> Converted:
        """The wanted columns of files that are not Parquet, converted at the first call of a run."""
        done = Converted(self.work / f"{label}.parquet", self.work / f"{label}-broken.parquet")
        if done.broken.exists():
            return done
        self._forget_rejects()
        match self.source.format:
            case "csv":
                self._convert_csv(wanted, done.rows)
            case "sqlite":
                self._convert_sqlite(wanted, done.rows)
            case "duckdb":
                columns = f"{self._named(wanted)}, {_NO_RAW}"
                self._of_duckdb_table(lambda table: self._write(f"SELECT {columns} FROM {table}", done.rows))
            case _:
                self._naming_the_file(lambda: self._write(self._of_lines(wanted), done.rows))
        self._write(self._set_aside(done.rows), done.broken)
        return done

    def _convert_csv(self, wanted: Mapping[str, str], rows: Path) -> None:
        header = self._header()
        typed = self._typed({alias: f"c{header.index(column)}" for alias, column in wanted.items()})
        with suppress(Refusal):
            self._write(f"SELECT {typed}, {_NO_RAW} FROM {self._csv(self.paths, header)}", rows)
            return
        # The parser gives up where a file mixes \n, \r and \r\n: make them one, and try again.
        self._forget_rejects()
        even = [
            readable(self.name, path, lambda path, n=n: even_line_ends(path, rows.with_suffix(f".{n}.csv")))  # type: ignore[misc]
            for n, path in enumerate(self.paths)
        ]
        self._naming_the_file(lambda: self._write(f"SELECT {typed}, {_NO_RAW} FROM {self._csv(even, header)}", rows))
        for copy in even:
            copy.unlink()

    def _convert_sqlite(self, wanted: Mapping[str, str], rows: Path) -> None:
        texts = rows.with_suffix(".sqlite.parquet")
        readable(
            self.name, self._database, lambda path: copy_sqlite(path, self.source.table, list(wanted.values()), texts)
        )
        self._write(f"SELECT {self._named(wanted)}, {_NO_RAW} FROM read_parquet({file_list([texts])})", rows)
        texts.unlink()

    def _of_duckdb_table(self, read: Callable[[str], Found]) -> Found:
        with attached(self.duckdb, self.name, self._database) as alias:
            return self._naming_the_file(lambda: read(f"{alias}.{table_path(self.source.table)}"))

    def _names_in(self, table: str) -> tuple[str, ...]:
        return tuple(self.duckdb.fetch(self._query(f"SELECT * FROM {table} LIMIT 0")).column_names)

    def _of_lines(self, wanted: Mapping[str, str]) -> str:
        if self.source.format == "combined":
            fields = {alias: f"nullif(nullif(parts.{quoted(column)}, '-'), '')" for alias, column in wanted.items()}
            parts, whole = (
                f"regexp_extract(line, {literal(COMBINED)}, {list(COMBINED_COLUMNS)!r})",
                "parts.status <> ''",
            )
        else:
            fields = {alias: f"parts[{place}]" for place, alias in enumerate(wanted, start=1)}
            keys = ", ".join(literal(_pointer(key)) for key in wanted.values())
            parts, whole = f"json_extract_string(CASE WHEN {_IS_OBJECT} THEN line END, [{keys}])", "parts IS NOT NULL"
        return (
            f"SELECT {self._typed(fields)}, CASE WHEN {whole} THEN NULL ELSE line END AS raw "
            f"FROM (SELECT line, {parts} AS parts FROM {self._lines()} WHERE line IS NOT NULL)"
        )

    def _set_aside(self, rows: Path) -> str:
        found = f"SELECT 'not_{self.source.format}' AS reason, raw FROM read_parquet({file_list([rows])}) WHERE raw IS NOT NULL"
        if self.source.format in ("csv", "ndjson", "combined"):
            found += (
                " UNION ALL SELECT lower(replace(CAST(min(error_type) AS VARCHAR), ' ', '_')), any_value(csv_line) "
                f"FROM {self.name}_rejects GROUP BY file_id, line"
            )
        return f"SELECT {literal(self.name)} AS source, reason, raw FROM ({found})"

    def _named(self, wanted: Mapping[str, str]) -> str:
        return self._typed({alias: quoted(column) for alias, column in wanted.items()})

    def _typed(self, expressions: Mapping[str, str]) -> str:
        """SQL: every column as text, the instant as `instant_us`; however absurd an instant is, it becomes NULL and no error."""
        return ", ".join(
            f"TRY({self.duckdb.instant_us(self._instant(column), self.source.instant_as)}) AS instant_us"
            if alias == Role.INSTANT
            else f"CAST({column} AS VARCHAR) AS {alias}"
            for alias, column in expressions.items()
        )

    def _instant(self, column: str) -> str:
        return f"TRY_CAST({column} AS TIMESTAMPTZ)" if self.source.instant_as == "timestamp" else column

    def _lines(self) -> str:
        """SQL: `line`, NULL for a blank one. Not strict, for a strict parser gives up on a stray carriage return."""
        return (
            f"read_csv({file_list(self.paths)}, columns={{'line': 'VARCHAR'}}, header=false, delim='{_IN_NO_LINE}', "
            f"quote='', escape='', comment='', strict_mode=false, {self._reading()})"
        )

    def _csv(self, paths: Sequence[Path], header: Sequence[str]) -> str:
        """SQL: columns c0, c1, ... in the header's order; the names there may be blank or double."""
        types = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(header)))
        quote = literal('"' if self.source.quoted else "")
        return (
            f"read_csv({file_list(paths)}, columns={{{types}}}, header=true, delim={literal(self.source.delimiter)}, "
            f"quote={quote}, escape={quote}, nullstr='', {self._reading()})"
        )

    def _reading(self) -> str:
        """Rejects are always stored: without that, DuckDB 2.0 also loses the good row behind a bad one."""
        return (
            f"auto_detect=false, max_line_size={_LONGEST_LINE}, hive_partitioning=false, ignore_errors=true, "
            f"store_rejects=true, rejects_table='{self.name}_rejects', rejects_scan='{self.name}_scans'"
        )

    def _header(self) -> tuple[str, ...]:
        found = {
            readable(self.name, path, lambda path: csv_header(path, self.source.delimiter)) for path in self.paths
        } - {()}
        if len(found) > 1:
            raise Refusal(
                self.name, Reason.SOURCE_UNREADABLE, "its files have different headers; give each kind its own source"
            )
        return found.pop() if found else tuple(map(self.source.source_name, self.source.columns))

    def _json_keys(self) -> tuple[str, ...]:
        object_line = f"CASE WHEN {_IS_OBJECT} THEN line END"
        keys = self.duckdb.fetch(
            self._query(
                f"WITH sampled AS MATERIALIZED (SELECT line FROM {self._lines()} WHERE line IS NOT NULL LIMIT {_SAMPLED_LINES}) "
                f"SELECT key FROM (SELECT unnest(list_distinct(json_keys({object_line}))) AS key FROM sampled) "
                "GROUP BY key HAVING 2 * count(*) >= (SELECT count(*) FROM sampled) ORDER BY key"
            )
        )
        return tuple(str(key) for key in keys["key"].to_pylist())

    def _naming_the_file(self, action: Callable[[], Found]) -> Found:
        """What DuckDB gives. Where it fails, raises Refusal with the file that cannot be read to its end."""
        with suppress(Refusal):
            return action()
        for path in self.paths:
            readable(self.name, path, read_through)
        raise unreadable(self.name, self.paths[0], "refused by the reader")

    def _forget_rejects(self) -> None:
        for table in ("rejects", "scans"):
            self.duckdb.run(f"DROP TABLE IF EXISTS {self.name}_{table}")

    @property
    def _database(self) -> Path:
        if len(self.paths) > 1:
            raise Refusal(
                self.name, Reason.SOURCE_UNREADABLE, f"{len(self.paths)} databases match; let `path` name one"
            )
        return self.paths[0]

    def _write(self, sql: str, path: Path) -> None:
        self.duckdb.write(self._query(sql), path)

    def _query(self, sql: str) -> Table:
        return self.duckdb.query(as_template(sql))


def _pointer(key: str) -> str:
    return '$."' + key.replace('"', '\\"') + '"'
