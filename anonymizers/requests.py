"""What people ask of a site: to be left out, to be erased, to be corrected; and the keyed hash that is all that stays.

Carrying it out is in `pipelines/requests`. A request carries a number, and only the number is ever told to anybody.
"""

import json
from collections.abc import Iterable, Mapping
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, model_validator
from pydantic.dataclasses import dataclass

Number = Annotated[int, Field(ge=1, le=999_999_999, strict=True)]
Written = Annotated[str, Field(min_length=1, max_length=1_000)]
SHORTEST = 4
"""Letters of a value that is searched for: a shorter one stands in everything by chance."""


class Wish(StrEnum):
    """What is asked for."""

    SUPPRESS = "suppress"
    """Out of the statistics of visits, of the open weeks too, and off all mailing lists, from the next run on."""
    ERASE = "erase"
    """Gone from every store that koond owns, and suppressed."""
    RECTIFY = "rectify"
    """Old values replaced by new ones in every store that koond owns."""


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Request:
    """One request, as the site's staff write it down."""

    request: Number
    wish: Wish
    accounts: tuple[Written, ...] = ()
    """Account ids, as the raw tables write them."""
    cookies: tuple[Written, ...] = ()
    """First-party cookies, where the person told them."""
    values: tuple[Annotated[str, Field(min_length=SHORTEST, max_length=1_000)], ...] = ()
    """Whatever else names the person and may stand in a store: e-mail, phone, name, customer number. For an erasure."""
    corrections: Mapping[Annotated[str, Field(min_length=SHORTEST, max_length=1_000)], Written] = Field(
        default_factory=dict
    )
    """Old value -> new value. For a rectification."""

    @model_validator(mode="after")
    def _asks_for_something(self) -> "Request":
        if self.wish is Wish.RECTIFY:
            if not self.corrections or self.accounts or self.cookies or self.values:
                raise ValueError("a rectification has `corrections`, old value to new, and nothing else")
        elif self.corrections or not (self.accounts or self.cookies):
            raise ValueError("it needs `accounts` or `cookies`, and no `corrections`")
        if any(not name.strip() for name in (*self.accounts, *self.cookies, *self.values, *self.corrections)):
            raise ValueError("one of its values is blank; leave it out")
        return self


Kind = Literal["account", "cookie"]
_VISITOR_OF = {"accounts": ("account_id",), "cookies": ("cookie_id", "client")}
"""Names of a request -> the columns by which a visitor may be known who has that name."""


def mark(key: str, kind: Kind, name: str) -> int:
    """The keyed hash of an account or a cookie: 64 bits, as `Engine.keyed_hash` gives them of the same text.

    One of n suppressed people takes another out by chance with probability n / 1.8e19.
    """
    return int(sha256(f"{key}{kind}:{name.strip()}".encode()).hexdigest()[:16], 16) - 2**63


def marks(key: str, request: Request) -> frozenset[int]:
    """The keyed hashes of all accounts and cookies of a request."""
    names: tuple[tuple[Kind, tuple[str, ...]], ...] = (("account", request.accounts), ("cookie", request.cookies))
    return frozenset(mark(key, kind, name) for kind, found in names for name in found)


def visitors(accounts: Iterable[str], cookies: Iterable[str]) -> set[str]:
    """As the strip writes visitors before it makes a pseudonym: `account_id:17`."""
    names = {"accounts": accounts, "cookies": cookies}
    return {f"{role}:{name.strip()}" for kind, found in names.items() for name in found for role in _VISITOR_OF[kind]}


def digest(key: str, request: Request) -> int:
    """A keyed hash of all that a request says, of 64 bits: by it a number that is used again for somebody else is known."""
    told = (request.request, request.wish, sorted(request.accounts), sorted(request.cookies), sorted(request.values))
    whole = json.dumps([*told, sorted(request.corrections.items())])
    return int(sha256(f"{key}request:{whole}".encode()).hexdigest()[:16], 16) - 2**63
