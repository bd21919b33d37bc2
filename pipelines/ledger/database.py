"""The ledger's two tables, `entries` and `draws`, in a SQLite file or in PostgreSQL: opening, locking, adding.

The database itself refuses to change or remove a row, to add a second entry of what may happen only once, and to fork
the chain. What may be added is for `rules.py`.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from anonymizers.counting.draw import Draw
from anonymizers.refusal import Reason, Refusal
from pipelines.ledger.entries import FIRST, Entry, Kind

_SCHEMA = sa.MetaData()
ENTRIES = sa.Table(
    "entries",
    _SCHEMA,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("release", sa.Text, nullable=False),
    sa.Column("once", sa.Text, unique=True),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("previous", sa.Text, nullable=False, unique=True),
    sa.Column("hash", sa.Text, nullable=False),
)
DRAWS = sa.Table(
    "draws", _SCHEMA, sa.Column("seal", sa.Text, primary_key=True), sa.Column("content", sa.Text, nullable=False)
)
_STAYS = "the ledger is only ever added to"
# INSERT OR REPLACE fires no DELETE trigger in SQLite, so what it would replace is looked for before.
_NOT_NEXT = {
    "entries": """NEW.number <> (SELECT coalesce(max(number), 0) + 1 FROM entries)
        OR EXISTS (SELECT 1 FROM entries WHERE once = NEW.once OR previous = NEW.previous)""",
    "draws": "EXISTS (SELECT 1 FROM draws WHERE seal = NEW.seal)",
}
_SECONDS = 30
_LOCK = 0x6B6F6F6E64
"""Number of the advisory lock. Not LOCK TABLE: that needs the right to change rows, which koond's role should not have."""


def _keep_rows(table: sa.Table) -> None:
    on_sqlite = [
        f"CREATE TRIGGER {table.name}_{verb} BEFORE {verb} ON {table.name} BEGIN SELECT RAISE(ABORT, '{_STAYS}'); END"
        for verb in ("update", "delete")
    ]
    on_sqlite.append(
        f"CREATE TRIGGER {table.name}_insert BEFORE INSERT ON {table.name} WHEN {_NOT_NEXT[table.name]} "
        f"BEGIN SELECT RAISE(ABORT, '{_STAYS}'); END"
    )
    on_postgres = [
        "CREATE OR REPLACE FUNCTION koond_ledger_stays() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_STAYS}'; END $$",
        f"CREATE TRIGGER {table.name}_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON {table.name} "
        "FOR EACH STATEMENT EXECUTE FUNCTION koond_ledger_stays()",
    ]
    for dialect, statements in {"sqlite": on_sqlite, "postgresql": on_postgres}.items():
        for statement in statements:
            sa.event.listen(table, "after_create", sa.DDL(statement).execute_if(dialect=dialect))


for _table in (ENTRIES, DRAWS):
    _keep_rows(_table)


class Database:
    """Where a ledger is kept. Nothing is opened or made before the first use."""

    def __init__(self, where: str | Path) -> None:
        """`where` is a SQLite file, or a SQLAlchemy URL of SQLite or PostgreSQL; its password is never shown."""
        url = _url(where)
        self._on_sqlite = url.get_backend_name() == "sqlite"
        self._file = Path(url.database or "") if self._on_sqlite else None
        self._ready = False
        engine = _engine(url)
        if self._on_sqlite:
            sa.event.listen(engine, "connect", _set_up_sqlite)
            sa.event.listen(engine, "begin", _begin_on_sqlite)
        self._reader, self._writer = engine, engine.execution_options(koond_writes=True)
        if not self._on_sqlite:
            # A writer must see what was added while it waited for the lock; a reader must see both tables at one moment.
            self._writer = self._writer.execution_options(isolation_level="READ COMMITTED")
            self._reader = engine.execution_options(isolation_level="REPEATABLE READ")

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A transaction that sees one moment of both tables. Refuses (`Reason.STORE`) when the database cannot be used."""
        self._prepare()
        with _told_without_values(), self._reader.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction with nobody else writing, kept only if its body ends well.

        Refuses (`Reason.STORE`) when the database cannot be used, and when the last link of the chain is broken.
        """
        self._prepare()
        with self._locked() as connection:
            _refuse_a_broken_end(connection)
            yield connection

    @contextmanager
    def _locked(self) -> Iterator[sa.Connection]:
        with _told_without_values(), self._writer.begin() as connection:
            if not self._on_sqlite:
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_SECONDS}s'")
                connection.exec_driver_sql("SET LOCAL synchronous_commit = on")
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
            yield connection

    def _prepare(self) -> None:
        if self._ready:
            return
        if self._file is not None:
            _make_private(self._file)
        with self._locked() as connection:
            _SCHEMA.create_all(connection)
        self._ready = True


def add_entry(
    connection: sa.Connection, at: str, kind: Kind, release: str, body: Mapping[str, Any], once: str | None = None
) -> None:
    """Add an entry to the end of the chain. The connection is one of `Database.writing`."""
    last = next(iter(_last(connection, 1)), None)
    connection.execute(sa.insert(ENTRIES).values(**vars(Entry.after(last, at, kind, release, body, once))))


def keep_draw(connection: sa.Connection, draw: Draw) -> None:
    """Store a draw under its seal."""
    connection.execute(sa.insert(DRAWS).values(seal=draw.seal, content=draw.content))


def content_of(connection: sa.Connection, seal: str) -> str | None:
    """What is stored under a seal."""
    return connection.execute(sa.select(DRAWS.c.content).where(DRAWS.c.seal == seal)).scalar()


def entries_where(connection: sa.Connection, *conditions: sa.ColumnElement[bool]) -> list[Entry]:
    """The entries that meet all conditions, oldest first."""
    rows = connection.execute(sa.select(ENTRIES).where(*conditions).order_by(ENTRIES.c.number))
    return [Entry(*row) for row in rows]


def every_draw(connection: sa.Connection) -> Iterator[tuple[str, str]]:
    """Seal and content of all draws."""
    for row in connection.execute(sa.select(DRAWS.c.seal, DRAWS.c.content)):
        yield row.seal, row.content


def _last(connection: sa.Connection, count: int) -> Sequence[Entry]:
    rows = connection.execute(sa.select(ENTRIES).order_by(ENTRIES.c.number.desc()).limit(count))
    return [Entry(*row) for row in rows]


def _refuse_a_broken_end(connection: sa.Connection) -> None:
    end = _last(connection, 2)
    if not end:
        return
    before = (end[1].number, end[1].hash) if len(end) > 1 else (0, FIRST)
    if not end[0].holds or (end[0].number - 1, end[0].previous) != before:
        raise Refusal(
            "ledger",
            Reason.STORE,
            f"entry {end[0].number} does not follow from the entry before it: the ledger was changed from outside; "
            "see koond ledger, and put the ledger's own copy back",
        )


def _url(where: str | Path) -> sa.URL:
    if isinstance(where, Path):
        return sa.URL.create("sqlite", database=str(where))
    try:
        url = sa.make_url(where)
    except (ArgumentError, ValueError):
        url = None
    if url is not None and url.get_backend_name() == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if url is not None and url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:"):
        return url.set(drivername="sqlite")
    raise Refusal(
        "ledger",
        Reason.STORE,
        "KOOND_LEDGER_URL is not the address of a ledger; write postgresql://user:password@host/database "
        "or sqlite:///file, or leave it out",
    )


def _engine(url: sa.URL) -> sa.Engine:
    # No pool: a night asks a dozen times, and no connection may outlive a fork or a file that was replaced.
    on_sqlite = url.get_backend_name() == "sqlite"
    options: dict[str, Any] = {"connect_args": {"timeout": _SECONDS}} if on_sqlite else {}
    try:
        return sa.create_engine(url, poolclass=sa.NullPool, hide_parameters=True, **options)
    except ImportError:
        raise Refusal("ledger", Reason.STORE, "PostgreSQL needs its driver; install koond[postgres]") from None


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # BEGIN is said below, where it is known whether the transaction writes
    # EXTRA: a commit must outlive a power cut, or a draw that was seen would be drawn again.
    connection.execute("PRAGMA synchronous = EXTRA")


def _begin_on_sqlite(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("koond_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _make_private(file: Path) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
        if file.stat().st_mode & 0o077:
            file.chmod(0o600)
    except OSError as error:
        why = type(error).__name__
        raise Refusal(
            "ledger", Reason.STORE, f"{file.name} cannot be opened ({why}); give koond's user its folder and its file"
        ) from None


@contextmanager
def _told_without_values() -> Iterator[None]:
    """Drivers put statements, values and addresses into their messages; the name of the error is enough."""
    try:
        yield
    except SQLAlchemyError as error:
        why = type(getattr(error, "orig", None) or error).__name__
        raise Refusal(
            "ledger",
            Reason.STORE,
            f"the ledger's database cannot be used ({why}); see that ledger.db, or the database of KOOND_LEDGER_URL, "
            "is there, can be written and is not locked, and start again",
        ) from None
