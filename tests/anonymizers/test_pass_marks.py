"""Pass marks: what the best attack can reach, against numeric integration, made-up attacks and the accounting."""

from math import exp, log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from anonymizers.counting.accounting import release_rho
from anonymizers.counting.plan import plan
from anonymizers.counting.rehearsed import marks_of
from anonymizers.pass_marks import most_right, pass_marks, right_at_even_odds, right_of_surest_half
from anonymizers.rehearsal import ATTACKS
from anonymizers.vocabulary import DAY, WEEK
from pipelines.site_folder import read_site_to_rehearse
from tests.anonymizers.trials import trials
from tests.worlds import SITES

MUS = st.floats(0.02, 4)


@given(mu=MUS)
@trials(30)
def test_the_surest_half_is_right_as_often_as_its_likelihood_ratios_say(mu):
    """By integration over the ratio: normal around mu^2 / 2 with variance mu^2, above the median of its distance from zero."""
    ratio = norm(mu**2 / 2, mu)
    low, high = 0.0, 20.0 + 20 * mu
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if ratio.sf(middle) + ratio.cdf(-middle) > 0.5 else (low, middle)
    right, _ = quad(ratio.pdf, low, low + 12 * mu + mu**2)
    assert right_of_surest_half(mu) == pytest.approx(2 * right, abs=1e-6)


@pytest.mark.parametrize("mu", [0.2, 0.6, 2.0])
def test_made_up_best_attacks_reach_the_marks_and_no_more(mu):
    """A million visitors, each in or out: the best test sees a normal number around 0 or mu."""
    rng = np.random.default_rng(9)
    coins = rng.random(1_000_000) < 0.5
    ratio = mu * (mu * coins + rng.normal(size=len(coins))) - mu**2 / 2
    right = (ratio > 0) == coins
    surest = np.abs(ratio) > np.median(np.abs(ratio))
    assert right.mean() == pytest.approx(right_at_even_odds(mu), abs=2e-3)
    assert right[surest].mean() == pytest.approx(right_of_surest_half(mu), abs=2e-3)


@given(epsilon=st.floats(0.05, 4), delta=st.sampled_from([1e-9, 1e-7, 1e-5]))
@trials(30)
def test_no_mark_is_above_what_the_declared_epsilon_allows(epsilon, delta):
    marks = pass_marks(epsilon, delta, [release_rho(epsilon, delta)])
    assert marks["A1"] <= epsilon
    assert marks["A3"] == marks["A4"] <= round(most_right(epsilon, delta), 6)
    assert marks["A3"] > 0.5
    capped = pass_marks(0.01, 0.0, [8.0])
    assert capped["A1"] == 0.01 and capped["A3"] == pytest.approx(most_right(0.01, 0), abs=1e-6)


@given(one=st.floats(1e-4, 1), other=st.floats(1e-4, 1))
@trials(20)
def test_of_two_releases_the_stricter_marks_count(one, other):
    assert pass_marks(50, 0.0, [one, other]) == pass_marks(50, 0.0, [min(one, other)])
    surest = right_of_surest_half(sqrt(2 * min(one, other)))
    assert pass_marks(50, 0.0, [one, other])["A1"] == pytest.approx(log(surest / (1 - surest)), abs=1e-6)


@pytest.mark.parametrize("name", sorted(path.name for path in SITES.iterdir()))
def test_the_marks_of_a_site_come_from_its_own_plans_and_stand_for_every_attack(name):
    site = read_site_to_rehearse(SITES / name)
    marks = marks_of(site)
    assert set(marks) == {each.attack for each in ATTACKS}
    mu = sqrt(2 * min(plan(site, window).rho for window in (DAY, WEEK)))
    assert marks["A4"] == pytest.approx(norm.cdf(mu / 2), abs=1e-6)
    assert marks["A1"] == pytest.approx(log(right_of_surest_half(mu) / (1 - right_of_surest_half(mu))), abs=1e-6)
    assert (marks["A2"], marks["A5"], marks["A10"]) == (1, 0, 0.02)
    third = norm.cdf(3 * mu / 2)
    assert marks["A4"] < third < most_right(site.budget.epsilon, site.budget.delta), "noise of a third lies in between"


@given(epsilon=st.floats(0, 8), delta=st.floats(0, 1e-5))
@trials(30)
def test_the_most_that_an_attack_may_have_right_is_the_share_of_the_threat_list(epsilon, delta):
    most = most_right(epsilon, delta)
    assert log((most - delta) / (1 - most + delta)) == pytest.approx(epsilon, abs=1e-6)
    assert most_right(1, 0) == pytest.approx(0.731, abs=1e-3)
    assert most == pytest.approx(exp(epsilon) / (1 + exp(epsilon)) + delta)
