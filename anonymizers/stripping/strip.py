"""The strip: the one place where URL, user agent, cookie and account end (promises 4, 6 and 8).

In: events by the contract. Out: `stripped_events`, in which every string is a member of a closed list. Each row of the
result depends on its own event, on that visitor's key of the week, and on public configuration: no step looks at other
visitors (LEAKS 10).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from anonymizers.engine import Table
from anonymizers.local_day import LocalDay
from anonymizers.site import Site
from anonymizers.stripping.topics import ad_rules, page_rules, path_sql
from anonymizers.stripping.user_agents import classify
from anonymizers.vocabulary import AD_ACTIONS, OTHER

STRIPPED_EVENTS: Mapping[str, tuple[str, str]] = {
    "traffic_date": ("date", "The local day."),
    "hour": ("int16", "Hour on the wall, 0 to 23."),
    "visitor": ("int64", "Keyed pseudonym, under a new key every ISO week."),
    "topic": ("string", "Subject of the page or advertisement."),
    "action": ("string", "page_view, ad_view, scroll_over or ad_click."),
    "browser": ("string", "Browser family."),
    "device": ("string", "desktop, mobile, tablet or other."),
    "os": ("string", "Operating system."),
}
"""The columns of `stripped_events` with type and meaning, and no others."""

_NO_EVENTS = (
    "SELECT CAST(NULL AS BIGINT) AS instant_us, CAST(NULL AS STRING) AS visitor, CAST(NULL AS STRING) AS user_agent, "
    "CAST(NULL AS STRING) AS ad_topic, CAST(NULL AS STRING) AS action, CAST(NULL AS BOOLEAN) AS consented WHERE 1 = 0"
)

_SEEN = """
SELECT user_agent, CAST(sum(events) AS BIGINT) AS events, CAST(sum(without_consent) AS BIGINT) AS without_consent,
       CAST(sum(without_visitor) AS BIGINT) AS without_visitor, CAST(sum(unknown_action) AS BIGINT) AS unknown_action
FROM (
  SELECT user_agent, $counted, 0 AS unknown_action FROM $page_views GROUP BY user_agent
  UNION ALL
  SELECT user_agent, $counted, count(CASE WHEN action IN ($ad_actions) THEN NULL ELSE 1 END) AS unknown_action
  FROM $ad_events GROUP BY user_agent
) sources
GROUP BY user_agent
"""
_COUNTED = (
    "count(*) AS events, count(CASE WHEN consented THEN NULL ELSE 1 END) AS without_consent, "
    "count(CASE WHEN visitor IS NULL THEN 1 END) AS without_visitor"
)

_STRIP = """
SELECT DATE '$date' AS traffic_date, $hour AS hour, $pseudonym AS visitor,
       coalesce(t3.topic, t2.topic, t1.topic, '$other') AS topic, 'page_view' AS action, a.browser, a.device, a.os
FROM (SELECT instant_us, visitor, user_agent, $path AS path FROM $page_views WHERE $counts) e
CROSS JOIN $keys k
JOIN $agents a ON e.user_agent = a.user_agent
LEFT JOIN $page_rules t3 ON e.path = t3.prefix
LEFT JOIN $page_rules t2 ON regexp_extract(e.path, '^(/[^/]+/[^/]+)/', 1) = t2.prefix
LEFT JOIN $page_rules t1 ON regexp_extract(e.path, '^(/[^/]+)/', 1) = t1.prefix
UNION ALL
SELECT DATE '$date', $hour, $pseudonym, coalesce(t.topic, '$other'), e.action, a.browser, a.device, a.os
FROM (SELECT * FROM $ad_events WHERE $counts AND action IN ($ad_actions)) e
CROSS JOIN $keys k
JOIN $agents a ON e.user_agent = a.user_agent
LEFT JOIN $ad_rules t ON e.ad_topic = t.ad_topic
"""


@dataclass(frozen=True)
class StripReport:
    """What the strip read and dropped, in events; the reasons overlap. No number of a cell."""

    read: int
    without_consent: int
    without_visitor: int
    by_bots: int
    unknown_action: int


def strip(
    page_views: Table, ad_events: Table | None, *, site: Site, day: LocalDay, key: str
) -> tuple[Table, StripReport]:
    """`stripped_events` of one day, lazily, and what was dropped on the way.

    `page_views` has instant_us, visitor, user_agent, url, consented; `ad_events` has instant_us, visitor, user_agent,
    ad_topic, action, consented; both hold the day's events only. `key` is the week's, in hexadecimal. Events without
    visitor, consent or user agent, by bots, or with an action that is not in the list are dropped. Two of n visitors share
    a pseudonym with probability n^2 / 3.7e19: 2.7e-8 at a million.
    """
    # The key comes from a table, so that it never stands in a statement that an engine might log. Hashing every event
    # costs less than finding the distinct visitors first (5.7 against 10.1 CPU seconds at 5,000,000 events).
    engine = page_views.engine
    ad_events = ad_events or engine.query(_NO_EVENTS)
    actions = ", ".join(f"'{action}'" for action in AD_ACTIONS)
    seen = engine.fetch(
        engine.query(_SEEN, page_views=page_views, ad_events=ad_events, ad_actions=actions, counted=_COUNTED)
    )
    agents = classify(seen["user_agent"].to_pylist())
    stripped = engine.query(
        _STRIP,
        page_views=page_views,
        ad_events=ad_events,
        ad_actions=actions,
        counts="consented AND visitor IS NOT NULL",
        date=day.date.isoformat(),
        hour=day.hour_sql("e.instant_us"),
        pseudonym=engine.keyed_hash("k.key", "e.visitor"),
        path=path_sql("url"),
        other=OTHER,
        keys=engine.table(pa.table({"key": [key]})),
        agents=engine.table(agents.filter(pc.invert(agents["bot"]))),
        page_rules=engine.table(page_rules(site)),
        ad_rules=engine.table(ad_rules(site)),
    )
    return stripped, _report(seen, agents)


def _report(seen: pa.Table, agents: pa.Table) -> StripReport:
    bots = {row["user_agent"] for row in agents.to_pylist() if row["bot"]}
    rows = seen.to_pylist()
    return StripReport(
        read=sum(row["events"] for row in rows),
        without_consent=sum(row["without_consent"] for row in rows),
        without_visitor=sum(row["without_visitor"] for row in rows),
        by_bots=sum(row["events"] for row in rows if not row["user_agent"] or row["user_agent"] in bots),
        unknown_action=sum(row["unknown_action"] for row in rows),
    )
