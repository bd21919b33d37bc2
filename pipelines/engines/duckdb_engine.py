"""DuckDB: the embedded default. Spills into the run's work folder, so memory stays flat as the night grows."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import duckdb
import pyarrow as pa

from anonymizers.engine import Table, as_template
from anonymizers.refusal import Reason, Refusal
from pipelines.engines import FileEngine

Result = TypeVar("Result")

_INSTANTS = {
    "timestamp": "epoch_us(CAST({0} AS TIMESTAMPTZ))",
    "epoch_seconds": "TRY_CAST(round(TRY_CAST({0} AS DOUBLE) * 1000000) AS BIGINT)",
    "epoch_milliseconds": "TRY_CAST(round(TRY_CAST({0} AS DOUBLE) * 1000) AS BIGINT)",
    "text": "epoch_us(TRY_CAST({0} AS TIMESTAMPTZ))",
    "combined": "epoch_us(try_strptime({0}, '%d/%b/%Y:%H:%M:%S %z'))",
}


class DuckDBEngine(FileEngine):
    """One in-memory database for one run."""

    def __init__(self, work: Path, *, memory: str = "1GB") -> None:
        self.connection = duckdb.connect(
            config={
                "memory_limit": memory,
                "temp_directory": str(work / "spill"),
                "preserve_insertion_order": "false",
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
            }
        )
        self.connection.execute("SET TimeZone = 'UTC'")

    def close(self) -> None:
        """Close the database; what it spilled goes with the work folder."""
        self.connection.close()

    def run(self, sql: str) -> None:
        """Run one statement; an error loses DuckDB's message, which quotes lines of files."""
        self._silently(lambda: self.connection.execute(sql))

    def _silently(self, action: Callable[[], Result]) -> Result:
        failure = None
        try:
            return action()
        except duckdb.Error as error:
            failure = type(error).__name__
        raise Refusal(
            "duckdb", Reason.ENGINE, f"{failure}; check disk, memory (KOOND_MEMORY) and that the raw files are whole"
        )

    def table(self, rows: pa.Table) -> Table:
        """A small table from memory, copied into the engine."""
        self.connection.register("koond_arriving", rows)
        table = self.query("SELECT 1")
        self.run(f"DROP VIEW {table.view}")
        self.run(f"CREATE TEMPORARY TABLE {table.view} AS SELECT * FROM koond_arriving")
        self.connection.unregister("koond_arriving")
        return table

    def scan(self, paths: Sequence[Path]) -> Table:
        """Parquet files, lazily."""
        files = [file for path in paths for file in (sorted(path.glob("*.parquet")) if path.is_dir() else [path])]
        return self.query(as_template(f"SELECT * FROM read_parquet({file_list(files)}, hive_partitioning=false)"))

    def fetch(self, table: Table) -> pa.Table:
        """The rows, in memory."""
        rows: pa.Table = self._silently(lambda: self.connection.sql(f"SELECT * FROM {table.view}").to_arrow_table())
        return rows

    def write(self, table: Table, path: Path) -> int:
        """One Parquet file, whole or not at all; gives its rows."""
        half = path.with_name(f".{path.name}.half")
        copy = f"COPY (SELECT * FROM {table.view}) TO {literal(str(half))} (FORMAT parquet, COMPRESSION zstd)"
        written = self._silently(lambda: self.connection.execute(copy).fetchone())
        half.chmod(0o600)
        if path.is_dir():  # Spark leaves a folder
            shutil.rmtree(path)
        half.replace(path)
        return int(written[0]) if written else 0

    def keyed_hash(self, key: str, text: str) -> str:
        """64 bits of SHA-256."""
        half = "(CAST('0x' || substr(sha256({0} || {1}), {2}, 8) AS BIGINT))"
        high, low = half.format(key, text, 1), half.format(key, text, 9)
        return f"(({high} - 2147483648) * 4294967296 + {low})"

    def pieces(self, text: str, at: str) -> str:
        """A row for each piece."""
        return f"unnest(string_split({text}, {literal(at)}))"

    def keep(self, table: Table) -> Table:
        """A temporary table; it spills where the engine spills."""
        kept = self.query("SELECT 1")
        self.run(f"DROP VIEW {kept.view}")
        self.run(f"CREATE TEMPORARY TABLE {kept.view} AS SELECT * FROM {table.view}")
        return kept

    def instant_us(self, column: str, written_as: str) -> str:
        """Microseconds of an instant, as the source writes it."""
        return _INSTANTS[written_as].format(column)


def literal(text: str) -> str:
    """An SQL string."""
    return "'" + text.replace("'", "''") + "'"


def file_list(paths: Sequence[Path]) -> str:
    """An SQL list of file names. DuckDB takes each for a pattern, so what would make it one is put in brackets."""
    names = ("".join(f"[{letter}]" if letter in "*?[" else letter for letter in str(path)) for path in paths)
    return "[" + ", ".join(map(literal, names)) + "]"
