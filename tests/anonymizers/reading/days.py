"""Made-up days for reading: numbers with known truth and noise, as `estimate` would publish them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from math import ceil, floor, sqrt

import numpy as np
import pyarrow as pa
from hypothesis import strategies as st

from anonymizers.counting.statistic import DAILY, Statistic
from anonymizers.reading.table import ReadTable

FIRST = date(2026, 11, 2)
TABLES: Mapping[str, Statistic] = {statistic.name: statistic for statistic in DAILY}
Z = 1.959963985


def published(truth: float, deviation: float, lasting: float, error: float) -> tuple[int, int, int]:
    """Number and interval of an estimate that is `error` off, by the rule of `estimate`."""
    linear, half = truth + error, Z * sqrt(deviation**2 + lasting**2) + 0.5
    number = max(round(linear), 0)
    low, high = floor(max(linear - half, 0)), ceil(max(linear + half, 0))
    return number, min(low, number), max(high, number)


def day_of(number: int, statistic: Statistic, rows: Sequence[Mapping[str, object]], spread: float = 0.0) -> ReadTable:
    """A table of the day that comes so many days after the first."""
    day = FIRST + timedelta(days=number)
    told = pa.Table.from_pylist([{"traffic_date": day, **row} for row in rows], schema=statistic.schema())
    return ReadTable(f"daily/date={day}", (day,), told, dict.fromkeys(statistic.metrics, spread))


def numbers(metric: str, told: tuple[int, int, int]) -> dict[str, int]:
    """The columns of a metric."""
    return dict(zip((metric, f"{metric}_low", f"{metric}_high"), told, strict=True))


@st.composite
def any_number(draw: st.DrawFn, metric: str) -> dict[str, int]:
    """A number with an interval of any width, cut at zero or not."""
    truth, half = draw(st.integers(0, 10_000)), draw(st.integers(1, 2_000))
    number = draw(st.integers(max(0, truth - half // 4), truth + half // 4))
    return numbers(metric, (number, min(number, max(0, truth - half)), max(number, truth + half)))


@st.composite
def any_days(draw: st.DrawFn, table: str, most: int = 6) -> list[ReadTable]:
    """Some days of a table, each row told on every day or on some."""
    statistic, spread = TABLES[table], draw(st.sampled_from((0.0, 0.1, 20.0)))
    cells = {
        "registrations": [("private",), ("business",)],
        "topics": [(topic, action) for topic in ("solar", "gas", "other") for action in ("page_view", "ad_click")],
        "browsers": [
            ("chrome", "desktop", "windows"), ("chrome", "mobile", "android"), ("chrome", "other", "other"),
            ("safari", "mobile", "ios"), ("other", "other", "other"),
        ],
    }[table]  # fmt: skip
    days = []
    for number in range(draw(st.integers(1, most))):
        gone = draw(st.sets(st.sampled_from(cells)))
        if table == "topics":
            gone = {cell for cell in cells if any(cell[0] == each[0] for each in gone)}
        kept = [cell for cell in cells if cell not in gone or cell[0] == "other" or table == "registrations"]
        rows = [
            dict(zip(statistic.keys, cell, strict=True))
            | {name: value for metric in statistic.metrics for name, value in draw(any_number(metric)).items()}
            for cell in kept
        ]
        days.append(day_of(number, statistic, rows, spread))
    return days


def noisy_days(
    truth: float, deviation: float, days: int, rows: int, spread: float = 0.0, stays: bool = False
) -> list[ReadTable]:
    """Days of so many rows with the same true number each, the noise of each drawn anew; with `stays` also an error of
    variance `spread` for each one counted that is the same on all days."""
    chance, statistic = np.random.default_rng(1), TABLES["segments"]
    bias = chance.normal(0, sqrt(spread * truth), rows) if stays else np.zeros(rows)
    made = []
    for number in range(days):
        errors = bias + chance.normal(0, deviation, rows)
        told = [published(truth, deviation, sqrt(spread * truth), error) for error in errors.tolist()]
        made.append(
            day_of(
                number,
                statistic,
                [{"segment": str(place), **numbers("visitors", each)} for place, each in enumerate(told)],
                spread,
            )
        )
    return made


def shuffled(days: Sequence[ReadTable], seed: int) -> list[ReadTable]:
    """The same days in another order."""
    order = np.random.default_rng(seed).permutation(len(days))
    return [replace(days[place]) for place in order]
