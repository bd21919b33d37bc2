"""From stripped events to a draw: every cell gets noise, at its own place, from the mechanism of its plan."""

from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.counting.draw import UNIT, Draw
from anonymizers.counting.measure import cells_of, measure_events, measure_registrations
from anonymizers.counting.mechanism import Mechanism
from anonymizers.counting.plan import plan
from anonymizers.counting.statistic import EVENTS, REGISTRATIONS_PART, STATISTICS
from anonymizers.engine import Engine, Table
from anonymizers.site import Bound
from anonymizers.vocabulary import DAY, WEEK
from tests.anonymizers.counting.worlds import (
    bounded_sites,
    event,
    numbers_of_each_visitor,
    stripped_events,
    units,
    worlds,
)
from tests.anonymizers.trials import trials

each_window = pytest.mark.parametrize("window", [DAY, WEEK])


class Remembers:
    """Noise for tests: none, but each request is numbered and kept. Lives in tests alone."""

    def __init__(self) -> None:
        self.asked: list[tuple[tuple[int, ...], Mechanism]] = []

    def add(self, exact: Sequence[int], mechanism: Mechanism) -> list[int]:
        """The numbers, a million more for each request before."""
        self.asked.append((tuple(exact), mechanism))
        return [number + 10**6 * len(self.asked) for number in exact]


def registrations(engine: Engine, accounts: Sequence[tuple[str, str]]) -> Table:
    """Accounts as a table of the engine."""
    schema = pa.schema({"account_id": pa.string(), "customer_kind": pa.string()})
    rows = [dict(zip(schema.names, row, strict=True)) for row in accounts]
    return engine.table(pa.Table.from_pylist(rows, schema=schema))


@each_window
@given(data=st.data())
@trials(5)
def test_every_cell_of_the_vocabulary_gets_the_noise_of_its_plan_whatever_the_data_holds(engine, site, window, data):
    site = data.draw(bounded_sites(site, window))
    world = data.draw(worlds(window))
    strangers = [
        (event(1, topic="Mari Maasikas", browser="lynx"), 3),
        (event(2, action="purchase", device="fridge"), 1),
    ]
    spent, noise = plan(site, window), Remembers()
    draw = measure_events(
        stripped_events(engine, world + strangers), site=site, plan=spent, release="daily/x", noise=noise
    )
    assert (draw.release, draw.part, draw.plan) == ("daily/x", EVENTS, spent.digest)
    measures = [measure for measure in spent.measures if measure.statistic.part == EVENTS]
    assert [mechanism for _, mechanism in noise.asked] == [measure.mechanism for measure in measures]
    told = {(table, name): drawn for table, names in draw.numbers.items() for name, drawn in names.items()}
    assert list(told) == [(measure.statistic.name, measure.name) for measure in measures]
    for place, (measure, (exact, _)) in enumerate(zip(measures, noise.asked, strict=True)):
        assert len(exact) == len(cells_of(measure, site, spent))
        drawn = told[measure.statistic.name, measure.name]
        assert drawn == tuple(number + 10**6 * (place + 1) for number in exact)


@each_window
@given(data=st.data())
@trials(5)
def test_each_number_stands_at_its_own_cell(engine, site, window, data):
    site = data.draw(bounded_sites(site, window))
    world = data.draw(worlds(window))
    spent, noise = plan(site, window), Remembers()
    measure_events(stripped_events(engine, world), site=site, plan=spent, release="r", noise=noise)
    measures = [measure for measure in spent.measures if measure.statistic.part == EVENTS]
    for measure, (exact, _) in zip(measures, noise.asked, strict=True):
        found = [
            units(numbers, measure.bound.norm) for numbers in numbers_of_each_visitor(world, measure, site).values()
        ]
        for cell, number in zip(cells_of(measure, site, spent), exact, strict=True):
            inside = [each[cell] for each in found if cell in each]
            least, most = (sum(ends) for ends in zip(*inside, strict=True)) if inside else (0, 0)
            assert least <= number <= most * (1 + 1e-12)


@each_window
def test_without_any_event_the_same_noise_is_asked_for_and_nothing_is_added_to_it(engine, site, window):
    spent, noise = plan(site, window), Remembers()
    measure_events(stripped_events(engine, []), site=site, plan=spent, release="r", noise=noise)
    assert {number for exact, _ in noise.asked for number in exact} == {0}
    assert len(noise.asked) == sum(measure.statistic.part == EVENTS for measure in spent.measures)


def test_the_order_of_events_does_not_matter(engine, site):
    world = [
        (event(n % 7, hour=n % 24, topic=site.topic_names[n % 21], os=("ios", "linux")[n % 2]), 1 + n)
        for n in range(90)
    ]
    draws = [
        measure_events(stripped_events(engine, each), site=site, plan=plan(site, DAY), release="r", noise=Remembers())
        for each in (world, world[::-1])
    ]
    assert draws[0] == draws[1] and draws[0].seal == draws[1].seal


def test_registrations_are_counted_by_kind_from_their_own_read(engine, site):
    accounts = [("EE1", "private"), ("EE2", "private"), ("EE3", "business"), ("EE3", "private"), ("EE4", "charity")]
    spent, noise = plan(site, DAY), Remembers()
    draw = measure_registrations(registrations(engine, accounts), site=site, plan=spent, release="r", noise=noise)
    (statistic,) = (each for each in STATISTICS[DAY] if each.part == REGISTRATIONS_PART)
    assert statistic.cells(site) == [("private",), ("business",)]
    assert noise.asked == [((2 * UNIT, UNIT), spent.of(statistic)["registrations"].mechanism)]
    assert draw.part == REGISTRATIONS_PART and set(draw.numbers) == {"registrations"}


def test_a_table_without_a_pairs_bound_is_drawn_without_pairs(engine, site):
    daily = replace(
        site.daily,
        topics=replace(site.daily.topics, pairs=None),
        hours=replace(site.daily.hours, pairs=Bound(share=1e-6, norm=9)),
        totals=replace(site.daily.totals, visitors=Bound(share=1e-6)),
    )
    spent, noise = plan(replace(site, daily=daily), DAY), Remembers()
    draw = measure_events(stripped_events(engine, []), site=site, plan=spent, release="r", noise=noise)
    assert set(draw.numbers["topics"]) == {"visitors", "events"}
    assert set(draw.numbers["hours"]) == {"visitors", "events", "pairs"}


DRAWS = st.builds(
    Draw,
    release=st.text(max_size=8),
    part=st.sampled_from((EVENTS, REGISTRATIONS_PART)),
    plan=st.text(max_size=8),
    numbers=st.dictionaries(
        st.sampled_from(("topics", "hours")),
        st.dictionaries(st.sampled_from(("visitors", "events")), st.lists(st.integers(-(2**62), 2**62)).map(tuple)),
    ),
)


@given(draw=DRAWS, other=DRAWS)
@trials(60)
def test_a_draw_comes_back_from_its_content_and_its_seal_knows_every_part(draw, other):
    assert Draw.read(draw.content) == draw
    assert (draw.seal == other.seal) == (draw == other)


@given(draw=DRAWS)
@trials(20)
def test_the_content_of_a_draw_does_not_depend_on_the_order_of_its_tables(draw):
    turned = replace(draw, numbers=dict(reversed(draw.numbers.items())))
    assert turned.content == draw.content
