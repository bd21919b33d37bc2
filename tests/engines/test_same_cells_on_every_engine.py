"""Made-up events, stripped and counted by every engine: equal rows, equal bounded numbers in every table of day and week."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from anonymizers.contract import Purpose
from anonymizers.counting.measure import Exact, exact_numbers
from anonymizers.counting.plan import plan
from anonymizers.counting.rows import audience, rows_of
from anonymizers.counting.statistic import Statistic
from anonymizers.engine import Table
from anonymizers.local_day import LocalDay
from anonymizers.requests import mark
from anonymizers.site import Bound, Site
from anonymizers.stripping.objections import Excluded
from anonymizers.stripping.strip import STRIPPED_EVENTS, StripReport, strip
from pipelines.engines import FileEngine
from pipelines.engines.duckdb_engine import DuckDBEngine
from pipelines.sample.tables import write_sample_tables
from pipelines.site_folder import read_site_folder
from pipelines.sources.reading import RawReader
from tests.anonymizers.counting.worlds import EVENT_TABLES
from tests.engines.odd_urls import PATH_OF_ODD_URL
from tests.worlds import AD_BEACONS, CLICKSTREAM, GOOGLEBOT, HOST, IPHONE, REFUSED, SITES, ad_event, page_view

pytestmark = pytest.mark.xdist_group("spark")

DEMO = read_site_folder(SITES / "elektrum")
KEY = "5a" * 32
ORDINARY, SPRING, AUTUMN = date(2026, 11, 20), date(2026, 3, 29), date(2026, 10, 25)
AGENTS = (None, "", GOOGLEBOT, "x" * 1_001, "curl/8.5", "Mozilla/5.0 (Õ; İstanbul) 'quoted\\'")
EVENTS = 5_000
each_table = pytest.mark.parametrize("statistic", EVENT_TABLES, ids=lambda each: f"{each.window}-{each.name}")


@dataclass(frozen=True)
class Night:
    """The `stripped_events` of one day as each engine made, wrote and read them, by the engine's name."""

    day: LocalDay
    stripped: Mapping[str, Table]
    fetched: Mapping[str, pa.Table]
    reports: Mapping[str, StripReport]

    def numbers(self, statistic: Statistic, site: Site = DEMO.site) -> Mapping[str, Exact]:
        """Engine -> measure -> cell -> exact bounded number."""
        segments = [segment for segment in site.segments if segment.window == statistic.window]
        return {
            name: exact_numbers(
                rows_of(statistic, events, audience(events, segments)), statistic, plan(site, statistic.window)
            )
            for name, events in self.stripped.items()
        }


@pytest.fixture(scope="module", params=[ORDINARY, SPRING, AUTUMN], ids=str)
def night(
    request: pytest.FixtureRequest, engines: Mapping[str, FileEngine], tmp_path_factory: pytest.TempPathFactory
) -> Night:
    home = tmp_path_factory.mktemp(f"home-{request.param}")
    day = LocalDay(request.param, DEMO.site.time_zone)
    write_raw_tables(home / "raw", day)
    stripped, fetched, reports = {}, {}, {}
    for name, engine in engines.items():
        reader = RawReader(DEMO.sources, home, day, engine, DuckDBEngine(home), home)
        views, ads = reader.read("clickstream", Purpose.AUDIENCE), reader.read("ad_beacons", Purpose.AUDIENCE)
        who = pa.table({"who": [mark(KEY, "cookie", "heavy-3"), mark(KEY, "account", "EE1")]})
        excluded = Excluded(engine.table(who), engine.table(pa.table({"key": [KEY]})))
        table, reports[name] = strip(views, ads, site=DEMO.site, day=day, key=KEY, excluded=excluded)
        engine.write(table, home / f"{name}.parquet")
        stripped[name] = engine.scan([home / f"{name}.parquet"])
        fetched[name] = engine.fetch(stripped[name])
    return Night(day, stripped, fetched, reports)


def write_raw_tables(raw: Path, day: LocalDay) -> None:
    """Thousands of made-up events, and beside them some that no generator would think of."""
    topics = {topic.topic: topic for topic in DEMO.site.topics}
    write_sample_tables(raw, day.date, day.time_zone, topics, events=EVENTS, seed=1)
    views, ads = odd_events(day)
    for table, schema, rows in (("clickstream", CLICKSTREAM, views), ("ad_beacons", AD_BEACONS, ads)):
        pq.write_table(pa.Table.from_pylist(rows, schema=schema), raw / table / f"date={day.date}" / "odd.parquet")


def odd_events(day: LocalDay) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Odd URLs and user agents, refusals, nobody, heavy visitors, and one visitor who comes every ten minutes."""
    first, last = (datetime.fromtimestamp(us / 1_000_000, UTC) for us in (day.start_us, day.end_us))
    noon, ten_minutes = first + timedelta(hours=12), timedelta(minutes=10)
    nobody: list[dict[str, Any]] = [{"cookie_id": None}, {"cookie_id": "  "}, {"consent": REFUSED}, {"consent": None}]
    nobody += [{"gpc": True}, {"gpc": None}]
    views = [page_view(ts=noon, cookie_id=f"url-{n}", url=url) for n, url in enumerate([*PATH_OF_ODD_URL, None])]
    views += [page_view(ts=noon, cookie_id=f"agent-{n}", user_agent=agent) for n, agent in enumerate(AGENTS)]
    views += [page_view(**{"ts": noon, "cookie_id": f"nobody-{n}", **who}) for n, who in enumerate(nobody)]
    views += [page_view(ts=noon, cookie_id="Õie|'\\", account_id=account) for account in (None, "", " EE1 ", "Õie|'\\")]
    views += [page_view(ts=ts) for ts in (first - timedelta(microseconds=1), first, last)]
    views += [page_view(ts=first + n * ten_minutes, cookie_id="clock") for n in range((last - first) // ten_minutes)]
    paths = [prefix for topic in DEMO.site.topics for prefix in topic.prefixes]
    for person in range(40):
        who = {"cookie_id": f"heavy-{person}", "user_agent": IPHONE}
        for n in range(10 + 5 * person):
            ts = first + timedelta(minutes=(37 * person + 29 * n) % 1_370)
            views.append(page_view(**who, ts=ts, url=HOST + paths[(person + n) % (1 + person)]))
    actions = ("ad_view", "scroll_over", "ad_click", "hover", "AD_VIEW", "", None, "page_view")
    subjects = ("heat-pump", "heat_pumps", "Heat-Pump", "solar-panels ", "tundmatu", "", None)
    ads = [
        ad_event(ts=noon, cookie_id=f"ad-{n}", action=a, ad_topic=s) for n, a in enumerate(actions) for s in subjects
    ]
    return views, ads


def test_every_engine_strips_to_the_same_rows(night: Night) -> None:
    rows = {name: Counter(zip(*table.to_pydict().values(), strict=True)) for name, table in night.fetched.items()}
    assert sum(rows["duckdb"].values()) > EVENTS / 3
    assert rows["spark"] == rows["duckdb"]
    assert night.fetched["spark"].column_names == list(STRIPPED_EVENTS)


def test_every_engine_reports_the_same_drops(night: Night) -> None:
    assert night.reports["spark"] == night.reports["duckdb"]
    told = night.reports["spark"].numbers
    assert min(told.values()) > 0 and told["suppressed_visitors"] == 2 and len(told) > 8


@each_table
def test_every_engine_bounds_and_counts_to_the_same_numbers(night: Night, statistic: Statistic) -> None:
    """To the unit: sums of whole numbers, a root and a quotient are the same everywhere."""
    numbers = night.numbers(statistic)
    assert numbers["spark"] == numbers["duckdb"]
    assert set(numbers["spark"]) == set(plan(DEMO.site, statistic.window).of(statistic))
    assert all(sum(cells.values()) > 0 for cells in numbers["spark"].values())


@pytest.mark.parametrize("night", [AUTUMN], indirect=True, ids=str)
@pytest.mark.parametrize("norm", [1.0, 2.7182818284590452, 10 / 3])
def test_odd_norms_shorten_alike_on_every_engine(night: Night, norm: float) -> None:
    daily = DEMO.site.daily
    tight = replace(
        daily, topics=replace(daily.topics, visitors=Bound(share=0.05, norm=norm), events=Bound(share=0.05, norm=norm))
    )
    (topics,) = (each for each in EVENT_TABLES if each.name == "topics")
    numbers = night.numbers(topics, replace(DEMO.site, daily=tight))
    assert numbers["spark"] == numbers["duckdb"]
    assert numbers["duckdb"] != night.numbers(topics)["duckdb"], "nothing was clipped: the test shows nothing"


def test_the_days_on_which_the_clocks_change_have_their_hours(night: Night) -> None:
    """Somebody comes every ten minutes of the day: no hour 3 in March, one of 120 minutes in October."""
    hours = Counter(night.fetched["spark"]["hour"].to_pylist())
    times = {SPRING: 0, ORDINARY: 6, AUTUMN: 12}[night.day.date]
    assert (hours[3] == 0) == (times == 0)
    assert hours[3] >= times
    assert set(hours) == set(range(24)) - ({3} if night.day.date == SPRING else set())


def test_the_made_up_night_holds_every_topic(night: Night) -> None:
    assert set(night.fetched["spark"]["topic"].to_pylist()) == set(DEMO.site.topic_names)
