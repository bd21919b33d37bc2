"""An error at every step of the night: the night ends in one sentence, and no value of a person gets out with it."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import anonymizers.counting.measure as measuring
import anonymizers.counting.plan as planning
import anonymizers.counting.rows as rows
import anonymizers.estimating.estimate as estimating
import anonymizers.releasing.gate as gate
import anonymizers.releasing.leak_scan as scanning
import anonymizers.releasing.release as releasing
import anonymizers.stripping.strip as stripping
import assets.editions
import assets.raw
import assets.release
import assets.statistics
import assets.stripping
import pipelines.io_managers as stores
import pipelines.published_store as published
from anonymizers.local_day import days_of_week, iso_week
from anonymizers.releasing.edition import daily_base, weekly_base
from assets.silence import column_names, counts
from pipelines.engines.duckdb_engine import DuckDBEngine
from pipelines.ledger import Ledger
from pipelines.ledger.rules import Book
from pipelines.sources.reading import RawReader
from pipelines.week_keys import WeekKeyStore
from tests.worlds import ExactNoise, World, crowd, page_view, registration

MARK = "mari.maasikas@marked.example"
DAY = date(2026, 11, 10)
WEEK = weekly_base(iso_week(DAY))

Place = tuple[str, Any, str]
BOTH: list[Place] = [
    ("the ledger's open release", Ledger, "open_release"),
    ("reading a source", RawReader, "read"),
    ("a small table", DuckDBEngine, "table"),
    ("a query", DuckDBEngine, "query"),
    ("fetching", DuckDBEngine, "fetch"),
    ("scanning stored events", DuckDBEngine, "scan"),
    ("keeping the audience", DuckDBEngine, "keep"),
    ("the plan", assets.statistics, "plan"),
    ("what the plan costs", planning, "epsilon_of"),
    ("the ledger's reservation", Book, "reserve"),
    ("drawing once", Ledger, "draw_once"),
    ("measuring", assets.statistics, "measure_events"),
    ("members of segments", rows, "members"),
    ("rows of a table", measuring, "rows_of"),
    ("bounding", measuring, "bounded_sums"),
    ("noise", ExactNoise, "add"),
    ("keeping a draw", Book, "keep"),
    ("metadata of a draw", assets.statistics, "counts"),
    ("the ledger's draws", Ledger, "draws"),
    ("estimating", assets.release, "estimate"),
    ("making tables agree", estimating, "agree"),
    ("caveats", assets.release, "caveats"),
    ("composing", assets.release, "compose"),
    ("describing segments", releasing, "segments_json"),
    ("packing a candidate", stores, "ZipFile"),
    ("storing files", stores, "write_private"),
    ("loading what is stored", stores, "_existing"),
    ("what must be searched", assets.release, "must_search"),
    ("the scan", assets.release, "scan"),
    ("the scan's text", scanning, "searchable"),
    ("the gate", assets.release, "examine"),
    ("a check of the gate", gate, "estimate"),
    ("writing a refusal down", assets.release, "Evidence"),
    ("publishing", stores, "publish"),
    ("the second gate", published, "admit"),
    ("what was released", Ledger, "released"),
    ("writing a published file", published, "_write"),
]
"""Steps of the night and of the week alike."""
OF_THE_NIGHT: list[Place] = [
    ("taking in a source", RawReader, "intake"),
    ("metadata of broken rows", assets.raw, "counts"),
    ("the week's key", WeekKeyStore, "of"),
    ("the strip", assets.stripping, "strip"),
    ("user agents", stripping, "classify"),
    ("topic rules", stripping, "page_rules"),
    ("metadata of the strip", assets.stripping, "counts"),
    ("writing the stripped events", DuckDBEngine, "write"),
    ("measuring registrations", assets.statistics, "measure_registrations"),
    ("the edition of a day", assets.editions, "daily_edition"),
]
OF_THE_WEEK: list[Place] = [
    ("the days told", Ledger, "days_told"),
    ("the days that are read", stores, "_days"),
    ("the edition of a week", assets.editions, "weekly_edition"),
    ("the index", estimating, "_index"),
]
AFTERWARDS: list[Place] = [
    ("writing the release down", Ledger, "record_release"),
    ("destroying the week's key", WeekKeyStore, "destroy"),
    ("writing down that the key is gone", Ledger, "record_key_destroyed"),
]
"""Steps of the week after its release has appeared."""


def failing(*words: Any, **more: Any) -> Any:
    """An error as libraries raise it: rows in the message, in a note, and in the chain."""
    try:
        raise KeyError(MARK)
    except KeyError as cause:
        error = ValueError(f"could not convert {MARK} in row {{'email': '{MARK}'}}")
        error.add_note(MARK)
        raise error from cause


class Panic(BaseException):
    """How a panic in a compiled library arrives: not an Exception, its input in the message."""


def panicking(*words: Any, **more: Any) -> Any:
    raise Panic(f"called `unwrap()` on {MARK}")


def bytes_below(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file()).lower()


def each_of(*places: Place) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("place", "owner", "name"), places, ids=[place for place, _, _ in places])


def spoil(monkeypatch: pytest.MonkeyPatch, place: str, owner: Any, name: str) -> None:
    monkeypatch.setattr(owner, name, panicking if place in ("user agents", "publishing", "noise") else failing)


def assert_silent(world: World, why: str | None, capfd: pytest.CaptureFixture[str]) -> None:
    printed = capfd.readouterr()
    assert why is not None and MARK not in why
    assert MARK not in printed.out + printed.err
    assert MARK.encode() not in bytes_below(world.home.root / "dagster")
    assert not world.home.ledger.exists() or MARK.encode() not in world.home.ledger.read_bytes()


def marked(root: Path) -> World:
    views, ads = crowd(5, day=DAY)
    view = page_view(cookie_id=MARK, url=f"https://x.example/?{MARK}", ts=views[0]["ts"])
    return World(root, [*views, view], ads, [registration(email=MARK)], day=DAY)


@pytest.fixture(scope="module")
def before_the_week(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A week of which one day is published, and no other will be."""
    world = marked(tmp_path_factory.mktemp("week"))
    assert world.run() is None
    for day in days_of_week(iso_week(DAY)):
        if day != DAY:
            world.ledger.mark_missing(daily_base(day))
    return world.root


@pytest.fixture
def week(before_the_week: Path, tmp_path: Path) -> World:
    shutil.copytree(before_the_week, tmp_path / "world")
    return marked(tmp_path / "world")


@each_of(*BOTH, *OF_THE_NIGHT)
def test_p3_an_error_at_this_step_of_the_night_shows_no_value_and_publishes_nothing(
    place, owner, name, tmp_path, monkeypatch, capfd
):
    world = marked(tmp_path)
    spoil(monkeypatch, place, owner, name)
    assert_silent(world, world.run(), capfd)
    assert not world.home.published.exists() or not any(world.home.published.rglob("_SUCCESS"))


@each_of(*BOTH, *OF_THE_WEEK)
def test_p3_an_error_at_this_step_of_the_week_shows_no_value_and_publishes_nothing(
    place, owner, name, week, monkeypatch, capfd
):
    spoil(monkeypatch, place, owner, name)
    assert_silent(week, week.run_week(), capfd)
    assert [path.parent.name for path in week.home.published.rglob("_SUCCESS")] == [f"date={DAY}"]
    assert list(week.home.restricted("keys").iterdir()), "the key goes with the release and not before"


@each_of(*AFTERWARDS)
def test_p3_an_error_after_the_week_appeared_shows_no_value_and_is_made_good_by_the_next_run(
    place, owner, name, week, monkeypatch, capfd
):
    with monkeypatch.context() as broken:
        broken.setattr(owner, name, failing)
        assert_silent(week, week.run_week(), capfd)
    before = bytes_below(week.home.published)
    assert (week.home.published / WEEK / "_SUCCESS").exists()
    assert "final" in (week.run_week() or "")
    assert week.ledger.released(WEEK) and week.ledger.key_destroyed(iso_week(DAY))
    assert not list(week.home.restricted("keys").iterdir())
    assert bytes_below(week.home.published) == before and week.ledger.verify() == []


def test_the_week_of_these_tests_is_published_when_nothing_fails(week):
    """The control: so each error above is what kept it back."""
    assert week.run_week() is None
    assert (week.home.published / WEEK / "_SUCCESS").exists()


BEFORE = {
    "making good what a killed run left": "pipelines.resources.record_what_stands = failing",
    "destroying keys of closed weeks": "pipelines.resources.WeekKeyStore.destroy_all_of_closed_weeks = failing",
    "opening the engine": "pipelines.definitions.duckdb_engines = lambda memory: failing",
}


@pytest.mark.parametrize("broken", BEFORE.values(), ids=BEFORE)
def test_p3_an_error_before_the_first_step_shows_no_value_and_publishes_nothing(broken, tmp_path):
    """In a process of its own, for what Dagster says itself before a step begins."""
    script = f"""
import sys
from pathlib import Path
import pipelines.definitions
import pipelines.resources
from tests.faults.test_silence import failing, marked
{broken}
print("why:", marked(Path(sys.argv[1])).run())
"""
    command = [sys.executable, "-c", script, str(tmp_path)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0 and "why: " in ran.stdout and "why: None" not in ran.stdout
    assert MARK not in ran.stdout + ran.stderr
    assert MARK.encode() not in bytes_below(tmp_path / "home" / "dagster")
    assert not list((tmp_path / "home").glob("published/**/_SUCCESS"))


def test_the_search_sees_a_value_that_dagster_was_told(tmp_path: Path):
    """The control: the same error without silence does reach Dagster's own store."""
    script = f"""
import dagster as dg, os, sys
@dg.asset
def careless() -> int:
    raise ValueError({MARK!r})
os.makedirs(sys.argv[1]); os.environ["DAGSTER_HOME"] = sys.argv[1]
with dg.DagsterInstance.get() as instance:
    dg.materialize([careless], instance=instance, raise_on_error=False)
"""
    subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "dagster")], capture_output=True, timeout=120, check=False
    )
    assert MARK.encode() in bytes_below(tmp_path / "dagster")


@pytest.mark.parametrize("told", [{"rows": "many"}, {"rows": [1]}, {"rows": True}, {MARK: 1}, {"rows": None}, {"": 1}])
def test_metadata_takes_numbers_under_plain_names_and_nothing_else(told: dict[str, Any]):
    with pytest.raises(TypeError) as refused:
        counts(told)
    assert MARK not in str(refused.value)


def test_column_names_that_may_be_values_are_counted_and_not_shown():
    shown = column_names(iter(["utm_source", MARK, "Mari Maasikas", "36805280109", "mari.maasikas"])).text
    assert shown == "utm_source, and 4 more with unusual names"


def test_the_default_io_manager_refuses(tmp_path: Path):
    refusing: Callable[[Any, object], None] = stores.RefusingIOManager().handle_output
    with pytest.raises(Exception, match="names no IO manager"):
        refusing(type("Context", (), {"asset_key": type("Key", (), {"to_user_string": lambda self: "x"})()})(), [MARK])
