"""TC and GPP strings decode as the reference does, or are refused; a string that was cut never gives more."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.consent import gpp, tcf
from anonymizers.consent.refused import ConsentRefused, Why
from tests.anonymizers.consent.strings import (
    LETTERS,
    NEEDS_STRINGS,
    NOVEMBER,
    depot,
    fibonacci,
    gpp_string,
    letters,
    number,
    tc_string,
)
from tests.anonymizers.trials import trials

PURPOSES = st.sets(st.integers(1, 24))
SPANS = st.lists(st.integers(1, 900), unique=True, min_size=2, max_size=8).map(
    lambda ends: list(zip(*[iter(sorted(ends))] * 2, strict=False))
)


def why(text: str) -> Why | None:
    """The reason why a string is refused, None where it decodes."""
    try:
        tcf.decode(text)
    except ConsentRefused as refusal:
        return refusal.why
    return None


def wanted(row: dict[str, Any]) -> bool:
    """Whether a shared string is a TC string of version 2 that the reference decodes."""
    return "decoded" in row and row["decoded"]["version"] == 2


@NEEDS_STRINGS
def test_every_shared_tc_string_decodes_or_is_refused_as_the_reference_does() -> None:
    rows = depot("tcf_strings_shared.jsonl")
    assert len(rows) > 80
    for place, row in enumerate(rows):
        assert (why(row["string"]) is None) == wanted(row), place
        if wanted(row):
            told, said = row["decoded"], tcf.decode(row["string"])
            assert sorted(said.purposes.numbers) == told["purposeConsents"], place
            assert sorted(said.legitimate_interests.numbers) == told["purposeLegitimateInterests"], place
            assert sorted(said.special_features.numbers) == told["specialFeatureOptins"], place
            assert sorted(said.vendors.numbers) == told["vendorConsents"], place
            assert sorted(said.disclosed.numbers if said.disclosed else []) == told["vendorsDisclosed"], place
            assert (said.policy, said.cmp, said.vendor_list) == (
                told["policyVersion"], told["cmpId"], told["vendorListVersion"]
            ), place  # fmt: skip
            assert said.service_specific == told["isServiceSpecific"], place
            assert len(said.restrictions) == told["publisherRestrictionCount"], place
            assert said.created.isoformat(timespec="milliseconds").replace("+00:00", "Z") == told["created"], place


@NEEDS_STRINGS
def test_no_shared_tc_string_gives_more_when_cut_at_any_length() -> None:
    for row in filter(wanted, depot("tcf_strings_shared.jsonl")):
        refuses_or_gives_less(row["string"])


@given(purposes=PURPOSES, vendors=SPANS, publisher=st.none() | PURPOSES)
@trials(25)
def test_no_made_up_tc_string_gives_more_when_cut_at_any_length(
    purposes: set[int], vendors: list[tuple[int, int]], publisher: set[int] | None
) -> None:
    refuses_or_gives_less(tc_string(purposes, vendors=vendors, publisher=publisher))


def refuses_or_gives_less(text: str) -> None:
    """Every shorter beginning of a string is refused, but where whole segments were cut off, or letters of zeros."""
    whole = tcf.decode(text)
    for length in range(len(text)):
        try:
            said = tcf.decode(text[:length])
        except ConsentRefused:
            continue
        assert said.purposes <= whole.purposes and said.vendors <= whole.vendors
        rest = text[length:]
        assert rest[0] == "." or not rest.strip("A.") or set(rest.split(".")[0]) == {"A"}, length


@given(purposes=PURPOSES, vendors=SPANS, publisher=st.none() | PURPOSES)
@trials(40)
def test_what_was_written_is_read(
    purposes: set[int], vendors: list[tuple[int, int]], publisher: set[int] | None
) -> None:
    said = tcf.decode(tc_string(purposes, vendors=vendors, publisher=publisher))
    assert said.purposes.numbers == purposes
    assert said.vendors.numbers == {vendor for first, last in vendors for vendor in range(first, last + 1)}
    assert (said.publisher_purposes is None) == (publisher is None)
    if said.publisher_purposes is not None:
        assert said.publisher_purposes.numbers == publisher


REFUSES_ALL = (
    "CQtAQoAQtAQoAEsABBETCWFgAAAAAAAAAAggImAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAA.IImQAYAAgiY"
)
FAILS_OPEN = {26: (24, 0), 60: (0, 970), 100: (0, 730), 128: (0, 562)}
"""Purposes and vendors that the package iab-tcf 0.2.2 reads consent for when `REFUSES_ALL` is cut to so many letters."""


@pytest.mark.parametrize("length", FAILS_OPEN)
def test_where_a_known_decoder_reads_consent_out_of_a_cut_refusal_this_one_refuses(length: int) -> None:
    """Measured in an environment of its own; the whole string consents to nothing in both."""
    whole = tcf.decode(REFUSES_ALL)
    assert (whole.purposes.numbers, whole.vendors.numbers) == (frozenset(), frozenset())
    assert why(REFUSES_ALL[:length]) == Why.CUT


@given(st.text(LETTERS + ".~= é\x00", max_size=120))
@trials(60)
def test_no_text_does_more_than_be_refused_or_decode(text: str) -> None:
    why(text)
    with suppress(ConsentRefused):
        gpp.decode(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Why.ABSENT),
        (tc_string() + "=", Why.NOT_BASE64URL),
        (tc_string() + ".", Why.NOT_BASE64URL),
        (tc_string(version=1), Why.VERSION),
        (tc_string(version=3), Why.VERSION),
        (tc_string(disclosed=None) + "AAAAA", Why.TRAILING),
        (tc_string(disclosed=None) + "AB", Why.TRAILING),
        (tc_string(disclosed=None) + "." + letters(number(1, 3) + number(0, 17) + number(0, 40)), Why.TRAILING),
        (tc_string() + "." + tc_string().split(".")[1], Why.CONTRADICTION),
        (tc_string(disclosed=None) + "." + letters(number(5, 3)), Why.CONTRADICTION),
        (tc_string(vendors=[(9, 3)]), Why.CONTRADICTION),
        (tc_string(vendor_list=0), Why.CONTRADICTION),
        (tc_string(updated=NOVEMBER - timedelta(days=1)), Why.CONTRADICTION),
        (tc_string(vendors=[(0, 3)]), Why.CONTRADICTION),
        ("C" + "A" * 9_000, Why.TRAILING),
    ],
    ids=lambda each: each if isinstance(each, Why) else "",
)
def test_a_broken_string_is_refused_for_its_reason(text: str, reason: Why) -> None:
    assert why(text) == reason


@NEEDS_STRINGS
def test_every_shared_gpp_string_decodes_or_is_refused_as_the_reference_does() -> None:
    rows = depot("gpp_strings_shared.jsonl")
    assert len(rows) > 20
    for place, row in enumerate(rows):
        if not row["reference_decoder_ok"]:
            with pytest.raises(ConsentRefused):
                gpp.sections(row["string"])
            continue
        assert list(gpp.sections(row["string"])) == row["section_ids"], place
        told = row["sections"].get("tcfeuv2")
        if told is None:
            with pytest.raises(ConsentRefused, match=Why.NO_SECTION):
                gpp.decode(row["string"])
            continue
        said = gpp.decode(row["string"])
        consents = {purpose for purpose, granted in enumerate(told["PurposeConsents"], 1) if granted}
        assert (said.purposes.numbers, sorted(said.vendors.numbers)) == (consents, told["VendorConsents"]), place
        assert (said.policy, said.service_specific) == (told["PolicyVersion"], told["IsServiceSpecific"]), place


@NEEDS_STRINGS
def test_no_shared_gpp_string_gives_more_when_cut_at_any_length() -> None:
    cut = 0
    for row in depot("gpp_strings_shared.jsonl"):
        if row["reference_decoder_ok"] and 2 in row["section_ids"]:
            whole = gpp.decode(row["string"])
            for length in range(len(row["string"])):
                cut += 1
                try:
                    said = gpp.decode(row["string"][:length])
                except ConsentRefused:
                    continue
                assert said.purposes <= whole.purposes and said.vendors <= whole.vendors
    assert cut > 500


@given(st.dictionaries(st.integers(1, 40), st.text(LETTERS + ".", min_size=1, max_size=20), max_size=8))
@trials(40)
def test_what_sections_were_written_are_read(sections: dict[int, str]) -> None:
    assert gpp.sections(gpp_string(sections)) == dict(sorted(sections.items()))


def test_sections_may_be_told_as_a_range() -> None:
    header = number(3, 6) + number(1, 6) + number(2, 12) + "0" + fibonacci(2) + "1" + fibonacci(4) + fibonacci(2)
    assert list(gpp.sections("~".join([letters(header), "a", "b", "c", "d"]))) == [2, 6, 7, 8]


@pytest.mark.parametrize("told", [(2, 1), (1, 2)])
def test_a_section_more_or_less_than_the_header_says_is_refused(told: tuple[int, int]) -> None:
    header = number(3, 6) + number(1, 6) + number(told[0], 12) + ("0" + fibonacci(2)) * told[0]
    with pytest.raises(ConsentRefused):
        gpp.sections("~".join([letters(header), *[tc_string()] * told[1]]))


def test_a_range_of_a_billion_sections_is_refused_at_once() -> None:
    header = number(3, 6) + number(1, 6) + number(1, 12) + "1" + fibonacci(1) + fibonacci(1_000_000_000)
    with pytest.raises(ConsentRefused, match=Why.CONTRADICTION):
        gpp.sections(letters(header) + "~a")
