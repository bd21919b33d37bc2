"""The text of bounds.yaml says all that was chosen, and why."""

import re

import pytest
import yaml
from pydantic import TypeAdapter

from anonymizers.site import Daily, Weekly, bounds_of
from anonymizers.tuning.bounds_text import bounds_text
from anonymizers.tuning.choose import bounds_in, weights_in
from anonymizers.tuning.spreads import with_spreads
from anonymizers.vocabulary import DAY, WEEK


@pytest.fixture(scope="module")
def parts(chosen, traffic):
    return {window: (with_spreads(chosen[window], traffic[window]), traffic[window]) for window in (DAY, WEEK)}


@pytest.fixture(scope="module")
def text(site, parts) -> str:
    return bounds_text(site, 5, parts)


def test_what_is_read_back_is_what_was_chosen(text, parts):
    told = yaml.safe_load(text)
    daily, weekly = (
        TypeAdapter(Daily).validate_python(told["daily"]),
        TypeAdapter(Weekly).validate_python(told["weekly"]),
    )
    for release, window in ((daily, DAY), (weekly, WEEK)):
        assert bounds_of(release) == bounds_in(parts[window][0])
    assert daily.weights == weights_in(parts[DAY][0])


def test_every_bound_has_its_reason_in_a_line_that_can_be_read(text):
    bounds = [line for line in text.splitlines() if "share:" in line]
    assert len(bounds) >= 17
    for line in bounds:
        assert re.search(
            r"# (\d[\d.]* % fits; error \d[\d.]* %: clipping \d[\d.]*, noise \d|one account, one )", line
        ), line
    assert max(map(len, text.splitlines())) <= 120


def test_the_head_says_for_which_size_and_seed_and_that_nothing_real_was_seen(text, site):
    head = text.split("daily:")[0]
    assert f"{site.size.visitors:,} visitors and {site.size.events:,} events a day" in head and "(seed 5)" in head
    assert "never\n# saw real data" in head and "again\n# when the site's size" in head
