"""The noise that runs in production against its stated law, and each comparison against noise that is a little wrong.

The statistics are computed here, from the law's own formula. A sound sampler turns a test red once in a million runs.
"""

from collections.abc import Sequence
from math import erf, exp, fsum, sqrt

import numpy as np
import pytest
from scipy import stats

from anonymizers.counting.draw import UNIT
from anonymizers.counting.mechanism import Mechanism, OpenDPNoise
from anonymizers.counting.plan import plan
from anonymizers.refusal import Reason, Refusal
from anonymizers.vocabulary import DAY
from pipelines.site_folder import read_site_folder
from tests.worlds import SITES

FALSE_ALARMS = 1e-6
"""How often a test of this file turns red although nothing is wrong."""
A_LITTLE = 0.9
"""A standard deviation ten percent too small has to be found."""


def mechanism(sigma: float) -> Mechanism:
    """The mechanism with a scale of `sigma`, in counts."""
    return Mechanism(1.0, 1 / (2 * sigma**2))


def drawn(sigma: float, number: int, exact: int = 0) -> np.ndarray:
    """Noise alone, in units."""
    return np.array(OpenDPNoise().add([exact] * number, mechanism(sigma))) - exact


def law(sigma: float) -> dict[int, float]:
    """The discrete Gaussian in units, to beyond 12 sigma: exp(-k^2 / 2 sigma^2) over their sum (Canonne et al. 2020)."""
    reach = range(-int(12 * sigma) - 2, int(12 * sigma) + 3)
    weight = {k: exp(-(k * k) / (2 * sigma * sigma)) for k in reach}
    whole = fsum(weight.values())
    return {k: part / whole for k, part in weight.items()}


def p_by_single_numbers(draws: Sequence[int], sigma: float) -> float:
    """Chi-square over each number that is expected five times at least, the others together."""
    chances = {k: p for k, p in law(sigma).items() if p * len(draws) >= 5}
    seen = [int((np.asarray(draws) == k).sum()) for k in chances]
    expected = [p * len(draws) for p in chances.values()]
    rest = [len(draws) - sum(seen)], [len(draws) - sum(expected)]
    if rest[1][0] < 5:  # too rare for a term of its own: put it beside the rarest number
        seen[-1], expected[-1], rest = seen[-1] + rest[0][0], expected[-1] + rest[1][0], ([], [])
    return float(
        stats.chisquare(seen + rest[0], np.array(expected + rest[1]) * len(draws) / sum(expected + rest[1])).pvalue
    )


def p_by_bins(draws: np.ndarray, sigma: float, bins: int = 40) -> float:
    """Chi-square over bins of equal chance; at thousands of steps the law is the normal one to 1e-8."""
    ends = [round(sigma * stats.norm.ppf(n / bins)) + 0.5 for n in range(1, bins)]
    chances = np.diff([0.0, *((1 + erf(end / sigma / sqrt(2))) / 2 for end in ends), 1.0])
    seen = np.bincount(np.searchsorted(ends, draws), minlength=bins)
    return float(stats.chisquare(seen, chances * len(draws)).pvalue)


@pytest.mark.parametrize("sigma", [0.7, 2.0, 5.0])
def test_at_small_scales_every_single_number_comes_as_often_as_the_law_says(sigma):
    """In units, far below what a plan may use: here the law is most unlike the normal one."""
    draws = drawn(sigma / UNIT, 20_000)
    assert p_by_single_numbers(draws, sigma) > FALSE_ALARMS
    assert p_by_single_numbers(drawn(A_LITTLE * sigma / UNIT, 20_000), sigma) < FALSE_ALARMS, "10 % less goes unseen"


@pytest.mark.parametrize("table", ["topics", "registrations"])
def test_at_the_scales_of_the_demo_site_the_noise_follows_the_law(table):
    spent = plan(read_site_folder(SITES / "elektrum").site, DAY)
    sigma = next(each.mechanism.sigma for each in spent.measures if each.statistic.name == table)
    draws = drawn(sigma, 20_000, exact=123_456)
    assert p_by_bins(draws, sigma * UNIT) > FALSE_ALARMS
    assert stats.kstest(draws + 0.5, stats.norm(scale=sigma * UNIT).cdf).pvalue > FALSE_ALARMS
    assert p_by_bins(drawn(A_LITTLE * sigma, 20_000), sigma * UNIT) < FALSE_ALARMS, "10 % less goes unseen"


def test_the_lowest_bits_are_noise_too():
    """A rounded or scaled sampler would leave a pattern there, by which the exact number shows (Mironov 2012)."""
    draws = drawn(27.0, 20_000)
    for modulus in (2, 3, 16, 1000, UNIT):
        seen = np.bincount(draws % modulus, minlength=modulus)
        assert stats.chisquare(seen).pvalue > FALSE_ALARMS / 5


def p_of_correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Two-sided, for independent numbers."""
    r = float(np.corrcoef(one, other)[0, 1])
    return float(2 * stats.norm.sf(abs(r) * sqrt(len(one))))


def test_cells_measures_and_draws_do_not_know_each_other():
    """Neighbouring cells, in value and in size, and the same cell of two draws."""
    first, second = (drawn(9.4, 20_000).astype(float) for _ in range(2))
    pairs = [(first[:-1], first[1:]), (first[:-7], first[7:]), (first, second), (np.abs(first[:-1]), np.abs(first[1:]))]
    for one, other in pairs:
        assert p_of_correlation(one, other) > FALSE_ALARMS / 4
    mixed = 0.05 * first + second
    assert p_of_correlation(first, mixed) < FALSE_ALARMS, "cells that share a twentieth of their noise go unseen"


def test_the_noise_does_not_know_the_number():
    """Small and large, negative and positive: the same law around each."""
    exact = [0, 1, -5, 10**12] * 2_000
    noise = np.array(OpenDPNoise().add(exact, mechanism(9.4)), dtype=float) - np.array(exact, dtype=float)
    assert stats.kruskal(*(noise[place::4] for place in range(4))).pvalue > FALSE_ALARMS


def test_two_draws_differ_and_neither_is_the_exact_number():
    exact = list(range(0, 200 * UNIT, UNIT))
    first, second = (OpenDPNoise().add(exact, mechanism(9.4)) for _ in range(2))
    assert first != second and exact not in (first, second)
    assert len(first) == len(exact) and all(type(number) is int for number in first)


class Weak(Mechanism):
    """A mechanism whose noise is less than its share asks for."""

    @property
    def sigma(self) -> float:
        """A thousandth too little."""
        return super().sigma * 0.999


def test_noise_that_does_not_cover_its_share_is_refused_before_anything_is_drawn():
    for sigma in (1.0, 27.0, 900.0):
        weak = Weak(3.5, 3.5**2 / (2 * sigma**2))
        with pytest.raises(Refusal, match="nothing was drawn") as refused:
            OpenDPNoise().add([1, 2, 3], weak)
        assert refused.value.reason is Reason.BUDGET
        assert len(OpenDPNoise().add([1, 2, 3], Mechanism(3.5, weak.rho))) == 3
