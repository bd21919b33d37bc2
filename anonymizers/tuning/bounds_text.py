"""The text of `bounds.yaml`: every bound in a line, with its reason. Choosing them is not here."""

from collections.abc import Iterator, Mapping

import numpy as np

from anonymizers.counting.plan import Measure, Plan
from anonymizers.counting.statistic import EVENTS
from anonymizers.site import Site
from anonymizers.tuning.choose import weights_in, without_spreads
from anonymizers.tuning.expected_error import LARGE, MEDIAN, Expected, Key, expected, large_cells, shares_of
from anonymizers.tuning.made_up import MadeUp
from anonymizers.vocabulary import DAY, WEEK

_HEAD = """\
# What one visitor may weigh in each measure of a release, and which part of its privacy budget each measure gets.
#
# Written by `koond tune` (seed {seed}) for a site of {visitors:,} visitors and {events:,} events a day. It chose
# what makes the errors of clipping and of noise together smallest, on traffic that it made up for that size. It never
# saw real data: bounds chosen on real visitors would tell of them. Run `koond tune --site {site} --write` again
# when the site's size, budget, topics, actions or segments change.
#
# share   part of the release's budget
# norm    largest L2 norm of what one visitor adds over the measure's cells; who does more counts with less in each
# spread  variance for each one counted that clipping leaves, so that 95 % intervals hold the number before clipping
#
# "98.1 % fits": that much of what visitors do is counted before cells are scaled to totals (pairs, totals.events).
# Where a table has no pairs, its visitors fit well enough without. Errors are medians over the cells that matter,
# relative to the true number: those of at least {large} visitors, or the largest few where there are none.

daily:
  # What an event weighs where events are told by action: a rare one weighs more, and so gets less noise.
"""
_WIDTH = 56


def bounds_text(site: Site, seed: int, parts: Mapping[str, tuple[Plan, MadeUp]]) -> str:
    """The whole file; `parts` has the chosen plan of each window, and the traffic that it was chosen on."""
    size, weights = site.size, weights_in(parts[DAY][0])
    head = _HEAD.format(seed=seed, visitors=size.visitors, events=size.events, site=site.site, large=LARGE)
    weighed = f"  weights: {{{', '.join(f'{action}: {weight}' for action, weight in weights.items())}}}"
    lines = [head + weighed, *_tables(*parts[DAY]), "weekly:", *_tables(*parts[WEEK])]
    return "\n".join(lines) + "\n"


def _tables(plan: Plan, made_up: MadeUp) -> Iterator[str]:
    expectations, shares = expected(without_spreads(plan), made_up), shares_of(plan)
    for statistic in plan.statistics:
        measures = plan.of(statistic)
        names = max(map(len, measures)) + 2
        yield f"  {statistic.name}:"
        for name, measure in measures.items():
            told = [f"share: {measure.bound.share:.4f}"]
            told += [f"norm: {measure.bound.norm:g}"] if measure.statistic.part == EVENTS else []
            told += [f"spread: {measure.bound.spread:g}"] if measure.bound.spread else []
            reason = _reason(measure, made_up, expectations.get((statistic.name, name)), shares)
            yield _line(f"    {name + ':':<{names}}{{{', '.join(told)}}}", reason)


def _reason(measure: Measure, made_up: MadeUp, expectation: Expected | None, shares: Mapping[Key, float]) -> str:
    if measure.statistic.part != EVENTS:
        return "one account, one registration; fixed: no size tells how many"
    truth = made_up.truth(measure)
    weights = made_up.weights(measure)
    bounded = made_up.bounded(measure) / weights
    fits = bounded.sum() / max(truth.sum(), 1e-9)
    if expectation is None:
        large = large_cells(truth)
        least = np.maximum(truth, 1e-3)[large]
        clipping = np.abs(bounded - truth)[large] / least
        noise = MEDIAN * (measure.mechanism.sigma / weights)[large] / least
        told = tuple(float(np.median(each)) for each in (np.hypot(clipping, noise), clipping, noise))
    else:
        told = expectation.medians(shares)
    error, clipped, noisy = (_percent(each) for each in told)
    return f"{_percent(fits)} % fits; error {error} %: clipping {clipped}, noise {noisy}"


def _percent(part: float) -> str:
    return f"{100 * part:.1f}" if part < 0.9995 else f"{100 * part:.0f}"


def _line(setting: str, reason: str) -> str:
    return f"{setting:<{_WIDTH}} # {reason}"
