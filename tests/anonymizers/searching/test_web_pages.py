"""A web page is searched text by text: whoever stands anywhere in it is found, and its own numbers look like nobody's."""

from html import escape

import pytest

from anonymizers.searching.web_pages import is_web_page, texts_of_page
from tests.anonymizers.searching.planting import VALUES
from tests.anonymizers.searching.test_outside_scan import report

PAGE = """<!doctype html>
<html lang="et"><head><title>solar {title}</title><style>p {{ margin: 0 }} /* {style} */</style></head>
<body><!-- {comment} --><p title="{attribute}">visitors {text}</p>
<svg><path d="M0,{drawing}L10,3.5Z"/><text transform="translate({moved},2)">topics</text></svg>
<script type="application/ld+json">{{"name": "{block}"}}</script><script>let a = "{script}";</script></body></html>"""
PLACES = ("title", "style", "comment", "attribute", "text", "block", "script")
NUMBERS = ("drawing", "moved")
ESTIMATES = (
    "1\u00a0983 (1\u00a0925\u2060–\u20602\u00a0042)",
    "95 %: 19\u00a0250\u2060–\u206020\u00a0420",
    "380 (108–571)",
)


def page(**said: str) -> bytes:
    empty = dict.fromkeys((*PLACES, *NUMBERS), "0")
    return PAGE.format(**empty | {place: escape(text) for place, text in said.items()}).encode()


@pytest.mark.parametrize("place", PLACES)
def test_whoever_stands_in_a_page_is_found(engine, place):
    clean, values = page(), list(VALUES.values())
    assert report(engine, [("index.html", clean)], values, {"empty": clean}).clean, "the control"
    for value in values:
        found = report(engine, [("index.html", page(**{place: value}))], [value], {"empty": clean})
        assert found.hits or found.looks, f"{place}: {value}"


@pytest.mark.parametrize("place", NUMBERS)
def test_a_long_number_is_found_among_the_points_of_a_drawing(engine, place):
    found = report(engine, [("index.html", page(**{place: "38001085718"}))], ["38001085718"], {"empty": page()})
    assert found.hits and found.looks


@pytest.mark.parametrize("estimate", ESTIMATES)
def test_an_estimate_with_its_interval_looks_like_nobodys_number(engine, estimate):
    """Each row of digits of these would make a personal code, a phone number or a meter's."""
    assert report(engine, [("index.html", page(text=estimate))], ["38001085718"], {"empty": page()}).clean


def test_the_points_of_a_drawing_are_numbers_of_their_own():
    told = set(texts_of_page(page(drawing="380.0108,5.718", moved="-12.5")))
    assert {"0,380.0108,5.718,10,3.5", "-12.5,2"} <= told


@pytest.mark.parametrize("word", ["Matt", "Lall", "AZ", "M", "Ott Tamm", "translate"])
def test_a_word_is_no_drawing(word):
    assert word in set(texts_of_page(page(attribute=word)))


def test_a_page_that_is_not_utf8_is_told_as_unread(engine):
    assert is_web_page(page()) and not is_web_page(b"{}")
    assert report(engine, [("index.html", page() + b"\xff")], ["x"], {"empty": page()}).unreadable == 1
