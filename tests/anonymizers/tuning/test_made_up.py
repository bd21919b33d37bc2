"""Made-up visitors are bounded as real ones are: in numpy as in the engine."""

from hypothesis import given, settings
from hypothesis import strategies as st

from anonymizers.counting.draw import UNIT
from anonymizers.counting.measure import cells_of
from anonymizers.counting.plan import Plan, plan
from anonymizers.counting.statistic import EVENTS
from anonymizers.site import Site
from anonymizers.tuning.made_up import made_up
from anonymizers.vocabulary import DAY, WEEK
from tests.anonymizers.counting.worlds import (
    VISITORS,
    bounded_sites,
    counted,
    numbers_of_each_visitor,
    stripped_events,
    worlds,
)


@settings(deadline=None, max_examples=25)
@given(data=st.data(), window=st.sampled_from((DAY, WEEK)), scale=st.sampled_from((0.01, 1.0, 7.5)))
def test_what_made_up_visitors_weigh_is_what_the_engine_counts(data, window, scale, site, engine):
    world, tried = data.draw(worlds(window)), data.draw(bounded_sites(site, window))
    chosen = plan(tried, window)
    found = made_up(stripped_events(engine, world), site=tried, plan=chosen, scale=scale)
    for measure in (each for each in chosen.measures if each.statistic.part == EVENTS):
        exact = counted(engine, measure.statistic, world, tried, chosen)[measure.name]
        for cell, number in zip(cells_of(measure, tried, chosen), found.bounded(measure), strict=True):
            # The engine rounds each visitor's number down to whole units.
            assert abs(number * UNIT / scale - exact.get(cell, 0)) <= 1.01 * len(VISITORS)


@settings(deadline=None, max_examples=25)
@given(data=st.data(), window=st.sampled_from((DAY, WEEK)))
def test_the_truth_is_what_plain_python_counts_without_bounds(data, window, site, engine):
    world, tried = data.draw(worlds(window)), data.draw(bounded_sites(site, window))
    chosen = plan(tried, window)
    found = made_up(stripped_events(engine, world), site=tried, plan=chosen, scale=3.0)
    for measure in (each for each in chosen.measures if each.statistic.part == EVENTS):
        own = numbers_of_each_visitor(world, measure, tried)
        for cell, number in zip(cells_of(measure, tried, chosen), found.truth(measure), strict=True):
            true = sum(cells.get(cell, 0) for cells in own.values()) / measure.weight(cell)
            assert abs(number - 3 * true) < 1e-6


def test_draws_hold_every_number_of_the_plan_and_repeat(site: Site, engine):
    chosen: Plan = plan(site, DAY)
    found = made_up(stripped_events(engine, []), site=site, plan=chosen, scale=1.0)
    for measure in chosen.measures:
        drawn = found.draws(chosen)[measure.statistic.part].numbers[measure.statistic.name][measure.name]
        assert drawn == (0,) * len(cells_of(measure, site, chosen))
