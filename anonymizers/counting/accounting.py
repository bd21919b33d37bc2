"""What releases cost a visitor: from budget to zCDP and back, alone and over many days. Accounting is dp-accounting's.

Epsilons are tight, by the privacy loss distribution of Gaussian noise (Koskela et al. 2020; Doroshenko et al. 2022), and
cross-checked against OpenDP's conversion from zCDP, which is looser (6 to 7 % at epsilon 1) and proved for the discrete
Gaussian in any number of cells. Noise here is discrete on a lattice of 1/1024 with a scale of thousands of lattice steps;
its privacy curve differs from the continuous one by the order of the squared step over scale, below 1e-6, and a release
gets 0.1 % less rho than the continuous curve allows.
"""

from functools import cache
from math import sqrt

import opendp.prelude as dp
from dp_accounting.pld import privacy_loss_distribution as pld
from dp_accounting.pld.common import DifferentialPrivacyParameters
from dp_accounting.pld.privacy_loss_mechanism import GaussianPrivacyLoss

from anonymizers.counting.mechanism import Mechanism

_LESS = 0.999
_INTERVAL = 1 / 200
"""Steps of privacy loss, in standard deviations of the loss. Rounding up by them makes epsilon 3e-5 of it too large,
whatever the budget: a fixed step of 1e-3 took a release of epsilon 0.1 beyond its budget."""
LEAST_STEPS = 1_000
"""The least scale, in steps of the lattice, for which the continuous curve is used."""


@cache
def release_rho(epsilon: float, delta: float) -> float:
    """The zCDP rho of a whole release that costs at most (epsilon, delta)."""
    sigma = GaussianPrivacyLoss.from_privacy_guarantee(DifferentialPrivacyParameters(epsilon, delta)).standard_deviation
    return _LESS / (2 * float(sigma) ** 2)


@cache
def epsilon_of_rho(rho: float, delta: float) -> float:
    """Epsilon at `delta` of Gaussian noise that costs `rho` in all, by dp-accounting's privacy curve of the Gaussian."""
    loss = GaussianPrivacyLoss(1 / sqrt(2 * rho))
    low, high = 0.0, 1.0
    while loss.get_delta_for_epsilon(high) > delta:
        high *= 2
    while high - low > 1e-9 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if loss.get_delta_for_epsilon(middle) > delta else (low, middle)
    return high


@cache
def epsilon_by_opendp(rho: float, delta: float) -> float:
    """Epsilon at `delta` of what costs `rho`, by OpenDP's conversion from zCDP: never below `epsilon_of_rho`."""
    gaussian = dp.m.make_gaussian(dp.atom_domain(T="i64"), dp.absolute_distance(T=float), scale=1 / sqrt(2 * rho))
    return float(dp.c.make_zCDP_to_approxDP(gaussian).map(1.0).epsilon(delta))


@cache
def epsilon_of(mechanisms: tuple[tuple[float, Mechanism], ...], delta: float) -> float:
    """Epsilon at `delta` of mechanisms used together, each composed as its own loss distribution.

    Each comes with the norm that bounding enforces, so that a mechanism which believes in a smaller sensitivity is found
    out: nothing here reads `Mechanism.l2_sensitivity` or `Mechanism.rho`.
    """
    step = _INTERVAL * sqrt(sum((norm / mechanism.sigma) ** 2 for norm, mechanism in mechanisms))
    whole = pld.identity(value_discretization_interval=step)
    for norm, mechanism in mechanisms:
        whole = whole.compose(
            pld.from_gaussian_mechanism(mechanism.sigma, sensitivity=norm, value_discretization_interval=step)
        )
    return float(whole.get_epsilon_for_delta(delta))


def weeks_touched(days: int) -> int:
    """The most ISO weeks that so many days in a row can touch."""
    return (days + 5) // 7 + 1 if days > 1 else 1


def composed_epsilon(
    daily_rho: float, weekly_rho: float, days: int, delta: float, corrections_per_week: int = 0
) -> float:
    """Epsilon at `delta` of a visitor present on each of `days` days in a row, daily and weekly releases together.

    With `corrections_per_week`, as if each week's reserve had been used up.
    """
    weeks = weeks_touched(days)
    rho = days * daily_rho + weeks * weekly_rho + weeks * corrections_per_week * max(daily_rho, weekly_rho)
    return epsilon_of_rho(rho, delta)
