"""How tables reach assets and where they go: one IO manager for each kind of thing, and a default that refuses.

Reading and writing only; what may leave is decided by `anonymizers.releasing.gate`, which the published writer calls
once more.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import dagster as dg

from anonymizers.contract import Purpose, Sources
from anonymizers.counting.statistic import EVENTS
from anonymizers.engine import Table
from anonymizers.local_day import iso_week
from anonymizers.policy import in_force_on
from anonymizers.refusal import Reason, Refusal
from anonymizers.releasing.edition import daily_base
from anonymizers.releasing.gate import Cleared
from anonymizers.releasing.release import Release
from anonymizers.searching.leak_scan import LeakReport
from anonymizers.site import Site
from assets.raw import Intake
from assets.silence import counts, silent
from pipelines.home import Home, write_private
from pipelines.ledger import Ledger
from pipelines.published_store import publish
from pipelines.resources import Engines
from pipelines.sources.consent import DecodedSignals
from pipelines.sources.files import newest_day
from pipelines.sources.reading import RawReader
from pipelines.week_keys import WeekKeyStore

_OF_NOW = (Purpose.MAILING, Purpose.SUPPRESSION)
"""Purposes that serve what people wish now, whatever night asks: a late one must not take up what was taken back since."""
_AS_DRAWN = "stripped_events"


class RefusingIOManager(dg.IOManager):
    """The default: nothing may be pickled to disk because somebody forgot to say where it belongs."""

    def handle_output(self, context: dg.OutputContext, obj: object) -> None:
        """Refuse."""
        raise dg.Failure(f"{context.asset_key.to_user_string()} names no IO manager; give it one", allow_retries=False)

    def load_input(self, context: dg.InputContext) -> object:
        """Refuse."""
        raise dg.Failure(f"{context.asset_key.to_user_string()} names no IO manager; give it one", allow_retries=False)


def _days(context: dg.InputContext, ledger: Ledger) -> Sequence[str]:
    """The days that an input is about: the partition's, or the published ones of a week's seven."""
    days: Sequence[str] = context.asset_partition_keys
    if len(days) == 1 and context.step_context.partition_key == days[0]:
        return days
    told = ledger.days_told(iso_week(date.fromisoformat(days[0])))
    published = [day for day in days if told.get(day) == "published"]
    if not published:
        raise Refusal("week", Reason.DAY, "no day of this week is published, so that there is nothing to count")
    return published


class SourceIOManager(dg.IOManager):
    """Raw tables, read by the purpose that the asking asset declares in its input."""

    def __init__(
        self, home: Home, site: Site, sources: Sources, ledger: Ledger, engines: Engines, today: Callable[[], date]
    ) -> None:
        self._home, self._site, self._sources, self._ledger, self._engines = home, site, sources, ledger, engines
        self._today, self._decoded = today, DecodedSignals()

    def handle_output(self, context: dg.OutputContext, obj: object) -> None:
        """Refuse: sources are somebody else's."""
        raise dg.Failure("raw tables are read and never written", allow_retries=False)

    @silent
    def load_input(self, context: dg.InputContext) -> Table | Intake:
        """The rows of the day, or of the week's published days, for the purpose; or what could not be taken in."""
        asked = context.definition_metadata
        table, purpose = context.asset_key.path[-1].removeprefix("raw_"), Purpose(asked["purpose"])
        days = _days(context, self._ledger)
        if asked.get("rows") == "broken":
            return self._reader(days[0]).intake(table, purpose)
        if table == "registrations":  # all accounts, whatever the day
            return self._reader(self._newest(days[-1]) if purpose in _OF_NOW else days[-1]).read(table, purpose)
        read = [self._reader(day).read(table, purpose) for day in days]
        names = {f"day_{number}": rows for number, rows in enumerate(read)}
        return self._engines.engine.query(" UNION ALL ".join(f"SELECT * FROM ${name}" for name in names), **names)

    def _newest(self, day: str) -> str:
        """The last day, of those that have ended, of which there is a registration table."""
        source, first = self._sources.registrations, date.fromisoformat(day)
        if source is None:
            return day
        yesterday = self._today() - timedelta(days=1)
        return newest_day("registrations", source, self._home.root, self._site, first, yesterday).isoformat()

    def _reader(self, day: str) -> RawReader:
        in_force_on(self._site.policies, date.fromisoformat(day))  # nothing is read of a day that no policy speaks of
        return RawReader(
            self._sources, self._home.root, self._site.day(day),
            self._engines.engine, self._engines.duckdb, self._engines.work, self._decoded,
        )  # fmt: skip


class RestrictedIOManager(dg.IOManager):
    """Lazy tables: the engine executes and writes Parquet into the restricted store, beside the rules it was made by."""

    def __init__(self, home: Home, site: Site, sources: Sources, ledger: Ledger, engines: Engines) -> None:
        self._home, self._ledger, self._engines = home, ledger, engines
        topics = [(topic.topic, topic.prefixes, topic.ads) for topic in site.topics]
        rules = (site.site, site.time_zone, site.actions, topics, sources)
        self._rules = sha256(repr(rules).encode()).hexdigest().encode()

    def _path(self, context: dg.InputContext | dg.OutputContext, day: str) -> Path:
        return self._home.restricted(context.asset_key.path[-1]) / f"date={day}.parquet"

    @silent
    def handle_output(self, context: dg.OutputContext, obj: Table) -> None:
        """Execute and write. The events that a draw of an unfinished release has counted stay as they are: its week counts
        the same. Who objects is written anew all the same, for the mailing list asks for it too."""
        path = self._path(context, context.partition_key)
        rules = path.with_suffix(".rules")
        if path.parent.name == _AS_DRAWN and self._is_drawn(context.partition_key) and path.exists() and rules.exists():
            context.add_output_metadata(counts({"kept_as_drawn": 1}))
            return
        rules.unlink(missing_ok=True)
        written = obj.engine.write(obj, path)  # type: ignore[attr-defined]
        write_private(rules, self._rules)
        context.add_output_metadata(counts({"rows": written}))

    def _is_drawn(self, day: str) -> bool:
        return EVENTS in self._ledger.draws(self._ledger.open_release(daily_base(date.fromisoformat(day))))

    @silent
    def load_input(self, context: dg.InputContext) -> Table:
        """The stored table of the day, or of the week's published days, lazily.

        Refuses what other rules made: words that are on no list any more would drop out of cells, but not out of totals.
        """
        paths = [_existing(self._path(context, day)) for day in _days(context, self._ledger)]
        for path in paths:
            if _existing(path.with_suffix(".rules")).read_bytes() != self._rules:
                raise Refusal(
                    path.parent.name,
                    Reason.SITE_FOLDER,
                    f"{path.name} was made under other topics, actions or sources; restore those of that day and run again",
                )
        return self._engines.engine.scan(paths)


class CandidateIOManager(dg.IOManager):
    """Release candidates, each in one file of the restricted store: the release's name, and its files in order."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def _path(self, context: dg.InputContext | dg.OutputContext) -> Path:
        return self._home.restricted("candidates", context.asset_key.path[-1]) / f"{context.partition_key}.zip"

    @silent
    def handle_output(self, context: dg.OutputContext, obj: Release) -> None:
        """Write it whole; it takes the place of an older one."""
        packed = BytesIO()
        with ZipFile(packed, "w") as archive:
            archive.comment = obj.name.encode()
            for name, content in obj.files.items():
                archive.writestr(name, content)
        write_private(self._path(context), packed.getvalue())

    @silent
    def load_input(self, context: dg.InputContext) -> Release:
        """The candidate as it was composed."""
        with ZipFile(_existing(self._path(context))) as archive:
            return Release(archive.comment.decode(), {name: archive.read(name) for name in archive.namelist()})


class ReportIOManager(dg.IOManager):
    """Reports of the leak scan, as JSON of numbers and names of columns."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def _path(self, context: dg.InputContext | dg.OutputContext) -> Path:
        return self._home.restricted("leak_scans", context.asset_key.path[-1]) / f"{context.partition_key}.json"

    @silent
    def handle_output(self, context: dg.OutputContext, obj: LeakReport) -> None:
        """Write the report."""
        write_private(self._path(context), json.dumps(asdict(obj)).encode())

    @silent
    def load_input(self, context: dg.InputContext) -> LeakReport:
        """The report."""
        told: dict[str, Any] = json.loads(_existing(self._path(context)).read_bytes())
        return LeakReport(told["candidate"], tuple(told["searched"]), told["hits"], told["cut_short"])


class PublishedIOManager(dg.IOManager):
    """The writer of the published store. The gate stands here once more, so that no other way in exists."""

    def __init__(self, home: Home, ledger: Ledger, week_keys: WeekKeyStore) -> None:
        self._home, self._ledger, self._week_keys = home, ledger, week_keys

    @silent
    def handle_output(self, context: dg.OutputContext, obj: Cleared) -> None:
        """Judge, write, and let the folder appear at once."""
        files = publish(self._home, self._ledger, obj)
        context.add_output_metadata(counts({"files": files, "bytes": sum(map(len, obj.candidate.files.values()))}))
        self._week_keys.destroy_all_of_closed_weeks()

    def load_input(self, context: dg.InputContext) -> object:
        """Refuse: released files are for partners; no asset reads them."""
        raise dg.Failure("no asset reads a published release", allow_retries=False)


def _existing(path: Path) -> Path:
    if not path.exists():
        raise Refusal(path.parent.name, Reason.STORE, f"{path.name} is not there; run the night from its first step")
    return path


def io_managers(
    home: Home, site: Site, sources: Sources, ledger: Ledger, week_keys: WeekKeyStore, today: Callable[[], date]
) -> dict[str, Any]:
    """All IO managers by their keys. Those that move lazy tables share the run's engines."""

    @dg.io_manager(required_resource_keys={"engines"})
    def source_io_manager(context: dg.InitResourceContext) -> SourceIOManager:
        return SourceIOManager(home, site, sources, ledger, context.resources.engines, today)

    @dg.io_manager(required_resource_keys={"engines"})
    def restricted_io_manager(context: dg.InitResourceContext) -> RestrictedIOManager:
        return RestrictedIOManager(home, site, sources, ledger, context.resources.engines)

    @dg.io_manager(required_resource_keys={"engines"})  # which hold the home's lock
    def published_io_manager(context: dg.InitResourceContext) -> PublishedIOManager:
        return PublishedIOManager(home, ledger, week_keys)

    return {
        "io_manager": RefusingIOManager(),
        "source_io_manager": source_io_manager,
        "restricted_io_manager": restricted_io_manager,
        "candidate_io_manager": CandidateIOManager(home),
        "report_io_manager": ReportIOManager(home),
        "published_io_manager": published_io_manager,
    }
