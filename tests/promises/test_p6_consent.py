"""P6: events without the consent that a use needs do not serve it; what is withdrawn is withdrawn for the whole day."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml

from anonymizers.consent.refused import Why
from anonymizers.requests import Request, Wish
from pipelines.night import instance
from tests.anonymizers.consent.strings import NOVEMBER, tc_string
from tests.promises.launched import launch
from tests.promises.strangers import counted, person, with_strings, world_of
from tests.promises.test_p2_objection import office
from tests.worlds import AGREED, REFUSED, World, at, page_view

ALL = tc_string()
NOBODY = {"all_visitors": 0}


def night(root: Path, *people: tuple[Any, Any], strings: bool = True) -> World:
    world = world_of(root, people)
    if strings:
        with_strings(world)
    assert world.run() is None
    return world


NOT_CLEARLY_GRANTED = {
    "none": None,
    "empty": "",
    "plain": AGREED,
    "cut": ALL[:-3],
    "trailing": ALL + "A" * 40,
    "v1": tc_string(version=1),
    "policy": tc_string(policy=3),
    "not-disclosed": tc_string(disclosed=None),
    "global": tc_string(service_specific=False),
    "old": tc_string(created=NOVEMBER - timedelta(days=400)),
    "future": tc_string(created=NOVEMBER + timedelta(days=30)),
}


def test_whatever_is_not_clearly_granted_is_refused_and_an_objection_is_stronger_than_consent(tmp_path: Path) -> None:
    people = [person(name, consent=consent) for name, consent in NOT_CLEARLY_GRANTED.items()]
    world = night(tmp_path, *people, person("gpc", consent=ALL, gpc=True))
    assert counted(world) == NOBODY and world.stripped() == []


def test_each_use_counts_only_what_its_purposes_allow(tmp_path: Path) -> None:
    """Each of them did as much as the last one, who agreed to everything."""
    purposes = ((1, 8), (1, 7), (1, 9), (1,), (7, 8, 9), (1, 2, 3, 4, 10), (1, 7, 8, 9))
    world = night(tmp_path, *(person(str(each), consent=tc_string(each), views=1) for each in purposes))
    assert counted(world) == {"page_view": 2, "ad_view": 4, "all_visitors": 2}


@pytest.mark.parametrize("strings", [True, False])
def test_consent_withdrawn_at_any_time_of_the_day_takes_the_whole_day_of_that_visitor(
    tmp_path: Path, strings: bool
) -> None:
    yes, no = (ALL, tc_string(())) if strings else (AGREED, REFUSED)
    leavers = []
    for hour in (6, 13, 23):
        seen, ads = person(f"leaver-{hour}", consent=yes)
        leavers.append(([*seen, page_view(cookie_id=f"leaver-{hour}", consent=no, ts=at(hour))], ads))
    world = night(tmp_path, *leavers, person("stays", consent=yes), strings=strings)
    assert counted(world) == {"page_view": 3, "ad_view": 2, "all_visitors": 1}


def test_consent_withdrawn_by_an_event_of_a_kind_that_is_not_counted_is_withdrawn(tmp_path: Path) -> None:
    """By a refusal, by GPC, and by a name that was left out; one that says nothing takes nothing back."""
    said: dict[str, dict[str, Any]] = {
        "refuses": {"consent": REFUSED}, "gpc": {"gpc": True}, "silent": {"consent": None, "gpc": None}, "agrees": {},
    }  # fmt: skip
    others = [
        ([*person(name)[0], page_view(cookie_id=name, page_title="told", **row)], []) for name, row in said.items()
    ]
    account = {"account_id": "EE05", "cookie_id": "c5"}
    named = [page_view(**account), page_view(**account | {"cookie_id": "c5b", "page_title": "log_in"})]
    world = world_of(tmp_path, [*others, (named, [])])
    world.page_views = [{"page_title": "page_view", **row} for row in world.page_views]
    world.write()
    file = world.site / "sources.yaml"
    sources = yaml.safe_load(file.read_text())
    clicks = sources["clickstream"]
    del clicks["columns"]["page_title"]
    clicks["columns"]["kind"] = {"class": "non-personal", "purposes": ["audience"], "from": "page_title"}
    clicks["only"] = {"kind": ["page_view"]}
    file.write_text(yaml.safe_dump(sources, sort_keys=False))
    office(world).carry_out(Request(1, Wish.SUPPRESS, cookies=("c5b",)))
    assert launch(world, "suppressions", "set_aside_rows", "stripped_events")
    assert len({row["visitor"] for row in world.stripped()}) == 2 and len(world.stripped()) == 6


def test_the_stricter_of_two_signals_holds_and_deleted_consent_takes_back_what_came_before(tmp_path: Path) -> None:
    disagrees, deletes = (person(name, consent=ALL, views=4, ads=0) for name in ("disagrees", "deletes"))
    disagrees[0][1]["consent"] = tc_string((1, 8))
    deletes[0][2]["consent"] = None  # the third of four views
    assert counted(night(tmp_path, disagrees, deletes)) == {"page_view": 4 + 1, "all_visitors": 1}


def test_no_string_of_a_consent_tool_stays_anywhere_and_refusals_are_told_by_reason_and_count(tmp_path: Path) -> None:
    old = person("old", consent=tc_string(policy=2))
    world = night(
        tmp_path, *(person(f"p{n}", consent=tc_string((1, 8, 9), vendors=[(n, n)])) for n in range(1, 9)), old
    )
    strings = {str(event["consent"]) for event in world.page_views}
    assert len(strings) == 9 and counted(world)["page_view"] == 24
    with instance(world.home) as opened:
        told = opened.get_latest_materialization_event(dg.AssetKey("stripped_events"))
    assert told.asset_materialization.metadata[f"refused_{Why.POLICY}"].value == 5
    for path in world.home.root.rglob("*"):
        if path.is_file() and "raw" not in path.relative_to(world.home.root).parts:
            content = path.read_bytes()
            assert not [text for text in strings if text.encode() in content or text[4:40].encode() in content], path
