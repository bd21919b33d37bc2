"""Contribution bounds, inside the engine: what one visitor may add to a table, before anything is counted (LEAKS 9).

For every visitor at most `cells` cells are kept, chosen fairly and by nothing but that visitor's own pseudonym, and in
each at most `events` events. So removing one visitor moves at most `cells` cells, each by at most 1 visitor and
`events` events: the sensitivity that `mechanism.py` covers with noise.
"""

from anonymizers.counting.statistic import Statistic
from anonymizers.engine import Table
from anonymizers.site import Bound
from anonymizers.vocabulary import DAYPART_OF_HOUR

_KEY_SQL = {
    "daypart": "CASE hour " + " ".join(f"WHEN {hour} THEN '{part}'" for hour, part in DAYPART_OF_HOUR.items()) + " END"
}

_BOUND_AND_COUNT = """
SELECT $keys, count(*) AS visitors, CAST(sum(events) AS BIGINT) AS events
FROM (
  SELECT $keys, events, row_number() OVER (PARTITION BY visitor ORDER BY choice, $keys) AS place
  FROM (
    SELECT visitor, $keys, least(count(*), $events) AS events, $choice AS choice
    FROM (SELECT visitor, $selected FROM $stripped_events) keyed
    GROUP BY visitor, $keys
  ) pairs
) ranked
WHERE place <= $cells
GROUP BY $keys
"""


def bounded_counts(stripped_events: Table, statistic: Statistic, bound: Bound) -> Table:
    """The exact bounded counts, lazily: the statistic's keys, visitors, events.

    Exact, so only `measure.py` may execute it. Equal on every engine whose `choice` is the portable one.
    """
    engine = stripped_events.engine
    return engine.query(
        _BOUND_AND_COUNT,
        stripped_events=stripped_events,
        keys=", ".join(statistic.keys),
        selected=", ".join(f"{_KEY_SQL[key]} AS {key}" if key in _KEY_SQL else key for key in statistic.keys),
        choice=engine.choice(("visitor", *statistic.keys)),
        cells=bound.cells,
        events=bound.events,
    )
