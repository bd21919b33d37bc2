"""Tables of other programs' databases: always read-only, and never left open or locked."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from anonymizers.refusal import Reason, Refusal
from pipelines.engines.duckdb_engine import DuckDBEngine, literal

_BATCH = 50_000


def quoted(name: str) -> str:
    """An SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def table_path(table: str | None) -> str:
    """A table's name as SQL, its schema before it where there is one."""
    return ".".join(map(quoted, (table or "").split(".")))


@contextmanager
def attached(duckdb: DuckDBEngine, name: str, path: Path) -> Iterator[str]:
    """A DuckDB file while it is read; gives the SQL name that its tables stand below."""
    alias, refused = f"{name}_source", False
    try:
        duckdb.run(f"ATTACH {literal(str(path))} AS {alias} (TYPE duckdb, READ_ONLY)")
    except Refusal:
        refused = True
    if refused:
        raise Refusal(
            name,
            Reason.SOURCE_UNREADABLE,
            f"{path.name} does not open; is it a DuckDB file that no other program is writing to?",
        )
    try:
        yield alias
    finally:
        duckdb.run(f"DETACH {alias}")


def sqlite_columns(path: Path, table: str | None) -> tuple[str, ...]:
    """Names of a table's columns."""
    with closing(_opened(path)) as connection:
        return tuple(
            column[0] for column in connection.execute(f"SELECT * FROM {table_path(table)} LIMIT 0").description
        )


def copy_sqlite(path: Path, table: str | None, columns: Sequence[str], copy: Path) -> None:
    """The named columns as text in a Parquet file. Bytes that are not UTF-8 become the replacement character."""
    schema = pa.schema([(column, pa.string()) for column in columns])
    with closing(_opened(path)) as connection, pq.ParquetWriter(copy, schema) as writer:
        rows = connection.execute(f"SELECT {', '.join(map(quoted, columns))} FROM {table_path(table)}")
        while batch := rows.fetchmany(_BATCH):
            texts = [pa.array(map(_text, values), pa.string()) for values in zip(*batch, strict=True)]
            writer.write_table(pa.Table.from_arrays(texts, schema=schema))


def read_only(path: Path) -> str:
    """How SQLite opens a file without writing anything beside it: a database in WAL mode that nobody has open would else
    get its -wal and -shm files from whoever reads it."""
    nobody_writes = not path.with_name(f"{path.name}-wal").exists()
    return f"{path.resolve().as_uri()}?mode=ro" + ("&immutable=1" if _keeps_a_log(path) and nobody_writes else "")


def _keeps_a_log(path: Path) -> bool:
    """Whether the database is in WAL mode, by its header (sqlite.org/fileformat2.html, 1.3)."""
    with path.open("rb") as file:
        return file.read(20)[18:] == b"\x02\x02"


def _opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(read_only(path), uri=True)
    connection.text_factory = lambda found: found.decode("utf-8", "replace")
    return connection


def _text(value: object) -> str | None:
    if value is None:
        return None
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
