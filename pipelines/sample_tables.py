"""Made-up raw tables of an electricity retailer's portal: one local day of page views and advertisement beacons, and the customers.

Here stand the draws and the writing; the words they draw from stand in `sample_lists`. Nothing real is read or cleaned here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from math import gcd
from pathlib import Path
from typing import Protocol
from unicodedata import normalize
from urllib.parse import quote
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from faker import Faker
from numpy.random import Generator

from pipelines import sample_lists as lists
from pipelines.sample_lists import Numbers, Text, digits, join, overlay, text, tokens

CLICK_SHARE, ROBOT_SHARE = 0.70, 0.04
ACCOUNT_SHARE = 0.475  # of visitors; what they view before they log in leaves 40 % of events
PERSONAL_SHARE = 0.033  # of account holders' page views; 1.5 % of all
NEW_SHARE = 0.0075  # of accounts, opened on the day itself
FILE_ROWS, BATCH_ROWS = 1_000_000, 250_000
SECOND, NEVER = 1_000_000, 1 << 62
CONSENTS = ("necessary", "necessary+statistics", "necessary+statistics+marketing", None)
ACTIONS = ("ad_view", "scroll_over", "ad_click", "hover", "AD_VIEW", "")
VISITOR_BITS = 26  # below 37 bits for the microseconds of 25 hours: one sortable number holds instant and visitor

_INSTANT = pa.timestamp("us", tz="UTC")
_TYPES = {"gpc": pa.bool_(), "newsletter_consent": pa.bool_(), "offer_consent": pa.bool_()}
_TYPES |= dict.fromkeys(("ts", "created_at", "updated_at"), _INSTANT)


def _schema(names: str) -> pa.Schema:
    return pa.schema([(name, _TYPES.get(name, pa.string())) for name in names.split()])


CLICKSTREAM = _schema("event_id ts cookie_id account_id ip user_agent url referrer page_title consent gpc")
AD_BEACONS = _schema("ts cookie_id ip user_agent page_url ad_id ad_topic action consent gpc")
REGISTRATIONS = _schema(
    "account_id name company isikukood email phone address customer_number metering_point_eic newsletter_consent "
    "offer_consent created_at updated_at"
)


class TopicPaths(Protocol):
    """What a topic brings: the paths of its pages, and the subjects an ad server reports for its advertisements."""

    @property
    def prefixes(self) -> Sequence[str]: ...
    @property
    def ads(self) -> Sequence[str]: ...


def write_sample_tables(
    raw: Path,
    day: date,
    time_zone: str,
    topics: Mapping[str, TopicPaths],
    *,
    events: int,
    seed: int,
    progress: Callable[[str], None] = lambda line: None,
) -> None:
    """Write one made-up local day below `raw`: equal arguments give equal contents; 70 % of `events` are page views.

    clickstream/date=<day>/part-*.parquet, by instant, at most 1,000,000 rows a file: event_id string, ts timestamp[us, UTC],
      cookie_id string or null (refused, most robots), account_id string or null (not logged in), ip, user_agent, url
      string, referrer, page_title string or null, consent string or null (no answer, no cookie), gpc bool
    ad_beacons/date=<day>/part-000.parquet: ts, cookie_id, ip, user_agent, page_url, ad_id, ad_topic, action string,
      consent, gpc; each follows a page view of the same visitor by up to 20 seconds
    registrations.parquet, twice the accounts of the day's visitors: account_id, name, company string or null, isikukood,
      email, phone, address, customer_number, metering_point_eic string; newsletter_consent, offer_consent bool;
      created_at, updated_at timestamp[us, UTC]
    Raises ValueError when `events` is not positive or no topic has a path.
    """
    if events < 1:
        raise ValueError("events must be positive")
    rng, window, pages = np.random.default_rng(seed), _open_window(day, time_zone), _list_pages(topics)
    clicks = max(1, round(events * CLICK_SHARE))
    visitors = _draw_visitors(rng, window, clicks, pages)
    raw.mkdir(parents=True, exist_ok=True)
    people = _register(rng, window, visitors, seed, raw / "registrations.parquet")
    progress(f"registrations: {len(people.email):,} rows")
    agents = text([*(agent for agent, _ in lists.list_human_agents()), *lists.ROBOTS])
    referrers = pa.concat_arrays([text([None, *lists.GOOGLE, *lists.OTHER_SITES]), pages.url])
    world = _World(window, visitors, people, pages, _draw_ads(rng, topics), agents, referrers)
    _write_events(rng, world, events - clicks, raw, f"date={day.isoformat()}", progress)


def _write_events(
    rng: Generator, world: "_World", beacons: int, raw: Path, partition: str, progress: Callable[[str], None]
) -> None:
    keys = _draw_instants(rng, world.window, world.visitors)
    clicks, folder, beacon_folder = len(keys), raw / "clickstream" / partition, raw / "ad_beacons" / partition
    for each in (folder, beacon_folder):
        each.mkdir(parents=True, exist_ok=True)
        for stale in each.glob("part-*.parquet"):  # a smaller day must not keep a larger day's last parts
            stale.unlink()
    with _open_writer(beacon_folder / "part-000.parquet", AD_BEACONS) as beacon_file:
        for part, first in enumerate(range(0, clicks, FILE_ROWS)):
            last = min(first + FILE_ROWS, clicks)
            with _open_writer(folder / f"part-{part:03}.parquet", CLICKSTREAM) as click_file:
                for begin in range(first, last, BATCH_ROWS):
                    end = min(begin + BATCH_ROWS, last)
                    views, topic = _draw_views(rng, world, keys[begin:end])
                    click_file.write_table(views)
                    share = beacons * end // clicks - beacons * begin // clicks
                    beacon_file.write_table(_draw_beacons(rng, world, views, topic, keys[begin:end], share))
            progress(f"clickstream part {part}: {last:,} of {clicks:,} rows")


def _open_writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    unique = ("event_id", "email", "isikukood", "phone", "customer_number", "metering_point_eic")
    return pq.ParquetWriter(
        path, schema, compression="zstd", use_dictionary=[name for name in schema.names if name not in unique]
    )


def _pick(rng: Generator, weights: Sequence[float] | Numbers, size: int | tuple[int, ...]) -> Numbers:
    ends = np.cumsum(weights)
    return np.searchsorted(ends / ends[-1], rng.random(size), side="right")


def _skew(rng: Generator, limit: int | Numbers, count: int, power: float) -> Numbers:
    drawn: Numbers = (limit * rng.random(count) ** power).astype(np.int64)
    return drawn


def _spread(rng: Generator, count: int, below: int) -> Numbers:
    """Distinct numbers in [0, below): multiples of one step that shares no factor with `below`."""
    if count > below:
        raise ValueError(f"{count:,} accounts are more than the {below:,} numbers there are; ask for fewer events")
    step = next(step for step in range(int(rng.integers(below // 3, below)), 2 * below) if gcd(step, below) == 1)
    return (np.arange(count, dtype=np.int64) * step + int(rng.integers(0, below))) % below


@dataclass(frozen=True)
class _Window:
    """A local day: its first instant (UTC microseconds), its seconds, the cumulated share of visits by quarter hour."""

    start: int
    seconds: int
    rhythm: Numbers


def _open_window(day: date, time_zone: str) -> _Window:
    zone = ZoneInfo(time_zone)
    start, end = (datetime.combine(night, time(), zone).astimezone(UTC) for night in (day, day + timedelta(days=1)))
    seconds = int((end - start).total_seconds())
    quarters = (start + timedelta(seconds=second) for second in range(0, seconds, 900))
    rhythm = np.cumsum([lists.RHYTHM[quarter.astimezone(zone).hour] for quarter in quarters])
    return _Window(int(start.timestamp()) * SECOND, seconds, rhythm / rhythm[-1])


@dataclass(frozen=True)
class _Pages:
    """All pages; those of topic t in variant v (Estonian, English, logged in) are first[t, v] and the size[t, v] - 1 after."""

    url: Text
    title: Text
    popularity: Numbers
    first: Numbers
    size: Numbers
    invoices: int
    strays: int


def _list_pages(topics: Mapping[str, TopicPaths]) -> _Pages:
    if not any(paths.prefixes for paths in topics.values()):
        raise ValueError("no topic has a path; give at least one topic a prefix")
    urls = [f"{lists.SITE}{path}" for path in (lists.RESET_PAGE, *lists.STRAY_PAGES)]
    titles: list[str | None] = ["Taasta parool"] + [None] * len(lists.STRAY_PAGES)
    first, size = np.zeros((2, len(topics), 3), np.int64)
    for number, (topic, paths) in enumerate(topics.items()):
        name = lists.TITLES.get(topic, topic)
        for variant, pages in enumerate(lists.list_pages(paths.prefixes)):
            first[number, variant], size[number, variant] = len(urls), len(pages)
            urls += [f"{lists.SITE}{page}" for page in pages]
            leaves = (page.rsplit("/", 1)[-1].replace("-", " ").capitalize() for page in pages)
            titles += [f"{leaf} | {name} | Elektrum portaal" for leaf in leaves]
    weights = [lists.POPULARITY.get(name, 1.0) * bool(paths.prefixes) for name, paths in topics.items()]
    invoices = list(topics).index("invoices") if "invoices" in topics else -1
    return _Pages(text(urls), text(titles), np.array(weights), first, size, invoices, len(lists.STRAY_PAGES))


@dataclass(frozen=True)
class _Visitors:
    """One entry a browser, robots after `humans`; `starts` in seconds and `login` in microseconds after the day's start."""

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


def _draw_visitors(rng: Generator, window: _Window, total: int, pages: _Pages) -> _Visitors:
    clicks, humans = _draw_clicks(rng, total)
    count = len(clicks)
    robot = np.arange(count) >= humans
    sessions = np.clip(1 + _pick(rng, (70, 22, 8), count), 1, np.maximum(clicks, 1)).astype(np.int8)
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
    agent = np.where(robot, len(agents) + _skew(rng, len(lists.ROBOTS), count, 2), _pick(rng, agents, count))
    return _Visitors(
        clicks, humans, sessions, starts, length, account, login,
        favourites=_pick(rng, pages.popularity, (count, 3)).astype(np.uint8),
        english=rng.random(count) < 0.11,
        agent=agent.astype(np.int32),
        consent=np.where(refused, 3, _pick(rng, (12, 28, 55, 5), count)).astype(np.int8),
        gpc=~robot & (rng.random(count) < 0.04),
        place=rng.integers(0, count, count, np.int32),
        cookie=pc.if_else(pa.array(~refused), lists.uuids(rng, count), pa.scalar(None, pa.string())),
        ips=_draw_ips(rng, count),
    )  # fmt: skip

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


def _draw_instants(rng: Generator, window: _Window, visitors: _Visitors) -> Numbers:
    """One number a page view, in order of time: microseconds of the day above VISITOR_BITS of the visitor."""
    keys, done = np.empty(int(visitors.clicks.sum()), np.int64), 0
    for begin in range(0, len(visitors.clicks), 50_000):
        who = begin + np.repeat(np.arange(len(visitors.clicks[begin : begin + 50_000])), visitors.clicks[begin : begin + 50_000])
        session = (rng.random(len(who)) * visitors.sessions[who]).astype(np.int64)
        instant = (visitors.starts[who, session] + rng.random(len(who)) * visitors.length[who]) * SECOND
        instant = np.minimum(instant.astype(np.int64), window.seconds * SECOND - 1)
        keys[done : done + len(who)] = instant << VISITOR_BITS | who
        done += len(who)
    keys.sort()
    return keys


@dataclass(frozen=True)
class _People:
    """What leaks of account n: names by index into the pools, the other texts one an account."""

    first: Numbers
    last: Numbers
    firsts: Text
    lasts: Text
    email: Text
    code: Text
    phone: Text
    account_id: Text

    def name(self, accounts: Numbers) -> Text:
        return join(self.firsts.take(self.first[accounts]), " ", self.lasts.take(self.last[accounts]))


def _register(rng: Generator, window: _Window, visitors: _Visitors, seed: int, path: Path) -> _People:
    """Write the registrations, and keep what the day's page views can leak of them."""
    holders = np.flatnonzero(visitors.account >= 0)
    count = 2 * len(np.unique(visitors.account[holders]))
    login = np.full(count, window.seconds * SECOND - 1)
    np.minimum.at(login, visitors.account[holders], visitors.login[holders])
    created = (login - rng.exponential(90 * SECOND, count)).clip(0).astype(np.int64)  # who opens an account logs in next
    ages = 1 + rng.random(count) ** 1.7 * 15 * 365 * 86_400 * SECOND
    created = window.start + np.where(rng.random(count) < NEW_SHARE, created, -ages.astype(np.int64))
    later = (window.start + window.seconds * SECOND - created) * rng.random(count) * (rng.random(count) < 0.55)
    updated = created + later.astype(np.int64)
    people = _draw_people(rng, seed, count)
    customers = 10**9 + _spread(rng, count, 9 * 10**9)
    points = _metering_points(2 * _spread(rng, count, 5 * 10**7))
    with _open_writer(path, REGISTRATIONS) as file:
        for begin in range(0, count, BATCH_ROWS):
            rows = np.arange(begin, min(begin + BATCH_ROWS, count))
            columns = [people.account_id.take(rows), people.name(rows), _draw_companies(rng, len(rows))]
            columns += [people.code.take(rows), people.email.take(rows), join("+372 ", people.phone.take(rows))]
            columns += [_draw_addresses(rng, len(rows)), digits(customers[rows], 10), points.take(rows)]
            consents = [pa.array(rng.random(len(rows)) < share) for share in (0.46, 0.31)]
            instants = [pa.array(each[rows], _INSTANT) for each in (created, updated)]
            file.write_table(pa.table([*columns, *consents, *instants], schema=REGISTRATIONS))
    return people


def _draw_people(rng: Generator, seed: int, count: int) -> _People:
    faker = Faker("et_EE")
    faker.seed_instance(seed)
    men, women, lasts = (
        [*dict.fromkeys(draw() for _ in range(2000)), *more]
        for draw, more in (
            (faker.first_name_male, lists.MORE_MEN),
            (faker.first_name_female, lists.MORE_WOMEN),
            (faker.last_name, [f"{faker.last_name()}-{faker.last_name()}" for _ in range(40)]),
        )
    )
    female = rng.random(count) < 0.53
    first = np.where(female, len(men) + _skew(rng, len(women), count, 1.4), _skew(rng, len(men), count, 1.4))
    last = _skew(rng, len(lasts), count, 1.2)
    plain = [
        text([normalize("NFKD", name).encode("ascii", "ignore").decode().lower() for name in names])
        for names in (men + women, lasts)
    ]
    ends = ["", *(["."] * 3), "_"], [*([""] * 150), *map(str, range(1, 200)), *map(str, range(1940, 2008))]
    between, number, domain = (_some(rng, pool, count) for pool in (*ends, lists.MAIL_DOMAINS))
    email = join(plain[0].take(first), between, plain[1].take(last), number, "@", domain)
    codes = digits(_personal_codes(female, _spread(rng, count, 26_000 * 1000)), 11)
    phone = digits(_spread(rng, count, 10**7), 7, "5")
    account_id = digits(_spread(rng, count, 10**8), 8, "EE")
    return _People(first, last, text(men + women), text(lasts), email, codes, phone, account_id)


def _personal_codes(female: Numbers, serial: Numbers) -> Numbers:
    """Isikukood: century and sex, birth date, serial number, check digit by two rounds of weights (EVS 585:2007)."""
    born = np.datetime64("1935-01-01") + serial // 1000
    years, months = born.astype("datetime64[Y]"), born.astype("datetime64[M]")
    year, month, day = years.astype(int) + 1970, months.astype(int) % 12 + 1, (born - months).astype(int) + 1
    code = (np.where(year < 2000, 3, 5) + female) * 10**9 + year % 100 * 10**7 + month * 10**5 + day * 1000 + serial % 1000
    places = lists.digit_matrix(code, 10)
    one, two = (places @ np.array(weights) % 11 for weights in ((*range(1, 10), 1), (*range(3, 10), 1, 2, 3)))
    checked: Numbers = code * 10 + np.where(one < 10, one, np.where(two < 10, two, 0))
    return checked


def _metering_points(even: Numbers) -> Text:
    """EIC 38ZEE-########-C: weights 16 to 2, modulo 37; a check sign of 36 is forbidden, so such numbers go up by one."""
    def check(numbers: Numbers) -> Numbers:
        head = sum(weight * sign for weight, sign in zip(range(16, 10, -1), (3, 8, 35, 14, 14, 36), strict=True))
        return (36 - (head + lists.digit_matrix(numbers, 8) @ np.arange(10, 2, -1) + 2 * 36 - 1) % 37) % 37

    numbers = even + (check(even) == 36)
    return join(digits(numbers, 8, "38ZEE-"), "-", text(list("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")).take(check(numbers)))


def _some(rng: Generator, pool: Sequence[str], count: int) -> Text:
    return text(pool).take(rng.integers(0, len(pool), count))


def _draw_companies(rng: Generator, count: int) -> Text:
    words = (lists.COMPANY_HEADS, lists.COMPANY_BRANCHES, lists.COMPANY_FORMS)
    head, branch, form = (_some(rng, pool, count) for pool in words)
    return pc.if_else(pa.array(rng.random(count) < 0.12), join(head, " ", branch, " ", form), pa.scalar(None, pa.string()))


def _draw_addresses(rng: Generator, count: int) -> Text:
    towns, postcodes = zip(*lists.TOWNS, strict=True)
    town = _skew(rng, len(towns), count, 1.8)
    house = _some(rng, [*map(str, range(1, 130)), "2a", "5b", "14a"], count)
    flat = _some(rng, [*([""] * 60), *(f"-{number}" for number in range(1, 90))], count)
    postcode = digits(np.array(postcodes)[town] + rng.integers(1, 100, count), 5)
    return join(_some(rng, lists.STREETS, count), " ", house, flat, ", ", text(towns).take(town), ", ", postcode)


@dataclass(frozen=True)
class _World:
    """All that is decided before the first event."""

    window: _Window
    visitors: _Visitors
    people: _People
    pages: _Pages
    ads: "_Ads"
    agents: Text
    referrers: Text


@dataclass(frozen=True)
class _Ads:
    """Advertisements by their subjects; those of topic t are first[t] and the size[t] - 1 after."""

    subject: Text
    first: Numbers
    size: Numbers
    weights: Numbers


def _draw_ads(rng: Generator, topics: Mapping[str, TopicPaths]) -> _Ads:
    subjects: list[str] = []
    first, size = np.zeros((2, len(topics)), np.int64)
    for number, paths in enumerate(topics.values()):
        first[number], size[number] = len(subjects), 12 * len(paths.ads)
        subjects += [subject for subject in paths.ads for _ in range(12)]
    known = np.arange(len(subjects) + 10) < len(subjects)
    weights = rng.lognormal(0, 1, len(known))
    weights = np.where(known, weights / max(weights[known].sum(), 1e-9), 0.06 * weights / weights[~known].sum())
    return _Ads(text(subjects + 2 * list(lists.STRAY_AD_TOPICS)), first, size, weights)


PLAIN, LANGUAGE, MARK, GOOGLE_CLICK, FACEBOOK_CLICK, SEARCH, RESET, SESSION, INVOICE = range(9)
KIND_WEIGHTS = (68, 9, 7, 4.5, 3, 4, 1.2, 2)  # of page views by what their address carries; invoices come on top


def _draw_views(rng: Generator, world: _World, keys: Numbers) -> tuple[pa.Table, Numbers]:
    """Give page views as a table, and the topic number of each."""
    visitors, pages, people, count = world.visitors, world.pages, world.people, len(keys)
    who, instant = keys & ((1 << VISITOR_BITS) - 1), keys >> VISITOR_BITS
    account, robot, logged_in = visitors.account[who], who >= visitors.humans, instant >= visitors.login[who]
    wish = _pick(rng, (55, 20, 10, 15), count)
    topic = np.where(wish < 3, visitors.favourites[who, wish % 3], _pick(rng, pages.popularity, count))
    variant = np.where(visitors.english[who], 1, np.where(logged_in & (rng.random(count) < 0.75), 2, 0))
    first, size = pages.first[topic, variant], pages.size[topic, variant]
    stray = rng.random(count) < np.where(robot, 0.12, 0.025)
    page = np.where(stray, 1 + _skew(rng, pages.strays, count, 1), first + _skew(rng, size, count, 2.5))
    kind = np.where(robot | stray, PLAIN, _pick(rng, KIND_WEIGHTS, count))
    kind[(kind == PLAIN) & (topic == pages.invoices) & ~(robot | stray) & (rng.random(count) < 0.35)] = INVOICE
    page[kind == RESET] = 0
    leaking = np.flatnonzero((account >= 0) & ~stray & (rng.random(count) < PERSONAL_SHARE))
    leaks = _draw_leaks(rng, people, leaking, account)
    source = np.where(robot, 0, np.where(kind == GOOGLE_CLICK, 2, _pick(rng, (22, 60, 13, 5), count)))
    googles, others = 1 + rng.integers(0, len(lists.GOOGLE), count), rng.integers(0, len(lists.OTHER_SITES), count)
    own = len(world.referrers) - len(pages.url) + first + _skew(rng, size, count, 2)
    referrer = np.choose(source, (0, own, googles, 1 + len(lists.GOOGLE) + others))
    columns = [
        lists.uuids(rng, count),
        pa.array(world.window.start + instant, _INSTANT),
        visitors.cookie.take(who),
        people.account_id.take(pa.array(account, mask=~logged_in)),
        visitors.ips.take((visitors.place[who] + (visitors.place[who] % 4 == 0) * (instant >> 34)) % len(visitors.ips)),
        world.agents.take(visitors.agent[who]),
        join(pages.url.take(page), overlay(text([""]), np.zeros(count), [*_draw_queries(rng, kind), *leaks["url"]])),
        overlay(world.referrers, referrer, [*_draw_mail_links(rng, kind, robot), *leaks["referrer"]]),
        overlay(pages.title, page, leaks["page_title"]),
        text(CONSENTS).take(visitors.consent[who]),
        pa.array(visitors.gpc[who]),
    ]
    return pa.table(columns, schema=CLICKSTREAM), topic


def _draw_leaks(rng: Generator, people: _People, rows: Numbers, account: Numbers) -> dict[str, list[tuple[Numbers, Text]]]:
    """Personal values of the visitors' own accounts, by the column in which they come to light."""
    by_kind = [rows[each] for each in (rng.integers(0, 7, len(rows)) == np.arange(7)[:, None])]
    mail, quoted_mail, named, coded, phoned, titled, linked = by_kind
    quoted = text([quote(name) for name in people.name(account[named]).to_pylist()])
    values = (
        join("email=", people.email.take(account[mail])),
        join("email=", pc.replace_substring(people.email.take(account[quoted_mail]), "@", "%40")),
        join("nimi=", quoted),
        join("isikukood=", people.code.take(account[coded])),
        join("telefon=%2B372", people.phone.take(account[phoned])),
    )
    starts = ("?", "?", "?lang=et&", "?utm_source=uudiskiri&utm_medium=email&")
    urls = [(each, join(_some(rng, starts, len(each)), value)) for each, value in zip(by_kind, values, strict=False)]
    title = join("Tere, ", people.name(account[titled]), " - Minu arved")
    address = pc.replace_substring(people.email.take(account[linked]), "@", "%40")
    link = join("https://uudiskiri.elektrum-portaal.example/klikk?saaja=", address, "&kiri=2026-10")
    return {"url": urls, "page_title": [(titled, title)], "referrer": [(linked, link)]}


def _draw_queries(rng: Generator, kind: Numbers) -> list[tuple[Numbers, Text]]:
    """What follows the page's path, at the rows of each kind."""
    rows = [np.flatnonzero(kind == each) for each in range(INVOICE + 1)]
    sizes = [len(each) for each in rows]
    adverts = [f"?utm_source=google&utm_medium=cpc&utm_campaign={name}&gclid=Cj0KCQjw" for name in lists.CAMPAIGNS]
    texts = {
        LANGUAGE: _some(rng, lists.LANGUAGES, sizes[LANGUAGE]),
        MARK: _some(rng, lists.MARKS, sizes[MARK]),
        GOOGLE_CLICK: join(_some(rng, adverts, sizes[GOOGLE_CLICK]), tokens(rng, sizes[GOOGLE_CLICK], 60)),
        FACEBOOK_CLICK: tokens(rng, sizes[FACEBOOK_CLICK], 58, "?fbclid=IwAR"),
        SEARCH: _some(rng, [f"?q={quote(words)}" for words in lists.SEARCHES], sizes[SEARCH]),
        RESET: tokens(rng, sizes[RESET], 43, "/"),
        SESSION: tokens(rng, sizes[SESSION], 32, "?sid="),
        INVOICE: digits(rng.integers(0, 10**8, sizes[INVOICE]), 8, "?arve=2026"),
    }
    return [(rows[each], column) for each, column in texts.items()]


def _draw_mail_links(rng: Generator, kind: Numbers, robot: Numbers) -> list[tuple[Numbers, Text]]:
    faces = np.flatnonzero(kind == FACEBOOK_CLICK)
    mails = np.flatnonzero(~robot & (rng.random(len(kind)) < 0.02))
    return [
        (mails, digits(rng.integers(0, 10**5, len(mails)), 5, "https://webmail.kiri.example/?_task=mail&_uid=")),
        (faces, tokens(rng, len(faces), 40, "https://l.facebook.com/l.php?u=https%3A%2F%2Fwww.elektrum-portaal.example&h=AT")),
    ]


def _draw_beacons(
    rng: Generator, world: _World, views: pa.Table, topic: Numbers, keys: Numbers, count: int
) -> pa.Table:
    """Give `count` beacons of advertisements on the pages that people viewed, up to 20 seconds later."""
    people = np.flatnonzero(keys & ((1 << VISITOR_BITS) - 1) < world.visitors.humans)
    rows = people[rng.integers(0, len(people), count)] if len(people) else rng.integers(0, len(keys), count)
    instant = (keys[rows] >> VISITOR_BITS) + rng.integers(300_000, 20 * SECOND, count)
    order = np.argsort(instant, kind="stable")
    rows, instant = rows[order], np.minimum(instant[order], world.window.seconds * SECOND - 1)
    size = world.ads.size[topic[rows]]
    fitting = world.ads.first[topic[rows]] + _skew(rng, size, count, 2)
    ad = np.where((size > 0) & (rng.random(count) < 0.5), fitting, _pick(rng, world.ads.weights, count))
    seen = views.take(rows)
    columns = {name: seen[name] for name in ("cookie_id", "ip", "user_agent", "consent", "gpc")} | {
        "ts": pa.array(world.window.start + instant, _INSTANT),
        "page_url": seen["url"],
        "ad_id": digits(ad, 4, "ad-"),
        "ad_topic": world.ads.subject.take(ad),
        "action": text(ACTIONS).take(_pick(rng, (84.7, 12, 2.9, 0.2, 0.1, 0.1), count)),
    }
    return pa.table(columns).select(AD_BEACONS.names).cast(AD_BEACONS)
