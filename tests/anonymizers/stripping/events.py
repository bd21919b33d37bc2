"""Events as the strip takes them, and the strip run on them."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

import pyarrow as pa

from anonymizers.consent.agreed import EVERYTHING
from anonymizers.local_day import LocalDay
from anonymizers.site import Site
from anonymizers.stripping.strip import StripReport, strip
from pipelines.engines.duckdb_engine import DuckDBEngine
from tests.worlds import CHROME, HOST

PAGE_VIEWS = pa.schema(
    {
        "instant_us": pa.int64(),
        "visitor": pa.string(),
        "user_agent": pa.string(),
        "url": pa.string(),
        "agreed": pa.int16(),
        "counted": pa.bool_(),
        "account_id": pa.string(),
        "cookie_id": pa.string(),
    }
)
AD_EVENTS = pa.schema(
    {"instant_us": pa.int64(), "visitor": pa.string(), "user_agent": pa.string(), "ad_topic": pa.string(),
     "action": pa.string(), "agreed": pa.int16(), "counted": pa.bool_(), "account_id": pa.string(), "cookie_id": pa.string()}
)  # fmt: skip
KEY = "5c" * 32

Event = Mapping[str, Any]


def page_view(day: LocalDay, **row: Any) -> Event:
    """A consented page view at the day's first instant."""
    usual = {"instant_us": day.start_us, "visitor": "cookie_id:1", "user_agent": CHROME, "url": f"{HOST}/arved"}
    return {**usual, "agreed": EVERYTHING, **row}


def ad_event(day: LocalDay, **row: Any) -> Event:
    """A consented sight of an advertisement at the day's first instant."""
    usual = {"instant_us": day.start_us, "visitor": "cookie_id:1", "user_agent": CHROME, "ad_topic": "heat-pump"}
    return {**usual, "action": "ad_view", "agreed": EVERYTHING, **row}


def stripped(
    engine: DuckDBEngine,
    site: Site,
    day: LocalDay,
    page_views: Sequence[Event],
    ad_events: Sequence[Event] | None = (),
    key: str = KEY,
) -> tuple[list[dict[str, Any]], StripReport]:
    """The strip's rows, in an order of their own values, and its report."""
    views = engine.table(pa.Table.from_pylist(_counted(page_views), schema=PAGE_VIEWS))
    ads = None if ad_events is None else engine.table(pa.Table.from_pylist(_counted(ad_events), schema=AD_EVENTS))
    table, report = strip(views, ads, site=site, day=day, key=key)
    return sorted(engine.fetch(table).to_pylist(), key=lambda row: tuple(map(str, row.values()))), report


def pseudonym(visitor: str, key: str = KEY) -> int:
    """What the strip makes of a visitor, so that a test can find a visitor's rows."""
    return int.from_bytes(sha256((key + visitor).encode()).digest()[:8]) - 2**63


def topics_of(engine: DuckDBEngine, site: Site, day: LocalDay, urls: Sequence[str | None]) -> list[str]:
    """The topic of each URL, by the strip itself: each is seen by a visitor of its own."""
    visitors = [f"cookie_id:{place}" for place in range(len(urls))]
    views = [page_view(day, visitor=visitor, url=url) for visitor, url in zip(visitors, urls, strict=True)]
    topic = {row["visitor"]: row["topic"] for row in stripped(engine, site, day, views)[0]}
    return [topic[pseudonym(visitor)] for visitor in visitors]


def _counted(events: Sequence[Event]) -> list[Event]:
    return [{"counted": True, **event} for event in events]
