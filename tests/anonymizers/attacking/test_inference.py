"""Bounds from right guesses: against the definition in plain sums, and against made-up attacks whose truth is known."""

from math import comb, exp

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from anonymizers.attacking.inference import VERY_SURE, epsilon_between, mean_between, share_between, sure_of_each
from tests.anonymizers.trials import trials

COUNTS = st.integers(1, 120).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def at_least(right: int, trials_: int, share: float) -> float:
    """How likely so many right answers or more are, by adding up."""
    return sum(comb(trials_, k) * share**k * (1 - share) ** (trials_ - k) for k in range(right, trials_ + 1))


@given(counts=COUNTS)
@trials(60)
def test_the_bounds_of_a_share_are_those_at_which_what_was_seen_is_just_five_percent_likely(counts):
    right, tried = counts
    low, high = share_between(right, tried)
    assert low <= right / tried <= high
    if right:
        assert at_least(right, tried, low) == pytest.approx(0.05, abs=1e-6)
    if right < tried:
        assert 1 - at_least(right + 1, tried, high) == pytest.approx(0.05, abs=1e-6)


def test_the_bound_of_the_audit_is_the_one_of_the_paper():
    """Hand-made points: half right tells nothing; all of 200 right rules out everything below 4.2."""
    assert epsilon_between(100, 200)[0] == 0
    assert epsilon_between(200, 200)[0] == pytest.approx(4.19, abs=0.01)
    assert epsilon_between(0, 200)[0] == 0


@given(counts=COUNTS)
@trials(60)
def test_so_many_right_guesses_are_just_five_percent_likely_at_the_lower_bound_of_epsilon(counts):
    right, guesses = counts
    low, high = epsilon_between(right, guesses)
    assert 0 <= low <= high
    assume(low > 0 and right < guesses)
    assert at_least(right, guesses, exp(low) / (1 + exp(low))) == pytest.approx(0.05, abs=1e-6)


@given(counts=COUNTS)
@trials(40)
def test_one_more_right_guess_never_lowers_a_bound(counts):
    right, guesses = counts
    assume(right < guesses)
    assert all(np.greater_equal(epsilon_between(right + 1, guesses), epsilon_between(right, guesses)))


def test_bounds_of_a_mean_hold_it_in_ninety_five_of_a_hundred_rehearsals():
    rng = np.random.default_rng(3)
    ends = np.array([mean_between(rng.normal(0.3, 1, 8).tolist()) for _ in range(4_000)])
    assert (ends[:, 0] <= 0.3).mean() == pytest.approx(0.95, abs=0.015)
    assert (ends[:, 1] >= 0.3).mean() == pytest.approx(0.95, abs=0.015)
    surer = mean_between([0.1, 0.2, 0.4], 0.999)
    assert surer[0] < mean_between([0.1, 0.2, 0.4])[0] and mean_between([1.0, 1.0]) == (1.0, 1.0)


@given(counts=COUNTS, sure=st.sampled_from([0.9, 0.999, 0.99975]))
@trials(40)
def test_a_surer_bound_is_one_at_which_what_was_seen_is_as_unlikely_as_it_says(counts, sure):
    right, tried = counts
    low, high = share_between(right, tried, sure)
    assert low <= right / tried <= high
    if right:
        assert at_least(right, tried, low) == pytest.approx(1 - sure, abs=1e-6)
    if right < tried:
        assert 1 - at_least(right + 1, tried, high) == pytest.approx(1 - sure, abs=1e-6)
    assert epsilon_between(right, tried, 0.999)[0] <= epsilon_between(right, tried)[0]


def test_the_largest_of_several_bounds_is_very_sure_altogether():
    """Of four ways to look, each bound is wrong in one of 4,000 rehearsals."""
    assert sure_of_each(1) == VERY_SURE == 0.999
    assert sure_of_each(4) == pytest.approx(1 - 1 / 4_000)
