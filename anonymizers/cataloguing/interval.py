"""A published number with its 95 % interval, and the sum of several of one release."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import Any


@dataclass(frozen=True)
class Interval:
    """A number, and the ends that enclose the true one in about 95 of 100 cases."""

    number: int
    low: int
    high: int

    @property
    def half(self) -> float:
        """Half its width. An end that was cut at zero does not make it narrower."""
        return max(self.high - self.number, self.number - self.low)

    @property
    def is_mostly_noise(self) -> bool:
        """Whether the true number may be less than half of it: then it makes no headline, and its peak no news."""
        return 2 * self.low < self.number


def read_interval(row: Mapping[str, Any], metric: str) -> Interval | None:
    """A metric of a row of a published table; None where it is empty."""
    if row[metric] is None:
        return None
    return Interval(row[metric], row[f"{metric}_low"], row[f"{metric}_high"])


def total(parts: Sequence[Interval]) -> Interval:
    """The sum of numbers of one release. Their noise may go together, so that the half widths themselves add up."""
    number, half = sum(part.number for part in parts), sum(part.half for part in parts)
    return Interval(number, max(0, floor(number - half)), ceil(number + half))
