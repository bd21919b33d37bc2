"""The ledger: which mechanism drew which table for which release, and what was released. Rows are only ever added."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from anonymizers.counting.measure import NoisyTable
from anonymizers.refusal import Reason, Refusal

_TABLES = """
CREATE TABLE IF NOT EXISTS draws (
  number INTEGER PRIMARY KEY, at TEXT NOT NULL, release TEXT NOT NULL, table_name TEXT NOT NULL, rho REAL NOT NULL,
  seal TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS releases (
  number INTEGER PRIMARY KEY, at TEXT NOT NULL, release TEXT NOT NULL UNIQUE, digest TEXT NOT NULL);
"""


class SqliteLedger:
    """The ledger in one SQLite file of mode 0600, beside the published store that it speaks of."""

    def __init__(self, path: Path, published: Path) -> None:
        self._path, self._published = path, published

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.touch(mode=0o600)
        connection = sqlite3.connect(self._path, timeout=30)
        try:
            with connection:
                connection.executescript(_TABLES)
                yield connection
        finally:
            connection.close()

    def refuse_if_final(self, release: str) -> None:
        """Refuses when the release stands published."""
        if self.released(release) is not None or (self._published / release).exists():
            raise Refusal("ledger", Reason.FINAL, f"{release} is published; a published release is never drawn again")

    def released(self, release: str) -> str | None:
        """The digest of a published release, or None."""
        with self._connection() as connection:
            row = connection.execute("SELECT digest FROM releases WHERE release = ?", (release,)).fetchone()
        return row[0] if row else None

    def record_draw(self, release: str, table: NoisyTable) -> None:
        """Write down that a mechanism made this table for this release."""
        rho = sum(mechanism.rho for mechanism in table.mechanisms)
        with self._connection() as connection:
            connection.execute(
                "INSERT INTO draws (at, release, table_name, rho, seal) VALUES (?, ?, ?, ?, ?)",
                (_now(), release, table.statistic.name, rho, table.seal),
            )

    def seals(self, release: str) -> frozenset[str]:
        """The seals of the newest draw of each table of a release."""
        with self._connection() as connection:
            rows = connection.execute(
                "SELECT seal FROM draws WHERE number IN (SELECT max(number) FROM draws WHERE release = ? GROUP BY table_name)",
                (release,),
            ).fetchall()
        return frozenset(row[0] for row in rows)

    def record_release(self, release: str, digest: str) -> None:
        """Write down that a release was published."""
        with self._connection() as connection:
            connection.execute("INSERT INTO releases (at, release, digest) VALUES (?, ?, ?)", (_now(), release, digest))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
