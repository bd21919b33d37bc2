"""Promise 3: what is not published is for its owner alone, and nothing is left of what a run spilled."""

from pathlib import Path

import pytest

import pipelines.io_managers as stores
from anonymizers.counting.mechanism import OpenDPNoise
from anonymizers.local_day import iso_week
from pipelines.definitions import build_defs
from tests.worlds import DAY, World, crowd, page_view, registration


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> World:
    undated = page_view(ts=None, ip="198.51.100.77", cookie_id="cookie-7")
    views, ads = crowd(30)
    world = World(tmp_path_factory.mktemp("night"), [*views, undated], ads, [registration()])
    world.resources["noise"] = OpenDPNoise()
    assert world.run() is None
    return world


def test_p3_only_the_owner_may_enter_or_read_what_is_not_published(night):
    restricted = night.home.root / "restricted"
    found = [restricted, night.home.root / "dagster", *restricted.rglob("*")]
    assert {path.suffix for path in found} >= {".parquet", ".rules", ".zip", ".json", ".key"}, "one of each store"
    for path in found:
        assert path.stat().st_mode & 0o077 == 0, path.name


def test_p3_nothing_is_left_of_what_a_run_spilled(night):
    assert list((night.home.root / "restricted" / "work").iterdir()) == []
    assert list((night.home.root / "restricted" / "publishing").iterdir()) == []


def test_p5_a_row_that_is_set_aside_comes_without_its_address(night):
    kept = b"".join(path.read_bytes() for path in (night.home.root / "restricted" / "set_aside_rows").glob("*.parquet"))
    assert b"cookie-7" in kept and b"198.51.100.77" not in kept


def test_p3_the_key_of_a_week_is_not_made_from_what_others_know(night, tmp_path):
    """Two homes of one site have two keys for one week."""
    other = World(tmp_path)
    keys = [stores.WeekKeyStore(world.home, world.ledger, DAY).of(iso_week(DAY)) for world in (night, other)]
    assert len(set(keys)) == 2 and all(len(key) == 64 for key in keys)


def test_what_names_no_store_is_refused_by_the_store_that_is_bound(night):
    assert isinstance(build_defs(night.site, night.home).resources["io_manager"], stores.RefusingIOManager)


def test_what_is_drawn_is_not_what_was_counted(night, tmp_path):
    """With the mechanism that runs in production, hardly a number of any table is the exact one."""
    exact = World(Path(tmp_path), night.page_views, night.ad_events, night.registrations)
    assert exact.run() is None
    release = f"daily/date={DAY}"
    for part, draw in night.ledger.draws(release).items():
        counted = exact.ledger.draws(release)[part]
        for table, measures in draw.numbers.items():
            for measure, numbers in measures.items():
                pairs = list(zip(numbers, counted.numbers[table][measure], strict=True))
                assert sum(one == two for one, two in pairs) <= 1 + len(pairs) // 50, (table, measure)
