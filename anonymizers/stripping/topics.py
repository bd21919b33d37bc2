"""URL -> topic by allow-list, and advertisement subject -> topic. What no rule names is `other`; nothing is scrubbed.

Only whole leading path segments are compared, so that a query, a fragment, a token deep in a path or an unknown page
has no way into a topic's name (LEAKS 1 and 3).
"""

import pyarrow as pa

from anonymizers.site import Site

SEGMENTS = 3
"""How many leading segments a prefix rule may have (`site.Topic.prefixes`)."""

_HOST = "[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*"


def path_sql(url: str) -> str:
    """SQL for the first three segments of a URL's path, lower-case; `/` for a front page. Accepts a bare path.

    Empty, so that no rule matches, for what is no address of a page: `mailto:` and the like, a bare query, nothing.
    U+0130 is lower-cased by hand: of all letters the only one that becomes an ASCII letter on some engines alone.
    """
    path = f"regexp_extract({url}, '^(?:{_HOST})?((?:/[^/?#]+){{0,{SEGMENTS}}})', 1)"
    front = f"regexp_extract({url}, '^(?:{_HOST}/?|/)(?:[?#]|$)', 0) <> ''"
    found = f"CASE WHEN {path} <> '' THEN {path} WHEN {front} THEN '/' ELSE {path} END"
    return f"lower(replace({found}, '\u0130', 'i\u0307'))"


def page_rules(site: Site) -> pa.Table:
    """The prefix rules as a table: prefix, topic."""
    return pa.table(
        {
            "prefix": pa.array([prefix for topic in site.topics for prefix in topic.prefixes], pa.string()),
            "topic": pa.array([topic.topic for topic in site.topics for _ in topic.prefixes], pa.string()),
        }
    )


def ad_rules(site: Site) -> pa.Table:
    """The advertisement subjects as a table: ad_topic, topic. A topic's own name is a subject too."""
    subjects = {topic.topic: topic.topic for topic in site.topics}
    subjects |= {ad: topic.topic for topic in site.topics for ad in topic.ads}
    return pa.table({"ad_topic": list(subjects), "topic": list(subjects.values())})
