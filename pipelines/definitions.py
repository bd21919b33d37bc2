"""The code location: one site and one home folder, put together from the plain list of assets.

`defs` is what Dagster loads (KOOND_SITE, KOOND_HOME); `build_defs` gives tests and commands a fresh one.
"""

import os
import warnings
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg

from anonymizers.counting.mechanism import OpenDPNoise
from anonymizers.local_day import days_of_week, iso_week
from anonymizers.site import Site
from assets.catalogue import catalogue, weekly_catalogue
from assets.deliveries import deliveries, weekly_deliveries
from assets.outside import outside_scan, weekly_outside_scan
from assets.own_uses import cookie_audit, mailing_list, server_diagnostics
from assets.raw import raw_assets, set_aside_rows
from assets.release import (
    leak_scan,
    published_release,
    release_candidate,
    weekly_candidate,
    weekly_leak_scan,
    weekly_release,
)
from assets.retention import retention
from assets.statistics import daily_statistics, registration_statistics, weekly_segments
from assets.stripping import stripped_events
from assets.suppressions import suppressed_people
from pipelines.catalogue_store import CatalogueStore
from pipelines.deliveries import Courier
from pipelines.disclosure import Disclosure, lawful_disclosure
from pipelines.home import Home
from pipelines.io_managers import io_managers
from pipelines.jobs import nightly, weekly
from pipelines.ledger import Ledger
from pipelines.mailing_records import MailingRecordStore
from pipelines.outlets.outlet import outlets
from pipelines.outside import Outside
from pipelines.own_use_stores import OwnUseIOManager
from pipelines.progress import progress_logger
from pipelines.published_store import refuse_another_site
from pipelines.requests import Requests, requests_job
from pipelines.resources import MakeEngines, duckdb_engines, engines_of_a_run, spark_engines
from pipelines.retention import stores_of_a_run
from pipelines.settings import home_folder, ledger_url, site_folder
from pipelines.signing_keys import SigningKeyStore
from pipelines.site_folder import SiteFolder, read_site_folder
from pipelines.week_keys import WeekKeyStore

os.environ.setdefault("DAGSTER_REDACT_USER_CODE_ERRORS", "1")  # however the code location is loaded

# Dagster gives this parameter itself, to every sensor that it binds to resources.
warnings.filterwarnings("ignore", "Parameter `owners` of initializer `SensorDefinition", dg.BetaWarning)

NIGHT_ASSETS = (
    set_aside_rows,
    suppressed_people,
    stripped_events,
    daily_statistics,
    registration_statistics,
    release_candidate,
    leak_scan,
    published_release,
    catalogue,
    deliveries,
    mailing_list,
    server_diagnostics,
    cookie_audit,
    retention,
    outside_scan,
)
WEEK_ASSETS = (
    weekly_segments,
    weekly_candidate,
    weekly_leak_scan,
    weekly_release,
    weekly_catalogue,
    weekly_deliveries,
    weekly_outside_scan,
)
"""Every asset that koond makes, in the order of an event's journey: the audit trail of what exists."""
OWN_USES = ("mailing_list", "server_diagnostics", "cookie_audit", "retention")
"""Steps for which no release waits, and without which no night has ended well."""
AFTERWARDS = ("outside_scan", "weekly_outside_scan")
"""Steps on which no night and no week depends: they run when all is done."""


def build_defs(site_path: Path, home: Home, *, resources: Mapping[str, Any] | None = None) -> dg.Definitions:
    """The definitions of one site and one home folder. `resources` replaces resources by key, for tests."""
    folder = read_site_folder(site_path)
    site, ledger = folder.site, open_ledger(folder.site, home)
    requests = Requests(site, folder.sources, home, ledger, engines_from_environment())
    week_keys = WeekKeyStore(home, ledger, site.first_day)
    days = dg.DailyPartitionsDefinition(start_date=site.first_day.isoformat(), timezone=site.time_zone)
    weeks = dg.WeeklyPartitionsDefinition(  # from the first whole week on
        start_date=days_of_week(iso_week(site.first_day + timedelta(days=6)))[0].isoformat(),
        timezone=site.time_zone,
        day_offset=1,
    )

    def of_this_site(spec: dg.AssetSpec, partitions: dg.PartitionsDefinition = days) -> dg.AssetSpec:
        return spec.replace_attributes(
            partitions_def=partitions, owners=["team:data-engineering"], tags={"site": site.site}
        )

    nights = dg.map_asset_specs(of_this_site, NIGHT_ASSETS)
    weeklies = dg.map_asset_specs(lambda spec: of_this_site(spec, weeks), WEEK_ASSETS)
    of_this_home = dg.Definitions(
        assets=[*map(of_this_site, raw_assets(folder.sources)), *nights, *weeklies],
        executor=dg.in_process_executor,
        loggers={"console": dg.colored_console_logger, "progress": progress_logger},
        resources={
            "site": site,
            "sources": folder.sources,
            "week_keys": week_keys,
            "noise": OpenDPNoise(),
            "ledger": ledger,
            "outside": Outside(home),
            "catalogue_store": CatalogueStore(home, ledger),
            "courier": courier_of(folder, home, ledger),
            "suppressions": requests.suppressions,
            "disclosure": Disclosure(home, site, folder.sources, ledger, today_of(site)),
            "mailing_records": MailingRecordStore(home),
            "stores": stores_of_a_run(home, site, week_keys, today_of(site)),
            "own_use_io_manager": OwnUseIOManager(home, site.retention, today_of(site)),
            "engines": engines_of_a_run(home, ledger, week_keys, engines_from_environment()),
            **io_managers(home, site, folder.sources, ledger, week_keys, today_of(site)),
            **(resources or {}),
        },
    )
    jobs = (nightly(nights), weekly(weeklies, site, ledger), requests_job(requests), lawful_disclosure())
    return dg.Definitions.merge(of_this_home, *jobs)


def open_ledger(site: Site, home: Home) -> Ledger:
    """The ledger of a home folder, or the one that KOOND_LEDGER_URL names. Refuses another site's home."""
    refuse_another_site(home, site.site)
    return Ledger(ledger_url(home.ledger), home.published, corrections_per_week=site.corrections_per_week)


def courier_of(folder: SiteFolder, home: Home, ledger: Ledger) -> Courier:
    """Who gives the partners of a site folder what was agreed. Secrets come from the environment."""
    return Courier(
        home,
        ledger,
        folder.partners,
        outlets(home, os.environ, [partner.outlet for partner in folder.partners.partners]),
        SigningKeyStore(home, ledger).sign,
        today_of(folder.site),
        ZoneInfo(folder.site.time_zone),
    )


def today_of(site: Site) -> Callable[[], date]:
    """The day that it is where the site is."""
    return lambda: datetime.now(ZoneInfo(site.time_zone)).date()


def engines_from_environment() -> MakeEngines:
    """KOOND_ENGINE (duckdb, or a Spark master such as local[4]) and KOOND_MEMORY (DuckDB's limit; 1GB)."""
    engine, memory = os.environ.get("KOOND_ENGINE", "duckdb"), os.environ.get("KOOND_MEMORY", "1GB")
    return duckdb_engines(memory) if engine == "duckdb" else spark_engines(engine, memory)


@dg.definitions
def defs() -> dg.Definitions:
    """What Dagster loads."""
    return build_defs(site_folder(), Home(home_folder()))
