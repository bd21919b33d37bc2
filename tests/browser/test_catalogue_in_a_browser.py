"""The catalogue as its readers meet it, in a real browser and from a disk: quiet, whole, quick to search, open to everybody."""

import csv
import json

import pyarrow.parquet as pq
import pytest
from axe_playwright_python.sync_playwright import Axe

from anonymizers.cataloguing.catalogue import catalogue
from anonymizers.cataloguing.interval import Interval
from anonymizers.cataloguing.speech import Speech
from anonymizers.vocabulary import DAY
from tests.anonymizers.cataloguing.pages import number
from tests.anonymizers.cataloguing.shelves import store_of

PAGES = ("index.html", "index.et.html")
MOST_BYTES = 1_500_000
PHONE = 360
SCREENS = [("light", 1280), ("dark", 1280), ("light", PHONE)]

OPEN_ALL = "document.querySelectorAll('details').forEach(each => each.open = true)"
TABLES = """[...document.querySelectorAll('table[data-table]:not([data-derived])')].map(table => ({
  release: table.dataset.release, table: table.dataset.table, rows: [...table.querySelectorAll('tr[data-key]')].map(row => ({
    key: row.dataset.key, cells: [...row.querySelectorAll('td')].flatMap(cell => cell.querySelector('small') ?
      [cell.firstChild.textContent, ...cell.querySelector('small').textContent.split('–')] : ['', '', ''])}))}))"""

LARGE = """([number, between, short]) => {
  for (const each of document.querySelectorAll('.headline, .card .reach')) {
    each.querySelector('data').textContent = number;
    each.querySelector('.between').textContent = between;
  }
  for (const cell of document.querySelectorAll('.heat td data')) cell.textContent = short;
}"""
CUT_CELLS = """[...document.querySelectorAll('.heat td, .heat th, .headline > *')]
  .filter(each => each.scrollWidth > each.clientWidth + 1).map(each => each.textContent)"""
WIDE_TABLES = """[...document.querySelectorAll('.scroll')].filter(each => each.scrollWidth > each.clientWidth + 1)
  .map(each => each.getAttribute('aria-label'))"""
PRINTED = "all => all.map(each => getComputedStyle(each).printColorAdjust)"


def titles(page) -> list[str]:
    return page.locator(".card:visible h3 .title").all_inner_texts()


def numbers_by_key(path, table: str) -> dict[str, list[list[int]]]:
    """Key of a row, and the end of it -> its numbers, read from the Parquet file itself."""
    found: dict[str, list[list[int]]] = {}
    for row in pq.read_table(path / f"{table}.parquet").to_pylist():
        metrics = [name for name in row if f"{name}_low" in row]
        columns = [f"{metric}{end}" for metric in metrics for end in ("", "_low", "_high")]
        keys = [str(row[name]) for name in list(row)[1:] if name not in columns]
        for key in ("|".join(keys), keys[-1]):
            found.setdefault(key, []).append([row[column] for column in columns])
    return found


@pytest.mark.parametrize("name", PAGES)
def test_it_opens_from_a_disk_without_a_word_to_the_console_or_the_network(reader, published, name):
    opened = reader.open(name)
    for scheme, width in SCREENS:
        opened.page.emulate_media(color_scheme=scheme)
        opened.page.set_viewport_size({"width": width, "height": 900})
        opened.page.evaluate(OPEN_ALL)
        opened.page.wait_for_load_state("networkidle")
    assert opened.asked == [(published / name).as_uri()] and opened.said == []


def test_a_request_would_be_seen(reader, published):
    """The control: the same page asks once more, and both its policy and this test notice."""
    opened = reader.open()
    opened.page.evaluate("fetch('file:///etc/hostname').catch(() => 0)")
    opened.page.evaluate("document.body.append(Object.assign(new Image(), {src: 'https://koond.example/pixel.png'}))")
    opened.page.wait_for_timeout(200)
    assert opened.said or len(opened.asked) > 1


@pytest.mark.parametrize("name", PAGES)
def test_its_numbers_are_those_of_the_parquet_files_beside_it(reader, published, name):
    page = reader.open(name).page
    page.evaluate(OPEN_ALL)
    tables = page.evaluate(TABLES)
    compared = 0
    for table in tables:
        for row in table["rows"]:
            cells = [number(cell) if cell.strip() else None for cell in row["cells"]]
            trend = table["table"] == "segments" and row["key"][:2] == "20"
            kind = "week=" if "W" in row["key"] else "date="
            release = f"{'weekly' if 'W' in row['key'] else 'daily'}/{kind}{row['key']}" if trend else table["release"]
            told = numbers_by_key(published / release, table["table"])
            known = [numbers for found in told.values() for numbers in found] if trend else told[row["key"]]
            assert any(cells == numbers[: len(cells)] for numbers in known), (table["table"], row["key"])
            compared += len(cells)
    assert compared > 2000
    large = page.locator("data[data-release]").all()
    for each in large:
        release, table, key = (each.get_attribute(f"data-{what}") for what in ("release", "table", "key"))
        [numbers] = {tuple(found) for found in numbers_by_key(published / release, table)[key]}
        assert number(each.inner_text()) in numbers[0:4:3], (release, table, key)
    assert len(large) == 4 + 22


def test_search_finds_by_title_topic_and_description_without_a_mouse(reader, site):
    page = reader.open().page
    every = titles(page)
    assert len(every) == len(site.segments)
    page.get_by_label("Search").focus()
    page.keyboard.type("SOLAR panels")
    found = titles(page)
    assert "Solar intenders" in found and "Green-energy seekers" in found and len(found) < len(every)
    assert page.locator("#count").inner_text() == f"{len(found)} of {len(every)} segments"
    page.keyboard.press("Control+A")
    page.keyboard.type("no such segment")
    assert titles(page) == [] and page.locator("#none").is_visible()
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    assert titles(page) == every and not page.locator("#none").is_visible()


def test_sort_and_window_are_chosen_by_keyboard(reader, site):
    page = reader.open().page
    numbers = "(cards, what) => cards.map(card => +card.dataset[what])"
    by_window = "cards => cards.map(card => card.dataset.window)"
    weekly = sum(each.window != DAY for each in site.segments)
    by_reach = page.locator(".card").evaluate_all(numbers, "reach")
    page.get_by_label("Sort by").focus()
    page.keyboard.press("ArrowDown")
    changes = page.locator(".card").evaluate_all(numbers, "change")
    for of_window in (changes[:weekly], changes[weekly:]):
        assert of_window == sorted(of_window, reverse=True) and of_window[0] > of_window[-1]
    assert page.locator(".card").evaluate_all(by_window) == ["week"] * weekly + ["day"] * (len(changes) - weekly)
    page.keyboard.press("ArrowDown")
    assert titles(page) == sorted(titles(page), key=str.casefold)
    page.keyboard.press("Home")
    assert page.locator(".card").evaluate_all(numbers, "reach") == by_reach
    page.get_by_label("Counted over").focus()
    page.keyboard.press("End")
    assert sorted(titles(page)) == sorted(each.title for each in site.segments if each.window == DAY)


def test_every_segment_opens_and_closes_by_keyboard_and_by_its_address(reader):
    page = reader.open(at="#movers").page
    card = page.locator("#movers > details")
    assert card.evaluate("each => each.open")
    card.locator("> summary").focus()
    page.keyboard.press("Enter")
    assert not card.evaluate("each => each.open")
    page.keyboard.press("Space")
    assert card.evaluate("each => each.open")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('#movers') !== null")


def test_a_strange_address_and_a_page_without_segments_say_nothing_to_the_console(reader, published):
    strange = reader.open(at="#%E0%A4%A")
    assert strange.page.locator("#count").inner_text() and strange.said == []
    (published / "empty.html").write_bytes(catalogue(store_of([]))["index.html"])
    empty = reader.open("empty.html")
    assert "Nothing is published yet" in empty.page.inner_text("main") and empty.said == []


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_serious_with_everything_open(reader, name):
    page = reader.open(name).page
    page.evaluate(OPEN_ALL)
    for scheme, width in SCREENS:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
        serious = [each for each in found if each["impact"] in ("serious", "critical")]
        told = [(each["id"], each["nodes"][0]["html"][:200], each["nodes"][0]["failureSummary"]) for each in serious]
        assert not serious, (scheme, width, json.dumps(told, indent=1))


def test_axe_would_find_it(reader):
    """The control: pale words are found."""
    page = reader.open().page
    page.evaluate("document.documentElement.style.setProperty('--quiet', '#c8d0d6')")
    assert any(each["id"] == "color-contrast" for each in Axe().run(page).response["violations"])


@pytest.mark.parametrize("width", [240, 280, 320, 375, 412, 700])
@pytest.mark.parametrize("name", PAGES)
def test_the_narrowest_window_holds_the_largest_numbers(reader, name, width):
    """Seven digits, as a site of millions has: nothing is wider than the window, nor from 320 on a number than its cell."""
    page = reader.open(name, width=width).page
    page.evaluate(OPEN_ALL)
    speech = Speech(page.locator("html").get_attribute("lang"))
    large = Interval(4345678, 4335678, 4355678)
    page.evaluate(LARGE, [speech.number(large.number), speech.between(large), speech.short(888_000)])
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert width < 320 or page.evaluate(CUT_CELLS) == []


@pytest.mark.parametrize("name", PAGES)
def test_what_is_light_on_dark_is_printed_with_its_ground(reader, name):
    """A browser prints no grounds unless it is told to; white numbers would vanish."""
    page = reader.open(name).page
    page.emulate_media(media="print")
    assert set(page.locator("header, .heat td").evaluate_all(PRINTED)) == {"exact"}
    assert page.locator(".card").first.evaluate(PRINTED.replace("all.map(each =>", "[all].map(each =>")) == ["economy"]


@pytest.mark.parametrize("name", PAGES)
def test_a_phone_shows_it_without_scrolling_sideways(reader, name):
    page = reader.open(name, width=PHONE).page
    page.evaluate(OPEN_ALL)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
    assert page.evaluate(WIDE_TABLES) == []
    small = page.locator(".chart text").first.evaluate("text => text.getBoundingClientRect().height")
    assert small >= 10


def test_without_script_everything_is_there_but_search(reader, site):
    page = reader.open(script=False).page
    assert page.locator(".card").count() == len(site.segments)
    assert not page.locator("#tools").is_visible()


@pytest.mark.parametrize("name", PAGES)
def test_it_stays_light(published, name):
    assert (published / name).stat().st_size < MOST_BYTES


@pytest.mark.parametrize("name", PAGES)
def test_a_charts_own_numbers_are_a_download_away(reader, published, name):
    """A trend's: each line what its own release says, as a spreadsheet takes it, without a request."""
    opened = reader.open(name, at="#movers")
    figure = opened.page.locator("#movers figure").first
    with opened.page.expect_download() as begun:
        figure.locator(".csv").click()
    assert begun.value.suggested_filename.startswith("movers-")
    [head, *lines] = csv.reader(begun.value.path().read_text("utf-8-sig").splitlines())
    assert (
        head[0] == "key"
        and head[3:] == [f"{head[2]}_low", f"{head[2]}_high"]
        and len(lines) == figure.locator("tbody tr").count() > 1
    )
    for key, _, *numbers in lines:
        assert [int(each) for each in numbers] == numbers_by_key(published / f"weekly/week={key}", "segments")[
            "movers"
        ][0]
    assert opened.asked == [(published / name).as_uri()] and opened.said == []


def test_every_link_beside_a_figure_leads_to_a_file(reader, published):
    page = reader.open().page
    links = set(page.locator("a").evaluate_all("links => links.map(link => link.getAttribute('href'))"))
    own = {link for link in links if not link.startswith(("#", "https://"))}
    assert any(link.startswith("keys/") for link in own)
    assert len(own) > 20 and all((published / link).is_file() for link in own)
