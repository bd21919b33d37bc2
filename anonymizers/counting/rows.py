"""The rows that a statistic counts: visitor and the statistic's keys, from stripped events and the members of segments."""

from collections.abc import Sequence

from anonymizers.consent_rules import Use
from anonymizers.counting.statistic import Statistic
from anonymizers.engine import Table
from anonymizers.segments.members import members
from anonymizers.segments.rule import Segment
from anonymizers.vocabulary import ALL_VISITORS, DAYPART_OF_HOUR, FIRST_EVENTS_OF_BAND

_COLUMN_SQL = {
    "daypart": "CASE hour " + " ".join(f"WHEN {hour} THEN '{part}'" for hour, part in DAYPART_OF_HOUR.items()) + " END"
}
_BAND_SQL = "CASE " + " ".join(
    f"WHEN events >= {first} THEN '{band}'" for band, first in reversed(list(FIRST_EVENTS_OF_BAND.items()))
) + " END"  # fmt: skip


def events_for(needs: Sequence[Use], events: Table) -> Table:
    """The events whose visitors agreed to what a statistic needs, of `stripped_events`."""
    allowed = "for_segments" if Use.SEGMENTS in needs else "for_tables"
    return events.engine.query("SELECT * FROM $events WHERE $allowed", events=events, allowed=allowed)


def audience(events: Table, segments: Sequence[Segment]) -> Table:
    """visitor, segment: everybody as `all_visitors`, and the members of each segment. The engine keeps it: it is used often."""
    everybody = events.engine.query(
        "SELECT DISTINCT visitor, '$all' AS segment FROM $events", events=events, all=ALL_VISITORS
    )
    if not segments:
        return everybody
    return events.engine.keep(
        events.engine.query(
            "SELECT visitor, segment FROM $everybody UNION ALL SELECT visitor, segment FROM $members",
            everybody=everybody,
            members=members(events, segments),
        )
    )


def rows_of(statistic: Statistic, events: Table, audience: Table) -> Table:
    """visitor and the statistic's keys, lazily: a row for each event, or, by segment, for each visitor and cell."""
    engine, keys = events.engine, statistic.keys
    if "segment" not in keys:
        return engine.query("SELECT visitor, $selected FROM $events", selected=_selected(keys), events=events)
    others = [key for key in keys if key != "segment"]
    if not others:
        return audience
    source = "SELECT DISTINCT visitor, $selected FROM $events"
    if others == ["band"]:
        source = "SELECT visitor, $band AS band FROM (SELECT visitor, count(*) AS events FROM $events GROUP BY visitor) often"
    return engine.query(
        f"SELECT e.visitor, $keys FROM ({source}) e JOIN $audience a ON e.visitor = a.visitor",
        keys=", ".join(keys),
        selected=_selected(others),
        band=_BAND_SQL,
        events=events,
        audience=audience,
    )


def _selected(keys: Sequence[str]) -> str:
    return ", ".join(f"{_COLUMN_SQL[key]} AS {key}" if key in _COLUMN_SQL else key for key in keys)
