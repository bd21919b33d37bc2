"""Marked values in every column of the raw tables, one night by the command line, and a search of every byte."""

import gzip
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

import pytest

from anonymizers.releasing.release import compose_empty
from pipelines.published_store import read_release
from pipelines.site_folder import read_site_folder
from tests.worlds import CHROME, HOST, World, ad_event, crowd, page_view, registration

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


def secrets() -> list[bytes]:
    """Every marked value, as it is and percent-encoded, in lower case."""
    values = {*MARKED.values(), *PERSON.values(), "mari.maasikas", "marked-token-123", "MarkedBrowser"} - PUBLIC
    return sorted({form.lower().encode() for value in values for form in (value, quote(value))})


def hits(files: Iterable[Path]) -> int:
    """How many marked values stand in names or contents of files; compressed files are opened."""
    found = 0
    for path in files:
        content = path.read_bytes()
        text = (gzip.decompress(content) if path.suffix == ".gz" else content).lower() + path.name.lower().encode()
        found += sum(secret in text for secret in secrets())
    return found


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> tuple[World, subprocess.CompletedProcess[bytes]]:
    views, ads = crowd(300)
    views += [page_view(**MARKED) for _ in range(3)] + [page_view(**MARKED | {"consent": None})]
    ads.append(ad_event(cookie_id=MARKED["cookie_id"], ip=MARKED["ip"], page_url=MARKED["url"], ad_id="ad-marked-55"))
    world = World(tmp_path_factory.mktemp("marked"), views, ads, [registration(**PERSON)])
    command = [sys.executable, "-m", "pipelines.command_line", "night", str(world.day)]
    environment = os.environ | {"KOOND_SITE": str(world.site), "KOOND_HOME": str(world.home.root)}
    return world, subprocess.run(command, env=environment, capture_output=True, timeout=300, check=False)


def test_the_night_publishes(night):
    world, ran = night
    assert ran.returncode == 0
    assert (world.release / "_SUCCESS").exists()


def test_p10_no_marked_value_stands_in_any_published_byte(night):
    world, _ = night
    assert len(files_below(world.home.published)) == 16
    assert hits(files_below(world.home.published)) == 0


def test_p3_no_marked_value_stands_in_dagsters_home_or_the_ledger(night):
    world, _ = night
    assert len(files_below(world.home.root / "dagster")) >= 3
    assert hits([*files_below(world.home.root / "dagster"), world.home.ledger]) == 0


def test_p3_no_marked_value_is_printed(night):
    _, ran = night
    printed = (ran.stdout + ran.stderr).lower()
    assert b"published" in printed
    assert not any(secret in printed for secret in secrets())


def test_no_marked_value_outlives_the_strip_inside_the_restricted_store(night):
    world, _ = night
    assert hits(files_below(world.home.root / "restricted")) == 0


def test_the_search_itself_finds_a_value_that_is_let_through(night, tmp_path):
    """The control: a single marked value in one published file is found."""
    world, _ = night
    for name, content in (
        ("topics.csv.gz", gzip.compress(b"arved,Mari.Maasikas@marked.example")),
        ("README.md", b"EE77777771"),
    ):
        leaked = tmp_path / name
        leaked.write_bytes(content)
        assert hits([*files_below(world.home.published), leaked]) >= 1


def test_nothing_is_left_in_the_work_folder(night):
    world, _ = night
    assert files_below(world.home.root / "restricted" / "work") == []


def test_only_the_owner_may_enter_the_restricted_store(night):
    world, _ = night
    private = [world.home.root / "restricted", world.home.root / "dagster"]
    for path in [*private, *(world.home.root / "restricted").rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0, path.name
    for path in world.home.published.rglob("*"):
        assert path.stat().st_mode & 0o777 == (0o755 if path.is_dir() else 0o644), path.name


def test_everything_but_numbers_is_known_before_the_data_is_read(night):
    """Words of a release are those of the same release without any data, and of the closed lists."""
    world, _ = night
    site = read_site_folder(world.site).site
    empty = compose_empty(site, site.day(str(world.day)))
    release = read_release(world.release, empty.name)
    assert set(release.files) == set(empty.files)
    for name in ("README.md", "privacy.json"):
        assert release.files[name] == empty.files[name]
