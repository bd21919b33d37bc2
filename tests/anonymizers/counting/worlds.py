"""Small stripped worlds of a few visitors, some of them heavy; sites with random bounds; and counting in plain Python."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from anonymizers.counting.draw import UNIT
from anonymizers.counting.measure import Cell, Exact, exact_numbers
from anonymizers.counting.plan import Measure, Plan
from anonymizers.counting.rows import audience, rows_of
from anonymizers.counting.statistic import DAILY, EVENTS, WEEKLY, Statistic
from anonymizers.engine import Engine, Table
from anonymizers.segments.check import LONGEST
from anonymizers.segments.describe import describe
from anonymizers.site import Accounts, Audience, Bound, Site, Topic, Traffic
from anonymizers.vocabulary import ACTIONS, ALL_VISITORS, DAY, DAYPART_OF_HOUR, FIRST_EVENTS_OF_BAND
from tests.anonymizers.segments.worlds import TOPICS, belongs, segments

STRIPPED = pa.schema(
    {"traffic_date": pa.date32(), "hour": pa.int16(), "visitor": pa.int64()}
    | dict.fromkeys(("topic", "action", "browser", "device", "os"), pa.string())
    | dict.fromkeys(("for_tables", "for_segments"), pa.bool_())
)
Event = Mapping[str, Any]
World = Sequence[tuple[Event, int]]
"""Events, each with how often it happened."""

MONDAY = date(2026, 11, 16)
EVENT_TABLES = tuple(each for each in (*DAILY, *WEEKLY) if each.part == EVENTS)
"""Every statistic that counts events, of the day and of the week."""
VISITORS = (-(2**63), -7, 0, 1, 2**63 - 1)


def event(visitor: int, **row: Any) -> Event:
    """An event of a visitor."""
    usual = {
        "traffic_date": MONDAY,
        "hour": 12,
        "topic": "solar",
        "action": "page_view",
        "browser": "chrome",
        "device": "desktop",
        "os": "linux",
        "for_tables": True,
        "for_segments": True,
    }
    return {**usual, "visitor": visitor, **row}


def worlds(window: str, most: int = 25) -> st.SearchStrategy[list[tuple[Event, int]]]:
    """Worlds of one day, or of seven; one event in four happened hundreds of times."""
    events = st.fixed_dictionaries(
        {
            "visitor": st.sampled_from(VISITORS),
            "traffic_date": st.sampled_from([MONDAY + timedelta(days=n) for n in range(1 if window == DAY else 7)]),
            "hour": st.sampled_from((0, 3, 5, 6, 12, 19, 21, 23)),
            "topic": st.sampled_from(tuple(TOPICS)),
            "action": st.sampled_from(ACTIONS),
            "browser": st.sampled_from(("chrome", "safari", "other")),
            "device": st.sampled_from(("desktop", "mobile")),
            "os": st.sampled_from(("windows", "ios")),
            "for_tables": st.just(True),
            "for_segments": st.just(True),
        }
    )
    times = st.one_of(st.integers(1, 3), st.integers(1, 3), st.integers(1, 40), st.integers(50, 600))
    return st.lists(st.tuples(events, times), max_size=most)


NORMS = st.one_of(
    st.floats(1, 40),
    st.integers(1, 1_600).map(lambda square: max(1.0, square**0.5)),
    st.integers(10, 400).map(lambda tenths: tenths / 10),
)
"""Norms of any size, roots of whole numbers (where rounding matters most), and such as an operator writes."""


@st.composite
def bounded_sites(draw: st.DrawFn, site: Site, window: str) -> Site:
    """The site with four topics, random segment rules, norms and weights, and shares that leave nothing."""
    measures = 17

    def bound(norm: float) -> Bound:
        return Bound(share=1 / measures, norm=norm)

    def traffic(pairs: bool = True) -> Traffic:
        return Traffic(bound(draw(NORMS)), bound(draw(NORMS)), bound(draw(NORMS)) if pairs else None)

    def reach(pairs: bool = True) -> Audience:
        return Audience(bound(draw(NORMS)), bound(draw(NORMS)) if pairs else None)

    tables = {name: traffic() for name in ("topics", "hours", "topic_dayparts", "browsers")}
    daily = replace(
        site.daily,
        weights={action: draw(st.integers(1, 20)) for action in ACTIONS},
        totals=traffic(pairs=False),
        **tables,
        segments=reach(pairs=False),
        registrations=Accounts(bound(1.0)),
    )
    weekly = replace(
        site.weekly,
        segments=reach(pairs=False),
        segment_frequency=reach(pairs=False),
        **{name: reach() for name in ("segment_topics", "segment_dayparts", "segment_browsers")},
    )
    topics = tuple(Topic(topic, title) for topic, title in TOPICS.items() if topic != "other")
    site = replace(
        site, topics=topics, title_et=None, unit_et=None, sensitive=(), segments=(), daily=daily, weekly=weekly
    )
    found = [each for each in draw(segments(window)) if len(describe(each, site.topic_titles)) <= LONGEST]
    return replace(site, segments=tuple(found))


def without(world: World, visitor: int) -> list[tuple[Event, int]]:
    """The world if the visitor had never come."""
    return [(event, times) for event, times in world if event["visitor"] != visitor]


def stripped_events(engine: Engine, world: World) -> Table:
    """The world as a table of the engine, a row for each event."""
    rows = pa.Table.from_pylist([dict(event) for event, _ in world], schema=STRIPPED)
    times = [times for _, times in world]
    return engine.table(rows.take(pa.array([place for place, n in enumerate(times) for _ in range(n)], pa.int64())))


def counted(engine: Engine, statistic: Statistic, world: World, site: Site, plan: Plan) -> Exact:
    """Measure -> cell -> exact bounded number, as the engine counts a table."""
    events = stripped_events(engine, world)
    everybody = audience(events, [each for each in site.segments if each.window == plan.window])
    return exact_numbers(rows_of(statistic, events, everybody), statistic, plan)


def numbers_of_each_visitor(world: World, measure: Measure, site: Site) -> dict[int, dict[Cell, int]]:
    """Visitor -> cell -> what the visitor weighs there without any bound, in plain Python, from the measure's own words."""
    statistic, weights = measure.statistic, dict(measure.weights)
    own: dict[int, list[tuple[Event, int]]] = defaultdict(list)
    for one, times in world:
        own[one["visitor"]].append((one, times))
    found: dict[int, dict[Cell, int]] = {}
    for visitor, events in own.items():
        touched: Counter[Cell] = Counter()
        inside = _segments(statistic, events, site)
        often = sum(times for _, times in events)
        band = next(band for band, first in reversed(list(FIRST_EVENTS_OF_BAND.items())) if often >= first)
        for one, times in events:
            for segment in inside:
                row = {**one, "segment": segment, "band": band, "daypart": DAYPART_OF_HOUR[one["hour"]]}
                touched[tuple(row[key] for key in statistic.keys)] += times
        if "events" not in statistic.metrics:
            touched = Counter(touched.keys())
        if measure.name == "pairs":
            places = [statistic.keys.index(key) for key in measure.keys]
            touched = Counter(tuple(cell[place] for place in places) for cell in touched)
        if measure.name == "visitors":
            touched = Counter(touched.keys())
        weight = {cell: weights[cell[measure.keys.index("action")]] if weights else 1 for cell in touched}
        found[visitor] = {cell: times * weight[cell] for cell, times in touched.items()}
    return found


def units(numbers: Mapping[Cell, int], norm: float) -> dict[Cell, tuple[float, float]]:
    """Cell -> the least and the most that bounding to `norm` may leave, in units: rounding takes less than one and a bit."""
    squares = sum(number**2 for number in numbers.values())
    if squares <= Fraction(norm) ** 2:
        return {cell: (number * UNIT, number * UNIT) for cell, number in numbers.items()}
    ideal = {cell: number * norm * UNIT / squares**0.5 for cell, number in numbers.items()}
    return {cell: (number - 1.001, number * (1 + 1e-15)) for cell, number in ideal.items()}


def _segments(statistic: Statistic, events: World, site: Site) -> list[str]:
    if "segment" not in statistic.keys:
        return [""]
    rows = [one for one, times in events for _ in range(times)]
    inside = [each for each in site.segments if each.window == statistic.window and belongs(each.rule, rows)]
    return [ALL_VISITORS, *(each.segment for each in inside)]
