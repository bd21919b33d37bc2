"""The code location: one site and one home folder, put together from the plain list of assets.

`defs` is what Dagster loads (KOOND_SITE, KOOND_HOME); `build_defs` gives tests and commands a fresh one.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg

from anonymizers.counting.mechanism import OpenDPNoise
from assets.raw import raw_assets, set_aside_rows
from assets.release import leak_scan, published_release, release_candidate
from assets.statistics import daily_statistics, registration_statistics
from assets.stripping import stripped_events
from pipelines.home import Home, WeekKeyStore
from pipelines.io_managers import io_managers
from pipelines.jobs import nightly
from pipelines.ledger import SqliteLedger
from pipelines.progress import progress_logger
from pipelines.resources import MakeEngines, duckdb_engines, engines_of_a_run, spark_engines
from pipelines.settings import home_folder, site_folder
from pipelines.site_folder import read_site_folder

os.environ.setdefault("DAGSTER_REDACT_USER_CODE_ERRORS", "1")  # however the code location is loaded

ASSETS = (
    set_aside_rows,
    stripped_events,
    *daily_statistics,
    registration_statistics,
    release_candidate,
    leak_scan,
    published_release,
)
"""Every asset that koond makes, in the order of an event's journey: the audit trail of what exists."""


def build_defs(site_path: Path, home: Home, *, resources: Mapping[str, Any] | None = None) -> dg.Definitions:
    """The definitions of one site and one home folder. `resources` replaces resources by key, for tests."""
    folder = read_site_folder(site_path)
    ledger = SqliteLedger(home.ledger, home.published)
    days = dg.DailyPartitionsDefinition(start_date=folder.site.first_day.isoformat(), timezone=folder.site.time_zone)

    def of_this_site(spec: dg.AssetSpec) -> dg.AssetSpec:
        return spec.replace_attributes(
            partitions_def=days, owners=["team:data-engineering"], tags={"site": folder.site.site}
        )

    assets = dg.map_asset_specs(of_this_site, ASSETS)
    of_this_home = dg.Definitions(
        assets=[*map(of_this_site, raw_assets(folder.sources)), *assets],
        executor=dg.in_process_executor,
        loggers={"console": dg.colored_console_logger, "progress": progress_logger},
        resources={
            "site": folder.site,
            "sources": folder.sources,
            "week_keys": WeekKeyStore(home),
            "noise": OpenDPNoise(),
            "ledger": ledger,
            "engines": engines_of_a_run(home, engines_from_environment()),
            **io_managers(home, folder.site, folder.sources, ledger),
            **(resources or {}),
        },
    )
    return dg.Definitions.merge(of_this_home, nightly(assets))


def engines_from_environment() -> MakeEngines:
    """KOOND_ENGINE (duckdb, or a Spark master such as local[4]) and KOOND_MEMORY (DuckDB's limit; 1GB)."""
    engine, memory = os.environ.get("KOOND_ENGINE", "duckdb"), os.environ.get("KOOND_MEMORY", "1GB")
    return duckdb_engines(memory) if engine == "duckdb" else spark_engines(engine, memory)


@dg.definitions
def defs() -> dg.Definitions:
    """What Dagster loads."""
    return build_defs(site_folder(), Home(home_folder()))
