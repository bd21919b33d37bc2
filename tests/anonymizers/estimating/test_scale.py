"""From drawn units to counts: what clipping took is given back, and each number's variance is that of many draws."""

import numpy as np
import pytest

from anonymizers.counting.measure import cells_of
from anonymizers.estimating.scale import LARGEST_FACTOR, margin, scaled_numbers
from anonymizers.vocabulary import DAY, WEEK
from tests.anonymizers.estimating.worlds import SHIPPED, drawn, spent, traffic

DEMO = SHIPPED["elektrum"]


def test_a_drawn_number_is_divided_by_its_unit_and_its_weight():
    plan = spent("elektrum", DAY)
    truth = traffic("elektrum", DAY, 8_000)
    numbers = scaled_numbers(plan, DEMO, drawn("elektrum", plan, truth))
    for measure in plan.measures:
        if measure.name != "pairs":
            told = numbers[measure.statistic.name, measure.name]
            assert list(told.cells) == cells_of(measure, DEMO, plan)
            assert np.allclose(told.values, truth[measure.statistic.name, measure.name], atol=1e-3)


@pytest.mark.parametrize(
    ("window", "table", "metric", "kept"),
    [
        (DAY, "topic_dayparts", "events", 0.9),
        (DAY, "topic_dayparts", "events", 0.3),
        (DAY, "topic_dayparts", "events", 0.05),
        (WEEK, "segment_topics", "visitors", 0.9),
        (WEEK, "segment_topics", "visitors", 0.3),
    ],
)
def test_cells_that_clipping_made_smaller_are_scaled_to_their_totals(window, table, metric, kept):
    """By at most a factor of ten."""
    plan = spent("elektrum", window)
    truth = {
        each: 100 * numbers for each, numbers in traffic("elektrum", window, 8_000).items()
    }  # far beyond the noise
    whole = truth[table, metric]
    truth[table, metric] = whole * kept
    told = scaled_numbers(plan, DEMO, drawn("elektrum", plan, truth))[table, metric]
    sure = told.values > 500 * kept
    assert sure.any()
    assert np.allclose(told.values[sure], whole[sure] * min(1, kept * LARGEST_FACTOR), rtol=0.02)


def test_totals_below_what_was_found_make_nothing_smaller():
    plan, truth = spent("elektrum", WEEK), dict(traffic("elektrum", WEEK, 8_000))
    truth["segment_topics", "pairs"] = truth["segment_topics", "pairs"] * 0.5
    told = scaled_numbers(plan, DEMO, drawn("elektrum", plan, truth))["segment_topics", "visitors"]
    assert np.allclose(told.values, truth["segment_topics", "visitors"], atol=1e-3)
    assert not told.common.any()


def test_the_stated_variance_of_scaled_cells_is_that_of_many_draws():
    """Noise of the cells and of the totals they were scaled to, together; clipped to a third, so that scaling matters."""
    plan, truth = spent("elektrum", DAY, spread=False), dict(traffic("elektrum", DAY, 8_000))
    truth["topic_dayparts", "events"] = truth["topic_dayparts", "events"] / 3
    draws = [
        scaled_numbers(plan, DEMO, drawn("elektrum", plan, truth, seed))["topic_dayparts", "events"]
        for seed in range(150)
    ]
    found = np.var([each.values for each in draws], axis=0)
    stated = np.mean([each.variances + (each.common**2).sum(axis=0) for each in draws], axis=0)
    assert 0.9 < np.mean(found / stated) < 1.1


def test_a_margin_adds_cells_up_in_their_order():
    cells = [("a", 1), ("a", 2), ("b", 1)]
    assert margin(cells, ("x", "y"), ("x",)).tolist() == [[1, 1, 0], [0, 0, 1]]
    assert margin(cells, ("x", "y"), ("y",)).tolist() == [[1, 0, 1], [0, 1, 0]]
    assert margin(cells, ("x", "y"), ()).tolist() == [[1, 1, 1]]
