"""One night from the command line: the same job as the schedule's, in this process."""

import logging
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg

from pipelines.definitions import build_defs
from pipelines.home import Home
from pipelines.jobs import NIGHT
from pipelines.settings import shipped_dagster_yaml
from pipelines.site_folder import SITE


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
    with dg.DagsterInstance.get() as opened:
        yield opened


def run_night(site: Path, home: Home, day: str, *, resources: Mapping[str, Any] | None = None) -> str | None:
    """Run the night of `day`. Gives None when it ended well, else one sentence on why it did not."""
    job = build_defs(site, home, resources=resources).resolve_job_def(NIGHT)
    days = job.partitions_def
    if days is not None and not days.has_partition_key(day):
        return f"{day} is no night to run: it lies before first_day of {SITE} or has not ended yet where the site is"
    with instance(home) as opened:
        result = job.execute_in_process(
            partition_key=day, instance=opened, raise_on_error=False, run_config={"loggers": {"progress": {}}}
        )
    return None if result.success else _why(result)


def _why(result: dg.ExecuteInProcessResult) -> str:
    for event in result.all_events:
        if event.is_step_failure:
            failure = event.step_failure_data.user_failure_data
            return (failure.description if failure else None) or f"{event.step_key} failed"
    return "the run could not start"
