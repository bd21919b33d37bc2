"""What an authority's request must hold, and which rows are the one person's."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from anonymizers.contract import Role
from anonymizers.disclosure import Request, shared_cookies, way_to

RECIPIENT = "age1" + "q" * 58
TODAY = date(2026, 11, 22)


def request(**more: Any) -> Request:
    usual = {
        "case": "kt-2026-1",
        "authority": "ppa",
        "legal_basis": "krms-90-1",
        "requester": "a-tamm",
        "approver": "b-kask",
    }
    return Request(**{**usual, "recipient": RECIPIENT, "account": "EE77777771", **more})


@pytest.mark.parametrize("spelled", ["a-tamm", "a_tamm", "atamm"])
def test_whoever_asks_cannot_approve(spelled):
    with pytest.raises(ValidationError, match="second person"):
        request(approver=spelled)


@pytest.mark.parametrize("place", ["case", "authority", "legal_basis", "requester", "approver"])
@pytest.mark.parametrize("name", ["case-ee77777771", "ee7-777-7771", "my-cookie-9"])
def test_what_the_ledger_keeps_cannot_hold_the_person(place, name):
    with pytest.raises(ValidationError, match="its own reference"):
        request(**{place: name}, cookies=("MyCookie9",))


@pytest.mark.parametrize("place", ["case", "authority", "legal_basis", "requester", "approver"])
@pytest.mark.parametrize("name", ["", "../x", "Mari Maasikas", "a/b", "x" * 70, "õ"])
def test_what_the_ledger_keeps_is_a_plain_name(place, name):
    with pytest.raises(ValidationError):
        request(**{place: name})


@given(
    first=st.none() | st.dates(date(2026, 1, 1), TODAY),
    last=st.none() | st.dates(TODAY, date(2027, 1, 1)),
    window=st.integers(1, 60),
)
def test_only_days_of_the_retention_window_are_searched(first, last, window):
    days = request(first_day=first, last_day=last).days(TODAY, window)
    assert all(TODAY - timedelta(days=window) <= day < TODAY for day in days)
    assert all((first is None or day >= first) for day in days)
    if first is None or first <= TODAY - timedelta(days=window):
        assert len(days) == window


@given(account=st.sampled_from(["EE77777771", "EE2", "", None]), cookie=st.sampled_from(["c1", "c2", "", None]))
def test_rows_are_those_of_the_person_and_of_nobody_who_shares_the_browser(account, cookie):
    way = way_to({"account_id": account, "cookie_id": cookie}, request(cookies=("c1",)))
    if account:
        assert way is (Role.ACCOUNT_ID if account == "EE77777771" else None)
    else:
        assert way is (Role.COOKIE_ID if cookie == "c1" else None)


ROWS = st.fixed_dictionaries(
    {
        "account_id": st.sampled_from(["EE77777771", " EE2 ", "", None]),
        "cookie_id": st.sampled_from(["c1", "c2", "c3", None]),
    }
)


@given(rows=st.lists(ROWS, max_size=8))
def test_of_a_cookie_that_another_account_used_only_rows_with_the_persons_account_are_hers(rows):
    asked = request(cookies=("c1", "c2"))
    shared = shared_cookies(rows, asked)
    assert shared == {row["cookie_id"] for row in rows if row["account_id"] == " EE2 " and row["cookie_id"]}
    for row in rows:
        way = way_to(row, asked, shared)
        assert (way is Role.ACCOUNT_ID) == (row["account_id"] == "EE77777771")
        assert (way is Role.COOKIE_ID) == (not row["account_id"] and row["cookie_id"] in {"c1", "c2"} - shared)
