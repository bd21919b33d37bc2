"""Every attack on a site's releases, in order, each with its positive control: figures against declared pass marks.

What each attack does stands in its own module; worlds come from outside.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import ceil

import numpy as np
import pyarrow as pa

from anonymizers.attacking import difference, dominance, membership, reconstruction
from anonymizers.attacking.coverage import Compared, compare, true_tables
from anonymizers.attacking.inference import VERY_SURE, epsilon_between, mean_between, sure_of_each
from anonymizers.attacking.planted import canaries, dominant
from anonymizers.attacking.vectors import Floats, Vectors, as_draws, draw, exact_vectors
from anonymizers.attacking.worlds import Effort, World
from anonymizers.estimating.estimate import NoisyTable, estimate
from anonymizers.local_day import iso_week
from anonymizers.pass_marks import pass_marks
from anonymizers.rehearsal import ATTACKS, DIGITS, Attack, Figures, Judged
from anonymizers.vocabulary import DAY, WEEK

Worlds = Mapping[str, World]
"""A world for each window."""

NOMINAL = 0.95
"""The share of numbers that intervals promise to hold."""
NARROW = 1 / 3
"""The control of A10: intervals so much narrower."""


def attack_all(worlds: Worlds, effort: Effort, progress: Callable[[str], None] = lambda line: None) -> list[Judged]:
    """Run every attack; the results in the order of `ATTACKS`."""
    results = []
    for declared in ATTACKS:
        progress(f"{declared.attack} {declared.name} ...")
        results.append(_RUN[declared.attack](declared, worlds, effort))
    return results


def audit_membership(declared: Attack, worlds: Worlds, effort: Effort) -> Judged:
    """A1, on the daily and on the weekly release; the worse of the two counts. The control is the daily one."""
    found, control = [], 0.0
    for window, world in worlds.items():
        planted = canaries(world.site, world.days, membership.CANARIES, world.rng)
        known = membership.attacker(world.table(planted), world.exact(), site=world.site, spent=world.spent)
        right = 0
        for _ in range(effort.audits):
            coins = world.rng.random(membership.CANARIES) < 0.5
            exact = world.exact_again(planted.filter(pa.array(coins[planted["visitor"].to_numpy() - 1])))
            right += membership.right_guesses(known, coins, exact, world.spent, world.noise)
        if window == DAY:
            control = membership.right_guesses(known, coins, exact, world.spent, None) / membership.GUESSES
        found.append(epsilon_between(right, effort.audits * membership.GUESSES, sure_of_each(len(worlds))))
    low, high = max(found)
    return _result(
        declared,
        value=low,
        worlds=worlds,
        interval=(low, high),
        control=control,
        trials=effort.audits * membership.GUESSES,
    )


def dominate(declared: Attack, worlds: Worlds, effort: Effort) -> Judged:
    """A2, with each number of events, on every table of both releases."""
    parts, free = [], []
    for world in worlds.values():
        off = dominance.unbounded(world.spent)
        before, before_off = world.exact(), world.exact(spent=off)
        for events in dominance.EVENTS:
            planted = dominant(world.site, world.days, events)
            parts.append(dominance.furthest(world.exact(planted), before, world.spent))
            free.append(dominance.largest_cell(world.exact(planted, spent=off), before_off, world.spent))
    return _result(
        declared,
        worlds=worlds,
        value=ceil(max(parts) * 10**DIGITS) / 10**DIGITS,
        interval=None,
        control=max(free),
        trials=len(parts),
    )


def compare_releases(declared: Attack, worlds: Worlds, effort: Effort) -> Judged:
    """A3 and A4: each window, the worse of the two; the control is the daily one."""
    again = declared.attack == "A3"
    sure = sure_of_each(2 * len(worlds))  # two ways in each window
    best, control = (0.0, 0.0), 0.0
    for window, world in worlds.items():
        target = dominant(world.site, world.days, dominance.EVENTS[0])
        others = None if again else world.other_strangers()
        first = world.exact(target)
        second = first if again else world.exact(target, others=others)
        periods = difference.Periods(first, second, world.exact(others=others))
        found = difference.answers(periods, world.spent, world.noise, trials=effort.trials, rng=world.rng)
        best = max(best, found.best(sure))
        if window == DAY:
            control = difference.right_on_sticky_noise(
                periods, world.spent, world.noise, trials=effort.sticky_trials, rng=world.rng
            )
    return _result(declared, worlds=worlds, value=best[0], interval=best, control=control, trials=effort.trials)


def reconstruct(declared: Attack, worlds: Worlds, effort: Effort) -> Judged:
    """A5, on draws and on published tables of each planted day, the better of the two; against the better guess."""
    world = worlds[DAY]
    beyond, control = [], []
    for _ in range(effort.plantings):
        planted = reconstruction.plant(world.site, world.spent, world.days[0], world.rng)
        exact = exact_vectors(world.table(planted.events), world.site, world.spent)
        drawn = draw(exact, world.spent, world.noise)
        seen = (
            reconstruction.told_by_draws(drawn, world.site, world.spent),
            reconstruction.told_by_tables(_published(drawn, world), world.site),
        )

        def right(found: Floats, planted: reconstruction.Planted = planted) -> float:
            return reconstruction.exactly_right(found, planted, world.site)

        guess = max(
            reconstruction.commonest(planted),
            *(right(reconstruction.guess_from_margins(told, world.site)) for told in seen),
        )
        beyond.append(max(right(reconstruction.reconstruct(told)) for told in seen) - guess)
        whole = reconstruction.told_by_draws(exact, world.site, world.spent)
        control.append(right(reconstruction.reconstruct(whole)))
    low, high = mean_between(beyond, VERY_SURE)
    return _result(
        declared,
        value=low,
        worlds=worlds,
        interval=(low, high),
        control=float(np.mean(control)),
        trials=effort.plantings,
    )


def cover(declared: Attack, worlds: Worlds, effort: Effort) -> Judged:
    """A10, every number of every table of both releases, several draws."""
    shares, narrow = [], []
    compared = {window: _compared(world, effort.draws) for window, world in worlds.items()}
    for draws in zip(*compared.values(), strict=True):
        numbers = [number for each in draws for number in each]
        shares.append(float(np.mean([number.held for number in numbers])))
        narrow.append(float(np.mean([number.held_within(NARROW) for number in numbers])))
    low, high = mean_between(shares)
    off = [abs(end - NOMINAL) for end in (low, high)]
    return _result(
        declared,
        worlds=worlds,
        value=abs(float(np.mean(shares)) - NOMINAL),
        interval=(0.0 if low <= NOMINAL <= high else min(off), max(off)),
        control=abs(float(np.mean(narrow)) - NOMINAL),
        trials=effort.draws,
    )


_RUN: Mapping[str, Callable[[Attack, Worlds, Effort], Judged]] = {
    "A1": audit_membership, "A2": dominate, "A3": compare_releases, "A4": compare_releases, "A5": reconstruct, "A10": cover,
}  # fmt: skip


def _compared(world: World, draws: int) -> Iterator[list[Compared]]:
    """The numbers of so many releases of the made-up traffic alone, beside the true ones."""
    truth = true_tables(world.made_up, world.site, world.spent)
    exact = exact_vectors(world.made_up, world.site, world.spent)
    for _ in range(draws):
        yield list(compare(_published(draw(exact, world.spent, world.noise), world), truth))


def _published(drawn: Vectors, world: World) -> Sequence[NoisyTable]:
    first = world.days[0]
    period = iso_week(first) if world.spent.window == WEEK else first
    return estimate(world.spent, world.site, period, as_draws(drawn, world.site, world.spent, world.noise))


def _result(
    declared: Attack,
    *,
    worlds: Worlds,
    value: float,
    interval: tuple[float, float] | None,
    control: float,
    trials: int,
) -> Judged:
    ends = interval and (round(interval[0], DIGITS), round(interval[1], DIGITS))
    figures = Figures(declared.attack, declared.version, round(value, DIGITS), ends, round(control, DIGITS), trials)
    budget = worlds[DAY].site.budget
    marks = pass_marks(budget.epsilon, budget.delta, [world.spent.rho for world in worlds.values()])
    return Judged(declared, figures, marks[declared.attack])
