"""What the ledger marks wrong is told beside the release and in the catalogue, whatever broke off in between."""

import errno
import json
from pathlib import Path

import pytest

import pipelines.home as home
from anonymizers.delivering.notice import Notice
from anonymizers.refusal import Refusal
from pipelines.catalogue_store import CatalogueStore
from pipelines.published_store import record_what_stands, tell_what_is_wrong
from tests.anonymizers.releasing.candidates import EDITIONS
from tests.pipelines.published import Site
from tests.pipelines.test_verify_command import koond

DAILY = EDITIONS[0].release
NOTICE = Notice(DAILY, "wrong_input")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A day that the ledger marks wrong, and of which no reader was told yet."""
    made = Site(tmp_path)
    made.publish(EDITIONS[0])
    made.ledger.mark_wrong(DAILY, NOTICE.reason)
    return made


def place(site: Site) -> Path:
    return site.home.published / NOTICE.path


def states(site: Site) -> list[tuple[str, str | None]]:
    latest = json.loads((site.home.published / "latest.json").read_bytes())
    return [(each["state"], each.get("reason")) for each in latest["releases"]]


def test_a_notice_for_which_there_was_no_room_stands_whole_as_soon_as_there_is(site, monkeypatch):
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(home.os, "fsync", full)
        with pytest.raises(Refusal, match=r"1 notice\(s\).*\(OSError\)"):
            tell_what_is_wrong(site.home, site.ledger)
    assert not [path for path in place(site).parent.iterdir() if not path.is_dir()], "nothing half-written"
    tell_what_is_wrong(site.home, site.ledger)
    assert place(site).read_bytes() == NOTICE.content
    assert {path.stat().st_mtime for path in (place(site), place(site).parent)} == {home.FIXED_TIME}


@pytest.mark.parametrize("length", [0, 1, len(NOTICE.content) - 2])
@pytest.mark.parametrize("by", ["the start of a run", "the catalogue"])
def test_a_notice_that_was_cut_short_is_made_good(site, length, by):
    place(site).write_bytes(NOTICE.content[:length])
    if by == "the catalogue":
        CatalogueStore(site.home, site.ledger).write()
        assert states(site) == [("wrong", NOTICE.reason)]
    else:
        record_what_stands(site.home, site.ledger)
    assert place(site).read_bytes() == NOTICE.content


def test_the_catalogue_says_wrong_of_what_the_ledger_marks_and_has_its_notice_written(site):
    CatalogueStore(site.home, site.ledger).write()
    assert states(site) == [("wrong", NOTICE.reason)] and place(site).read_bytes() == NOTICE.content


def test_a_notice_that_cannot_be_written_stops_no_run_and_is_told_with_the_catalogue(site):
    place(site).mkdir()
    record_what_stands(site.home, site.ledger)
    with pytest.raises(Refusal, match=r"^catalogue: .*IsADirectoryError") as refused:
        CatalogueStore(site.home, site.ledger).write()
    assert "1 notice(s)" in str(refused.value)
    assert states(site) == [("wrong", NOTICE.reason)]


def test_a_release_with_a_notice_of_which_the_ledger_knows_nothing_is_left_out(tmp_path):
    """As after a ledger was restored from a backup: nobody is told to use what was once taken back."""
    site = Site(tmp_path)
    site.publish(EDITIONS[0])
    place(site).write_bytes(NOTICE.content)
    with pytest.raises(Refusal, match=r"1 release\(s\) are not as the ledger knows them"):
        CatalogueStore(site.home, site.ledger).write()
    assert states(site) == []


@pytest.mark.parametrize("content", [*(NOTICE.content[:length] for length in (0, 1, 10, 85)), b"[]", b"<html>", b"{}"])
def test_a_release_with_a_notice_that_cannot_be_read_does_not_verify(site, content):
    assert koond("verify", site.home.published / DAILY)[0] == 0
    place(site).write_bytes(content)
    code, out, _ = koond("verify", site.home.published / DAILY)
    assert code == 1 and "marked the release wrong (its notice cannot be read)" in out
