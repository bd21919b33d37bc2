"""A known value is found in the forms in which values are written; and not in a neighbour that only looks alike."""

import base64
import html
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.sought import Sought
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
}


@pytest.mark.parametrize("form", FORMS)
@given(value=VALUES, before=st.sampled_from(("", "a=", "x,")))
@trials(20)
def test_a_value_is_found_in_every_usual_form(form: str, value: str, before: str) -> None:
    name = f"{value}+1@näide.ee"
    assert Sought.of([name]).stands_in_text(f"{before}{FORMS[form](name)}&b")


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


def test_digits_count_as_whole_words_only_and_short_values_not_at_all() -> None:
    assert Sought.of(["4711"]).stands_in_text("kypsis 4711, see")
    assert not Sought.of(["4711"]).stands_in_text("1795168847110250")
    assert not Sought.of(["ab"]).stands_in_text("ab")
    assert Sought.of(["Õnne@naide.ee"]).stands_in("õnne@NAIDE.ee".encode("utf-16-le"))
