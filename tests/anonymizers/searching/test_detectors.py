"""The detectors: every kind in every form is found, valid or nearly so, and what a release may say is not."""

import secrets
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.ee import ik

from anonymizers.searching.detectors import DETECTORS, Kind, kinds
from anonymizers.searching.identifying_tokens import LEAST_ENTROPY, entropy
from tests.anonymizers.searching.detectable import (
    EMAIL,
    EMAIL_FORMS,
    FORMS,
    ISIKUKOOD,
    OF_A_PERSON,
    SPACED,
    UNDER_ANY_KIND,
    days,
)  # fmt: skip
from tests.anonymizers.trials import trials


@pytest.mark.parametrize("what", OF_A_PERSON)
@given(data=st.data())
@trials(60)
def test_it_is_found_and_its_kind_is_told(what, data):
    kind, made = OF_A_PERSON[what]
    assert kind in kinds(data.draw(made))


@pytest.mark.parametrize("what", UNDER_ANY_KIND)
@given(data=st.data())
@trials(60)
def test_it_is_found_under_one_kind_or_another(what, data):
    assert kinds(data.draw(UNDER_ANY_KIND[what]))


@pytest.mark.parametrize("form", FORMS)
@given(data=st.data())
@trials(40)
def test_it_is_found_in_whatever_form_it_is_written(form, data):
    what = data.draw(st.sampled_from(sorted(OF_A_PERSON)))
    assert kinds(FORMS[form](data.draw(OF_A_PERSON[what][1]))), what


@pytest.mark.parametrize("form", [*FORMS, *EMAIL_FORMS])
@given(email=EMAIL)
@trials(30)
def test_an_email_is_told_as_one_in_every_form(form, email):
    assert Kind.EMAIL in kinds((FORMS | EMAIL_FORMS)[form](email))


def test_the_forms_of_an_email_are_thirty_or_more():
    assert len({*FORMS, *EMAIL_FORMS}) >= 30


@pytest.mark.parametrize("spacing", SPACED)
@given(code=ISIKUKOOD, wrong=st.booleans())
@trials(40)
def test_an_isikukood_is_told_as_one_however_it_is_spaced(spacing, code, wrong):
    other = code[:-1] + str((int(code[-1]) + 3) % 10)
    assert Kind.PERSONAL_CODE in kinds(SPACED[spacing](other if wrong else code))


@pytest.mark.parametrize("spacing", SPACED)
@pytest.mark.parametrize("what", ["card", "contract", "customer number", "Estonian telephone without a country"])
@given(data=st.data())
@trials(20)
def test_other_numbers_are_found_however_they_are_spaced(what, spacing, data):
    made = UNDER_ANY_KIND[what] if what in UNDER_ANY_KIND else OF_A_PERSON[what][1]
    assert kinds(SPACED[spacing](data.draw(made)))


@given(word=st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", min_size=32, max_size=32))
@trials(200)
def test_a_random_word_of_base64_is_found_wherever_its_bounds_say_so(word):
    """The strategy likes poor words such as `AAAA`; of words with the entropy of a key, all but a few in a thousand."""
    changing = sum(one.isdigit() != other.isdigit() for one, other in pairwise(word))
    if entropy(word) >= 4 and changing >= 8 and not set(word) & set("+/"):
        assert kinds(word)


def test_words_of_keys_are_found_ninety_nine_times_in_a_hundred():
    """Of 24 random bytes as base64, made by the system."""
    words = [secrets.token_urlsafe(24) for _ in range(1000)]
    assert sum(bool(kinds(word)) for word in words) >= 990


def test_the_stated_bound_of_entropy_is_the_one_that_divides():
    assert entropy("q1" * 12) == 1.0 < LEAST_ENTROPY == entropy("ABCDEFGH")
    assert not kinds("q1" * 12) and kinds("aB3dE5gH7jK9mN2pQ4sT")


@given(text=days())
@trials(100)
def test_days_weeks_years_and_hours_are_not_taken_for_numbers_of_people(text):
    assert kinds(text) == frozenset()


@given(text=st.lists(st.sampled_from("abcdefghijklmnopqrstuvwxyzõäöü"), min_size=1, max_size=60).map("".join))
@trials(100)
def test_a_word_of_small_letters_is_not_taken_for_anything(text):
    """But for hexadecimal ones of sixteen letters, and packed ones that say something else."""
    assert kinds(text) <= {Kind.HEXADECIMAL, Kind.DIGEST, Kind.EMAIL}


@pytest.mark.parametrize(
    "text",
    [
        "solar_intenders_2026_q4_campaign", "exchange_price_watchers_today", "16-31", "32 and more", "877,1483",
        "application/vnd.apache.parquet", "https://iabtechlab.com/standards/the-data-transparency-standard-data-label/",
        "ElectricityPackagesForHomes", "Differential privacy, epsilon 1, delta 1e-07", "about 95 of 100 cases", "1/1024",
        "version 2024-01", "utf-8", "parquet-cpp-arrow version 21.0.0", "co2_free_energy_2030_buyers", "Windows 11",
        "viewed pages in the evening (18:00 to 21:59) or late (22:00 to 23:59)", "18.00-21.59", "2 tee", "16/7",
    ],
)  # fmt: skip
def test_what_a_release_may_well_say_is_not_suspected(text):
    assert kinds(text) == frozenset()


def test_every_kind_has_a_detector_and_every_detector_a_test():
    tried = {kind for kind, _ in OF_A_PERSON.values()} | {Kind.RANDOM_WORD, Kind.LONG_NUMBER}
    assert set(DETECTORS) == set(Kind) == tried


def test_the_kinds_that_fall_back_are_told_where_no_other_fits():
    assert kinds("77777777") == {Kind.LONG_NUMBER}
    assert kinds("Qm9kZ2V3a2pYMTk4dXpW") == {Kind.RANDOM_WORD}


@pytest.mark.parametrize("code", ["6000229012", "5000229011"])
def test_who_was_born_on_a_leap_day_of_a_century_has_a_personal_code_too(code):
    """2000 was a leap year, 1800 and 1900 were not: the first digit tells which it was."""
    whole = f"{code}{ik.calc_check_digit(code)}"
    assert list(DETECTORS[Kind.PERSONAL_CODE](f"see {whole} also")) == [(4, 15)]
