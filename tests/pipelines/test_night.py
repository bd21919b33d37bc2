"""The night as an operator meets it: final releases, refusals that change nothing, commands and their exit codes."""

import dataclasses
import hashlib
import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from anonymizers.counting.mechanism import OpenDPNoise
from anonymizers.refusal import Reason, Refusal
from anonymizers.releasing.signature import SIGNATURE
from pipelines.catalogue_store import CatalogueStore
from pipelines.command_line import app
from pipelines.definitions import build_defs
from pipelines.deliveries import Courier
from pipelines.home import Home
from pipelines.ledger import Kind
from pipelines.night import instance, run_night, why
from pipelines.outside import Outside
from pipelines.settings import site_folder
from tests.worlds import DAY, World, crowd, page_view, registration


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, *crowd(40), [registration()])


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def koond(*words: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
    return result.exit_code, result.output


def test_a_second_call_returns_the_same_bytes_and_spends_nothing(world):
    world.resources["noise"] = OpenDPNoise()
    assert world.run() is None
    before, entries = digests(world.home.published), world.ledger.entries()
    code, printed = koond("night", DAY, "--site", world.site, "--home", world.home.root)
    assert (code, digests(world.home.published)) == (0, before)
    assert "final" in printed
    assert world.ledger.entries() == entries


def test_events_that_come_after_the_release_are_counted_and_left_out(world):
    assert world.run() is None
    before = digests(world.home.published)
    world.page_views = [*world.page_views, *(page_view(cookie_id="late") for _ in range(7))]
    world.write()
    code, printed = koond("night", DAY, "--site", world.site, "--home", world.home.root)
    assert code == 0 and "7 events came after the night" in printed
    assert digests(world.home.published) == before


def test_a_changed_input_does_not_change_a_published_release(world):
    assert world.run() is None
    before = digests(world.home.published), world.stripped()
    world.page_views = crowd(80)[0]
    world.write()
    assert "final" in (world.run() or "")
    assert (digests(world.home.published), world.stripped()) == before, (
        "the week would count events that the day did not"
    )


def test_events_that_a_draw_has_counted_stay_as_they_were_when_its_night_is_run_again(world, monkeypatch):
    """The week counts stored events; they must be those that the day's release counted."""
    import pipelines.io_managers as stores

    def fails(*words: object) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(stores, "publish", fails)
        assert world.run() is not None
    counted, drawn = world.stripped(), world.ledger.draws(f"daily/date={DAY}")
    world.page_views = crowd(80)[0]
    world.write()
    assert world.run() is None
    assert world.stripped() == counted and world.ledger.draws(f"daily/date={DAY}") == drawn


def test_two_homes_draw_different_noise_for_the_same_input(tmp_path):
    releases = []
    for name in ("one", "two"):
        world = World(tmp_path / name, *crowd(1500), resources={"noise": OpenDPNoise()})
        assert world.run() is None
        releases.append(digests(world.home.published / "daily"))
    assert releases[0].keys() == releases[1].keys()
    assert releases[0] != releases[1]


def test_a_missing_source_is_told_in_one_line_and_nothing_is_published(world):
    next((world.home.root / "raw" / "clickstream").rglob("*.parquet")).unlink()
    code, printed = koond("night", DAY, "--site", world.site, "--home", world.home.root)
    assert code == 1
    assert "raw/clickstream/date={date}" in printed and "Traceback" not in printed
    assert not world.home.published.exists()


def test_a_night_that_failed_can_be_run_again(world):
    path = next((world.home.root / "raw" / "ad_beacons").rglob("*.parquet"))
    content = path.read_bytes()
    path.unlink()
    assert world.run() is not None
    path.write_bytes(content)
    assert world.run() is None
    assert (world.release / "_SUCCESS").exists()


def test_a_candidate_changed_after_the_draw_is_refused_and_nothing_is_published(world, monkeypatch):
    """A number that came through no mechanism: the gate stops it although every word is in the vocabulary."""
    import assets.release as stage

    composed = stage.compose

    def forged(site, edition, tables, *told):
        topics = tables[1]
        rows = topics.rows.set_column(
            5, topics.rows.schema.field(5), [[n + 1 for n in topics.rows["visitors_high"].to_pylist()]]
        )
        return composed(site, edition, (tables[0], dataclasses.replace(topics, rows=rows), *tables[2:]), *told)

    monkeypatch.setattr(stage, "compose", forged)
    assert "only_numbers_from_mechanisms" in (world.run() or "")
    assert not world.home.published.exists()


def test_a_release_cannot_claim_less_loss_than_its_draw_spent(world, monkeypatch):
    """Drawn under one budget, composed under a smaller one: the gate refuses, and for a changed site folder the ledger."""
    import assets.release as stage

    composed = stage.compose

    def understated(site, edition, tables, *told):
        return composed(
            dataclasses.replace(site, budget=dataclasses.replace(site.budget, epsilon=0.5)), edition, tables, *told
        )

    monkeypatch.setattr(stage, "compose", understated)
    assert "only_what_the_site_says" in (world.run() or "")
    monkeypatch.undo()
    path = world.site / "site.yaml"
    path.write_text(path.read_text().replace("epsilon: 1.0", "epsilon: 0.5"))
    assert "reserved under another plan" in (world.run() or "")
    job = build_defs(world.site, world.home, resources=world.resources).resolve_job_def("night")
    with instance(world.home) as opened:
        again = job.execute_in_process(
            partition_key=str(DAY), instance=opened, raise_on_error=False, run_config={"loggers": {"progress": {}}},
            op_selection=["release_candidate", "leak_scan", "published_release"],
        )  # fmt: skip
    assert not again.success
    assert "only_numbers_from_mechanisms" in why(again)
    assert not world.home.published.exists()


def test_a_stranger_cannot_stop_the_night_with_words_of_the_vocabulary(world):
    """Whether a release exists must not depend on one visitor's row, here one without any consent."""
    world.page_views = [
        *world.page_views,
        *(page_view(consent=None, user_agent=words) for words in ("chrome,desktop,windows", "invoices,page_view")),
    ]
    world.registrations = [registration(name="home_page,page_view", company="20,page_view")]
    world.write()
    assert world.run() is None


def test_a_release_that_was_moved_away_is_not_replaced_by_another(world):
    assert world.run() is None
    world.release.rename(world.root / "moved")
    assert "final" in (world.run() or "")
    assert not world.release.exists()


def test_a_path_that_does_not_exist_never_becomes_a_shipped_site(tmp_path):
    assert site_folder(Path("weblog")).name == "weblog" and site_folder(Path("weblog")).is_dir()
    assert not site_folder(tmp_path / "gone" / "elektrum").exists()


def test_the_writer_of_the_published_store_judges_once_more(world, monkeypatch):
    """A gate that is switched off in the asset does not open the published store."""
    import assets.release as stage

    composed = stage.compose

    def with_a_stranger(*words):
        release = composed(*words)
        return dataclasses.replace(release, files={**release.files, "README.md": b"mari.maasikas@marked.example"})

    monkeypatch.setattr(stage, "compose", with_a_stranger)
    monkeypatch.setattr(stage, "examine", lambda candidate, evidence: ())
    assert "the gate refused the release" in (world.run() or "")
    assert not world.home.published.exists()


def test_a_release_that_could_not_be_written_whole_does_not_appear(world, monkeypatch):
    import pipelines.published_store as store

    written = store.write_public

    def fails_late(path: Path, content: bytes) -> None:
        if path.name == "SHA256SUMS":
            raise OSError("no space left on device")
        written(path, content)

    monkeypatch.setattr(store, "write_public", fails_late)
    assert world.run() is not None
    standing = [path for path in world.home.published.rglob("*") if path.is_file()]
    assert {path.parent.name for path in standing} <= {"keys"}, "the public key alone"
    assert not list((world.home.root / "restricted" / "publishing").iterdir())
    monkeypatch.undo()
    assert world.run() is None


def test_success_is_the_last_name_in_the_order_of_writing(world, monkeypatch):
    import pipelines.published_store as store

    order: list[str] = []
    written = store.write_public
    monkeypatch.setattr(store, "write_public", lambda path, content: (order.append(path.name), written(path, content)))
    assert world.run() is None
    assert order[-2:] == [SIGNATURE, "_SUCCESS"] and len(order) == 23


def test_the_ledger_holds_the_spend_every_draw_and_the_release(world):
    assert world.run() is None
    keys = (Kind.KEY_MADE, Kind.SIGNING_KEY_MADE)
    entries = [entry for entry in world.ledger.entries() if entry.kind not in keys]
    kinds = [(entry.kind, entry.release) for entry in entries]
    name = f"daily/date={DAY}"
    assert kinds == [(Kind.RESERVED, name), (Kind.DRAWN, name), (Kind.DRAWN, name), (Kind.RELEASED, name)]
    told = json.loads((world.release / "privacy.json").read_text())["privacy_loss"]["privacy_parameters"]
    reserved = entries[0].told
    assert (reserved["rho"], reserved["epsilon"], reserved["delta"]) == (told["rho"], told["epsilon"], told["delta"])
    assert world.ledger.verify() == []


def test_a_refused_release_stands_in_the_ledger(world, monkeypatch):
    import assets.release as stage

    composed = stage.compose
    monkeypatch.setattr(
        stage, "compose", lambda *words: dataclasses.replace(composed(*words), name="daily/date=1999-01-01")
    )
    assert world.run() is not None
    assert [entry.kind for entry in world.ledger.entries()][-1] == Kind.REFUSED


def test_what_a_killed_run_left_is_removed_at_the_next_start(world):
    left = world.home.restricted("work") / "dead"
    left.mkdir()
    (left / "spill").write_bytes(b"x")
    assert world.run() is None
    assert list(world.home.restricted("work").iterdir()) == []


def test_verify_passes_on_a_release_and_fails_when_one_byte_is_changed(world):
    assert world.run() is None
    assert koond("verify", world.release)[0] == 0
    path = world.release / "topics.csv.gz"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    code, printed = koond("verify", world.release)
    assert code == 1 and "topics.csv.gz was changed" in printed


def test_check_is_content_with_every_shipped_site():
    for site in ("elektrum", "weblog", "snowplow"):
        assert koond("check", "--site", site)[0] == 0


def test_check_prints_file_line_and_remedy(world):
    path = world.site / "site.yaml"
    path.write_text(path.read_text().replace("Europe/Tallinn", "Europe/Tallin"))
    code, printed = koond("check", "--site", world.site)
    assert code == 1
    assert "site.yaml:5: time_zone:" in printed and "Traceback" not in printed


def test_a_wrong_date_is_a_usage_error():
    assert koond("night", "yesterday")[0] == 2


def test_a_home_takes_releases_of_one_site(world):
    """Nothing is drawn, paid or marked: two sites in one home would share a budget, a list of people and every trend."""
    assert world.run() is None
    before, entries = digests(world.home.published), world.ledger.entries()
    path, named = world.site / "site.yaml", "site: elektrum\n"
    assert named in path.read_text()
    path.write_text(path.read_text().replace(named, "site: other_shop\n"))
    next_day = DAY + timedelta(days=1)
    for words in (["night", next_day], ["mark", next_day], ["night", DAY, "--correct", "--reason", "wrong_input"],
                  ["catalogue"], ["keys", "rotate"]):  # fmt: skip
        code, printed = koond(*words, "--site", world.site, "--home", world.home.root)
        assert code == 1 and "none of other_shop" in printed and printed.count("\n") == 1
    path.write_text(path.read_text().replace("site: other_shop\n", named))
    assert digests(world.home.published) == before and world.ledger.entries() == entries
    (world.home.published / "daily" / f"date={next_day}").mkdir()
    (world.home.published / "daily" / f"date={next_day}" / "manifest.json").write_text('{"site": "other_shop"}')
    assert koond("night", DAY, "--site", world.site, "--home", world.home.root)[0] == 0, "a forged file stops no night"


AFTER_THE_RELEASE = {"catalogue": (CatalogueStore, "write"), "deliveries": (Courier, "deliver_waiting"),
                     "outside_scan": (Outside, "files")}  # fmt: skip


def test_a_step_that_fails_after_the_release_stands_is_told_in_one_line(world, monkeypatch, capfd):
    """The release stands, so the night has ended well; whoever looks at it must still see that a step did not."""

    def full(*words: object) -> None:
        raise OSError("No space left on device for mari.maasikas@marked.example")

    for owner, name in AFTER_THE_RELEASE.values():
        monkeypatch.setattr(owner, name, full)
    code, printed = koond("night", DAY, "--site", world.site, "--home", world.home.root)
    assert code == 0 and (world.release / "_SUCCESS").exists()
    lines = (printed + capfd.readouterr().err).splitlines()
    for step in AFTER_THE_RELEASE:
        [line] = [line for line in lines if line.split()[:1] == [step]]
        assert re.fullmatch(rf"  {step} +failed: OSError in full, line \d+; its message is withheld, .*", line)
    assert not [line for line in lines if "marked.example" in line or "Traceback" in line]


def test_a_step_that_refuses_is_told_with_its_sentence(world, monkeypatch, capfd):
    refused = Refusal("deliveries", Reason.STORE, "the store is full; make room")

    def refuses(*words: object) -> None:
        raise refused

    monkeypatch.setattr(Courier, "deliver_waiting", refuses)
    code, printed = koond("night", DAY, "--site", world.site, "--home", world.home.root)
    assert code == 0 and f"  {'deliveries':<26}failed: {refused}\n" in printed + capfd.readouterr().err


def test_a_night_before_the_sites_first_day_is_refused_in_one_line(tmp_path):
    world = World(tmp_path, *crowd(5))
    why = run_night(world.site, Home(tmp_path / "home"), "2025-12-31")
    assert why and "first_day" in why
