"""A known value is found in the forms in which values are written; and not in a neighbour that only looks alike."""

import base64
import html
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.erasing.sought import Sought
from tests.anonymizers.trials import trials

VALUES = st.text(st.characters(categories=["L", "N"], max_codepoint=0x24F), min_size=5, max_size=20)
FORMS = {
    "plain": str,
    "upper": str.upper,
    "percent": quote,
    "percent twice": lambda value: quote(quote(value, safe=""), safe=""),
    "form": quote_plus,
    "html": html.escape,
    "json": json.dumps,
    "hex": lambda value: value.encode().hex(),
    "HEX": lambda value: value.encode().hex().upper(),
    "backwards": lambda value: value[::-1],
    "base64 twice": lambda value: base64.b64encode(base64.b64encode(value.encode())).decode(),
    "base64 in percent": lambda value: quote(base64.b64encode(value.encode()).decode()),
    "numbers of letters": lambda value: value.encode("ascii", "xmlcharrefreplace").decode(),
    "without width": lambda value: value[:2] + "\u200b" + value[2:],
    "JSON in JSON": lambda value: json.dumps(json.dumps(value)),
}
IN_BYTES = set(FORMS) - {"base64 twice", "base64 in percent", "without width"}
"""What is looked for outside the stores of rows."""


@pytest.mark.parametrize("form", FORMS)
@given(value=VALUES, before=st.sampled_from(("", "a=", "x,")))
@trials(20)
def test_a_value_is_found_in_every_usual_form(form: str, value: str, before: str) -> None:
    name = f"{value}+1@näide.ee"
    text = f"{before}{FORMS[form](name)}&b"
    assert Sought.of([name]).stands_in_text(text)
    if form in IN_BYTES:
        assert Sought.of([name]).stands_in(text.encode())


@given(value=VALUES, before=st.binary(max_size=5))
@trials(40)
def test_a_value_is_found_in_base64_wherever_it_begins(value: str, before: bytes) -> None:
    name = f"{value}@naide.ee"
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        assert Sought.of([name]).stands_in(encode(before + name.encode()))


@given(value=VALUES, other=VALUES)
@trials(40)
def test_nothing_is_found_where_it_is_not(value: str, other: str) -> None:
    name = f"{value}@naide.ee"
    assert not Sought.of([name]).stands_in_text(f"somebody {other} else")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("+37255512345", "+372 5551 2345"),
        ("+37255512345", "+372-5551-2345"),
        ("38001085718", "380 0108 5718"),
        ("38ZEE-00000001-A", "38ZEE00000001A"),
        ("õnne@naide.ee", "&otilde;nne@naide.ee"),
        ("õnne@naide.ee", "%F5nne%40naide.ee"),
        ("EE00000001", "dok-EE00000001-2026.pdf"),
    ],
)
def test_what_people_and_programs_make_of_a_value_is_found(value: str, written: str) -> None:
    assert Sought.of([value]).stands_in_text(f"see {written}, ja")


def test_short_numbers_count_in_bytes_beside_a_column_only() -> None:
    sought = Sought.of(["000106"], ["kliendinr"])
    assert not sought.stands_in(b'{"bytes": 000106, "took": 0.000106} 000106')
    for text in (
        b'{"account_id": "000106"}',
        b"account:000106",
        b"KliendiNr=000106&",
        b'\\"account_id\\": \\"000106\\"',
    ):
        assert sought.stands_in(text), text
    assert sought.stands_in_text("000106")


def test_digits_count_as_whole_words_only_and_short_values_are_told_and_not_looked_for() -> None:
    assert Sought.of(["4711"]).stands_in_text("kypsis 4711, see")
    assert not Sought.of(["4711"]).stands_in_text("1795168847110250")
    assert not Sought.of(["ab"]).stands_in_text("ab")
    assert Sought.of(["ab", "c", "abcd"]).too_short == 2
    assert Sought.of(["Õnne@naide.ee"]).stands_in("õnne@NAIDE.ee".encode("utf-16-le"))
