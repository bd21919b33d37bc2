"""One spelling for every text, every layer taken off, and an end to the work."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.refusal import Refusal
from anonymizers.searching import written_forms
from anonymizers.searching.written_forms import canonical, joined_digits, readings
from tests.anonymizers.searching.planting import FORMS
from tests.anonymizers.trials import trials


@given(st.text(max_size=60))
@trials(300)
def test_a_canonical_text_stays_as_it_is(text):
    assert canonical(canonical(text)) == canonical(text)


@given(st.text(max_size=60))
@trials(300)
def test_case_and_composition_make_no_difference(text):
    plain = text.replace("ı", "i").replace("\u0345", "")  # the two letters whose capital is another letter's
    assert canonical(unicodedata.normalize("NFD", plain)) == canonical(unicodedata.normalize("NFC", plain))
    assert canonical(plain.casefold()) == canonical(plain)


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("Õie-Žanna  Mäekülaššk", "oie-zanna maekulassk"),
        ("Strauß", "strauss"),
        ("Ｍａｒｉ＠Ｎäide．ee", "mari@naide.ee"),
        ("мaрi", "mapi"),
        ("Mа\u200bri\u00ad", "mari"),
        ("Pikk 12 –\u00a014", "pikk 12 - 14"),
        ("٣٦٨", "368"),
        ("Mari\r\n  Maasikas", "mari maasikas"),
        ("1200\r\n1300", "1200\n1300"),
        ("1200\r\n 1300", "1200 1300"),
    ],
)
def test_spellings(text, spelled):
    assert canonical(text) == spelled


def test_numbers_lose_what_stands_between_their_digits_but_not_between_lines():
    assert joined_digits("372 5123-4567, 38.5") == "37251234567, 385"
    assert joined_digits("1200\n1300") == "1200\n1300"


def test_a_capital_that_looks_like_another_letter_is_read_both_ways():
    """Greek Η looks like H, and its small letter like n."""
    assert any("helen" in reading for reading in readings("Ηelen"))
    assert any(canonical("ΗΛΙΑΣ") in reading for reading in readings("ηλιας"))


@given(st.text(min_size=1, max_size=200))
@trials(200)
def test_the_text_itself_is_always_among_its_readings(text):
    assert canonical(text) in readings(text)


def test_five_layers_are_taken_off():
    written = value = "Mari Maasikas-Tamm"
    for layer in ("percent", "base64", "decimal entities", "JSON", "hexadecimal"):
        written = FORMS[layer](written)
    assert any(canonical(value) in reading for reading in readings(written))


def test_a_text_with_too_many_readings_is_refused_without_its_words(monkeypatch):
    monkeypatch.setattr(written_forms, "_MOST_READINGS", 3)
    with pytest.raises(Refusal) as refused:
        readings("Mari%20Maasikas &amp; \\u00f5 =?utf-8?q?x?= =41=42")
    assert "Maasikas" not in str(refused.value)


def test_work_grows_with_the_text_and_not_with_its_square():
    """Texts that invite a pattern to go back over them again and again."""
    for piece in ("a" * 50, "%41", "=41 ", "&amp;", "\\", "A" * 20 + "\n", "( ", "a\x00", "1 "):
        seconds = []
        for size in (20_000, 80_000):
            text, started = (piece * size)[:size], time.process_time()
            readings(text)
            seconds.append(time.process_time() - started)
        assert seconds[1] < 8 * seconds[0] + 0.5, repr(piece)
