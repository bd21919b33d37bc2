"""A web page is searched text by text: whoever stands anywhere in it is found, and its own numbers look like nobody's."""

from html import escape

import pytest

from anonymizers.cataloguing.catalogue import catalogue
from anonymizers.cataloguing.speech import own_words
from anonymizers.cataloguing.standing import Store
from anonymizers.local_day import iso_week
from anonymizers.releasing.edition import daily_edition, weekly_edition
from anonymizers.releasing.release import compose_empty
from anonymizers.searching.web_pages import is_web_page, texts_of_page
from pipelines.site_folder import read_site_folder
from tests.anonymizers.cataloguing.shelves import LAST, months, store_of
from tests.anonymizers.searching.planting import VALUES
from tests.anonymizers.searching.test_outside_scan import report
from tests.worlds import SITES

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
    "380 (108\u2060–\u2060571)",
)
NUMBERS_OF_PEOPLE = (
    "+372 512\u2013345",
    "85.253.10.207",
    "4710101 0033",
    "4710101-0033",
    "4710101\u20130033",
    "4710101\u20600033",
    "4 7 1 0 1 0 1 0 0 3 3",
    "372 5123 4567",
    "+372 (512) 34567",
    "+372 5123\u20134567",
    "4111 1111 1111 1111",
)
ALONE = ("<td>{}</td>", "<svg><text>{}</text></svg>", '<a href="{}">x</a>', "<!--{}-->", "<p>see {} end</p>")
PARTED = (
    ("maekula@<wbr>postkast.ee", "maekula@postkast.ee"),
    ("maekula<span>@</span>postkast.ee", "maekula@postkast.ee"),
    ("maekula@<!-- -->postkast.ee", "maekula@postkast.ee"),
    ("<b>maekula</b><b>@postkast.ee</b>", "maekula@postkast.ee"),
    ("471010<b></b>10033", "47101010033"),
    ("471010<!-- -->10033", "47101010033"),
    ("<b>471010</b><b>10033</b>", "47101010033"),
    ("85.253.<wbr>10.207", "85.253.10.207"),
    ("+372 <b>5123</b> 4567", "+372 5123 4567"),
    ("<b>Marius</b> Tammeveski", "Marius Tammeveski"),
    ("<p>Marius<small>Tammeveski</small></p>", "Marius Tammeveski"),
    ("<b>Marius</b><br>Tammeveski", "Marius Tammeveski"),
    ("<svg><text><tspan>Marius</tspan><tspan>Tammeveski</tspan></text></svg>", "Marius Tammeveski"),
    ("<table><tr><td>Marius</td><td>Tammeveski</td></tr></table>", "Marius Tammeveski"),
    ("<table><tr><td>Tammeveski<td>12<td>Marius</table>", "Marius Tammeveski"),
    ("<b>0</b title='Marius Tammeveski'>", "Marius Tammeveski"),
    ("<b>0</b title='maekula&#64;postkast.ee'>", "maekula@postkast.ee"),
    ("<script>maekula@postkast.ee", "maekula@postkast.ee"),
)
NAMED_BY_MACHINES = (
    ("1234567890", "https://x.ee/leping/1234567890?a=b"),
    ("7f3a1c2e-1111-4222-8333-123456789abc", "sid=7f3a1c2e-1111-4222-8333-123456789abc; path=/"),
    ("7f3a1c2e111142228333123456789abc", "/reset/7f3a1c2e111142228333123456789abc"),
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


@pytest.mark.parametrize("place", ALONE)
@pytest.mark.parametrize("number", NUMBERS_OF_PEOPLE)
def test_a_number_of_a_person_is_no_drawing_and_no_interval(engine, number, place):
    found = report(engine, [("index.html", page() + place.format(number).encode())], [number, "x y"], {"empty": page()})
    assert found.hits or found.looks


@pytest.mark.parametrize(("said", "value"), PARTED)
def test_a_value_is_found_whatever_tags_and_comments_part_it(engine, said, value):
    found = report(engine, [("index.html", page() + said.encode())], [value, "x y"], {"empty": page()})
    assert found.hits or found.looks


@pytest.mark.parametrize(("said", "value"), NAMED_BY_MACHINES)
def test_what_looks_like_a_machines_name_is_searched_for_in_parts_of_values_too(engine, said, value):
    said = f"<td>{said}</td>"
    found = report(engine, [("index.html", page() + said.encode())], [value, "x y"], {"empty": page()})
    assert found.hits


def test_numbers_in_neighbouring_cells_and_corners_of_a_drawing_are_no_long_number(engine):
    said = '<tr><td>380</td><td>10857</td><td>180<small>10857</small></td></tr><svg viewBox="0 0 344 1004"></svg>'
    values = ["38010857180", "38010857", "18010857", "003441004"]
    assert report(engine, [("index.html", page() + said.encode())], values, {"empty": page()}).clean


def test_a_catalogue_of_four_weeks_looks_like_nobodys(engine):
    site = read_site_folder(SITES / "elektrum").site
    editions = (daily_edition(LAST), weekly_edition(iso_week(LAST), ()))
    empty = {each.release: compose_empty(site, each, (), {}).files for each in editions}
    public = {f"{release}/{name}": content for release, files in empty.items() for name, content in files.items()}
    words = {**catalogue(Store(empty, {})), "words": own_words().encode()}
    pages = list(catalogue(store_of(months(site, 28, 4))).items())
    assert report(engine, pages, ["38001085718", "Mari Maasikas"], public | words).clean


def test_the_points_of_a_drawing_are_numbers_of_their_own():
    told = set(texts_of_page(page(drawing="380.0108,5.718", moved="-12.5")))
    assert {"0,380.0108,5.718,10,3.5", "-12.5,2"} <= told


@pytest.mark.parametrize("word", ["Matt", "Lall", "AZ", "M", "Ott Tamm", "translate"])
def test_a_word_is_no_drawing(word):
    assert word in set(texts_of_page(page(attribute=word)))


def test_a_page_that_is_not_utf8_is_told_as_unread(engine):
    assert is_web_page(page()) and not is_web_page(b"{}")
    assert report(engine, [("index.html", page() + b"\xff")], ["x"], {"empty": page()}).unreadable == 1
