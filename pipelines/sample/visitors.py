"""The made-up portal's local day, and what its visitors do then: how many pages, in which sessions, when they log in.

Who they are stands in `population`; which pages they view, in `events`.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from math import erfc, log, sqrt
from zoneinfo import ZoneInfo

import numpy as np
from numpy.random import Generator

from pipelines.sample import lists
from pipelines.sample.draws import lot, pick
from pipelines.sample.lists import Numbers
from pipelines.sample.population import Population, Traits

ROBOT_SHARE = 0.04  # of page views
MOST_VIEWS = 900  # of a visitor on a day
SPREAD, LASTING = 1.6, 0.5  # standard deviation of the logarithm of page views; the part of it that is the person's own
SECOND, NEVER = 1_000_000, 1 << 62
VISITOR_BITS = 26  # below 37 bits for the microseconds of 25 hours: one sortable number holds instant and visitor


@dataclass(frozen=True)
class Window:
    """A local day: its first instant (UTC microseconds), its seconds, the cumulated share of visits by quarter hour."""

    start: int
    seconds: int
    rhythm: Numbers


def open_window(day: date, time_zone: str) -> Window:
    """The day in UTC; 23 or 25 hours where the clocks change."""
    zone = ZoneInfo(time_zone)
    start, end = (datetime.combine(night, time(), zone).astimezone(UTC) for night in (day, day + timedelta(days=1)))
    seconds = int((end - start).total_seconds())
    quarters = (start + timedelta(seconds=second) for second in range(0, seconds, 900))
    rhythm = np.cumsum([lists.RHYTHM[quarter.astimezone(zone).hour] for quarter in quarters])
    return Window(int(start.timestamp()) * SECOND, seconds, rhythm / rhythm[-1])


def opening_seconds(seed: int, accounts: Numbers) -> Numbers:
    """When accounts are opened: seconds from the first instant of their local day, between 6 and 16 hours."""
    return 3_600 * (6 + 10 * lot(seed, "opening", accounts))


@dataclass(frozen=True)
class Visitors:
    """One entry a browser, robots from `humans` on. `starts`, `length`: seconds of the day; `login`: microseconds."""

    traits: Traits
    humans: int
    clicks: Numbers
    sessions: Numbers
    starts: Numbers
    length: Numbers
    login: Numbers


def draw_visitors(
    rng: Generator, population: Population, day: date, window: Window, views: int, mean: float, popularity: Numbers
) -> Visitors:
    """Who comes that day, with `views` page views together, `mean` a visitor; people in the order of arrival."""
    crawled = int(views * ROBOT_SHARE)
    crawls = 1 / np.arange(1, crawled // 150 + 2)
    robots, people = rng.multinomial(crawled, crawls / crawls.sum()), views - crawled
    places = population.arrive(day, 64 + int(2 * people / mean))
    clicks, humans = _draw_clicks(rng, population.zeal(places, day), people, mean)
    traits = population.describe(places[:humans], len(robots), day, popularity)
    clicks = np.concatenate([clicks, robots])
    count = len(clicks)
    robot = np.arange(count) >= humans
    sessions = np.clip(1 + pick(rng, (70, 22, 8), count), 1, np.maximum(clicks, 1)).astype(np.int8)
    length = np.clip(clicks / sessions * rng.lognormal(np.log(35), 0.7, count), 5, 10_800)
    length = np.where(robot, window.seconds, length).astype(np.float32)
    quarters = np.searchsorted(window.rhythm, rng.random((count, 3)), side="right")
    latest = window.seconds - np.ceil(length)[:, None]
    opening = np.where(traits.opened, opening_seconds(population.seed, traits.account), 0)
    starts = np.maximum((quarters + rng.random((count, 3))) * 900, opening[:, None])
    starts = np.minimum(starts, latest).astype(np.int32)
    begins = np.where(np.arange(3) < sessions[:, None], starts, window.seconds).min(axis=1)
    login = np.maximum(begins + 0.3 * length * rng.random(count), opening) * SECOND
    login = np.where(traits.account < 0, NEVER, login).astype(np.int64)
    return Visitors(traits, humans, clicks, sessions, starts, length, login)


def _draw_clicks(rng: Generator, zeal: Numbers, total: int, mean: float) -> tuple[Numbers, int]:
    """Page views adding up to `total`, of the first to come, each with some zeal; and how many people those are."""
    exponent = sqrt(LASTING) * zeal + sqrt(1 - LASTING) * rng.standard_normal(len(zeal))
    drawn = 1 + np.minimum(np.exp(_centre(mean) + SPREAD * exponent), MOST_VIEWS - 1).astype(np.int64)
    ends = np.cumsum(drawn)
    humans = min(int(np.searchsorted(ends, total)) + 1, len(drawn))
    drawn[humans - 1] -= ends[humans - 1] - total
    return drawn[:humans], humans


def _centre(mean: float) -> float:
    """The mean logarithm at which 1 + the whole part of a log-normal number below MOST_VIEWS has the given mean."""
    low, high = -30.0, 10.0
    for _ in range(60):
        middle = (low + high) / 2
        tails = (erfc((log(more) - middle) / SPREAD / sqrt(2)) / 2 for more in range(1, MOST_VIEWS))
        low, high = (middle, high) if 1 + sum(tails) < mean else (low, middle)
    return low


def draw_instants(rng: Generator, window: Window, visitors: Visitors) -> Numbers:
    """One number a page view, in order of time: microseconds of the day above VISITOR_BITS of the visitor."""
    keys, done = np.empty(int(visitors.clicks.sum()), np.int64), 0
    for begin in range(0, len(visitors.clicks), 50_000):
        clicks = visitors.clicks[begin : begin + 50_000]
        who = begin + np.repeat(np.arange(len(clicks)), clicks)
        session = (rng.random(len(who)) * visitors.sessions[who]).astype(np.int64)
        second = visitors.starts[who, session] + rng.random(len(who)) * visitors.length[who]
        instant: Numbers = np.minimum((second * SECOND).astype(np.int64), window.seconds * SECOND - 1)
        keys[done : done + len(who)] = instant << VISITOR_BITS | who
        done += len(who)
    keys.sort()
    return keys
