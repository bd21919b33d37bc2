"""The catalogue in the published store: of releases that the ledger knows, whole or not at all, and never in a release's way."""

import json
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from anonymizers.cataloguing.catalogue import FILES
from anonymizers.refusal import Refusal
from anonymizers.releasing.edition import daily_base, daily_edition
from anonymizers.releasing.release import Release
from anonymizers.releasing.signature import SIGNATURE
from anonymizers.site import Site
from pipelines.catalogue_store import CatalogueStore
from pipelines.home import Home
from pipelines.ledger import Ledger
from pipelines.ledger.entries import ReleaseName
from pipelines.signing_keys import SigningKeyStore
from pipelines.site_folder import read_site_folder
from tests.anonymizers.cataloguing.shelves import LAST, made_up
from tests.pipelines.ledger.nights import a_draw, spend
from tests.pipelines.test_night import koond
from tests.worlds import DAY, SITES, World, crowd

EIGHTIES = 315_532_800
NIGHTS = [LAST - timedelta(days=1), LAST]


@pytest.fixture(scope="module")
def site() -> Site:
    return read_site_folder(SITES / "elektrum").site


@pytest.fixture(scope="module")
def releases(site) -> list[Release]:
    return [made_up(site, daily_edition(day)) for day in NIGHTS]


@pytest.fixture
def store(tmp_path, releases) -> CatalogueStore:
    """A home in which two made-up releases stand, both known to the ledger."""
    home = Home(tmp_path)
    ledger = Ledger(home.ledger, home.published, corrections_per_week=1)
    made = CatalogueStore(home, ledger)
    for release in releases:
        publish(made, release)
    return made


def publish(store: CatalogueStore, release: Release) -> None:
    cost = spend(release.name, week=ReleaseName.read(release.name).week)
    store.ledger.draw_once(cost, "events", lambda: a_draw(release.name))
    put(store.home, release)
    store.ledger.record_release(release.name, release.digest)


def put(home: Home, release: Release) -> None:
    folder = home.published / release.name
    folder.mkdir(parents=True)
    for name, content in release.files.items():
        (folder / name).write_bytes(content)


def told(store: CatalogueStore) -> list[str]:
    latest = json.loads((store.home.published / "latest.json").read_bytes())
    return [each["release"] for each in latest["releases"]]


def leftovers(home: Home) -> list[Path]:
    return list(home.restricted("cataloguing").iterdir())


def test_it_stands_beside_the_releases_with_a_mode_and_a_time_that_tell_nothing(store):
    assert store.write()["releases"] == 2
    for name in FILES:
        found = (store.home.published / name).stat()
        assert stat.S_IMODE(found.st_mode) == 0o644 and found.st_mtime == EIGHTIES
    assert store.home.published.stat().st_mtime == EIGHTIES and not leftovers(store.home)
    assert told(store) == [daily_base(day) for day in reversed(NIGHTS)]


def test_what_a_killed_run_left_goes_at_the_next(store):
    (store.home.restricted("cataloguing") / "0123456789abcdef").write_bytes(b"half a page")
    store.write()
    assert not leftovers(store.home)


def test_made_again_it_is_the_same_files(store):
    store.write()
    before = {name: (store.home.published / name).stat().st_ino for name in FILES}
    store.write()
    assert {name: (store.home.published / name).stat().st_ino for name in FILES} == before


def test_a_folder_that_the_ledger_does_not_know_is_not_shown(store, releases):
    store.write()
    before = {name: (store.home.published / name).read_bytes() for name in FILES}
    strange = Release(daily_base(LAST + timedelta(days=1)), releases[0].files)
    put(store.home, strange)
    store.write()
    assert {name: (store.home.published / name).read_bytes() for name in FILES} == before


def test_a_release_that_was_changed_is_left_out_and_told_in_one_sentence(store):
    file = store.home.published / daily_base(LAST) / "segments.parquet"
    file.write_bytes(file.read_bytes()[:-1] + b"!")
    with pytest.raises(Refusal, match=r"^catalogue: .*1 release\(s\) are not as the ledger knows them.*koond verify"):
        store.write()
    assert told(store) == [daily_base(NIGHTS[0])]
    assert daily_base(LAST).encode() not in (store.home.published / "index.html").read_bytes()


@pytest.mark.parametrize("missing", ["_SUCCESS", "manifest.json", "topics.parquet"])
def test_a_release_of_which_something_is_missing_is_left_out_and_told(store, missing):
    (store.home.published / daily_base(LAST) / missing).unlink()
    with pytest.raises(Refusal, match=r"1 release\(s\) are not as the ledger knows them"):
        store.write()
    assert told(store) == [daily_base(NIGHTS[0])]


@pytest.mark.parametrize("broken", ["_SUCCESS", "manifest.json", "topics.csv.gz"])
def test_a_correction_that_is_broken_does_not_bring_back_what_it_corrected(store, site, broken):
    """Nobody is told to use the numbers that the site has taken back."""
    name = store.ledger.reserve_correction(daily_base(LAST), spend(daily_base(LAST)), "wrong_input")
    correction = made_up(site, daily_edition(LAST, name))
    publish(store, correction)
    (store.home.published / correction.name / broken).write_bytes(b"{")
    if broken == "_SUCCESS":
        (store.home.published / correction.name / broken).unlink()
    with pytest.raises(Refusal, match=r"1 release\(s\) are not as the ledger knows them"):
        store.write()
    latest = json.loads((store.home.published / "latest.json").read_bytes())
    assert [(each["release"], each["state"]) for each in latest["releases"]] == [
        (daily_base(LAST), "corrected"),
        (daily_base(NIGHTS[0]), "final"),
    ]
    assert latest["daily"]["release"] == daily_base(NIGHTS[0])
    assert f'data-release="{daily_base(LAST)}"' not in (store.home.published / "index.html").read_text()


@pytest.mark.parametrize("content", [b"[]", b'{"site": "another"}', b'{"site": "another", "schema_version": 4}'])
@pytest.mark.parametrize("is_signed", [False, True])
def test_a_manifest_that_was_changed_is_not_believed_of_a_release_that_is_not_shown_either(
    store, site, content, is_signed
):
    """Of what was corrected, only the manifest is told."""
    name = store.ledger.reserve_correction(daily_base(LAST), spend(daily_base(LAST)), "wrong_input")
    publish(store, made_up(site, daily_edition(LAST, name)))
    store.write()
    assert told(store) == [name, daily_base(LAST), daily_base(NIGHTS[0])], "the control"
    folder = store.home.published / daily_base(LAST)
    if is_signed:
        signature = SigningKeyStore(store.home, store.ledger).sign(
            (folder / "manifest.json").read_bytes(), daily_base(LAST)
        )
        (folder / SIGNATURE).write_bytes(signature)
    (folder / "manifest.json").write_bytes(content)
    with pytest.raises(Refusal, match=r"1 release\(s\) are not as the ledger knows them"):
        store.write()
    assert told(store) == [name, daily_base(NIGHTS[0])]


def test_of_a_release_that_is_not_shown_a_good_signature_is_enough(store, site):
    """Years of nights are not read whole every night."""
    name = store.ledger.reserve_correction(daily_base(LAST), spend(daily_base(LAST)), "wrong_input")
    publish(store, made_up(site, daily_edition(LAST, name)))
    folder = store.home.published / daily_base(LAST)
    signature = SigningKeyStore(store.home, store.ledger).sign(
        (folder / "manifest.json").read_bytes(), daily_base(LAST)
    )
    (folder / SIGNATURE).write_bytes(signature)
    (folder / "topics.parquet").unlink()
    store.write()
    assert told(store) == [name, daily_base(LAST), daily_base(NIGHTS[0])]


def test_in_the_place_of_a_broken_night_the_next_older_one_is_shown_and_must_be_whole_too(store, site):
    """A page shows 60 nights. Of 63 the newest is broken, and the one that would come in its place."""
    older = [made_up(site, daily_edition(LAST - timedelta(days=back))) for back in range(2, 63)]
    for release in older:
        publish(store, release)
    for back in (0, 60):
        (store.home.published / daily_base(LAST - timedelta(days=back)) / "topics.csv.gz").write_bytes(b"")
    (store.home.published / daily_base(LAST - timedelta(days=62)) / "manifest.json").unlink()
    with pytest.raises(Refusal, match=r"3 release\(s\) are not as the ledger knows them"):
        store.write()
    assert len(told(store)) == 60
    assert f'data-key="{LAST - timedelta(days=61)}"' in (store.home.published / "index.html").read_text()


def test_what_stands_in_its_place_is_told_in_one_sentence_and_leaves_nothing_half_done(store):
    place = store.home.published / "index.html"
    place.mkdir()
    with pytest.raises(
        Refusal, match=r"could not be made \(\w+\); they stay as they were, and every release stands"
    ) as refused:
        store.write()
    assert refused.value.__cause__ is None and refused.value.__suppress_context__
    assert place.is_dir() and not leftovers(store.home)


def test_a_night_makes_it_and_its_failure_stops_no_release(tmp_path, capfd):
    world = World(tmp_path, *crowd(40))
    place = world.home.published / "index.html"
    place.mkdir(parents=True)
    assert world.run() is None
    assert (world.release / "_SUCCESS").exists()
    assert "the pages could not be made (IsADirectoryError)" in capfd.readouterr().err
    place.rmdir()
    code, printed = koond("catalogue", "--site", world.site, "--home", world.home.root)
    assert code == 0 and "of 1 release(s)" in printed
    page = place.read_text()
    assert f"{daily_base(DAY)}/privacy.json" in page
    [key] = (world.home.published / "keys").glob("*.pub")
    assert 'id="check"' in page and f'href="keys/{key.name}"' in page
