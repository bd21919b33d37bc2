"""The strip: the one place where URL, user agent, cookie and account end (promises 4, 6 and 8).

In: events by the contract. Out: `stripped_events`, in which every string is a member of a closed list. Each row of the
result depends on its own event, on what that visitor's events of the day say of consent, on the key of the week, and on
public configuration: no step looks at other visitors (LEAKS 10).
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from anonymizers.consent.agreed import reason_of, serves
from anonymizers.consent.refused import Why
from anonymizers.consent_rules import Use
from anonymizers.engine import Table
from anonymizers.local_day import LocalDay
from anonymizers.site import Site
from anonymizers.stripping.objections import LEFT, STAYS, Excluded, count_rows, denials, suppressed_visitors
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
    "for_tables": ("boolean", "Whether the visitor's consent lets tables of pages, or of advertisements, count it."),
    "for_segments": ("boolean", "Whether the visitor's consent lets segments be built on it."),
}
"""The columns of `stripped_events` with type and meaning, and no others."""

_NO_EVENTS = (
    "SELECT CAST(NULL AS BIGINT) AS instant_us, CAST(NULL AS STRING) AS visitor, CAST(NULL AS STRING) AS user_agent, "
    "CAST(NULL AS STRING) AS ad_topic, CAST(NULL AS STRING) AS action, CAST(NULL AS SMALLINT) AS agreed, "
    "CAST(NULL AS BOOLEAN) AS counted, CAST(NULL AS STRING) AS account_id, CAST(NULL AS STRING) AS cookie_id WHERE 1 = 0"
)

_SEEN = """
SELECT user_agent, agreed, CAST(sum(events) AS BIGINT) AS events,
       CAST(sum(without_visitor) AS BIGINT) AS without_visitor, CAST(sum(unknown_action) AS BIGINT) AS unknown_action
FROM (
  SELECT user_agent, agreed, $counted, 0 AS unknown_action FROM $page_views WHERE counted GROUP BY user_agent, agreed
  UNION ALL
  SELECT user_agent, agreed, $counted, count(CASE WHEN action IN ($ad_actions) THEN NULL ELSE 1 END) AS unknown_action
  FROM $ad_events WHERE counted GROUP BY user_agent, agreed
) sources
GROUP BY user_agent, agreed
"""
_COUNTED = "count(*) AS events, count(CASE WHEN visitor IS NULL THEN 1 END) AS without_visitor"

_STRIP = """
SELECT DATE '$date' AS traffic_date, $hour AS hour, $pseudonym AS visitor,
       coalesce(t3.topic, t2.topic, t1.topic, '$other') AS topic, 'page_view' AS action, a.browser, a.device, a.os,
       $for_pages AS for_tables, $for_segments AS for_segments
FROM (SELECT instant_us, visitor, user_agent, agreed, $path AS path FROM $page_views WHERE $counts) e
LEFT JOIN $denials d ON e.visitor = d.visitor
CROSS JOIN $keys k
JOIN $agents a ON e.user_agent = a.user_agent
LEFT JOIN $page_rules t3 ON e.path = t3.prefix
LEFT JOIN $page_rules t2 ON regexp_extract(e.path, '^(/[^/]+/[^/]+)/', 1) = t2.prefix
LEFT JOIN $page_rules t1 ON regexp_extract(e.path, '^(/[^/]+)/', 1) = t1.prefix
WHERE $stays AND ($for_pages OR $for_segments)
UNION ALL
SELECT DATE '$date', $hour, $pseudonym, coalesce(t.topic, '$other'), e.action, a.browser, a.device, a.os,
       $for_ads, $for_segments
FROM (SELECT * FROM $ad_events WHERE $counts AND action IN ($ad_actions)) e
LEFT JOIN $denials d ON e.visitor = d.visitor
CROSS JOIN $keys k
JOIN $agents a ON e.user_agent = a.user_agent
LEFT JOIN $ad_rules t ON e.ad_topic = t.ad_topic
WHERE $stays AND ($for_ads OR $for_segments)
"""


@dataclass(frozen=True)
class StripReport:
    """What the strip read and dropped, in events; the reasons overlap. No number of a cell."""

    read: int
    without_consent: int
    without_visitor: int
    by_bots: int
    unknown_action: int
    refused: Mapping[Why, int]
    """The events without consent, by reason."""
    suppressed_visitors: int

    @property
    def numbers(self) -> Mapping[str, int]:
        """All of it, flat, by plain names."""
        plain = {name: number for name, number in vars(self).items() if name != "refused"}
        return plain | {f"refused_{why}": number for why, number in self.refused.items()}


def strip(
    page_views: Table, ad_events: Table | None, *, site: Site, day: LocalDay, key: str, excluded: Excluded | None = None
) -> tuple[Table, StripReport]:
    """`stripped_events` of one day, lazily, and what was dropped on the way.

    `page_views` has instant_us, visitor, user_agent, url, agreed, counted, account_id, cookie_id; `ad_events` has ad_topic and
    action in the place of url; both hold the day's events only, and of those that are not `counted` only what they say of
    consent is heard. `key` is the week's, in hexadecimal; `excluded` are those
    who asked to be left out. Events without visitor, consent or user agent, by bots, or with an action that is not in the
    list are dropped; for what a visitor says of consent see `denials`. Two of n visitors share a pseudonym with
    probability n^2 / 3.7e19: 2.7e-8 at a million.
    """
    # The key comes from a table, so that it never stands in a statement that an engine might log. Hashing every event
    # costs less than finding the distinct visitors first (5.7 against 10.1 CPU seconds at 5,000,000 events).
    engine = page_views.engine
    ad_events = ad_events or engine.query(_NO_EVENTS)
    actions = ", ".join(f"'{action}'" for action in AD_ACTIONS)
    seen = engine.fetch(
        engine.query(_SEEN, page_views=page_views, ad_events=ad_events, ad_actions=actions, counted=_COUNTED)
    )
    agents = classify(pc.unique(seen["user_agent"]).to_pylist())
    suppressed = None if excluded is None else suppressed_visitors([page_views, ad_events], excluded)
    stripped = engine.query(
        _STRIP,
        page_views=page_views,
        ad_events=ad_events,
        ad_actions=actions,
        counts="counted AND agreed > 0 AND visitor IS NOT NULL",
        denials=denials([page_views, ad_events], suppressed),
        stays=STAYS,
        for_pages=serves(Use.PAGES, LEFT),
        for_ads=serves(Use.ADS, LEFT),
        for_segments=serves(Use.SEGMENTS, LEFT),
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
    return stripped, _report(seen, agents, 0 if suppressed is None else count_rows(suppressed))


def _report(seen: pa.Table, agents: pa.Table, suppressed: int) -> StripReport:
    bots = {row["user_agent"] for row in agents.to_pylist() if row["bot"]}
    rows = seen.to_pylist()
    refused: Counter[Why] = Counter()
    for row in rows:
        why = reason_of(row["agreed"])
        if why is not None:
            refused[why] += row["events"]
    return StripReport(
        read=sum(row["events"] for row in rows),
        without_consent=sum(refused.values()),
        without_visitor=sum(row["without_visitor"] for row in rows),
        by_bots=sum(row["events"] for row in rows if not row["user_agent"] or row["user_agent"] in bots),
        unknown_action=sum(row["unknown_action"] for row in rows),
        refused={why: refused[why] for why in Why if refused[why]},
        suppressed_visitors=suppressed,
    )
