"""A daily table's mean over several days, with intervals as `anonymizers.reading.sum_days` gives them for sums."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor

from anonymizers.cataloguing.interval import Interval, total
from anonymizers.cataloguing.opened import Opened, Row
from anonymizers.reading.sum_days import sum_days
from anonymizers.reading.table import ReadTable, find_statistic, spread_of
from anonymizers.releasing.containers import read_parquet
from anonymizers.vocabulary import DAY

EVENTS = "events"
"""The metric that adds up: over days, and over rows of a release."""


@dataclass(frozen=True)
class Sum:
    """A row of the table, and its events over all days together."""

    row: Row
    interval: Interval
    days: int


def sums_over(nights: Sequence[Opened], table: str) -> list[Sum]:
    """The rows that every night tells. What one of them tells only within `other` stands in `other`."""
    summed = sum_days([_as_table(night, table) for night in nights], find_statistic(table, DAY))
    rows = summed.rows.to_pylist()
    return [Sum(row, Interval(*(row[f"{EVENTS}{end}"] for end in ("", "_low", "_high"))), len(nights)) for row in rows]


def mean_of_a_day(sums: Sequence[Sum]) -> Interval:
    """The mean of rows over the same days, added up."""
    days, whole = sums[0].days, total([each.interval for each in sums])
    return Interval(round(whole.number / days), floor(whole.low / days), ceil(whole.high / days))


def mean_of_days(days: Sequence[Interval]) -> Interval:
    """The mean of numbers of different days. Their noise is independent, but what bounding visitors leaves is not, and most
    of a long mean's width is of that: half-widths add up as they are."""
    count, half = len(days), sum(day.half for day in days)
    number = sum(day.number for day in days)
    return Interval(round(number / count), max(0, floor((number - half) / count)), ceil((number + half) / count))


def _as_table(night: Opened, table: str) -> ReadTable:
    """Of a release whose digest the ledger knows, so that it is not verified a second time."""
    measures = night.words("privacy.json")["implementation"]["tables"]
    spreads = {metric: spread_of(measures, table, metric) for metric in find_statistic(table, DAY).metrics}
    return ReadTable(night.listed.release, (night.start,), read_parquet(night.files[f"{table}.parquet"]), spreads)
