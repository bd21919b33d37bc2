"""The site's own mailing lists: who asked for newsletters or offers, and has not taken it back (promises 2 and 9).

Pure: accounts, exclusions and a key in, lines out. Where the lists are stored, and who objected, is not here.
"""

import hmac
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

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
    """Opt-ins that an objection, an erasure or an unsubscription takes back."""
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
        return self.email.casefold()


def draw_up(
    accounts: Sequence[Mapping[str, Any]], *, excluded: Collection[str], unsubscribed: Collection[str], key: bytes
) -> MailingList:
    """The list of those who asked for mail.

    `accounts` has account_id, email and the columns of `KINDS` that there are, as text; an opt-in is one of true, 1,
    yes, t, and nothing else is. `excluded` are accounts that are out, `unsubscribed` tokens that came back. An address
    that any of its accounts took back is out for that kind of mail, whatever its other accounts say; an excluded account's
    address is out for all. Each address stands once for each kind.
    """
    given = [opt_in for account in accounts for opt_in in _opt_ins(account, key)]
    closed = {_text(account.get("email")).casefold() for account in accounts if _account(account) in excluded}
    taken_back = {(each.kind, each.address) for each in given if each.token in unsubscribed}
    kept: dict[tuple[str, str], _OptIn] = {}
    objected = without_address = 0
    for each in sorted(given, key=lambda each: (each.kind, each.address, each.account)):
        if each.account in excluded or each.address in closed or (each.kind, each.address) in taken_back:
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

    Made from the account and the opt-in, so that it survives a corrected address, and a new opt-in gets a new one.
    """
    told = "\x1f".join((kind, account, since or ""))
    return hmac.new(key, told.encode(), sha256).hexdigest()[:40]


def _opt_ins(account: Mapping[str, Any], key: bytes) -> Iterator[_OptIn]:
    for kind, (consent, since, source) in KINDS.items():
        if _text(account.get(consent)).lower() in _YES and _account(account):
            at, by = _text(account.get(since)) or None, _text(account.get(source)) or None
            token = token_of(key, kind, _account(account), at)
            yield _OptIn(kind, _account(account), _text(account.get("email")), at, by, token)


def _account(account: Mapping[str, Any]) -> str:
    return _text(account.get("account_id"))


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()
