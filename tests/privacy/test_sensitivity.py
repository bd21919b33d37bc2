"""The sensitivity of every table, segment rule and window: what one visitor can move, whatever that visitor and others do.

Attack A2 and channels 9 and 10 of the threat list. Noise covers exactly this much (`test_accounting`).
"""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.attacking.attacks import dominate
from anonymizers.counting.draw import UNIT
from anonymizers.counting.measure import Cell, measure_registrations
from anonymizers.counting.mechanism import Mechanism
from anonymizers.counting.plan import Plan, plan
from anonymizers.counting.statistic import DAILY, REGISTRATIONS_PART
from anonymizers.engine import Engine
from anonymizers.vocabulary import ACTIONS, DAY
from pipelines.engines.duckdb_engine import DuckDBEngine
from pipelines.site_folder import read_site_folder
from tests.anonymizers.counting.test_measure import Remembers, registrations
from tests.anonymizers.counting.worlds import (
    EVENT_TABLES,
    VISITORS,
    bounded_sites,
    counted,
    event,
    numbers_of_each_visitor,
    units,
    without,
    worlds,
)
from tests.anonymizers.trials import trials
from tests.privacy.stage import DECLARED, EFFORT, Stage, stage_of
from tests.worlds import SITES

SHIPPED = {name: read_site_folder(SITES / name).site for name in ("elektrum", "snowplow", "weblog")}
DEMO = SHIPPED["elektrum"]
each_table = pytest.mark.parametrize("statistic", EVENT_TABLES, ids=lambda each: f"{each.window}-{each.name}")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return DuckDBEngine(tmp_path_factory.mktemp("engine"))


def moves(one: Mapping[Cell, int], other: Mapping[Cell, int]) -> dict[Cell, int]:
    """Cell -> how far two tables lie apart, in units; only cells that differ."""
    apart = {cell: one.get(cell, 0) - other.get(cell, 0) for cell in {*one, *other}}
    return {cell: move for cell, move in apart.items() if move}


def assert_within(moved: Mapping[Cell, int], norm: float) -> None:
    """In exact arithmetic, without any tolerance: all cells together, hence each alone, move by at most the norm."""
    assert sum(move**2 for move in moved.values()) <= (Fraction(norm) * UNIT) ** 2
    assert all(0 <= move <= norm * UNIT for move in moved.values())


@each_table
@given(data=st.data())
@trials(9)
def test_removing_a_visitor_moves_a_table_by_that_visitors_own_bounded_numbers_alone(engine, statistic, data):
    """Whatever the others do: so no step looks at more than one visitor. Random norms, weights and segment rules."""
    site = data.draw(bounded_sites(DEMO, statistic.window))
    world = data.draw(worlds(statistic.window))
    leaver = data.draw(st.sampled_from(sorted({one["visitor"] for one, _ in world}) or VISITORS))
    spent = plan(site, statistic.window)
    stay = without(world, leaver)
    alone = [one for one in world if one not in stay]
    everybody, others, own = (counted(engine, statistic, part, site, spent) for part in (world, stay, alone))
    assert set(everybody) == set(statistic.measures)
    for name, measure in spent.of(statistic).items():
        moved = moves(everybody[name], others[name])
        assert moved == moves(own[name], {})
        assert_within(moved, measure.bound.norm)
        assert measure.mechanism.l2_sensitivity == measure.bound.norm


@each_table
@given(data=st.data())
@trials(5)
def test_a_bounded_visitor_weighs_as_much_as_the_bound_lets_and_no_less(engine, statistic, data):
    """Against plain Python: within the bound nothing is changed, above it every cell shrinks alike."""
    site = data.draw(bounded_sites(DEMO, statistic.window))
    heavy = (event(0, topic="gas"), data.draw(st.integers(1, 900)))
    world = [*without(data.draw(worlds(statistic.window)), 0), heavy]
    spent = plan(site, statistic.window)
    told = counted(engine, statistic, world, site, spent)
    for name, measure in spent.of(statistic).items():
        least: dict[Cell, float] = {}
        most: dict[Cell, float] = {}
        for numbers in numbers_of_each_visitor(world, measure, site).values():
            for cell, (low, high) in units(numbers, measure.bound.norm).items():
                least[cell], most[cell] = least.get(cell, 0) + low, most.get(cell, 0) + high
        assert set(told[name]) == set(most)
        assert all(least[cell] <= number <= most[cell] * (1 + 1e-12) for cell, number in told[name].items())


@pytest.fixture(scope="module", params=SHIPPED)
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return stage_of(request.param, tmp_path_factory.mktemp("engine"))


def test_a_visitor_with_ten_or_a_hundred_thousand_events_moves_no_table_by_more_than_its_noise_covers(stage):
    """A2. It uses up the bound, so that the attack is not one on somebody who hardly counts."""
    told = dominate(DECLARED["A2"], stage.worlds(), EFFORT)
    assert told.passed and told.value > 0.99, told
    assert told.control_succeeded, told


def half_the_sensitivity(spent: Plan) -> Plan:
    """Every mechanism believes in half of what its bound enforces."""
    halved = (replace(each, mechanism=Mechanism(each.bound.norm / 2, each.mechanism.rho)) for each in spent.measures)
    return replace(spent, measures=tuple(halved))


def one_bound_off(spent: Plan) -> Plan:
    """The bound of one measure alone is forgotten: the events by hour, or the visitors of segments by topic."""
    names = {("hours", "events"), ("segment_topics", "visitors")}
    measures = (
        replace(each, bound=replace(each.bound, norm=10_000)) if (each.statistic.name, each.name) in names else each
        for each in spent.measures
    )
    return replace(spent, measures=tuple(measures))


@pytest.mark.parametrize("broken", [half_the_sensitivity, one_bound_off])
def test_the_same_attack_succeeds_where_the_bound_does_not_fit_the_noise(stage, broken):
    told = dominate(DECLARED["A2"], stage.worlds(broken=broken), EFFORT)
    assert not told.passed and told.value > 1.5


@given(
    accounts=st.lists(
        st.tuples(st.sampled_from(("EE1", "EE2", "EE3", "EE4")), st.sampled_from(("private", "business", "Mari OÜ"))),
        max_size=12,
    )
)
@trials(15)
def test_an_account_counts_once_whatever_its_kinds(engine, accounts):
    spent = plan(DEMO, DAY)
    (statistic,) = (each for each in DAILY if each.part == REGISTRATIONS_PART)
    norm = spent.of(statistic)["registrations"].bound.norm

    def counts(rows):
        noise = Remembers()
        measure_registrations(registrations(engine, rows), site=DEMO, plan=spent, release="r", noise=noise)
        ((exact, _),) = noise.asked
        return dict(enumerate(exact))

    everybody = counts(accounts)
    assert sum(everybody.values()) <= len({account for account, _ in accounts}) * UNIT
    for leaver in {account for account, _ in accounts}:
        assert_within(moves(everybody, counts([row for row in accounts if row[0] != leaver])), norm)


def test_the_worlds_reach_every_action_and_some_visitors_are_clipped(engine):
    """The tests above show something: of a heavy visitor's 600 views a norm of 1 leaves one, of a light one's all."""
    (topics,) = (each for each in DAILY if each.name == "topics")
    site = SHIPPED["weblog"]
    spent = plan(site, DAY)
    heavy, light = [(event(1, topic="other"), 600)], [(event(1, topic="other"), 1)]
    assert counted(engine, topics, light, site, spent)["events"] == {("other", "page_view"): UNIT}
    (clipped,) = counted(engine, topics, heavy, site, spent)["events"].values()
    norm = spent.of(topics)["events"].bound.norm
    assert UNIT * norm - 1 <= clipped <= UNIT * norm
    assert set(DEMO.actions) == set(ACTIONS)
