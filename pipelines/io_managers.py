"""How tables reach assets and where they go: one IO manager for each kind of thing, and a default that refuses.

Reading and writing only; what may leave is decided by `anonymizers.releasing.gate`, which the published writer calls
once more.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import dagster as dg

from anonymizers.contract import Purpose, Sources
from anonymizers.counting.measure import NoisyTable
from anonymizers.counting.mechanism import mechanisms
from anonymizers.engine import Table
from anonymizers.refusal import Reason, Refusal
from anonymizers.releasing.containers import parquet_bytes, read_parquet
from anonymizers.releasing.describe import release_name
from anonymizers.releasing.gate import Cleared
from anonymizers.releasing.leak_scan import LeakReport
from anonymizers.releasing.release import FILES, Release
from anonymizers.site import Site
from assets.raw import Intake
from assets.silence import counts, silent
from assets.statistics import STATISTIC_OF_ASSET
from pipelines.home import Home, write_private
from pipelines.ledger import SqliteLedger
from pipelines.published_store import publish
from pipelines.resources import Engines
from pipelines.sources.reading import RawReader


class RefusingIOManager(dg.IOManager):
    """The default: nothing may be pickled to disk because somebody forgot to say where it belongs."""

    def handle_output(self, context: dg.OutputContext, obj: object) -> None:
        """Refuse."""
        raise dg.Failure(f"{context.asset_key.to_user_string()} names no IO manager; give it one", allow_retries=False)

    def load_input(self, context: dg.InputContext) -> object:
        """Refuse."""
        raise dg.Failure(f"{context.asset_key.to_user_string()} names no IO manager; give it one", allow_retries=False)


class SourceIOManager(dg.IOManager):
    """Raw tables, read by the purpose that the asking asset declares in its input."""

    def __init__(self, home: Home, site: Site, sources: Sources, engines: Engines) -> None:
        self._home, self._site, self._sources, self._engines = home, site, sources, engines

    def handle_output(self, context: dg.OutputContext, obj: object) -> None:
        """Refuse: sources are somebody else's."""
        raise dg.Failure("raw tables are read and never written", allow_retries=False)

    @silent
    def load_input(self, context: dg.InputContext) -> Table | Intake:
        """The night's rows for the purpose, or what could not be taken in."""
        asked = context.definition_metadata
        reader = RawReader(
            self._sources, self._home.root, self._site.day(context.partition_key),
            self._engines.engine, self._engines.duckdb, self._engines.work,
        )  # fmt: skip
        table, purpose = context.asset_key.path[-1].removeprefix("raw_"), Purpose(asked["purpose"])
        return reader.intake(table, purpose) if asked.get("rows") == "broken" else reader.read(table, purpose)


class RestrictedIOManager(dg.IOManager):
    """Lazy tables: the engine executes and writes Parquet into the restricted store."""

    def __init__(self, home: Home, engines: Engines) -> None:
        self._home, self._engines = home, engines

    def _path(self, context: dg.InputContext | dg.OutputContext) -> Path:
        folder = self._home.restricted(context.asset_key.path[-1])
        return folder / f"date={context.partition_key}.parquet"

    @silent
    def handle_output(self, context: dg.OutputContext, obj: Table) -> None:
        """Execute and write."""
        context.add_output_metadata(counts({"rows": obj.engine.write(obj, self._path(context))}))  # type: ignore[attr-defined]

    @silent
    def load_input(self, context: dg.InputContext) -> Table:
        """The stored table, lazily."""
        return self._engines.engine.scan([_existing(self._path(context))])


class NoisyIOManager(dg.IOManager):
    """Tables with noise, in the restricted store until they are released."""

    def __init__(self, home: Home, site: Site) -> None:
        self._home, self._site = home, site

    def _path(self, name: str, day: str) -> Path:
        return self._home.restricted("noisy", f"date={day}") / f"{name}.parquet"

    @silent
    def handle_output(self, context: dg.OutputContext, obj: NoisyTable) -> None:
        """Write the rows; the mechanisms follow from the site."""
        write_private(self._path(obj.statistic.name, context.partition_key), parquet_bytes(obj.rows))

    @silent
    def load_input(self, context: dg.InputContext) -> NoisyTable:
        """The table as it was drawn."""
        statistic = STATISTIC_OF_ASSET[context.asset_key.path[-1]]
        rows = read_parquet(_existing(self._path(statistic.name, context.partition_key)).read_bytes())
        bound = self._site.tables.of(statistic.name)
        return NoisyTable(statistic, rows, mechanisms(statistic, bound, self._site.budget))


class CandidateIOManager(dg.IOManager):
    """Release candidates, as folders in the restricted store."""

    def __init__(self, home: Home, site: Site) -> None:
        self._home, self._site = home, site

    def _folder(self, day: str) -> Path:
        return self._home.restricted("candidates", f"date={day}")

    @silent
    def handle_output(self, context: dg.OutputContext, obj: Release) -> None:
        """Write every file; what an older candidate left goes first."""
        folder = self._folder(context.partition_key)
        for left in folder.iterdir():
            left.unlink()
        for name, content in obj.files.items():
            write_private(folder / name, content)

    @silent
    def load_input(self, context: dg.InputContext) -> Release:
        """The candidate's files, all of them."""
        folder, day = self._folder(context.partition_key), self._site.day(context.partition_key)
        there = {path.name: path.read_bytes() for path in folder.iterdir()}
        ordered = [name for name in FILES if name in there] + sorted(set(there) - set(FILES))
        return Release(release_name(day), {name: there[name] for name in ordered})


class ReportIOManager(dg.IOManager):
    """Reports of the leak scan, as JSON of numbers and names of columns."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def _path(self, day: str) -> Path:
        return self._home.restricted("leak_scans") / f"date={day}.json"

    @silent
    def handle_output(self, context: dg.OutputContext, obj: LeakReport) -> None:
        """Write the report."""
        write_private(self._path(context.partition_key), json.dumps(asdict(obj)).encode())

    @silent
    def load_input(self, context: dg.InputContext) -> LeakReport:
        """The report."""
        told: dict[str, Any] = json.loads(_existing(self._path(context.partition_key)).read_bytes())
        return LeakReport(told["candidate"], tuple(told["searched"]), told["hits"])


class PublishedIOManager(dg.IOManager):
    """The writer of the published store. The gate stands here once more, so that no other way in exists."""

    def __init__(self, home: Home, ledger: SqliteLedger) -> None:
        self._home, self._ledger = home, ledger

    @silent
    def handle_output(self, context: dg.OutputContext, obj: Cleared) -> None:
        """Judge, write, and let the folder appear at once."""
        files = publish(self._home, self._ledger, obj)
        context.add_output_metadata(counts({"files": files, "bytes": sum(map(len, obj.candidate.files.values()))}))

    def load_input(self, context: dg.InputContext) -> object:
        """Refuse: released files are for partners; no asset reads them."""
        raise dg.Failure("no asset reads a published release", allow_retries=False)


def _existing(path: Path) -> Path:
    if not path.exists():
        raise Refusal(path.parent.name, Reason.STORE, f"{path.name} is not there; run the night from its first step")
    return path


def io_managers(home: Home, site: Site, sources: Sources, ledger: SqliteLedger) -> dict[str, Any]:
    """All IO managers by their keys. Those that move lazy tables share the run's engines."""

    @dg.io_manager(required_resource_keys={"engines"})
    def source_io_manager(context: dg.InitResourceContext) -> SourceIOManager:
        return SourceIOManager(home, site, sources, context.resources.engines)

    @dg.io_manager(required_resource_keys={"engines"})
    def restricted_io_manager(context: dg.InitResourceContext) -> RestrictedIOManager:
        return RestrictedIOManager(home, context.resources.engines)

    return {
        "io_manager": RefusingIOManager(),
        "source_io_manager": source_io_manager,
        "restricted_io_manager": restricted_io_manager,
        "noisy_io_manager": NoisyIOManager(home, site),
        "candidate_io_manager": CandidateIOManager(home, site),
        "report_io_manager": ReportIOManager(home),
        "published_io_manager": PublishedIOManager(home, ledger),
    }
