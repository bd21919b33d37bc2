"""A cookie that holds what it must not is found in every written form; user ids, pages visited and tokens pass."""

import base64
import uuid
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anonymizers.own_uses.cookies import HIDDEN, Finding, audit_cookies, look_at, pair_of

FORMS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "percent": lambda value: quote(value, safe=""),
    "percent twice": lambda value: quote(quote(value, safe=""), safe=""),
    "base64": lambda value: base64.b64encode(value.encode()).decode(),
    "base64 for addresses": lambda value: base64.urlsafe_b64encode(value.encode()).decode().rstrip("="),
    "hexadecimal": lambda value: value.encode().hex(),
    "percent in base64": lambda value: base64.b64encode(quote(value, safe="").encode()).decode(),
    "JSON": lambda value: '{"who":"' + value + '"}',
    "JSON in percent": lambda value: quote('{"who":"' + value + '"}', safe=""),
    "full width": lambda value: "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in value),
}
PERSONAL = {
    "mari.maasikas@marked.example": Finding.EMAIL,
    "õnne.pärn@marked.example": Finding.EMAIL,
    "36805280109": Finding.ISIKUKOOD,
    "36805280100": Finding.ISIKUKOOD,
    "+372 5777 7771": Finding.PHONE,
    "+37257777771": Finding.PHONE,
    "EE382200221020145685": Finding.ACCOUNT_NUMBER,
    "4111 1111 1111 1111": Finding.ACCOUNT_NUMBER,
    "38ZEE-77777777-C": Finding.METERING_POINT,
    "Mari Maasikas-Marked": Finding.NAME,
    "password=Kukeseen7": Finding.PASSWORD,
    "parool: Kukeseen7": Finding.PASSWORD,
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("value", PERSONAL)
def test_a_personal_value_is_found_in_every_form(value, form):
    assert PERSONAL[value] in set(look_at("c", FORMS[form](value)))


@pytest.mark.parametrize("name", ["password", "user_pass", "PIN", "pwd", "salasona", "parool", "login.passwd"])
def test_a_cookie_called_after_a_password_is_found_whatever_it_holds(name):
    assert set(look_at(name, "x7")) == {Finding.PASSWORD}


@pytest.mark.parametrize(
    "value",
    ["et", "1", "necessary+statistics", "/arved/2026", "%2Farved%2F2026", "EE12345678", "GA1.2.1234567890.1761234567",
     "1761234567890", "light", "a|b|c", "CQSm0YAQSm0YAAGABCENB1FsAP_gAAAAAAYgAAAA", "passenger", "compass=north"],
)  # fmt: skip
def test_user_ids_pages_and_settings_pass(value):
    assert not set(look_at("portal_id", value))


@settings(max_examples=200, deadline=None)
@given(value=st.uuids() | st.binary(min_size=16, max_size=32))
def test_random_tokens_pass(value):
    texts = [str(value), value.hex] if isinstance(value, uuid.UUID) else [base64.urlsafe_b64encode(value).decode()]
    texts = [text for text in texts if any(sign.isalpha() for sign in text) and not _reads_as_text(value)]
    assert not {finding for text in texts for finding in look_at("sid", text)}


def _reads_as_text(value: uuid.UUID | bytes) -> bool:
    """Bytes that happen to be a text, as hypothesis likes them, are one."""
    content = value.bytes if isinstance(value, uuid.UUID) else value
    return sum(32 <= byte < 127 or byte in (9, 10, 13) for byte in content) > len(content) // 2


@given(st.text(max_size=300))
def test_no_text_breaks_the_audit(text):
    assert audit_cookies([(text, 1)]).looked_at == 1


def test_findings_are_names_and_counts_of_requests():
    found = audit_cookies([("sid=1", 9), ("mail=a@b.example", 2), ("mail=c%40d.example", 3), ("nimi=Mari+Maasikas", 1)])
    assert found.names == ("mail", "nimi") and found.looked_at == 4
    assert found.findings == {Finding.EMAIL: 5, Finding.NAME: 1}


@pytest.mark.parametrize(
    "name", ["mari@x.example", "u_36805280109", "k%C3%B5ne", "x" * 80, "1", "", "a12345", "bWFyaUB4LmV4YW1wbGU"]
)
def test_a_name_that_may_be_a_value_is_hidden(name):
    found = audit_cookies([(f"{name}=mari@x.example", 1)])
    assert found.names == (HIDDEN,)
    assert "mari" not in str(found) and "36805280109" not in str(found)


@pytest.mark.parametrize(
    ("cookie", "pair"),
    [("a=1", ("a", "1")), ('b="x=y"', ("b", "x=y")), (" c ", ("", "c")), ("=d", ("", "d")), ("", ("", ""))],
)
def test_a_cookie_is_a_name_and_a_value(cookie, pair):
    assert pair_of(cookie) == pair
