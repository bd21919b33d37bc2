"""The made-up portal's events: what a page view and an advertisement's beacon hold, leaks of personal values too.

Who comes when stands in `visitors`; this draws their rows, batch by batch. The files: `tables`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.random import Generator

from pipelines.sample import lists
from pipelines.sample.draws import pick, skew, some
from pipelines.sample.lists import Numbers, Patch, Text, digits, join, keep, overlay, text, tokens
from pipelines.sample.pages import Ads, Pages
from pipelines.sample.people import INSTANT, People, schema
from pipelines.sample.visitors import SECOND, VISITOR_BITS, Visitors, Window, draw_instants

PERSONAL_SHARE = 0.033  # of account holders' page views; 1.5 % of all
CONSENTS = ("necessary", "necessary+statistics", "necessary+statistics+marketing", None)
ACTIONS = ("ad_view", "scroll_over", "ad_click", "hover", "AD_VIEW", "")
STATUSES, STATUS_ENDS = ("200", "304", "302", "404", "403", "500", "503"), (930, 965, 980, 993, 996, 999)
"""What the server answers, and where each ends among a thousand requests."""
CLICKSTREAM = schema(
    "event_id ts cookie_id account_id ip user_agent url referrer page_title consent gpc status cookies"
)
AD_BEACONS = schema("ts cookie_id ip user_agent page_url ad_id ad_topic action consent gpc")


@dataclass(frozen=True)
class Portal:
    """What is the same on all days: pages, advertisements, customers, and all texts of user agents and referrers."""

    pages: Pages
    ads: Ads
    people: People
    agents: Text
    referrers: Text


def open_portal(pages: Pages, ads: Ads, people: People) -> Portal:
    """The portal with all its texts."""
    agents = text([*(agent for agent, _ in lists.list_human_agents()), *lists.ROBOTS])
    referrers = pa.concat_arrays([text([None, *lists.GOOGLE, *lists.OTHER_SITES]), pages.url])
    return Portal(pages, ads, people, agents, referrers)


@dataclass(frozen=True)
class Day:
    """A day's visitors, and the account's id of each, null where there is none."""

    window: Window
    visitors: Visitors
    account_id: Text


def draw_events(
    rng: Generator, portal: Portal, window: Window, visitors: Visitors, beacons: int, batch: int
) -> Iterator[tuple[pa.Table, pa.Table]]:
    """Give the day's page views in order of time, `batch` rows at once, each with its part of the `beacons`."""
    account = visitors.traits.account
    day = Day(window, visitors, keep(account >= 0, portal.people.account_id(np.maximum(account, 0))))
    keys = draw_instants(rng, window, visitors)
    for begin in range(0, len(keys), batch):
        end = min(begin + batch, len(keys))
        views, topic = _draw_views(rng, portal, day, keys[begin:end])
        share = beacons * end // len(keys) - beacons * begin // len(keys)
        yield views, _draw_beacons(rng, portal, day, views, topic, keys[begin:end], share)


PLAIN, LANGUAGE, MARK, GOOGLE_CLICK, FACEBOOK_CLICK, SEARCH, RESET, SESSION, INVOICE = range(9)
KIND_WEIGHTS = (68, 9, 7, 4.5, 3, 4, 1.2, 2)  # of page views by what their address carries; invoices come on top


def _draw_views(rng: Generator, portal: Portal, day: Day, keys: Numbers) -> tuple[pa.Table, Numbers]:
    """Give page views as a table, and the topic number of each."""
    visitors, traits, pages, count = day.visitors, day.visitors.traits, portal.pages, len(keys)
    who, instant = keys & ((1 << VISITOR_BITS) - 1), keys >> VISITOR_BITS
    account, robot, logged_in = traits.account[who], who >= visitors.humans, instant >= visitors.login[who]
    wish = pick(rng, (55, 20, 10, 15), count)
    topic = np.where(wish < 3, traits.favourites[who, wish % 3], pick(rng, pages.popularity, count))
    variant = np.where(traits.english[who], 1, np.where(logged_in & (rng.random(count) < 0.75), 2, 0))
    first, size = pages.first[topic, variant], pages.size[topic, variant]
    stray = rng.random(count) < np.where(robot, 0.12, 0.025)
    page = np.where(stray, 1 + skew(rng, pages.strays, count, 1), first + skew(rng, size, count, 2.5))
    kind = np.where(robot | stray, PLAIN, pick(rng, KIND_WEIGHTS, count))
    kind[(kind == PLAIN) & (topic == pages.invoices) & ~(robot | stray) & (rng.random(count) < 0.35)] = INVOICE
    page[kind == RESET] = 0
    leaking = np.flatnonzero((account >= 0) & ~stray & (rng.random(count) < PERSONAL_SHARE))
    leaks = _draw_leaks(rng, portal.people, leaking, account)
    source = np.where(robot, 0, np.where(kind == GOOGLE_CLICK, 2, pick(rng, (22, 60, 13, 5), count)))
    googles, others = 1 + rng.integers(0, len(lists.GOOGLE), count), rng.integers(0, len(lists.OTHER_SITES), count)
    own = len(portal.referrers) - len(pages.url) + first + skew(rng, size, count, 2)
    referrer = np.select([source == each for each in range(4)], [0, own, googles, 1 + len(lists.GOOGLE) + others])
    columns = [
        lists.uuids(rng.integers(0, 256, (count, 16), np.uint8)),
        pa.array(day.window.start + instant, INSTANT),
        traits.cookie.take(who),
        day.account_id.take(pa.array(who, mask=~logged_in)),
        traits.ip.take((who + (who % 4 == 0) * (instant >> 34)) % len(traits.ip)),  # a quarter roam: 4.8 hours
        portal.agents.take(traits.agent[who]),
        join(pages.url.take(page), overlay(text([""]), np.zeros(count), [*_draw_queries(rng, kind), *leaks["url"]])),
        overlay(portal.referrers, referrer, [*_draw_mail_links(rng, kind, robot), *leaks["referrer"]]),
        overlay(pages.title, page, leaks["page_title"]),
        text(CONSENTS).take(traits.consent[who]),
        pa.array(traits.gpc[who]),
        text(STATUSES).take(np.searchsorted(STATUS_ENDS, (instant // 997) % 1000, side="right")),
        _cookies(portal, traits.cookie.take(who), page, leaking, account),
    ]
    return pa.table(columns, schema=CLICKSTREAM), topic


def _cookies(portal: Portal, cookie: Text, page: Numbers, leaking: Numbers, account: Numbers) -> Text:
    """What the browser sends: the visitor's id and the page visited; of few customers the login form's memory as well."""
    visited = pc.replace_substring(portal.pages.url, lists.SITE, "").take(page)
    remembered = leaking[account[leaking] % 16 == 0]
    address = join("; viimane_kasutaja=", pc.replace_substring(portal.people.email(account[remembered]), "@", "%40"))
    return join(
        "portal_id=", cookie, "; viimati=", visited, overlay(text([""]), np.zeros(len(page)), [(remembered, address)])
    )


def _draw_leaks(rng: Generator, people: People, rows: Numbers, account: Numbers) -> dict[str, list[Patch]]:
    """Personal values of the visitors' own accounts, by the column in which they come to light."""
    by_kind = [rows[each] for each in (rng.integers(0, 7, len(rows)) == np.arange(7)[:, None])]
    mail, quoted_mail, named, coded, phoned, titled, linked = by_kind
    quoted = text([quote(name or "") for name in people.name(account[named]).to_pylist()])
    values = (
        join("email=", people.email(account[mail])),
        join("email=", pc.replace_substring(people.email(account[quoted_mail]), "@", "%40")),
        join("nimi=", quoted),
        join("isikukood=", people.code(account[coded])),
        join("telefon=%2B372", people.phone(account[phoned])),
    )
    starts = ("?", "?", "?lang=et&", "?utm_source=uudiskiri&utm_medium=email&")
    urls = [(each, join(some(rng, starts, len(each)), value)) for each, value in zip(by_kind, values, strict=False)]
    title = join("Tere, ", people.name(account[titled]), " - Minu arved")
    address = pc.replace_substring(people.email(account[linked]), "@", "%40")
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
    rng: Generator, portal: Portal, day: Day, views: pa.Table, topic: Numbers, keys: Numbers, count: int
) -> pa.Table:
    """Give `count` beacons of advertisements on the pages that people viewed, up to 20 seconds later."""
    people = np.flatnonzero(keys & ((1 << VISITOR_BITS) - 1) < day.visitors.humans)
    rows = people[rng.integers(0, len(people), count)] if len(people) else rng.integers(0, len(keys), count)
    instant = (keys[rows] >> VISITOR_BITS) + rng.integers(300_000, 20 * SECOND, count)
    order = np.argsort(instant, kind="stable")
    rows, instant = rows[order], np.minimum(instant[order], day.window.seconds * SECOND - 1)
    size = portal.ads.size[topic[rows]]
    fitting = portal.ads.first[topic[rows]] + skew(rng, size, count, 2)
    ad = np.where((size > 0) & (rng.random(count) < 0.5), fitting, pick(rng, portal.ads.weights, count))
    seen = views.take(rows)
    columns: dict[str, Any] = {name: seen[name] for name in ("cookie_id", "ip", "user_agent", "consent", "gpc")} | {
        "ts": pa.array(day.window.start + instant, INSTANT),
        "page_url": seen["url"],
        "ad_id": digits(ad, 4, "ad-"),
        "ad_topic": portal.ads.subject.take(ad),
        "action": text(ACTIONS).take(pick(rng, (84.7, 12, 2.9, 0.2, 0.1, 0.1), count)),
    }
    return pa.table(columns, schema=AD_BEACONS)
