"""A lawful disclosure: what an authority asked for, and what it is given (promise 11). No files, no clock, no encryption here."""

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

from pydantic import ConfigDict, Field, model_validator
from pydantic import dataclasses as checked

from anonymizers.contract import Misplaced, Role

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Plain = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,62}$")]
"""What the ledger may hold: a registered name in small letters, digits, _ and -, that begins with a letter."""


@checked.dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Request:
    """What an authority asked for, who put it in, and who let it pass."""

    case: Plain
    """The authority's reference of the case."""
    authority: Plain
    legal_basis: Plain
    """The provision, as `krms-90-1`."""
    requester: Plain
    """Who put the request in, by the name that the site's staff list has."""
    approver: Plain
    """Who checked it and let it pass: somebody else."""
    recipient: Annotated[str, Field(pattern=r"^age1[02-9ac-hj-np-z]{58}$")]
    """The authority's public key, of age (X25519)."""
    account: Annotated[str, Field(min_length=1, max_length=120)]
    """The one person, by account."""
    cookies: tuple[Annotated[str, Field(min_length=1, max_length=400)], ...] = ()
    """Cookies that the authority names as this person's; events without an account are found by them alone."""
    first_day: date | None = None
    last_day: date | None = None

    @model_validator(mode="after")
    def _two_people(self) -> "Request":
        if _letters(self.approver) == _letters(self.requester):
            raise Misplaced("the requester cannot approve; a second person has to", "approver")
        if self.first_day and self.last_day and self.first_day > self.last_day:
            raise Misplaced("it lies after last_day", "first_day")
        named = {_letters(name) for name in (self.account, *self.cookies)} - {""}
        for place in ("case", "authority", "legal_basis", "requester", "approver"):
            if any(name in _letters(getattr(self, place)) for name in named if len(name) > 3):
                raise Misplaced("it holds the person's account or cookie; name the case by its own reference", place)
        return self

    def days(self, today: date, window: int) -> tuple[date, ...]:
        """The days whose events are given: those asked for, within the `window` days before today."""
        first = max(self.first_day or date.min, today - timedelta(days=window))
        last = min(self.last_day or date.max, today - timedelta(days=1))
        return tuple(first + timedelta(days=number) for number in range((last - first).days + 1))

    @property
    def told(self) -> Mapping[str, str]:
        """What the ledger keeps: everything but the person."""
        return {
            "case": self.case,
            "authority": self.authority,
            "legal_basis": self.legal_basis,
            "requester": self.requester,
            "approver": self.approver,
        }


@dataclass(frozen=True)
class Disclosed:
    """What is given of one person."""

    registration: Sequence[Mapping[str, Any]]
    """The account's rows of the registration table: one, or none."""
    events: Mapping[str, Sequence[Mapping[str, Any]]]
    """Raw table -> the person's events, oldest first."""
    days: Sequence[date]
    """Days that were searched."""
    days_without_data: Sequence[date]
    """Days asked for of which the site holds no raw tables any more."""


def as_document(request: Request, disclosed: Disclosed) -> bytes:
    """What is encrypted: the request without its key, the registration, the events, and the days, as JSON."""
    return json.dumps(
        {
            **request.told,
            "days": [day.isoformat() for day in disclosed.days],
            "days_without_data": [day.isoformat() for day in disclosed.days_without_data],
            "registration": [_written(row) for row in disclosed.registration],
            "events": {name: [_written(row) for row in rows] for name, rows in disclosed.events.items()},
        },
        ensure_ascii=False,
        indent=2,
        default=str,
    ).encode()


def find_by(request: Request) -> Mapping[Role, Sequence[str]]:
    """Column -> values that point at the person."""
    return {Role.ACCOUNT_ID: (request.account,), Role.COOKIE_ID: request.cookies}


def way_to(row: Mapping[str, Any], request: Request, shared: Collection[str] = ()) -> Role | None:
    """By which column a row points at the person; None where it does not.

    An event under the person's cookie with another account is somebody else's who uses the same browser; one without an
    account may be, where the cookie is `shared`.
    """
    account, cookie = _account_and_cookie(row)
    if account:
        return Role.ACCOUNT_ID if account == request.account else None
    return Role.COOKIE_ID if cookie in request.cookies and cookie not in shared else None


def shared_cookies(rows: Iterable[Mapping[str, Any]], request: Request) -> frozenset[str]:
    """The cookies under which some row shows another account than the person's."""
    seen = (_account_and_cookie(row) for row in rows)
    return frozenset(cookie for account, cookie in seen if cookie and account not in ("", request.account))


def _account_and_cookie(row: Mapping[str, Any]) -> tuple[str, str]:
    account, cookie = (str(row.get(role) or "").strip() for role in (Role.ACCOUNT_ID, Role.COOKIE_ID))
    return account, cookie


def _written(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with its instant as people write it."""
    told = {name: value for name, value in row.items() if name != "instant_us"}
    instant = row.get("instant_us")
    return {"instant": None if instant is None else (_EPOCH + timedelta(microseconds=instant)).isoformat(), **told}


def _letters(text: str) -> str:
    return re.sub(r"[^0-9a-z]", "", text.casefold())
