"""One night or week from the command line: the same job as the schedule's, in this process."""

import logging
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg

from anonymizers.counting.plan import plan
from anonymizers.local_day import days_of_week, iso_week
from anonymizers.refusal import Reason, Refusal
from anonymizers.releasing.edition import daily_base, weekly_base
from anonymizers.releasing.release import SUCCESS
from anonymizers.vocabulary import DAY
from pipelines.catalogue_store import CatalogueStore
from pipelines.definitions import build_defs, open_ledger
from pipelines.home import Home
from pipelines.jobs import NIGHT, WEEK
from pipelines.published_store import tell_what_is_wrong
from pipelines.quiet import quiet_descriptors
from pipelines.settings import shipped_dagster_yaml
from pipelines.site_folder import SITE, read_site_folder


@contextmanager
def instance(home: Home) -> Iterator[dg.DagsterInstance]:
    """Dagster's instance in the home folder, with the settings that koond ships."""
    settings = home.dagster / "dagster.yaml"
    if not settings.exists():
        shutil.copyfile(shipped_dagster_yaml(), settings)
    os.environ["DAGSTER_HOME"] = str(home.dagster)
    os.environ["DAGSTER_REDACT_USER_CODE_ERRORS"] = "1"
    logging.getLogger("dagster.redacted_errors").setLevel(
        logging.CRITICAL + 1
    )  # the sentence of the failure is told once
    with home.alone("opening"):  # two at once in a new home would make the same tables
        opened = dg.DagsterInstance.get()
    with opened:
        yield opened


def run_night(site: Path, home: Home, day: str, *, resources: Mapping[str, Any] | None = None) -> str | None:
    """Run the night of `day`. Gives None when it ended well, else one sentence on why it did not."""
    return _run(NIGHT, day, day, site, home, resources)


def run_week(site: Path, home: Home, week: str, *, resources: Mapping[str, Any] | None = None) -> str | None:
    """Run the release of an ISO week, as 2026-W47. Gives None when it ended well, else one sentence on why it did not."""
    return _run(WEEK, week, days_of_week(week)[0].isoformat(), site, home, resources)


@dataclass(frozen=True)
class Standing:
    """A release that stands published."""

    folder: Path
    before: bool
    """Whether it stood already, so that nothing was run and nothing spent."""


def publish_day(site: Path, home: Home, day: date) -> Standing:
    """Make sure that the newest release of a day stands. Raises Refusal with the reason when it does not."""
    ledger, base = open_ledger(read_site_folder(site).site, home), daily_base(day)
    try:
        release = ledger.open_release(base)
    except Refusal as refusal:
        if refusal.reason is not Reason.FINAL:
            raise
        release = ledger.newest_release(base)
    return _publish(home.published / release, lambda: run_night(site, home, day.isoformat()))


def publish_week(site: Path, home: Home, week: str) -> Standing:
    """Make sure that the release of an ISO week stands. Raises Refusal with the reason when it does not."""
    return _publish(home.published / weekly_base(week), lambda: run_week(site, home, week))


def reserve_correction(site: Path, home: Home, day: date, reason: str) -> str:
    """Pay for a correction of a day from its week's reserve; gives the name of the release that the next night publishes.

    Where the ledger refuses for want of reserve, the release is marked wrong, and its readers are told.
    """
    settings, base = read_site_folder(site).site, daily_base(day)
    ledger = open_ledger(settings, home)
    try:
        return ledger.reserve_correction(base, plan(settings, DAY).spend(base, iso_week(day)), reason)
    finally:
        tell_what_is_wrong(home, ledger)
        with suppress(Refusal):  # what came of the correction is the news; what the catalogue lacks, the next night tells
            CatalogueStore(home, ledger).write()


def _publish(folder: Path, run: Callable[[], str | None]) -> Standing:
    if (folder / SUCCESS).exists():
        return Standing(folder, before=True)
    why = run()
    if not (folder / SUCCESS).exists():  # whoever published it: this run, or one that went on beside it
        raise Refusal("publish", Reason.STORE, why or f"{folder.name} is not there after the run; see koond ui")
    return Standing(folder, before=False)


def _run(
    job_name: str, what: str, partition: str, site: Path, home: Home, resources: Mapping[str, Any] | None
) -> str | None:
    job = build_defs(site, home, resources=resources).resolve_job_def(job_name)
    partitions = job.partitions_def
    if partitions is not None and not partitions.has_partition_key(partition):
        return f"{what} cannot be run: it lies before first_day of {SITE} or has not ended yet where the site is"
    with instance(home) as opened, quiet_descriptors():
        result = job.execute_in_process(
            partition_key=partition, instance=opened, raise_on_error=False, run_config={"loggers": {"progress": {}}}
        )
    return None if result.success else why(result)


def why(result: dg.ExecuteInProcessResult) -> str:
    """One sentence on why a run did not end well."""
    for event in result.all_events:
        if event.is_step_failure:
            failure = event.step_failure_data.user_failure_data
            return (failure.description if failure else None) or f"{event.step_key} failed"
    return "the run could not start"
