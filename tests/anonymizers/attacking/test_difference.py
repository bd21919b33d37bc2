"""The attack on two releases, on a target of known weight."""

from math import sqrt

import numpy as np
import pytest
from scipy.stats import binom, norm

from anonymizers.attacking.difference import DIFFERENCES, Periods, answers, part_of_budget, right_on_sticky_noise
from anonymizers.attacking.inference import share_between
from anonymizers.attacking.planted import dominant
from anonymizers.attacking.vectors import draw, exact_vectors
from anonymizers.counting.mechanism import Mechanism, OpenDPNoise
from anonymizers.counting.plan import plan
from anonymizers.vocabulary import DAY
from tests.privacy.stage import DAYS
from tests.worlds import ExactNoise

TRIALS = 1_000


class GaussianNoise:
    """Quick noise of a stated part of its scale, for tests of the attack itself."""

    def __init__(self, part: float) -> None:
        self.part, self.rng = part, np.random.default_rng(5)

    def add(self, exact: list[int], mechanism: Mechanism) -> list[int]:
        """The numbers with that noise."""
        off = self.rng.normal(0, self.part * mechanism.sigma * 1024, len(exact))
        return np.rint(np.array(exact) + off).astype(int).tolist()


@pytest.fixture(scope="module")
def periods(engine, site) -> Periods:
    spent = plan(site, DAY)
    there = exact_vectors(engine.table(dominant(site, DAYS[DAY], 10_000)), site, spent)
    return Periods(there, there, {key: np.zeros_like(numbers) for key, numbers in there.items()})


@pytest.mark.parametrize("part", [1.0, 0.25, 0.1])
def test_the_attack_is_as_good_as_any_can_be(site, periods, part):
    """Right as often as theory says of the best test (Neyman and Pearson): Phi(mu / 2), and over a difference less."""
    spent = plan(site, DAY)
    found = answers(periods, spent, GaussianNoise(part), trials=TRIALS, rng=np.random.default_rng(6))
    mu = sqrt(2 * part_of_budget(periods, spent) * spent.rho) / part
    assert (found.trials, found.differences) == (TRIALS, DIFFERENCES)
    for right, tried, chance in (
        (found.by_second, TRIALS, norm.cdf(mu / 2)),
        (found.by_difference, DIFFERENCES, norm.cdf(mu / sqrt(8))),
    ):
        assert binom.ppf(1e-4, tried, chance) <= right <= binom.ppf(1 - 1e-4, tried, chance)
    ways = share_between(found.by_second, TRIALS, 0.99), share_between(found.by_difference, DIFFERENCES, 0.99)
    assert found.best(0.99) == max(ways)


def test_sticky_noise_falls_out_of_the_difference(site, periods):
    spent = plan(site, DAY)
    assert right_on_sticky_noise(periods, spent, OpenDPNoise(), trials=20, rng=np.random.default_rng(7)) == 1


def test_coins_come_from_the_generator_and_noise_does_not(site, periods):
    spent = plan(site, DAY)
    rng = np.random.default_rng(8)
    first, second = (draw(periods.first, spent, OpenDPNoise()) for _ in range(2))
    assert any((first[key] != second[key]).any() for key in first)
    answers(periods, spent, ExactNoise(), trials=10, rng=rng)
    assert rng.bit_generator.state == _after(10)


def _after(coins: int) -> dict:
    rng = np.random.default_rng(8)
    rng.random(coins)
    return rng.bit_generator.state
