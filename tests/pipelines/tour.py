"""The published folder of the tour (docs/advertisers.md): three weeks of a made-up site, composed from made-up draws.

Its numbers follow from the shares below and from noise that is the same on every machine. Solar intenders become more from
the second week to the third; the others do not.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from random import Random
from statistics import NormalDist

from anonymizers.counting.draw import UNIT, Draw
from anonymizers.counting.measure import Cell, cells_of
from anonymizers.counting.plan import Measure, Plan, plan
from anonymizers.estimating.estimate import estimate
from anonymizers.local_day import days_of_week, iso_week
from anonymizers.releasing.describe import as_json
from anonymizers.releasing.edition import Edition, daily_edition, weekly_edition
from anonymizers.releasing.release import compose
from anonymizers.site import Site
from anonymizers.vocabulary import ALL_VISITORS, BANDS, DAY, DAYPART_OF_HOUR, HOURS, WEEK
from pipelines.site_folder import read_site_folder
from tests.worlds import SITES

FIRST = date(2026, 11, 2)
DAYS = tuple(FIRST + timedelta(days=number) for number in range(21))
WEEKS = tuple(dict.fromkeys(map(iso_week, DAYS)))
CORRECTED, WRONG, MISSING = date(2026, 11, 18), date(2026, 11, 5), date(2026, 11, 8)
TOPICS = ("solar", "heat_pumps", "ev_charging", "exchange_prices", "packages", "moving_home", "insurance")
SEGMENTS = (
    "solar_intenders_today", "ev_shoppers_today",
    "solar_intenders", "ev_charging_intenders", "heat_pump_intenders", "movers", "exchange_price_watchers",
)  # fmt: skip
_VISITORS = {
    ALL_VISITORS: 260_000, "solar_intenders": 9_400, "ev_charging_intenders": 6_900, "heat_pump_intenders": 4_300,
    "movers": 900, "exchange_price_watchers": 31_000, "solar_intenders_today": 2_300, "ev_shoppers_today": 410,
}  # fmt: skip
_GROWTH = {"solar_intenders": 1.09}
_ACTIONS = {"page_view": 700_000, "ad_view": 260_000, "scroll_over": 26_000, "ad_click": 8_000}
_TOPICS = {"solar": 0.11, "heat_pumps": 0.06, "ev_charging": 0.08, "exchange_prices": 0.24, "packages": 0.17,
           "moving_home": 0.05, "insurance": 0.0015, "other": 0.2885}  # fmt: skip
_HOURS = (3, 2, 1, 1, 1, 2, 9, 18, 25, 26, 25, 26, 30, 28, 26, 26, 30, 38, 48, 58, 62, 52, 28, 10)
_BROWSERS = {
    "chrome": 0.52,
    "safari": 0.24,
    "edge": 0.11,
    "firefox": 0.06,
    "samsung_internet": 0.04,
    "opera": 0.01,
    "other": 0.02,
}
_BANDS = dict(zip(BANDS, (0.3, 0.28, 0.22, 0.13, 0.05, 0.02), strict=True))


def tour_site() -> Site:
    """The demo site with fewer topics and segments."""
    site = read_site_folder(SITES / "elektrum").site
    return replace(
        site,
        title="Elektrum self-service portal (made-up data)",
        topics=tuple(topic for topic in site.topics if topic.topic in TOPICS),
        segments=tuple(segment for segment in site.segments if segment.segment in SEGMENTS),
        rehearsal=None,
    )


def write_tour(published: Path) -> None:
    """Write the folder: a day that was corrected, one that is marked wrong, one that is missing, and both weeks."""
    site = tour_site()
    editions = [daily_edition(day) for day in DAYS if day != MISSING]
    editions.append(daily_edition(CORRECTED, f"daily/date={CORRECTED}.r2"))
    for week in WEEKS:
        days = tuple(day for day in days_of_week(week) if day not in (MISSING, WRONG))
        editions.append(weekly_edition(week, days))
    for edition in editions:
        write_release(published, site, edition)
    mark_wrong(published, f"daily/date={WRONG}")


def mark_wrong(published: Path, release: str) -> None:
    """Put a notice beside a release."""
    told = {"release": release, "state": "wrong", "reason": "wrong_input"}
    (published / f"{release}.wrong.json").write_bytes(as_json(told))


def write_release(published: Path, site: Site, edition: Edition) -> None:
    """Write one release."""
    spent = plan(site, edition.window)
    tables = estimate(spent, site, edition.period, _draws(site, spent, edition))
    folder = published / edition.release
    folder.mkdir(parents=True)
    for name, content in compose(site, edition, tables).files.items():
        (folder / name).write_bytes(content)


def _draws(site: Site, spent: Plan, edition: Edition) -> Mapping[str, Draw]:
    numbers: dict[str, dict[str, dict[str, tuple[int, ...]]]] = {}
    for measure in spent.measures:
        cells = cells_of(measure, site, spent)
        # The same noise on every machine, which NumPy does not promise.
        chance = Random(sha256(f"{edition.release} {measure.statistic.name} {measure.name}".encode()).digest())
        noise = NormalDist(0, measure.mechanism.sigma)
        drawn = [
            _truth(measure, cell, edition) * measure.weight(cell) + noise.inv_cdf(chance.random()) for cell in cells
        ]
        tables = numbers.setdefault(measure.statistic.part, {})
        tables.setdefault(measure.statistic.name, {})[measure.name] = tuple(round(UNIT * number) for number in drawn)
    return {part: Draw(edition.release, part, spent.digest, tables) for part, tables in numbers.items()}


def _truth(measure: Measure, cell: Cell, edition: Edition) -> float:
    """The true number of a cell: a product of shares."""
    keys = dict(zip(measure.keys, cell, strict=True))
    if measure.name == "registrations":
        return 60.0 if keys["customer_kind"] == "private" else 6.0
    if "segment" in keys or measure.statistic.name.startswith("segment"):
        return _of_segment(measure, keys, edition)
    events = _share(keys, "action", _ACTIONS) * (0.7 if edition.days[0].isoweekday() > 5 else 1.0)
    for key, shares in _SHARES.items():
        events *= _share(keys, key, shares)
    if measure.name == "events":
        return events
    return events * (0.25 if {"hour", "daypart", "topic", "browser"} & set(keys) else 0.12)


def _of_segment(measure: Measure, keys: Mapping[str, object], edition: Edition) -> float:
    segment = str(keys["segment"])
    visitors = float(_VISITORS[segment]) * len(edition.days) ** 0.6 / (7**0.6 if edition.window == WEEK else 1.0)
    visitors *= 0.385 if segment == ALL_VISITORS and edition.window == DAY else 1.0
    if edition.iso_week == WEEKS[-1]:
        visitors *= _GROWTH.get(segment, 1.0)
    for key, most, shares in (
        ("topic", 0.9, _TOPICS),
        ("daypart", 0.75, _SHARES["daypart"]),
        ("browser", 1.0, _BROWSERS),
    ):
        if key in keys:
            visitors *= _liking(segment, key, str(keys[key])) * min(
                most, 2 * shares[str(keys[key])] if key != "browser" else shares[str(keys[key])]
            )
    return visitors * (_BANDS[str(keys["band"])] if "band" in keys else 1.0)


def _liking(segment: str, key: str, word: str) -> float:
    """How much more a segment has to do with something than all visitors."""
    if segment == ALL_VISITORS:
        return 1.0
    if key == "topic":
        return {
            "solar_intenders": {"solar": 4.2, "heat_pumps": 1.8},
            "movers": {"moving_home": 9.0, "packages": 1.4},
        }.get(segment, {}).get(word, 1.0)
    if key == "daypart" and segment == "solar_intenders":
        return {"evening": 1.25, "late_evening": 1.15, "midday": 0.85, "morning": 0.8}.get(word, 1.0)
    return 1.0


def _of_dayparts() -> Mapping[str, float]:
    shares: dict[str, float] = {}
    for hour in HOURS:
        shares[DAYPART_OF_HOUR[hour]] = shares.get(DAYPART_OF_HOUR[hour], 0.0) + _HOURS[hour] / sum(_HOURS)
    return shares


_SHARES: Mapping[str, Mapping[object, float]] = {
    "topic": dict(_TOPICS),
    "hour": {hour: _HOURS[hour] / sum(_HOURS) for hour in HOURS},
    "daypart": dict(_of_dayparts()),
    "browser": dict(_BROWSERS),
    "device": {"desktop": 0.45, "mobile": 0.5, "tablet": 0.04, "other": 0.01},
    "os": {"windows": 0.38, "macos": 0.1, "linux": 0.02, "android": 0.28, "ios": 0.2, "chromeos": 0.01, "other": 0.01},
}


def _share(keys: Mapping[str, object], key: str, shares: Mapping[object, float]) -> float:
    """Of one word; of all words together where the table has no such key."""
    return float(shares[keys[key]]) if key in keys else float(sum(shares.values()))
