"""Nothing is kept longer than the site says; releases, ledger and keys are never touched; an open week keeps its events."""

import os
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anonymizers.local_day import days_of_week, iso_week
from anonymizers.releasing.edition import daily_base
from anonymizers.retention import Retention
from pipelines.erasure import change_rows
from pipelines.home import Home
from pipelines.retention import RetentionStore
from tests.promises.launched import launch
from tests.worlds import World

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


def test_a_week_that_is_never_released_is_told_as_overdue_after_twice_its_days(tmp_path):
    for age in (10, 40, 56, 57):
        put(tmp_path, "stripped_events", STORES["stripped_events"], TODAY - timedelta(days=age))
    told = sweep(tmp_path, TODAY, closed=False)
    assert (told["stripped_events_waiting"], told["stripped_events_overdue"]) == (3, 1)
    assert sweep(tmp_path, TODAY, closed=True)["stripped_events_overdue"] == 0


def test_the_asset_fails_once_all_that_is_due_is_deleted_where_a_week_is_overdue(tmp_path):
    world = World(tmp_path)
    put(world.home.root, "stripped_events", STORES["stripped_events"], date(2026, 9, 16))
    other = put(world.home.root, "cookie_audit", STORES["cookie_audit"], date(2026, 1, 1))
    assert not launch(world, "retention") and not other.exists()
    for day in days_of_week(iso_week(date(2026, 9, 16))):
        world.ledger.mark_missing(daily_base(day))
    assert launch(world, "retention")


@pytest.mark.parametrize(
    "form", ["date=2026-10-01.parquet", "date=2026-10-01.csv", "date=2026-10-01.parquet/part-0.parquet"]
)
def test_what_is_left_of_a_file_after_somebodys_erasure_goes_when_the_whole_file_would_have_gone(tmp_path, form):
    path = put(tmp_path, "set_aside_rows", form, TODAY - timedelta(days=15))
    if path.suffix == ".csv":
        path.write_text("raw\nmari\nanna\n")
    else:
        pq.write_table(pa.table({"raw": ["mari", "anna"]}), path)
    os.utime(path, (changed := path.stat().st_mtime - 15 * 86_400, changed))
    before, now = path.stat().st_mtime_ns, datetime.now(ZoneInfo(ZONE)).date()
    assert change_rows(Home(tmp_path), lambda text: None if text == "mari" else text)["set_aside_rows"] == 1
    assert b"mari" not in path.read_bytes() and path.stat().st_mtime_ns == before
    assert sweep(tmp_path, now)["set_aside_rows"] == 1


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
