"""A2, dominance: how far one visitor with very many events moves a release, against what its noise was made to cover."""

from dataclasses import replace
from fractions import Fraction
from math import sqrt

from anonymizers.attacking.vectors import Vectors, measures_of
from anonymizers.counting.draw import UNIT
from anonymizers.counting.plan import Plan

EVENTS = (10_000, 100_000)
"""Of the dominant visitor: a robot that passes for a person, a shop's till."""
WIDEST = 10_000.0
"""The largest norm that a bound may have, which stands for none."""


def furthest(after: Vectors, before: Vectors, spent: Plan) -> float:
    """The furthest that any measure moves, all of its cells together, as a part of its mechanism's sensitivity.

    All together in L2, so that no cell alone moves further. Above 1 exactly if a measure moves by more, in exact arithmetic.
    """
    parts = []
    for key, measure in measures_of(spent).items():
        moved = sum((int(one) - int(other)) ** 2 for one, other in zip(after[key], before[key], strict=True))
        allowed = (Fraction(measure.mechanism.l2_sensitivity) * UNIT) ** 2
        part = sqrt(moved / allowed)
        parts.append(min(part, 1.0) if moved <= allowed else max(part, 1.000001))
    return max(parts)


def largest_cell(after: Vectors, before: Vectors, spent: Plan) -> float:
    """The most that any single number moves, as a part of its mechanism's sensitivity."""
    return max(
        float(abs(after[key] - before[key]).max()) / UNIT / measure.mechanism.l2_sensitivity
        for key, measure in measures_of(spent).items()
    )


def unbounded(spent: Plan) -> Plan:
    """The plan with its bounds switched off and its noise as it is: what the control attacks."""
    return replace(
        spent, measures=tuple(replace(each, bound=replace(each.bound, norm=WIDEST)) for each in spent.measures)
    )
