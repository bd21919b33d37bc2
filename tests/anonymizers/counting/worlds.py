"""Small stripped worlds: a few visitors, a few cells, and how an engine without bounds would count them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from anonymizers.counting.bound import bounded_counts
from anonymizers.counting.statistic import Statistic
from anonymizers.engine import Table
from anonymizers.site import Bound
from anonymizers.vocabulary import DAYPART_OF_HOUR
from pipelines.engines.duckdb_engine import DuckDBEngine

STRIPPED = pa.schema(
    {"hour": pa.int16(), "visitor": pa.int64()}
    | dict.fromkeys(("topic", "action", "browser", "device", "os"), pa.string())
)
Event = Mapping[str, Any]
Cell = tuple[Any, ...]

EVENTS = st.fixed_dictionaries(
    {
        "visitor": st.sampled_from((-(2**63), -7, 0, 1, 2**63 - 1)),
        "hour": st.sampled_from((0, 3, 5, 6, 21, 23)),
        "topic": st.sampled_from(("solar", "gas", "other")),
        "action": st.sampled_from(("page_view", "ad_click")),
        "browser": st.sampled_from(("chrome", "safari", "other")),
        "device": st.sampled_from(("desktop", "mobile")),
        "os": st.sampled_from(("windows", "ios")),
    }
)
WORLDS = st.lists(EVENTS, max_size=60)


def event(visitor: int, **row: Any) -> Event:
    """An event of a visitor."""
    usual = {
        "hour": 12,
        "topic": "solar",
        "action": "page_view",
        "browser": "chrome",
        "device": "desktop",
        "os": "linux",
    }
    return {**usual, "visitor": visitor, **row}


def stripped_events(engine: DuckDBEngine, events: Sequence[Event]) -> Table:
    """The events as a table of the engine."""
    return engine.table(pa.Table.from_pylist(list(events), schema=STRIPPED))


def counted(
    engine: DuckDBEngine, statistic: Statistic, bound: Bound, events: Sequence[Event]
) -> dict[Cell, tuple[int, int]]:
    """Cell -> visitors, events: bounded, exact."""
    rows = engine.fetch(bounded_counts(stripped_events(engine, events), statistic, bound)).to_pylist()
    return {tuple(row[key] for key in statistic.keys): (row["visitors"], row["events"]) for row in rows}


def cell_of(statistic: Statistic, row: Event) -> Cell:
    """The cell of a statistic that an event lies in."""
    return tuple(DAYPART_OF_HOUR[row["hour"]] if key == "daypart" else row[key] for key in statistic.keys)


def plainly_counted(statistic: Statistic, events: Sequence[Event]) -> dict[Cell, tuple[int, int]]:
    """The same without any bound, in plain Python."""
    events_in = Counter(cell_of(statistic, row) for row in events)
    visitors_in = Counter(cell for cell, _ in {(cell_of(statistic, row), row["visitor"]) for row in events})
    return {cell: (visitors_in[cell], events_in[cell]) for cell in events_in}
