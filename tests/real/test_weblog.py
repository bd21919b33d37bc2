"""The rehearsal on a web server's log: every line is accounted for, and a visitor is an address and a user agent."""

import json
import re
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from anonymizers.contract import Purpose, Sources
from anonymizers.stripping.user_agents import classify
from pipelines.engines.duckdb_engine import DuckDBEngine
from pipelines.site_folder import read_site_folder
from pipelines.sources.reading import RawReader
from tests.real.rehearsal import LOG_DAYS, NEEDS_REAL_DATA, REAL_DATA, Rehearsal, log_lines, log_requests
from tests.worlds import SITES

pytestmark = NEEDS_REAL_DATA
LOG_LINES = 10_000


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
    counted = sum(rehearsal.counted("weblog", day, "browsers", "visitors").values())
    assert counted == pairs
    assert counted > addresses


def test_of_requests_that_the_audience_industry_calls_a_robots_nineteen_of_twenty_are_by_bots() -> None:
    """By COUNTER's list, 95.2 % of 2,052. The list itself is not used: its bare words, such as `motor` and `core`, also
    stand in the names of people's telephones."""
    listed = json.loads((REAL_DATA / "ua" / "COUNTER_Robots_list.json").read_bytes())
    robots = re.compile("|".join(f"(?:{each['pattern']})" for each in listed), re.IGNORECASE)
    agents = log_requests()["user_agent"]
    bots = {row["user_agent"]: row["bot"] for row in classify(agents.unique()).to_pylist()}
    caught = [bots.get(agent, True) for agent in agents if agent != "-" and robots.search(agent)]
    enough = sum(caught) >= 0.95 * len(caught)
    assert (len(caught) > 2_000, enough) == (True, True)
