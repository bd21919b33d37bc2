"""What releases cost, each figure against a computation of our own that shares no code with the libraries (attack A9).

The analytic curve of Gaussian noise is Balle and Wang's (2018, theorem 8); sums over the lattice and calendars are brute force.
"""

from dataclasses import replace
from datetime import date, timedelta
from math import fsum, inf, log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.special import log_ndtr

from anonymizers.counting.accounting import (
    LEAST_STEPS,
    composed_epsilon,
    epsilon_by_opendp,
    epsilon_of_rho,
    release_rho,
    weeks_touched,
)
from anonymizers.counting.draw import UNIT
from anonymizers.counting.mechanism import Mechanism
from anonymizers.counting.plan import plan
from anonymizers.refusal import Reason, Refusal
from anonymizers.site import Audience, Bound, Budget
from anonymizers.vocabulary import DAY, WEEK
from pipelines.site_folder import read_site_folder
from tests.anonymizers.trials import trials
from tests.worlds import SITES

SHIPPED = {name: read_site_folder(SITES / name).site for name in ("elektrum", "snowplow", "weblog")}
PLANS = [pytest.param(site, window, id=f"{name}-{window}") for name, site in SHIPPED.items() for window in (DAY, WEEK)]
BUDGETS = st.builds(Budget, epsilon=st.floats(0.05, 8), delta=st.floats(5, 11).map(lambda digits: 10**-digits))


def log_delta(epsilon: float, mu: float) -> float:
    """The logarithm of the delta of Gaussian noise at epsilon; mu is sensitivity over sigma. Keeps its digits in the tail."""
    first, second = log_ndtr(mu / 2 - epsilon / mu), epsilon + log_ndtr(-mu / 2 - epsilon / mu)
    return float(first + np.log1p(-np.exp(second - first))) if second < first else -inf


def own_epsilon(rho: float, delta: float) -> float:
    """Epsilon at delta of Gaussian noise that costs rho."""
    mu = sqrt(2 * rho)
    return float(brentq(lambda epsilon: log_delta(epsilon, mu) - log(delta), 1e-9, 10_000, xtol=1e-12))


def rho_by_norms(spent) -> float:
    """The sum over a plan's measures of norm^2 / (2 sigma^2), from what is enforced and what is drawn alone."""
    return fsum((each.bound.norm / each.mechanism.sigma) ** 2 / 2 for each in spent.measures)


@pytest.mark.parametrize(("site", "window"), PLANS)
def test_a_release_of_a_shipped_site_costs_what_it_says_and_no_more_than_its_budget(site, window):
    """A9: the ledger's rho, our own sum and dp-accounting agree within 1 %."""
    spent = plan(site, window)
    spend = spent.spend("daily/date=2026-11-21", "2026-W47")
    own = own_epsilon(rho_by_norms(spent), site.budget.delta)
    assert spent.rho == pytest.approx(rho_by_norms(spent), rel=1e-9)
    shares = fsum(measure.bound.share for measure in spent.measures)
    assert spent.rho == pytest.approx(shares * release_rho(site.budget.epsilon, site.budget.delta), rel=1e-9)
    assert shares <= 1 + 1e-9
    assert own * (1 - 1e-6) <= spent.epsilon <= min(own * 1.01, site.budget.epsilon)
    assert (spend.rho, spend.delta, spend.plan) == (spent.rho, site.budget.delta, spent.digest)
    assert spend.epsilon == pytest.approx(spent.epsilon, abs=1e-6) and spend.epsilon <= site.budget.epsilon


@given(budget=BUDGETS)
@trials(4)
def test_whatever_the_budget_a_release_uses_it_up_and_never_more(budget):
    site = replace(SHIPPED["elektrum"], budget=budget)
    for window in (DAY, WEEK):
        spent = plan(site, window)
        own = own_epsilon(rho_by_norms(spent), budget.delta)
        assert spent.rho == pytest.approx(rho_by_norms(spent), rel=1e-9)
        assert 0.99 * budget.epsilon <= own <= budget.epsilon
        assert own * (1 - 1e-6) <= spent.epsilon <= own * 1.01
        assert spent.spend("r", "2026-W47").epsilon <= budget.epsilon


@given(budget=BUDGETS)
@trials(12)
def test_opendp_says_a_little_more_than_the_tight_curve_and_never_less(budget):
    """Canonne et al. 2020, proposition 7: proved for the discrete Gaussian in any number of cells."""
    rho = release_rho(budget.epsilon, budget.delta)
    tight, loose = epsilon_of_rho(rho, budget.delta), epsilon_by_opendp(rho, budget.delta)
    assert own_epsilon(rho, budget.delta) * (1 - 1e-6) <= tight <= loose
    assert tight <= own_epsilon(rho, budget.delta) * 1.01
    assert loose <= tight * 1.15


@pytest.mark.parametrize(("site", "window"), PLANS)
def test_a_mechanism_that_believes_in_half_the_norm_is_found_out(site, window):
    """Whichever measure it is, however small its share."""
    spent = plan(site, window)
    for place, measure in enumerate(spent.measures):
        wrong = replace(measure, mechanism=Mechanism(measure.bound.norm / 2, measure.mechanism.rho))
        planted = replace(spent, measures=(*spent.measures[:place], wrong, *spent.measures[place + 1 :]))
        assert planted.rho == pytest.approx(spent.rho), "the plan's own sum does not see it"
        with pytest.raises(Refusal, match="do not fit together") as refused:
            planted.spend("r", "2026-W47")
        assert refused.value.reason is Reason.BUDGET


# --- over many days ----------------------------------------------------------------------------------------------------


def presences(days: int):
    """Every run of so many days in a row, by each day of the week that it may start on, as ISO weeks."""
    for start in range(7):
        first = date(2026, 11, 16) + timedelta(days=start)
        yield [(first + timedelta(days=n)).isocalendar()[:2] for n in range(days)]


@pytest.mark.parametrize("days", [*range(1, 30), 364, 365, 366])
def test_the_weeks_that_a_visitor_can_touch(days):
    assert weeks_touched(days) == max(len(set(weeks)) for weeks in presences(days))


@given(daily=st.floats(1e-4, 0.1), weekly=st.floats(1e-4, 0.1), days=st.integers(1, 60), corrections=st.integers(0, 3))
@trials(15)
def test_the_composed_loss_is_that_of_the_worst_calendar(daily, weekly, days, corrections):
    """Each day's release, each touched week's, and each week's reserve used up for the dearer of the two."""
    worst = max(
        days * daily + len(set(weeks)) * (weekly + corrections * max(daily, weekly)) for weeks in presences(days)
    )
    told = composed_epsilon(daily, weekly, days, 1e-7, corrections)
    assert own_epsilon(worst, 1e-7) * (1 - 1e-6) <= told <= own_epsilon(worst, 1e-7) * 1.01


# --- noise on a lattice ------------------------------------------------------------------------------------------------


def lattice_delta(epsilon: float, moves: tuple[int, ...], sigmas: tuple[float, ...]) -> float:
    """The exact delta of discrete Gaussian noise on whole numbers that move by `moves`, term by term."""
    axes = [
        np.arange(-int(11 * sigma) - move, int(11 * sigma) + 2 * move + 1)
        for sigma, move in zip(sigmas, moves, strict=True)
    ]
    chance, loss = np.ones(1), np.zeros(1)
    for axis, sigma, move in zip(axes, sigmas, moves, strict=True):
        weights = np.exp(-(axis**2) / (2 * sigma**2))
        chance = np.multiply.outer(chance, weights / weights.sum())
        loss = np.add.outer(loss, (2 * axis * move - move**2) / (-2 * sigma**2))
    return float((chance * np.maximum(0, -np.expm1(epsilon - loss))).sum())


def lattice_epsilon(delta: float, moves: tuple[int, ...], sigmas: tuple[float, ...]) -> float:
    return float(brentq(lambda epsilon: lattice_delta(epsilon, moves, sigmas) - delta, 1e-6, 50, xtol=1e-12))


LATTICES = {
    "one cell": (1,),
    "two cells alike": (1, 1),
    "two cells, with other noise each": (1, 3),
}


def apart(moves: tuple[int, ...], mu: float, delta: float) -> tuple[float, float]:
    """The least scale in steps, and how far epsilon on the lattice lies from the continuous one.

    The worst of eleven scales close to each other, as the place of the threshold between two lattice points turns the sign.
    """
    furthest, least = 0.0, inf
    for nudge in range(11):
        spreads = [1 + 0.7 * place for place in range(len(moves))]
        near = mu * (1 + nudge / 100)
        scale = sqrt(sum((move / spread) ** 2 for move, spread in zip(moves, spreads, strict=True))) / near
        exact = lattice_epsilon(delta, moves, tuple(scale * spread for spread in spreads))
        furthest, least = max(furthest, abs(exact - own_epsilon(near**2 / 2, delta))), min(least, scale)
    return least, furthest


@pytest.mark.parametrize("budget", [Budget(1.0, 1e-7), Budget(10.0, 1e-9)], ids=["epsilon-1", "epsilon-10"])
@pytest.mark.parametrize("moves", LATTICES.values(), ids=LATTICES)
def test_noise_on_the_lattice_costs_what_continuous_noise_costs_to_less_than_the_margin(moves, budget):
    """The claim of `accounting.py`: the difference falls with the square of the step, and is below 1e-6 at the least scale
    that a plan may use; the 0.1 % of rho that a release does not use covers it a hundred times over."""
    rho = release_rho(budget.epsilon, budget.delta)
    found = [
        apart(tuple(move * times for move in moves), sqrt(2 * rho), budget.delta)
        for times in ((1, 2, 4, 8) if len(moves) == 1 else (1, 2) if len(set(moves)) == 1 else (1,))
    ]
    constants = [furthest * least**2 for least, furthest in found]
    assert constants[-1] <= 1.5 * constants[0], "it falls slower than the square of the step"
    worst = max(constants) / LEAST_STEPS**2
    margin = own_epsilon(rho / 0.999, budget.delta) - own_epsilon(rho, budget.delta)
    assert worst < 1e-6 and 100 * worst < margin


def test_every_shipped_plan_is_on_a_fine_enough_lattice_and_a_coarser_one_is_refused():
    for site in SHIPPED.values():
        for window in (DAY, WEEK):
            assert min(each.mechanism.sigma for each in plan(site, window).measures) * UNIT >= LEAST_STEPS
    site = SHIPPED["weblog"]
    dear = replace(site.weekly, **{name: Audience(Bound(share)) for name, share in SHARES.items()})
    with pytest.raises(Refusal, match=r"segments\.visitors gets so much budget"):
        plan(replace(site, weekly=dear, budget=Budget(10.0, 1e-5)), WEEK)


SHARES = {"segments": 0.9} | dict.fromkeys(
    ("segment_frequency", "segment_topics", "segment_dayparts", "segment_browsers"), 1e-4
)
