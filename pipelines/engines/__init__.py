"""Engines that run the core's SQL: DuckDB, embedded and out of core; Spark for those who outgrow one machine."""

from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path

from anonymizers.engine import Engine, Table


class FileEngine(Engine):
    """An engine that also reads and writes Parquet files, for sources and IO managers. Assets never see this side."""

    @abstractmethod
    def close(self) -> None:
        """End the engine and free what it holds; it may be called twice."""

    @abstractmethod
    def scan(self, paths: Sequence[Path]) -> Table:
        """Parquet files as one lazy table; only the columns that a query names are read off the disk."""

    @abstractmethod
    def write(self, table: Table, path: Path) -> int:
        """Execute, and write one Parquet file or folder at `path`; gives the number of rows."""

    @abstractmethod
    def instant_us(self, column: str, written_as: str) -> str:
        """SQL: microseconds since 1970-01-01 UTC (BIGINT) of an instant, NULL where there is none."""
