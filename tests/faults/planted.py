"""Five hundred values of made-up people, one for each person and column of the raw tables, and a world in which they live."""

import base64
import html
import json
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

from tests.worlds import CHROME, HOST, World, ad_event, at, crowd, page_view, registration

DAY = date(2026, 11, 10)
PEOPLE = 34


def person(number: int) -> Mapping[str, str]:
    """Column -> what it holds of one made-up person; no value stands in another's."""
    token = f"{number * 7919 + 104729:07}"
    return {
        "name": f"Õie Maasikas-Plaan{token}",
        "company": f"Šmidt{token} & Pojad OÜ",
        "isikukood": f"3681{token}",
        "email": f"oie.maasikas{token}@marked.example",
        "phone": f"+372 5{token}",
        "address": f"Maasika{token} 7-7, Tartu",
        "customer_number": f"77{token}12",
        "metering_point_eic": f"38ZEE-{token}-C",
        "account_id": f"EE9{token}",
        "cookie_id": f"cookie-marked-{token}",
        "ip": f"2001:db8::7:{token[:3]}:{token[3:]}",
        "user_agent": f"{CHROME} Marked/{token}.9",
        "url": f"{HOST}/arved/lunasta/{token}x?nimi=Õie",
        "referrer": f"https://webmail.marked.example/{token}r",
        "page_title": f"Tere, Õie Maasikas {token}t!",
    }


PLANTED: Mapping[str, str] = {
    f"person {number}: {column}": value for number in range(PEOPLE) for column, value in person(number).items()
}
"""Label -> value."""


def forms(value: str) -> Iterator[str]:
    """The written forms that a library, a log or a database gives a value without being asked."""
    raw = value.encode()
    yield from (value, quote(value), quote_plus(value), html.escape(value), repr(value)[1:-1], json.dumps(value)[1:-1])
    yield from (ascii(value)[1:-1], repr(raw)[2:-1], raw.hex(), value.replace(" ", ""), value.encode("utf-16-le").hex())
    for shift in range(
        3
    ):  # where a text begins in a group of three bytes changes its letters, those at its ends with others
        packed = base64.b64encode(b"\0" * shift + raw).decode().rstrip("=")
        yield packed[(0, 2, 3)[shift] : len(packed) - bool((shift + len(raw)) % 3)]


def written(value: str, number: int) -> str:
    """One of the written forms, by number."""
    some = list(forms(value))[:9]
    return some[number % len(some)]


def spilled(first: int = 0) -> str:
    """All values, each in one written form, the first forms of each other for another beginning."""
    return " | ".join(written(value, first + number) for number, value in enumerate(PLANTED.values()))


def planted(root: Path, day: date = DAY) -> World:
    """A world in which every one of them lives, beside a small crowd."""
    views, ads = crowd(5, day=day)
    accounts = []
    for number in range(PEOPLE):
        who: dict[str, Any] = dict(person(number))
        seen = {
            column: who.pop(column) for column in ("cookie_id", "ip", "user_agent", "url", "referrer", "page_title")
        }
        views.append(page_view(**seen, account_id=who["account_id"], ts=at(number % 24, day=day)))
        ads.append(
            ad_event(
                cookie_id=seen["cookie_id"],
                ip=seen["ip"],
                page_url=seen["url"],
                ad_id=seen["referrer"],
                ts=at(9, day=day),
            )
        )
        accounts.append(registration(**who, created_at=at(9, day=day)))
    return World(root, views, ads, accounts, day=day)
