"""The mailing list holds those who asked for mail and have not taken it back, and nobody else."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from unicodedata import normalize

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anonymizers.own_uses.mailing import KINDS, LINES, MailingList, draw_up, token_of

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
YES = ("true", "1", "yes", " True ")
NO = ("false", "0", "no", "", None, "maybe", "truely", "on", "2", "0.5")

accounts = st.lists(
    st.fixed_dictionaries(
        {
            "account_id": st.sampled_from(["a1", "a2", "a3", "a4", "", None]),
            "email": st.sampled_from(["mari@x.example", "MARI@x.example", "jaan@x.example", "uku@x.example"]),
            "newsletter_consent": st.sampled_from([*YES, *NO]),
            "offer_consent": st.sampled_from([*YES, *NO]),
        }
    ),
    max_size=8,
)


def account(**row: Any) -> dict[str, Any]:
    return {
        "account_id": "a1",
        "email": "mari@x.example",
        "newsletter_consent": "true",
        "offer_consent": "false",
        **row,
    }


def drawn(*rows: dict[str, Any], excluded: Any = (), unsubscribed: Any = (), key: bytes = KEY) -> MailingList:
    return draw_up(rows, excluded=frozenset(excluded), unsubscribed=frozenset(unsubscribed), key=key)


def addressed(found: MailingList) -> list[tuple[str, str]]:
    return [(line["kind"], line["email"]) for line in found.lines.to_pylist()]


@settings(deadline=None)  # the first one loads the tables of IDNA
@given(rows=accounts, excluded=st.sets(st.sampled_from(["a1", "a2", "a3"])))
def test_a_line_stands_for_an_address_that_asked_and_for_no_other(rows, excluded):
    found = draw_up(rows, excluded=excluded, unsubscribed=frozenset(), key=KEY)
    out = {row["email"].casefold() for row in rows if row["account_id"] in excluded}
    expected = {
        (kind, row["email"].casefold())
        for row in rows
        for kind, consent in (("newsletter", "newsletter_consent"), ("offers", "offer_consent"))
        if row["account_id"]
        and row["email"].casefold() not in out
        and all(other[consent] in YES for other in rows if other["account_id"] == row["account_id"])
    }
    lines = [(kind, email.casefold()) for kind, email in addressed(found)]
    assert sorted(lines) == sorted(expected), "each address once for each kind of mail"
    assert found.lines.schema.equals(LINES)
    assert sum(found.by_kind.values()) == len(lines)


@given(rows=accounts)
def test_who_follows_the_link_of_a_line_is_on_no_list_of_that_kind_any_more(rows):
    first = draw_up(rows, excluded=frozenset(), unsubscribed=frozenset(), key=KEY)
    for line in first.lines.to_pylist():
        then = draw_up(rows, excluded=frozenset(), unsubscribed={line["unsubscribe_token"]}, key=KEY)
        gone = (line["kind"], line["email"].casefold())
        assert gone not in [(kind, email.casefold()) for kind, email in addressed(then)]
        assert {each for each in addressed(first) if each[0] != line["kind"]} <= set(addressed(then))


def test_a_new_opt_in_after_an_unsubscription_counts():
    row = account(newsletter_since="2026-01-01")
    token = drawn(row).lines["unsubscribe_token"][0].as_py()
    assert not addressed(drawn(row, unsubscribed=[token]))
    assert addressed(drawn(account(newsletter_since="2026-05-01"), unsubscribed=[token]))


def test_a_corrected_address_keeps_the_unsubscription():
    token = drawn(account()).lines["unsubscribe_token"][0].as_py()
    assert not addressed(drawn(account(email="mari.uus@x.example"), unsubscribed=[token]))


def test_an_objection_by_one_account_takes_its_address_out_of_all_of_them():
    found = drawn(account(), account(account_id="a2"), excluded=["a2"])
    assert addressed(found) == [] and found.objected == 2


def test_each_line_tells_when_and_where_it_was_asked_for():
    [line] = drawn(account(newsletter_since="2026-01-01 10:00", newsletter_source="portal")).lines.to_pylist()
    assert (line["opted_in_at"], line["opted_in_by"]) == ("2026-01-01 10:00", "portal")


def test_addresses_that_break_a_file_or_begin_a_formula_are_left_out_and_counted():
    odd = ["", None, "mari", "@x.example", "=cmd|'/c calc'!A1@x.example", "+1@x.example", "-1@x.example", "a\n@x.example",
           'a"b@x.example', "a,b@x.example", "a;b@x.example", "mari@x", "a b@x.example"]  # fmt: skip
    found = drawn(*(account(account_id=f"a{number}", email=email) for number, email in enumerate(odd)))
    assert addressed(found) == [] and found.without_address == len(odd)


@given(account_id=st.text(min_size=1), since=st.none() | st.text())
def test_a_token_tells_nothing_without_the_key(account_id, since):
    tokens = {token_of(key, kind, account_id, since) for key in (KEY, OTHER_KEY) for kind in KINDS}
    assert len(tokens) == 2 * len(KINDS)
    assert all(len(token) == 40 for token in tokens)


@pytest.mark.parametrize("consents", [("true", "false"), ("false", "true"), ("true", None)])
def test_rows_of_an_account_that_contradict_each_other_are_no_opt_in(consents):
    found = drawn(*(account(newsletter_consent=consent) for consent in consents))
    assert addressed(found) == [] and found.objected == 1


@pytest.mark.parametrize(
    "spelled",
    [
        normalize("NFD", "jõe@õun.ee"),
        "JÕE@ÕUN.EE",
        "jõe@" + "õun.ee".encode("idna").decode(),
        "jõe\u200b@õun.ee",
        "ｊõe@õun.ee",
    ],
)
def test_an_address_that_is_out_is_out_however_another_account_spells_it(spelled):
    both = account(email="jõe@õun.ee"), account(account_id="a2", email=spelled)
    assert len(addressed(drawn(*both))) == 1
    assert addressed(drawn(*both, excluded=["a1"])) == addressed(drawn(*both, excluded=["a2"])) == []
    token = drawn(both[0]).lines["unsubscribe_token"][0].as_py()
    assert addressed(drawn(*both, unsubscribed=[token])) == []


@given(
    since=st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)),
    zone=st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours))),
)
def test_an_unsubscription_holds_however_an_export_or_an_engine_writes_the_same_instant(since, zone):
    told = since.replace(tzinfo=UTC)
    spelled = [
        str(since),
        str(told),
        since.isoformat() + "Z",
        f"{since:%Y-%m-%d %H:%M:%S.%f}+00",
        str(told.astimezone(zone)),
    ]
    assert len({token_of(KEY, "newsletter", "a1", text) for text in spelled}) == 1
    assert token_of(KEY, "newsletter", "a1", str(told + timedelta(microseconds=1))) != token_of(
        KEY, "newsletter", "a1", str(told)
    )


def test_an_instant_that_cannot_be_read_is_none_so_that_the_unsubscription_holds():
    token = drawn(account(newsletter_since="last spring")).lines["unsubscribe_token"][0].as_py()
    assert not addressed(drawn(account(newsletter_since="this spring"), unsubscribed=[token]))
