"""Published numbers beside the true ones, by hand-made tables."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.attacking.coverage import Compared, compare, true_tables
from anonymizers.counting.plan import plan
from anonymizers.counting.statistic import DAILY
from anonymizers.estimating.estimate import NoisyTable
from anonymizers.vocabulary import DAY, WEEK
from tests.anonymizers.counting.worlds import EVENT_TABLES, MONDAY, bounded_sites, event, stripped_events, worlds
from tests.anonymizers.trials import trials

TOPICS = next(each for each in DAILY if each.name == "topics")


def told(*cells: tuple[str, str, int, int, int]) -> NoisyTable:
    """A table of topics with events and their interval; visitors are one each."""
    ends = {"visitors": 1, "visitors_low": 0, "visitors_high": 9}
    rows = [
        {"traffic_date": MONDAY, "topic": topic, "action": action, "events": n, "events_low": low, "events_high": high}
        | ends
        for topic, action, n, low, high in cells
    ]
    return NoisyTable(TOPICS, pa.Table.from_pylist(rows, schema=TOPICS.schema()))


def test_a_cell_that_is_not_told_counts_in_other():
    truth = {
        "topics": {
            ("solar", "page_view"): {"visitors": 3, "events": 30},
            ("gas", "page_view"): {"visitors": 2, "events": 5},
            ("other", "page_view"): {"visitors": 1, "events": 1},
        }
    }
    table = told(("solar", "page_view", 28, 25, 31), ("other", "page_view", 9, 7, 11), ("other", "ad_view", 0, 0, 4))
    found = [each for each in compare([table], truth) if each.metric == "events"]
    assert found == [
        Compared("topics", "events", 3, 30, 28, 25, 31),
        Compared("topics", "events", 3, 6, 9, 7, 11),
        Compared("topics", "events", 0, 0, 0, 0, 4),
    ]
    assert [each.held for each in found] == [True, False, True]


@given(true=st.integers(0, 100), low=st.integers(0, 50), wide=st.integers(0, 50), part=st.floats(0, 1))
@trials(50)
def test_a_narrower_interval_holds_no_more(true, low, wide, part):
    number = Compared("t", "m", 1, true, low + wide // 2, low, low + wide)
    assert number.held_within(1) == number.held == (low <= true <= low + wide)
    assert number.held or not number.held_within(part)


@pytest.mark.parametrize("window", [DAY, WEEK])
@given(data=st.data())
@trials(6)
def test_the_truth_is_what_was_there_before_any_bound(engine, site, window, data):
    site = data.draw(bounded_sites(site, window))
    world = [*data.draw(worlds(window)), (event(7, topic="gas"), 900)]
    truth = true_tables(stripped_events(engine, world), site, plan(site, window))
    assert set(truth) == {each.name for each in EVENT_TABLES if each.window == window}
    events, visitors = sum(times for _, times in world), {one["visitor"] for one, _ in world}
    if window == DAY:
        assert sum(each["events"] for each in truth["totals"].values()) == events
        for (action,), numbers in truth["totals"].items():
            assert numbers["visitors"] == len({one["visitor"] for one, _ in world if one["action"] == action})
    else:
        assert truth["segments"]["all_visitors",]["visitors"] == len(visitors)
