"""What may be concluded from how often an attack was right: bounds that hold in 95 of 100 rehearsals. No attack is here."""

from collections.abc import Sequence
from math import exp, log, sqrt

import numpy as np
from scipy.stats import beta, t

SURE = 0.95
"""Of each end of an interval by itself, so that both hold in 90 of 100."""


def share_between(right: int, trials: int) -> tuple[float, float]:
    """The lower and the upper 95 % bound of a share, from how many of the trials were right (Clopper and Pearson 1934)."""
    low = float(beta.ppf(1 - SURE, right, trials - right + 1)) if right else 0.0
    high = float(beta.ppf(SURE, right + 1, trials - right)) if right < trials else 1.0
    return low, high


def mean_between(numbers: Sequence[float], sure: float = SURE) -> tuple[float, float]:
    """The lower and the upper bound of a mean, from independent and about normal numbers, at least two (Student 1908)."""
    mean, off = float(np.mean(numbers)), float(np.std(numbers, ddof=1)) / sqrt(len(numbers))
    reach = float(t.ppf(sure, len(numbers) - 1)) * off
    return mean - reach, mean + reach


def epsilon_between(right: int, guesses: int) -> tuple[float, float]:
    """The lower and the upper 95 % bound of epsilon, from how many guesses about coins were right, as if delta were zero.

    Lower: Steinke, Nasr and Jagielski 2023, theorem 5.2: under epsilon, right guesses are at most as many as heads of
    coins that fall right with probability e^epsilon / (1 + e^epsilon). Never below zero. With all right the upper one is
    that of all but one.
    """
    low, high = share_between(right, guesses)
    ends = (min(max(end, 0.5), 1 - 0.5 / guesses) for end in (low, high))
    lower, upper = (log(end / (1 - end)) for end in ends)
    return lower, upper


def most_right(epsilon: float, delta: float) -> float:
    """The largest share that any attack on one visitor at even odds can have right (LEAKS, attacks)."""
    return exp(epsilon) / (1 + exp(epsilon)) + delta
