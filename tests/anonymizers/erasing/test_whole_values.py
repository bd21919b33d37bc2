"""A value counts as a whole: within a longer word, number or address it is somebody else's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.erasing.sought import Sought
from anonymizers.erasing.whole_values import evened, replaced, whole_places
from tests.anonymizers.trials import trials

WORDS = st.text(st.characters(categories=["L", "N"], max_codepoint=0x17F), min_size=4, max_size=12).filter(
    lambda word: evened(word).isalnum()
)
"""Of letters that stay letters: ½ and Ŀ are two signs once they are taken apart."""
SOMEBODY_ELSES = [
    ("mari@naide.ee", "anne-mari@naide.ee"),
    ("mari@naide.ee", "anne.mari@naide.ee"),
    ("mari@naide.ee", "mari@naide.ee.com"),
    ("mari@gmail.co", "mari@gmail.com"),
    ("Tamm", "jaan.tamm@naide.ee"),
    ("Tamm", "tammsaare@naide.ee"),
    ("Tamm", "Mari Kask-Tamm"),
    ("p0147", "p01471@naide.ee"),
    ("onne@naide.ee", "õnne@naide.ee"),
    ("000106", "2026-11-20 08:00:00.000106"),
    ("000106", "0001061"),
]


@pytest.mark.parametrize(("value", "text"), SOMEBODY_ELSES)
def test_somebody_elses_value_is_neither_found_nor_replaced(value: str, text: str) -> None:
    assert not Sought.of([value]).stands_in_text(text)
    assert not Sought.of([value]).stands_in(text.encode())
    assert replaced(text, {value: "new-value"}) == text


@given(local=WORDS, more=WORDS, joint=st.sampled_from("._+-"))
@trials(60)
def test_an_address_is_found_alone_and_among_others_but_in_no_longer_one(local: str, more: str, joint: str) -> None:
    value = f"{local}@naide.ee"
    sought = Sought.of([value])
    for text in (value, f"<{value}>", f"{more} {value}, {more}", f"{value}.", f"mailto:{value}?x", value.upper()):
        assert sought.stands_in_text(text), text
    for text in (f"{more}{joint}{value}", f"{value}.{more}", f"{more}{value}"):
        assert not sought.stands_in_text(text), text
        assert replaced(text, {value: "uus@mujal.ee"}) == text


@given(old=WORDS, new=WORDS, around=st.sampled_from(("{}", "<{}>", "a; {} b", "({})", '"{}"')))
@trials(60)
def test_a_correction_may_be_made_twice_and_all_are_made_in_one_pass(old: str, new: str, around: str) -> None:
    corrections = {f"{old}1@a.ee": f"{new}2@b.ee", f"{new}2@b.ee": "kolmas@c.ee", f"{old}3@a.ee": f"{old}1@a.ee.com"}
    text = around.format(f"{old}1@a.ee")
    once = replaced(text, corrections)
    assert evened(once) == evened(around.format(f"{new}2@b.ee"))
    assert replaced(once, corrections) == once


def test_a_new_value_that_holds_the_old_one_is_left_alone() -> None:
    corrections = {"Mari": "Mari Maasikas"}
    assert replaced("Mari, Kalle", corrections) == "Mari Maasikas, Kalle"
    assert replaced("Mari Maasikas, Kalle", corrections) == "Mari Maasikas, Kalle"
    assert list(whole_places("mari maasikas, mari", "mari")) == [0, 15]
