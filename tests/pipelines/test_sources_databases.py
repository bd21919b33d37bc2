"""Registrations come from files and from other programs' databases, which stay as they are and are never left locked."""

import sqlite3
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from anonymizers.contract import Purpose
from anonymizers.refusal import Refusal
from tests.pipelines.test_sources_formats import (
    EXPECTED,
    accounts,
    event,
    events,
    reader_of,
    set_aside,
    source,
    write,
)

ACCOUNTS = [
    ("a1", "2026-11-20 10:00:00", "AS Firma"),
    ("a2", "2026-11-20 10:00:00", " "),
    ("a3", "2020-01-01 00:00:00", None),
]
KINDS = [("a1", "business"), ("a2", "private")]


def write_accounts(path: Path) -> dict[str, Any]:
    """The accounts in the format that the ending names; gives what the contract says about it."""
    rows = [(*account, "a@b.example") for account in ACCOUNTS]
    names = ("account_id", "instant", "company", "email")
    if path.suffix in (".duckdb", ".sqlite"):
        database: Any = duckdb.connect(str(path)) if path.suffix == ".duckdb" else sqlite3.connect(path)
        database.execute('CREATE TABLE "order" (account_id TEXT, instant TEXT, company TEXT, email TEXT)')
        database.executemany('INSERT INTO "order" VALUES (?, ?, ?, ?)', rows)
        database.commit()
        database.close()
        return {"table": "order"}
    table = pa.table({name: [row[place] for row in rows] for place, name in enumerate(names)})
    if path.suffix == ".parquet":
        pq.write_table(table, path)
    else:
        write(path, table.to_pylist())
    return {}


@pytest.mark.parametrize("ending", ["parquet", "csv", "duckdb", "sqlite"])
def test_registrations_come_from_files_and_from_tables_which_stay_unlocked_and_unchanged(
    tmp_path: Path, ending: str
) -> None:
    path = tmp_path / f"r.{ending}"
    more = write_accounts(path)
    before = path.read_bytes()
    write(tmp_path / "c.csv", [event()])
    reader = reader_of(tmp_path, source("csv", "c.csv"), accounts(ending, path.name, **more))
    for _ in range(2):
        found = events(reader, "registrations", Purpose.REGISTRATION_STATISTICS)
        assert sorted((row["account_id"], row["customer_kind"]) for row in found) == KINDS
        assert reader.intake("registrations", Purpose.REGISTRATION_STATISTICS).unknown_columns == ()
    assert path.read_bytes() == before
    if ending in ("duckdb", "sqlite"):
        other: Any = duckdb.connect(str(path)) if ending == "duckdb" else sqlite3.connect(path)
        other.execute("CREATE TABLE another (x INT)")
        other.close()


def test_two_raw_tables_may_stand_in_one_duckdb_file(tmp_path: Path) -> None:
    write_accounts(tmp_path / "all.duckdb")
    with duckdb.connect(str(tmp_path / "all.duckdb")) as database:
        database.execute(
            "CREATE TABLE views AS SELECT * FROM read_parquet(?)",
            [str(write(tmp_path / "v.parquet", [event(gpc=False, account_id="")]))],
        )
    reader = reader_of(
        tmp_path, source("duckdb", "all.duckdb", table="main.views"), accounts("duckdb", "all.duckdb", table="order")
    )
    assert events(reader) == [EXPECTED]
    assert len(events(reader, "registrations", Purpose.REGISTRATION_STATISTICS)) == len(KINDS)
    assert set_aside(reader) == []


@pytest.mark.parametrize("ending", ["duckdb", "sqlite"])
@pytest.mark.parametrize("content", [b"", b"SECRET-49001010001 is no database" * 99])
def test_a_database_that_does_not_open_is_refused_by_name_and_shows_nothing(
    tmp_path: Path, ending: str, content: bytes
) -> None:
    (tmp_path / f"r.{ending}").write_bytes(content)
    write(tmp_path / "c.csv", [event()])
    reader = reader_of(tmp_path, source("csv", "c.csv"), accounts(ending, f"r.{ending}", table="order"))
    with pytest.raises(Refusal, match=f"r.{ending}") as refused:
        events(reader, "registrations", Purpose.REGISTRATION_STATISTICS)
    assert "SECRET" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__context__ is None


def test_a_table_that_is_not_there_is_refused_and_the_file_is_free_again(tmp_path: Path) -> None:
    write_accounts(tmp_path / "r.duckdb")
    write(tmp_path / "c.csv", [event()])
    reader = reader_of(tmp_path, source("csv", "c.csv"), accounts("duckdb", "r.duckdb", table="absent"))
    with pytest.raises(Refusal, match=r"r\.duckdb"):
        events(reader, "registrations", Purpose.REGISTRATION_STATISTICS)
    duckdb.connect(str(tmp_path / "r.duckdb")).execute("CREATE TABLE another (x INT)")


def test_bytes_in_sqlite_that_are_not_utf8_stop_nothing(tmp_path: Path) -> None:
    write_accounts(tmp_path / "r.sqlite")
    with sqlite3.connect(tmp_path / "r.sqlite") as database:
        database.execute("INSERT INTO \"order\" VALUES ('a4', '2026-11-20 10:00', CAST(x'ff' AS TEXT), NULL)")
    database.close()
    write(tmp_path / "c.csv", [event()])
    reader = reader_of(tmp_path, source("csv", "c.csv"), accounts("sqlite", "r.sqlite", table="order"))
    assert len(events(reader, "registrations", Purpose.REGISTRATION_STATISTICS)) == len(KINDS) + 1


def test_a_database_that_keeps_a_log_gets_no_file_beside_it_from_being_read(tmp_path: Path) -> None:
    path = tmp_path / "r.sqlite"
    more = write_accounts(path)
    writer = sqlite3.connect(path)
    writer.execute("PRAGMA journal_mode=WAL")
    writer.close()
    write(tmp_path / "c.csv", [event()])
    before = sorted(each.name for each in tmp_path.iterdir())
    reader = reader_of(tmp_path, source("csv", "c.csv"), accounts("sqlite", path.name, **more))
    assert len(events(reader, "registrations", Purpose.REGISTRATION_STATISTICS)) == len(KINDS)
    left = {each.name for each in tmp_path.iterdir() if each.name.startswith("r.")}
    assert "r.sqlite" in before and left == {"r.sqlite"}
