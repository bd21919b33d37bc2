"""An event falls into the night that its instant belongs to, however the source writes instants and cuts files."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.pipelines.test_sources_formats import (
    COLUMNS,
    EXPECTED,
    NOON,
    NOON_US,
    event,
    events,
    reader_of,
    source,
    write,
)
from tests.worlds import DAY


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Tallinn"])
def test_parquet_timestamps_of_every_unit_with_and_without_zone(tmp_path: Path, unit: str, zone: str | None) -> None:
    arrays = {name: pa.array([value], pa.string()) for name, value in event().items() if name != "ts"}
    stamp = pa.array([NOON_US], pa.timestamp("us")).cast(pa.timestamp(unit)).cast(pa.timestamp(unit, zone))
    pq.write_table(pa.table({**arrays, "ts": stamp}), tmp_path / "c.parquet")
    assert events(reader_of(tmp_path, source("parquet", "c.parquet"))) == [EXPECTED]


@pytest.mark.parametrize(
    ("written_as", "text", "microseconds"),
    [
        ("text", "2026-11-20T10:00:00.25Z", NOON_US),
        ("text", "2026-11-20T12:00:00.250+02:00", NOON_US),
        ("text", "2026-11-20 10:00:00.25", NOON_US),
        ("epoch_seconds", "1795168800.25", NOON_US),
        ("epoch_seconds", "1795168800", NOON_US - 250_000),
        ("epoch_milliseconds", "1795168800250", NOON_US),
        ("combined", "20/Nov/2026:12:00:00 +0200", NOON_US - 250_000),
    ],
)
@pytest.mark.parametrize("ending", ["csv", "ndjson"])
def test_instants_as_text_and_as_numbers(
    tmp_path: Path, ending: str, written_as: str, text: str, microseconds: int
) -> None:
    write(tmp_path / f"c.{ending}", [event(ts=text)])
    found = events(reader_of(tmp_path, source(ending, f"c.{ending}", instant_as=written_as)))
    assert [row["instant_us"] for row in found] == [microseconds]


def spread_over_two_days() -> dict[datetime, bool]:
    """Instants around the two ends of the Tallinn day, and whether each lies in it."""
    start, end = datetime(2026, 11, 19, 22, tzinfo=UTC), datetime(2026, 11, 20, 22, tzinfo=UTC)
    tick = timedelta(microseconds=1)
    return {start - tick: False, start: True, datetime(2026, 11, 20, tzinfo=UTC): True, end - tick: True, end: False}


def test_a_day_cut_at_midnight_utc_is_put_together_from_two_files(tmp_path: Path) -> None:
    for instant in spread_over_two_days():
        write(
            tmp_path / f"raw/{instant.date()}/{instant.time().isoformat().replace(':', '')}.csv",
            [event(event_id=str(instant), ts=instant.isoformat())],
        )
    found = events(reader_of(tmp_path, source("csv", "raw/{date}/*.csv", path_dates="utc")))
    assert len(found) == sum(spread_over_two_days().values())


@pytest.mark.parametrize("ending", ["csv", "ndjson", "parquet"])
def test_one_file_of_many_days_is_filtered_by_its_time_column(tmp_path: Path, ending: str) -> None:
    write(tmp_path / f"all.{ending}", [event(event_id=str(at), ts=at.isoformat()) for at in spread_over_two_days()])
    assert len(events(reader_of(tmp_path, source(ending, f"all.{ending}")))) == sum(spread_over_two_days().values())


def test_a_folder_named_after_a_date_adds_no_column_and_names_with_brackets_are_no_patterns(tmp_path: Path) -> None:
    home = tmp_path / "home [1]"
    columns = {**COLUMNS, "instant": {**COLUMNS["instant"], "from": "date"}}
    row = {("date" if name == "ts" else name): value for name, value in event().items()}
    table = pa.Table.from_pylist([{**row, "date": NOON}])
    (home / f"raw/date={DAY}").mkdir(parents=True)
    pq.write_table(table, home / f"raw/date={DAY}/part[0].parquet")
    assert events(reader_of(home, source("parquet", "raw/date={date}/*.parquet", columns=columns))) == [EXPECTED]
