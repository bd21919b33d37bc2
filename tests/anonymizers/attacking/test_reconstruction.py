"""The planted day, and the linear program: over exact tables it gives every small cell of every shipped site."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.attacking.reconstruction import (
    LARGEST,
    TABLES,
    Planted,
    commonest,
    exactly_right,
    guess_from_margins,
    plant,
    reconstruct,
    told_by_draws,
    told_by_tables,
)
from anonymizers.attacking.vectors import as_draws, draw, exact_vectors
from anonymizers.counting.draw import UNIT
from anonymizers.counting.measure import cells_of
from anonymizers.counting.plan import plan
from anonymizers.estimating.estimate import estimate
from anonymizers.refusal import Refusal
from anonymizers.site import Site
from anonymizers.vocabulary import DAY, HOURS
from pipelines.site_folder import read_site_folder
from tests.anonymizers.trials import trials
from tests.privacy.stage import MONDAY, SHIPPED
from tests.worlds import SITES, ExactNoise

SITE = {name: read_site_folder(SITES / name).site for name in SHIPPED}
each_site = pytest.mark.parametrize("name", SHIPPED)


def planted_on(name: str, seed: int) -> Planted:
    return plant(SITE[name], plan(SITE[name], DAY), MONDAY, np.random.default_rng(seed))


@each_site
@given(seed=st.integers(0, 2**32))
@trials(4)
def test_over_exact_tables_the_program_gives_every_small_cell(engine, name, seed):
    site, planted = SITE[name], planted_on(name, seed)
    spent = plan(site, DAY)
    exact = exact_vectors(engine.table(planted.events), site, spent)
    found = reconstruct(told_by_draws(exact, site, spent))
    assert exactly_right(found, planted, site) == 1
    assert found.sum() == pytest.approx(planted.truth.sum()), "and invents no other"


@each_site
@given(seed=st.integers(0, 2**32))
@trials(4)
def test_no_bound_cuts_a_planted_visitor_and_no_number_is_told_by_itself(engine, name, seed):
    """The topics that share a part of the day differ by action, and each has several hours."""
    site, planted = SITE[name], planted_on(name, seed)
    spent = plan(site, DAY)
    exact = exact_vectors(engine.table(planted.events), site, spent)
    for measure in (each for each in spent.measures if each.statistic.name in TABLES and each.name == "events"):
        weights = np.array([measure.weight(cell) for cell in cells_of(measure, site, spent)])
        counted = exact[measure.statistic.name, "events"] / UNIT / weights
        assert counted.sum() == planted.events.num_rows
        assert np.array_equal(counted, np.rint(counted))
    assert len(planted.events["visitor"].unique()) == planted.events.num_rows
    assert np.bincount(planted.truth, minlength=LARGEST + 1).min() >= len(planted.truth) // (LARGEST + 1)
    assert len(np.unique(planted.cells, axis=0)) == len(planted.cells)
    assert commonest(planted) <= 1 / (LARGEST + 1) + 1 / len(planted.truth)


@each_site
def test_what_a_guess_from_the_margins_has_right_on_exact_tables_is_little(engine, name):
    """So that the control is the program's own merit."""
    site, spent = SITE[name], plan(SITE[name], DAY)
    for seed in range(3):
        planted = planted_on(name, seed)
        exact = exact_vectors(engine.table(planted.events), site, spent)
        told = told_by_draws(exact, site, spent)
        tables = estimate(spent, site, MONDAY, as_draws(exact, site, spent, ExactNoise()))
        for each in (told, told_by_tables(tables, site)):
            guess = guess_from_margins(each, site)
            assert exactly_right(guess, planted, site) < 0.5
            by_hour = guess.reshape(len(site.topic_names), len(HOURS) * len(site.actions)).sum(axis=0)
            assert by_hour == pytest.approx(_of_hours(planted, site)), "it adds up, rolled up or not"


def _of_hours(planted: Planted, site: Site) -> np.ndarray:
    """The events of each hour and action."""
    joint = np.zeros((len(HOURS), len(site.actions)))
    np.add.at(joint, tuple(planted.cells.T[1:]), planted.truth)
    return joint.ravel()


def test_an_action_whose_one_event_a_bound_cuts_is_not_planted():
    site = SITE["elektrum"]
    site = replace(site, daily=replace(site.daily, weights={**site.daily.weights, "ad_view": 100}))
    planted = plant(site, plan(site, DAY), MONDAY, np.random.default_rng(1))
    assert set(planted.events["action"].to_pylist()) == {"page_view", "scroll_over"}


def test_a_published_table_counts_a_cell_that_is_rolled_up_in_its_parent(engine):
    site, spent = SITE["elektrum"], plan(SITE["elektrum"], DAY)
    planted = planted_on("elektrum", 3)
    exact = exact_vectors(engine.table(planted.events), site, spent)
    loud = {key: numbers.copy() for key, numbers in exact.items()}
    for measure in ("visitors", "events"):
        loud["topics", measure][0] += 10**6 * UNIT  # one topic is told, the others are not
    tables = estimate(spent, site, MONDAY, as_draws(draw(loud, spent, ExactNoise()), site, spent, ExactNoise()))
    told = told_by_tables(tables, site)
    topics = next(table for table in tables if table.statistic.name == "topics")
    assert topics.rows.num_rows < len(site.topic_names) * len(site.actions)
    own, rest = told[1].rows.reshape(len(site.topic_names), len(HOURS), len(site.actions))[[0, 1]]
    assert not set(own.ravel()) & set(rest.ravel())
    assert all(len(each.rows) == len(told[0].rows) for each in told)


def test_a_site_with_too_few_topics_is_refused_with_a_remedy():
    site = SITE["snowplow"]
    few = replace(site, topics=site.topics[:4])
    with pytest.raises(Refusal, match="fewer than 6 topics"):
        plant(few, plan(few, DAY), MONDAY, np.random.default_rng(1))
