"""The bound: what one visitor can move in any table, and that it moves nothing where nobody exceeds it."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.counting.bound import bounded_counts
from anonymizers.counting.mechanism import mechanisms
from anonymizers.counting.statistic import EVENT_STATISTICS
from anonymizers.site import Bound, Budget
from tests.anonymizers.counting.worlds import (
    WORLDS,
    cell_of,
    counted,
    event,
    plainly_counted,
    stripped_events,
)
from tests.anonymizers.trials import trials

BOUNDS = st.builds(Bound, share=st.just(0.25), cells=st.integers(1, 4), events=st.integers(1, 4))
WIDE = Bound(share=0.25, cells=10_000, events=10_000)
CANARY = 4711
each_statistic = pytest.mark.parametrize("statistic", EVENT_STATISTICS, ids=lambda statistic: statistic.name)


def moves(with_all, without):
    """Cell -> how far visitors and events move; only cells that move."""
    cells = {*with_all, *without}
    moved = {
        cell: tuple(a - b for a, b in zip(with_all.get(cell, (0, 0)), without.get(cell, (0, 0)), strict=True))
        for cell in cells
    }
    return {cell: move for cell, move in moved.items() if move != (0, 0)}


@each_statistic
@given(world=WORLDS, bound=BOUNDS, data=st.data())
@trials(25)
def test_removing_any_one_visitor_moves_no_more_than_the_bound(engine, statistic, world, bound, data):
    visitors = sorted({row["visitor"] for row in world})
    leaver = data.draw(st.sampled_from(visitors or [0]))
    moved = moves(
        counted(engine, statistic, bound, world),
        counted(engine, statistic, bound, [row for row in world if row["visitor"] != leaver]),
    )
    assert len(moved) <= bound.cells
    assert all(visitors == 1 and 1 <= events <= bound.events for visitors, events in moved.values())
    for place, mechanism in enumerate(mechanisms(statistic, bound, Budget(epsilon=1, delta=1e-7))):
        assert sum(move[place] ** 2 for move in moved.values()) ** 0.5 <= mechanism.l2_sensitivity * (1 + 1e-12)


@each_statistic
@given(world=WORLDS)
@trials(12)
def test_where_nobody_exceeds_the_bounds_the_counts_are_exact(engine, statistic, world):
    assert counted(engine, statistic, WIDE, world) == plainly_counted(statistic, world)


@each_statistic
@given(world=WORLDS, bound=BOUNDS)
@trials(12)
def test_bounds_only_ever_lower_a_count_and_no_cell_comes_out_of_nothing(engine, statistic, world, bound):
    exact, kept = plainly_counted(statistic, world), counted(engine, statistic, bound, world)
    assert all(visitors <= exact[cell][0] and events <= exact[cell][1] for cell, (visitors, events) in kept.items())
    pairs = Counter((*cell_of(statistic, row), row["visitor"]) for row in world)
    cells_of = Counter(pair[-1] for pair in pairs)
    assert sum(visitors for visitors, _ in kept.values()) == sum(min(n, bound.cells) for n in cells_of.values())


def canary(site, events=10_000):
    """One visitor in every hour, topic and action, 10,000 events in all."""
    topics, actions = site.topic_names, ("page_view", "ad_view", "scroll_over", "ad_click")
    return [
        event(
            CANARY,
            hour=n % 24,
            topic=topics[n // 24 % len(topics)],
            action=actions[n // 7 % 4],
            os=("linux", "ios")[n % 2],
        )
        for n in range(events)
    ]


@each_statistic
def test_a_canary_with_ten_thousand_events_moves_no_cell_by_more_than_the_bound(engine, site, statistic):
    crowd = [event(visitor, hour=visitor % 24) for visitor in range(50)]
    bound = site.tables.of(statistic.name)
    moved = moves(counted(engine, statistic, bound, crowd + canary(site)), counted(engine, statistic, bound, crowd))
    assert 1 <= len(moved) <= bound.cells
    assert all(visitors == 1 and events <= bound.events for visitors, events in moved.values())


@each_statistic
def test_the_same_canary_shows_where_there_is_no_bound(engine, site, statistic):
    bound, tight = WIDE, site.tables.of(statistic.name)
    moved = moves(counted(engine, statistic, bound, canary(site)), {})
    assert sum(events for _, events in moved.values()) == 10_000
    assert len(moved) > tight.cells and max(events for _, events in moved.values()) > tight.events


def test_a_visitors_cells_are_chosen_fairly(engine):
    """Each of four hours is kept for a quarter of 4,000 visitors: 1,000 +- 27 by chance; 150 is more than five times that."""
    hours = next(statistic for statistic in EVENT_STATISTICS if statistic.name == "hours")
    world = [event(visitor * 2_654_435_761, hour=hour) for visitor in range(4_000) for hour in (0, 1, 12, 23)]
    kept = counted(engine, hours, Bound(share=0.2, cells=1, events=1), world)
    assert sum(visitors for visitors, _ in kept.values()) == 4_000
    assert all(850 < visitors < 1_150 for visitors, _ in kept.values())


@given(world=WORLDS, bound=BOUNDS, seed=st.randoms())
@trials(10)
def test_the_order_of_events_does_not_matter(engine, world, bound, seed):
    shuffled = list(world)
    seed.shuffle(shuffled)
    for statistic in EVENT_STATISTICS:
        assert counted(engine, statistic, bound, world) == counted(engine, statistic, bound, shuffled)


def test_making_the_counts_runs_nothing_but_a_view(engine, monkeypatch):
    """Exact counts come to be only where `measure` fetches them."""
    table, ran, run = stripped_events(engine, [event(1)]), [], engine.run
    monkeypatch.setattr(engine, "run", lambda sql: (ran.append(sql), run(sql)))
    monkeypatch.setattr(engine, "fetch", lambda _: pytest.fail("counts were executed"))
    bounded_counts(table, EVENT_STATISTICS[0], WIDE)
    assert [sql.split()[:3] for sql in ran] == [["CREATE", "TEMPORARY", "VIEW"]]
