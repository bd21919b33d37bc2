"""Planted visitors: everywhere in the vocabulary, no two alike, as many events as they should have."""

from collections import Counter

import numpy as np
import pyarrow as pa
import pytest

from anonymizers.attacking.planted import FIRST_STRANGER, canaries, dominant, strangers
from anonymizers.counting.statistic import vocabulary
from anonymizers.stripping.strip import STRIPPED_EVENTS
from anonymizers.vocabulary import DAY
from pipelines.site_folder import read_site_folder
from tests.privacy.stage import DAYS, SHIPPED
from tests.worlds import SITES

each_site = pytest.mark.parametrize("name", SHIPPED)
each_window = pytest.mark.parametrize("window", list(DAYS))


@each_site
@each_window
def test_planted_rows_are_stripped_events_of_the_sites_own_words_and_days(name, window):
    site, days = read_site_folder(SITES / name).site, DAYS[window]
    words = vocabulary(site, window)
    rng = np.random.default_rng(1)
    for rows in (canaries(site, days, 50, rng), strangers(site, days, 50, rng), dominant(site, days, 500)):
        assert rows.schema.names == list(STRIPPED_EVENTS)
        assert not any(column.null_count for column in rows.columns)
        for key in ("topic", "action", "hour", "browser", "device", "os"):
            assert set(rows[key].to_pylist()) <= set(words[key]), key
        assert set(rows["traffic_date"].to_pylist()) == set(days)


@each_site
def test_no_two_canaries_do_the_same_and_none_is_a_stranger(name):
    site = read_site_folder(SITES / name).site
    rows = canaries(site, DAYS[DAY], 400, np.random.default_rng(2))
    done: dict[int, Counter] = {}
    for row in rows.drop_columns(["traffic_date"]).to_pylist():
        done.setdefault(row.pop("visitor"), Counter())[tuple(row.values())] += 1
    assert sorted(done) == list(range(1, 401))
    assert len({frozenset(each.items()) for each in done.values()}) == 400
    others = strangers(site, DAYS[DAY], 30, np.random.default_rng(2))["visitor"].to_pylist()
    assert set(others) == set(range(FIRST_STRANGER, FIRST_STRANGER + 30))


@each_window
def test_a_dominant_visitor_is_one_and_everywhere(window):
    site = read_site_folder(SITES / "elektrum").site
    rows = dominant(site, DAYS[window], 10_000)
    assert rows.num_rows == 10_000 and set(rows["visitor"].to_pylist()) == {0}
    for key in ("topic", "action", "hour"):
        assert set(rows[key].to_pylist()) == set(vocabulary(site, window)[key])
    assert rows.schema.field("visitor").type == pa.int64()
