"""The rehearsal on real third-party data: where it is, the nights over it, and the search for its values.

The data stands outside the project, in KOOND_REAL_DATA or `../shared/data` beside the checkout; without it these tests
are skipped. It is personal, so no assertion here holds a value or a table of them, which pytest would print: all is
counted first.
"""

import csv
import gzip
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import dagster as dg
import pandas as pd
import pyarrow.parquet as pq
import pytest

from anonymizers.counting.draw import UNIT
from anonymizers.counting.measure import Cell, cells_of
from anonymizers.counting.plan import plan
from anonymizers.releasing.edition import daily_base
from anonymizers.searching.marks import find
from anonymizers.vocabulary import DAY
from pipelines.definitions import open_ledger
from pipelines.home import Home
from pipelines.night import instance, run_night
from pipelines.published_store import read_release
from pipelines.site_folder import read_site_folder
from tests.worlds import SITES, ExactNoise

REAL_DATA = Path(os.environ.get("KOOND_REAL_DATA", SITES.parents[1] / "shared" / "data")).resolve()
LOG = REAL_DATA / "clickstream" / "apache_semicomplete_10k.log.gz"
EVENTS = REAL_DATA / "clickstream" / "snowplow" / "snowplow_web_events.csv.gz"
NEEDS_REAL_DATA = pytest.mark.skipif(
    not (LOG.is_file() and EVENTS.is_file()),
    reason="no real data: set KOOND_REAL_DATA to the folder that holds clickstream/ (sites/weblog/README.md)",
)

LOG_DAYS = ("2015-05-17", "2015-05-18", "2015-05-19", "2015-05-20")
EVENT_DAYS = ("2021-03-01", "2021-03-02", "2021-03-03", "2021-03-04")
WIDE = "snowplow_wide"
"""The Snowplow site with bounds so wide that they clip nothing."""
WITH_REAL_NOISE = [*(("weblog", day) for day in LOG_DAYS[:2]), *(("snowplow", day) for day in EVENT_DAYS[:2])]
WITHOUT_NOISE = [*(("weblog", day) for day in LOG_DAYS[2:]), *((WIDE, day) for day in EVENT_DAYS)]
"""Nights of which the ledger holds what was counted, since nothing was added."""
NIGHTS = WITH_REAL_NOISE + WITHOUT_NOISE

SHORTEST = 6
PERSONAL_COLUMNS = (
    "event_id", "event_fingerprint", "user_id", "user_ipaddress", "domain_userid", "network_userid", "domain_sessionid",
    "page_url", "page_urlpath", "page_urlquery", "page_title", "page_referrer", "refr_urlpath", "refr_urlquery",
    "useragent", "geo_city", "mkt_clickid", "contexts_com_snowplowanalytics_snowplow_web_page_1_0_0",
)  # fmt: skip
"""Columns of the events whose values may point at a person, but for coordinates: their few digits stand by chance in
timestamps that Dagster keeps."""


@dataclass
class Rehearsal:
    """The nights, each run once and when it is first asked for. A site's nights share a home."""

    root: Path
    told: dict[tuple[str, str], str | None] = field(default_factory=dict)

    def home(self, site: str) -> Home:
        """The home folder of a site."""
        return Home(self.root / site / "home")

    def folder(self, site: str) -> Path:
        """The site folder of a site."""
        return self.root / WIDE / "site" if site == WIDE else SITES / site

    def run(self, site: str, day: str) -> str | None:
        """Run a night unless it has been; None when it published."""
        if (site, day) not in self.told:
            resources = {"noise": ExactNoise()} if (site, day) in WITHOUT_NOISE else None
            self.told[site, day] = run_night(self.folder(site), self.home(site), day, resources=resources)
        return self.told[site, day]

    def release(self, site: str, day: str) -> dict[str, bytes]:
        """The files of a night's release, without its signature."""
        self.run(site, day)
        name = f"daily/date={day}"
        return dict(read_release(self.home(site).published / name, name).files)

    def numbers(self, site: str, day: str, asset: str) -> dict[str, int]:
        """What an asset told Dagster of a night, where it is a number."""
        self.run(site, day)
        asked = dg.AssetRecordsFilter(asset_key=dg.AssetKey(asset), asset_partitions=[day])
        with instance(self.home(site)) as opened:
            made = opened.fetch_materializations(asked, limit=1).records[0].asset_materialization
        assert made is not None
        told = {name: value.value for name, value in made.metadata.items() if isinstance(value, dg.IntMetadataValue)}
        return {name: number for name, number in told.items() if number is not None}

    def counted(self, site: str, day: str, table: str, measure: str) -> dict[Cell, float]:
        """What was counted on a night without noise, by cell, from the ledger; no cell of zero."""
        self.run(site, day)
        settings = read_site_folder(self.folder(site)).site
        spent = plan(settings, DAY)
        statistic = next(each for each in spent.statistics if each.name == table)
        what = spent.of(statistic)[measure]
        draws = open_ledger(settings, self.home(site)).draws(daily_base(settings.day(day).date))
        numbers = draws[statistic.part].numbers[table][measure]
        cells = zip(cells_of(what, settings, spent), numbers, strict=True)
        return {cell: number / UNIT / what.weight(cell) for cell, number in cells if number}

    def restricted(self, site: str, day: str, asset: str) -> pd.DataFrame:
        """A table of a night in the restricted store."""
        self.run(site, day)
        return pq.read_table(self.home(site).restricted(asset) / f"date={day}.parquet").to_pandas()


@cache
def log_lines() -> list[str]:
    """The log as it stands, line by line."""
    return gzip.decompress(LOG.read_bytes()).decode("utf-8").splitlines()


@cache
def log_requests() -> pd.DataFrame:
    """client, user, day, method, url, status, referrer, user_agent of every line, the cut-off one as far as it goes."""
    rows = []
    for line in log_lines():
        head, request, answer, referrer, _, user_agent, *_ = [*line.split('"'), "", ""]
        method, url, *_ = [*request.split(" "), "", ""]
        client, _, user, when, *_ = head.split(" ")
        whole = line.count('"') == 6
        rows.append([client, user, when[1:12], method, url, answer.split()[0], referrer, user_agent, whole])
    names = ["client", "user", "day", "method", "url", "status", "referrer", "user_agent", "whole"]
    log = pd.DataFrame(rows, columns=names)
    return log.assign(day=pd.to_datetime(log["day"], format="%d/%b/%Y").dt.strftime("%Y-%m-%d"))


@cache
def snowplow_events() -> pd.DataFrame:
    """The collector's events, as text."""
    with gzip.open(EVENTS, "rt", encoding="utf-8", newline="") as file:
        return pd.DataFrame(list(csv.DictReader(file)))


class Values(frozenset[str]):
    """Values of the raw data, which print as their number."""

    def __repr__(self) -> str:
        return f"{len(self)} values"


@cache
def raw_values(site: str) -> Values:
    """Every personal value of a site's raw file that is long enough to look for, in lower case."""
    if site == "weblog":
        log = log_requests()
        found = pd.concat([log[column] for column in ("client", "user", "url", "referrer", "user_agent")])
    else:
        events = snowplow_events()
        found = pd.concat([events[column] for column in PERSONAL_COLUMNS])
    there = found.str.strip().str.lower().unique()
    long_enough = {value for value in there if len(value) >= SHORTEST and any(map(str.isalnum, value))}
    return Values(long_enough - own_words(site))


def own_words(site: str) -> set[str]:
    """What the site folder itself publishes, in lower case."""
    folder = read_site_folder(SITES / site.removesuffix("_wide"))
    texts = [folder.site.site, folder.site.title, folder.site.unit, folder.site.policy.url]
    texts += [text for topic in folder.site.topics for text in (topic.topic, topic.title)]
    return {word.lower() for text in texts for word in (text, *re.findall(r"\w+", text))}


def found_in(files: Mapping[str, bytes], values: Values) -> int:
    """How many of the values stand in names or contents of files, in any written form; a file that cannot be searched to
    its end counts as one."""
    found = find({str(number): value for number, value in enumerate(sorted(values))}, files.items())
    return len({finding.label for finding in found})
