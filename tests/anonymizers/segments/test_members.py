"""Members: the SQL finds whom the rule means, and a visitor's segments are that visitor's own affair."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.segments.members import members
from anonymizers.segments.rule import Window
from anonymizers.vocabulary import DAYPART_OF_HOUR
from tests.anonymizers.segments.worlds import (
    EVENTS,
    WEEK,
    WORLDS,
    belongs,
    found_by,
    plainly_found,
    segment,
    segments,
    stripped_events,
)
from tests.anonymizers.trials import trials

each_window = pytest.mark.parametrize("window", ["day", "week"])


def of_window(world, window: Window):
    return [{**event, "traffic_date": WEEK[0]} for event in world] if window == "day" else world


@each_window
@given(world=WORLDS, data=st.data())
@trials(60)
def test_the_sql_finds_the_members_that_the_rule_means(engine, window, world, data):
    found, world = data.draw(segments(window)), of_window(world, window)
    assert found_by(engine, found, world) == sorted(plainly_found(found, world))


@each_window
@given(world=WORLDS, data=st.data())
@trials(40)
def test_removing_a_visitor_removes_that_visitors_rows_and_changes_no_other(engine, window, world, data):
    found, world = data.draw(segments(window)), of_window(world, window)
    leaver = data.draw(st.sampled_from(sorted({event["visitor"] for event in world}) or [0]))
    without = found_by(engine, found, [event for event in world if event["visitor"] != leaver])
    assert without == [row for row in found_by(engine, found, world) if row[0] != leaver]


@given(world=WORLDS, found=segments(), more=st.lists(EVENTS, max_size=20))
@trials(30)
def test_what_others_do_changes_nobodys_segments(engine, world, found, more):
    someone = 4711
    own = [{**event, "visitor": someone} for event in more]
    alone = [row for row in found_by(engine, found, own) if row[0] == someone]
    assert [row for row in found_by(engine, found, own + world) if row[0] == someone] == alone


@given(world=WORLDS, found=segments(), seed=st.randoms())
@trials(15)
def test_the_order_of_events_does_not_matter(engine, world, found, seed):
    shuffled = list(world)
    seed.shuffle(shuffled)
    assert found_by(engine, found, shuffled) == found_by(engine, found, world)


@given(found=segments())
@trials(40)
def test_nobody_belongs_to_a_segment_without_an_event_in_its_window(engine, found):
    assert not any(belongs(each.rule, []) for each in found)
    assert found_by(engine, found, []) == []


def visits(visitor, hours=(12,), days=(0,), topic="solar", action="page_view"):
    """An event at each of the hours of each of the days."""
    return [
        {
            "visitor": visitor,
            "traffic_date": WEEK[0] + timedelta(days=day),
            "hour": hour,
            "topic": topic,
            "action": action,
        }
        for day in days
        for hour in hours
    ]


def test_a_worked_week(engine):
    """Each number stands for a visitor who is just inside or just outside."""
    world = [
        *visits(1, days=(0, 3)),
        *visits(2, hours=(9, 12)),
        *visits(3, hours=(18,)),
        *visits(4, hours=(17, 22)),
        *visits(5, action="ad_click"),
        *visits(6, topic="gas", action="ad_click"),
        *visits(7, hours=(10, 11, 12, 13)),
    ]
    found = [
        segment({"topics": ["solar"], "days": 2}, "two_days"),
        segment({"topics": ["solar"], "actions": ["page_view"], "at_least": 2, "at_most": 3}, "two_or_three"),
        segment({"topics": ["solar"], "dayparts": ["evening"]}, "evening"),
        segment({"all": [{"actions": ["ad_click"]}, {"not": {"topics": ["gas"]}}]}, "clicked_no_gas"),
    ]
    assert found_by(engine, found, world) == sorted(
        [
            (1, "two_days"),
            (1, "two_or_three"),
            (2, "two_or_three"),
            (3, "evening"),
            (4, "two_or_three"),
            (5, "clicked_no_gas"),
        ]
    )


def test_every_daypart_takes_its_own_hours(engine):
    world = [event for hour in DAYPART_OF_HOUR for event in visits(hour, hours=(hour,))]
    found = [segment({"dayparts": [part]}, part) for part in dict.fromkeys(DAYPART_OF_HOUR.values())]
    assert found_by(engine, found, world) == sorted(DAYPART_OF_HOUR.items())


def test_the_shipped_segments_are_found(engine, site):
    """A visitor who does all of it on one evening belongs to the segments that need neither other days nor an absence."""
    world = [
        event
        for topic in site.topic_names
        for action in site.actions
        for event in visits(9, hours=(8, 19), topic=topic, action=action)
    ]
    day = [each for each in site.segments if each.window == "day"]
    week = [each for each in site.segments if each.window == "week"]
    assert {name for _, name in found_by(engine, day, world)} == {each.segment for each in day} - {"evening_planners"}
    assert found_by(engine, week, world) == sorted(plainly_found(week, world))
    everywhere = [
        event for hour in (8, 19) for event in visits(9, hours=(hour,), days=range(7), topic="exchange_prices")
    ]
    assert (9, "exchange_price_watchers") in found_by(engine, week, everywhere)


def test_no_segments_have_no_members(engine):
    assert found_by(engine, [], visits(1)) == []


def test_making_the_members_runs_nothing_but_a_view(engine, monkeypatch):
    """Who belongs where comes to be only where it is fetched or written."""
    table, ran, run = stripped_events(engine, visits(1)), [], engine.run
    monkeypatch.setattr(engine, "run", lambda sql: (ran.append(sql), run(sql)))
    monkeypatch.setattr(engine, "fetch", lambda _: pytest.fail("members were executed"))
    members(table, [segment({"topics": ["solar"]}, "one"), segment({"topics": ["gas"], "days": 2}, "two")])
    assert [sql.split()[:3] for sql in ran] == [["CREATE", "TEMPORARY", "VIEW"]]
    assert ran[0].count(table.view) == 1, "the events are read once, for however many segments"
