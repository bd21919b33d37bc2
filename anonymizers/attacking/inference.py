"""What may be concluded from how often an attack was right: bounds, and how sure they are. No attack is here."""

from collections.abc import Sequence
from math import log, sqrt

import numpy as np
from scipy.stats import beta, t

SURE = 0.95
"""Of each end of an interval by itself, so that both hold in 90 of 100."""
VERY_SURE = 0.999
"""Where an attack is as good as its pass mark allows: there a 95 % bound would cry wolf in one rehearsal of twenty."""


def sure_of_each(looks: int) -> float:
    """How sure each of so many bounds must be, for the largest of them to be very sure (Bonferroni 1936)."""
    return 1 - (1 - VERY_SURE) / looks


def share_between(right: int, trials: int, sure: float = SURE) -> tuple[float, float]:
    """The lower and the upper bound of a share, from how many of the trials were right (Clopper and Pearson 1934)."""
    low = float(beta.ppf(1 - sure, right, trials - right + 1)) if right else 0.0
    high = float(beta.ppf(sure, right + 1, trials - right)) if right < trials else 1.0
    return low, high


def mean_between(numbers: Sequence[float], sure: float = SURE) -> tuple[float, float]:
    """The lower and the upper bound of a mean, from independent and about normal numbers, at least two (Student 1908)."""
    mean, off = float(np.mean(numbers)), float(np.std(numbers, ddof=1)) / sqrt(len(numbers))
    reach = float(t.ppf(sure, len(numbers) - 1)) * off
    return mean - reach, mean + reach


def epsilon_between(right: int, guesses: int, sure: float = SURE) -> tuple[float, float]:
    """The lower and the upper bound of epsilon, from how many guesses about coins were right, as if delta were zero.

    Lower: Steinke, Nasr and Jagielski 2023, theorem 5.2: under epsilon, right guesses are at most as many as heads of
    coins that fall right with probability e^epsilon / (1 + e^epsilon). Never below zero. With all right the upper one is
    that of all but one.
    """
    low, high = share_between(right, guesses, sure)
    ends = (min(max(end, 0.5), 1 - 0.5 / guesses) for end in (low, high))
    lower, upper = (log(end / (1 - end)) for end in ends)
    return lower, upper
