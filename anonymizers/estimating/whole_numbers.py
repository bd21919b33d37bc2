"""Whole numbers that still add up: rounding by largest remainders."""

import numpy as np
from numpy.typing import NDArray

from anonymizers.estimating.scale import Floats

Whole = NDArray[np.int64]


def apportion(values: Floats, total: int, lower: Whole) -> Whole:
    """Whole numbers close to `values` that add up to `total`, none below `lower` where `lower` leaves room for that, else
    none below zero. `values` are not negative; without any, all of `total` goes to the last."""
    if int(lower.sum()) > total:
        lower = np.zeros_like(lower)
    over = np.maximum(values - lower, 0)
    room = total - int(lower.sum())
    if over.sum() < 1e-9:  # as good as none: a quotient would overflow
        over = np.zeros_like(over)
        over[-1] = 1.0
    shares = over * (room / over.sum())
    whole = np.floor(shares).astype(np.int64)
    by_remainder = np.argsort(-(shares - whole), kind="stable")
    whole[by_remainder[: room - int(whole.sum())]] += 1
    result: Whole = whole + lower
    return result


def rounded(values: Floats) -> Whole:
    """The nearest whole numbers, none negative."""
    whole: Whole = np.maximum(np.rint(values), 0).astype(np.int64)
    return whole
