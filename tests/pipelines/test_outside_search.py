"""The search of what a night leaves outside: it comes last, also after a failure, tells what it finds, and stops nothing."""

import sqlite3
from pathlib import Path

import dagster as dg
import pytest
from typer.testing import CliRunner

import assets.stripping
from anonymizers.contract import Purpose
from assets.outside import NOTHING_OUTSIDE
from pipelines.command_line import app
from pipelines.definitions import build_defs
from pipelines.engines.duckdb_engine import DuckDBEngine
from pipelines.night import instance
from pipelines.site_folder import read_site_folder
from pipelines.sources.reading import RawReader
from tests.worlds import DAY, World, crowd, page_view, registration

EMAIL = "mari.maasikas@marked.example"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, *crowd(40), [registration(name="Mari Maasikas", email=EMAIL)])


def night(world: World) -> dg.ExecuteInProcessResult:
    job = build_defs(world.site, world.home, resources=world.resources).resolve_job_def("night")
    with instance(world.home) as opened:
        return job.execute_in_process(partition_key=str(DAY), instance=opened, raise_on_error=False)


def check(result: dg.ExecuteInProcessResult) -> tuple[bool, dict[str, object]]:
    (found,) = [each for each in result.get_asset_check_evaluations() if each.check_name == NOTHING_OUTSIDE]
    return found.passed, {name: told.value for name, told in found.metadata.items()}


def finished(result: dg.ExecuteInProcessResult) -> list[str]:
    return [event.step_key for event in result.all_events if event.is_step_success or event.is_step_failure]


def said_by_dagster(world: World, said: str) -> None:
    """A line in the event store of a run, as one that quoted a row would leave it."""
    store = world.home.dagster / "history" / "runs" / "index.db"
    store.parent.mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(store) as database:
        database.execute("CREATE TABLE IF NOT EXISTS planted (event TEXT)")
        database.execute("INSERT INTO planted VALUES (?)", (said,))
    database.close()


def test_a_clean_night_is_found_clean_by_its_last_step(world):
    result = night(world)
    assert result.success and finished(result)[-1] == "outside_scan"
    passed, told = check(result)
    assert passed and told["files"] and not (told["values_found"] or told["look_personal"] or told["unreadable"])


def test_a_night_that_fails_in_the_strip_is_still_searched(world, monkeypatch):
    said_by_dagster(world, f"ValueError: row ('{EMAIL}', 'x')")

    def fails(*words: object) -> None:
        raise ValueError("no")

    monkeypatch.setattr(assets.stripping, "strip", fails)
    result = night(world)
    assert not result.success and finished(result)[-1] == "outside_scan"
    passed, told = check(result)
    assert not passed and told["values_found"] == 2, "the e-mail, and the name that it spells"


def test_what_is_found_is_told_in_one_line_and_stops_no_release(world):
    """The e-mail, and the name that it spells."""
    said_by_dagster(world, f"see {EMAIL}, asked from 100.79.23.58")
    printed = CliRunner().invoke(app, ["night", str(DAY), "--site", str(world.site), "--home", str(world.home.root)])
    assert printed.exit_code == 0 and (world.release / "_SUCCESS").exists()
    (line,) = [line for line in printed.output.splitlines() if "outside the restricted store" in line]
    assert "2 personal value(s)" in line and "2 sighting(s) of what looks personal" in line
    assert EMAIL not in printed.output and "100.79" not in printed.output


def test_a_search_that_fails_changes_nothing_for_the_night(world, monkeypatch):
    def fails(*words: object) -> None:
        raise OSError("no")

    monkeypatch.setattr("assets.outside.scan_outside", fails)
    assert world.run() is None
    assert (world.release / "_SUCCESS").exists()


def test_only_what_changed_since_a_clean_search_is_read_again(world):
    assert check(night(world))[0]
    outside = build_defs(world.site, world.home).resources["outside"]
    changed = {name for name, _ in outside.files()}
    assert changed and not any(name.startswith("published/") for name in changed)
    page = world.release / "README.md"
    page.write_bytes(page.read_bytes() + b" ")
    assert {name for name, _ in outside.files()} == {*changed, page.relative_to(world.home.root).as_posix()}


def test_what_was_found_is_found_again_until_it_is_mended(world, monkeypatch):
    """Also in a file that nobody touches again."""
    world.home.dagster.mkdir(parents=True, exist_ok=True)
    (world.home.dagster / "left.log").write_text(f"see {EMAIL}")
    assert [check(night(world))[0] for _ in range(2)] == [False, False]


def test_rows_without_a_readable_instant_are_searched_for_too(tmp_path):
    """They are set aside, and so are in hands that write errors."""
    rows = [page_view(page_title="of the day"), page_view(ts=None, page_title="without an instant")]
    other = page_view(ts=page_view()["ts"].replace(day=DAY.day - 3), page_title="of another day")
    world = World(tmp_path, [*rows, other])
    folder = read_site_folder(world.site)
    engine = DuckDBEngine(tmp_path)
    reader = RawReader(folder.sources, world.home.root, folder.site.day(str(DAY)), engine, engine, tmp_path)
    found = engine.fetch(reader.read("clickstream", Purpose.LEAK_SCAN))["page_title"].to_pylist()
    assert set(found) == {"of the day", "without an instant"}
    engine.close()
