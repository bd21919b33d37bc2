"""Nothing is kept longer than the site says; releases, ledger and keys are never touched; an open week keeps its events."""

import os
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anonymizers.local_day import iso_week
from anonymizers.retention import Retention
from pipelines.home import Home
from pipelines.retention import RetentionStore

ZONE = "Europe/Tallinn"
TODAY = date(2026, 11, 22)
STORES = {
    "stripped_events": "date={}.parquet",
    "set_aside_rows": "date={}.parquet/part-0.parquet",
    "server_diagnostics": "date={}.failing.parquet",
    "cookie_audit": "date={}.json",
    "mailing_list": "drawn={}.csv",
    "disclosures": "case-2019-01-01/disclosed={}.age",
}
"""Store -> a file of a day in it."""
BY_CHANGE = {
    "stripped_events": "date={}.parquet",
    "set_aside_rows": "date={}.parquet",
    "suppressions": "date={}.parquet",
    "candidates": "release_candidate/{}.zip",
    "leak_scans": "leak_scan/{}.json",
    "disclosures": "a-case/request.yaml",
}


def sweep(root: Path, today: date, *, closed: bool = True, retention: Retention | None = None) -> dict[str, int]:
    with dg.DagsterInstance.ephemeral() as instance:
        kept = retention or Retention()
        return dict(RetentionStore(Home(root), kept, ZONE, lambda week: closed, instance, lambda: today).delete_due())


def put(root: Path, store: str, form: str, day: date) -> Path:
    path = Home(root).restricted(store) / form.format(day)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    changed = datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(ZONE)).timestamp()
    os.utime(path, (changed, changed))
    return path


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ages=st.lists(st.integers(0, 120), min_size=1, max_size=6, unique=True), kept=st.integers(1, 60))
@pytest.mark.parametrize("store", STORES)
def test_a_store_keeps_its_days_and_nothing_older(tmp_path_factory, store, ages, kept):
    root = tmp_path_factory.mktemp("home")
    days = min(kept, 7) if store == "server_diagnostics" else kept
    retention = Retention(**{store: days})
    paths = {age: put(root, store, STORES[store], TODAY - timedelta(days=age)) for age in ages}
    told = sweep(root, TODAY, retention=retention)
    assert {age for age, path in paths.items() if path.exists()} == {age for age in ages if age <= days}
    assert told[store] == sum(age > days for age in ages)


@pytest.mark.parametrize("store", BY_CHANGE)
def test_what_names_no_day_or_is_worked_on_goes_by_its_last_change(tmp_path, store):
    old = put(tmp_path, store, BY_CHANGE[store], TODAY - timedelta(days=400))
    assert sweep(tmp_path, TODAY)[store] == 1 and not old.exists()
    just_made = put(tmp_path, store, BY_CHANGE[store], TODAY - timedelta(days=400))
    os.utime(just_made)
    assert sweep(tmp_path, datetime.now(ZoneInfo(ZONE)).date())[store] == 0 and just_made.exists()


def test_events_of_a_week_that_can_still_be_released_stay_and_are_told(tmp_path):
    path = put(tmp_path, "stripped_events", STORES["stripped_events"], TODAY - timedelta(days=300))
    assert sweep(tmp_path, TODAY, closed=False)["stripped_events_waiting"] == 1
    assert path.exists()
    assert sweep(tmp_path, TODAY, closed=True)["stripped_events"] == 1
    assert not path.exists()


def test_the_clock_moves_on_and_nothing_personal_is_left(tmp_path):
    stores = STORES | {"candidates": BY_CHANGE["candidates"], "leak_scans": BY_CHANGE["leak_scans"]}
    for store, form in stores.items():
        for age in range(10):
            put(tmp_path, store, form, TODAY - timedelta(days=age))
    for later in (0, 5, 20, 50, 100):
        sweep(tmp_path, TODAY + timedelta(days=later))
    left = [path for store in stores for path in Home(tmp_path).restricted(store).rglob("*")]
    assert left == []


def test_releases_ledger_keys_and_what_people_asked_for_are_never_touched(tmp_path):
    home, old = Home(tmp_path), TODAY - timedelta(days=3000)
    kept = [put(tmp_path, folder, f"{old}-x", old) for folder in ("keys", "mailing", "suppressed")]
    release = home.published / "daily" / f"date={old}" / "topics.parquet"
    release.parent.mkdir(parents=True)
    for path in (release, home.ledger):
        path.write_bytes(b"x")
        os.utime(path, (0, 0))
    sweep(tmp_path, TODAY + timedelta(days=3000))
    assert all(path.exists() for path in (*kept, release, home.ledger))


def test_old_runs_go_and_new_ones_stay(tmp_path):
    with dg.DagsterInstance.ephemeral() as instance:

        @dg.job
        def nothing() -> None:
            pass

        nothing.execute_in_process(instance=instance)
        now = datetime.now(ZoneInfo(ZONE)).date()
        for later, left in ((0, 1), (365, 1), (366, 0), (367, 0)):
            store = RetentionStore(
                Home(tmp_path),
                Retention(),
                ZONE,
                lambda week: True,
                instance,
                lambda later=later: now + timedelta(days=later),
            )
            store.delete_due()
            assert instance.get_runs_count() == left, later


@pytest.mark.parametrize("days", [0, 8, -1])
def test_diagnostics_are_kept_seven_days_at_most(days):
    with pytest.raises(ValueError):
        Retention(server_diagnostics=days)


def test_a_week_is_asked_for_by_its_own_name(tmp_path):
    asked = []
    put(tmp_path, "stripped_events", STORES["stripped_events"], date(2026, 1, 1))
    with dg.DagsterInstance.ephemeral() as instance:
        ask = lambda week: bool(asked.append(week))  # noqa: E731
        RetentionStore(Home(tmp_path), Retention(), ZONE, ask, instance, lambda: TODAY).delete_due()
    assert asked == [iso_week(date(2026, 1, 1))] == ["2026-W01"]


def test_a_late_night_is_kept_as_long_as_one_on_time_and_its_week_is_that_of_its_day(tmp_path):
    asked, named = [], TODAY - timedelta(days=400)
    path = put(tmp_path, "stripped_events", STORES["stripped_events"], named)
    written = datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=ZoneInfo(ZONE)).timestamp()
    os.utime(path, (written, written))
    with dg.DagsterInstance.ephemeral() as instance:
        for later, left in ((0, True), (28, True), (29, False)):
            now = TODAY + timedelta(days=later)
            closed = lambda week: asked.append(week) is None  # noqa: E731
            RetentionStore(Home(tmp_path), Retention(), ZONE, closed, instance, lambda now=now: now).delete_due()
            assert path.exists() == left, later
    assert asked == [iso_week(named)]
