"""Non-interference: a world, a change that must not matter, and which published files may differ after it (LEAKS A8).

The worlds, the nights over them and the comparison are here; which changes each promise forbids to matter is in the tests.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from secrets import token_hex
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from dagster._core.execution.stats import StepEventStatus  # public nowhere

from anonymizers.contract import Purpose
from anonymizers.counting.draw import Draw
from anonymizers.counting.measure import measure_events, measure_registrations
from anonymizers.counting.plan import plan
from anonymizers.local_day import days_of_week, iso_week
from anonymizers.releasing.edition import daily_base, weekly_base
from anonymizers.stripping.strip import strip
from anonymizers.vocabulary import DAY, WEEK
from pipelines.engines.duckdb_engine import DuckDBEngine
from pipelines.night import instance
from pipelines.published_store import read_release
from pipelines.site_folder import SiteFolder, read_site_folder
from pipelines.sources.reading import RawReader
from tests.worlds import SITES, ExactNoise, World

Row = dict[str, Any]
Rows = dict[str, list[Row]]
"""Raw table -> rows: page_views, ad_events, registrations."""
Tables = Mapping[str, Path]
"""Raw table -> its Parquet file."""
EVENT_TABLES = ("page_views", "ad_events")
ISO_WEEK = "2026-W46"
MONDAY = days_of_week(ISO_WEEK)[0]

REGISTRATION_FILES = frozenset({"registrations.parquet", "registrations.csv.gz"})
HASHES = frozenset({"datapackage.json", "manifest.json", "SHA256SUMS"})
"""Files that hold digests of other files, and so differ whenever one of those does."""


def as_it_is(rows: Rows) -> Rows:
    """No change of rows."""
    return rows


def as_they_are(tables: Tables) -> None:
    """No change of files."""


@dataclass(frozen=True)
class Change:
    """What is done to a world, and what it may change."""

    rows: Callable[[Rows], Rows] = as_it_is
    """To the rows, before they are written."""
    files: Callable[[Tables], None] = as_they_are
    """To the files that were written."""
    may_differ: frozenset[str] = frozenset()
    """Names of published files that may differ; no other may."""
    stops: frozenset[str] = frozenset()
    """The site's own uses that then cannot be had, and no other step: they alone read what was changed."""

    def then(self, other: "Change") -> "Change":
        """Both, one after the other."""

        def files(tables: Tables) -> None:
            self.files(tables)
            other.files(tables)

        return Change(
            lambda rows: other.rows(self.rows(rows)),
            files,
            self.may_differ | other.may_differ,
            self.stops | other.stops,
        )


def every(changes: Sequence[Change]) -> Change:
    """All changes at once."""
    whole = Change()
    for change in changes:
        whole = whole.then(change)
    return whole


@dataclass(frozen=True)
class Outcome:
    """What came of a night or a week: the published bytes, and what was drawn, which under `ExactNoise` is what was counted."""

    files: Mapping[str, bytes]
    draws: Mapping[str, Draw] = field(repr=False)

    def differing(self, other: "Outcome") -> set[str]:
        """The files that are not equal; a file that only one of them has is not."""
        names = self.files.keys() | other.files.keys()
        return {name for name in names if self.files.get(name) != other.files.get(name)}

    def counted(self, part: str = "events") -> Mapping[str, Mapping[str, tuple[int, ...]]]:
        """The exact shadow of a part: table -> measure -> exact bounded numbers."""
        return self.draws[part].numbers


def assert_no_interference(before: Outcome, after: Outcome, change: Change) -> None:
    """Nothing differs but what the change allows to; events are counted alike in any case."""
    assert before.differing(after) <= change.may_differ
    assert before.counted() == after.counted()
    if not change.may_differ:
        assert before == after


def night(root: Path, rows: Rows, change: Change | None = None, *, day: date = MONDAY) -> Outcome:
    """What a whole night publishes over rows after a change; its pseudonyms have a key of their own."""
    return _run(root, rows, change or Change(), day)[1]


def week(root: Path, days: Mapping[date, Rows], change: Change | None = None) -> tuple[Mapping[date, Outcome], Outcome]:
    """What some nights of one ISO week publish, each after the change, and what the week's release then is."""
    nights, world = {}, None
    for day, rows in days.items():
        world, nights[day] = _run(root, rows, change or Change(), day)
    assert world is not None
    for day in days_of_week(iso_week(world.day)):
        if day not in days:
            world.ledger.mark_missing(daily_base(day))
    assert world.run_week() is None
    return nights, _outcome(world, weekly_base(iso_week(world.day)))


def written(root: Path, rows: Rows, change: Change | None = None, *, day: date = MONDAY) -> World:
    """A world with the rows of a day after a change, not yet run."""
    made = change or Change()
    changed = made.rows({table: [dict(row) for row in found] for table, found in rows.items()})
    world = World(root, changed["page_views"], changed["ad_events"], changed["registrations"], day=day)
    with_extra_columns(tables_of(world), changed)
    made.files(tables_of(world))
    return world


def tables_of(world: World) -> Tables:
    """Where the raw tables of a world's day are."""
    raw = world.home.root / "raw"
    return {
        "page_views": raw / "clickstream" / f"date={world.day}" / "part-000.parquet",
        "ad_events": raw / "ad_beacons" / f"date={world.day}" / "part-000.parquet",
        "registrations": raw / "registrations.parquet",
    }


def with_extra_columns(tables: Tables, rows: Rows) -> None:
    """Columns that only the rows know, which the raw tables' usual schema leaves out, are written as text."""
    for table, path in tables.items():
        found = pq.read_table(path)
        names = dict.fromkeys(name for row in rows[table] for name in row if name not in found.column_names)
        for name in names:
            values = pa.array([row.get(name) for row in rows[table]], pa.string())
            found = found.append_column(name, values)
        if names:
            pq.write_table(found, path)


def _run(root: Path, rows: Rows, change: Change, day: date) -> tuple[World, Outcome]:
    world = written(root, rows, change, day=day)
    assert (world.run() is None) is not bool(change.stops)
    assert failed_steps(world) == change.stops
    return world, _outcome(world, daily_base(day))


def failed_steps(world: World) -> frozenset[str]:
    """The steps of the newest run that failed."""
    with instance(world.home) as opened:
        told = opened.get_run_step_stats(opened.get_runs(limit=1)[0].run_id)
    return frozenset(each.step_key for each in told if each.status is StepEventStatus.FAILURE)


def _outcome(world: World, release: str) -> Outcome:
    # Without the signature, which follows from the manifest, and from a key that each home makes for itself.
    published = read_release(world.home.published / release, release)
    return Outcome(published.files, dict(world.ledger.draws(release)))


def shadow(
    root: Path, days: Mapping[date, Rows], change: Change | None = None, *, reader: type[RawReader] = RawReader
) -> Mapping[str, Mapping[str, Draw]]:
    """What nights and their week would draw, by release and part, without Dagster and stores: for many small worlds.

    The same functions in the same order: read by purpose, strip, bound and count; files follow from draws alone. `reader`
    is there for a double that reads more than it may.
    """
    (root / "work").mkdir(parents=True, exist_ok=True)
    engine = DuckDBEngine(root / "work")
    folder = _shipped()
    site = folder.site
    try:
        key, draws, stripped = token_hex(32), {}, []
        for day, rows in days.items():
            home = written(root, rows, change, day=day).home.root
            reading = reader(folder.sources, home, site.day(day.isoformat()), engine, engine, root / "work")
            views, ads = (reading.read(table, Purpose.AUDIENCE) for table in ("clickstream", "ad_beacons"))
            stripped.append(engine.keep(strip(views, ads, site=site, day=reading.day, key=key)[0]))
            accounts = reading.read("registrations", Purpose.REGISTRATION_STATISTICS)
            spent: dict[str, Any] = {"site": site, "plan": plan(site, DAY), "release": daily_base(day)}
            draws[daily_base(day)] = {
                "events": measure_events(stripped[-1], noise=ExactNoise(), **spent),
                "registrations": measure_registrations(accounts, noise=ExactNoise(), **spent),
            }
        names = {f"day_{number}": table for number, table in enumerate(stripped)}
        whole = engine.query(" UNION ALL ".join(f"SELECT * FROM ${name}" for name in names), **names)
        release = weekly_base(iso_week(min(days)))
        draws[release] = {
            "events": measure_events(whole, site=site, plan=plan(site, WEEK), release=release, noise=ExactNoise())
        }
    finally:
        engine.close()
    return draws


@cache
def _shipped() -> SiteFolder:
    return read_site_folder(SITES / "elektrum")


def days_after(first: date, count: int) -> list[date]:
    """So many days in a row."""
    return [first + timedelta(days=number) for number in range(count)]
