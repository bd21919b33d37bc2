"""The rehearsal on a Snowplow collector's events: a collector delivers at least once, and koond counts once."""

from tests.real.rehearsal import EVENT_DAYS, NEEDS_REAL_DATA, WIDE, Rehearsal, snowplow_events

pytestmark = NEEDS_REAL_DATA


def test_a_page_view_that_was_delivered_twice_counts_once(rehearsal: Rehearsal) -> None:
    events = snowplow_events()
    views = events[events["event"] == "page_view"].assign(
        day=events["collector_tstamp"].str[:10],
        visitor=events["domain_userid"].where(events["domain_userid"] != "", events["network_userid"]),
    )
    once = views.drop_duplicates(["day", "visitor", "event_id"])
    told = {}
    for day in EVENT_DAYS:
        events_counted = sum(rehearsal.counted(WIDE, day, "topics", "events").values())
        told[day] = events_counted, sum(rehearsal.counted(WIDE, day, "browsers", "visitors").values())
    expected = {day: (len(rows), rows["visitor"].nunique()) for day, rows in once.groupby("day") if day in EVENT_DAYS}
    assert told == expected
    delivered, different = len(views), len(once)
    assert delivered > different
