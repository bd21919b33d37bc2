"""A3 and A4, the difference of two releases: one visitor is in the second or not, and all else is known to the attacker.

A3 takes two releases of the same events (a correction), A4 two periods in a row. The attacker sees the draws themselves,
and uses the best test there is: what the difference should be, weighed by the noise.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anonymizers.attacking.vectors import Floats, Vectors, draw, joined, measures_of
from anonymizers.counting.mechanism import Noise
from anonymizers.counting.plan import Plan


@dataclass(frozen=True)
class Periods:
    """The exact vectors of two releases."""

    first: Vectors
    """With the visitor, for sure."""
    second_with: Vectors
    second_without: Vectors


@dataclass(frozen=True)
class Answers:
    """How often the attacker was right about the coin: by the difference of both releases, and by the second alone."""

    by_difference: int
    by_second: int
    trials: int

    @property
    def best(self) -> int:
        """Of the better way."""
        return max(self.by_difference, self.by_second)


def answers(periods: Periods, spent: Plan, noise: Noise, *, trials: int, rng: np.random.Generator) -> Answers:
    """The attack with fresh draws of both releases in every trial; `rng` flips the coins and nothing else."""
    return _judge(periods, spent, noise, rng.random(trials) < 0.5, sticky=False)


def answers_to_sticky_noise(
    periods: Periods, spent: Plan, noise: Noise, *, trials: int, rng: np.random.Generator
) -> Answers:
    """The control: each trial draws noise once, and adds the same to both releases."""
    return _judge(periods, spent, noise, rng.random(trials) < 0.5, sticky=True)


def part_of_budget(periods: Periods, spent: Plan) -> float:
    """How much of a release's rho the visitor uses up: 1 for one who weighs all that the bounds let weigh."""
    adds, sigmas = _target(periods, spent)
    return float(((adds / sigmas) ** 2).sum()) / 2 / spent.rho


def _judge(periods: Periods, spent: Plan, noise: Noise, coins: NDArray[np.bool_], *, sticky: bool) -> Answers:
    measures = measures_of(spent)
    adds, sigmas = _target(periods, spent)
    first, out = joined(periods.first, measures), joined(periods.second_without, measures)
    by_difference = by_second = 0
    for coin in coins:
        one = draw(periods.first, spent, noise)
        second = periods.second_with if coin else periods.second_without
        other = (
            {key: second[key] + one[key] - periods.first[key] for key in one} if sticky else draw(second, spent, noise)
        )
        seen, before = joined(other, measures) - out, joined(one, measures) - first
        by_difference += _says_in(seen - before, adds, sigmas) == coin
        by_second += _says_in(seen, adds, sigmas) == coin
    return Answers(by_difference, by_second, len(coins))


def _says_in(seen: Floats, adds: Floats, sigmas: Floats) -> bool:
    """Is what is seen beyond the others nearer to all that the visitor adds than to nothing?"""
    return float((seen * adds / sigmas**2).sum()) > float(((adds / sigmas) ** 2).sum()) / 2


def _target(periods: Periods, spent: Plan) -> tuple[Floats, Floats]:
    """What the visitor adds to each number of the second release, and the scale of the number's noise; in counts."""
    measures = measures_of(spent)
    sigmas = [np.full(len(periods.first[key]), measure.mechanism.sigma) for key, measure in measures.items()]
    adds = joined(periods.second_with, measures) - joined(periods.second_without, measures)
    return adds, np.concatenate(sigmas)
