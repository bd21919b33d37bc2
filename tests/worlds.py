"""Small worlds of made-up people with marked values, and nights over them.

A world is a home folder with raw tables for a copy of the demo site. Rows are plain dictionaries; what a test does not
name gets a harmless value.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq

from anonymizers.counting.draw import UNIT
from anonymizers.counting.measure import Cell, cells_of
from anonymizers.counting.mechanism import Mechanism
from anonymizers.counting.plan import plan
from anonymizers.local_day import iso_week
from anonymizers.releasing.edition import daily_base
from anonymizers.site import Site
from anonymizers.vocabulary import DAY as DAILY
from anonymizers.vocabulary import WEEK
from pipelines.definitions import open_ledger
from pipelines.home import Home
from pipelines.ledger import Ledger
from pipelines.night import run_night, run_week
from pipelines.site_folder import read_site_folder

SITES = Path(__file__).parents[1] / "sites"
DAY = date(2026, 11, 20)
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
)
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.5 Mobile/15E148 Safari/604.1"
)
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
HOST = "https://www.elektrum-portaal.example"
AGREED, REFUSED = "necessary+statistics", "necessary"

CLICKSTREAM = pa.schema(
    [(name, pa.string()) for name in ("event_id",)]
    + [("ts", pa.timestamp("us", tz="UTC"))]
    + [
        (name, pa.string())
        for name in ("cookie_id", "account_id", "ip", "user_agent", "url", "referrer", "page_title", "consent")
    ]
    + [("gpc", pa.bool_()), ("status", pa.string()), ("cookies", pa.string())]
)
AD_BEACONS = pa.schema(
    [("ts", pa.timestamp("us", tz="UTC"))]
    + [
        (name, pa.string())
        for name in ("cookie_id", "ip", "user_agent", "page_url", "ad_id", "ad_topic", "action", "consent")
    ]
    + [("gpc", pa.bool_())]
)
REGISTRATIONS = pa.schema(
    [
        (name, pa.string())
        for name in (
            "account_id", "name", "company", "isikukood", "email", "phone", "address", "customer_number", "metering_point_eic",
        )
    ]
    + [("newsletter_consent", pa.bool_()), ("offer_consent", pa.bool_())]
    + [("created_at", pa.timestamp("us", tz="UTC")), ("updated_at", pa.timestamp("us", tz="UTC"))]
)  # fmt: skip


class ExactNoise:
    """Noise for tests: none, so that a test can see what was counted. Lives in tests alone."""

    def add(self, exact: Sequence[int], mechanism: Mechanism) -> list[int]:
        """The numbers as they are."""
        return list(exact)


def at(hour: int, minute: int = 0, day: date = DAY, zone: str = "Europe/Tallinn") -> datetime:
    """An instant on the wall where the demo site is."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(zone))


def page_view(**row: Any) -> dict[str, Any]:
    """A consented page view."""
    usual = {
        "ts": at(12),
        "cookie_id": "cookie-1",
        "user_agent": CHROME,
        "url": f"{HOST}/arved",
        "consent": AGREED,
        "gpc": False,
    }
    return {**usual, **row}


def ad_event(**row: Any) -> dict[str, Any]:
    """A consented advertisement event."""
    usual = {"ts": at(12), "cookie_id": "cookie-1", "user_agent": CHROME, "ad_topic": "heat-pump", "action": "ad_view"}
    return {**usual, "consent": AGREED, "gpc": False, **row}


def registration(**row: Any) -> dict[str, Any]:
    """An account registered on the day."""
    return {"account_id": "EE00000001", "created_at": at(9), "updated_at": at(9), **row}


@dataclass
class World:
    """A home folder with raw tables, and a site folder of its own."""

    root: Path
    page_views: Sequence[Mapping[str, Any]] = ()
    ad_events: Sequence[Mapping[str, Any]] = ()
    registrations: Sequence[Mapping[str, Any]] = ()
    day: date = DAY
    resources: dict[str, Any] = field(default_factory=lambda: {"noise": ExactNoise()})

    def __post_init__(self) -> None:
        self.site = self.root / "site"
        self.home = Home(self.root / "home")
        if not self.site.exists():
            shutil.copytree(SITES / "elektrum", self.site)
        self.write()

    def write(self) -> None:
        """Write the raw tables anew."""
        raw = self.home.root / "raw"
        for name, schema, rows in (
            ("clickstream", CLICKSTREAM, self.page_views),
            ("ad_beacons", AD_BEACONS, self.ad_events),
        ):
            path = raw / name / f"date={self.day}" / "part-000.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            pq.write_table(pa.Table.from_pylist(list(rows), schema=schema), path)
        pq.write_table(
            pa.Table.from_pylist(list(self.registrations), schema=REGISTRATIONS), raw / "registrations.parquet"
        )

    def run(self) -> str | None:
        """Run the night; None when it published."""
        return run_night(self.site, self.home, self.day.isoformat(), resources=self.resources)

    def run_week(self) -> str | None:
        """Run the week that the day lies in; None when it published."""
        return run_week(self.site, self.home, iso_week(self.day), resources=self.resources)

    @property
    def settings(self) -> Site:
        """What the site folder says now."""
        return read_site_folder(self.site).site

    @property
    def ledger(self) -> Ledger:
        """The ledger of the home."""
        return open_ledger(self.settings, self.home)

    def drawn(self, table: str, measure: str, release: str | None = None) -> dict[Cell, float]:
        """What was drawn for a release (the day's first, if not named), by cell; no cell of zero. Exact under `ExactNoise`."""
        name = release or daily_base(self.day)
        spent = plan(self.settings, WEEK if name.startswith("weekly") else DAILY)
        statistic = next(each for each in spent.statistics if each.name == table)
        what = spent.of(statistic)[measure]
        numbers = self.ledger.draws(name)[statistic.part].numbers[table][measure]
        cells = cells_of(what, self.settings, spent)
        counted = zip(cells, numbers, strict=True)
        return {cell: number / UNIT / what.weight(cell) for cell, number in counted if number}

    @property
    def release(self) -> Path:
        """The release folder of the day."""
        return self.home.published / "daily" / f"date={self.day}"

    def table(self, name: str) -> list[dict[str, Any]]:
        """A published table's rows."""
        rows: list[dict[str, Any]] = pq.read_table(self.release / f"{name}.parquet").to_pylist()
        return rows

    def stripped(self) -> list[dict[str, Any]]:
        """The rows of `stripped_events`."""
        path = self.home.root / "restricted" / "stripped_events" / f"date={self.day}.parquet"
        rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
        return rows


def crowd(people: int, *, day: date = DAY) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Page views and advertisement events of some people, each with a day of its own shape; always the same."""
    paths = ("/arved", "/naidud/2026", "/paketid", "/paikesepaneelid", "/laadimine", "/soojuspumbad", "/tundmatu", "/")
    views, ads = [], []
    for person in range(people):
        who = {"cookie_id": f"cookie-{person:05}", "user_agent": (CHROME, IPHONE)[person % 2]}
        for visit in range(1 + person % 7):
            ts = at(0, day=day) + timedelta(minutes=(person * 37 + visit * 11) % 1380)
            views.append(page_view(**who, ts=ts, url=HOST + paths[(person + visit) % len(paths)]))
        if person % 3 == 0:
            ads.append(
                ad_event(
                    **who, ts=at(18, person % 60, day=day), action=("ad_view", "scroll_over", "ad_click")[person % 3]
                )
            )
    return views, ads
