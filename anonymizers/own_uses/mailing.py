"""The site's own mailing lists: who asked for newsletters or offers, and has not taken it back (promises 2 and 9).

Pure: accounts, exclusions and a key in, lines out. Where the lists are stored, and who objected, is not here.
"""

import hmac
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from unicodedata import category, normalize

import pyarrow as pa

from anonymizers.contract import Role

KINDS: Mapping[str, tuple[Role, Role, Role]] = {
    "newsletter": (Role.NEWSLETTER_CONSENT, Role.NEWSLETTER_SINCE, Role.NEWSLETTER_SOURCE),
    "offers": (Role.OFFER_CONSENT, Role.OFFER_SINCE, Role.OFFER_SOURCE),
}
"""Kind of mail -> the columns that hold its opt-in, since when, and where it was given."""

LINES = pa.schema(
    [pa.field(name, pa.string(), nullable=False) for name in ("kind", "email", "unsubscribe_token")]
    + [pa.field(name, pa.string()) for name in ("opted_in_at", "opted_in_by")]
)
"""A line of the list: kind of mail, address, token for the link that ends it, and when and where it was asked for."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_YES = frozenset({"true", "1", "yes", "t"})
_ADDRESS = re.compile(
    r"[^\s@,;:\"'<>()\[\]\\=+@-][^\s@,;:\"'<>()\[\]\\]*@[^\s@,;:\"'<>()\[\]\\]+\.[^\s@,;:\"'<>()\[\]\\]+"
)
"""Strict, since the list is opened in office programs too: no blank, quote or separator, no sign that begins a formula."""


@dataclass(frozen=True)
class MailingList:
    """Lines by kind and address, and what was left out, in accounts and kinds."""

    lines: pa.Table
    """As `LINES`."""
    objected: int
    """Opt-ins that an objection, an erasure, an unsubscription or another row of the account takes back."""
    without_address: int
    """Opt-ins of accounts without an address that can be written to."""

    @property
    def by_kind(self) -> Mapping[str, int]:
        """Kind of mail -> lines."""
        told = Counter(self.lines["kind"].to_pylist())
        return {kind: told[kind] for kind in KINDS}


@dataclass(frozen=True)
class _OptIn:
    kind: str
    account: str
    email: str
    at: str | None
    by: str | None
    token: str

    @property
    def address(self) -> str:
        return _address(self.email)


def draw_up(
    accounts: Sequence[Mapping[str, Any]], *, excluded: Collection[str], unsubscribed: Collection[str], key: bytes
) -> MailingList:
    """The list of those who asked for mail.

    `accounts` has account_id, email and the columns of `KINDS` that there are, as text; an opt-in is one of true, 1,
    yes, t, and nothing else is, and an account opts in only if all its rows do. `excluded` are accounts that are out,
    `unsubscribed` tokens that came back. An address, however it is spelled, that any of its accounts took back is out for
    that kind of mail, whatever its other accounts say; an excluded account's address is out for all. Each address stands
    once for each kind.
    """
    given = [opt_in for account in accounts for opt_in in _opt_ins(account, key)]
    closed = {_address(_text(account.get("email"))) for account in accounts if _account(account) in excluded}
    undecided = {
        (kind, _account(row))
        for kind, (consent, _, _) in KINDS.items()
        for row in accounts
        if not _agrees(row, consent)
    }
    taken_back = {(each.kind, each.address) for each in given if each.token in unsubscribed}
    kept: dict[tuple[str, str], _OptIn] = {}
    objected = without_address = 0
    for each in sorted(given, key=lambda each: (each.kind, each.address, each.account)):
        out = each.account in excluded or each.address in closed or (each.kind, each.address) in taken_back
        if out or (each.kind, each.account) in undecided:
            objected += 1
        elif not _ADDRESS.fullmatch(each.email):
            without_address += 1
        else:
            kept.setdefault((each.kind, each.address), each)
    rows = [
        {
            "kind": each.kind,
            "email": each.email,
            "unsubscribe_token": each.token,
            "opted_in_at": each.at,
            "opted_in_by": each.by,
        }
        for each in kept.values()
    ]
    return MailingList(pa.Table.from_pylist(rows, schema=LINES), objected, without_address)


def token_of(key: bytes, kind: str, account: str, since: str | None) -> str:
    """What stands in the link that ends one kind of mail: it tells nothing without the key.

    Made from the account and the instant of the opt-in, however an engine writes that, so that it survives a corrected
    address, and a new opt-in gets a new one. An instant that cannot be read is none.
    """
    told = "\x1f".join((kind, account, _instant(since or "")))
    return hmac.new(key, told.encode(), sha256).hexdigest()[:40]


def _opt_ins(account: Mapping[str, Any], key: bytes) -> Iterator[_OptIn]:
    for kind, (consent, since, source) in KINDS.items():
        if _agrees(account, consent) and _account(account):
            at, by = _text(account.get(since)) or None, _text(account.get(source)) or None
            token = token_of(key, kind, _account(account), at)
            yield _OptIn(kind, _account(account), _text(account.get("email")), at, by, token)


def _agrees(account: Mapping[str, Any], consent: Role) -> bool:
    return _text(account.get(consent)).lower() in _YES


def _instant(text: str) -> str:
    """Microseconds; empty where the text is no instant in ISO 8601. Without an offset it is UTC, as the engines write it."""
    try:
        read = datetime.fromisoformat(text.strip())
    except ValueError:
        return ""
    return str(((read if read.tzinfo else read.replace(tzinfo=UTC)) - _EPOCH) // timedelta(microseconds=1))


def _address(email: str) -> str:
    """An address as it is compared: one spelling for all that reach the same box."""
    visible = "".join(sign for sign in normalize("NFKC", email) if category(sign) != "Cf")
    box, at, host = normalize("NFKC", visible.casefold()).rpartition("@")
    with suppress(UnicodeError):
        host = host.encode("idna").decode()
    return f"{box}{at}{host}"


def _account(account: Mapping[str, Any]) -> str:
    return _text(account.get("account_id"))


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()
