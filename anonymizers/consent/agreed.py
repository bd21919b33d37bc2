"""`agreed`: what an event's signals of consent come to, as one small number that travels in the place of the signals.

| agreed | means |
| --- | --- |
| 1 to 7 | the sum of what the event may serve: 1 pages, 2 advertisements, 4 segments |
| -1 | the event says nothing |
| below -1 | it says no: minus the place of the reason in `Why`, counted from 1 |
"""

from collections.abc import Iterable

from anonymizers.consent.refused import Why
from anonymizers.consent_rules import Use

_BIT = {Use.PAGES: 1, Use.ADS: 2, Use.SEGMENTS: 4}
_REASONS = tuple(Why)
EVERYTHING = sum(_BIT.values())


def granted(uses: Iterable[Use]) -> int:
    """`agreed` of an event that may serve some uses, at least one."""
    return sum(_BIT[use] for use in set(uses))


def refused(why: Why) -> int:
    """`agreed` of an event that may serve nothing."""
    return -1 - _REASONS.index(why)


SILENT = refused(Why.ABSENT)


def reason_of(agreed: int | None) -> Why | None:
    """Why an event may serve nothing, or None where it may serve something."""
    if agreed is None or agreed == 0:
        return Why.ABSENT
    return _REASONS[-1 - agreed] if agreed < 0 else None


def serves(use: Use, agreed: str) -> str:
    """SQL: whether an event with the SQL expression `agreed` may serve a use. Equal on every engine, FALSE for NULL."""
    bit = _BIT[use]
    fitting = [str(number) for number in range(1, EVERYTHING + 1) if number & bit]
    return f"coalesce({agreed} IN ({', '.join(fitting)}), FALSE)"
