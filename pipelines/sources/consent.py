"""What an event's signals of consent come to, as SQL: plain values by list, strings of consent tools by decoding each once.

Which signals grant what is judged in `anonymizers/consent`; here stand columns and tables.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from anonymizers.consent.agreed import EVERYTHING, SILENT, refused
from anonymizers.consent.refused import Why
from anonymizers.consent.signals import agreed_by
from anonymizers.consent_rules import Consent, WrittenAs
from anonymizers.contract import Purpose, Role, Source
from anonymizers.engine import Table
from anonymizers.local_day import LocalDay
from pipelines.engines.duckdb_engine import literal

_NO_OBJECTION = "('false', '0', 'no', '')"
_BOTH = f"""
CASE WHEN one.agreed < 0 OR coalesce(trim(e.gpp), '') = '' THEN one.agreed
     WHEN two.agreed < 0 THEN two.agreed
     WHEN one.agreed & two.agreed = 0 THEN {refused(Why.NO_PURPOSE)}
     ELSE one.agreed & two.agreed END
"""


@dataclass(frozen=True)
class DecodedSignals:
    """The different signals of a run and what each came to, so that none is decoded twice. In memory alone."""

    known: dict[tuple[str, str, str], dict[str, int]] = field(default_factory=dict)

    def judge(self, texts: Sequence[str], written_as: WrittenAs, rules: Consent, day: LocalDay) -> pa.Table:
        """signal (string), agreed (int16): a row for each text."""
        known = self.known.setdefault((written_as, repr(rules), day.date.isoformat()), {})
        for text in texts:
            if text not in known:
                known[text] = agreed_by(text, written_as, rules, day)
        agreed = [known[text] for text in texts]
        return pa.table({"signal": pa.array(texts, pa.string()), "agreed": pa.array(agreed, pa.int16())})


def agreed_events(events: Table, source: Source, day: LocalDay, decoded: DecodedSignals) -> Table:
    """`events` of the day with `agreed` (see `anonymizers.consent.agreed`) beside its other columns; it is never NULL.

    `counted` says whether an event's kind is counted. An objection by Sec-GPC or DNT is stronger than any consent.
    """
    rules = source.consent
    objected = [_objected(source, role) for role in (Role.OPT_OUT, Role.DO_NOT_TRACK) if _reads(source, role)]
    agreed = "one.agreed"
    if rules is None or rules.written_as == "plain":
        agreed = _plain(rules)
    elif _reads(source, Role.GPP) and rules.written_as == "tcf":
        agreed = _BOTH
    if objected:
        agreed = f"CASE WHEN {' OR '.join(objected)} THEN {refused(Why.OBJECTED)} ELSE {agreed} END"
    engine = events.engine
    if rules is None or rules.written_as == "plain":
        return engine.query("SELECT *, CAST($agreed AS SMALLINT) AS agreed FROM $rows e", rows=events, agreed=agreed)
    joined = {"one": _judged(events, Role.CONSENT, rules.written_as, rules, day, decoded)}
    join = "LEFT JOIN $one one ON e.consent = one.signal"
    if agreed.find("two.") >= 0:
        joined["two"] = _judged(events, Role.GPP, "gpp", rules, day, decoded)
        join += " LEFT JOIN $two two ON e.gpp = two.signal"
    agreed = agreed.replace("one.agreed", f"coalesce(one.agreed, {SILENT})")
    return engine.query(
        f"SELECT e.*, CAST($agreed AS SMALLINT) AS agreed FROM $rows e {join}",
        rows=events,
        agreed=agreed,
        **joined,
    )


def _judged(
    events: Table, role: Role, written_as: WrittenAs, rules: Consent, day: LocalDay, decoded: DecodedSignals
) -> Table:
    engine = events.engine
    found = engine.fetch(
        engine.query("SELECT DISTINCT $signal AS signal FROM $rows WHERE $signal <> ''", rows=events, signal=role.value)
    )
    texts = [str(text) for text in found["signal"].to_pylist()]
    return engine.table(decoded.judge(texts, written_as, rules, day))


def _plain(rules: Consent | None) -> str:
    if rules is None:
        return str(SILENT)
    if not rules.recorded:
        return str(EVERYTHING)
    return (
        f"CASE WHEN consent IN ({', '.join(map(literal, rules.granting))}) THEN {EVERYTHING} "
        f"WHEN coalesce(trim(consent), '') = '' THEN {SILENT} ELSE {refused(Why.NOT_GRANTING)} END"
    )


def _reads(source: Source, role: Role) -> bool:
    return role in source.readable(Purpose.AUDIENCE)


def _objected(source: Source, role: Role) -> str:
    # NDJSON has no header that could tell an empty column from a missing or renamed key: absent there means objected,
    # but for events that are not counted: their kinds may have no such key.
    absent = "TRUE" if source.format == "ndjson" else "FALSE"
    return (
        f"CASE WHEN {role} IS NULL THEN {absent} AND counted WHEN {role} = 'false' THEN FALSE "
        f"ELSE lower(trim({role})) NOT IN {_NO_OBJECTION} END"  # the usual values first: a third of the time
    )
