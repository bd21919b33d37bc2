"""Who belongs to which segment: one row for each visitor and segment, inside the engine.

A visitor's segments depend on that visitor's own events and on the rules alone, so that removing a visitor removes that
visitor's rows and moves no other (LEAKS 10). How many rows one visitor may add to a table is bounded when it is counted.
"""

from collections.abc import Mapping, Sequence

from anonymizers.engine import Table
from anonymizers.segments.rule import AnyOf, Count, Not, Rule, Segment, counts
from anonymizers.vocabulary import DAYPART_OF_HOUR

# A day's events are counted first, so that different days need no count(DISTINCT ...), for each of which Spark copies
# every row. Crossing with the names, instead of one query for each segment, reads the events once.
_MEMBERS = """
SELECT visitor, segment
FROM (
  SELECT visitor, $measures
  FROM (SELECT visitor, $counted FROM $stripped_events GROUP BY visitor, traffic_date) days
  GROUP BY visitor
) measured
CROSS JOIN (VALUES $names) AS names(segment)
WHERE CASE segment $rules END
"""
_NOBODY = "SELECT visitor, topic AS segment FROM $stripped_events WHERE 1 = 0"


def members(stripped_events: Table, segments: Sequence[Segment]) -> Table:
    """The members of all segments, lazily: visitor (BIGINT), segment (string), each pair once, in no order.

    `stripped_events` has the columns of `STRIPPED_EVENTS`, and holds the whole window of the segments and no more: one
    local day for segments of a day, the seven days of an ISO week for segments of a week. The segments' names differ.
    """
    if not segments:
        return stripped_events.engine.query(_NOBODY, stripped_events=stripped_events)
    filters = dict.fromkeys(_filter(count) for segment in segments for _, count in counts(segment.rule))
    numbers = {filter_: number for number, filter_ in enumerate(filters)}
    return stripped_events.engine.query(
        _MEMBERS,
        stripped_events=stripped_events,
        counted=", ".join(f"count(CASE WHEN {filter_} THEN 1 END) AS n{n}" for filter_, n in numbers.items()),
        measures=", ".join(
            f"sum(n{n}) AS events{n}, count(CASE WHEN n{n} > 0 THEN 1 END) AS days{n}" for n in numbers.values()
        ),
        names=", ".join(f"('{segment.segment}')" for segment in segments),
        rules=" ".join(f"WHEN '{segment.segment}' THEN {_condition(segment.rule, numbers)}" for segment in segments),
    )


def _filter(count: Count) -> str:
    hours = [str(hour) for hour, part in DAYPART_OF_HOUR.items() if part in count.dayparts]
    lists: Mapping[str, Sequence[str]] = {
        "topic": [f"'{topic}'" for topic in count.topics],
        "action": [f"'{action}'" for action in count.actions],
        "hour": hours,
    }
    return " AND ".join(f"{column} IN ({', '.join(sorted(words))})" for column, words in lists.items() if words)


def _condition(rule: Rule, numbers: Mapping[str, int]) -> str:
    if isinstance(rule, Not):
        return f"NOT {_condition(rule.rule, numbers)}"
    if not isinstance(rule, Count):
        word, inner = (" OR ", rule.any) if isinstance(rule, AnyOf) else (" AND ", rule.all)
        return f"({word.join(_condition(part, numbers) for part in inner)})"
    number = numbers[_filter(rule)]
    if rule.days:
        return f"(days{number} >= {rule.days})"
    most = f" AND events{number} <= {rule.at_most}" if rule.at_most else ""
    return f"(events{number} >= {rule.fewest}{most})"
