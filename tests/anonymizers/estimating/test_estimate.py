"""From draws to published tables: what two tables both tell is equal, numbers are whole, intervals hold the truth."""

from io import BytesIO

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.counting.measure import cells_of
from anonymizers.estimating import estimate as module
from anonymizers.estimating.agree import EQUAL_SUMS
from anonymizers.estimating.roll_up import JUDGED_BY, parents
from anonymizers.estimating.scale import scaled_numbers
from anonymizers.vocabulary import ALL_VISITORS, DAY, OTHER, WEEK
from tests.anonymizers.estimating.worlds import PERIOD, SHIPPED, any_draws, drawn, rows_of, spent, tables_of, traffic
from tests.anonymizers.trials import trials

RELEASES = [(name, window) for name in SHIPPED for window in (DAY, WEEK)]
each_release = pytest.mark.parametrize(("name", "window"), RELEASES)


@each_release
@given(data=st.data())
@trials(12)
def test_tables_agree_exactly_and_numbers_are_whole_and_not_negative(name, window, data):
    """For any draws. The hours of an action that is too rare to be told are left out of both sides."""
    plan = spent(name, window)
    tables = tables_of(name, plan, data.draw(any_draws(name, window)))
    assert list(tables) == [statistic.name for statistic in plan.statistics]
    metric, equal = EQUAL_SUMS[window]
    for one, other, shared in equal:
        sums = [sums_by(tables[table], metric, shared) for table in (one, other)]
        told = set(sums[0]) if one == "hours" else set(sums[1])
        assert {group: sums[0].get(group, 0) for group in told} == {group: sums[1][group] for group in told}
    for table in tables.values():
        assert table.rows.schema.equals(table.statistic.schema(), check_metadata=True)
        assert set(table.rows.column(0).to_pylist()) <= {PERIOD[window]}
        for row in rows_of(table).values():
            for name_ in table.statistic.metrics:
                assert 0 <= row[f"{name_}_low"] <= row[name_] <= row[f"{name_}_high"]


def sums_by(table, metric, shared):
    """Group -> sum of a metric over a published table."""
    places = [table.statistic.keys.index(key) for key in shared]
    found = {}
    for cell, row in rows_of(table).items():
        group = tuple(cell[place] for place in places)
        found[group] = found.get(group, 0) + row[metric]
    return found


@given(data=st.data())
@trials(12)
def test_rows_stand_in_key_order_each_cell_once(data):
    name, window = data.draw(st.sampled_from(RELEASES))
    plan = spent(name, window)
    for table in tables_of(name, plan, data.draw(any_draws(name, window))).values():
        order = {cell: place for place, cell in enumerate(table.statistic.cells(SHIPPED[name]))}
        keys = zip(*(table.rows[key].to_pylist() for key in table.statistic.keys), strict=True)
        places = [order[cell] for cell in keys]
        assert places == sorted(set(places))


@given(data=st.data(), seed=st.integers(0, 2**32), busy=st.booleans())
@trials(10)
def test_in_every_cell_there_are_as_many_events_as_visitors_wherever_the_total_has_room(data, seed, busy):
    """Of a busy day, in many groups; of any draws, wherever the visitors of a group are no more than its events."""
    plan = spent("elektrum", DAY)
    draws = (
        drawn("elektrum", plan, traffic("elektrum", DAY, 8_000), seed)
        if busy
        else data.draw(any_draws("elektrum", DAY))
    )
    tables, room = tables_of("elektrum", plan, draws), 0
    for name, _, shared in EQUAL_SUMS[DAY][1]:
        visitors, events = (sums_by(tables[name], metric, shared) for metric in ("visitors", "events"))
        places = [tables[name].statistic.keys.index(key) for key in shared]
        for cell, row in rows_of(tables[name]).items():
            group = tuple(cell[place] for place in places)
            if visitors[group] <= events[group]:
                room += 1
                assert row["visitors"] <= row["events"], (name, cell)
    assert room > 30 or not busy  # of some 330; over forty seeds it was never under 70


@each_release
@given(data=st.data())
@trials(4)
def test_equal_draws_give_equal_bytes(name, window, data):
    plan = spent(name, window)
    draws = data.draw(any_draws(name, window))

    def written() -> bytes:
        sink = BytesIO()
        for table in tables_of(name, plan, draws).values():
            with pa.ipc.new_stream(sink, table.rows.schema) as stream:
                stream.write_table(table.rows)
        return sink.getvalue()

    before = {part: draw.content for part, draw in draws.items()}
    assert written() == written()
    assert {part: draw.content for part, draw in draws.items()} == before


@each_release
def test_without_noise_and_clipping_the_truth_comes_out(name, window):
    plan, truth = spent(name, window), traffic(name, window, 8_000)
    draws = drawn(name, plan, truth)
    numbers = scaled_numbers(plan, SHIPPED[name], draws)
    for table in tables_of(name, plan, draws).values():
        statistic = table.statistic
        told_in = parents(statistic, numbers)
        for metric in statistic.metrics:
            sums = {}
            for cell, number in zip(statistic.cells(SHIPPED[name]), truth[statistic.name, metric], strict=True):
                if told_in[cell] is not None:
                    sums[told_in[cell]] = sums.get(told_in[cell], 0) + number
            assert {cell: row[metric] for cell, row in rows_of(table).items()} == sums


@each_release
def test_a_single_visitor_never_makes_a_topic_or_a_browser_told(name, window):
    """Whatever that visitor does: at most one is added to each cell, and the noise alone reaches further."""
    plan = spent(name, window)
    numbers = {
        (each.statistic.name, each.name): np.zeros(len(cells_of(each, SHIPPED[name], plan))) for each in plan.measures
    }
    for measure in plan.measures:
        if measure.name == "visitors":
            numbers[measure.statistic.name, "visitors"] += 1
        elif measure.name in ("events", "pairs"):
            numbers[measure.statistic.name, measure.name] += measure.bound.norm
    tables = tables_of(name, plan, drawn(name, plan, numbers))
    for table in set(tables) & set(JUDGED_BY):
        told = {cell[tables[table].statistic.keys.index(JUDGED_BY[table][1])] for cell in rows_of(tables[table])}
        assert told <= {OTHER}, table
    if window == DAY:
        assert set(rows_of(tables["browsers"])) == {(OTHER, OTHER, OTHER)}


def covered(name, window, visitors, draws, reach=1.0):
    """Of all published numbers of so many draws, how many intervals hold the true number; `reach` shortens them."""
    plan, truth = spent(name, window, spread=False), traffic(name, window, visitors)
    held = []
    for seed in range(draws):
        given_ = drawn(name, plan, truth, seed)
        numbers = scaled_numbers(plan, SHIPPED[name], given_)
        for table in tables_of(name, plan, given_).values():
            statistic = table.statistic
            told_in, rows = parents(statistic, numbers), rows_of(table)
            for metric in statistic.metrics:
                sums = dict.fromkeys(rows, 0.0)
                for cell, number in zip(statistic.cells(SHIPPED[name]), truth[statistic.name, metric], strict=True):
                    if told_in[cell] is not None:
                        sums[told_in[cell]] += number
                held += [
                    rows[cell][f"{metric}_low"] <= true <= rows[cell][f"{metric}_high"] for cell, true in sums.items()
                ]
    return sum(held) / len(held), len(held)


@pytest.mark.parametrize(
    ("name", "window", "visitors"), [("elektrum", DAY, 8_000), ("elektrum", WEEK, 8_000), ("weblog", DAY, 2_000)]
)
def test_intervals_hold_the_truth_in_93_to_97_of_100_published_numbers(name, window, visitors, monkeypatch):
    """A10, for noise alone, pooled over all tables of many draws. The control: intervals half as long leave the band."""
    share, number = covered(name, window, visitors, 12)
    assert number > 2_000
    assert 0.93 <= share <= 0.97
    monkeypatch.setattr(module, "_REACH", module._REACH / 2)
    assert covered(name, window, visitors, 3)[0] < 0.85


def test_everybody_has_an_affinity_of_100_to_everything_and_small_segments_have_none():
    plan = spent("elektrum", WEEK)
    tables = tables_of("elektrum", plan, drawn("elektrum", plan, traffic("elektrum", WEEK, 8_000), 1))
    told, untold = 0, 0
    for table in ("segment_topics", "segment_dayparts", "segment_browsers"):
        for (segment, _), row in rows_of(tables[table]).items():
            ends = [row[f"affinity{end}"] for end in ("_low", "", "_high")]
            assert ends == sorted(ends) if None not in ends else ends == [None] * 3
            if segment == ALL_VISITORS:
                assert ends == [100, 100, 100]
            told, untold = told + (ends[0] is not None), untold + (ends[0] is None)
    assert told > 20 and untold > 20
