"""The affinity index: how much more a segment's visitors have to do with something than all visitors have.

index = 100 * (visitors of the segment in the cell / visitors of the segment) / (all visitors in the cell / all visitors).
Four noisy numbers, so the interval is about the logarithm, by the first order of its error (Katz et al. 1978).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt

WIDEST = 1.6
"""An index is told when its interval reaches at most this factor to either side; below that the noise does not support it."""


@dataclass(frozen=True)
class Estimate:
    """A number with noise and its variance."""

    value: float
    variance: float


def affinity(
    cell: Estimate, segment: Estimate, cell_of_all: Estimate, all_visitors: Estimate, reach: float
) -> tuple[int, int, int] | None:
    """The index with its interval of `reach` standard deviations to either side; None below what the noise supports.

    | cell | segment | cell of all | all | index |
    | --- | --- | --- | --- | --- |
    | 300 | 1,000 | 10,000 | 100,000 | 300 |
    """
    parts: Sequence[Estimate] = (cell, segment, cell_of_all, all_visitors)
    if any(part.value <= 0 for part in parts):
        return None
    width = reach * sqrt(sum(part.variance / part.value**2 for part in parts))
    if width > log(WIDEST):
        return None
    ratio = log(cell.value / segment.value) - log(cell_of_all.value / all_visitors.value)
    index, low, high = (round(100 * exp(ratio + side * width)) for side in (0, -1, 1))
    return index, low, high
