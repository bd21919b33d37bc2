"""The shipped rehearsal sites on real third-party data: a web server's log and a Snowplow collector's events.

The data stands outside the project, in KOOND_REAL_DATA or `../shared/data` beside the checkout; without it these tests
are skipped. It is personal, so no assertion here holds a value or a table of them, which pytest would print: all is
counted first.
"""

import csv
import gzip
import io
import os
import re
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import dagster as dg
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml

from anonymizers.contract import Purpose, Sources
from anonymizers.releasing.release import FILES, SUCCESS
from anonymizers.releasing.verify import verify
from anonymizers.stripping.user_agents import classify
from pipelines.engines.duckdb_engine import DuckDBEngine
from pipelines.home import Home
from pipelines.night import instance, run_night
from pipelines.site_folder import read_site_folder
from pipelines.sources.reading import RawReader
from tests.worlds import SITES, ExactNoise

REAL_DATA = Path(os.environ.get("KOOND_REAL_DATA", SITES.parents[1] / "shared" / "data")).resolve()
LOG = REAL_DATA / "clickstream" / "apache_semicomplete_10k.log.gz"
EVENTS = REAL_DATA / "clickstream" / "snowplow" / "snowplow_web_events.csv.gz"
pytestmark = [
    pytest.mark.xdist_group("real_sites"),  # so that each night is run once
    pytest.mark.skipif(
        not (LOG.is_file() and EVENTS.is_file()),
        reason="no real data: set KOOND_REAL_DATA to the folder that holds clickstream/ (sites/weblog/README.md)",
    ),
]

LOG_LINES = 10_000
LOG_DAYS = ("2015-05-17", "2015-05-18", "2015-05-19", "2015-05-20")
EVENT_DAYS = ("2021-03-01", "2021-03-02", "2021-03-03", "2021-03-04")
WIDE = "snowplow_wide"
"""The Snowplow site with bounds so wide that they clip nothing."""
WITH_REAL_NOISE = [*(("weblog", day) for day in LOG_DAYS[:2]), *(("snowplow", day) for day in EVENT_DAYS[:2])]
WITHOUT_NOISE = [*(("weblog", day) for day in LOG_DAYS[2:]), *((WIDE, day) for day in EVENT_DAYS)]
"""Nights on which every cell is told and every number is known."""
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

    def run(self, site: str, day: str) -> str | None:
        """Run a night unless it has been; None when it published."""
        if (site, day) not in self.told:
            folder = self.root / WIDE / "site" if site == WIDE else SITES / site
            resources = {"noise": ExactNoise()} if (site, day) in WITHOUT_NOISE else None
            self.told[site, day] = run_night(folder, self.home(site), day, resources=resources)
        return self.told[site, day]

    def release(self, site: str, day: str) -> dict[str, bytes]:
        """The files of a night's release."""
        self.run(site, day)
        folder = self.home(site).published / "daily" / f"date={day}"
        return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}

    def numbers(self, site: str, day: str, asset: str) -> dict[str, int]:
        """What an asset told Dagster of a night, where it is a number."""
        self.run(site, day)
        asked = dg.AssetRecordsFilter(asset_key=dg.AssetKey(asset), asset_partitions=[day])
        with instance(self.home(site)) as opened:
            made = opened.fetch_materializations(asked, limit=1).records[0].asset_materialization
        assert made is not None
        told = {name: value.value for name, value in made.metadata.items() if isinstance(value, dg.IntMetadataValue)}
        return {name: number for name, number in told.items() if number is not None}

    def restricted(self, site: str, day: str, asset: str) -> pd.DataFrame:
        """A table of a night in the restricted store."""
        self.run(site, day)
        return pq.read_table(self.home(site).restricted(asset) / f"date={day}.parquet").to_pandas()


@pytest.fixture(scope="module", autouse=True)
def real_data() -> Iterator[None]:
    """KOOND_REAL_DATA as the site folders need it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KOOND_REAL_DATA", str(REAL_DATA))
        yield


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> Rehearsal:
    """The nights of all sites."""
    root = tmp_path_factory.mktemp("rehearsal")
    shutil.copytree(SITES / "snowplow", root / WIDE / "site")
    settings = root / WIDE / "site" / "site.yaml"
    site = yaml.safe_load(settings.read_text())
    for name, bound in site["tables"].items():
        if name != "registrations":
            bound.update(cells=200, events=100)
    settings.write_text(yaml.safe_dump(site))
    return Rehearsal(root)


# --- every night publishes, and the release stands on its own -------------------------------------------------------


@pytest.mark.parametrize(("site", "day"), NIGHTS)
def test_every_night_of_real_traffic_publishes_a_release_that_verifies(
    rehearsal: Rehearsal, site: str, day: str
) -> None:
    assert rehearsal.run(site, day) is None
    files = rehearsal.release(site, day)
    assert SUCCESS in files
    assert verify(files) == []


@pytest.mark.parametrize(("site", "day"), [("weblog", "2015-05-18"), (WIDE, "2021-03-03")])
@pytest.mark.parametrize("place", [0.0, 0.35, 0.7, 1.0])
@pytest.mark.parametrize("name", [name for name in FILES if name != SUCCESS])
def test_one_changed_byte_in_any_file_is_found_by_verify(
    rehearsal: Rehearsal, name: str, place: float, site: str, day: str
) -> None:
    files = rehearsal.release(site, day)
    for flipped in (0x01, 0x20, 0x80):
        content = bytearray(files[name])
        content[round(place * (len(content) - 1))] ^= flipped
        wrong = len(verify({**files, name: bytes(content)}))
        assert wrong > 0, f"bits {flipped:#x}"


@pytest.mark.parametrize("name", FILES)
def test_one_byte_more_or_a_lost_file_is_found_by_verify(rehearsal: Rehearsal, name: str) -> None:
    files = rehearsal.release("weblog", "2015-05-18")
    longer = len(verify({**files, name: files[name] + b"\n"}))
    lost = len(verify({other: content for other, content in files.items() if other != name}))
    assert (longer > 0, lost > 0) == (True, True)


# --- every line of the log is accounted for -------------------------------------------------------------------------


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
def page_views() -> pd.DataFrame:
    """The log's page views, by this test's own reading of the site folder's rule."""
    log, parts = log_requests(), read_site_folder(SITES / "weblog").sources.clickstream.not_pages
    ending = log["url"].str.replace(r"[?#].*", "", regex=True).str.lower().str.rpartition(".")[2]
    in_query = log["url"].str.lower().str.contains(rf"[.](?:{'|'.join(parts)})(?:[?#]|$)")
    pages = log["whole"] & (log["method"] == "GET") & log["status"].isin(["200", "304"])
    return log[pages & ~ending.isin(parts) & ~in_query]


def test_the_lines_that_were_read_and_the_one_set_aside_are_all_lines_of_the_log(
    rehearsal: Rehearsal, tmp_path: Path
) -> None:
    folder = read_site_folder(SITES / "weblog")
    everything = Sources(clickstream=replace(folder.sources.clickstream, only={}, not_pages=()))
    read = 0
    for day in LOG_DAYS:
        engine = DuckDBEngine(tmp_path)
        reader = RawReader(everything, tmp_path, folder.site.day(day), engine, engine, tmp_path)
        read += engine.fetch(reader.read("clickstream", Purpose.AUDIENCE)).num_rows
    aside = len(rehearsal.restricted("weblog", LOG_DAYS[0], "set_aside_rows"))
    assert (read, aside, read + aside) == (LOG_LINES - 1, 1, LOG_LINES)


@pytest.mark.parametrize("day", LOG_DAYS)
def test_the_line_that_is_cut_off_is_set_aside_and_counted_every_night(rehearsal: Rehearsal, day: str) -> None:
    aside = rehearsal.restricted("weblog", day, "set_aside_rows")
    reasons = Counter(zip(aside["source"], aside["reason"], strict=True))
    assert reasons == {("clickstream", "not_combined"): 1}
    assert rehearsal.numbers("weblog", day, "set_aside_rows")["clickstream_set_aside"] == 1
    lines = log_lines()
    cut_off = [lines[place] for place in log_requests().query("not whole").index]
    the_same = cut_off == list(aside["raw"])
    assert the_same


@pytest.mark.parametrize("day", LOG_DAYS)
def test_every_page_view_of_the_log_is_counted_or_dropped_for_a_reason(rehearsal: Rehearsal, day: str) -> None:
    views = len(page_views().query("day == @day"))
    told = rehearsal.numbers("weblog", day, "stripped_events")
    kept = len(rehearsal.restricted("weblog", day, "stripped_events"))
    assert told["read"] == views
    assert told["read"] == kept + told["by_bots"]
    assert 0 < told["by_bots"] < told["read"]


@pytest.mark.parametrize("day", LOG_DAYS[2:])
def test_a_visitor_of_the_log_is_an_address_and_a_user_agent_together(rehearsal: Rehearsal, day: str) -> None:
    views = page_views().query("day == @day and user_agent != '-'")
    agents = classify(views["user_agent"].unique()).to_pandas()
    people = views[views["user_agent"].isin(agents.loc[~agents["bot"], "user_agent"])]
    pairs, addresses = len(people[["client", "user_agent"]].drop_duplicates()), people["client"].nunique()
    published = exact(rehearsal.release("weblog", day)["browsers.parquet"], "visitors")
    assert published == pairs
    assert published > addresses


# --- nothing of the raw data comes out ------------------------------------------------------------------------------


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
    long_enough = {value for value in found.str.strip().str.lower().unique() if len(value) >= SHORTEST}
    return Values(long_enough - own_words(site))


def own_words(site: str) -> set[str]:
    """What the site folder itself publishes, in lower case."""
    folder = read_site_folder(SITES / site.removesuffix("_wide"))
    texts = [folder.site.site, folder.site.title, folder.site.unit, folder.site.policy.url]
    texts += [text for topic in folder.site.topics for text in (topic.topic, topic.title)]
    return {word.lower() for text in texts for word in (text, *re.findall(r"\w+", text))}


def in_readable_form(files: Mapping[str, bytes]) -> bytes:
    """Names and contents of files, those that are packed also unpacked, in lower case."""
    parts = [name.encode() for name in files]
    for name, content in files.items():
        parts.append(content)
        if name.endswith(".gz"):
            parts.append(gzip.decompress(content))
        if name.endswith(".parquet"):
            rows = pq.read_table(io.BytesIO(content))
            parts += [str(value).encode() for column in rows.columns for value in column.to_pylist()]
    return b"\n".join(parts).lower()


def found_in(text: bytes, values: Values) -> int:
    """How many of the values stand in the text. Looks for those whose first and last piece do, and so loses none."""
    there = _pieces(text)
    wanted = [value.encode() for value in values]
    suspects = [value for value in wanted if {_number(value[:SHORTEST]), _number(value[-SHORTEST:])} <= there]
    return sum(1 for value in suspects if value in text)


def _number(piece: bytes) -> int:
    return int.from_bytes(piece, "little")


def _pieces(text: bytes) -> set[int]:
    letters = np.frombuffer(text, np.uint8).astype(np.uint64)
    windows = sum(
        letters[place : len(letters) - SHORTEST + 1 + place] << np.uint64(8 * place) for place in range(SHORTEST)
    )
    return set(np.unique(windows).tolist())


@pytest.mark.parametrize(("site", "day"), NIGHTS)
def test_no_value_of_the_raw_data_stands_in_any_published_byte(rehearsal: Rehearsal, site: str, day: str) -> None:
    found = found_in(in_readable_form(rehearsal.release(site, day)), raw_values(site))
    assert found == 0


@pytest.mark.parametrize(("site", "days"), [("weblog", LOG_DAYS), (WIDE, EVENT_DAYS), ("snowplow", EVENT_DAYS[:2])])
def test_no_value_of_the_raw_data_stands_in_what_dagster_keeps(
    rehearsal: Rehearsal, site: str, days: tuple[str, ...]
) -> None:
    for day in days:
        rehearsal.run(site, day)
    home = rehearsal.home(site).dagster
    kept = {str(path.relative_to(home)): path.read_bytes() for path in home.rglob("*") if path.is_file()}
    found = found_in(in_readable_form(kept), raw_values(site))
    assert len(kept) > 1
    assert found == 0


@pytest.mark.parametrize(("site", "day"), [("weblog", "2015-05-18"), ("snowplow", "2021-03-02")])
def test_the_search_finds_every_value_where_it_does_stand(rehearsal: Rehearsal, site: str, day: str) -> None:
    values = raw_values(site)
    planted = {"planted.csv.gz": gzip.compress("\n".join(values).encode())}
    found = found_in(in_readable_form({**planted, **rehearsal.release(site, day)}), values)
    there = len(values)
    assert found == there > 100


# --- a collector delivers at least once, and koond counts once ------------------------------------------------------


@cache
def snowplow_events() -> pd.DataFrame:
    """The collector's events, as text."""
    with gzip.open(EVENTS, "rt", encoding="utf-8", newline="") as file:
        return pd.DataFrame(list(csv.DictReader(file)))


def exact(table: bytes, metric: str) -> int:
    """A published metric's sum over page views, less what `ExactNoise` lifts each cell by."""
    rows = pq.read_table(io.BytesIO(table)).to_pandas()
    if "action" in rows:
        rows = rows[rows["action"] == "page_view"]
    half_width = rows[f"{metric}_high"] - rows[metric]
    return int((rows[metric] - (4 * half_width + 1)).sum())


def test_a_page_view_that_was_delivered_twice_counts_once(rehearsal: Rehearsal) -> None:
    events = snowplow_events()
    views = events[events["event"] == "page_view"].assign(
        day=events["collector_tstamp"].str[:10],
        visitor=events["domain_userid"].where(events["domain_userid"] != "", events["network_userid"]),
    )
    once = views.drop_duplicates(["day", "visitor", "event_id"])
    told = {}
    for day in EVENT_DAYS:
        release = rehearsal.release(WIDE, day)
        told[day] = exact(release["topics.parquet"], "events"), exact(release["browsers.parquet"], "visitors")
    expected = {day: (len(rows), rows["visitor"].nunique()) for day, rows in once.groupby("day") if day in EVENT_DAYS}
    assert told == expected
    delivered, different = len(views), len(once)
    assert delivered > different
