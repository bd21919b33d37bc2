"""Sums over days: the number is the sum, the interval holds the truth as often as it says, and is not wider than it must be."""

from dataclasses import replace
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.attacking.coverage import told_in
from anonymizers.counting.measure import cells_of
from anonymizers.counting.plan import plan
from anonymizers.counting.statistic import WEEKLY
from anonymizers.reading.sum_days import sum_days
from anonymizers.refusal import Reason, Refusal
from anonymizers.vocabulary import DAY
from pipelines.site_folder import read_site_folder
from tests.anonymizers.estimating.worlds import drawn, tables_of, traffic
from tests.anonymizers.reading.days import TABLES, any_days, day_of, noisy_days, numbers, shuffled
from tests.anonymizers.trials import trials
from tests.worlds import SITES

some_table = st.sampled_from(("registrations", "topics", "browsers"))


def rows_of(summed):
    return summed.rows.to_pylist()


def names(statistic):
    return [("visitor_days" if metric == "visitors" else metric, metric) for metric in statistic.metrics]


@given(data=st.data(), table=some_table)
@trials(40)
def test_the_sum_of_one_day_is_that_day(data, table):
    statistic = TABLES[table]
    (day,) = data.draw(any_days(table, most=1))
    summed = sum_days([day], statistic)
    assert summed.moved == {} and len(summed.rows) == len(day.rows)
    for one, row in zip(rows_of(summed), day.rows.to_pylist(), strict=True):
        assert (one["since"], one["until"], one["days"]) == (day.days[0], day.days[0], 1)
        assert all(one[key] == row[key] for key in statistic.keys)
        for name, metric in names(statistic):
            for end in ("", "_low", "_high"):
                assert one[f"{name}{end}"] == row[f"{metric}{end}"]


@given(data=st.data(), table=some_table, seed=st.integers(0, 99))
@trials(40)
def test_the_order_of_releases_does_not_matter(data, table, seed):
    days = data.draw(any_days(table))
    one, other = (sum_days(each, TABLES[table]) for each in (days, shuffled(days, seed)))

    def in_order(summed):
        return sorted(rows_of(summed), key=lambda row: [str(row[key]) for key in TABLES[table].keys])

    assert in_order(one) == in_order(other) and one.moved == other.moved


@given(data=st.data(), table=some_table, confidence=st.tuples(st.floats(0.5, 0.999), st.floats(0.5, 0.999)))
@trials(40)
def test_more_confidence_is_never_narrower_and_no_end_lies_below_zero(data, table, confidence):
    days = data.draw(any_days(table))
    narrow, wide = (rows_of(sum_days(days, TABLES[table], each)) for each in sorted(confidence))
    for less, more in zip(narrow, wide, strict=True):
        for name, _ in names(TABLES[table]):
            assert (
                more[f"{name}_low"] <= less[f"{name}_low"] <= less[name] <= less[f"{name}_high"] <= more[f"{name}_high"]
            )
            assert more[f"{name}_low"] >= 0


@given(data=st.data(), table=st.sampled_from(("topics", "browsers")))
@trials(40)
def test_what_was_not_told_every_day_stands_in_other_and_nothing_is_lost(data, table):
    statistic, days = TABLES[table], data.draw(any_days(table))
    summed = sum_days(days, statistic)
    for name, metric in names(statistic):
        whole = sum(row[metric] for day in days for row in day.rows.to_pylist())
        assert sum(row[name] for row in rows_of(summed)) == whole
    told = [{tuple(row[key] for key in statistic.keys) for row in day.rows.to_pylist()} for day in days]
    shown = {tuple(row[key] for key in statistic.keys) for row in rows_of(summed)}
    assert shown == set.intersection(*told)
    assert summed.moved == {cell: sum(cell in each for each in told) for cell in set.union(*told) - shown}


def test_a_row_without_an_other_is_left_out_unless_every_day_told_it():
    statistic = TABLES["segments"]
    both = [{"segment": name, **numbers("visitors", (100, 90, 110))} for name in ("all_visitors", "new_one")]
    summed = sum_days([day_of(0, statistic, both), day_of(1, statistic, both[:1])], statistic)
    assert [row["segment"] for row in rows_of(summed)] == ["all_visitors"]
    assert summed.moved == {("new_one",): 1}


def test_visitors_become_visitor_days_and_never_reach():
    statistic = TABLES["segments"]
    row = {"segment": "all_visitors", **numbers("visitors", (100, 90, 110))}
    summed = sum_days([day_of(number, statistic, [row]) for number in range(4)], statistic)
    (one,) = rows_of(summed)
    assert not {name for name in one if name.startswith("visitors")}
    assert (one["visitor_days"], one["visitor_days_low"], one["visitor_days_high"]) == (400, 380, 420)


@pytest.mark.parametrize("statistic", WEEKLY, ids=lambda each: each.name)
def test_weekly_reach_is_not_added_up(statistic):
    with pytest.raises(Refusal) as refused:
        sum_days([], statistic)
    assert refused.value.reason == Reason.REQUEST and "compare weeks" in refused.value.sentence


ROWS = 1_000


def held(truth, days):
    """How often the interval of a sum holds it; its mean width, and that of the intervals of the days added up."""
    made = noisy_days(truth, 50.0, days, ROWS)
    ends = [(row["visitor_days_low"], row["visitor_days_high"]) for row in rows_of(sum_days(made, TABLES["segments"]))]
    added = sum(row["visitors_high"] - row["visitors_low"] for day in made for row in day.rows.to_pylist())
    share = sum(low <= days * truth <= high for low, high in ends) / ROWS
    return share, sum(high - low for low, high in ends) / ROWS, added / ROWS


@pytest.mark.parametrize("days", [2, 7, 30])
@pytest.mark.parametrize("truth", [0, 20, 60, 200, 5_000])
def test_the_interval_of_a_sum_holds_it_and_is_narrower_than_the_intervals_added_up(truth, days):
    """Also where single days cannot be told from nothing, so that their intervals were cut at zero."""
    share, width, added = held(truth, days)
    assert share >= 0.94, share
    assert width < 0.9 * added
    if truth >= 200:
        assert width < 1.1 * added / sqrt(days) and share < 0.98


@pytest.mark.parametrize("days", [7, 30])
def test_an_error_that_stays_from_day_to_day_is_not_averaged_away(days):
    """Clipping pulls a cell to the same side every day; releases say how far, and without that intervals would be too narrow."""
    made = noisy_days(5_000, 50.0, days, ROWS, spread=2.0, stays=True)
    blind = [replace(day, spreads={"visitors": 0.0}) for day in made]
    assert share_held(made, days * 5_000) >= 0.94
    assert share_held(blind, days * 5_000) < 0.8


def share_held(days, truth):
    """How often the interval of the sum holds the truth."""
    rows = rows_of(sum_days(days, TABLES["segments"]))
    return sum(row["visitor_days_low"] <= truth <= row["visitor_days_high"] for row in rows) / len(rows)


def test_of_what_the_estimator_publishes_sums_hold_the_truth_as_often():
    """All numbers of all tables, scaled, made to agree, rolled up and rounded. Nobody is clipped, so no spread is told."""
    site = read_site_folder(SITES / "elektrum").site
    spent, truth = plan(site, DAY), traffic("elektrum", DAY, 8_000)
    exact = replace(spent, measures=tuple(replace(m, bound=replace(m.bound, spread=0.0)) for m in spent.measures))
    held = []
    for first in range(0, 12, 4):
        days = [tables_of("elektrum", exact, drawn("elektrum", exact, truth, seed)) for seed in range(first, first + 4)]
        for statistic in exact.statistics:
            made = [
                replace(day_of(number, statistic, []), rows=tables[statistic.name].rows)
                for number, tables in enumerate(days)
            ]
            rows = {tuple(row[key] for key in statistic.keys): row for row in rows_of(sum_days(made, statistic))}
            for name, metric in names(statistic):
                true = dict.fromkeys(rows, 0.0)
                cells = cells_of(exact.of(statistic)[metric], site, exact)
                for cell, number in zip(cells, truth[statistic.name, metric].tolist(), strict=True):
                    true[next(each for each in told_in(statistic, cell) if each in rows)] += number * len(days)
                held += [row[f"{name}_low"] <= true[cell] <= row[f"{name}_high"] for cell, row in rows.items()]
    assert len(held) > 1_000 and sum(held) / len(held) >= 0.94
