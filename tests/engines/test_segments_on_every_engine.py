"""Members of random segments in a random week: the same on every engine, and whom the rules mean."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.engines import FileEngine
from pipelines.site_folder import read_site_folder
from tests.anonymizers.segments.worlds import EVENTS, WEEK, Event, found_by, plainly_found, segments
from tests.anonymizers.trials import trials
from tests.worlds import SITES

pytestmark = pytest.mark.xdist_group("spark")

DEMO = read_site_folder(SITES / "elektrum").site
WORLDS = st.lists(EVENTS, min_size=20, max_size=60)


@given(world=WORLDS, data=st.data())
@trials(8)
def test_every_engine_finds_the_members_that_the_rules_mean(
    engines: Mapping[str, FileEngine], world: list[Event], data: st.DataObject
) -> None:
    found = data.draw(segments())
    meant = sorted(plainly_found(found, world))
    assert {name: found_by(engine, found, world) for name, engine in engines.items()} == dict.fromkeys(engines, meant)


@pytest.mark.parametrize("window", ["day", "week"])
def test_every_engine_finds_the_members_of_the_shipped_segments(engines: Mapping[str, FileEngine], window: str) -> None:
    found = [segment for segment in DEMO.segments if segment.window == window]
    days = WEEK if window == "week" else WEEK[:1]
    world = [
        {"visitor": visitor, "traffic_date": day, "hour": hour, "topic": topic, "action": action}
        for visitor, topic in enumerate(DEMO.topic_names)
        for day in days
        for hour in (9, 19)
        for action in DEMO.actions[: 1 + visitor % 4]
    ]
    meant = sorted(plainly_found(found, world))
    assert len({name for _, name in meant}) > 2
    assert {name: found_by(engine, found, world) for name, engine in engines.items()} == dict.fromkeys(engines, meant)
