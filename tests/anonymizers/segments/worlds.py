"""Random rules, small stripped weeks, and what a rule means: evaluated in plain Python, away from the SQL."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from anonymizers.engine import Engine, Table
from anonymizers.segments.members import members
from anonymizers.segments.rule import AllOf, AnyOf, Count, Not, Rule, Segment, Window
from anonymizers.vocabulary import ACTIONS, DAYPART_OF_HOUR, DAYPARTS

Event = Mapping[str, Any]

STRIPPED = pa.schema(
    {"traffic_date": pa.date32(), "hour": pa.int16(), "visitor": pa.int64()}
    | dict.fromkeys(("topic", "action", "browser", "device", "os"), pa.string())
)
WEEK = tuple(date(2026, 11, day) for day in range(16, 23))
TOPICS = {"solar": "Solar panels and batteries", "gas": "Natural gas", "moving_home": "Moving home", "other": "Other"}
IAB = {"audience": [1482]}

EVENTS = st.fixed_dictionaries(
    {
        "visitor": st.sampled_from((-(2**63), -7, 0, 1, 2**63 - 1)),
        "traffic_date": st.sampled_from(WEEK),
        "hour": st.sampled_from((0, 5, 6, 9, 10, 17, 18, 21, 22, 23)),
        "topic": st.sampled_from(tuple(TOPICS)),
        "action": st.sampled_from(ACTIONS),
    }
)
WORLDS = st.lists(EVENTS, max_size=60)


def _some(words: Sequence[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(words), unique=True, max_size=2)


@st.composite
def written_counts(draw: st.DrawFn, window: Window) -> dict[str, Any]:
    """A count as an operator writes it."""
    filters = {"topics": tuple(TOPICS), "actions": ACTIONS, "dayparts": DAYPARTS}
    found: dict[str, Any] = {name: draw(_some(words)) for name, words in filters.items()}
    found = {name: words for name, words in found.items() if words} or {"topics": ["solar"]}
    measure = draw(st.sampled_from(("", "at_least", "range", "days" if window == "week" else "")))
    if measure == "days":
        return {**found, "days": draw(st.integers(2, 4))}
    if measure:
        found["at_least"] = draw(st.integers(1, 3))
    if measure == "range":
        found["at_most"] = found["at_least"] + draw(st.integers(0, 2))
    return found


def written_rules(window: Window) -> st.SearchStrategy[dict[str, Any]]:
    """A rule as an operator writes it; one in some holds for visitors without any event."""
    return st.recursive(
        written_counts(window),
        lambda inner: st.one_of(
            st.lists(inner, min_size=2, max_size=3).map(lambda rules: {"any": rules}),
            st.lists(inner, min_size=2, max_size=3).map(lambda rules: {"all": rules}),
            inner.map(lambda rule: {"not": rule}),
        ),
        max_leaves=6,
    )


def segment(rule: Mapping[str, Any], name: str = "a_segment", window: Window = "week") -> Segment:
    """A segment with a rule as an operator writes it."""
    written = {"segment": name, "title": "A segment", "window": window, "rule": rule, "iab": IAB}
    return TypeAdapter(Segment).validate_python(written)


def accepted(rule: Mapping[str, Any], window: Window = "week") -> bool:
    """Whether a segment may have the rule."""
    try:
        segment(rule, window=window)
    except ValidationError:
        return False
    return True


@st.composite
def segments(draw: st.DrawFn, window: Window = "week") -> list[Segment]:
    """Some segments of a window, by random rules."""
    rules = draw(st.lists(written_rules(window).filter(lambda rule: accepted(rule, window)), min_size=1, max_size=4))
    return [segment(rule, f"segment_{number}", window) for number, rule in enumerate(rules)]


def belongs(rule: Rule, events: Sequence[Event]) -> bool:
    """Whether a rule holds for the visitor of whom these are all events."""
    match rule:
        case Not(rule=inner):
            return not belongs(inner, events)
        case AnyOf(any=inner):
            return True in [belongs(part, events) for part in inner]
        case AllOf(all=inner):
            return False not in [belongs(part, events) for part in inner]
        case Count():
            found = [event for event in events if _passes(rule, event)]
            if rule.days is not None:
                return len({event["traffic_date"] for event in found}) >= rule.days
            fewest = 1 if rule.at_least is None else rule.at_least
            return fewest <= len(found) <= (len(found) if rule.at_most is None else rule.at_most)
    raise TypeError(rule)


def _passes(count: Count, event: Event) -> bool:
    return (
        (not count.topics or event["topic"] in count.topics)
        and (not count.actions or event["action"] in count.actions)
        and (not count.dayparts or DAYPART_OF_HOUR[event["hour"]] in count.dayparts)
    )


def plainly_found(found: Sequence[Segment], events: Sequence[Event]) -> set[tuple[int, str]]:
    """(visitor, segment) of every member, in plain Python."""
    visitors = {event["visitor"] for event in events}
    own = {visitor: [event for event in events if event["visitor"] == visitor] for visitor in visitors}
    return {(visitor, each.segment) for visitor in visitors for each in found if belongs(each.rule, own[visitor])}


def stripped_events(engine: Engine, events: Sequence[Event]) -> Table:
    """The events as a table of an engine."""
    usual = {"browser": "chrome", "device": "desktop", "os": "linux"}
    return engine.table(pa.Table.from_pylist([{**usual, **event} for event in events], schema=STRIPPED))


def found_by(engine: Engine, found: Sequence[Segment], events: Sequence[Event]) -> list[tuple[int, str]]:
    """(visitor, segment) as an engine finds them, sorted; a pair that stands twice would stand twice here."""
    rows = engine.fetch(members(stripped_events(engine, events), found))
    assert rows.column_names == ["visitor", "segment"]
    assert rows.schema.field("visitor").type == pa.int64()
    return sorted(zip(rows["visitor"].to_pylist(), rows["segment"].to_pylist(), strict=True))
