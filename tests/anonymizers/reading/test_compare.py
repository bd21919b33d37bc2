"""Comparisons: the interval of a difference holds it, all rows get one verdict together, what cannot be compared is refused."""

from dataclasses import replace
from math import sqrt

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from anonymizers.counting.statistic import STATISTICS
from anonymizers.estimating.agree import EQUAL_SUMS
from anonymizers.reading.compare import compare_rows, count_alone
from anonymizers.reading.sum_days import sum_days
from anonymizers.reading.table import frame
from anonymizers.refusal import Reason, Refusal
from anonymizers.vocabulary import DAY, WEEK
from tests.anonymizers.reading.days import TABLES, any_days, any_number, noisy_days, numbers, published
from tests.anonymizers.trials import trials

ENDS = ("", "_low", "_high")


def week(number, segment="solar", metric="visitors", **more):
    """A row of a weekly table."""
    told = {"release": f"weekly/week=2026-W{number}", "iso_week": f"2026-W{number}", "segment": segment, **more}
    return lambda row: told | {f"{metric}{end}": value for end, value in zip(ENDS, row, strict=True)}


@given(one=any_number("visitors"), other=any_number("visitors"))
@trials(200)
def test_swapping_the_sides_turns_the_signs_and_nothing_else(one, other):
    this, that = week(46)(one.values()), week(47)(other.values())
    (ahead,), (back,) = compare_rows([this], [that]), compare_rows([that], [this])
    assert ahead["difference"] == -back["difference"] == one["visitors"] - other["visitors"]
    assert (ahead["difference_low"], ahead["difference_high"]) == (-back["difference_high"], -back["difference_low"])
    assert ahead["more_than_noise"] == back["more_than_noise"]
    if ahead["ratio"] is not None:
        assert ahead["ratio_low"] <= ahead["ratio"] <= ahead["ratio_high"]
        assert ahead["ratio"] * back["ratio"] == pytest.approx(1)


@given(one=any_number("visitors"), other=any_number("visitors"), confidence=st.tuples(*[st.floats(0.5, 0.999)] * 2))
@trials(200)
def test_more_confidence_is_never_narrower_and_never_surer(one, other, confidence):
    this, that = week(46)(one.values()), week(47)(other.values())
    less, more = (compare_rows([this], [that], each)[0] for each in sorted(confidence))
    assert more["difference_low"] <= less["difference_low"] <= less["difference"]
    assert less["difference"] <= less["difference_high"] <= more["difference_high"]
    assert less["more_than_noise"] or not more["more_than_noise"]


@given(one=any_number("visitors"), other=any_number("visitors"))
@trials(200)
def test_one_row_is_more_than_noise_exactly_when_its_interval_leaves_out_zero(one, other):
    (row,) = compare_rows([week(46)(one.values())], [week(47)(other.values())])
    assert row["more_than_noise"] == (row["difference_low"] > 0 or row["difference_high"] < 0)


@given(days=any_days("topics"))
@trials(30)
def test_nothing_differs_from_itself(days):
    rows = frame(days, TABLES["topics"]).to_pylist()
    for release in {row["release"] for row in rows}:
        same = [row for row in rows if row["release"] == release]
        for row in compare_rows(same, same):
            assert row["difference"] == 0 and not row["more_than_noise"]
    summed = sum_days(days, TABLES["topics"]).rows.to_pylist()
    assume(summed)
    assert not any(row["more_than_noise"] for row in compare_rows(summed, summed))


def compared(truth, other, pairs, seed, deviations=(50.0, 50.0)):
    """Rows of two releases with these true numbers, and noise of these standard deviations, compared all together."""
    chance = np.random.default_rng(seed)
    sides = [
        [
            week(number, str(place))(published(true, deviation, 0.0, error))
            for place, error in enumerate(chance.normal(0, deviation, pairs).tolist())
        ]
        for number, true, deviation in ((46, truth, deviations[0]), (47, other, deviations[1]))
    ]
    return compare_rows(*sides)


@pytest.mark.parametrize(("truth", "other"), [(5_000, 5_000), (5_000, 4_800), (150, 60), (30, 30), (60, 5_000), (0, 0)])
def test_the_interval_of_a_difference_holds_it_and_is_not_needlessly_wide(truth, other):
    """Also where one of them cannot be told from nothing."""
    rows = compared(truth, other, 4_000, 1)
    held = sum(row["difference_low"] <= truth - other <= row["difference_high"] for row in rows) / len(rows)
    assert held >= 0.94
    if min(truth, other) > 200:
        width = sum(row["difference_high"] - row["difference_low"] for row in rows) / len(rows)
        assert held < 0.965 and width < 1.05 * 2 * 1.96 * 50 * sqrt(2)
        ratios = sum(row["ratio_low"] <= truth / other <= row["ratio_high"] for row in rows) / len(rows)
        assert 0.94 <= ratios < 0.97


def test_among_many_rows_noise_alone_is_called_more_than_noise_in_one_of_twenty_comparisons():
    """Not in one of twenty rows: whoever picks the largest of thirty would nearly always pick noise."""
    alarms = [any(row["more_than_noise"] for row in compared(3_000, 3_000, 30, seed)) for seed in range(300)]
    naive = [
        any(row["difference_low"] > 0 or row["difference_high"] < 0 for row in compared(3_000, 3_000, 30, seed))
        for seed in range(50)
    ]
    assert sum(alarms) / len(alarms) <= 0.09
    assert sum(naive) / len(naive) > 0.5


@pytest.mark.parametrize(
    ("pairs", "deviations", "truth"),
    [(20, (20.0, 100.0), 100), (20, (50.0, 150.0), 220), (84, (50.0, 100.0), 180), (84, (50.0, 50.0), 180)],
)
def test_noise_alone_is_no_oftener_called_more_where_intervals_were_cut_at_zero(pairs, deviations, truth):
    """An estimate below zero hides how wide its interval was, and the interval of the other side may be narrower."""
    some = range(1_000)
    alarms = sum(any(row["more_than_noise"] for row in compared(truth, truth, pairs, n, deviations)) for n in some)
    assert alarms / len(some) <= 0.05


def test_the_width_of_a_row_below_zero_is_that_of_its_table():
    """One row near zero among many that are far from it: its width is taken from them."""
    now, before = ([week(number, str(place))((5_000, 4_900, 5_100)) for place in range(19)] for number in (47, 46))
    *_, near = compare_rows([*now, week(47)((155, 57, 253))], [*before, week(46)((0, 0, 1))])
    assert near["difference_low"] > 0 and not near["more_than_noise"]


def test_rows_are_paired_by_the_keys_in_which_the_sides_do_not_differ_as_a_whole():
    def of(segment, number):
        return [week(number, segment, topic=topic)((100 * number, 90, 9_000)) for topic in ("solar", "gas")]

    weeks = compare_rows(of("a", 47) + of("b", 47), of("a", 46) + of("b", 46))
    assert [(row["segment"], row["topic"]) for row in weeks] == [
        ("a", "solar"),
        ("a", "gas"),
        ("b", "solar"),
        ("b", "gas"),
    ]
    segments = compare_rows(of("a", 47), of("b", 47))
    assert [row["topic"] for row in segments] == ["solar", "gas"] and "segment" not in segments[0]
    assert compare_rows(of("a", 47)[:1], of("a", 46)[1:])[0]["this"] == 4_700


def test_what_cannot_be_compared_is_refused():
    row = week(47)((100, 90, 110))
    nowhere = {name: value for name, value in row.items() if name != "release"}
    for these, those, said in (
        ([], [row], "no rows"),
        ([row, week(46)((1, 0, 9))], [row, row], "several rows"),
        ([row], [{**row, "topic": "gas"}], "different columns"),
        ([nowhere], [nowhere], "keep the column release"),
    ):
        with pytest.raises(Refusal) as refused:
            compare_rows(these, those)
        assert refused.value.reason == Reason.REQUEST and said in refused.value.sentence


@pytest.mark.parametrize("confidence", [0, 0.3, 1.0, 95, float("nan")])
def test_what_is_no_confidence_is_refused(confidence):
    row = week(47)((100, 90, 110))
    for refusing in (
        lambda: compare_rows([row], [row], confidence),
        lambda: sum_days(noisy_days(5_000, 50.0, 2, 2), TABLES["segments"], confidence),
    ):
        with pytest.raises(Refusal, match=r"lies between 0\.5 and 0\.9999") as refused:
            refusing()
        assert refused.value.reason == Reason.REQUEST


def test_sums_with_intervals_of_another_confidence_are_not_taken_for_those_of_the_usual_one():
    days = noisy_days(5_000, 50.0, 8, 2)
    narrow, usual = (
        [sum_days(part, TABLES["segments"], confidence).rows.to_pylist() for part in (days[:4], days[4:])]
        for confidence in (0.5, 0.95)
    )
    assert {row["confidence"] for side in narrow for row in side} == {0.5}
    assert len(compare_rows(*usual)) == 2
    for sides in (narrow, [usual[0], narrow[1]]):
        with pytest.raises(Refusal, match=r"another confidence than 0\.95"):
            compare_rows(*sides)


def test_rows_without_a_partner_are_counted_on_either_side():
    these = [week(47, segment)((100, 90, 110)) for segment in "abc"]
    those = [week(46, segment)((100, 90, 110)) for segment in "bcd"]
    assert count_alone(these, those) == (1, 1) and count_alone(these, these[:2]) == (1, 0)
    assert len(compare_rows(these, those)) == 2


def test_an_index_is_compared_by_its_own_sides_and_an_empty_one_not_at_all():
    this, that = (week(47, name, "affinity", topic="gas") for name in "ab")
    (row,) = compare_rows([this((150, 130, 180))], [that((100, 95, 104))])
    assert (row["difference"], row["difference_low"], row["difference_high"]) == (50, 29, 81)
    assert row["more_than_noise"]
    for empty in (None, float("nan")):
        assert compare_rows([this((empty,) * 3)], [that((100, 95, 104))]) == []


@pytest.mark.parametrize("window", [DAY, WEEK])
def test_numbers_of_one_release_that_were_made_to_agree_get_the_widest_interval(window):
    """Their errors may go to opposite sides. Of different releases, and of numbers drawn apart, squares add up."""
    adding, equal = EQUAL_SUMS[window]
    agreed = {table for one, other, _ in equal for table in (one, other)}
    for statistic in STATISTICS[window]:
        for metric in statistic.metrics:
            # Frequencies add up to their own segment; segments add up to nothing.
            tied = metric == adding and statistic.name in agreed and statistic.name != "segments"
            fixed = dict.fromkeys(statistic.keys, "x")
            key = statistic.keys[-1]
            rows = [
                {
                    "release": "r",
                    statistic.schema().names[0]: "p",
                    **fixed,
                    key: name,
                    **numbers(metric, (5_000, 4_700, 5_300)),
                }
                for name in ("one", "other")
            ]
            (row,) = compare_rows(rows[:1], rows[1:])
            assert row["difference_high"] == (600 if tied else 425), (statistic.name, metric)
            apart = {**rows[1], "release": "another"}
            assert compare_rows(rows[:1], [apart])[0]["difference_high"] == 425


def test_sums_of_overlapping_days_share_releases():
    days = noisy_days(5_000, 50.0, 8, 2)
    days = [
        replace(
            day, rows=day.rows.rename_columns([name.replace("visitors", "events") for name in day.rows.column_names])
        )
        for day in days
    ]
    statistic = replace(TABLES["segments"], metrics=("events",))
    days = [replace(day, spreads={"events": 0.0}) for day in days]

    def one_of(part):
        return sum_days(part, statistic).rows.to_pylist()[:1]

    apart, shared = compare_rows(one_of(days[:4]), one_of(days[4:])), compare_rows(one_of(days[:4]), one_of(days[3:7]))
    widths = [row["difference_high"] - row["difference_low"] for (row,) in (apart, shared)]
    assert widths[1] > 1.35 * widths[0]
