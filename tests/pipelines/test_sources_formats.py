"""The same events come out of every format, every way of writing an instant and every way of cutting files.

`source`, `reader_of`, `events` and `set_aside` serve the other tests of sources too.
"""

import gzip
import json
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import TypeAdapter

from anonymizers.contract import Purpose, Source, Sources
from anonymizers.local_day import LocalDay
from pipelines.engines.duckdb_engine import DuckDBEngine
from pipelines.sources.reading import RawReader
from tests.worlds import DAY

NOON = datetime(2026, 11, 20, 10, 0, 0, 250_000, tzinfo=UTC)
NOON_US = 1_795_168_800_250_000
NAMES = ("event_id", "ts", "cookie_id", "account_id", "ip", "user_agent", "url", "consent", "gpc")
_COLUMNS = {
    "event_id": {"class": "quasi-identifier", "purposes": ["audience"]},
    "instant": {"class": "quasi-identifier", "purposes": ["audience"], "from": "ts"},
    "cookie_id": {"class": "identifier", "purposes": ["audience"]},
    "account_id": {"class": "identifier", "purposes": ["audience"]},
    "ip": {"class": "personal", "purposes": ["diagnostics"]},
    "user_agent": {"class": "quasi-identifier", "purposes": ["audience"]},
    "url": {"class": "personal", "purposes": ["audience"]},
    "consent": {"class": "non-personal", "purposes": ["audience"]},
    "opt_out": {"class": "non-personal", "purposes": ["audience"], "from": "gpc"},
}
_LOG_COLUMNS = {
    "instant": {"class": "quasi-identifier", "purposes": ["audience"], "from": "time"},
    "client": {"class": "personal", "purposes": ["audience"], "from": "host"},
    "user_agent": {"class": "quasi-identifier", "purposes": ["audience"]},
    "url": {"class": "personal", "purposes": ["audience"]},
}


def source(written_as: str, path: str, **more: Any) -> Source:
    """A clickstream's contract."""
    log = written_as == "combined"
    told = {
        "format": written_as, "path": path, "columns": _LOG_COLUMNS if log else _COLUMNS,
        "instant_as": "combined" if log else "timestamp" if written_as in ("parquet", "duckdb") else "text",
        "visitor": ["client"] if log else ["account_id", "cookie_id"],
        "consent": {"not_recorded": "the made-up site asks nobody"} if log else {"granting": ["yes", "all"]},
    }  # fmt: skip
    return TypeAdapter(Source).validate_python({**told, **more})


def accounts(written_as: str, path: str, **more: Any) -> Source:
    """A registration table's contract."""
    open_to = {"class": "identifier", "purposes": ["registration_statistics"]}
    columns = {
        "account_id": open_to,
        "instant": open_to,
        "company": open_to,
        "email": {"class": "personal", "purposes": []},
    }
    told = {"format": written_as, "path": path, "columns": columns, "instant_as": "text"}
    return TypeAdapter(Source).validate_python({**told, **more})


def reader_of(home: Path, clickstream: Source, registrations: Source | None = None, day: date = DAY) -> RawReader:
    """A reader of one night in Tallinn, with an engine of its own."""
    work = home / "work"
    work.mkdir(exist_ok=True)
    engine = DuckDBEngine(work)
    return RawReader(
        Sources(clickstream, None, registrations), home, LocalDay(day, "Europe/Tallinn"), engine, engine, work
    )


def events(reader: RawReader, name: str = "clickstream", purpose: Purpose = Purpose.AUDIENCE) -> list[dict[str, Any]]:
    """The rows that a purpose gets."""
    rows: list[dict[str, Any]] = reader.engine.fetch(reader.read(name, purpose)).to_pylist()
    return rows


def set_aside(reader: RawReader) -> list[tuple[str, str]]:
    """Reason and text of what the clickstream's intake set aside."""
    rows = reader.engine.fetch(reader.intake("clickstream", Purpose.AUDIENCE).broken).to_pylist()
    return sorted((row["reason"], row["raw"]) for row in rows)


def event(**row: Any) -> dict[str, Any]:
    """A consented event at noon UTC + 10 h, with text in every column."""
    usual = dict(
        zip(
            NAMES, ("e1", NOON.isoformat(), "cookie-1", None, "10.0.0.1", "Agent/1", "/arved", "yes", None), strict=True
        )
    )
    return {**usual, **row}


def write(path: Path, rows: Sequence[Mapping[str, Any]], delimiter: str = ",") -> Path:
    """Rows in the format that the ending names: csv, ndjson or parquet, or with .gz."""
    path.parent.mkdir(parents=True, exist_ok=True)
    kind = path.name.removesuffix(".gz").rsplit(".", 1)[-1]
    if kind == "parquet":
        pq.write_table(pa.Table.from_pylist([{**row, "ts": datetime.fromisoformat(row["ts"])} for row in rows]), path)
        return path
    quote = {True: lambda value: "" if value is None else '"' + str(value).replace('"', '""') + '"'}[True]
    lines = [json.dumps(row) for row in rows] if kind == "ndjson" else [
        delimiter.join(rows[0]), *(delimiter.join(map(quote, row.values())) for row in rows)
    ]  # fmt: skip
    content = ("\n".join(lines) + "\n").encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


EXPECTED = {
    "instant_us": NOON_US,
    "visitor": "cookie_id:cookie-1",
    "user_agent": "Agent/1",
    "url": "/arved",
    "consented": True,
}


@pytest.mark.parametrize("ending", ["parquet", "csv", "csv.gz", "ndjson", "ndjson.gz"])
def test_the_same_event_comes_out_of_every_format(tmp_path: Path, ending: str) -> None:
    write(tmp_path / f"raw/c.{ending}", [event()])
    reader = reader_of(tmp_path, source(ending.removesuffix(".gz"), f"raw/c.{ending}"))
    assert events(reader) == [EXPECTED]
    assert set_aside(reader) == []


def test_csv_with_a_mark_another_delimiter_quoted_newlines_and_quotes(tmp_path: Path) -> None:
    path = write(tmp_path / "c.csv", [event(url='/a;b\n"c"\r\n,d')], delimiter=";")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b'"\n', b'"\r\n').replace(b"gpc\n", b"gpc\r\n"))
    reader = reader_of(tmp_path, source("csv", "c.csv", delimiter=";"))
    assert [row["url"] for row in events(reader)] == ['/a;b\n"c"\r\n,d']
    assert set_aside(reader) == []


LOG = {
    '10.0.0.1 - - [20/Nov/2026:12:00:00 +0200] "GET /arved?x=1 HTTP/1.1" 200 512 "https://e.example/" "Agent/1"': ("10.0.0.1", "/arved?x=1", "Agent/1"),
    '2001:db8::7 - eve [20/Nov/2026:12:00:00 +0200] "GET / HTTP/2.0" 304 - "-" "-"': ("2001:db8::7", "/", None),
    '::1 - - [20/Nov/2026:10:00:00 +0000] "GET /a HTTP/1.1" 200 5 "-" "Agent \\"quoted\\" \\\\ 1" "-" 0.003': ("::1", "/a", 'Agent \\"quoted\\" \\\\ 1'),
    '10.0.0.2 - - [20/Nov/2026:12:00:00 +0200] "GET /a\\"b HTTP/1.1" 200 5 "-" "Agent \\x22 1"': ("10.0.0.2", '/a\\"b', "Agent \\x22 1"),
    '10.0.0.3 - - [20/Nov/2026:12:00:00 +0200] "-" 408 - "-" "-"': ("10.0.0.3", None, None),
    '10.0.0.4 - - [20/Nov/2026:12:00:00 +0200] "" 400 0 "-" ""': ("10.0.0.4", None, None),
    '10.0.0.5 - - [20/Nov/2026:12:00:00 +0200] "GET /old" 200 5 "-" "õunapuu"': ("10.0.0.5", "/old", "õunapuu"),
}  # fmt: skip


@pytest.mark.parametrize("ending", ["log", "log.gz"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_log_lines_of_apache_and_nginx(tmp_path: Path, ending: str, line_end: str) -> None:
    content = line_end.join(LOG).encode()
    (tmp_path / f"a.{ending}").write_bytes(gzip.compress(content) if ending.endswith("gz") else content)
    reader = reader_of(tmp_path, source("combined", f"a.{ending}"))
    found = sorted(
        (row["visitor"], row["url"] or "", row["user_agent"] or "", row["instant_us"]) for row in events(reader)
    )
    assert found == sorted(
        (f"client:{host}", url or "", agent or "", 1_795_168_800_000_000) for host, url, agent in LOG.values()
    )
    assert set_aside(reader) == []


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Tallinn"])
def test_parquet_timestamps_of_every_unit_with_and_without_zone(tmp_path: Path, unit: str, zone: str | None) -> None:
    texts = pa.array([value for value in [event()]]).to_pylist()[0]
    arrays = {name: pa.array([texts[name]], pa.string()) for name in NAMES if name != "ts"}
    stamp = pa.array([NOON_US], pa.timestamp("us")).cast(pa.timestamp(unit)).cast(pa.timestamp(unit, zone))
    pq.write_table(pa.table({**arrays, "ts": stamp}), tmp_path / "c.parquet")
    assert events(reader_of(tmp_path, source("parquet", "c.parquet"))) == [EXPECTED]


@pytest.mark.parametrize(
    ("written_as", "text", "microseconds"),
    [
        ("text", "2026-11-20T10:00:00.25Z", NOON_US),
        ("text", "2026-11-20T12:00:00.250+02:00", NOON_US),
        ("text", "2026-11-20 10:00:00.25", NOON_US),
        ("epoch_seconds", "1795168800.25", NOON_US),
        ("epoch_seconds", "1795168800", NOON_US - 250_000),
        ("epoch_milliseconds", "1795168800250", NOON_US),
        ("combined", "20/Nov/2026:12:00:00 +0200", NOON_US - 250_000),
    ],
)
@pytest.mark.parametrize("ending", ["csv", "ndjson"])
def test_instants_as_text_and_as_numbers(
    tmp_path: Path, ending: str, written_as: str, text: str, microseconds: int
) -> None:
    write(tmp_path / f"c.{ending}", [event(ts=text)])
    found = events(reader_of(tmp_path, source(ending, f"c.{ending}", instant_as=written_as)))
    assert [row["instant_us"] for row in found] == [microseconds]


def spread_over_two_days() -> dict[datetime, bool]:
    """Instants around the two ends of the Tallinn day, and whether each lies in it."""
    start, end = datetime(2026, 11, 19, 22, tzinfo=UTC), datetime(2026, 11, 20, 22, tzinfo=UTC)
    tick = timedelta(microseconds=1)
    return {start - tick: False, start: True, datetime(2026, 11, 20, tzinfo=UTC): True, end - tick: True, end: False}


def test_a_day_cut_at_midnight_utc_is_put_together_from_two_files(tmp_path: Path) -> None:
    for instant in spread_over_two_days():
        write(
            tmp_path / f"raw/{instant.date()}/{instant.time().isoformat().replace(':', '')}.csv",
            [event(ts=instant.isoformat())],
        )
    found = events(reader_of(tmp_path, source("csv", "raw/{date}/*.csv", path_dates="utc")))
    assert len(found) == sum(spread_over_two_days().values())


@pytest.mark.parametrize("ending", ["csv", "ndjson", "parquet"])
def test_one_file_of_many_days_is_filtered_by_its_time_column(tmp_path: Path, ending: str) -> None:
    write(tmp_path / f"all.{ending}", [event(event_id=str(at), ts=at.isoformat()) for at in spread_over_two_days()])
    assert len(events(reader_of(tmp_path, source(ending, f"all.{ending}")))) == sum(spread_over_two_days().values())


def test_a_folder_named_after_a_date_adds_no_column_and_names_with_brackets_are_no_patterns(tmp_path: Path) -> None:
    home = tmp_path / "home [1]"
    columns = {**_COLUMNS, "instant": {**_COLUMNS["instant"], "from": "date"}}
    row = {("date" if name == "ts" else name): value for name, value in event().items()}
    table = pa.Table.from_pylist([{**row, "date": NOON}])
    (home / f"raw/date={DAY}").mkdir(parents=True)
    pq.write_table(table, home / f"raw/date={DAY}/part[0].parquet")
    assert events(reader_of(home, source("parquet", "raw/date={date}/*.parquet", columns=columns))) == [EXPECTED]


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
