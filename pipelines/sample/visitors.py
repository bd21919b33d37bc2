"""The made-up portal's local day, its pages, and who visits them when: browsers, robots, sessions, instants.

Here too the few ways of drawing a number. What a visit writes: `sample_tables`; who the customers are: `sample_people`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from math import gcd
from typing import Protocol
from zoneinfo import ZoneInfo

import numpy as np
from numpy.random import Generator

from pipelines.sample import lists
from pipelines.sample.lists import Numbers, Text, join, keep, overlay, text

ROBOT_SHARE = 0.04  # of page views
ACCOUNT_SHARE = 0.475  # of visitors; what they view before they log in leaves 40 % of events
SECOND, NEVER = 1_000_000, 1 << 62
VISITOR_BITS = 26  # below 37 bits for the microseconds of 25 hours: one sortable number holds instant and visitor


class TopicPaths(Protocol):
    """What a topic brings: the paths of its pages, and the subjects an ad server reports for its advertisements."""

    @property
    def prefixes(self) -> Sequence[str]: ...
    @property
    def ads(self) -> Sequence[str]: ...


def pick(rng: Generator, weights: Sequence[float] | Numbers, size: int | tuple[int, ...]) -> Numbers:
    """Numbers of categories, drawn by weight."""
    ends = np.cumsum(weights)
    return np.searchsorted(ends / ends[-1], rng.random(size), side="right")


def skew(rng: Generator, limit: int | Numbers, count: int, power: float) -> Numbers:
    """Whole numbers in [0, limit); the larger the power, the more of them are small."""
    drawn: Numbers = (limit * rng.random(count) ** power).astype(np.int64)
    return drawn


def spread(rng: Generator, count: int, below: int) -> Numbers:
    """Distinct numbers in [0, below): multiples of one step that shares no factor with `below`."""
    if count > below:
        raise ValueError(f"{count:,} accounts are more than the {below:,} numbers there are; ask for fewer events")
    step = next(step for step in range(int(rng.integers(below // 3, below)), 2 * below) if gcd(step, below) == 1)
    return (np.arange(count, dtype=np.int64) * step + int(rng.integers(0, below))) % below


def some(rng: Generator, pool: Sequence[str], count: int) -> Text:
    """`count` texts of the pool, each equally likely."""
    return text(pool).take(rng.integers(0, len(pool), count))


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


@dataclass(frozen=True)
class Pages:
    """All pages. Those of topic t in variant v (0 Estonian, 1 English, 2 logged in): size[t, v] from first[t, v] on."""

    url: Text
    title: Text
    popularity: Numbers
    first: Numbers
    size: Numbers
    invoices: int
    strays: int


def list_pages(topics: Mapping[str, TopicPaths]) -> Pages:
    """All pages by topic and variant. Raises ValueError when no topic has a path."""
    if not any(paths.prefixes for paths in topics.values()):
        raise ValueError("no topic has a path; give at least one topic a prefix")
    urls = [f"{lists.SITE}{path}" for path in (lists.RESET_PAGE, *lists.STRAY_PAGES)]
    titles: list[str | None] = ["Taasta parool"] + [None] * len(lists.STRAY_PAGES)
    first, size = np.zeros((2, len(topics), 3), np.int64)
    for number, (topic, paths) in enumerate(topics.items()):
        english = topic.replace("_", " ").capitalize()
        estonian = lists.TITLES.get(topic, english)
        for variant, pages in enumerate(lists.list_pages(paths.prefixes)):
            first[number, variant], size[number, variant] = len(urls), len(pages)
            urls += [f"{lists.SITE}{page}" for page in pages]
            leaves = (page.rsplit("/", 1)[-1].replace("-", " ").capitalize() for page in pages)
            titles += [f"{leaf} | {english if variant == 1 else estonian} | Elektrum portaal" for leaf in leaves]
    weights = [lists.POPULARITY.get(name, 1.0) * bool(paths.prefixes) for name, paths in topics.items()]
    invoices = list(topics).index("invoices") if "invoices" in topics else -1
    return Pages(text(urls), text(titles), np.array(weights), first, size, invoices, len(lists.STRAY_PAGES))


@dataclass(frozen=True)
class Visitors:
    """One entry a browser, robots from `humans` on. `starts`, `length`: seconds of the day; `login`: microseconds."""

    clicks: Numbers
    humans: int
    sessions: Numbers
    starts: Numbers
    length: Numbers
    account: Numbers
    login: Numbers
    favourites: Numbers
    english: Numbers
    agent: Numbers
    consent: Numbers
    gpc: Numbers
    place: Numbers
    cookie: Text
    ips: Text


def draw_visitors(rng: Generator, window: Window, total: int, pages: Pages) -> Visitors:
    """Who comes that day, with `total` page views together."""
    clicks, humans = _draw_clicks(rng, total)
    count = len(clicks)
    robot = np.arange(count) >= humans
    sessions = np.clip(1 + pick(rng, (70, 22, 8), count), 1, np.maximum(clicks, 1)).astype(np.int8)
    length = np.clip(clicks / sessions * rng.lognormal(np.log(35), 0.7, count), 5, 10_800)
    length = np.where(robot, window.seconds, length).astype(np.float32)
    quarters = np.searchsorted(window.rhythm, rng.random((count, 3)), side="right")
    latest = window.seconds - np.ceil(length)[:, None]
    starts = np.minimum((quarters + rng.random((count, 3))) * 900, latest).astype(np.int32)
    account = _draw_accounts(rng, count, humans)
    begins = np.where(np.arange(3) < sessions[:, None], starts, window.seconds).min(axis=1)
    login = np.where(account < 0, NEVER, (begins + 0.3 * length * rng.random(count)) * SECOND).astype(np.int64)
    refused = rng.random(count) < np.where(robot, 0.92, 0.03)
    agents = [share for _, share in lists.list_human_agents()]
    agent = np.where(robot, len(agents) + skew(rng, len(lists.ROBOTS), count, 2), pick(rng, agents, count))
    return Visitors(
        clicks=clicks,
        humans=humans,
        sessions=sessions,
        starts=starts,
        length=length,
        account=account,
        login=login,
        favourites=pick(rng, pages.popularity, (count, 3)).astype(np.uint8),
        english=rng.random(count) < 0.11,
        agent=agent.astype(np.int32),
        consent=np.where(refused, 3, pick(rng, (12, 28, 55, 5), count)).astype(np.int8),
        gpc=~robot & (rng.random(count) < 0.04),
        place=rng.integers(0, count, count, np.int32),
        cookie=keep(~refused, lists.uuids(rng, count)),
        ips=_draw_ips(rng, count),
    )


def _draw_clicks(rng: Generator, total: int) -> tuple[Numbers, int]:
    """Page views by visitor, adding up to `total`, and how many visitors are people: mean 8, median 3, at most 900."""
    robots = int(total * ROBOT_SHARE)
    drawn = 1 + np.minimum(rng.lognormal(0.735, 1.6, total // 4 + 64), 899).astype(np.int64)
    ends = np.cumsum(drawn)
    humans = int(np.searchsorted(ends, total - robots)) + 1
    drawn[humans - 1] -= ends[humans - 1] - (total - robots)
    crawls = 1 / np.arange(1, robots // 150 + 2)
    return np.concatenate([drawn[:humans], rng.multinomial(robots, crawls / crawls.sum())]), humans


def _draw_accounts(rng: Generator, count: int, humans: int) -> Numbers:
    """The account number of each visitor or -1; one in eight account holders comes with a second browser."""
    members = np.flatnonzero(rng.random(humans) < ACCOUNT_SHARE)
    visiting = len(members) - len(members) // 8
    own = rng.permutation(2 * visiting)[:visiting]
    account = np.full(count, -1, np.int32)
    account[members] = np.concatenate([own, rng.choice(own, len(members) - visiting)])
    return account


def _draw_ips(rng: Generator, count: int) -> Text:
    """Fewer addresses than visitors (households share), all from blocks reserved for tests: nobody's real address."""
    tens, hexes = text([str(octet) for octet in range(256)]), text([f"{group:x}" for group in range(1 << 16)])
    drawn = [tens.take(rng.integers(low, high, count)) for low, high in ((64, 128), (0, 256), (1, 255))]
    old = join("100.", drawn[0], ".", drawn[1], ".", drawn[2])
    new = np.flatnonzero(rng.random(count) < 0.13)
    groups = [hexes.take(rng.integers(1, 1 << 16, len(new))) for _ in range(3)]
    return overlay(old, np.arange(count), [(new, join("2001:db8:", groups[0], ":", groups[1], "::", groups[2]))])


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
