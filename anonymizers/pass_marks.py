"""What each attack of a rehearsal may reach: the best that any attack can do against the noise that a site declares.

From what its releases spend and from nothing that was measured. The figures held against it: `rehearsal.py`.
"""

from collections.abc import Mapping, Sequence
from math import exp, log, sqrt
from statistics import NormalDist

WITHIN_BOUNDS = 1.0
"""A2: as far as noise covers, and no further."""
NO_BETTER = 0.0
"""A5: beyond a guess from the margins."""
OFF = 0.02
"""A10: how far the share of intervals that hold the truth may be from 95 %."""
_DIGITS = 6
_NORMAL = NormalDist()


def pass_marks(epsilon: float, delta: float, rhos: Sequence[float]) -> Mapping[str, float]:
    """Attack -> the most that its value may be, for releases that declare (epsilon, delta) and spend so much zCDP each.

    Of several releases the strictest. A visitor moves a release of Gaussian noise by at most mu = sqrt(2 rho) standard
    deviations (Dong, Roth, Su 2019), so that the marks of A1, A3 and A4 are those of the best test between two normals
    so far apart; and none is above what epsilon and delta allow whatever the noise. A3 is no looser than A4: noise is
    fresh, and the visitor is in the first release for sure, so that only the second one tells of the coin.
    """
    mu = sqrt(2 * min(rhos))
    sure = right_of_surest_half(mu)
    answers = round(min(right_at_even_odds(mu), most_right(epsilon, delta)), _DIGITS)
    return {
        "A1": round(min(log(sure / (1 - sure)), epsilon), _DIGITS),
        "A2": WITHIN_BOUNDS,
        "A3": answers,
        "A4": answers,
        "A5": NO_BETTER,
        "A10": OFF,
    }


def right_at_even_odds(mu: float) -> float:
    """The share of right answers of the best test on one visitor who moves a release by `mu` standard deviations."""
    return _NORMAL.cdf(mu / 2)


def right_of_surest_half(mu: float) -> float:
    """The same where it answers for the half of many such visitors of whom it is surest.

    The log-likelihood ratio is normal around plus or minus mu^2 / 2 with variance mu^2. It answers where the ratio lies
    further from zero than half of all do, and by its sign.
    """
    low, high = 0.0, mu * mu + 10 * mu
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if sum(_beyond(mu, middle)) > 0.5 else (low, middle)
    right, wrong = _beyond(mu, low)
    return right / (right + wrong)


def most_right(epsilon: float, delta: float) -> float:
    """The largest share that any attack on one visitor at even odds can have right, whatever the mechanism."""
    return exp(epsilon) / (1 + exp(epsilon)) + delta


def _beyond(mu: float, ratio: float) -> tuple[float, float]:
    """How likely the ratio is further from zero than so: on the right side, and on the wrong one."""
    return _NORMAL.cdf(mu / 2 - ratio / mu), _NORMAL.cdf(-mu / 2 - ratio / mu)
