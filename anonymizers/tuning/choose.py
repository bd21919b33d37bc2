"""The choice of norms, shares and weights: what makes the expected error on made-up traffic smallest."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from math import floor

import numpy as np
from scipy.optimize import minimize

from anonymizers.counting.accounting import release_rho
from anonymizers.counting.mechanism import Mechanism
from anonymizers.counting.plan import Measure, Plan
from anonymizers.counting.statistic import EVENTS
from anonymizers.estimating.scale import Floats
from anonymizers.site import Bound
from anonymizers.tuning.expected_error import Key, expected, loss, shares_of
from anonymizers.tuning.made_up import MadeUp

LEAST_SHARE = 0.005
REGISTRATIONS_SHARE = 0.01
"""A site's size tells nothing of how many register, so that there is nothing to choose."""
GENEROUS = 0.999
"""Part of the visitors that must fit whole into a total's norm: a total that is itself clipped corrects nothing."""
LEAST_FIT = 0.6
"""Part of what visitors do that must be counted before scaling. A tighter norm looks better on made-up traffic, in which
heavy visitors do the same as others, only more; real ones need not."""
NORMS = sorted({float(f"{1.12**step:.2g}") for step in range(82)})
"""From 1 to 10,000 in steps of 12 %: between two of them the expected error hardly changes."""
_ALL, _NEAR = len(NORMS), 3
_TURNS = 3
_WEIGHTS_TRIED = (0.5, 0.7, 1.4, 2.0)


def choose(plan: Plan, made_up: MadeUp) -> Plan:
    """The plan with the bounds that make `loss` smallest, by turns: norms, shares, weights. Shares have four digits."""
    chosen = _best_shares(_best_norms(_start(plan, made_up), made_up, _ALL), made_up)
    for _ in range(_TURNS):
        chosen = _best_totals(_best_weights(chosen, made_up), made_up)
        chosen = _best_shares(_best_norms(chosen, made_up, _NEAR), made_up)
    rounded = {key: replace(bound, share=floor(bound.share * 1e4) / 1e4) for key, bound in bounds_in(chosen).items()}
    return with_bounds(chosen, rounded)


def with_bounds(plan: Plan, bounds: Mapping[Key, Bound]) -> Plan:
    """The plan with other bounds for some measures."""
    rho = release_rho(plan.budget.epsilon, plan.budget.delta)
    measures = []
    for measure in plan.measures:
        bound = bounds.get(_key(measure), measure.bound)
        measures.append(replace(measure, bound=bound, mechanism=Mechanism(bound.norm, rho * bound.share)))
    return replace(plan, measures=tuple(measures))


def bounds_in(plan: Plan) -> dict[Key, Bound]:
    """Every bound of a plan, by table and measure."""
    return {_key(measure): measure.bound for measure in plan.measures}


def without_spreads(plan: Plan) -> Plan:
    """The plan with spreads of zero."""
    return with_bounds(plan, {key: replace(bound, spread=0.0) for key, bound in bounds_in(plan).items()})


def weights_in(plan: Plan) -> dict[str, int]:
    """What one event of each action weighs; empty where no measure weighs them."""
    return next((dict(measure.weights) for measure in plan.measures if measure.weights), {})


def _start(plan: Plan, made_up: MadeUp) -> Plan:
    """Equal shares, norms that nine in ten visitors fit in, and weights for which a rare action's noise is smaller."""
    whole = next((each for each in plan.measures if each.weights), None)
    if whole is not None:
        events = {action: made_up.actions.get(action, 1.0) for action, _ in whole.weights}
        plan = _with_weights(
            plan, {action: max(1, round((max(events.values()) / max(n, 1)) ** 0.5)) for action, n in events.items()}
        )
    bounds = {}
    for measure in plan.measures:
        share = 1 / len(plan.measures) if measure.statistic.part == EVENTS else REGISTRATIONS_SHARE
        bounds[_key(measure)] = Bound(share, NORMS[_place(float(np.quantile(made_up.norms(measure), 0.9)))])
    return with_bounds(plan, bounds)


def _best_norms(plan: Plan, made_up: MadeUp, reach: int, *, only: Collection[Key] | None = None) -> Plan:
    """Each norm in turn, the others held; `reach` steps to either side."""
    for measure in plan.measures:
        if measure.statistic.part != EVENTS or (only is not None and _key(measure) not in only):
            continue
        bound, norms = bounds_in(plan)[_key(measure)], made_up.norms(measure)
        first = _place(float(np.quantile(norms, GENEROUS)) if measure.name == "pairs" else _least_norm(norms))
        last = max(first, _place(float(norms.max())))
        here = min(max(first, _place(bound.norm)), last)
        tries = [
            with_bounds(plan, {_key(measure): replace(bound, norm=NORMS[place])})
            for place in range(max(first, here - reach), min(last, here + reach) + 1)
        ]
        plan = min(tries, key=lambda each: _loss(each, made_up))
    return plan


def _best_shares(plan: Plan, made_up: MadeUp) -> Plan:
    """All shares together, for the norms of the plan."""
    expectations, shares = expected(plan, made_up), shares_of(plan)
    keys = [_key(measure) for measure in plan.measures if measure.statistic.part == EVENTS]
    free = 1 - REGISTRATIONS_SHARE * (len(shares) - len(keys)) - LEAST_SHARE * len(keys)

    def shares_at(parts: Floats) -> dict[Key, float]:
        weights = np.exp(parts - parts.max())
        return shares | dict(zip(keys, (LEAST_SHARE + free * weights / weights.sum()).tolist(), strict=True))

    start = np.log([max(shares[key] - LEAST_SHARE, 1e-4) for key in keys])
    best = minimize(lambda parts: loss(expectations, shares_at(parts)), start, method="L-BFGS-B")
    bounds, found = bounds_in(plan), shares_at(best.x)
    return with_bounds(plan, {key: replace(bounds[key], share=found[key]) for key in keys})


def _best_weights(plan: Plan, made_up: MadeUp) -> Plan:
    """Each action's weight in turn, with norms that fit it; the commonest action weighs one."""
    weighed = [_key(measure) for measure in plan.measures if measure.weights]
    for action, weight in weights_in(plan).items():
        if weight == 1 and action == max(made_up.actions, key=lambda each: made_up.actions[each]):
            continue
        tries = [plan]
        for tried in sorted({max(1, round(weight * factor)) for factor in _WEIGHTS_TRIED} - {weight}):
            tries.append(_best_norms(_with_weights(plan, {action: tried}), made_up, _NEAR, only=weighed))
        plan = min(tries, key=lambda each: _loss(each, made_up))
    return plan


def _best_totals(plan: Plan, made_up: MadeUp) -> Plan:
    """Leave out each total of pairs that mends less than its noise and its share cost; norms then have to fit."""
    for total in (each for each in plan.measures if each.name == "pairs"):
        without = replace(
            plan,
            measures=tuple(each for each in plan.measures if each.name != "pairs" or each.statistic != total.statistic),
        )
        visitors = {(total.statistic.name, "visitors")}
        plan = min([_best_norms(without, made_up, _ALL, only=visitors), plan], key=lambda each: _loss(each, made_up))
    return plan


def _with_weights(plan: Plan, weights: Mapping[str, int]) -> Plan:
    measures = (
        replace(each, weights=tuple((action, weights.get(action, weight)) for action, weight in each.weights))
        for each in plan.measures
    )
    return replace(plan, measures=tuple(measures))


def _loss(plan: Plan, made_up: MadeUp) -> float:
    return loss(expected(plan, made_up), shares_of(plan))


def _key(measure: Measure) -> Key:
    return measure.statistic.name, measure.name


def _least_norm(norms: Floats) -> float:
    """The norm under which just enough of what visitors do still counts."""
    return next(norm for norm in NORMS if np.minimum(norms, norm).sum() >= LEAST_FIT * norms.sum() or norm == NORMS[-1])


def _place(norm: float) -> int:
    """The smallest norm of the list that is large enough."""
    return min(int(np.searchsorted(NORMS, norm - 1e-9)), len(NORMS) - 1)
