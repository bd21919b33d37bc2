"""Consent fails closed: each rule refuses for its reason, each use needs all its purposes, and nobody gains by saying less."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from anonymizers.consent import tcf
from anonymizers.consent.agreed import EVERYTHING, SILENT, granted, reason_of, refused, serves
from anonymizers.consent.refused import ConsentRefused, Why
from anonymizers.consent.signals import agreed_by, judge
from anonymizers.consent_rules import NEEDS, Consent, Use
from anonymizers.engine import Engine
from anonymizers.local_day import LocalDay
from tests.anonymizers.consent.strings import NOVEMBER, gpp_string, tc_string
from tests.anonymizers.trials import trials

DAY = LocalDay(date(2026, 11, 20), "Europe/Tallinn")
MIDNIGHT = datetime(2026, 11, 20, 22, tzinfo=UTC)
"""The end of the day in Tallinn."""


def rules(**more: Any) -> Consent:
    """A site's rules, as its file writes them."""
    return TypeAdapter(Consent).validate_python({"as": "tcf", **more})


def judged(rules: Consent, **said: Any) -> Why | frozenset[Use]:
    """What a string comes to."""
    try:
        return judge(tcf.decode(tc_string(**said)), rules, DAY)
    except ConsentRefused as refusal:
        return refusal.why


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"policy": 3}, Why.POLICY),
        ({"policy": 2}, Why.POLICY),
        ({"service_specific": False}, Why.NOT_SERVICE_SPECIFIC),
        ({"created": NOVEMBER - timedelta(days=372)}, Why.TOO_OLD),
        ({"created": NOVEMBER - timedelta(days=3720)}, Why.TOO_OLD),
        ({"created": MIDNIGHT}, Why.IN_THE_FUTURE),
        ({"updated": MIDNIGHT + timedelta(days=400)}, Why.IN_THE_FUTURE),
        ({"disclosed": None}, Why.NOT_DISCLOSED),
        ({"created": datetime(2026, 3, 1, tzinfo=UTC), "disclosed": None}, Why.NOT_DISCLOSED),
        ({"purposes": (2, 7, 8, 9)}, Why.PURPOSE_ONE),
        ({"purposes": ()}, Why.PURPOSE_ONE),
        ({"purposes": (1, 2, 3, 4, 10)}, Why.NO_PURPOSE),
    ],
)
def test_each_rule_refuses_for_its_reason(said: dict[str, Any], reason: Why) -> None:
    assert judged(rules()) == frozenset(Use)
    assert judged(rules(), **said) == reason


def test_the_edges_of_the_dates() -> None:
    oldest = datetime(2026, 11, 20, tzinfo=UTC) - timedelta(days=390)
    old = {"disclosed": None, "policy": 4}
    assert judged(rules(), created=oldest, **old) == frozenset(Use)
    assert judged(rules(), created=oldest - timedelta(days=1), **old) == Why.TOO_OLD
    assert judged(rules(), created=MIDNIGHT - timedelta(seconds=1)) == frozenset(Use)
    assert judged(rules(), created=datetime(2026, 2, 28, 23, 59, tzinfo=UTC), disclosed=None) == frozenset(Use)


def test_the_rules_are_data() -> None:
    assert judged(rules(least_policy=6)) == Why.POLICY
    assert judged(rules(oldest_days=10)) == Why.TOO_OLD
    assert judged(rules(scope="any"), service_specific=False) == frozenset(Use)
    assert judged(rules(disclosed_from="2027-01-01"), disclosed=None) == frozenset(Use)
    assert judged(rules(purposes={"ads": [1, 7, 10]})) == Why.NO_PURPOSE
    assert judged(rules(purposes={"ads": [1, 7, 10]}), purposes=(1, 7, 10)) == {Use.ADS}


@pytest.mark.parametrize(
    "wrong",
    [{"granting": ["yes"]}, {"purposes": {"ads": [7]}}, {"purposes": {"ads": []}}, {"purposes": {"mail": [1]}},
     {"as": "tcf1"}, {"as": "plain"}, {"least_policy": 0}, {"oldest_days": 5000}],
)  # fmt: skip
def test_rules_that_cannot_be_meant_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        rules(**wrong)


@given(purposes=st.sets(st.integers(1, 24)), publisher=st.none() | st.sets(st.integers(1, 24)))
@trials(60)
def test_an_event_serves_a_use_only_if_all_its_purposes_are_granted(purposes: set[int], publisher: Any) -> None:
    found = judged(rules(), purposes=purposes, publisher=publisher)
    served = {use for use, needed in NEEDS.items() if set(needed) <= purposes}
    assert found == (served or (Why.NO_PURPOSE if 1 in purposes else Why.PURPOSE_ONE))


def given_uses(text: str | None, written_as: Any = "tcf") -> set[Use]:
    """The uses that a signal grants, read back out of `agreed`."""
    agreed = agreed_by(text, written_as, rules(), DAY)
    assert agreed <= EVERYTHING and agreed != 0
    return {use for use in Use if agreed > 0 and agreed & granted([use])}


@given(purposes=st.sets(st.integers(1, 12)), disclosed=st.booleans(), publisher=st.none() | st.sets(st.integers(1, 12)))
@trials(25)
def test_no_string_cut_at_any_length_serves_more_than_the_whole_one(
    purposes: set[int], disclosed: bool, publisher: Any
) -> None:
    text = tc_string(purposes, disclosed=((1, 30),) if disclosed else None, publisher=publisher)
    in_gpp = gpp_string({2: text, 6: "1YNN"})
    whole = given_uses(text)
    assert given_uses(in_gpp, "gpp") == whole
    for length in range(len(text)):
        assert given_uses(text[:length]) <= whole
    for length in range(len(in_gpp)):
        assert given_uses(in_gpp[:length], "gpp") <= whole


def test_a_signal_that_is_not_there_says_nothing_and_any_other_says_no() -> None:
    for nothing in (None, "", " "):
        assert agreed_by(nothing, "tcf", rules(), DAY) == SILENT == refused(Why.ABSENT)
    assert reason_of(agreed_by("DBABMA", "gpp", rules(), DAY)) == Why.CUT
    assert reason_of(agreed_by(gpp_string({6: "1YNN"}), "gpp", rules(), DAY)) == Why.NO_SECTION
    assert reason_of(agreed_by(gpp_string({2: tc_string(vendor_list=0)}), "gpp", rules(), DAY)) == Why.CONTRADICTION
    assert reason_of(agreed_by(tc_string(disclosed=None), "gpp", rules(), DAY)) == Why.VERSION


def test_every_reason_has_a_place_of_its_own_and_none_serves() -> None:
    places = [refused(why) for why in Why]
    assert len(set(places)) == len(Why) and max(places) == SILENT == -1
    assert [reason_of(place) for place in places] == list(Why)
    assert all(reason_of(agreed) is None for agreed in range(1, EVERYTHING + 1))


def test_what_serves_in_sql_is_what_was_granted(engine: Engine) -> None:
    def told(use: Use, agreed: Iterable[str]) -> list[bool]:
        rows = engine.query(" UNION ALL ".join(f"SELECT {each} AS agreed" for each in agreed))
        counted = engine.query(
            "SELECT $serves AS serves FROM $rows ORDER BY agreed", serves=serves(use, "agreed"), rows=rows
        )
        return [bool(row["serves"]) for row in engine.fetch(counted).to_pylist()]

    for use in Use:
        numbers = range(-len(Why), EVERYTHING + 1)
        assert told(use, map(str, numbers)) == [n > 0 and n & granted([use]) > 0 for n in numbers]
        assert told(use, ["CAST(NULL AS INTEGER)"]) == [False]


def test_the_day_decides_and_not_the_clock() -> None:
    said = tcf.decode(tc_string())
    assert judge(said, rules(), DAY) == frozenset(Use)
    for day, reason in ((date(2028, 1, 1), Why.TOO_OLD), (date(2026, 10, 30), Why.IN_THE_FUTURE)):
        with pytest.raises(ConsentRefused, match=reason):
            judge(said, rules(), replace(DAY, date=day))
