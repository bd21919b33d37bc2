"""The few ways of drawing a number: anew from a generator, or by lot, which somebody keeps for good.

A lot is a hash of seed, trait and number: no order of drawing changes it, nothing of it has to be kept. No words here.
"""

from collections.abc import Sequence
from math import gcd
from zlib import crc32

import numpy as np
from numpy.random import Generator

from pipelines.sample.lists import Numbers, Text, text


def choose(weights: Sequence[float] | Numbers, shares: Numbers) -> Numbers:
    """Numbers of categories, by weight, at the given shares in [0, 1) of the whole."""
    ends = np.cumsum(weights)
    return np.searchsorted(ends / ends[-1], shares, side="right")


def pick(rng: Generator, weights: Sequence[float] | Numbers, size: int | tuple[int, ...]) -> Numbers:
    """Numbers of categories, drawn by weight."""
    return choose(weights, rng.random(size))


def skew(rng: Generator, limit: int | Numbers, count: int, power: float) -> Numbers:
    """Whole numbers in [0, limit); the larger the power, the more of them are small."""
    drawn: Numbers = (limit * rng.random(count) ** power).astype(np.int64)
    return drawn


def some(rng: Generator, pool: Sequence[str], count: int) -> Text:
    """`count` texts of the pool, each equally likely."""
    return text(pool).take(rng.integers(0, len(pool), count))


def lot_bits(seed: int, trait: str, *numbers: Numbers | int) -> Numbers:
    """64 even bits for each row of numbers, by the finalizer of SplitMix64 (Steele, Lea and Flood, 2014)."""
    state: Numbers = np.random.SeedSequence([seed, crc32(trait.encode())]).generate_state(1, np.uint64)
    for each in numbers:
        state = state + np.asarray(each, np.int64).view(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
        state = (state ^ state >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
        state = (state ^ state >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
        state ^= state >> np.uint64(31)
    return state


def lot(seed: int, trait: str, *numbers: Numbers | int) -> Numbers:
    """The lot of each number: a share in [0, 1)."""
    share: Numbers = (lot_bits(seed, trait, *numbers) >> np.uint64(11)) * 2.0**-53
    return share


def lot_octets(seed: int, trait: str, *numbers: Numbers | int) -> Numbers:
    """Sixteen octets for each number, one row each."""
    halves = [lot_bits(seed, f"{trait} {half}", *numbers) for half in "12"]
    return np.stack(halves, axis=1).astype("<u8").view(np.uint8)


def distinct(seed: int, trait: str, numbers: Numbers, below: int) -> Numbers:
    """Each number's place in [0, below): distinct for distinct numbers under `below`, far apart for neighbours."""
    third, offset = below // 3, int(lot(seed, f"{trait} first", 0)[0] * below)
    begin = third + int(lot(seed, f"{trait} step", 0)[0] * (below - third))
    step = next(step for step in range(begin, 2 * below) if gcd(step, below) == 1)
    return (numbers.astype(np.int64) * step + offset) % below
