"""The drill speaks every source's format, reads and never writes the home, leaves nothing behind, and tells no value."""

import gzip
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.contract import Purpose, Source, Sources
from anonymizers.local_day import LocalDay
from anonymizers.refusal import Refusal
from pipelines.drill.copies import copy_raw_tables
from pipelines.drill.drill import drill
from pipelines.drill.marks import MarkBook
from pipelines.drill.people import HEAVY_EVENTS, plant
from pipelines.drill.raw_tables import RawTable, find_raw_tables, newest_night
from pipelines.drill.search import _KNOWN, _PATTERNS, _shown
from pipelines.drill.throw_away import throw_away
from pipelines.drill.written_forms import ACCENTED_FORMS, FORMS, NUMBER_FORMS
from pipelines.engines.duckdb_engine import DuckDBEngine
from pipelines.site_folder import read_site_folder
from pipelines.sources.reading import RawReader
from tests.pipelines.test_sources_formats import NAMES, event, source, write
from tests.worlds import CHROME, DAY, SITES, World, ad_event, page_view, registration

LOCAL = LocalDay(DAY, "Europe/Tallinn")
LOG_LINE = f'198.51.100.9 - - [20/Nov/2026:10:00:00 +0000] "GET /arved HTTP/1.1" 200 17 "-" "{CHROME}"\n'
FILES = (
    "c.parquet",
    "c.csv",
    "c.csv.gz",
    "c.tsv",
    "c.ndjson",
    "c.ndjson.gz",
    "c.log",
    "c.log.gz",
    "c.sqlite",
    "c.duckdb",
)


def clickstream_of(path: Path) -> Source:
    """One consented event in the format that the ending names, and its contract."""
    kind = path.name.removesuffix(".gz").rpartition(".")[2]
    if kind == "log":
        path.write_bytes(gzip.compress(LOG_LINE.encode()) if path.suffix == ".gz" else LOG_LINE.encode())
        return source("combined", path.name)
    row = {**event(), "gpc": "false", "account_id": None}
    if kind in ("sqlite", "duckdb"):
        texts = {name: None if value is None else str(value) for name, value in row.items()}
        database: Any = duckdb.connect(str(path)) if kind == "duckdb" else sqlite3.connect(path)
        database.execute(
            f"CREATE TABLE views ({', '.join(f'{name} VARCHAR' for name in texts)}, PRIMARY KEY (event_id))"
        )
        database.execute(f"INSERT INTO views VALUES ({', '.join('?' for _ in texts)})", list(texts.values()))
        database.commit()
        database.close()
        return source(kind, path.name, table="views", instant_as="text")
    if kind == "tsv":
        path.write_text("\t".join(NAMES) + "\n" + "\t".join(str(row.get(name) or "") for name in NAMES) + "\n")
        return source("csv", path.name, delimiter="\t", quoted=False)
    write(path, [row])
    return source(kind, path.name)


def drill_tables(root: Path, contract: Source) -> tuple[list[RawTable], list[Any], Sources, MarkBook, DuckDBEngine]:
    """The raw tables of a home at `root`, copied with the people into `root / copy`."""
    site = read_site_folder(SITES / "elektrum").site
    (root / "work").mkdir(exist_ok=True)
    engine, book = DuckDBEngine(root / "work"), MarkBook()
    tables = find_raw_tables(site, Sources(contract), root, DAY, engine, root / "work")
    people = plant(site, Sources(contract), {table.name: table.columns for table in tables}, LOCAL, book)
    alone = copy_raw_tables(tables, people, [], DAY, root / "copy", root / "planted")
    return tables, people, alone, book, engine


@pytest.mark.parametrize("name", FILES)
def test_people_go_through_the_sites_own_format_beside_whoever_is_there(tmp_path, name):
    contract = clickstream_of(tmp_path / name)
    before = (tmp_path / name).read_bytes()
    _, people, alone, _, engine = drill_tables(tmp_path, contract)
    copied = Sources(replace(contract, path="raw/clickstream/date={date}/*"))
    for sources, home, others in ((copied, tmp_path / "copy", 1), (alone, tmp_path / "planted", 0)):
        work = tmp_path / f"work-{others}"
        work.mkdir()
        reader = RawReader(sources, home, LOCAL, engine, engine, work)
        rows = engine.fetch(reader.read("clickstream", Purpose.AUDIENCE)).to_pylist()
        agreed = [row for row in rows if row["agreed"] > 0 and row["visitor"] is not None]
        agreed = [row for row in agreed if "Googlebot" not in (row["user_agent"] or "")]
        assert len(agreed) == sum(row.counts for row in people) + others
        broken = engine.fetch(reader.intake("clickstream", Purpose.AUDIENCE).broken)
        assert broken.num_rows == 1
    assert (tmp_path / name).read_bytes() == before


@pytest.mark.parametrize("name", ["c.parquet", "c.ndjson", "c.log", "c.sqlite", "c.duckdb"])
def test_a_column_that_no_contract_names_is_planted_and_is_reported_as_never_read(tmp_path, name):
    _, people, alone, book, engine = drill_tables(tmp_path, clickstream_of(tmp_path / name))
    unnamed = {column for row in people for column in row.unnamed}
    assert unnamed
    read = tmp_path / "reading"
    read.mkdir()
    reader = RawReader(alone, tmp_path / "planted", LOCAL, engine, engine, read)
    if name != "c.log":  # a log's last field has no name that anybody could report
        assert unnamed <= set(reader.intake("clickstream", Purpose.AUDIENCE).unknown_columns)
    assert {mark.column for mark in book.marks.values() if mark.person == "unnamed"} >= unnamed


def test_typed_columns_get_what_their_type_can_hold_and_the_others_are_told(tmp_path):
    rows = {
        "event_id": pa.array([7], pa.int64()), "ts": pa.array([1_795_168_800_250_000], pa.timestamp("us")),
        "cookie_id": pa.array(["c"]).dictionary_encode(), "account_id": pa.array([1], pa.int64()),
        "ip": pa.array([b"\x01"], pa.binary()), "user_agent": pa.array([CHROME], pa.large_string()),
        "url": pa.array(["/arved"]), "consent": pa.array(["yes"]), "gpc": pa.array([False]),
        "score": pa.array([0.5]), "tags": pa.array([["a"]]),
    }  # fmt: skip
    pq.write_table(pa.table(rows), tmp_path / "c.parquet")
    tables, people, _, book, _ = drill_tables(tmp_path, source("parquet", "c.parquet"))
    held = {column.name: column.holds for column in tables[0].columns}
    assert held["account_id"] == held["event_id"] == "number" and held["gpc"] == "truth" and held["ts"] == "instant"
    assert held["score"] == held["tags"] == "nothing" and held["ip"] == held["cookie_id"] == "text"
    numbers = [mark.value for mark in book.marks.values() if mark.column == "account_id" and mark.planted]
    assert numbers and all(number.isdigit() and len(number) == 15 for number in numbers)
    assert sum(row.counts for row in people) > HEAVY_EVENTS


def test_every_planted_row_has_a_second_and_every_mark_a_label_of_its_own(tmp_path):
    _, people, _, book, _ = drill_tables(tmp_path, clickstream_of(tmp_path / "c.parquet"))
    seconds = [row.instant_us // 1_000_000 for row in people if row.instant_us is not None]
    assert len(set(seconds)) == len(seconds) and all(
        LOCAL.start_us <= second * 1_000_000 < LOCAL.end_us for second in seconds
    )
    values = [mark.value for mark in book.marks.values()]
    assert len(set(values)) == len(values)
    assert not [label for label, mark in book.marks.items() if mark.value in label]


def test_the_written_forms_hide_the_word():
    """A form in which the plain word still stands would try nothing."""
    for forms, word in (
        (FORMS, "kanarbikutaimehape"),
        (ACCENTED_FORMS, "žaröpätišükän"),
        (NUMBER_FORMS, "37605030299"),
    ):
        assert {form for form, write in forms.items() if word in write(word)} <= {"plain"}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(
        tmp_path / "world",
        [page_view(account_id="EE00000001") for _ in range(40)],
        [ad_event()],
        [registration(name="Päris Inimene")],
    )


def everything(root: Path) -> dict[str, tuple[bytes, int]]:
    return {
        path.relative_to(root).as_posix(): (path.read_bytes() if path.is_file() else b"", path.stat().st_mtime_ns)
        for path in [root, *root.rglob("*")]
    }


def koond(world: World, *words: str, **environment: str) -> subprocess.Popen[bytes]:
    command = [
        sys.executable,
        "-m",
        "pipelines.command_line",
        "drill",
        "--site",
        str(world.site),
        "--home",
        str(world.home.root),
    ]
    return subprocess.Popen(
        [*command, *words], env=os.environ | environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def test_a_drill_of_real_raw_tables_reads_them_and_writes_nothing(world, tmp_path):
    """With a ledger in the environment that does not exist: whoever opened it would fail."""
    before = everything(world.root)
    (temporary := tmp_path / "temporary").mkdir()
    ran = koond(
        world, "--date", str(DAY), "--json",
        TMPDIR=str(temporary), KOOND_LEDGER_URL="postgresql://nobody@127.0.0.1:1/nothing", KOOND_HOME="/nowhere",
    )  # fmt: skip
    stdout, stderr = ran.communicate(timeout=300)
    told = json.loads(stdout)
    assert ran.returncode == 0 and told["verdict"] == "passed" and told["raw_tables"] == "copied"
    assert everything(world.root) == before
    assert list(temporary.iterdir()) == []
    assert "Inimene" not in (stdout + stderr).decode() and "EE00000001" not in (stdout + stderr).decode()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_drill_that_is_interrupted_leaves_neither_copy_nor_process(world, tmp_path, how):
    (temporary := tmp_path / "temporary").mkdir()
    drilling = koond(world, "--date", str(DAY), TMPDIR=str(temporary))
    running: list[Path] = []
    for _ in range(600):
        running = [*temporary.glob("koond-drill-*/tmpdir")]
        if running:
            break
        time.sleep(0.1)
    assert running, "a night runs"
    night = children(drilling.pid)
    drilling.send_signal(how)
    drilling.communicate(timeout=60)
    assert drilling.returncode != 0
    assert list(temporary.iterdir()) == []
    assert night and not [each for each in night if alive(each)]


def children(parent: int) -> list[int]:
    told = Path(f"/proc/{parent}/task/{parent}/children")
    return [int(each) for each in told.read_text().split()]


def alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_what_a_killed_drill_left_goes_at_the_next_one_and_a_running_ones_stays(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    left = tmp_path / "koond-drill-left"
    (left / "home").mkdir(parents=True)
    with throw_away() as first:
        assert not left.exists() and first.root.stat().st_mode & 0o077 == 0
        with throw_away() as second:
            assert first.root.exists() and second.root != first.root
    assert list(tmp_path.iterdir()) == []


def test_a_drill_of_half_the_raw_tables_is_refused(world):
    shutil.rmtree(world.home.root / "raw" / "ad_beacons")
    with pytest.raises(Refusal, match="no file matches raw/ad_beacons"):
        drill(world.site, world.home, DAY, week=False, events=1_000)


def test_a_day_that_has_not_ended_is_refused(world):
    with pytest.raises(Refusal, match="has not ended"):
        drill(world.site, world.home, date(2099, 1, 1), week=False, events=1_000)


def test_without_a_date_the_newest_night_with_all_raw_tables_is_taken(world):
    folder = read_site_folder(world.site)
    found = newest_night(folder.site, folder.sources, world.home.root, date(2026, 11, 25))
    assert found == DAY
    assert newest_night(folder.site, folder.sources, world.root / "none", date(2026, 11, 25)) == date(2026, 11, 24)


@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_characters="/"), min_size=1, max_size=30), min_size=1, max_size=5
    )
)
def test_no_name_that_a_leak_made_is_repeated(parts):
    own = {part for part in parts if part in _KNOWN or _PATTERNS.fullmatch(part)}
    shown = _shown("/".join(parts), "")
    assert [part for part in shown.split("/") if not part.startswith("(another name)")] == [
        part for part in parts if part in own
    ]
