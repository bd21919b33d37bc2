"""The same events come out of every format, every way of writing an instant and every way of cutting files.

`source`, `reader_of`, `events` and `set_aside` serve the other tests of sources too.
"""

import gzip
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import TypeAdapter

from anonymizers.consent.agreed import EVERYTHING
from anonymizers.contract import Purpose, Source, Sources
from anonymizers.local_day import LocalDay
from pipelines.engines.duckdb_engine import DuckDBEngine
from pipelines.sources.reading import RawReader
from tests.worlds import DAY

NOON = datetime(2026, 11, 20, 10, 0, 0, 250_000, tzinfo=UTC)
NOON_US = 1_795_168_800_250_000
NAMES = ("event_id", "ts", "cookie_id", "account_id", "ip", "user_agent", "url", "consent", "gpc")
COLUMNS = {
    "event_id": {"class": "quasi-identifier", "purposes": ["audience", "leak_scan"]},
    "instant": {"class": "quasi-identifier", "purposes": ["audience", "leak_scan", "diagnostics"], "from": "ts"},
    "cookie_id": {"class": "identifier", "purposes": ["audience", "leak_scan"]},
    "account_id": {"class": "identifier", "purposes": ["audience", "leak_scan"]},
    "ip": {"class": "personal", "purposes": ["diagnostics"]},
    "user_agent": {"class": "quasi-identifier", "purposes": ["audience", "leak_scan"]},
    "url": {"class": "personal", "purposes": ["audience", "leak_scan"]},
    "consent": {"class": "non-personal", "purposes": ["audience"]},
    "opt_out": {"class": "non-personal", "purposes": ["audience"], "from": "gpc"},
}
LOG_COLUMNS = {
    "instant": {"class": "quasi-identifier", "purposes": ["audience", "leak_scan"], "from": "time"},
    "client": {"class": "personal", "purposes": ["audience", "leak_scan"], "from": "host"},
    "user_agent": {"class": "quasi-identifier", "purposes": ["audience", "leak_scan"]},
    "url": {"class": "personal", "purposes": ["audience", "leak_scan"]},
}


def source(written_as: str, path: str, **more: Any) -> Source:
    """A clickstream's contract."""
    log = written_as == "combined"
    told = {
        "format": written_as, "path": path, "columns": LOG_COLUMNS if log else COLUMNS,
        "instant_as": "combined" if log else "timestamp" if written_as in ("parquet", "duckdb") else "text",
        "visitor": ["client"] if log else ["account_id", "cookie_id"],
        "consent": {"not_recorded": "the made-up site asks nobody"} if log else {"granting": ["yes", "all"]},
    }  # fmt: skip
    return TypeAdapter(Source).validate_python({**told, **more})


def accounts(written_as: str, path: str, **more: Any) -> Source:
    """A registration table's contract."""
    open_to = {"class": "identifier", "purposes": ["registration_statistics", "leak_scan"]}
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
            NAMES,
            ("e1", NOON.isoformat(), "cookie-1", None, "10.0.0.1", "Agent/1", "/arved", "yes", "false"),
            strict=True,
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
    lines = [json.dumps(row) for row in rows] if kind == "ndjson" else [
        delimiter.join(rows[0]), *(delimiter.join(map(_quote, row.values())) for row in rows)
    ]  # fmt: skip
    content = ("\n".join(lines) + "\n").encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def _quote(value: Any) -> str:
    return "" if value is None else '"' + str(value).replace('"', '""') + '"'


EXPECTED = {
    "instant_us": NOON_US,
    "visitor": "cookie_id:cookie-1",
    "user_agent": "Agent/1",
    "url": "/arved",
    "agreed": EVERYTHING,
    "counted": True,
    "account_id": None,
    "cookie_id": "cookie-1",
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


SAID = "[20/Nov/2026:12:00:00 +0200]"
LOG = {
    f'10.0.0.1 - - {SAID} "GET /arved?x=1 HTTP/1.1" 200 512 "https://e.example/" "Agent/1"': ("/arved?x=1", "Agent/1"),
    f'2001:db8::7 - eve {SAID} "GET / HTTP/2.0" 304 - "-" "-"': ("/", None),
    f'::1 - - {SAID} "GET /a HTTP/1.1" 200 5 "-" "Agent \\"quoted\\" \\\\ 1" "-" 0.003': ("/a", 'Agent \\"quoted\\" \\\\ 1'),
    f'10.0.0.2 - - {SAID} "GET /a\\"b HTTP/1.1" 200 5 "-" "Agent \\x22 1"': ('/a\\"b', "Agent \\x22 1"),
    f'10.0.0.3 - - {SAID} "-" 408 - "-" "-"': (None, None),
    f'10.0.0.4 - - {SAID} "" 400 0 "-" ""': (None, None),
    f'10.0.0.5 - - {SAID} "GET /old" 200 5 "-" "õunapuu"': ("/old", "õunapuu"),
}  # fmt: skip


@pytest.mark.parametrize("ending", ["log", "log.gz"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_log_lines_of_apache_and_nginx(tmp_path: Path, ending: str, line_end: str) -> None:
    content = line_end.join(LOG).encode()
    (tmp_path / f"a.{ending}").write_bytes(gzip.compress(content) if ending.endswith("gz") else content)
    reader = reader_of(tmp_path, source("combined", f"a.{ending}"))
    found = {(row["visitor"], row["url"], row["user_agent"], row["instant_us"]) for row in events(reader)}
    assert found == {(f"client:{line.split()[0]}", *fields, 1_795_168_800_000_000) for line, fields in LOG.items()}
    assert set_aside(reader) == []
