"""Made-up raw tables of an electricity retailer's portal: one local day of views and ad beacons, and the customers.

Here stand the events and their writing; visitors, customers and words in the other `sample_` modules. Nothing is real.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.random import Generator

from pipelines.sample import lists
from pipelines.sample.lists import Numbers, Patch, Text, digits, join, overlay, text, tokens
from pipelines.sample.people import INSTANT, People, open_writer, register, schema
from pipelines.sample.visitors import (
    SECOND,
    VISITOR_BITS,
    Pages,
    TopicPaths,
    Visitors,
    Window,
    draw_instants,
    draw_visitors,
    list_pages,
    open_window,
    pick,
    skew,
    some,
)

CLICK_SHARE = 0.70
PERSONAL_SHARE = 0.033  # of account holders' page views; 1.5 % of all
FILE_ROWS, BATCH_ROWS = 1_000_000, 250_000
CONSENTS = ("necessary", "necessary+statistics", "necessary+statistics+marketing", None)
ACTIONS = ("ad_view", "scroll_over", "ad_click", "hover", "AD_VIEW", "")
CLICKSTREAM = schema("event_id ts cookie_id account_id ip user_agent url referrer page_title consent gpc")
AD_BEACONS = schema("ts cookie_id ip user_agent page_url ad_id ad_topic action consent gpc")


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

    clickstream/date=<day>/part-*.parquet, by instant, at most 1,000,000 rows a file: event_id string (UUID), ts
      timestamp[us, UTC], cookie_id string or null (refused, most robots), account_id string or null (not logged in),
      ip, user_agent, url string, referrer, page_title string or null, consent string or null (no answer, no cookie),
      gpc bool
    ad_beacons/date=<day>/part-000.parquet: ts, cookie_id, ip, user_agent, page_url, ad_id, ad_topic, action string,
      consent, gpc; each follows a page view of the same visitor by up to 20 seconds
    registrations.parquet, twice the accounts of the day's visitors: account_id, name string, company string or null,
      isikukood, email, phone, address, customer_number, metering_point_eic string, newsletter_consent, offer_consent
      bool, created_at, updated_at timestamp[us, UTC]
    Raises ValueError when `events` is not positive or no topic has a path.
    """
    if events < 1:
        raise ValueError("events must be positive")
    rng, window, pages = np.random.default_rng(seed), open_window(day, time_zone), list_pages(topics)
    clicks = max(1, round(events * CLICK_SHARE))
    visitors = draw_visitors(rng, window, clicks, pages)
    raw.mkdir(parents=True, exist_ok=True)
    people = register(rng, window, visitors, seed, raw / "registrations.parquet")
    progress(f"registrations: {len(people.email):,} rows")
    agents = text([*(agent for agent, _ in lists.list_human_agents()), *lists.ROBOTS])
    referrers = pa.concat_arrays([text([None, *lists.GOOGLE, *lists.OTHER_SITES]), pages.url])
    world = _World(window, visitors, people, pages, _draw_ads(rng, topics), agents, referrers)
    _write_events(rng, world, events - clicks, raw, f"date={day.isoformat()}", progress)


def _write_events(
    rng: Generator, world: "_World", beacons: int, raw: Path, partition: str, progress: Callable[[str], None]
) -> None:
    keys = draw_instants(rng, world.window, world.visitors)
    clicks, folder, beacon_folder = len(keys), raw / "clickstream" / partition, raw / "ad_beacons" / partition
    for each in (folder, beacon_folder):
        each.mkdir(parents=True, exist_ok=True)
        for stale in each.glob("part-*.parquet"):  # a smaller day must not keep a larger day's last parts
            stale.unlink()
    with open_writer(beacon_folder / "part-000.parquet", AD_BEACONS) as beacon_file:
        for part, first in enumerate(range(0, clicks, FILE_ROWS)):
            last = min(first + FILE_ROWS, clicks)
            with open_writer(folder / f"part-{part:03}.parquet", CLICKSTREAM) as click_file:
                for begin in range(first, last, BATCH_ROWS):
                    end = min(begin + BATCH_ROWS, last)
                    views, topic = _draw_views(rng, world, keys[begin:end])
                    click_file.write_table(views)
                    share = beacons * end // clicks - beacons * begin // clicks
                    beacon_file.write_table(_draw_beacons(rng, world, views, topic, keys[begin:end], share))
            progress(f"clickstream part {part}: {last:,} of {clicks:,} rows")


@dataclass(frozen=True)
class _World:
    """All that is decided before the first event."""

    window: Window
    visitors: Visitors
    people: People
    pages: Pages
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
    place = visitors.place[who]
    wish = pick(rng, (55, 20, 10, 15), count)
    topic = np.where(wish < 3, visitors.favourites[who, wish % 3], pick(rng, pages.popularity, count))
    variant = np.where(visitors.english[who], 1, np.where(logged_in & (rng.random(count) < 0.75), 2, 0))
    first, size = pages.first[topic, variant], pages.size[topic, variant]
    stray = rng.random(count) < np.where(robot, 0.12, 0.025)
    page = np.where(stray, 1 + skew(rng, pages.strays, count, 1), first + skew(rng, size, count, 2.5))
    kind = np.where(robot | stray, PLAIN, pick(rng, KIND_WEIGHTS, count))
    kind[(kind == PLAIN) & (topic == pages.invoices) & ~(robot | stray) & (rng.random(count) < 0.35)] = INVOICE
    page[kind == RESET] = 0
    leaking = np.flatnonzero((account >= 0) & ~stray & (rng.random(count) < PERSONAL_SHARE))
    leaks = _draw_leaks(rng, people, leaking, account)
    source = np.where(robot, 0, np.where(kind == GOOGLE_CLICK, 2, pick(rng, (22, 60, 13, 5), count)))
    googles, others = 1 + rng.integers(0, len(lists.GOOGLE), count), rng.integers(0, len(lists.OTHER_SITES), count)
    own = len(world.referrers) - len(pages.url) + first + skew(rng, size, count, 2)
    referrer = np.select([source == each for each in range(4)], [0, own, googles, 1 + len(lists.GOOGLE) + others])
    columns = [
        lists.uuids(rng, count),
        pa.array(world.window.start + instant, INSTANT),
        visitors.cookie.take(who),
        people.account_id.take(pa.array(account, mask=~logged_in)),
        visitors.ips.take(
            (place + (place % 4 == 0) * (instant >> 34)) % len(visitors.ips)
        ),  # a quarter roam: 4.8 hours
        world.agents.take(visitors.agent[who]),
        join(pages.url.take(page), overlay(text([""]), np.zeros(count), [*_draw_queries(rng, kind), *leaks["url"]])),
        overlay(world.referrers, referrer, [*_draw_mail_links(rng, kind, robot), *leaks["referrer"]]),
        overlay(pages.title, page, leaks["page_title"]),
        text(CONSENTS).take(visitors.consent[who]),
        pa.array(visitors.gpc[who]),
    ]
    return pa.table(columns, schema=CLICKSTREAM), topic


def _draw_leaks(rng: Generator, people: People, rows: Numbers, account: Numbers) -> dict[str, list[Patch]]:
    """Personal values of the visitors' own accounts, by the column in which they come to light."""
    by_kind = [rows[each] for each in (rng.integers(0, 7, len(rows)) == np.arange(7)[:, None])]
    mail, quoted_mail, named, coded, phoned, titled, linked = by_kind
    quoted = text([quote(name or "") for name in people.name(account[named]).to_pylist()])
    values = (
        join("email=", people.email.take(account[mail])),
        join("email=", pc.replace_substring(people.email.take(account[quoted_mail]), "@", "%40")),
        join("nimi=", quoted),
        join("isikukood=", people.code.take(account[coded])),
        join("telefon=%2B372", people.phone.take(account[phoned])),
    )
    starts = ("?", "?", "?lang=et&", "?utm_source=uudiskiri&utm_medium=email&")
    urls = [(each, join(some(rng, starts, len(each)), value)) for each, value in zip(by_kind, values, strict=False)]
    title = join("Tere, ", people.name(account[titled]), " - Minu arved")
    address = pc.replace_substring(people.email.take(account[linked]), "@", "%40")
    link = join("https://uudiskiri.elektrum-portaal.example/klikk?saaja=", address, "&kiri=2026-10")
    return {"url": urls, "page_title": [(titled, title)], "referrer": [(linked, link)]}


def _draw_queries(rng: Generator, kind: Numbers) -> list[Patch]:
    """What follows the page's path, at the rows of each kind."""
    rows = [np.flatnonzero(kind == each) for each in range(INVOICE + 1)]
    sizes = [len(each) for each in rows]
    adverts = [f"?utm_source=google&utm_medium=cpc&utm_campaign={name}&gclid=Cj0KCQjw" for name in lists.CAMPAIGNS]
    texts = {
        LANGUAGE: some(rng, lists.LANGUAGES, sizes[LANGUAGE]),
        MARK: some(rng, lists.MARKS, sizes[MARK]),
        GOOGLE_CLICK: join(some(rng, adverts, sizes[GOOGLE_CLICK]), tokens(rng, sizes[GOOGLE_CLICK], 60)),
        FACEBOOK_CLICK: tokens(rng, sizes[FACEBOOK_CLICK], 58, "?fbclid=IwAR"),
        SEARCH: some(rng, [f"?q={quote(words)}" for words in lists.SEARCHES], sizes[SEARCH]),
        RESET: tokens(rng, sizes[RESET], 43, "/"),
        SESSION: tokens(rng, sizes[SESSION], 32, "?sid="),
        INVOICE: digits(rng.integers(0, 10**8, sizes[INVOICE]), 8, "?arve=2026"),
    }
    return [(rows[each], column) for each, column in texts.items()]


def _draw_mail_links(rng: Generator, kind: Numbers, robot: Numbers) -> list[Patch]:
    faces, mails = np.flatnonzero(kind == FACEBOOK_CLICK), np.flatnonzero(~robot & (rng.random(len(kind)) < 0.02))
    letters = digits(rng.integers(0, 10**5, len(mails)), 5, "https://webmail.kiri.example/?_task=mail&_uid=")
    exits = tokens(rng, len(faces), 40, f"https://l.facebook.com/l.php?u={quote(lists.SITE, safe='')}&h=AT")
    return [(mails, letters), (faces, exits)]


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
    fitting = world.ads.first[topic[rows]] + skew(rng, size, count, 2)
    ad = np.where((size > 0) & (rng.random(count) < 0.5), fitting, pick(rng, world.ads.weights, count))
    seen = views.take(rows)
    columns: dict[str, Any] = {name: seen[name] for name in ("cookie_id", "ip", "user_agent", "consent", "gpc")} | {
        "ts": pa.array(world.window.start + instant, INSTANT),
        "page_url": seen["url"],
        "ad_id": digits(ad, 4, "ad-"),
        "ad_topic": world.ads.subject.take(ad),
        "action": text(ACTIONS).take(pick(rng, (84.7, 12, 2.9, 0.2, 0.1, 0.1), count)),
    }
    return pa.table(columns, schema=AD_BEACONS)
