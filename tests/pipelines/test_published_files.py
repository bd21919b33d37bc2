"""What a folder tells besides its numbers: names, times, modes, order and sizes are the same for any people (LEAKS 12)."""

import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import pipelines.published_store as store
from anonymizers.counting.statistic import DAILY
from anonymizers.releasing.containers import read_parquet
from anonymizers.releasing.gate import CHECKS
from anonymizers.releasing.release import SUCCESS, files
from anonymizers.releasing.rules import RULES
from anonymizers.releasing.signature import SIGNATURE
from anonymizers.vocabulary import DAY
from assets.release import published_release, weekly_release
from tests.worlds import HOST, IPHONE, World, crowd, page_view, registration

EIGHTIES = 315_532_800
"""Midnight of 1980-01-01 UTC."""


@dataclass(frozen=True)
class Published:
    """A night's release, and the order in which its files were written."""

    folder: Path
    written: tuple[str, ...]

    def rows(self, table: str) -> list[dict[str, Any]]:
        return read_parquet((self.folder / f"{table}.parquet").read_bytes()).to_pylist()

    def cells(self, table: str) -> list[tuple[Any, ...]]:
        """Which rows a table has, without their numbers."""
        keys = next(statistic.keys for statistic in DAILY if statistic.name == table)
        return [tuple(row[key] for key in keys) for row in self.rows(table)]


def published(root: Path, page_views, ad_events, registrations, mask: int) -> Published:
    """A night of a process that leaves `mask` out of the modes of its files."""
    order: list[str] = []
    write = store.write_public
    before = os.umask(mask)
    try:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(
                store, "write_public", lambda path, content: (order.append(path.name), write(path, content))
            )
            world = World(root, page_views, ad_events, registrations)
            assert world.run() is None
    finally:
        os.umask(before)
    return Published(world.release, tuple(order))


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> tuple[Published, Published]:
    """The same site, on which different people did different things; about as many."""
    views, ads = crowd(600)
    others = [
        view
        | {"cookie_id": f"õ-{view['cookie_id']}-and-a-longer-name", "ip": "198.51.100.7", "referrer": "mari@naide.ee"}
        for view in reversed(views)
    ]
    others += [
        page_view(cookie_id=f"newcomer-{n}", user_agent=IPHONE, url=f"{HOST}/paketid?email=m{n}@naide.ee")
        for n in range(90)
    ]
    one = published(tmp_path_factory.mktemp("one"), views, ads, [registration()], 0o077)
    other = published(
        tmp_path_factory.mktemp("other"), others, [ad | {"cookie_id": f"õ-{ad['cookie_id']}-and-a-longer-name"} for ad in ads],
        [registration(account_id=f"EE{n:08}", name=f"Mari Maasikas {n}") for n in range(40)], 0o000,
    )  # fmt: skip
    return one, other


def test_two_crowds_of_equal_shape_leave_equal_names_times_modes_and_order(two):
    told = [
        [
            (path.name, path.stat().st_mtime_ns, stat.S_IMODE(path.stat().st_mode))
            for path in sorted(each.folder.iterdir())
        ]
        for each in two
    ]
    assert told[0] == told[1] == [(name, EIGHTIES * 10**9, 0o644) for name in sorted((*files(DAY), SIGNATURE))]
    for each in two:
        in_order = (*files(DAY)[:-1], SIGNATURE, SUCCESS)
        assert each.written == in_order, "written in the order of the closed list, whatever is in the files"
        for folder in (each.folder, *each.folder.parents[:2]):
            assert (folder.stat().st_mtime, stat.S_IMODE(folder.stat().st_mode)) == (EIGHTIES, 0o755), folder.name
    assert two[0].folder.name == two[1].folder.name


def test_tables_with_the_same_rows_are_as_long_whatever_their_numbers(two):
    one, other = two
    alike = [statistic.name for statistic in DAILY if one.cells(statistic.name) == other.cells(statistic.name)]
    differing = [table for table in alike if one.rows(table) != other.rows(table)]
    assert len(differing) >= 4, "the two crowds are too much alike, or too different, to tell anything"
    for table in alike:
        sizes = {(each.folder / f"{table}.parquet").stat().st_size for each in two}
        assert len(sizes) == 1, table


def test_all_that_is_no_number_is_equal_byte_for_byte(two):
    numbers = {f"{statistic.name}{ending}" for statistic in DAILY for ending in (".parquet", ".csv.gz")}
    digests = {"datapackage.json", "manifest.json", "SHA256SUMS"}
    for name in set(files(DAY)) - numbers - digests:
        assert (two[0].folder / name).read_bytes() == (two[1].folder / name).read_bytes(), name


def test_what_dagster_shows_and_what_checks_json_says_are_the_same_checks_in_the_same_words(two):
    told = {entry["check"]: entry["description"] for entry in json.loads((two[0].folder / "checks.json").read_text())}
    for asset in (published_release, weekly_release):
        shown = {spec.name: spec.description for spec in asset.check_specs}
        assert (
            shown == {name: told[name] for name in CHECKS} == {name: rule.description for name, rule in RULES.items()}
        )
