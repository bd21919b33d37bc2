"""Promise 6: cookies hold a user id and pages visited, never a password or other personal data."""

from pathlib import Path

import dagster as dg
import pytest

from pipelines.night import instance
from tests.promises.launched import launch
from tests.worlds import World, page_view

CLEAN = "portal_id=6f1c2a; viimati=/arved/2026; lang=et"


def check(world: World) -> tuple[bool, str]:
    """Whether the check is green, and the cookies that it names."""
    assert launch(world, "cookie_audit")
    with instance(world.home) as opened:
        key = dg.AssetCheckKey(dg.AssetKey("cookie_audit"), "cookies_hold_nothing_personal")
        [record] = opened.event_log_storage.get_asset_check_execution_history(key, limit=1)
    told = record.event.dagster_event.asset_check_evaluation_data
    return told.passed, str(told.metadata["cookies"].value)


def test_p6_a_user_id_and_pages_visited_are_good(tmp_path: Path) -> None:
    assert check(World(tmp_path, [page_view(cookies=CLEAN), page_view(cookies=None)])) == (True, "none")


@pytest.mark.parametrize(
    "cookie", ["mail=mari%40x.example", "user_password=x7", "kes=36805280109", "nimi=Mari+Maasikas"]
)
def test_p6_a_cookie_that_holds_more_turns_the_check_red_by_its_name_and_count(tmp_path: Path, cookie: str) -> None:
    views = [page_view(cookies=CLEAN), page_view(cookies=f"{CLEAN}; {cookie}")]
    assert check(World(tmp_path, views)) == (False, cookie.partition("=")[0])
