"""Something spills all it holds at every step of the night: it ends in one sentence, and no value of a person gets out.

Five hundred planted values are looked for in what is printed and in every file outside the restricted store.
"""

import gzip
import shutil
import subprocess
import sys
import tempfile
from base64 import b64encode
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

import pipelines.io_managers as stores
from anonymizers.local_day import days_of_week, iso_week
from anonymizers.releasing.edition import daily_base, weekly_base
from anonymizers.searching.marks import find
from assets.silence import column_names, counts
from tests.faults.outside import SOUGHT, Outside, found_in, sentences
from tests.faults.places import AFTERWARDS, BOTH, OF_THE_NIGHT, OF_THE_WEEK, Place
from tests.faults.planted import DAY, PLANTED, planted, spilled
from tests.faults.spills import SPILLS, chatting, chatting_and_failing, forget_handlers
from tests.worlds import World

WEEK = weekly_base(iso_week(DAY))
MARK = PLANTED["person 7: email"]


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of its own for temporary files, of Python and of compiled code alike."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    yield folder
    forget_handlers()


@pytest.fixture(scope="module")
def before_the_week(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A week of which one day is published, and no other will be."""
    world = planted(tmp_path_factory.mktemp("week"))
    assert world.run() is None
    for day in days_of_week(iso_week(DAY)):
        if day != DAY:
            world.ledger.mark_missing(daily_base(day))
    return world.root


@pytest.fixture
def week(before_the_week: Path, tmp_path: Path) -> World:
    shutil.copytree(before_the_week, tmp_path / "world")
    return planted(tmp_path / "world")


def with_spills(*places: Place) -> pytest.MarkDecorator:
    """Each place with one kind of spill, so that every kind is met at many places."""
    cases = [(*place, spill) for place, spill in zip(places, cycle(SPILLS), strict=False)]
    return pytest.mark.parametrize(
        ("owner", "name", "spill"),
        [(owner, name, spill) for _, owner, name, spill in cases],
        ids=[f"{place}, {spill}" for place, _, _, spill in cases],
    )


def printed_by(capfd: pytest.CaptureFixture[str]) -> list[tuple[str, bytes]]:
    printed = capfd.readouterr()
    return [("stdout", printed.out.encode()), ("stderr", printed.err.encode())]


def assert_silent(outside: Outside, why: str | None, capfd: pytest.CaptureFixture[str]) -> None:
    assert why is not None and not SOUGHT.labels_in(why)
    assert found_in([*printed_by(capfd), *outside.changed()]) == {}


@with_spills(*BOTH, *OF_THE_NIGHT)
def test_p3_a_spill_at_this_step_of_the_night_shows_no_value_and_publishes_nothing(
    owner, name, spill, tmp_path, temporary, monkeypatch, capfd
):
    world = planted(tmp_path)
    outside = Outside(world.home.root, temporary)
    monkeypatch.setattr(owner, name, SPILLS[spill])
    assert_silent(outside, world.run(), capfd)
    assert not world.home.published.exists() or not any(world.home.published.rglob("_SUCCESS"))


@with_spills(*reversed(BOTH), *OF_THE_WEEK)
def test_p3_a_spill_at_this_step_of_the_week_shows_no_value_and_publishes_nothing(
    owner, name, spill, week, temporary, monkeypatch, capfd
):
    outside = Outside(week.home.root, temporary)
    monkeypatch.setattr(owner, name, SPILLS[spill])
    assert_silent(outside, week.run_week(), capfd)
    assert [path.parent.name for path in week.home.published.rglob("_SUCCESS")] == [f"date={DAY}"]
    assert list(week.home.restricted("keys").iterdir()), "the key goes with the release and not before"


def bytes_below(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


@with_spills(*AFTERWARDS)
def test_p3_a_spill_after_the_week_appeared_shows_no_value_and_is_made_good_by_the_next_run(
    owner, name, spill, week, temporary, monkeypatch, capfd
):
    outside = Outside(week.home.root, temporary)
    with monkeypatch.context() as broken:
        broken.setattr(owner, name, SPILLS[spill])
        assert_silent(outside, week.run_week(), capfd)
    before = bytes_below(week.home.published)
    assert (week.home.published / WEEK / "_SUCCESS").exists()
    assert "final" in (week.run_week() or "")
    assert week.ledger.released(WEEK) and week.ledger.key_destroyed(iso_week(DAY))
    assert not list(week.home.restricted("keys").iterdir())
    assert bytes_below(week.home.published) == before and week.ledger.verify() == []


@pytest.fixture
def talkative(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Three steps of the night that say all they can and then do their work."""
    by_name = {place: (owner, name) for place, owner, name in (*BOTH, *OF_THE_NIGHT)}
    for place in ("the strip", "measuring", "storing files"):
        owner, name = by_name[place]
        monkeypatch.setattr(owner, name, chatting(getattr(owner, name)))
    yield


def test_p3_what_libraries_warn_of_log_and_print_in_a_night_that_ends_well_gets_nowhere(
    tmp_path, temporary, talkative, capfd
):
    """And so in no written form whatever: by the search that knows them all."""
    world = planted(tmp_path)
    assert world.run() is None
    printed, outside = printed_by(capfd), dict(Outside(world.home.root, temporary).everything())
    assert found_in([*printed, *outside.items()]) == {}
    assert b"published_release" in dict(printed)["stderr"], "the lines of progress are still there"
    told = {text for content in outside.values() if content.startswith(b"SQLite") for text in sentences(content)}
    released = [
        (name, content) for name, content in outside.items() if name.endswith((".parquet", ".gz", ".json", ".md"))
    ]
    assert find(PLANTED, [*printed, *released, ("told", "\n".join(sorted(told)).encode())]) == []


def test_p3_a_refusal_that_dagster_keeps_holds_no_value_in_any_written_form(tmp_path, temporary, monkeypatch, capfd):
    world = planted(tmp_path)
    monkeypatch.setattr("assets.stripping.strip", chatting_and_failing)
    why = world.run()
    assert why is not None and "ValueError in chained" in why
    databases = [path.read_bytes() for path in (world.home.root / "dagster").rglob("*.db")]
    told = sorted({text for content in databases for text in sentences(content)})
    assert any("its message is withheld" in text for text in told)
    assert find(PLANTED, [*printed_by(capfd), ("told", "\n".join(told).encode())]) == []


def test_the_week_of_these_tests_is_published_when_nothing_fails(week):
    """The control: so each error above is what kept it back."""
    assert week.run_week() is None
    assert (week.home.published / WEEK / "_SUCCESS").exists()


BEFORE = {
    "making good what a killed run left": "pipelines.resources.record_what_stands = chained",
    "destroying keys of closed weeks": "pipelines.resources.WeekKeyStore.destroy_all_of_closed_weeks = chained",
    "opening the engine": "pipelines.definitions.duckdb_engines = lambda memory: chained",
}


@pytest.mark.parametrize("broken", BEFORE.values(), ids=BEFORE)
def test_p3_an_error_before_the_first_step_shows_no_value_and_publishes_nothing(broken, tmp_path, temporary):
    """In a process of its own, for what Dagster says itself before a step begins."""
    script = f"""
import sys
from pathlib import Path
import pipelines.definitions
import pipelines.resources
from tests.faults.planted import planted
from tests.faults.spills import chained
{broken}
print("why:", planted(Path(sys.argv[1])).run())
"""
    command = [sys.executable, "-c", script, str(tmp_path)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert ran.returncode == 0 and "why: " in ran.stdout and "why: None" not in ran.stdout
    outside = dict(Outside(tmp_path / "home", temporary).everything())
    assert found_in([("stdout", ran.stdout.encode()), ("stderr", ran.stderr.encode()), *outside.items()]) == {}
    assert not list((tmp_path / "home").glob("published/**/_SUCCESS"))


def test_p3_the_command_itself_prints_no_value_of_a_night_that_fails_and_leaves_no_core(tmp_path, temporary):
    """As cron would mail it: a process of its own, with nothing between it and its output but what koond puts there."""
    script = f"""
import resource, sys
import assets.stripping
from pipelines.sources.reading import RawReader
from tests.faults.spills import chatting, chatting_and_failing
RawReader.intake = chatting(RawReader.intake)
assets.stripping.strip = chatting_and_failing
from pipelines.command_line import app
try:
    app(["night", "{DAY}", "--site", sys.argv[1], "--home", sys.argv[2]])
finally:
    print("core:", resource.getrlimit(resource.RLIMIT_CORE)[0])
"""
    world = planted(tmp_path)
    command = [sys.executable, "-X", "faulthandler", "-c", script, str(world.site), str(world.home.root)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert "that nobody could catch" in ran.stderr, "of what comes late, the class"
    assert ran.returncode == 1 and "core: 0" in ran.stdout and "its message is withheld" in ran.stderr
    assert found_in([("stdout", ran.stdout.encode()), ("stderr", ran.stderr.encode())]) == {}


def test_the_search_sees_a_value_that_dagster_was_told(tmp_path: Path):
    """The control: the same error without silence does reach Dagster's own store, and the search finds it there."""
    script = """
import dagster as dg, os, sys
from tests.faults.spills import chained
os.environ["DAGSTER_REDACT_USER_CODE_ERRORS"] = "0"
@dg.asset
def careless() -> int:
    chained()
os.makedirs(sys.argv[1]); os.environ["DAGSTER_HOME"] = sys.argv[1]
with dg.DagsterInstance.get() as instance:
    dg.materialize([careless], instance=instance, raise_on_error=False)
"""
    command = [sys.executable, "-c", script, str(tmp_path / "dagster")]
    ran = subprocess.run(command, capture_output=True, timeout=300, check=False)
    found = found_in((path.name, path.read_bytes()) for path in (tmp_path / "dagster").rglob("*.db"))
    assert set().union(*found.values()) == set(PLANTED)
    assert found_in([("stderr", ran.stderr)])


@pytest.mark.parametrize(
    "hidden",
    [
        lambda value: value.upper().encode(),
        lambda value: quote(value).encode(),
        lambda value: gzip.compress(value.encode()),
        lambda value: b64encode(b"xy" + value.encode() + b"z"),
        lambda value: value.encode("utf-16-le"),
        lambda value: ascii(value).encode(),
    ],
)
def test_the_quick_search_finds_every_planted_value_however_it_is_written(hidden: Callable[[str], bytes]):
    """The control of the search itself; and of nothing planted it finds nothing."""
    for label, value in PLANTED.items():
        assert label in found_in([("file", hidden(value))])["file"]
    assert found_in([("file", b"cookie-00001 arved Chrome/142.0.0.0")]) == {}
    assert len(PLANTED) >= 500 and SOUGHT.labels_in(spilled()) == set(PLANTED)


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
