"""One night or week from the command line: the same job as the schedule's, in this process."""

import logging
import os
import shutil
from collections.abc import Collection, Iterator, Mapping
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
from anonymizers.retention import is_due
from anonymizers.vocabulary import DAY
from pipelines.catalogue_store import CatalogueStore
from pipelines.definitions import AFTERWARDS, OWN_USES, build_defs, open_ledger, today_of
from pipelines.home import Home
from pipelines.jobs import NIGHT, WEEK
from pipelines.progress import why_failed
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
    # The line of the step tells what failed.
    logging.getLogger("dagster.redacted_errors").setLevel(logging.CRITICAL + 1)
    with home.alone("opening"):  # two at once in a new home would make the same tables
        opened = dg.DagsterInstance.get()
    with opened:
        yield opened


def run_night(site: Path, home: Home, day: str, *, resources: Mapping[str, Any] | None = None) -> str | None:
    """Run the night of `day`. Gives None when it ended well, else one sentence on why it did not."""
    return _why(_failures(NIGHT, day, day, site, home, resources))


def run_week(site: Path, home: Home, week: str, *, resources: Mapping[str, Any] | None = None) -> str | None:
    """Run the release of an ISO week, as 2026-W47. Gives None when it ended well, else one sentence on why it did not."""
    return _why(_failures(WEEK, week, days_of_week(week)[0].isoformat(), site, home, resources))


@dataclass(frozen=True)
class Standing:
    """A release that stands published."""

    folder: Path
    before: bool
    """Whether it stood already, so that nothing was run and nothing spent."""


def publish_day(site: Path, home: Home, day: date) -> Standing:
    """Make sure that the newest release of a day stands, and that the site's own uses of its night ended well.

    Raises Refusal with the reason when they did not. Where the release stands already, own uses that failed are run again.
    """
    ledger, base = open_ledger(read_site_folder(site).site, home), daily_base(day)
    try:
        release = ledger.open_release(base)
    except Refusal as refusal:
        if refusal.reason is not Reason.FINAL:
            raise
        release = ledger.newest_release(base)
    folder, night = home.published / release, day.isoformat()
    if before := (folder / SUCCESS).exists():
        left = _own_uses_left(site, home, day)
        failures = _failures(NIGHT, night, night, site, home, None, left) if left else {}
    else:
        failures = _failures(NIGHT, night, night, site, home, None)
        _refuse_unpublished(folder, _why(failures))
        failures = {step: told for step, told in failures.items() if step in OWN_USES}
    if failures:
        told = f"{', '.join(filter(None, failures)) or 'the run'} failed: {_why(failures)}"
        raise Refusal("publish", Reason.STORE, f"{folder.name} stands published, but {told}; then run the night again")
    return Standing(folder, before)


def publish_week(site: Path, home: Home, week: str) -> Standing:
    """Make sure that the release of an ISO week stands. Raises Refusal with the reason when it does not."""
    folder = home.published / weekly_base(week)
    if (folder / SUCCESS).exists():
        return Standing(folder, before=True)
    _refuse_unpublished(folder, run_week(site, home, week))
    return Standing(folder, before=False)


def reserve_correction(site: Path, home: Home, day: date, reason: str) -> str:
    """Pay for a correction of a day from its week's reserve; gives the name of the release that the next night publishes.

    Where the ledger refuses for want of reserve, the release is marked wrong, and its readers are told.
    """
    settings, base = read_site_folder(site).site, daily_base(day)
    ledger = open_ledger(settings, home)
    try:
        return ledger.reserve_correction(base, plan(settings, DAY).spend(base, iso_week(day)), reason)
    finally:
        # What came of the correction is the news; what the catalogue or a notice lacks, the next night makes good or tells.
        with suppress(Refusal):
            if home.published.exists():
                CatalogueStore(home, ledger).write()


def _refuse_unpublished(folder: Path, why: str | None) -> None:
    if not (folder / SUCCESS).exists():  # whoever published it: this run, or one that went on beside it
        raise Refusal("publish", Reason.STORE, why or f"{folder.name} is not there after the run; see koond ui")


def _own_uses_left(site: Path, home: Home, day: date) -> list[str]:
    """The steps that make good what failed of the own uses of a published night: by what Dagster knows of them.

    Of the list and of retention any later night will do; the rest is by day, while its days of retention last.
    """
    settings = read_site_folder(site).site
    today = today_of(settings)()
    by_day = {name: getattr(settings.retention, name) for name in ("server_diagnostics", "cookie_audit")}
    with instance(home) as opened:

        def newest(name: str, of_day: bool) -> dg.EventLogRecord | None:
            asked = dg.AssetRecordsFilter(dg.AssetKey(name), asset_partitions=[day.isoformat()] if of_day else None)
            return next(iter(opened.fetch_materializations(asked, limit=1).records), None)

        published = newest("published_release", True)
        if published is None:
            return []
        left = []
        for name in OWN_USES:
            done = newest(name, name in by_day)
            if done and (done.run_id == published.run_id or done.storage_id > published.storage_id):
                continue
            if name not in by_day or not is_due(day, by_day[name], today):
                left.append(name)
    return [*(["suppressions"] if "mailing_list" in left else []), *left]


def _failures(
    job_name: str, what: str, partition: str, site: Path, home: Home, resources: Mapping[str, Any] | None,
    steps: Collection[str] | None = None,
) -> Mapping[str, str]:  # fmt: skip
    """Run a job, or some of its steps; gives the steps that failed, each with one sentence. Without a step: it never began."""
    job = build_defs(site, home, resources=resources).resolve_job_def(job_name)
    partitions = job.partitions_def
    if partitions is not None and not partitions.has_partition_key(partition):
        return {"": f"{what} cannot be run: it lies before first_day of {SITE} or has not ended yet where the site is"}
    with instance(home) as opened, quiet_descriptors():
        result = job.execute_in_process(
            partition_key=partition, instance=opened, raise_on_error=False, run_config={"loggers": {"progress": {}}},
            asset_selection=None if steps is None else [dg.AssetKey(name) for name in steps],
        )  # fmt: skip
    return _failures_of(result)


def _failures_of(result: dg.ExecuteInProcessResult) -> Mapping[str, str]:
    if result.success:
        return {}
    told = {}
    for event in result.all_events:
        if event.is_step_failure:
            told[event.step_key or ""] = why_failed(event)
    return told or {"": "the run could not start"}


def _why(failures: Mapping[str, str]) -> str | None:
    return next((told for step, told in failures.items() if step not in AFTERWARDS), None)


def why(result: dg.ExecuteInProcessResult) -> str | None:
    """Why a run failed; None where it did not, or where nothing failed but the search that comes after the release."""
    return _why(_failures_of(result))
