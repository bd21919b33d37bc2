"""A day where the site is: its instants, its hours on the wall, and the dates and the week it touches."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from anonymizers.local_day import LocalDay
from anonymizers.refusal import Refusal
from tests.anonymizers.trials import trials

HOUR_US = 3_600_000_000
ZONES = (
    "Europe/Tallinn", "UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Sao_Paulo",
    "Pacific/Apia", "Africa/Cairo", "America/Havana", "Asia/Tehran", "Asia/Beirut", "Pacific/Chatham", "Africa/Casablanca",
)  # fmt: skip
WITHOUT_MIDNIGHT = (
    ("America/Sao_Paulo", date(2018, 11, 4)),
    ("America/Sao_Paulo", date(2017, 10, 15)),
    ("Africa/Cairo", date(2026, 4, 24)),
    ("Asia/Beirut", date(2026, 3, 29)),
    ("America/Havana", date(2026, 3, 8)),
    ("Asia/Tehran", date(2022, 3, 22)),
)
WITH_A_CHANGE = (
    ("Europe/Tallinn", date(2026, 3, 29)),
    ("Europe/Tallinn", date(2026, 10, 25)),
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("America/Sao_Paulo", date(2019, 2, 16)),
    ("America/Havana", date(2026, 11, 1)),
    ("America/St_Johns", date(2010, 3, 14)),
)
NO_DAY = (
    ("Pacific/Apia", date(2011, 12, 30)),
    ("Pacific/Fakaofo", date(2011, 12, 30)),
    ("America/St_Johns", date(2010, 11, 7)),
    ("America/Goose_Bay", date(2010, 11, 7)),
    ("Antarctica/Casey", date(2010, 3, 5)),
)

dates = st.dates(date(2000, 1, 1), date(2037, 12, 31))


def wall(instant_us: int, zone: str) -> datetime:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=instant_us)).astimezone(ZoneInfo(zone))


def hours(engine, day: LocalDay, instants: list[int]) -> list[int]:
    rows = engine.table(pa.table({"place": range(len(instants)), "us": pa.array(instants, pa.int64())}))
    told = engine.fetch(engine.query("SELECT place, $hour AS hour FROM $rows", rows=rows, hour=day.hour_sql("us")))
    return [row["hour"] for row in sorted(told.to_pylist(), key=lambda row: row["place"])]


def around(day: LocalDay, parts: list[float]) -> list[int]:
    """Instants of the day: its ends, every quarter of an hour and one microsecond before it, and some at will."""
    quarters = range(day.start_us, day.end_us, HOUR_US // 4)
    anywhere = [day.start_us + int(part * (day.end_us - 1 - day.start_us)) for part in parts]
    return sorted({*quarters, *(us - 1 for us in quarters if us > day.start_us), day.end_us - 1, *anywhere})


@given(zone=st.sampled_from(ZONES), on=dates, parts=st.lists(st.floats(0, 1), max_size=20))
@trials(30)
def test_the_hour_in_the_engine_is_the_hour_on_the_wall_on_any_day(engine, zone, on, parts):
    if (zone, on) not in NO_DAY:
        day = LocalDay(on, zone)
        instants = around(day, parts)
        assert hours(engine, day, instants) == [wall(us, zone).hour for us in instants]


@pytest.mark.parametrize(("zone", "on"), WITH_A_CHANGE + WITHOUT_MIDNIGHT)
def test_the_hour_is_the_walls_on_days_on_which_the_clocks_change(engine, zone, on):
    day = LocalDay(on, zone)
    instants = around(day, [])
    assert len({wall(us, zone).utcoffset() for us in (*instants, day.start_us - 1)}) == 2, "not a day of change"
    assert hours(engine, day, instants) == [wall(us, zone).hour for us in instants]


@given(zone=st.sampled_from(ZONES), on=dates)
@example(zone="America/Sao_Paulo", on=date(2018, 11, 4))
@example(zone="Australia/Lord_Howe", on=date(2026, 4, 5))
@trials(150)
def test_a_day_holds_the_instants_that_bear_its_date_and_no_others(zone, on):
    if (zone, on) not in NO_DAY:
        day = LocalDay(on, zone)
        assert wall(day.start_us, zone).date() == wall(day.end_us - 1, zone).date() == on
        assert wall(day.start_us - 1, zone).date() < on < wall(day.end_us, zone).date()


@given(zone=st.sampled_from(ZONES), on=dates)
@trials(150)
def test_days_follow_one_another_without_gap_or_overlap(zone, on):
    after = on + timedelta(days=1)
    if (zone, on) not in NO_DAY and (zone, after) not in NO_DAY:
        assert LocalDay(on, zone).end_us == LocalDay(after, zone).start_us


@pytest.mark.parametrize(
    ("zone", "on", "length"),
    [
        ("Europe/Tallinn", date(2026, 3, 29), 23),
        ("Europe/Tallinn", date(2026, 10, 25), 25),
        ("Europe/Tallinn", date(2026, 11, 20), 24),
        ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
        ("Australia/Lord_Howe", date(2026, 10, 4), 23.5),
        ("America/Sao_Paulo", date(2018, 11, 4), 23),
        ("America/Sao_Paulo", date(2019, 2, 16), 25),
    ],
)
def test_a_day_is_as_long_as_its_clocks_make_it(zone, on, length):
    day = LocalDay(on, zone)
    assert day.end_us - day.start_us == length * HOUR_US


def test_the_hour_that_comes_twice_is_one_hour_and_the_hour_that_never_comes_is_empty(engine):
    autumn, spring = (LocalDay(date(2026, month, on), "Europe/Tallinn") for month, on in ((10, 25), (3, 29)))
    counted = [hours(engine, day, list(range(day.start_us, day.end_us, HOUR_US))) for day in (autumn, spring)]
    assert counted[0] == [0, 1, 2, 3, 3, *range(4, 24)]
    assert counted[1] == [0, 1, 2, *range(4, 24)]


@pytest.mark.parametrize(("zone", "on"), NO_DAY)
def test_a_date_that_the_clocks_skip_or_tell_twice_is_refused_with_a_remedy(zone, on):
    with pytest.raises(Refusal, match="leave this day out"):
        LocalDay(on, zone)


@pytest.mark.parametrize("on", [date(2011, 12, 29), date(2011, 12, 31)])
def test_the_days_beside_a_skipped_date_are_whole(engine, on):
    day = LocalDay(on, "Pacific/Apia")
    assert hours(engine, day, list(range(day.start_us, day.end_us, HOUR_US))) == list(range(24))


@given(zone=st.sampled_from(ZONES), on=dates)
@trials(100)
def test_utc_dates_are_the_dates_of_all_the_days_instants(zone, on):
    if (zone, on) not in NO_DAY:
        day = LocalDay(on, zone)
        instants = (*range(day.start_us, day.end_us, HOUR_US // 4), day.end_us - 1)
        assert day.utc_dates == tuple(sorted({wall(us, "UTC").date() for us in instants}))


@pytest.mark.parametrize(
    ("on", "week"),
    [
        (date(2026, 11, 20), "2026-W47"),
        (date(2025, 12, 29), "2026-W01"),
        (date(2027, 1, 3), "2026-W53"),
        (date(2027, 1, 4), "2027-W01"),
        (date(2023, 1, 1), "2022-W52"),
        (date(2024, 12, 30), "2025-W01"),
    ],
)
def test_a_week_belongs_to_the_year_of_its_thursday(on, week):
    assert LocalDay(on, "Europe/Tallinn").iso_week == week


@given(on=dates)
@trials(100)
def test_seven_days_share_a_week_from_monday_on(on):
    weeks = [LocalDay(on - timedelta(days=on.weekday() - n), "Europe/Tallinn").iso_week for n in range(8)]
    assert len(set(weeks[:7])) == 1 and weeks[7] > weeks[0]
