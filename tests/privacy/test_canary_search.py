"""A7: made-up people in every raw table, with a mark in every column and written form, and a search of every byte of a night.

Controls: the drill sees its own marks where it planted them, and thirteen leaks on purpose in a whole night.
"""

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from pipelines.drill import report
from pipelines.drill import search as searching
from pipelines.drill.drill import Drilled, drill
from pipelines.drill.people import HEAVY_EVENTS, PEOPLE
from pipelines.drill.search import Area
from pipelines.home import Home
from pipelines.settings import site_folder
from tests.privacy.leaking import FAILING, LEAKS, PLACES, write_fault

EVENTS = 3_000


def run(root: Path, site: str = "elektrum", *, fault: str = "", week: bool = False) -> Drilled:
    """A drill of a shipped site without raw data, in an empty home."""
    with pytest.MonkeyPatch.context() as patch:
        (temporary := root / "temporary").mkdir()
        patch.setattr("tempfile.tempdir", str(temporary))
        if fault:
            patch.setenv("PYTHONPATH", write_fault(fault, root / "fault"))
        drilled = drill(site_folder(Path(site)), Home(root / "home"), None, week=week, events=EVENTS)
        assert list(temporary.iterdir()) == [], "the throw-away home is gone"
    assert not (root / "home").exists(), "and nothing was written to the home"
    return drilled


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Drilled:
    return run(tmp_path_factory.mktemp("clean"), week=True)


@pytest.fixture(scope="module")
def leaking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drilled]:
    return run(tmp_path_factory.mktemp("leaking"), fault=LEAKS)


@pytest.fixture(scope="module")
def failing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drilled]:
    return run(tmp_path_factory.mktemp("failing"), fault=FAILING)


def told(drilled: Drilled) -> str:
    """Everything that a drill tells: the table and the JSON."""
    console = Console(file=io.StringIO(), width=200)
    report.show(drilled, console)
    return console.file.getvalue() + json.dumps(report.as_json(drilled), ensure_ascii=False)


def test_nothing_of_any_made_up_person_comes_out_of_a_night_and_a_week(clean):
    assert report.wrong(clean) == []
    assert {sighting.area for sighting in clean.sightings} <= set(report.INSIDE)
    assert clean.ran["night"] == clean.ran["week"] == clean.ran["ledger"] == "good"
    assert "PASSED" in told(clean) and "FAILED" not in told(clean)


def test_everybody_who_agreed_was_counted_and_nobody_else(clean):
    """Else the drill would prove nothing: what never went in cannot come out."""
    assert set(clean.planted) == set(PEOPLE)
    found = {person: each.found for person, each in clean.counted.items()}
    assert found["active"] == 6 and found["heavy"] == HEAVY_EVENTS
    nobody = {"refused", "silent", "opted out", "unclear", "robot", "broken"}
    assert all(found[person] == 0 for person in nobody)
    assert all(found[person] > 0 for person in PEOPLE if person not in nobody)


def test_every_column_that_has_room_holds_a_mark_and_one_that_no_contract_names_too(clean):
    marked = {(mark.table, mark.column) for mark in clean.marks.values()}
    assert {table for table, column in marked if column == "koond_drill_unnamed"} == {
        "clickstream",
        "ad_beacons",
        "registrations",
    }
    truths_and_dates = {"opt_out", "newsletter_consent", "offer_consent", "updated_at", "consent"}
    assert {column.partition(".")[2] for column in clean.without_room} <= truths_and_dates
    assert len({mark.form for mark in clean.marks.values()}) > 60


def test_the_search_finds_every_planted_mark_where_it_was_planted(clean):
    assert clean.control.unseen == () and clean.control.planted > 1_000
    assert clean.control.leaks == dict.fromkeys(clean.control.leaks, True) and len(clean.control.leaks) == 3


def test_broken_rows_stand_among_the_rows_set_aside_and_are_counted_apart(clean):
    assert clean.set_aside == 3
    aside = [sighting for sighting in clean.sightings if sighting.area is Area.SET_ASIDE]
    assert {clean.marks[sighting.label].person for sighting in aside} == {"broken"}


def test_what_the_site_keeps_for_its_own_use_holds_addresses_alone_each_in_its_own_store(clean):
    kept = [sighting for sighting in clean.sightings if sighting.area is Area.OWN_USES]
    columns = {(sighting.place.split("/")[2], clean.marks[sighting.label].column) for sighting in kept}
    assert columns <= {("mailing_list", "email"), ("server_diagnostics", "ip")} and ("mailing_list", "email") in columns


@pytest.mark.parametrize("leak", PLACES)
def test_the_drill_says_where_a_leak_is(leaking, leak):
    places = {sighting.place for sighting in leaking.sightings if sighting.area not in report.INSIDE}
    assert any(re.fullmatch(PLACES[leak], place) for place in places), sorted(places)


def test_a_leak_is_told_by_person_column_and_form(leaking):
    seen = {sighting.label for sighting in leaking.sightings if sighting.place.startswith("home/ledger.db")}
    assert seen == {"active, clickstream.url, plain", "active, clickstream.url, fragment"}
    hashed = [sighting.label for sighting in leaking.sightings if "dagster/(another name).json" in sighting.place]
    assert hashed == ["active, clickstream.cookie_id, md5"]


def test_whoever_is_counted_without_consent_fails_the_drill(leaking):
    assert leaking.ran["night"] == "good"
    wrong = " ".join(report.wrong(leaking))
    for person in ("refused", "silent", "opted out"):
        assert f"{person}: 2 events were counted where 0 should be" in wrong or leaking.counted[person].found > 0
        assert person in wrong


def test_what_an_error_quotes_is_found_and_the_night_is_told_to_have_failed(failing):
    places = {sighting.place for sighting in failing.sightings if sighting.area is Area.OUTSIDE}
    assert "the command night/standard error" in places
    assert any(place.startswith("home/dagster/history/runs/") for place in places)
    assert failing.ran["night"].startswith("exit code 1: ")
    wrong = " ".join(report.wrong(failing))
    assert "koond night did not end well" in wrong and "none of the made-up people was counted" in wrong


def test_no_report_tells_a_value_or_a_name_that_is_not_koonds_own(clean, leaking, failing):
    """Not even those of made-up people: beside them stand real ones."""
    for drilled in (clean, leaking, failing):
        text = told(drilled)
        assert not [label for label, mark in drilled.marks.items() if mark.value in text]
        assert "drill.example" not in text and "debug" not in text and "spill" not in text


def test_a_search_that_is_blind_fails_the_drill(clean, monkeypatch, tmp_path):
    """Were the search to lose one written form, no clean drill could hide it."""
    find = searching.find
    monkeypatch.setattr(
        searching, "find", lambda marks, files: [each for each in find(marks, files) if "base64" not in each.label]
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipelines.drill.drill.ThrowAway.koond", lambda self, *words: _nothing(self, words))
        blind = run(tmp_path)
    assert any("base64" in label for label in blind.control.unseen)
    assert any("the search does not find" in reason for reason in report.wrong(blind))


def _nothing(place, words):
    from pipelines.drill.throw_away import Command

    place.commands.append(Command(words[0], 0, b"", b""))
    return place.commands[-1]


@pytest.mark.parametrize("site", ["weblog", "snowplow"])
def test_the_other_shipped_sites_drill_in_their_own_formats(tmp_path, monkeypatch, site):
    monkeypatch.delenv("KOOND_REAL_DATA", raising=False)
    drilled = run(tmp_path, site)
    assert report.wrong(drilled) == [] and drilled.made_up
    assert drilled.counted["heavy"].found == HEAVY_EVENTS and drilled.set_aside == 1
