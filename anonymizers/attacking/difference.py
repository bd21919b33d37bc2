"""A3 and A4, the difference of two releases: one visitor is in the second or not, and all else is known to the attacker.

A3 takes two releases of the same events (a correction), A4 two periods in a row. The attacker sees the draws themselves,
and uses the best test there is: what the difference should be, weighed by the noise.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anonymizers.attacking.inference import share_between
from anonymizers.attacking.vectors import Floats, Integers, Key, Vectors, measures_of
from anonymizers.counting.draw import UNIT
from anonymizers.counting.mechanism import Noise
from anonymizers.counting.plan import Measure, Plan

DIFFERENCES = 200
"""The most trials of the difference of both releases."""
NEARLY_ALL = 0.97
"""Of the visitor's weight, which the attacker looks at."""


@dataclass(frozen=True)
class Periods:
    """The exact vectors of two releases."""

    first: Vectors
    """With the visitor, for sure."""
    second_with: Vectors
    second_without: Vectors


@dataclass(frozen=True)
class Answers:
    """How often the attacker was right about the coin: by the second release alone, and by the difference of both.

    The difference is tried less often: fresh noise makes it the worse test, and equal noise shows at once.
    """

    by_second: int
    trials: int
    by_difference: int
    differences: int

    def best(self, sure: float) -> tuple[float, float]:
        """The lower and the upper bound of the share of right answers, of the better way."""
        return max(
            share_between(self.by_second, self.trials, sure), share_between(self.by_difference, self.differences, sure)
        )


def answers(periods: Periods, spent: Plan, noise: Noise, *, trials: int, rng: np.random.Generator) -> Answers:
    """The attack with fresh draws in every trial; `rng` flips the coins and nothing else."""
    seen = _telling(periods, spent)
    coins = rng.random(trials) < 0.5
    second = seen.draw(_second(periods, coins), noise)
    few = coins[:DIFFERENCES]
    first = seen.draw([periods.first] * len(few), noise)
    by_second = seen.right(second - seen.of(periods.second_without), coins)
    apart = second[: len(few)] - first - seen.of(periods.second_without) + seen.of(periods.first)
    return Answers(by_second, trials, seen.right(apart, few), len(few))


def right_on_sticky_noise(
    periods: Periods, spent: Plan, noise: Noise, *, trials: int, rng: np.random.Generator
) -> float:
    """The control: each trial draws noise once, and adds the same to both releases. The share of right answers."""
    seen = _telling(periods, spent)
    coins = rng.random(trials) < 0.5
    same = seen.draw([periods.first] * trials, noise) - seen.of(periods.first)
    first = same + seen.of(periods.first)
    second = same + np.array([seen.of(each) for each in _second(periods, coins)])
    apart = second - first - seen.of(periods.second_without) + seen.of(periods.first)
    return seen.right(apart, coins) / trials


def part_of_budget(periods: Periods, spent: Plan) -> float:
    """How much of a release's rho the visitor uses up in the numbers that the attacker looks at; at most 1."""
    seen = _telling(periods, spent)
    return float(((seen.adds / seen.sigmas) ** 2).sum()) / 2 / spent.rho


@dataclass(frozen=True)
class _Telling:
    """The numbers that the attacker looks at: the other ones of a release would add next to nothing but time."""

    measures: Mapping[Key, Measure]
    places: Mapping[Key, Integers]
    """Of the numbers, in each measure's vector."""
    adds: Floats
    """What the visitor adds to each of them, in counts."""
    sigmas: Floats

    def of(self, exact: Vectors) -> Floats:
        """The numbers out of a release's, in counts."""
        return np.concatenate([exact[key][self.places[key]] for key in self.measures]) / UNIT

    def draw(self, exact: Sequence[Vectors], noise: Noise) -> Floats:
        """The same with noise, each release with its own: a row for each. Equal mechanisms are asked for all rows at once."""
        drawn = []
        for key, measure in self.measures.items():
            numbers = np.array([each[key][self.places[key]] for each in exact])
            told = noise.add(numbers.ravel().tolist(), measure.mechanism)
            drawn.append(np.array(told, dtype=np.int64).reshape(numbers.shape))
        return np.concatenate(drawn, axis=1) / UNIT

    def right(self, beyond: Floats, coins: NDArray[np.bool_]) -> int:
        """How often what is seen beyond the others is nearer to all that the visitor adds than to nothing, and rightly so."""
        weights = self.adds / self.sigmas**2
        return int((((beyond @ weights) > float(self.adds @ weights) / 2) == coins).sum())


def _telling(periods: Periods, spent: Plan) -> _Telling:
    """The fewest numbers that hold nearly all of the visitor's weight in the second release."""
    measures = measures_of(spent)
    adds = {key: (periods.second_with[key] - periods.second_without[key]) / UNIT for key in measures}
    weights = np.concatenate([(adds[key] / measure.mechanism.sigma) ** 2 for key, measure in measures.items()])
    heaviest = np.sort(weights)[::-1]
    enough = int(np.searchsorted(np.cumsum(heaviest), NEARLY_ALL * heaviest.sum()))
    least = heaviest[min(enough, len(heaviest) - 1)]
    places = {
        key: np.flatnonzero((adds[key] / measure.mechanism.sigma) ** 2 >= least) for key, measure in measures.items()
    }
    kept = {key: measure for key, measure in measures.items() if len(places[key])}
    return _Telling(
        kept,
        places,
        np.concatenate([adds[key][places[key]] for key in kept]),
        np.concatenate([np.full(len(places[key]), measure.mechanism.sigma) for key, measure in kept.items()]),
    )


def _second(periods: Periods, coins: NDArray[np.bool_]) -> list[Vectors]:
    return [periods.second_with if coin else periods.second_without for coin in coins]
