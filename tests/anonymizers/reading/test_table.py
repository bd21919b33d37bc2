"""Tables out of releases: of every version that stays readable, from either format, and only of what verifies."""

from datetime import date

import pytest

from anonymizers.counting.statistic import STATISTICS
from anonymizers.delivering.subset import Agreed, subset
from anonymizers.local_day import days_of_week
from anonymizers.reading.compare import compare_rows, count_alone
from anonymizers.reading.table import find_statistic, frame, read_table
from anonymizers.refusal import Reason, Refusal
from anonymizers.releasing.containers import read_parquet
from anonymizers.releasing.release import Release
from anonymizers.releasing.signature import SIGNATURE
from anonymizers.vocabulary import BANDS, DAY, WEEK
from tests.anonymizers.reading.frozen import frozen_releases, frozen_versions

DAILY, WEEKLY = "daily/date=2026-11-20", "weekly/week=2026-W47"
NAMES = {DAY: DAILY, WEEK: WEEKLY}
FROZEN_REGISTRATIONS = [
    {
        "traffic_date": date(2026, 11, 20), "customer_kind": kind,
        "registrations": number, "registrations_low": number - 93, "registrations_high": number + 93,
    }
    for kind, number in (("private", 3_000), ("business", 3_007))
]  # fmt: skip
FROZEN_TOPIC = [
    {
        "iso_week": "2026-W47", "segment": "solar_intenders", "topic": "ev_charging",
        "visitors": 3_028, "visitors_low": 2_812, "visitors_high": 3_244,
        "affinity": 98, "affinity_low": 91, "affinity_high": 106,
    }
]  # fmt: skip
every_version = pytest.mark.parametrize("version", frozen_versions())
every_table = pytest.mark.parametrize(
    ("window", "table"), [(window, each.name) for window, tables in STATISTICS.items() for each in tables]
)


@every_version
@every_table
def test_every_table_of_every_version_is_read_with_the_columns_of_now(version, window, table):
    statistic = find_statistic(table, window)
    files = frozen_releases(version)[NAMES[window]]
    rows = frame([read_table(NAMES[window], files, statistic)], statistic)
    assert rows.schema.names == ["release", *statistic.schema().names]
    assert rows.drop_columns("release").schema.equals(statistic.schema())
    assert set(rows["release"].to_pylist()) == {NAMES[window]} and len(rows) > 1
    written = read_parquet(files[f"{table}.parquet"]).to_pylist()
    assert [
        {name: value for name, value in row.items() if name not in ("release", "band")} for row in rows.to_pylist()
    ] == [{name: value for name, value in row.items() if name != "band"} for row in written]
    if "band" in statistic.keys:
        assert list(dict.fromkeys(rows["band"].to_pylist())) == list(BANDS)


def test_rows_of_all_versions_find_each_other():
    """A week of each version against one of the newest: every row has a partner."""
    statistic, newest = find_statistic("segment_frequency", WEEK), max(frozen_versions())
    weeks = {
        version: [
            {**row, "release": version, "iso_week": f"2026-W4{version}"}
            for row in read_table(WEEKLY, frozen_releases(version)[WEEKLY], statistic).rows.to_pylist()
        ]
        for version in frozen_versions()
    }
    for rows in weeks.values():
        assert count_alone(rows, weeks[newest]) == (0, 0) and len(compare_rows(rows, weeks[newest])) == len(rows) == 12


def test_a_frozen_row_reads_today_as_it_was_written():
    statistic = find_statistic("registrations", DAY)
    read = read_table(DAILY, frozen_releases("3")[DAILY], statistic)
    assert read.days == (date(2026, 11, 20),) and read.rows.to_pylist() == FROZEN_REGISTRATIONS
    week = read_table(WEEKLY, frozen_releases("3")[WEEKLY], find_statistic("segment_topics", WEEK))
    assert week.days == days_of_week("2026-W47") and week.rows.slice(4, 1).to_pylist() == FROZEN_TOPIC


@every_version
def test_the_spread_is_that_of_the_metric_and_of_the_totals_it_is_scaled_to(version):
    read = read_table(DAILY, frozen_releases(version)[DAILY], find_statistic("topics", DAY))
    assert read.spreads == {"visitors": pytest.approx(0.034), "events": pytest.approx(6.7 + 13)}
    totals = read_table(DAILY, frozen_releases(version)[DAILY], find_statistic("totals", DAY))
    assert totals.spreads == {"visitors": 0.0, "events": pytest.approx(13)}


@every_version
def test_a_release_that_does_not_verify_is_refused_in_one_sentence(version):
    files, statistic = frozen_releases(version)[DAILY], find_statistic("topics", DAY)
    for name in set(files) - {SIGNATURE}:
        for broken in (
            {**files, name: files[name] + b" "},
            {other: held for other, held in files.items() if other != name},
        ):
            with pytest.raises(Refusal) as refused:
                read_table(DAILY, broken, statistic)
            assert refused.value.reason == Reason.STORE
            assert (
                refused.value.sentence.startswith(f"{DAILY} does not verify: ") and "\n" not in refused.value.sentence
            )


def test_a_folder_with_another_name_is_refused():
    with pytest.raises(Refusal, match="renamed"):
        read_table("daily/date=2026-11-21", frozen_releases("3")[DAILY], find_statistic("topics", DAY))


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_part_that_was_delivered_reads_as_the_release_does(form):
    """In either format; a table that was not agreed is told so."""
    whole = frozen_releases("3")[WEEKLY]
    part = subset(Release(WEEKLY, whole), Agreed("acme", ("segments", "segment_topics"), (form,), ("solar_intenders",)))
    for table in ("segments", "segment_topics"):
        statistic = find_statistic(table, WEEK)
        assert read_table(WEEKLY, part, statistic).rows.equals(read_table(WEEKLY, whole, statistic).rows)
    with pytest.raises(Refusal, match="not delivered"):
        read_table(WEEKLY, part, find_statistic("segment_dayparts", WEEK))


def test_a_table_that_no_release_has_is_refused_with_those_that_are():
    with pytest.raises(Refusal, match="choose one of totals, topics"):
        find_statistic("people", DAY)
