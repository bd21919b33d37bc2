"""Contribution bounds, inside the engine: what one visitor may weigh in a measure, before anything is counted (LEAKS 9).

A visitor's numbers over the cells of a measure are one vector; where its L2 norm is above the bound, the whole vector is
made shorter. So removing one visitor moves the measure by at most the norm, in L2: the sensitivity that `mechanism.py`
covers with noise. Against keeping a few cells and dropping the others this clips with far less bias (ENGINE.md), needs no
choice among cells, and no step looks at another visitor (LEAKS 10).
"""

from collections.abc import Sequence
from fractions import Fraction

from anonymizers.counting.draw import UNIT
from anonymizers.engine import Table

_BOUNDED = """
SELECT $keys, CAST(sum($visitors) AS BIGINT) AS visitors, CAST(sum($events) AS BIGINT) AS events
FROM (
  SELECT $keys, events, count(*) OVER (PARTITION BY visitor) AS cells,
         sum(CAST(events AS DOUBLE) * events) OVER (PARTITION BY visitor) AS squares
  FROM (SELECT visitor, $keys, count(*)$weight AS events FROM $rows GROUP BY visitor, $keys) numbers
) bounded
GROUP BY $keys
"""

_A_LITTLE_LESS = "0.999999999999"
"""Engines round a quotient up or down by 1e-16 of it; times this, a weight is never above its true value."""


def bounded_sums(
    rows: Table, keys: Sequence[str], *, visitors: float, events: float, weights: Sequence[tuple[str, int]] = ()
) -> Table:
    """The exact bounded sums, lazily: keys, visitors, events, both in units of 1/1024 (BIGINT).

    `rows` has visitor and the keys, one row for each event. `visitors` and `events` are the largest L2 norms of one
    visitor's row of ones (a one for each cell touched) and of events; with `weights`, each event of an action counts as
    so many. Exact, so only `measure.py` may execute it. Equal on every engine: only sums of whole numbers, and a root and
    a quotient as IEEE 754 rounds them.

    | visitor's events in three cells | norm 5 | counted as |
    | --- | --- | --- |
    | 3, 4, 0 | 5 | 3, 4, 0 |
    | 30, 40, 0 | 50 | 3, 4, 0 |
    """
    return rows.engine.query(
        _BOUNDED,
        rows=rows,
        keys=", ".join(keys),
        weight=f" * CASE action {_cases(weights)} END" if weights else "",
        visitors=_weighed("1", "cells", visitors),
        events=_weighed("events", "squares", events),
    )


def _weighed(number: str, squares: str, norm: float) -> str:
    most = int(Fraction(norm) ** 2)  # a floating square rounds, of sqrt(11) up to 11
    shorter = f"floor({number} * ({UNIT * norm!r} / sqrt({squares})) * {_A_LITTLE_LESS})"
    return f"CASE WHEN {squares} <= {most} THEN {number} * {UNIT} ELSE CAST({shorter} AS BIGINT) END"


def _cases(weights: Sequence[tuple[str, int]]) -> str:
    return " ".join(f"WHEN '{action}' THEN {weight}" for action, weight in weights)
