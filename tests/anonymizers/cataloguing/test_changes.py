"""What the page says of growth: only of weeks that count the same days, with one judgement, and lines that break at gaps."""

import re
from html import unescape
from itertools import pairwise

import pytest

from anonymizers.cataloguing.catalogue import catalogue
from anonymizers.cataloguing.changes import changes_between
from anonymizers.cataloguing.opened import open_store
from anonymizers.local_day import days_of_week
from anonymizers.releasing.edition import weekly_edition
from tests.anonymizers.cataloguing.pages import NO_BREAK
from tests.anonymizers.cataloguing.shelves import made_up, store_of

SHORT = {"index.html": "counts 5 of 7 days", "index.et.html": "arvestatud 5 seitsmest päevast"}


def week(site, name, days=7, seed=1):
    return made_up(site, weekly_edition(name, days_of_week(name)[:days]), seed=seed)


def words_of(content: bytes) -> str:
    """All that is read, with drawings and tables, but for style and script."""
    bare = re.sub(r"<(style|script).*?</\1>", "", content.decode(), flags=re.S)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", bare)).translate(NO_BREAK))


def parts_of(content: bytes) -> dict[str, str]:
    """Segment -> its card."""
    return dict(re.findall(r'<article class="card" id="(\w+)"(.*?)</article>', content.decode(), flags=re.S))


@pytest.mark.parametrize("short", ["2026-W46", "2026-W47"])
def test_between_weeks_of_other_days_no_growth_is_told(site, short):
    """A week of 5 days reaches fewer visitors than one of 7, and that is no loss, nor the next week a gain."""
    made = catalogue(store_of([week(site, name, 5 if name == short else 7) for name in ("2026-W46", "2026-W47")]))
    for name, noise in (
        ("index.html", r"[\d,]+ in a week|a (rise|fall) of"),
        ("index.et.html", "nädalaga|Kasv|Langus"),
    ):
        assert not re.search(noise, words_of(made[name]))


def test_weeks_of_the_same_days_are_compared_across_a_shorter_one(site):
    releases = [week(site, f"2026-W{number}", 5 if number == 46 else 7) for number in (45, 46, 47)]
    text = words_of(catalogue(store_of(releases))["index.html"])
    assert "in a week" not in text and "W46 counts 5 of 7 days." in text
    assert re.search(
        r"in week 45 \(2–8 Nov 2026\) to [\d,]+ \([\d,–]+\) in week 47 \(16–22 Nov 2026\): a (rise|fall)", text
    )


@pytest.mark.parametrize("name", SHORT)
def test_a_shorter_week_says_so_wherever_its_number_stands(site, name):
    """At the large number, on every card, in every trend's message, below its line and in its table."""
    content = catalogue(store_of([week(site, "2026-W46"), week(site, "2026-W47", 5)]))[name]
    head = words_of(content[: content.index(b'class="notes"')])
    assert SHORT[name] in head
    cards = parts_of(content)
    assert len(cards) == sum(each.window == "week" for each in site.segments)
    for card in cards.values():
        kind = re.search(r'class="kind">([^<]*)', card)[1]
        message = re.search(r"<figcaption[^>]*>.*?<p>(.*?)</p>", card)[1]
        row = re.search(r'data-key="2026-W47"><th scope="row">([^<]*)', card)[1]
        assert all(told.translate(NO_BREAK).count(SHORT[name]) == 1 for told in (kind, message, row))
        assert re.search(r"<text[^>]*>[WN]47 5/7</text>", card) and re.search(r"<text[^>]*>[WN]46</text>", card)


def test_whole_weeks_say_nothing_of_their_days(made):
    assert "of 7 days" not in words_of(made["index.html"]) and "/7<" not in made["index.html"].decode()


@pytest.mark.parametrize("seed", range(1, 4))
def test_a_change_is_more_than_noise_where_its_interval_leaves_out_zero(site, seed):
    """Both are made for all segments together, so that a reader sees in the one what the other says."""
    new, old = open_store(store_of([week(site, name, seed=seed) for name in ("2026-W46", "2026-W47")])).weeks
    changes = changes_between(new, old)
    assert {each.more_than_noise for each in changes.values()} == {True, False}
    for each in changes.values():
        assert each.more_than_noise == (each.interval.low > 0 or each.interval.high < 0)


@pytest.mark.parametrize("seed", range(1, 4))
def test_a_trend_judges_as_the_badge_beside_it(site, seed):
    """Of the same two weeks: all segments together, so that among many none is called growth by noise alone."""
    pair = [week(site, name, seed=seed) for name in ("2026-W46", "2026-W47")]
    for card in parts_of(catalogue(store_of(pair))["index.html"]).values():
        badge = re.search(r'class="moved[^>]*>(?:<span.*?</span>)?[^<]*· ([a-z ]+)<', card)[1]
        trend = re.search(r"a (?:rise|fall) of [\d,]+, ([a-z ]+)\.", card)[1]
        assert badge == trend


def test_the_small_line_of_a_card_keeps_to_the_days_and_breaks_where_one_is_missing(made, store):
    """Of the fixture's 16 nights one is wrong: 15 points at 16 places, in two pieces."""
    nights = open_store(store).nights
    lines = [
        re.search(r'class="spark[^>]*>.*?<path d="([^"]+)"', card) for card in parts_of(made["index.html"]).values()
    ]
    broken = [line[1] for line in lines if line and line[1].count("M") == 2]
    assert len(broken) == len(nights[0].segments)
    for line in broken:
        places = [float(x) for x in re.findall(r"([\d.]+),", line)]
        steps = sorted({round(after - before, 1) for before, after in pairwise(places)})
        assert len(places) == 15 and steps == [8.0, 16.0]


def test_a_shorter_week_is_a_dash_of_its_own_on_a_card_and_dashes_alone_are_no_line(site):
    releases = [week(site, f"2026-W{number}", 5 if number == 46 else 7) for number in (44, 45, 46, 47)]
    for card in parts_of(catalogue(store_of(releases))["index.html"]).values():
        line = re.search(r'class="spark[^>]*>.*?<path d="([^"]+)"', card)[1]
        assert re.fullmatch(r"M[\d.,]+L[\d.,]+M[\d.,]+h4M[\d.,]+h4", line)
    assert b'class="spark"' not in catalogue(store_of(releases[1:]))["index.html"]
