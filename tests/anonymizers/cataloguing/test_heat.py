"""The heat map sums what is told, and leaves empty what is told in part."""

from datetime import timedelta

import pyarrow as pa
import pyarrow.parquet as pq

from anonymizers.cataloguing.catalogue import catalogue
from anonymizers.cataloguing.heat import heat_map, last_four_weeks, means_of
from anonymizers.cataloguing.interval import Interval
from anonymizers.cataloguing.opened import open_store
from anonymizers.cataloguing.speech import Speech
from anonymizers.cataloguing.standing import Store
from anonymizers.releasing.edition import daily_base
from anonymizers.vocabulary import DAYPARTS, OTHER
from tests.anonymizers.cataloguing.shelves import LAST, months, store_of

MONDAY = LAST - timedelta(days=13)


def with_topic_in_other(store: Store, release: str, topic: str) -> Store:
    """The store with one night that tells a topic only within `other`, as a release does when it is too small."""
    table = pq.read_table(pa.BufferReader(store.files[release]["topic_dayparts.parquet"]))
    rows = table.to_pylist()
    for row in rows:
        row["topic"] = OTHER if row["topic"] == topic else row["topic"]
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), sink, compression="none")
    changed = {**store.files[release], "topic_dayparts.parquet": sink.getvalue().to_pybytes()}
    return Store({**store.files, release: changed}, store.notices)


def test_a_weekday_on_which_one_of_the_topics_was_not_always_told_stays_empty(site):
    """Its sum would leave out what the topic had on the other nights, and look like a quiet day."""
    assert MONDAY.weekday() == 0
    whole = store_of(months(site, nights=28, weeks=1))
    week = open_store(whole).weeks[0]
    several = next(each.topics for each in week.segments if len(each.topics) > 1)
    one = several[0]
    partly = with_topic_in_other(whole, daily_base(MONDAY), one)
    for topics in (several, several[:1]):
        before, after = (
            means_of(last_four_weeks(open_store(store).nights)).of_topics(topics) for store in (whole, partly)
        )
        assert {cell for cell in before if cell not in after} == {(0, part) for part in DAYPARTS}
        assert after == {cell: each for cell, each in before.items() if cell[0] > 0}
    everything = means_of(last_four_weeks(open_store(partly).nights)).of_topics(())
    assert {weekday for weekday, _ in everything} == set(range(7))
    assert b"too small to tell" in catalogue(partly)["index.html"]


def told(site, evening: int, sunday: int, half: int) -> str:
    """The sentence of a heat map of 100 events a cell, but for evenings and Sundays."""
    means = {
        (day, part): Interval(number, number - half, number + half)
        for day in range(7)
        for part in DAYPARTS
        for number in [evening if part == "evening" else sunday if day == 6 else 100]
    }
    nights = open_store(store_of(months(site, nights=1, weeks=0))).nights
    return heat_map(Speech("en"), nights, means).message.translate({0xA0: " ", 0x2060: None})


def test_the_largest_part_of_the_day_and_weekday_are_news_only_if_they_are_more_than_noise(site):
    most = (
        "The busiest part of the day: evening, {} a day; its lead over the next, night, is {}. "
        "The differences between weekdays are {}."
    )
    assert most.format("200 (193–207)", "more than noise", "within noise") in told(site, 200, 100, half=7)
    assert most.format("105 (98–112)", "within noise", "within noise") in told(site, 105, 100, half=7)
    assert most.format("200 (193–207)", "more than noise", "more than noise") in told(site, 200, 150, half=7)
    assert "is within noise. The differences between weekdays are within noise" in told(site, 200, 110, half=200)
