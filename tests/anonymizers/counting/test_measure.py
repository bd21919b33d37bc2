"""Counting with noise: which cells get it, which are told, and what is told of them."""

from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from anonymizers.counting.measure import measure, measure_registrations, seal
from anonymizers.counting.mechanism import Mechanism, OpenDPNoise, mechanisms
from anonymizers.counting.statistic import EVENT_STATISTICS, REGISTRATIONS, STATISTICS, Statistic, vocabulary
from tests.anonymizers.counting.worlds import WORLDS, event, plainly_counted, stripped_events
from tests.anonymizers.trials import trials
from tests.worlds import ExactNoise

each_statistic = pytest.mark.parametrize("statistic", EVENT_STATISTICS, ids=lambda statistic: statistic.name)
EXTREMES = st.integers(-(10**6), 10**6) | st.integers(-600, 600)


class Scripted:
    """Noise for tests: numbers given beforehand instead of the counts; remembers what it was asked to hide."""

    def __init__(self, numbers: Sequence[int] = (0,)) -> None:
        self.numbers = numbers
        self.asked: dict[str, list[int]] = {}
        self.given: dict[str, list[int]] = {}

    def add(self, exact: Sequence[int], mechanism: Mechanism) -> list[int]:
        """The scripted numbers, over and over, turned a little for each metric."""
        self.asked[mechanism.metric] = list(exact)
        turn = len(self.asked) - 1
        self.given[mechanism.metric] = [self.numbers[(n + turn) % len(self.numbers)] for n in range(len(exact))]
        return self.given[mechanism.metric]


def registrations(engine, accounts):
    schema = pa.schema({"account_id": pa.string(), "customer_kind": pa.string()})
    return engine.table(
        pa.Table.from_pylist([dict(zip(schema.names, row, strict=True)) for row in accounts], schema=schema)
    )


@each_statistic
@given(world=WORLDS)
@trials(8)
def test_every_cell_of_the_vocabulary_gets_noise_whatever_the_data_holds(engine, site, day, statistic, world):
    noise = Scripted()
    strangers = [event(1, topic="Mari Maasikas", browser="lynx", hour=3), event(2, action="purchase", device="fridge")]
    measure(stripped_events(engine, world + strangers), statistic, site=site, day=day, noise=noise)
    assert list(noise.asked) == list(statistic.metrics)
    assert {len(asked) for asked in noise.asked.values()} == {len(statistic.cells(site))}


@each_statistic
def test_a_night_without_events_asks_for_the_same_noise(engine, site, day, statistic):
    noise = Scripted()
    measure(stripped_events(engine, []), statistic, site=site, day=day, noise=noise)
    assert noise.asked == {metric: [0] * len(statistic.cells(site)) for metric in statistic.metrics}


@each_statistic
@given(world=WORLDS)
@trials(8)
def test_each_count_stands_at_its_own_cell(engine, site, day, statistic, world):
    wide = replace(
        site.tables, **{statistic.name: replace(site.tables.of(statistic.name), cells=10_000, events=10_000)}
    )
    noise = Scripted()
    measure(stripped_events(engine, world), statistic, site=replace(site, tables=wide), day=day, noise=noise)
    exact = plainly_counted(statistic, world)
    assert noise.asked["visitors"] == [exact.get(cell, (0, 0))[0] for cell in statistic.cells(site)]
    assert noise.asked["events"] == [exact.get(cell, (0, 0))[1] for cell in statistic.cells(site)]


@each_statistic
@given(numbers=st.lists(EXTREMES, min_size=1, max_size=40))
@trials(12)
def test_rows_stand_in_key_order_with_intervals_and_no_negative_number(engine, site, day, statistic, numbers):
    table = measure(stripped_events(engine, []), statistic, site=site, day=day, noise=Scripted(numbers))
    assert table.rows.schema.equals(statistic.schema(), check_metadata=True)
    rows = table.rows.to_pylist()
    words = vocabulary(site)
    places = [tuple(list(words[key]).index(row[key]) for key in statistic.keys) for row in rows]
    assert places == sorted(set(places))
    assert {row["traffic_date"] for row in rows} <= {day.date}
    for row in rows:
        for metric in statistic.metrics:
            assert 0 <= row[f"{metric}_low"] <= row[metric] <= row[f"{metric}_high"]


@each_statistic
@given(numbers=st.lists(EXTREMES, max_size=40))
@trials(12)
def test_a_cell_is_told_if_and_only_if_its_first_metric_is_beyond_noise(engine, site, day, statistic, numbers):
    cells = statistic.cells(site)
    least = mechanisms(statistic, site.tables.of(statistic.name), site.budget)[0].least_told(len(cells))
    noise = Scripted([least - 1, least, *numbers])
    table = measure(stripped_events(engine, []), statistic, site=site, day=day, noise=noise)
    told_at = [place for place, number in enumerate(noise.given[statistic.metrics[0]]) if number >= least]
    rows = table.rows.to_pylist()
    assert [tuple(row[key] for key in statistic.keys) for row in rows] == [cells[place] for place in told_at]
    for mechanism in table.mechanisms:
        metric, half = mechanism.metric, mechanism.half_width
        told = [noise.given[metric][place] for place in told_at]
        assert [row[metric] for row in rows] == [max(0, number) for number in told]
        assert [row[f"{metric}_low"] for row in rows] == [max(0, number - half) for number in told]
        assert [row[f"{metric}_high"] for row in rows] == [max(0, number + half) for number in told]


def test_intervals_cover_the_truth_in_93_to_97_of_100_cells(site):
    """Before small cells are dropped, for dropping chooses. 12,000 draws: one sigma is 0.2 of 100."""
    for statistic in STATISTICS:
        for mechanism in mechanisms(statistic, site.tables.of(statistic.name), site.budget):
            truth = [n % 500 for n in range(12_000)]
            noisy = OpenDPNoise().add(truth, mechanism)
            covered = sum(abs(a - b) <= mechanism.half_width for a, b in zip(noisy, truth, strict=True))
            assert 0.93 <= covered / len(truth) <= 0.97, (statistic.name, mechanism.metric)


@each_statistic
def test_the_engines_order_of_rows_does_not_matter(engine, site, day, statistic):
    world = [event(n % 7, hour=n % 24, topic=site.topic_names[n % 21], os=("ios", "linux")[n % 2]) for n in range(200)]
    tables = [
        measure(stripped_events(engine, events), statistic, site=site, day=day, noise=ExactNoise())
        for events in (world, world[::-1])
    ]
    assert tables[0] == tables[1] and tables[0].rows.num_rows == len(statistic.cells(site))


@given(
    accounts=st.lists(
        st.tuples(st.sampled_from(("EE1", "EE2", "EE3", "EE4")), st.sampled_from(("private", "business", "Mari OÜ"))),
        max_size=12,
    )
)
@trials(15)
def test_an_account_counts_once_whatever_its_kinds(engine, site, day, accounts):
    """One account moves one cell by one at most: the sensitivity that the registrations' mechanism covers."""

    def counts(rows):
        noise = Scripted()
        measure_registrations(registrations(engine, rows), site=site, day=day, noise=noise)
        return noise.asked["registrations"]

    everybody = counts(accounts)
    assert len(everybody) == 2 and sum(everybody) <= len({account for account, _ in accounts})
    for leaver in {account for account, _ in accounts}:
        moved = [a - b for a, b in zip(everybody, counts([row for row in accounts if row[0] != leaver]), strict=True)]
        assert sorted(moved) in ([0, 0], [0, 1])


def small(statistic: Statistic, site, day) -> pa.Table:
    """A table of five rows with numbers of their own."""
    cells = statistic.cells(site)[:5]
    columns = {"traffic_date": [day.date] * len(cells)}
    columns |= {key: [cell[place] for cell in cells] for place, key in enumerate(statistic.keys)}
    numbers = [name for name in statistic.schema().names if name not in columns]
    columns |= {name: [100 * place + row for row in range(len(cells))] for place, name in enumerate(numbers)}
    return pa.table(columns, schema=statistic.schema())


@given(statistic=st.sampled_from(STATISTICS), data=st.data())
@trials(60)
def test_a_seal_changes_when_any_value_changes(site, day, statistic, data):
    rows = small(statistic, site, day)
    column = data.draw(st.sampled_from(rows.column_names[1:]))
    place = data.draw(st.integers(0, rows.num_rows - 1))
    values = rows[column].to_pylist()
    values[place] = "x" if isinstance(values[place], str) else values[place] + data.draw(st.sampled_from((1, -1, 100)))
    number = rows.column_names.index(column)
    changed = rows.set_column(number, rows.schema.field(number), pa.array(values, rows.schema.field(number).type))
    assert seal(statistic.name, changed, ()) != seal(statistic.name, rows, ())


def test_a_seal_knows_its_table_its_columns_and_its_rows_and_nothing_of_their_container(site, day):
    rows = small(REGISTRATIONS, site, day)
    topics = small(STATISTICS[0], site, day)
    assert seal("registrations", rows, ()) != seal("topics", rows, ())
    assert seal("topics", topics, ()) != seal("topics", topics.slice(1), ()) != seal("topics", topics.slice(0, 4), ())
    assert seal("topics", topics, ()) != seal("topics", topics.take([1, 0, 2, 3, 4]), ())
    assert seal("topics", topics, ()) != seal("topics", topics.rename_columns(["day", *topics.column_names[1:]]), ())
    assert seal("topics", topics, ()) == seal("topics", pa.concat_tables([topics.slice(0, 2), topics.slice(2)]), ())


def test_a_seal_knows_the_noise_so_that_no_release_claims_less_loss_than_was_spent(site, day):
    topics, bound = small(STATISTICS[0], site, day), site.tables.topics
    drawn = mechanisms(STATISTICS[0], bound, site.budget)
    for other in (replace(site.budget, epsilon=0.5), replace(site.budget, delta=1e-9)):
        assert seal("topics", topics, drawn) != seal("topics", topics, mechanisms(STATISTICS[0], bound, other))
    for wider in (replace(bound, cells=7), replace(bound, events=7), replace(bound, share=0.1)):
        assert seal("topics", topics, drawn) != seal("topics", topics, mechanisms(STATISTICS[0], wider, site.budget))


@each_statistic
def test_no_cell_stands_twice_or_one_visitor_would_move_two(site, statistic):
    assert len(set(statistic.cells(site))) == len(statistic.cells(site))
    with pytest.raises(ValidationError, match="stands twice"):
        replace(site, actions=("page_view", "ad_view", "page_view"))
