"""The mechanism: how much noise a bounded number gets. Mechanisms are OpenDP's.

Discrete Gaussian (Canonne, Kamath, Steinke 2020) under zero-concentrated differential privacy (Bun, Steinke 2016).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Protocol

import opendp.prelude as dp

from anonymizers.counting.draw import UNIT
from anonymizers.refusal import Reason, Refusal

dp.enable_features("contrib")


@dataclass(frozen=True)
class Mechanism:
    """The noise of one measure of one table."""

    l2_sensitivity: float
    """How far the measure's column can move, in L2 norm, when one visitor is added or removed; in counts."""
    rho: float
    """Its zCDP share."""

    @property
    def sigma(self) -> float:
        """Scale of the discrete Gaussian, in counts."""
        return self.l2_sensitivity / sqrt(2 * self.rho)


class Noise(Protocol):
    """Draws noise. The only implementation that runs in production is `OpenDPNoise`."""

    def add(self, exact: Sequence[int], mechanism: Mechanism) -> list[int]:
        """The numbers, in units of 1/1024, with noise."""
        ...


class OpenDPNoise:
    """Discrete Gaussian noise from the system's entropy; never seeded (LEAKS 18)."""

    def add(self, exact: Sequence[int], mechanism: Mechanism) -> list[int]:
        """The numbers with noise. Refuses when OpenDP's own map says that the noise does not cover the share."""
        space = dp.vector_domain(dp.atom_domain(T="i64")), dp.l2_distance(T=float)
        measurement = dp.m.make_gaussian(*space, scale=mechanism.sigma * UNIT)
        if measurement.map(mechanism.l2_sensitivity * UNIT) > mechanism.rho * (1 + 1e-9):
            raise Refusal("noise", Reason.BUDGET, "the noise does not cover its share of the budget; nothing was drawn")
        return [int(number) for number in measurement(list(exact))]
