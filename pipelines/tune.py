"""`koond tune`: makes up traffic of a site's declared size, has bounds chosen on it, and writes them with their reasons.

It cannot see real data: it takes no home folder and no source, and its engine may open no file at all. What it counts is
drawn in memory from the site folder and a seed.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml

from anonymizers.consent.agreed import EVERYTHING, SILENT, refused
from anonymizers.consent.refused import Why
from anonymizers.counting.plan import plan
from anonymizers.engine import Table
from anonymizers.refusal import Reason, Refusal
from anonymizers.site import Site
from anonymizers.stripping.strip import strip
from anonymizers.tuning.bounds_text import bounds_text
from anonymizers.tuning.choose import choose
from anonymizers.tuning.made_up import MadeUp, made_up
from anonymizers.tuning.spreads import with_spreads
from anonymizers.vocabulary import AD_ACTIONS, DAY, WEEK
from pipelines.engines.duckdb_engine import DuckDBEngine
from pipelines.sample.traffic import AD_SHARE, Traffic

SEED = 2
MONDAY = date(2026, 3, 2)
"""Some ISO week without a change of clocks: which one is all the same to made-up visitors."""
VISITORS = {DAY: (20_000, 100_000), WEEK: (10_000, 30_000)}
"""The fewest and the most visitors a day that are made up; each stands for as many as the site's size asks.

Fewer would leave the choice to luck, on a small site; more would take long, and choose the same.
"""
_DAYS = {DAY: 1, WEEK: 7}
_AGREED = (
    f"CASE WHEN coalesce(gpc, false) THEN {refused(Why.OBJECTED)} "
    f"WHEN consent LIKE 'necessary+statistics%' THEN {EVERYTHING} "
    f"WHEN consent IS NULL THEN {SILENT} ELSE {refused(Why.NOT_GRANTING)} END"
)
_VIEWS, _BEACONS = (
    ("ts", "cookie_id", "account_id", "user_agent", "url", "consent", "gpc"),
    ("ts", "cookie_id", "user_agent", "ad_topic", "action", "consent", "gpc"),
)


def tune(site: Site, *, seed: int = SEED, progress: Callable[[str], None] = lambda line: None) -> str:
    """The text of `bounds.yaml` for a site: equal site and seed, equal text."""
    if not any(topic.prefixes for topic in site.topics):
        raise Refusal(
            "tune", Reason.SITE_FOLDER, "no topic has a prefix, so that nobody can be made up; give one a prefix"
        )
    parts = {}
    for window in (DAY, WEEK):
        progress(f"making up {'a day' if window == DAY else 'a week'} of visitors ...")
        traffic = make_up(site, window, seed=seed)
        progress(f"choosing bounds of the {'daily' if window == DAY else 'weekly'} release ...")
        parts[window] = (with_spreads(choose(traffic.plan, traffic), traffic), traffic)
    return bounds_text(site, seed, parts)


def changes(old: str, new: str) -> list[str]:
    """What another text of `bounds.yaml` changes, a line for each value. An old text that is no YAML holds nothing."""
    try:
        before = dict(_values(yaml.safe_load(old) if old else {}))
    except (yaml.YAMLError, ValueError, RecursionError):
        before = {}
    after = dict(_values(yaml.safe_load(new)))
    both = {name: (before.get(name, "none"), after.get(name, "none")) for name in {**before, **after}}
    return [f"{name}: {was} -> {becomes}" for name, (was, becomes) in both.items() if was != becomes]


def replace_file(file: Path, text: str) -> None:
    """Write a file whole or not at all."""
    half = file.with_name(f".{file.name}.half")
    half.write_text(text, encoding="utf-8")
    half.replace(file)


def _values(told: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if not isinstance(told, dict):
        yield name, told
        return
    for key, below in told.items():
        yield from _values(below, f"{name}.{key}" if name else str(key))


def make_up(site: Site, window: str, *, seed: int) -> MadeUp:
    """The made-up visitors of a day or a week, of the site's size and segments."""
    fewest, most = VISITORS[window]
    visitors = min(max(site.size.visitors, fewest), most)
    with tempfile.TemporaryDirectory() as work:
        engine = DuckDBEngine(Path(work), memory="2GB")
        engine.run("SET enable_external_access = false")
        try:
            days = [MONDAY + timedelta(day) for day in range(_DAYS[window])]
            events = make_up_events(site, days, engine, visitors=visitors, seed=seed)
            return made_up(events, site=site, plan=plan(site, window), scale=site.size.visitors / visitors)
        finally:
            engine.close()


def make_up_events(site: Site, days: Sequence[date], engine: DuckDBEngine, *, visitors: int, seed: int) -> Table:
    """`stripped_events` of made-up days with so many visitors each, who do as much as the site's size says."""
    each = site.size.events / site.size.visitors
    ad_share = AD_SHARE if set(site.actions) & set(AD_ACTIONS) else 0.0
    traffic = Traffic(
        site.time_zone,
        {topic.topic: topic for topic in site.topics},
        round(visitors * each),
        seed,
        ad_share=ad_share,
        views_a_visitor=min(max(each * (1 - ad_share), 1.0), 100.0),
    )
    stripped = [_strip_day(site, day, traffic, engine) for day in days]
    return engine.query(" UNION ALL ".join(f"SELECT * FROM {table.view}" for table in stripped))


def _strip_day(site: Site, day: date, traffic: Traffic, engine: DuckDBEngine) -> Table:
    batches = [(views.select(_VIEWS), beacons.select(_BEACONS)) for views, beacons in traffic.draw(day)]
    views, beacons = (engine.table(pa.concat_tables(tables)) for tables in zip(*batches, strict=True))
    page_views = engine.query(
        "SELECT epoch_us(ts) AS instant_us, coalesce(account_id, cookie_id) AS visitor, user_agent, url, "
        "$agreed AS agreed, TRUE AS counted FROM $views",
        views=views,
        agreed=_AGREED,
    )
    ad_events = engine.query(
        "SELECT epoch_us(ts) AS instant_us, cookie_id AS visitor, user_agent, ad_topic, action, "
        "$agreed AS agreed, TRUE AS counted FROM $beacons",
        beacons=beacons,
        agreed=_AGREED,
    )
    stripped, _ = strip(page_views, ad_events, site=site, day=site.day(day.isoformat()), key="00" * 32)
    kept = engine.keep(stripped)
    for table in (views, beacons):
        engine.run(f"DROP TABLE {table.view}")
    return kept
