"""Marked values in every column of two days, their nights and the week by the command line, and a search of every byte."""

import gzip
import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest

from anonymizers.local_day import days_of_week
from anonymizers.releasing.edition import daily_base, daily_edition, weekly_base, weekly_edition
from anonymizers.releasing.release import compose_empty, files
from anonymizers.searching.marks import Finding, find
from anonymizers.vocabulary import DAY, WEEK
from pipelines.published_store import read_release
from tests.worlds import CHROME, HOST, World, ad_event, at, crowd, page_view, registration

ISO_WEEK = "2026-W46"
DAYS = (date(2026, 11, 10), date(2026, 11, 12))
"""The days of the week that are published; the others are given up."""

MARKED = {
    "event_id": "evt-7f3c-marked-event",
    "cookie_id": "cookie-marked-9b1d77",
    "account_id": "EE77777771",
    "ip": "198.51.100.77",
    "user_agent": CHROME + " MarkedBrowser/9.9",
    "url": f"{HOST}/arved/marked-token-123?email=mari.maasikas%40marked.example&nimi=Mari",
    "referrer": "https://webmail.marked.example/?to=mari.maasikas@marked.example",
    "page_title": "Tere, Mari Maasikas-Marked",
    "consent": "necessary+statistics",
}
PERSON = {
    "account_id": "EE77777771",
    "name": "Mari Maasikas-Marked",
    "company": "Marked Maasikas OÜ",
    "isikukood": "36805280109",
    "email": "mari.maasikas@marked.example",
    "phone": "+372 5777 7771",
    "address": "Maasika 77-7, Tartu 50777",
    "customer_number": "7777777712",
    "metering_point_eic": "38ZEE-77777777-C",
}
PUBLIC = {"necessary+statistics"}


MARKS = {
    **{column: value for column, value in MARKED.items() if value not in PUBLIC and column != "user_agent"},
    **{f"registered {column}": value for column, value in PERSON.items()},
    "browser": "MarkedBrowser",
    "mailbox": "mari.maasikas",
    "token in a path": "marked-token-123",
    "advertisement": "ad-marked-55",
}


def hits(found: Iterable[Path]) -> list[Finding]:
    """Which marked values stand where, in names or contents of files, in any written form; packed files are opened."""
    return find(MARKS, ((path.name, path.read_bytes()) for path in found))


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@dataclass(frozen=True)
class Ran:
    """A home after two nights and the week, and what each command printed."""

    world: World
    commands: list[subprocess.CompletedProcess[bytes]]

    @property
    def releases(self) -> list[str]:
        """The releases that should stand."""
        return [*map(daily_base, DAYS), weekly_base(ISO_WEEK)]


def marked_world(root: Path, day: date) -> World:
    views, ads = crowd(300, day=day)
    marked = {**MARKED, "ts": at(12, day=day)}
    views += [page_view(**marked) for _ in range(3)] + [page_view(**marked | {"consent": None})]
    beacon = {"cookie_id": MARKED["cookie_id"], "ip": MARKED["ip"], "page_url": MARKED["url"], "ad_id": "ad-marked-55"}
    ads.append(ad_event(**beacon, ts=at(13, day=day)))
    return World(root, views, ads, [registration(**PERSON, created_at=at(9, day=day))], day=day)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    root = tmp_path_factory.mktemp("marked")
    world = [marked_world(root, day) for day in DAYS][-1]
    environment = os.environ | {"KOOND_SITE": str(world.site), "KOOND_HOME": str(world.home.root)}

    def koond(*words: object) -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, "-m", "pipelines.command_line", *map(str, words)]
        return subprocess.run(command, env=environment, capture_output=True, timeout=300, check=False)

    commands = [koond("night", day) for day in DAYS]
    first, *others = [day for day in days_of_week(ISO_WEEK) if day not in DAYS]
    commands.append(koond("mark", first))
    for day in others:
        world.ledger.mark_missing(daily_base(day))
    commands += [koond("week", ISO_WEEK), koond("ledger")]
    return Ran(world, commands)


def test_the_nights_and_the_week_publish(ran):
    assert [command.returncode for command in ran.commands] == [0] * len(ran.commands)
    for release in ran.releases:
        assert (ran.world.home.published / release / "_SUCCESS").exists(), release


def test_p10_no_marked_value_stands_in_any_published_byte(ran):
    published = files_below(ran.world.home.published)
    released = [path for path in published if "=" in path.parent.name]
    assert len(released) == 2 * len(files(DAY)) + len(files(WEEK)) + len(ran.releases), "each with its signature"
    assert hits(published) == []


def test_p3_no_marked_value_stands_in_dagsters_home_or_the_ledger(ran):
    world = ran.world
    assert len(files_below(world.home.root / "dagster")) >= 3
    assert hits([*files_below(world.home.root / "dagster"), world.home.ledger]) == []


def test_p3_no_marked_value_is_printed(ran):
    printed = b"\n".join(command.stdout + command.stderr for command in ran.commands)
    assert b"published" in printed and b"missing" in printed and b"every entry holds" in printed
    assert find(MARKS, [("printed", printed)]) == []


def test_no_marked_value_outlives_the_strip_inside_the_restricted_store(ran):
    """But for the mailing list, which is the site's own and made of what people gave for it."""
    below = ran.world.home.root / "restricted"
    own = files_below(below / "mailing_list")
    kept = [path for path in files_below(below) if path not in own]
    assert {path.name for path in kept} >= {"2026-11-10.zip", "2026-11-12.zip", "2026-11-09.zip"}, "each candidate"
    assert hits(kept) == []
    assert {path.suffix for path in own} == {".csv", ".parquet"}


def test_no_key_that_could_make_a_pseudonym_again_is_left(ran):
    assert files_below(ran.world.home.root / "restricted" / "keys") == []


def test_the_search_itself_finds_a_value_that_is_let_through(ran, tmp_path):
    """The control: a single marked value in one published file is found."""
    packed = BytesIO()
    with ZipFile(packed, "w") as archive:
        archive.writestr("topics.csv.gz", gzip.compress(b"arved,Mari.Maasikas@marked.example"))
    for name, content in (
        ("topics.csv.gz", gzip.compress(b"arved,Mari.Maasikas@marked.example")),
        ("README.md", b"EE77777771"),
        ("2026-11-10.zip", packed.getvalue()),
    ):
        leaked = tmp_path / name
        leaked.write_bytes(content)
        assert hits([*files_below(ran.world.home.published), leaked])


def test_nothing_is_left_in_the_work_folder(ran):
    world = ran.world
    assert files_below(world.home.root / "restricted" / "work") == []


def test_only_the_owner_may_enter_the_restricted_store(ran):
    world = ran.world
    private = [world.home.root / "restricted", world.home.root / "dagster"]
    for path in [*private, *(world.home.root / "restricted").rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0, path.name
    for path in world.home.published.rglob("*"):
        assert path.stat().st_mode & 0o777 == (0o755 if path.is_dir() else 0o644), path.name


def test_everything_but_numbers_is_known_before_the_data_is_read(ran):
    """Words of a release are those of the same release without any data, and of the closed lists."""
    site = ran.world.settings
    for edition in (*map(daily_edition, DAYS), weekly_edition(ISO_WEEK, DAYS)):
        empty = compose_empty(site, edition)
        release = read_release(ran.world.home.published / edition.release, edition.release)
        assert set(release.files) == set(empty.files)
        for name in ("README.md", "privacy.json", "segments.json"):
            assert release.files[name] == empty.files[name]
