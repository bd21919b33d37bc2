"""What attacks are tried on is what a night draws: the same exact numbers, the same mechanisms, the same estimates."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.attacking.vectors import as_draws, draw, exact_vectors, joined, measures_of
from anonymizers.counting.draw import UNIT
from anonymizers.counting.measure import measure_events
from anonymizers.counting.mechanism import OpenDPNoise
from anonymizers.counting.plan import plan
from anonymizers.counting.statistic import EVENTS, REGISTRATIONS_PART
from anonymizers.estimating.estimate import estimate
from anonymizers.vocabulary import DAY, WEEK
from tests.anonymizers.counting.test_measure import Remembers
from tests.anonymizers.counting.worlds import MONDAY, bounded_sites, stripped_events, worlds
from tests.anonymizers.trials import trials
from tests.worlds import ExactNoise

each_window = pytest.mark.parametrize("window", [DAY, WEEK])


@each_window
@given(data=st.data())
@trials(8)
def test_exact_vectors_are_what_a_night_counts_and_a_draw_is_made_as_a_night_draws(engine, site, window, data):
    site = data.draw(bounded_sites(site, window))
    events = stripped_events(engine, data.draw(worlds(window)))
    spent = plan(site, window)
    asked, asked_by_attack = Remembers(), Remembers()
    nightly = measure_events(events, site=site, plan=spent, release="", noise=asked)
    drawn = draw(exact_vectors(events, site, spent), spent, asked_by_attack)
    assert asked.asked == asked_by_attack.asked, "other numbers, another order or another mechanism"
    assert {key: tuple(numbers.tolist()) for key, numbers in drawn.items()} == {
        (table, name): numbers for table, measures in nightly.numbers.items() for name, numbers in measures.items()
    }


@each_window
def test_draws_make_a_release_of_every_table(engine, site, window):
    spent = plan(site, window)
    events = stripped_events(engine, [])
    drawn = draw(exact_vectors(events, site, spent), spent, OpenDPNoise())
    parts = as_draws(drawn, site, spent, OpenDPNoise())
    assert set(parts) == {EVENTS, REGISTRATIONS_PART} and parts[EVENTS].plan == spent.digest
    told = estimate(spent, site, MONDAY if window == DAY else "2026-W47", parts)
    assert [table.statistic for table in told] == list(spent.statistics)


@each_window
@given(data=st.data())
@trials(4)
def test_joined_vectors_are_counts_in_the_order_of_the_measures(engine, site, window, data):
    spent = plan(site, window)
    exact = exact_vectors(stripped_events(engine, data.draw(worlds(window))), site, spent)
    whole, place = joined(exact, measures_of(spent)) * UNIT, 0
    for key in measures_of(spent):
        assert np.array_equal(whole[place : place + len(exact[key])], exact[key])
        place += len(exact[key])
    assert place == len(whole)


def test_registrations_are_no_part_of_the_vectors_and_need_not_be(site):
    spent = plan(site, DAY)
    left_out = [each for each in spent.measures if (each.statistic.name, each.name) not in measures_of(spent)]
    assert [each.name for each in left_out] == ["registrations"] and left_out[0].bound.norm == 1
    assert draw({}, replace(spent, measures=()), ExactNoise()) == {}
