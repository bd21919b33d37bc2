"""What the privacy core asks of an engine: run one SQL text lazily, and spell the one expression that engines spell apart.

Engines themselves (DuckDB, Spark) live in `pipelines/engines`; SQL text lives beside the step it belongs to.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from itertools import count
from string import Template

import pyarrow as pa

_serial = count(1)


@dataclass(frozen=True)
class Table:
    """A lazy table: the name of a view in an engine. Nothing is read until the engine fetches or writes it."""

    view: str
    engine: Engine


def as_template(sql: str) -> str:
    """SQL without slots as `Engine.query` takes it: a dollar sign in a pattern or a file's name stays one."""
    return sql.replace("$", "$$")


class Engine(ABC):
    """Runs SQL. One engine serves one night; its tables are not shared between nights."""

    def query(self, sql: str, **slots: Table | str | int) -> Table:
        """The lazy table that `sql` gives, with each `$slot` replaced by a table's view or by the text itself."""
        words = {name: slot.view if isinstance(slot, Table) else slot for name, slot in slots.items()}
        view = f"koond_{next(_serial)}"
        self.run(f"CREATE TEMPORARY VIEW {view} AS {Template(sql).substitute(words)}")
        return Table(view, self)

    @abstractmethod
    def run(self, sql: str) -> None:
        """Run one statement for its effect. Raises Refusal without the engine's own message, which shows rows."""

    @abstractmethod
    def table(self, rows: pa.Table) -> Table:
        """A small table from memory: rules, parsed user agents, keys."""

    @abstractmethod
    def fetch(self, table: Table) -> pa.Table:
        """Execute, and bring the result into memory. For results of a bounded size only."""

    @abstractmethod
    def keyed_hash(self, key: str, text: str) -> str:
        """SQL: 64 bits (a BIGINT) of SHA-256 over the SQL expressions `key` and `text`. Equal on every engine."""

    @abstractmethod
    def pieces(self, text: str, at: str) -> str:
        """SQL: a row for each piece of the SQL expression `text`, cut at a sign; none where it is NULL. In SELECT lists."""

    @abstractmethod
    def keep(self, table: Table) -> Table:
        """The same table, executed at most once however often it is asked for; it goes with the engine."""
