"""Corrections: a new revision with fresh noise, paid from the week's reserve; none left, and the release is marked wrong."""

import json
from pathlib import Path

import pytest

from anonymizers.cataloguing.catalogue import FILES
from anonymizers.counting.mechanism import OpenDPNoise
from pipelines.ledger import Kind
from tests.pipelines.test_night import digests, koond
from tests.worlds import DAY, World, crowd, page_view

NAME = f"daily/date={DAY}"


def correct(world: World, reason: str, day: object = DAY) -> tuple[int, str]:
    return koond("night", day, "--correct", "--reason", reason, "--site", world.site, "--home", world.home.root)


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path, *crowd(40), resources={"noise": OpenDPNoise()})
    assert made.run() is None
    return made


def test_a_correction_is_a_new_revision_and_the_first_release_stays(world):
    before = digests(world.release)
    world.page_views = [*world.page_views, *(page_view(cookie_id=f"found-{n}") for n in range(20))]
    world.write()
    code, printed = correct(world, "wrong_input")
    assert code == 0 and f"{NAME}.r2" in printed
    assert digests(world.release) == before
    corrected = world.home.published / f"{NAME}.r2"
    assert koond("verify", corrected)[0] == 0
    assert json.loads((corrected / "privacy.json").read_text())["release"] == f"{NAME}.r2"
    reserved = [entry for entry in world.ledger.entries() if entry.kind == Kind.RESERVED]
    assert [entry.release for entry in reserved] == [NAME, f"{NAME}.r2"]
    assert world.ledger.draws(NAME)["events"].numbers != world.ledger.draws(f"{NAME}.r2")["events"].numbers


def test_with_no_reserve_left_the_release_is_marked_wrong_and_its_readers_are_told(world):
    assert correct(world, "wrong_input")[0] == 0
    before = digests(world.home.published)
    code, printed = correct(world, "late_events")
    assert code == 1 and "used up" in printed and "marked wrong" in printed
    after = digests(world.home.published)
    catalogue = {name: after.pop(name) != before.pop(name) for name in FILES}
    assert all(catalogue.values())
    latest = json.loads((world.home.published / "latest.json").read_text())
    assert [(each["state"], each["revision"]) for each in latest["releases"]] == [("wrong", 2), ("corrected", 1)]
    assert latest["daily"] is None
    notice = f"{NAME}.r2.wrong.json"
    assert {name: after[name] for name in before} == before and set(after) - set(before) == {notice}
    told = json.loads((world.home.published / notice).read_text())
    assert told == {"release": f"{NAME}.r2", "state": "wrong", "reason": "late_events"}
    assert {path.stat().st_mtime for path in world.home.published.rglob("*")} == {315_532_800}, (
        "1980-01-01: no time tells"
    )
    assert world.ledger.verify() == []


@pytest.mark.parametrize("reason", ["erasure", "suppression", "mari.maasikas@marked.example"])
def test_an_erasure_is_never_a_reason_for_a_new_release(world, reason):
    before, entries = digests(world.home.published), len(world.ledger.entries())
    code, printed = correct(world, reason)
    assert code == 1 and "would point at the person" in printed and "marked.example" not in printed
    assert digests(world.home.published) == before
    assert [entry.kind for entry in world.ledger.entries()[entries:]] == [Kind.REFUSED]


def test_a_day_that_was_never_released_cannot_be_corrected(tmp_path):
    world = World(tmp_path, *crowd(5))
    code, printed = correct(world, "wrong_input")
    assert code == 1 and "nothing to correct" in printed
    assert not world.home.published.exists()


def test_a_correction_that_was_interrupted_is_finished_by_the_next_night_and_paid_once(world, monkeypatch):
    import pipelines.io_managers as stores

    def fails(*words: object) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(stores, "publish", fails)
        assert correct(world, "wrong_input")[0] == 1
    drawn = world.ledger.draws(f"{NAME}.r2")["events"]
    code, _ = koond("night", DAY, "--site", world.site, "--home", world.home.root)
    assert code == 0 and (world.home.published / f"{NAME}.r2" / "_SUCCESS").exists()
    assert world.ledger.draws(f"{NAME}.r2")["events"] == drawn
    reserved = [entry.release for entry in world.ledger.entries() if entry.kind == Kind.RESERVED]
    assert reserved == [NAME, f"{NAME}.r2"]


def test_a_correction_needs_both_words(world):
    assert koond("night", DAY, "--correct", "--site", world.site, "--home", world.home.root)[0] == 2
    assert koond("night", DAY, "--reason", "wrong_input", "--site", world.site, "--home", world.home.root)[0] == 2
