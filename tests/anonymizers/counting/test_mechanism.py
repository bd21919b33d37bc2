"""The mechanism's scale, and the plan: what a release spends on what, and what makes it another plan."""

from dataclasses import replace
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.counting.accounting import release_rho
from anonymizers.counting.draw import UNIT
from anonymizers.counting.mechanism import Mechanism, OpenDPNoise
from anonymizers.counting.plan import plan
from anonymizers.counting.statistic import STATISTICS
from anonymizers.site import Budget, bounds_of
from anonymizers.vocabulary import DAY, WEEK
from tests.anonymizers.counting.worlds import bounded_sites
from tests.anonymizers.trials import trials

each_window = pytest.mark.parametrize("window", [DAY, WEEK])


@given(norm=st.floats(1, 10_000), rho=st.floats(1e-6, 10))
@trials(60)
def test_the_scale_follows_from_the_norm_and_the_share(norm, rho):
    assert Mechanism(norm, rho).sigma == pytest.approx(norm / sqrt(2 * rho))


@given(exact=st.lists(st.integers(-(10**15), 10**15), max_size=30))
@trials(20)
def test_noise_stays_near_any_number_large_negative_or_none(exact):
    """Beyond 60 sigma lies no draw in the life of the universe: exp(-60^2 / 2) is 1e-782."""
    mechanism = Mechanism(1.0, 0.005)
    noisy = OpenDPNoise().add(exact, mechanism)
    assert len(noisy) == len(exact)
    assert all(abs(a - b) <= 60 * mechanism.sigma * UNIT for a, b in zip(noisy, exact, strict=True))


@each_window
@given(data=st.data())
@trials(6)
def test_every_measure_of_every_table_gets_its_bound_its_share_and_its_weights(site, window, data):
    site = data.draw(bounded_sites(site, window))
    spent = plan(site, window)
    bounds = bounds_of(site.daily if window == DAY else site.weekly)
    rho = release_rho(site.budget.epsilon, site.budget.delta)
    assert [(each.statistic.name, each.name) for each in spent.measures] == [
        (statistic.name, name) for statistic in STATISTICS[window] for name in statistic.measures
    ]
    assert set(bounds) == {(each.statistic.name, each.name) for each in spent.measures}
    for measure in spent.measures:
        bound = bounds[measure.statistic.name, measure.name]
        assert measure.bound == bound
        assert measure.mechanism == Mechanism(bound.norm, rho * bound.share)
        by_action = measure.name in ("events", "pairs") and "action" in measure.keys
        assert dict(measure.weights) == (dict(site.daily.weights) if by_action else {})
        assert measure.keys == (measure.statistic.within if measure.name == "pairs" else measure.statistic.keys)


def with_reach(release, **bound):
    """The bounds of a release with another bound of its table of segments."""
    return replace(release, segments=replace(release.segments, visitors=replace(release.segments.visitors, **bound)))


@each_window
def test_another_bound_budget_or_closed_list_is_another_plan(site, window):
    spent = plan(site, window)
    assert plan(site, window).digest == spent.digest
    others = [
        replace(site, budget=Budget(0.9, site.budget.delta)),
        replace(site, budget=Budget(site.budget.epsilon, 1e-8)),
        replace(site, topics=site.topics[:-1], segments=()),
        replace(site, topics=(replace(site.topics[0], prefixes=("/another",)), *site.topics[1:])),
        replace(site, segments=tuple(replace(each, rule=site.segments[0].rule) for each in site.segments)),
        replace(site, segments=()),
        replace(site, topics=(site.topics[1], site.topics[0], *site.topics[2:])),
        replace(site, daily=with_reach(site.daily, norm=9.0), weekly=with_reach(site.weekly, norm=9.0)),
        replace(site, daily=with_reach(site.daily, spread=9.0), weekly=with_reach(site.weekly, spread=9.0)),
    ]
    assert len({spent.digest, *(plan(other, window).digest for other in others)}) == 1 + len(others)


@each_window
def test_another_word_for_readers_is_the_same_plan(site, window):
    """Whoever mends a title need not rehearse again, and a draw still fits."""
    other = replace(
        site,
        unit="Another sentence of who is a visitor.",
        topics=tuple(replace(each, title=f"{each.title} now") for each in site.topics),
        segments=tuple(replace(each, title=f"{each.title} now") for each in site.segments),
    )
    assert plan(other, window).digest == plan(site, window).digest


def test_the_days_and_the_weeks_plan_differ(site):
    assert plan(site, DAY).digest != plan(site, WEEK).digest


@each_window
def test_no_cell_stands_twice_or_one_visitor_would_move_two(site, window):
    for statistic in STATISTICS[window]:
        assert len(set(statistic.cells(site))) == len(statistic.cells(site))
