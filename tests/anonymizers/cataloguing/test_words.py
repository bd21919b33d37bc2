"""Both languages say everything: each word, each name of a closed list, each number, date and token."""

import re
from datetime import date, timedelta
from pathlib import Path
from string import Formatter

from hypothesis import given
from hypothesis import strategies as st

import anonymizers.cataloguing as package
from anonymizers.cataloguing.speech import LANGUAGES, Speech
from anonymizers.cataloguing.words import WORDS
from anonymizers.local_day import iso_week
from anonymizers.vocabulary import BANDS, BROWSERS, DAYPARTS, DEVICES, SYSTEMS
from pipelines.ledger.rules import Correction
from tests.anonymizers.cataloguing.pages import number
from tests.anonymizers.trials import trials

SPEECHES = [Speech(language) for language in LANGUAGES]
SOURCES = [
    path
    for path in Path(package.__file__).parent.rglob("*.*")
    if path.suffix in (".py", ".html") and path.name != "words.py"
]
days = st.dates(date(2020, 1, 1), date(2040, 1, 1))


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_every_word_stands_in_both_languages_with_the_same_places_for_what_belongs_in_it():
    for key, said in WORDS.items():
        assert len(said) == len(LANGUAGES) and all(text.strip() for text in said), key
        assert len({frozenset(places(text)) for text in said}) == 1, key


def test_no_word_is_left_over():
    named = " ".join(path.read_text() for path in SOURCES)
    closed = {*BROWSERS, *DAYPARTS, *DEVICES, *SYSTEMS, *Correction}
    built = re.compile(r"(reading|sort|each|by_hour)_\w+|\w+s_day")
    left = [
        key
        for key in WORDS
        if key not in closed and not built.fullmatch(key) and not re.search(rf"[\"']{key}[\"']", named)
    ]
    assert not left


def test_every_word_of_the_closed_lists_has_a_name():
    for speech in SPEECHES:
        for word in (*BROWSERS, *DEVICES, *SYSTEMS, *DAYPARTS, *Correction):
            assert speech.name(word)
        assert len({speech.band(band) for band in BANDS}) == len(BANDS)
        assert len({speech.name(part) for part in DAYPARTS}) == len(DAYPARTS)


@given(st.integers(-(10**9), 10**9))
@trials(80)
def test_a_number_is_read_as_it_was_written(whole):
    for speech in SPEECHES:
        assert number(speech.number(whole)) == whole
        assert number(speech.signed(whole)) == whole


@given(st.integers(0, 10**8))
@trials(80)
def test_a_short_number_is_within_a_twentieth_of_the_whole_one_and_fits_a_cell(whole):
    for speech in SPEECHES:
        told = speech.short(whole)
        digits, thousands = re.fullmatch(r"([\d.,]+)(k| tuh)?", told).groups()
        read = float(digits.replace(",", ".")) * (1000 if thousands else 1)
        assert abs(read - whole) <= max(50, whole / 20)
        assert len(digits) <= 6


@given(days)
@trials(60)
def test_days_and_weeks_are_told_so_that_no_two_are_alike(day):
    for speech in SPEECHES:
        next_day = day + timedelta(days=1)
        assert speech.period(day.isoformat()) != speech.period(next_day.isoformat())
        assert str(day.year) in speech.day(day) and str(day.day) in speech.day(day)
        assert speech.week(iso_week(day)) != speech.week(iso_week(day + timedelta(days=7)))
        assert speech.token("day", str(day.toordinal())) == speech.day_short(day)


def test_a_very_small_number_is_told_as_a_power_of_ten():
    for speech in SPEECHES:
        assert speech.power(1e-7) == "10⁻⁷"
        assert speech.power(2.5e-12).replace("\u00a0", " ") == f"{speech.decimal(2.5, 1)} · 10⁻¹²"
