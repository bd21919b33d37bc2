"""The night and the week as jobs, and what starts them."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import dagster as dg

from anonymizers.local_day import days_of_week, iso_week
from anonymizers.releasing.edition import weekly_base
from anonymizers.site import Site
from pipelines.ledger import Ledger

NIGHT, WEEK = "night", "week"
_LOOKS_BACK = 5
"""Weeks: an open day that is published or marked later still gets its week released."""
_SETTLES = timedelta(days=1)
"""How long a week waits after its last night: once it is released, none of its days can be corrected."""


def nightly(assets: Sequence[dg.AssetsDefinition]) -> dg.Definitions:
    """One night as a job over every daily asset, and the schedule that runs it for the day before.

    In one process: 5-9 s a night against 28-43 s in one process a step. At 02:30 where the site is: the hour from 03:00
    is left out or doubled when the clocks change.
    """
    job = dg.define_asset_job(
        NIGHT,
        selection=dg.AssetSelection.assets(*assets),
        executor_def=dg.in_process_executor,
        description="Strips the day's events, counts them with noise, and publishes the release if the gate lets it.",
    )
    schedule = dg.build_schedule_from_partitioned_job(job, name="nightly", hour_of_day=2, minute_of_hour=30)
    return dg.Definitions(jobs=[job], schedules=[schedule])


def weekly(assets: Sequence[dg.AssetsDefinition], site: Site, ledger: Ledger) -> dg.Definitions:
    """One ISO week as a job over every weekly asset, and the sensor that starts it once all its days are told."""
    job = dg.define_asset_job(
        WEEK,
        selection=dg.AssetSelection.assets(*assets),
        executor_def=dg.in_process_executor,
        description="Counts the week's visitors once each, publishes the weekly release, and destroys the week's key.",
    )

    @dg.sensor(name="week_is_complete", job=job, minimum_interval_seconds=600)
    def week_is_complete() -> Iterator[dg.RunRequest]:
        """Starts the week's release from Tuesday on, once all seven days are published or marked; one attempt a day."""
        today = (datetime.now(ZoneInfo(site.time_zone)) - _SETTLES).date()
        for back in range(1, _LOOKS_BACK + 1):
            week = iso_week(today - timedelta(weeks=back))
            told = ledger.days_told(week)
            complete = all(day.isoformat() in told for day in days_of_week(week))
            if complete and "published" in told.values() and ledger.released(weekly_base(week)) is None:
                monday = days_of_week(week)[0].isoformat()
                yield dg.RunRequest(partition_key=monday, run_key=f"{week} on {today}")

    return dg.Definitions(jobs=[job], sensors=[week_is_complete])
