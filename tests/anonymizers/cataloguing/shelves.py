"""Published stores as bytes, with months of releases: composed of made-up numbers, of which no night was run.

The numbers have the shape of a real site's: more visitors on working days, an evening peak, audiences that grow or
shrink from week to week, and intervals as wide as the noise of such a site.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from math import sqrt
from typing import Any

import numpy as np
import pyarrow as pa

from anonymizers.cataloguing.standing import Store
from anonymizers.counting.statistic import STATISTICS, Statistic
from anonymizers.estimating.estimate import NoisyTable
from anonymizers.local_day import days_of_week, iso_week
from anonymizers.releasing.describe import as_json
from anonymizers.releasing.edition import Edition, daily_edition, weekly_edition
from anonymizers.releasing.release import Release, compose
from anonymizers.site import Site
from anonymizers.vocabulary import ALL_VISITORS, BANDS, DAY, DAYPARTS, OTHER, WEEK

LAST = date(2026, 11, 22)
"""A Sunday, so that the newest night ends the newest week."""
_OF_HOUR = [1, 0.6, 0.4, 0.3, 0.4, 0.8, 2, 4, 5.5, 6, 6, 5.8, 5.5, 5.4, 5.2, 5, 5.2, 5.6, 6.4, 7.4, 7.6, 6.2, 4, 2.2]
_OF_DAYPART = dict(zip(DAYPARTS, (0.04, 0.19, 0.24, 0.21, 0.26, 0.06), strict=True))
_OF_WEEKDAY = (1.06, 1.04, 1.02, 1.0, 0.97, 0.92, 0.99)
_OF_BROWSER = {"chrome": 0.52, "safari": 0.19, "edge": 0.12, "firefox": 0.08, "samsung_internet": 0.05, "opera": 0.01}
_WITH = (
    ("chrome", "desktop", "windows", 0.26), ("chrome", "mobile", "android", 0.22), ("safari", "mobile", "ios", 0.16),
    ("edge", "desktop", "windows", 0.12), ("firefox", "desktop", "windows", 0.06), ("safari", "desktop", "macos", 0.05),
    ("samsung_internet", "mobile", "android", 0.05), ("chrome", "desktop", "macos", 0.04), (OTHER, OTHER, OTHER, 0.04),
)  # fmt: skip
_OF_ACTION = {"page_view": (0.9, 7.5), "ad_view": (0.6, 3.1), "scroll_over": (0.12, 1.4), "ad_click": (0.03, 1.15)}
"""Share of visitors, and events of each."""
_OF_BAND = (0.22, 0.26, 0.24, 0.16, 0.08, 0.04)


def store_of(releases: Sequence[Release], notices: Mapping[str, bytes] | None = None) -> Store:
    """A store in which the releases stand."""
    return Store({release.name: release.written for release in releases}, notices or {})


def notice(release: str, reason: str = "wrong_input") -> bytes:
    """The notice that a release is wrong."""
    return as_json({"release": release, "state": "wrong", "reason": reason})


def months(site: Site, nights: int = 60, weeks: int = 8, *, last: date = LAST, seed: int = 1) -> list[Release]:
    """That many nights up to `last`, and whole weeks up to its own."""
    days = [last - timedelta(days=back) for back in range(nights)]
    found = [made_up(site, daily_edition(day), seed=seed) for day in reversed(days)]
    for back in reversed(range(weeks)):
        week = iso_week(last - timedelta(weeks=back))
        found.append(made_up(site, weekly_edition(week, tuple(days_of_week(week))), seed=seed))
    return found


def made_up(site: Site, edition: Edition, *, seed: int = 1) -> Release:
    """A release of made-up numbers, always the same for the same seed."""
    rng = np.random.default_rng([seed, edition.last_day.toordinal(), edition.window == WEEK, len(edition.release)])
    rows = _daily_rows if edition.window == DAY else _weekly_rows
    told = rows(site, edition, rng)
    tables = [NoisyTable(each, _table(each, edition.period, told[each.name])) for each in STATISTICS[edition.window]]
    return compose(site, edition, tables)


Numbers = dict[tuple[Any, ...], tuple[float, ...]]
"""Keys -> the metrics of a row, before noise; an affinity among them may be NaN, for empty."""


def _table(statistic: Statistic, period: date | str, rows: Numbers) -> pa.Table:
    metrics = [*statistic.metrics, *([statistic.index] if statistic.index else [])]
    columns: dict[str, list[Any]] = {name: [] for name in statistic.schema().names}
    for keys, numbers in rows.items():
        for name, value in zip(columns, (period, *keys), strict=False):
            columns[name].append(value)
        for metric, number in zip(metrics, numbers, strict=True):
            half = (4 + 0.06 * number) if metric == "affinity" else 45 + 0.9 * sqrt(max(number, 0))
            empty = number != number
            whole = 0 if empty else max(round(number), 0)
            ends = (whole, max(0, round(whole - half)), round(whole + half)) if not empty else (None,) * 3
            for name, value in zip((metric, f"{metric}_low", f"{metric}_high"), ends, strict=True):
                columns[name].append(value)
    return pa.table(columns, schema=statistic.schema())


def _daily_rows(site: Site, edition: Edition, rng: np.random.Generator) -> dict[str, Numbers]:
    day = edition.days[0]
    everybody = 15_000 * _OF_WEEKDAY[day.weekday()] * _growth(day, 0.004)
    noisy = _around(rng)
    share, wild = _shares(site), {topic: 1 + 0.25 * _wave(place, day) for place, topic in enumerate(site.topic_names)}
    views = {topic: everybody * share[topic] * wild[topic] for topic in site.topic_names}
    segments = [each.segment for each in site.segments if each.window == DAY]
    found: dict[str, Numbers] = {
        "totals": {(a,): (noisy(everybody * of), noisy(everybody * of * each)) for a, (of, each) in _OF_ACTION.items()},
        "topics": {
            (topic, action): (noisy(views[topic] * of), noisy(views[topic] * of * each * 0.3))
            for topic in site.topic_names
            for action, (of, each) in _OF_ACTION.items()
        },
        "hours": {
            (hour, action): (noisy(everybody * of * 0.012 * each_hour), noisy(everybody * of * each * each_hour / 98))
            for hour, each_hour in enumerate(_OF_HOUR)
            for action, (of, each) in _OF_ACTION.items()
        },
        "topic_dayparts": {
            (topic, part): (noisy(views[topic] * tilt), noisy(views[topic] * tilt * 3.1))
            for place, topic in enumerate(site.topic_names)
            for part, tilt in _tilted(place, day.weekday()).items()
        },
        "browsers": {with_[:3]: (noisy(everybody * with_[3]), noisy(everybody * with_[3] * 9)) for with_ in _WITH},
        "segments": {(ALL_VISITORS,): (noisy(everybody),)}
        | {
            (name,): (noisy(everybody * 0.11 / (1 + 0.4 * place) * _growth(day, 0.006 * (2 - place))),)
            for place, name in enumerate(segments)
        },
        "registrations": {("private",): (noisy(110),), ("business",): (noisy(18),)},
    }
    return found


def _weekly_rows(site: Site, edition: Edition, rng: np.random.Generator) -> dict[str, Numbers]:
    sunday, noisy = edition.last_day, _around(rng)
    everybody = 54_000 * _growth(sunday, 0.004)
    segments = [each.segment for each in site.segments if each.window == WEEK]
    reach = {ALL_VISITORS: noisy(everybody)}
    for place, name in enumerate(segments):
        reach[name] = noisy(everybody * 0.14 / (1 + 0.45 * place) * _growth(sunday, 0.018 * ((place * 5 + 4) % 7 - 2)))
    share = _shares(site)
    found: dict[str, Numbers] = {
        "segments": {(name,): (number,) for name, number in reach.items()},
        "segment_frequency": {
            (name, band): (noisy(number * of),)
            for name, number in reach.items()
            for band, of in zip(BANDS, _OF_BAND, strict=True)
        },
        "segment_topics": {},
        "segment_dayparts": {},
        "segment_browsers": {},
    }
    for place, (name, number) in enumerate(reach.items()):
        keys = {"segment_topics": share, "segment_dayparts": _OF_DAYPART, "segment_browsers": _OF_BROWSER}
        for table, shares in keys.items():
            for where, (key, of) in enumerate(shares.items()):
                lift = 1 if name == ALL_VISITORS else 1 + 1.4 * max(0, np.sin(place * 2.1 + where * 1.7)) ** 3
                lift -= 0 if name == ALL_VISITORS else 0.25 * max(0, np.cos(place + where))
                lift = lift if table == "segment_topics" else 1 + 0.2 * (lift - 1)
                index = round(100 * lift) if number * of * lift > 120 else float("nan")
                found[table][name, key] = (
                    noisy(number * min(of * (1.6 if table == "segment_topics" else 1.02) * lift, 1)),
                    index,
                )
    return found


def _around(rng: np.random.Generator) -> Callable[[float], float]:
    return lambda number: max(0.0, number + rng.normal(0, 12 + 0.2 * sqrt(max(number, 0))))


def _growth(day: date, a_week: float) -> float:
    return float((1 + 6 * a_week) ** ((day - LAST).days / 42))


def _wave(place: int, day: date) -> float:
    return float(np.sin(place + day.toordinal() / 9))


def _shares(site: Site) -> dict[str, float]:
    return {topic: 0.34 / (1 + 0.28 * place) for place, topic in enumerate(site.topic_names)}


def _tilted(place: int, weekday: int) -> dict[str, float]:
    tilt = {part: of * (1 + 0.5 * np.sin(place + number)) for number, (part, of) in enumerate(_OF_DAYPART.items())}
    return {part: of * (1.25 if weekday > 4 and part in ("midday", "afternoon") else 1) for part, of in tilt.items()}
