"""The audit of cookies: they may hold a user id and pages visited, and nothing else that says who somebody is (promise 6).

Findings are names of cookies and counts. A value is looked at in every written form of it, and never told.
"""

import base64
import binascii
import html
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from unicodedata import normalize
from urllib.parse import unquote_plus

from stdnum import iban, luhn

from anonymizers.engine import Table

_ROUNDS = 5
"""Encodings inside encodings that are opened."""
_SHORTEST, _LONGEST = 6, 4096
"""Signs of a value: what can say something, and what browsers keep of a cookie."""

_EMAIL = re.compile(r"[^\s@=,;:<>\"'/?&]+@[^\s@=,;:<>\"'/?&]+\.[^\W\d_]{2,}")
_DIGITS = re.compile(r"(?<![0-9a-z])\d(?:[ -]?\d){10}(?![0-9a-z])")
_ISIKUKOOD = re.compile(r"[1-8]\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{4}")
"""Whatever its check digit: one mistyped is somebody's all the same."""
_MANY_DIGITS = re.compile(r"(?:\d\D{0,2}){7}")
_UUID = re.compile(r"(?<![0-9a-z])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![0-9a-z])")
_CARD = re.compile(r"(?<![0-9a-z])\d(?:[ -]?\d){12,18}(?![0-9a-z])")
_PHONE = re.compile(r"(?<![0-9a-z])(?:\+|00)372[ -]?\d(?:[ -]?\d){6,7}(?![0-9a-z])")
_IBAN = re.compile(r"(?<![0-9a-z])[a-z]{2}\d{2}(?: ?[a-z0-9]{4}){2,7}(?: ?[a-z0-9]{1,4})?(?![0-9a-z])")
_METERING_POINT = re.compile(r"(?<![0-9a-z])38z[a-z0-9-]{13}(?![0-9a-z])")
_NAME = re.compile(
    r"\b[A-ZÕÄÖÜŠŽ][a-zõäöüšž]+(?:-[A-ZÕÄÖÜŠŽ][a-zõäöüšž]+)? [A-ZÕÄÖÜŠŽ][a-zõäöüšž]+(?:-[A-ZÕÄÖÜŠŽ][a-zõäöüšž]+)?\b"
)
_SECRET = re.compile(r"(?:pass(?:word|phrase|wd)|pwd|parool|salas[oõ]na|kennwort|пароль)[\"']?\s*[:=]", re.IGNORECASE)
_SECRET_NAME = re.compile(
    r"pass(?:w(?:or)?d|phrase|wd)|(?:^|[_.-])(?:pass|pwd|pin|pw)(?:$|[_.-])|parool|salas[oõ]na", re.IGNORECASE
)
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}){6,}")
_BYTES = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")


class Finding(StrEnum):
    """What a cookie holds that it must not: the closed list."""

    PASSWORD = "password-like"
    EMAIL = "e-mail-like"
    ISIKUKOOD = "isikukood-like"
    PHONE = "phone-like"
    ACCOUNT_NUMBER = "bank account or card-like"
    METERING_POINT = "metering-point-like"
    NAME = "name-like"


@dataclass(frozen=True)
class CookieAudit:
    """What was found in one day's cookies, by name and never by value."""

    looked_at: int
    """Different cookies: pairs of name and value."""
    found: Mapping[str, Mapping[Finding, int]]
    """Cookie name -> finding -> how many requests carried it. A name that may be a value itself stands as `(hidden)`."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the cookies that hold what they must not."""
        return tuple(sorted(self.found))

    @property
    def findings(self) -> Mapping[Finding, int]:
        """Finding -> cookies in requests."""
        told: Counter[Finding] = Counter()
        for counted in self.found.values():
            told.update(counted)
        return dict(told)


HIDDEN = "(hidden)"
_PLAIN_NAME = re.compile(r"[A-Za-z_](?:[A-Za-z_.-]|\d(?!\d{3})){0,60}")
_CUT = """
SELECT trim(piece) AS cookie, CAST(count(*) AS BIGINT) AS requests
FROM (SELECT $pieces AS piece FROM (SELECT cookies FROM $views UNION ALL SELECT cookies FROM $ads) both_sources) cut
WHERE trim(piece) <> '' GROUP BY trim(piece)
"""


def audit(page_views: Table, ad_events: Table) -> CookieAudit:
    """Look at every different cookie of a day once.

    Both tables have `cookies`: text as browsers send it (`name=value; name=value`), or NULL. The engine cuts it first: texts
    differ by the page visited, their cookies do not (90,110 texts of a day of 200,000 events hold 20,000).
    """
    engine = page_views.engine
    cut = engine.query(_CUT, views=page_views, ads=ad_events, pieces=engine.pieces("cookies", ";"))
    return audit_cookies((row["cookie"], row["requests"]) for row in engine.fetch(cut).to_pylist())


def audit_cookies(cookies: Iterable[tuple[str, int]]) -> CookieAudit:
    """Look at cookies, each as `name=value` and with the number of requests that carried it."""
    found: dict[str, Counter[Finding]] = {}
    looked_at = 0
    for text, requests in cookies:
        looked_at += 1
        name, value = pair_of(text)
        for finding in look_at(name, value):
            found.setdefault(_told_name(name), Counter())[finding] += requests
    return CookieAudit(looked_at, {name: dict(sorted(counted.items())) for name, counted in sorted(found.items())})


def pair_of(cookie: str) -> tuple[str, str]:
    """Name and value; a cookie without `=` is a value without a name."""
    name, equals, value = cookie.strip().partition("=")
    return (name.strip(), value.strip().strip('"')) if equals else ("", name.strip())


def look_at(name: str, value: str) -> Iterator[Finding]:
    """What one cookie holds that it must not, in its value or in its name."""
    if _SECRET_NAME.search(name) and value:
        yield Finding.PASSWORD
    yield from dict.fromkeys((*_found_in_name(name), *_found_in_any_form(value)))


def forms_of(text: str) -> list[str]:
    """A text and what comes out of it by percent, HTML, base64 and hexadecimal decoding, at most five deep."""
    if len(text) < _SHORTEST:
        return [text]
    forms, fresh = dict.fromkeys([text[:_LONGEST]]), [text[:_LONGEST]]
    for _ in range(_ROUNDS):
        fresh = [form for each in fresh for form in dict.fromkeys(_opened(each)) if form not in forms]
        forms.update(dict.fromkeys(fresh))
        if not fresh:
            break
    return [form if form.isascii() else normalize("NFKC", form) for form in forms]


def _opened(text: str) -> Iterator[str]:
    if "%" in text or "+" in text:
        yield unquote_plus(text)
    if "&" in text:
        yield html.unescape(text)
    for piece in _HEX.findall(text):
        yield from _as_text(bytes.fromhex(piece))
    for piece in _BASE64.findall(text):
        plain = piece.rstrip("=").replace("-", "+").replace("_", "/")
        try:
            decoded = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
        except binascii.Error:
            continue
        yield from _as_text(decoded)


def _as_text(content: bytes) -> Iterator[str]:
    """Bytes that are a text; those of a random token hardly ever are."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return
    if not _BYTES.search(text):
        yield text


def _found_in(form: str) -> Iterator[Finding]:
    if _SECRET.search(form):
        yield Finding.PASSWORD
    if "@" in form and _EMAIL.search(form):
        yield Finding.EMAIL
    if " " in form and _NAME.search(form):
        yield Finding.NAME
    if _MANY_DIGITS.search(form):
        yield from _numbers_in(_UUID.sub("", form.casefold()))


def _numbers_in(folded: str) -> Iterator[Finding]:
    if any(_ISIKUKOOD.fullmatch(_compact(digits)) for digits in _DIGITS.findall(folded)):
        yield Finding.ISIKUKOOD
    if _PHONE.search(folded):
        yield Finding.PHONE
    cards = (_compact(digits) for digits in _CARD.findall(folded))
    if any(card[0] in "3456" and luhn.is_valid(card) for card in cards) or any(
        map(iban.is_valid, _IBAN.findall(folded))
    ):
        yield Finding.ACCOUNT_NUMBER
    if _METERING_POINT.search(folded):
        yield Finding.METERING_POINT


def _found_in_any_form(text: str) -> tuple[Finding, ...]:
    return tuple(finding for form in forms_of(text) for finding in _found_in(form))


_found_in_name = lru_cache(maxsize=1_000)(_found_in_any_form)


def _compact(digits: str) -> str:
    return digits.replace(" ", "").replace("-", "")


def _told_name(name: str) -> str:
    return name if _PLAIN_NAME.fullmatch(name) and not _found_in_name(name) else HIDDEN
