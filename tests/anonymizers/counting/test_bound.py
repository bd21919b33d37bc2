"""The bound: a vector too long is made shorter, never a hair longer than the norm, and nothing is fetched on the way."""

from fractions import Fraction
from math import nextafter, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.counting.bound import bounded_sums
from anonymizers.counting.draw import UNIT
from tests.anonymizers.counting.worlds import event, stripped_events
from tests.anonymizers.trials import trials


def bounded(engine, vectors, norm, weights=()):
    """Visitor -> what is counted of each of the visitor's cells, in units, when each visitor is alone."""
    found = []
    for vector in vectors:
        world = [(event(1, hour=hour), times) for hour, times in enumerate(vector) if times]
        table = bounded_sums(
            stripped_events(engine, world), ("hour", "action"), visitors=norm, events=norm, weights=weights
        )
        rows = sorted(engine.fetch(table).to_pylist(), key=lambda row: row["hour"])
        found.append(([row["visitors"] for row in rows], [row["events"] for row in rows]))
    return found


def test_the_worked_table(engine):
    short, long = bounded(engine, [(3, 4), (30, 40)], 5.0)
    assert short[1] == [3 * UNIT, 4 * UNIT]
    assert long[1] == [3 * UNIT - 1, 4 * UNIT - 1], "rounded down, a hair below 3 and 4"


EDGES = [sqrt(squares) for squares in (2, 3, 5, 11, 14, 21, 33, 41, 44, 46, 47, 110)]


@pytest.mark.parametrize("norm", [up for edge in EDGES for up in (edge, nextafter(edge, 0), nextafter(edge, 99))])
def test_where_floating_numbers_round_up_the_norm_is_kept_in_exact_arithmetic(engine, norm):
    """The root of 11 is rounded down, and its square is rounded up to 11: the unguarded comparison lets 3, 1, 1 pass."""
    squares = round(norm**2)
    vectors = {11: (3, 1, 1), 14: (3, 2, 1), 21: (4, 2, 1), 33: (5, 2, 2), 41: (6, 2, 1), 44: (6, 2, 2), 46: (6, 3, 1)}
    vector = vectors.get(squares, (1,) * squares if squares < 24 else (6, 1, 3, 1) if squares == 47 else (10, 3, 1))
    assert sum(times**2 for times in vector) == squares
    for _, events in bounded(engine, [vector, [7 * times for times in vector]], norm):
        assert sum(number**2 for number in events) <= (Fraction(norm) * UNIT) ** 2
        assert sum(number**2 for number in events) > (Fraction(norm) * UNIT - 3 * len(vector)) ** 2


@given(vector=st.lists(st.integers(0, 900), min_size=1, max_size=9), norm=st.integers(1, 40))
@trials(25)
def test_a_quotient_that_is_whole_is_not_rounded_above_itself(engine, vector, norm):
    """Pythagorean vectors, whose shortened numbers are whole: here a floor alone might stand on either side."""
    scaled = [3 * times for times in vector] + [4 * times for times in vector]
    for visitors, events in bounded(engine, [scaled], float(norm)):
        for numbers in (visitors, events):
            assert sum(number**2 for number in numbers) <= (norm * UNIT) ** 2


def test_an_event_weighs_what_its_action_weighs(engine):
    world = [(event(1), 2), (event(1, action="ad_click"), 1), (event(2, action="ad_click"), 3)]
    table = bounded_sums(
        stripped_events(engine, world),
        ("action",),
        visitors=2.0,
        events=100.0,
        weights=(("page_view", 1), ("ad_click", 12)),
    )
    told = {row["action"]: (row["visitors"], row["events"]) for row in engine.fetch(table).to_pylist()}
    assert told == {"page_view": (UNIT, 2 * UNIT), "ad_click": (2 * UNIT, 48 * UNIT)}


def test_making_the_sums_runs_nothing_but_a_view(engine, monkeypatch):
    """Exact numbers come to be only where `measure` fetches them."""
    table, ran, run = stripped_events(engine, [(event(1), 1)]), [], engine.run
    monkeypatch.setattr(engine, "run", lambda sql: (ran.append(sql), run(sql)))
    monkeypatch.setattr(engine, "fetch", lambda _: pytest.fail("sums were executed"))
    bounded_sums(table, ("topic",), visitors=1.0, events=1.0)
    assert [sql.split()[:3] for sql in ran] == [["CREATE", "TEMPORARY", "VIEW"]]
