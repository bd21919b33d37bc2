"""What a visitor's own events of the day take back: consent withdrawn, a signal that disagrees, a request to be left out.

All is by visitor, and depends on that visitor's events alone. How signals are judged is in `consent/`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from anonymizers.consent.agreed import EVERYTHING, SILENT
from anonymizers.engine import Table

LEFT = f"(e.agreed & coalesce(d.agreed, {EVERYTHING}))"
"""SQL: what an event `e` may serve after its visitor's denials `d`."""
STAYS = "(d.silent_us IS NULL OR e.instant_us > d.silent_us)"
"""SQL: whether the visitor of an event still said something when it happened, and did not fall silent afterwards."""

_DENIALS = f"""
SELECT visitor, CAST(bit_and(agreed) AS SMALLINT) AS agreed, max(silent_us) AS silent_us
FROM (
  SELECT visitor, CASE WHEN agreed > 0 THEN agreed WHEN agreed = {SILENT} THEN {EVERYTHING} ELSE 0 END AS agreed,
         CASE WHEN agreed = {SILENT} THEN instant_us END AS silent_us
  FROM $events WHERE visitor IS NOT NULL AND coalesce(agreed, 0) <> {EVERYTHING}
) said
GROUP BY visitor
"""
_SUPPRESSED = """
SELECT DISTINCT visitor, CAST(NULL AS BIGINT) AS instant_us
FROM (
  SELECT e.visitor, $account AS account, $cookie AS cookie, CASE WHEN e.visitor LIKE 'client:%' THEN $client END AS client
  FROM $events e CROSS JOIN $keys k
) named
WHERE account IN (SELECT who FROM $who) OR cookie IN (SELECT who FROM $who) OR client IN (SELECT who FROM $who)
"""
_NOT_EXCLUDED = """
SELECT * FROM (SELECT r.*, $account AS account, $cookie AS cookie FROM $rows r CROSS JOIN $keys k) named
WHERE (account IS NULL OR account NOT IN (SELECT who FROM $who)) AND (cookie IS NULL OR cookie NOT IN (SELECT who FROM $who))
"""


@dataclass(frozen=True)
class Excluded:
    """Who asked to be left out, known by a keyed hash of `account:` or `cookie:` and the name, and by nothing else."""

    who: Table
    """who (BIGINT)."""
    key: Table
    """key (string, hexadecimal), in a table so that it stands in no statement."""


def exclude(opted_out: Table, asked: Table, key: Table) -> Table:
    """who (BIGINT): the keyed hashes of `asked` and of the accounts of `opted_out`, each once.

    `opted_out` has account_id and nothing else: no attribute of an account comes this far.
    """
    engine = opted_out.engine
    return engine.query(
        "SELECT who FROM $asked UNION SELECT $account AS who FROM $opted_out e CROSS JOIN $keys k "
        "WHERE e.account_id IS NOT NULL",
        asked=asked,
        account=engine.keyed_hash("k.key", "('account:' || e.account_id)"),
        opted_out=opted_out,
        keys=key,
    )


def denials(sources: Sequence[Table], suppressed: Table | None) -> Table:
    """visitor, agreed (what is left of it), silent_us: a row for each visitor who did not agree to everything all day.

    What a visitor refuses in one event is refused for the whole day, for all of that visitor's events, earlier ones too;
    of signals that disagree the stricter holds. An event that says nothing is out by itself; it also ends what was said
    before it, for a site may withdraw consent by deleting it. The engine keeps the table: it is used twice.
    """
    engine = sources[0].engine
    events = _together(sources, "visitor, instant_us, agreed")
    if suppressed is not None:
        events = engine.query(
            "SELECT * FROM $events UNION ALL SELECT visitor, instant_us, CAST(0 AS SMALLINT) AS agreed FROM $suppressed",
            events=events,
            suppressed=suppressed,
        )
    return engine.keep(engine.query(_DENIALS, events=events))


def suppressed_visitors(sources: Sequence[Table], excluded: Excluded) -> Table:
    """visitor, instant_us (NULL): each visitor of whom any event of the day carries an excluded account or cookie, or who is
    a client that was excluded as a cookie."""
    engine = excluded.who.engine
    named = engine.query(
        _SUPPRESSED,
        events=_together(sources, "visitor, account_id, cookie_id"),
        account=engine.keyed_hash("k.key", "('account:' || e.account_id)"),
        cookie=engine.keyed_hash("k.key", "('cookie:' || e.cookie_id)"),
        client=engine.keyed_hash(
            "k.key", "('cookie:' || substr(e.visitor, 8))"
        ),  # who has no cookie is asked for as one
        keys=excluded.key,
        who=excluded.who,
    )
    return engine.keep(named)


def without_excluded(rows: Table, excluded: Excluded) -> Table:
    """The rows, with account_id and cookie_id, without those that carry an excluded account or cookie."""
    return rows.engine.query(
        _NOT_EXCLUDED,
        rows=rows,
        account=rows.engine.keyed_hash("k.key", "('account:' || r.account_id)"),
        cookie=rows.engine.keyed_hash("k.key", "('cookie:' || r.cookie_id)"),
        keys=excluded.key,
        who=excluded.who,
    )


def count_rows(table: Table) -> int:
    """How many rows there are."""
    counted = table.engine.fetch(table.engine.query("SELECT count(*) AS rows FROM $table", table=table))
    return int(counted["rows"][0].as_py())


def _together(sources: Sequence[Table], columns: str) -> Table:
    names = {f"source_{number}": rows for number, rows in enumerate(sources)}
    selected = " UNION ALL ".join(f"SELECT {columns} FROM ${name}" for name in names)
    return sources[0].engine.query(selected, **names)
