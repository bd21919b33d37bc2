"""Who may be in which output of a night, told from raw rows and requests by the words of docs/promises.md and docs/requests.md.

Written without koond's own code, so that the two can disagree.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from anonymizers.requests import Request, Wish

Row = Mapping[str, Any]
NEEDS = {"pages": {1, 8}, "ads": {1, 7}, "segments": {1, 9}}
Name = tuple[str, str]
"""account or cookie, and which."""


@dataclass
class Oracle:
    """What was asked of the site, and what may stand in its stores by that."""

    strings: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """String of a consent tool -> the purposes that it was made with."""
    out: set[Name] = field(default_factory=set)
    """Who asked to be left out, and who was erased."""
    unsubscribed: set[Name] = field(default_factory=set)
    """Kind of mail and account."""
    stripped: dict[date, list[tuple[Name, tuple[Any, ...]]]] = field(default_factory=dict)
    """Day -> visitor, and hour, kind of event, whether tables and whether segments may count it."""
    failing: dict[date, set[str]] = field(default_factory=dict)
    """Day -> addresses whose requests failed."""
    aside: dict[date, list[set[str]]] = field(default_factory=dict)
    """Day -> the names in each row that could not be read."""
    mail: dict[Name, str] = field(default_factory=dict)
    """Kind of mail and account -> the address on the list of the last night."""
    _cookies: dict[str, set[str]] = field(default_factory=dict)
    """Account -> cookies under which it came."""

    def hear(self, request: Request) -> None:
        """A request comes in time for the next night: who objects or leaves is out, of the open weeks too."""
        if request.wish is not Wish.RECTIFY:
            names = {("account", name) for name in request.accounts} | {("cookie", name) for name in request.cookies}
            self.out |= names
            for day in self.stripped:
                self.stripped[day] = [event for event in self.stripped[day] if event[0] not in names]

    def carry_out(self, request: Request) -> None:
        """An erasure takes all that is known of a person out of every store."""
        self.hear(request)
        if request.wish is not Wish.ERASE:
            return
        found = {cookie for account in request.accounts for cookie in self._cookies.get(account, ())}
        names = {("account", name) for name in request.accounts} | {
            ("cookie", name) for name in (*request.cookies, *found)
        }
        self.out |= names
        for day in self.stripped:
            self.stripped[day] = [event for event in self.stripped[day] if event[0] not in names]
            self.failing[day] -= set(request.values)
            self.aside[day] = [row for row in self.aside[day] if not row & {name for _, name in names}]

    def see(self, day: date, page_views: Sequence[Row], ad_events: Sequence[Row], objecting: Iterable[str]) -> None:
        """A night: who of these events' visitors may be counted, for what, and what else is kept of them."""
        out = self.out | {("account", account) for account in objecting}
        by_visitor: dict[Name, list[tuple[str, Row]]] = {}
        for kind, row in [*(("page", row) for row in page_views), *(("ad", row) for row in ad_events)]:
            if row["ts"] is not None:
                account = row.get("account_id")
                by_visitor.setdefault(("account", account) if account else ("cookie", row["cookie_id"]), []).append(
                    (kind, row)
                )
        self.stripped[day] = [
            (visitor, event) for visitor, rows in by_visitor.items() for event in self._counted(rows, out)
        ]
        self.failing[day] = {row["ip"] for row in page_views if row.get("status") == "404"}
        self.aside[day] = [
            {row["cookie_id"], row["account_id"]} - {None}
            for row in page_views
            if row["ts"] is None and not {("cookie", row["cookie_id"]), ("account", row["account_id"])} & out
        ]
        for row in page_views:
            if row["ts"] is not None and row["account_id"]:
                self._cookies.setdefault(row["account_id"], set()).add(row["cookie_id"])

    def write_to(self, registrations: Sequence[Row], objecting: Iterable[str]) -> None:
        """The mailing list of a night."""
        out = {name for kind, name in self.out if kind == "account"} | set(objecting)
        self.mail = {
            (kind, row["account_id"]): row["email"]
            for row in registrations
            for kind, consent in (("newsletter", "newsletter_consent"), ("offers", "offer_consent"))
            if row[consent] and row["account_id"] not in out and (kind, row["account_id"]) not in self.unsubscribed
        }

    def may_stand(self, day: date) -> Mapping[str, Any]:
        """Output -> what stands in it after the night of a day."""
        events = [event for _, event in self.stripped[day]]
        return {
            "stripped_events": Counter(events),
            "hours": {(hour, f"{kind}_view") for hour, kind, for_tables, _ in events if for_tables},
            "segments": len({visitor for visitor, (_, _, _, for_segments) in self.stripped[day] if for_segments}),
            "mailing_list": sorted((kind, address) for (kind, _), address in self.mail.items()),
        }

    def may_be_kept(self, day: date) -> Mapping[str, Any]:
        """Output -> what stands in it of a day, on any later one."""
        return {
            "stripped_events": Counter(event for _, event in self.stripped[day]),
            "set_aside_rows": sorted(sorted(row) for row in self.aside[day]),
            "server_diagnostics": self.failing[day],
        }

    def _counted(self, rows: Sequence[tuple[str, Row]], out: set[Name]) -> list[tuple[Any, ...]]:
        named = {("account", row.get("account_id")) for _, row in rows} | {
            ("cookie", row["cookie_id"]) for _, row in rows
        }
        if named & out or any(row["gpc"] for _, row in rows):
            return []
        silent = max((row["ts"] for _, row in rows if row["consent"] is None), default=None)
        told = [set(self.strings[row["consent"]]) for _, row in rows if row["consent"] is not None]
        uses = {use for use, purposes in NEEDS.items() if all(purposes <= each for each in told)}
        return [
            (row["ts"].hour, kind, ("pages" if kind == "page" else "ads") in uses, "segments" in uses)
            for kind, row in rows
            if (silent is None or row["ts"] > silent) and uses & {"segments", "pages" if kind == "page" else "ads"}
        ]


def days_kept(day: date, days: int) -> set[date]:
    """The days of which a store of so many days holds something after the night of `day`."""
    return {day - timedelta(days=back) for back in range(days)}
