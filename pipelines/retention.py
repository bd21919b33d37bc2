"""Retention: each store keeps its days, and what is older goes. Published releases, ledger and keys are never touched.

The day that counts stands in a file's name, or in that of a folder above it; where there is none, and of what a late
night may be working on, it is the day of the last change.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg

from anonymizers.local_day import iso_week
from anonymizers.refusal import Reason, Refusal
from anonymizers.retention import Retention, is_due
from anonymizers.site import Site
from pipelines.home import Home
from pipelines.week_keys import WeekKeyStore

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_EVENTS, _RUNS = "stripped_events", "dagster_runs"
_BY_CHANGE = (_EVENTS, "set_aside_rows", "suppressions", "candidates", "leak_scans")
_BATCH = 100


@dataclass(frozen=True)
class RetentionStore:
    """The stores of one home with the days that they keep."""

    home: Home
    retention: Retention
    time_zone: str
    week_is_closed: Callable[[str], bool]
    """Whether the week of stripped events needs them no more: it is released, or can have no release."""
    instance: dg.DagsterInstance
    today: Callable[[], date]

    def delete_due(self) -> Mapping[str, int]:
        """Delete what is due. Gives files by store, runs as `dagster_runs`, as `stripped_events_waiting` the files that are
        due and still needed for their week's release, and as `stripped_events_overdue` those that wait since twice their
        days."""
        today, deleted = self.today(), Counter(dict.fromkeys(asdict(self.retention), 0))
        deleted.update({f"{_EVENTS}_waiting": 0, f"{_EVENTS}_overdue": 0})
        for store, kept in asdict(self.retention).items():
            if store == _RUNS:
                deleted[store] += self._delete_runs(today - timedelta(days=kept))
                continue
            folder = self.home.restricted(store)
            for path, named, changed in _dated(folder, self.time_zone):
                day = changed if named is None or store in _BY_CHANGE else named
                if not is_due(day, kept, today):
                    continue
                if store == _EVENTS and not self.week_is_closed(iso_week(named or day)):
                    deleted[f"{_EVENTS}_waiting"] += 1
                    deleted[f"{_EVENTS}_overdue"] += is_due(day, 2 * kept, today)
                    continue
                path.unlink(missing_ok=True)
                deleted[store] += 1
            _remove_empty(folder)
        return dict(deleted)

    def _delete_runs(self, first_kept: date) -> int:
        # Dagster drops the time zone of what it is asked for, and keeps its own instants in UTC.
        before = datetime.combine(first_kept, time(), ZoneInfo(self.time_zone)).astimezone(UTC)
        over = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
        deleted = 0
        while records := self.instance.get_run_records(
            dg.RunsFilter(created_before=before, statuses=over), limit=_BATCH
        ):
            for record in records:
                self.instance.delete_run(record.dagster_run.run_id)
            deleted += len(records)
        return deleted


def stores_of_a_run(
    home: Home, site: Site, week_keys: WeekKeyStore, today: Callable[[], date]
) -> dg.ResourceDefinition:
    """The resource of the asset `retention`; runs of the instance that it runs in are a store too."""

    @dg.resource
    def stores(context: dg.InitResourceContext) -> RetentionStore:
        if context.instance is None:
            raise Refusal("retention", Reason.STORE, "it runs inside Dagster only; launch the asset retention")
        return RetentionStore(home, site.retention, site.time_zone, week_keys.is_closed, context.instance, today)

    return stores


def _dated(folder: Path, time_zone: str) -> Iterator[tuple[Path, date | None, date]]:
    """Every file below a folder with the day that its name tells, and the day of its last change."""
    for path in sorted(folder.rglob("*")):
        if path.is_dir() and not path.is_symlink():
            continue
        names = [
            path.name,
            *(parent.name for parent in path.parents if parent.is_relative_to(folder) and parent != folder),
        ]
        days = [day for name in names for day in _days_in(name)]
        changed = datetime.fromtimestamp(path.lstat().st_mtime, ZoneInfo(time_zone)).date()
        yield path, days[0] if days else None, changed


def _days_in(name: str) -> Iterator[date]:
    for text in _DAY.findall(name):
        try:
            yield date.fromisoformat(text)
        except ValueError:
            continue


def _remove_empty(folder: Path) -> None:
    for below in sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True):
        if not any(below.iterdir()):
            below.rmdir()
