"""The mechanism: how much noise a bounded count gets, and what its interval is. Mechanisms and accounting are OpenDP's.

Discrete Gaussian (Canonne, Kamath, Steinke 2020) under zero-concentrated differential privacy (Bun, Steinke 2016).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import ceil, sqrt
from typing import Protocol

import numpy as np
import opendp.prelude as dp

from anonymizers.counting.statistic import Statistic
from anonymizers.site import Bound, Budget

dp.enable_features("contrib")

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Mechanism:
    """The noise of one metric of one table."""

    metric: str
    l2_sensitivity: float
    """How far the table's column can move, in L2 norm, when one visitor is added or removed."""
    rho: float
    """Its zCDP share."""
    sigma: float
    """Scale of the discrete Gaussian."""

    @property
    def half_width(self) -> int:
        """Half the width of the 95 % interval of the noise, in counts."""
        return _quantile(self.sigma, CONFIDENCE)

    def least_told(self, cells: int) -> int:
        """The least number that noise alone reaches anywhere in a table of so many empty cells in 5 of 100 tables."""
        return _quantile(self.sigma, 1 - 2 * (1 - CONFIDENCE) / cells) + 1


class Noise(Protocol):
    """Draws noise. The only implementation that runs in production is `OpenDPNoise`."""

    def add(self, exact: Sequence[int], mechanism: Mechanism) -> list[int]:
        """The counts with noise."""
        ...


class OpenDPNoise:
    """Discrete Gaussian noise from the system's entropy; never seeded (LEAKS 18)."""

    def add(self, exact: Sequence[int], mechanism: Mechanism) -> list[int]:
        """The counts with noise. Refuses to run when OpenDP's own map says that the noise does not cover the share."""
        space = dp.vector_domain(dp.atom_domain(T="i64")), dp.l2_distance(T=float)
        measurement = dp.m.make_gaussian(*space, scale=mechanism.sigma)
        if measurement.map(mechanism.l2_sensitivity) > mechanism.rho * (1 + 1e-9):
            raise ValueError(f"the noise of {mechanism.metric} does not cover its share of the budget")
        return [int(number) for number in measurement(list(exact))]


def mechanisms(statistic: Statistic, bound: Bound, budget: Budget) -> tuple[Mechanism, ...]:
    """One mechanism for each metric of a table; the table's share is split evenly between them."""
    rho = release_rho(budget.epsilon, budget.delta) * bound.share / len(statistic.metrics)
    most = {"visitors": 1, "events": bound.events, "registrations": 1}
    sensitivities = {metric: most[metric] * sqrt(bound.cells) for metric in statistic.metrics}
    return tuple(Mechanism(metric, l2, rho, l2 / sqrt(2 * rho)) for metric, l2 in sensitivities.items())


@cache
def release_rho(epsilon: float, delta: float) -> float:
    """The largest zCDP rho of a whole release that OpenDP converts to at most (epsilon, delta)."""

    def spent(scale: float) -> float:
        gaussian = dp.m.make_gaussian(dp.atom_domain(T="i64"), dp.absolute_distance(T=float), scale=scale)
        return float(dp.c.make_zCDP_to_approxDP(gaussian).map(1.0).epsilon(delta))

    small, large = 1e-3, 1e6
    while large / small > 1 + 1e-9:
        middle = sqrt(small * large)
        small, large = (small, middle) if spent(middle) <= epsilon else (middle, large)
    return 1 / (2 * large**2)


def release_epsilon(rho: float, delta: float) -> float:
    """Epsilon at `delta` of a release that spends `rho`, by OpenDP's conversion."""
    gaussian = dp.m.make_gaussian(dp.atom_domain(T="i64"), dp.absolute_distance(T=float), scale=1 / sqrt(2 * rho))
    return float(dp.c.make_zCDP_to_approxDP(gaussian).map(1.0).epsilon(delta))


@cache
def _quantile(sigma: float, inside: float) -> int:
    """The smallest k with P(|noise| <= k) >= inside under the discrete Gaussian's own law."""
    reach = np.arange(0, ceil(12 * sigma) + 2)
    weight = np.exp(-(reach.astype(float) ** 2) / (2 * sigma**2))
    two_sided = np.where(reach == 0, weight, 2 * weight)
    return int(np.argmax(np.cumsum(two_sided) / two_sided.sum() >= inside))
