"""The chosen bounds are the best of their neighbourhood, and keep what the choice promises."""

from dataclasses import replace

import numpy as np
import pytest

from anonymizers.counting.plan import Plan
from anonymizers.counting.statistic import EVENTS
from anonymizers.site import Bound
from anonymizers.tuning.choose import GENEROUS, LEAST_SHARE, NORMS, bounds_in, choose, weights_in, with_bounds
from anonymizers.tuning.expected_error import expected, loss, shares_of
from anonymizers.tuning.made_up import MadeUp
from anonymizers.vocabulary import DAY, WEEK

WINDOWS = pytest.mark.parametrize("window", (DAY, WEEK))


def lost(plan: Plan, traffic: MadeUp) -> float:
    return loss(expected(plan, traffic), shares_of(plan))


@WINDOWS
def test_shares_spend_the_whole_budget_and_no_more(window, chosen):
    shares = shares_of(chosen[window])
    assert 0.99 < sum(shares.values()) <= 1
    assert all(share >= LEAST_SHARE - 1e-4 for share in shares.values())
    assert all(share == round(share, 4) for share in shares.values())


@WINDOWS
def test_no_neighbouring_norm_is_much_better(window, chosen, traffic):
    plan, best = chosen[window], lost(chosen[window], traffic[window])
    for key, bound in bounds_in(plan).items():
        if key[1] in ("pairs", "registrations"):
            continue
        place = NORMS.index(bound.norm)
        for norm in NORMS[max(place - 1, 0) : place + 2]:
            assert lost(with_bounds(plan, {key: replace(bound, norm=norm)}), traffic[window]) > 0.99 * best, key


@WINDOWS
def test_no_move_of_budget_is_much_better(window, chosen, traffic):
    plan, best = chosen[window], lost(chosen[window], traffic[window])
    bounds = {key: bound for key, bound in bounds_in(plan).items() if key[1] != "registrations"}
    moved = 0.02
    for giver, gives in bounds.items():
        for taker, takes in bounds.items():
            if giver != taker and gives.share > LEAST_SHARE + moved:
                both = {
                    giver: replace(gives, share=gives.share - moved),
                    taker: replace(takes, share=takes.share + moved),
                }
                assert lost(with_bounds(plan, both), traffic[window]) > 0.99 * best, (giver, taker)


@WINDOWS
def test_a_total_fits_nearly_everybody(window, chosen, traffic):
    for measure in chosen[window].measures:
        if measure.name == "pairs":
            assert np.mean(traffic[window].norms(measure) <= measure.bound.norm * (1 + 1e-9)) >= GENEROUS


def test_the_chosen_plan_beats_equal_shares_and_any_one_norm(chosen, traffic):
    plan = chosen[DAY]
    equal = {key: Bound(1 / len(plan.measures), 20) for key in bounds_in(plan) if key[1] != "registrations"}
    assert lost(plan, traffic[DAY]) < 0.8 * lost(with_bounds(plan, equal), traffic[DAY])


def test_the_commonest_action_weighs_one_and_rarer_ones_more(chosen):
    assert weights_in(chosen[DAY])["page_view"] == 1 < weights_in(chosen[DAY])["ad_click"]
    assert weights_in(chosen[WEEK]) == {}


def test_less_noise_is_expected_of_a_larger_budget_and_more_clipping_of_a_smaller_norm(chosen, traffic):
    plan = chosen[DAY]
    key = ("topics", "visitors")
    bound = bounds_in(plan)[key]
    richer = with_bounds(plan, {key: replace(bound, share=bound.share * 4)})
    tighter = with_bounds(plan, {key: replace(bound, norm=1.0)})
    own, rich, tight = (expected(each, traffic[DAY])[key] for each in (plan, richer, tighter))
    assert (rich.noise_variance(shares_of(richer)) < own.noise_variance(shares_of(plan))).all()
    assert np.median(np.abs(tight.clipping)) > np.median(np.abs(own.clipping))


def test_registrations_keep_their_fixed_share(chosen):
    for measure in chosen[DAY].measures:
        if measure.statistic.part != EVENTS:
            assert (measure.bound.share, measure.bound.norm) == (0.01, 1)


def test_the_same_traffic_gives_the_same_choice(chosen, traffic):
    assert choose(traffic[WEEK].plan, traffic[WEEK]) == chosen[WEEK]
