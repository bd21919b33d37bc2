"""An entry of the ledger, the few forms of text it may hold, the chain of hashes through all entries, and what breaks it.

No database and no rule here: `database.py` stores entries, `rules.py` decides which may be added.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from hashlib import sha256
from typing import Any

from anonymizers.local_day import days_of_week, iso_week
from anonymizers.refusal import Reason, Refusal

FIRST = "0" * 64
"""What the first entry names as the hash before it."""

_RELEASE = re.compile(
    r"(daily/date=([0-9]{4}-[0-9]{2}-[0-9]{2})|weekly/week=([0-9]{4}-W[0-9]{2}))(?:\.r([1-9][0-9]{0,3}))?"
)
_PLAIN = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Kind(StrEnum):
    """What an entry tells: the closed list."""

    RESERVED = "reserved"
    """The privacy loss of a release or of a correction, paid before any noise is drawn."""
    DRAWN = "drawn"
    """One part of a release was drawn; the draw stands beside, under its seal."""
    RELEASED = "released"
    REFUSED = "refused"
    MARKED = "marked"
    """A published release is wrong, or a day will never be published."""
    KEY_MADE = "key_made"
    """The key of a week's pseudonyms was made; the week never gets another."""
    KEY_DESTROYED = "key_destroyed"
    """The key of a week's pseudonyms is gone."""
    SENDING = "sending"
    """A release is about to leave to a partner; written before a byte of it leaves."""
    DELIVERED = "delivered"
    """It stands at the partner's place, finished."""
    TOLD_WRONG = "told_wrong"
    """A partner was told that a release it has is marked wrong."""
    SIGNING_KEY_MADE = "signing_key_made"
    """The key that signs releases from now on was made; the one before it is retired with it."""
    SIGNING_KEY_RETIRED = "signing_key_retired"
    """A key signs nothing more; its secret part is destroyed."""
    SUPPRESSED = "suppressed"
    """A request to be left out was carried out; by its number, as all that people ask for."""
    ERASED = "erased"
    RECTIFIED = "rectified"
    DISCLOSED = "disclosed"
    """An authority was given what the site holds of one person, who is not named here."""


@dataclass(frozen=True)
class ReleaseName:
    """A release's folder below the published store, taken apart."""

    base: str
    """As `daily/date=2026-11-21` or `weekly/week=2026-W47`."""
    revision: int
    """1, and from 2 on for corrections."""
    week: str
    """The ISO week that the release lies in, as `2026-W47`."""

    @classmethod
    def read(cls, text: str) -> "ReleaseName":
        """Raises Refusal when the text is no release's name."""
        name = cls.find(text)
        if name is None:
            raise Refusal("ledger", Reason.DAY, "a release is named as daily/date=2026-11-21 or weekly/week=2026-W47")
        return name

    @classmethod
    def find(cls, text: str) -> "ReleaseName | None":
        """None when the text is no release's name."""
        found = _RELEASE.fullmatch(text)
        if found is None or found[4] == "1":
            return None
        try:
            week = found[3] or iso_week(date.fromisoformat(found[2]))
            days_of_week(week)
        except (ValueError, Refusal):
            return None
        return cls(found[1], int(found[4] or 1), week)

    @property
    def text(self) -> str:
        """The name, as it was read."""
        return self.base if self.revision == 1 else f"{self.base}.r{self.revision}"

    @property
    def is_daily(self) -> bool:
        """Whether it is a day's release."""
        return self.base.startswith("daily/")


def read_base(text: str) -> ReleaseName:
    """The name of a day or week itself. Raises Refusal when it is no name, or names a correction."""
    name = ReleaseName.read(text)
    if name.revision != 1:
        raise Refusal("ledger", Reason.DAY, f"{text} is a correction; name the day or week itself")
    return name


def weekly(week: str) -> str:
    """The weekly release's name. Raises Refusal when there is no such week."""
    return read_base(f"weekly/week={week}").text


def plain(text: str, what: str) -> str:
    """A text that is a plain registered name. Raises Refusal with `what` it should be, and not with the text."""
    if not _PLAIN.fullmatch(text):
        raise Refusal("ledger", Reason.STORE, f"{what} is written with small letters, digits, _ and - alone")
    return text


def hexadecimal(text: str) -> str:
    """A SHA-256 in hexadecimal. Raises Refusal for anything else."""
    if not _SHA256.fullmatch(text):
        raise Refusal("ledger", Reason.STORE, "a digest is a SHA-256 in hexadecimal")
    return text


@dataclass(frozen=True)
class Entry:
    """One row of the ledger, as it is stored. All texts, so that a changed one can still be read and shown."""

    number: int
    """1, 2, 3 and so on, without a gap."""
    at: str
    """When it was added, ISO 8601 in UTC."""
    kind: str
    """A `Kind`."""
    release: str
    """As `daily/date=2026-11-21`, `daily/date=2026-11-21.r2` for a correction, `weekly/week=2026-W47`."""
    once: str | None
    """What may happen only once, as `released:daily/date=2026-11-21`; the database refuses a second."""
    body: str
    """What else there is to tell, as canonical JSON."""
    previous: str
    """Hash of the entry before."""
    hash: str
    """SHA-256 of all the above."""

    @classmethod
    def after(
        cls, last: "Entry | None", at: str, kind: Kind, release: str, body: Mapping[str, Any], once: str | None
    ) -> "Entry":
        """The entry that comes after `last`."""
        number, previous = (last.number + 1, last.hash) if last else (1, FIRST)
        text = canonical(body)
        return cls(
            number,
            at,
            kind.value,
            release,
            once,
            text,
            previous,
            _hash(number, at, kind.value, release, once, text, previous),
        )

    @property
    def holds(self) -> bool:
        """Whether the hash is the hash of the entry."""
        return self.hash == _hash(self.number, self.at, self.kind, self.release, self.once, self.body, self.previous)

    @property
    def told(self) -> Mapping[str, Any]:
        """The body; empty when the entry does not hold."""
        body: Mapping[str, Any] = json.loads(self.body) if self.holds else {}
        return body


def canonical(body: Mapping[str, Any]) -> str:
    """JSON of which there is only one spelling."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _hash(*fields: int | str | None) -> str:
    return sha256(json.dumps(fields, separators=(",", ":")).encode()).hexdigest()


def broken_links(entries: Sequence[Entry]) -> list[str]:
    """What is wrong with a chain, in the order of storage; a sentence each, empty when it is whole.

    The last entries can be cut off without a trace in the chain itself: whoever fears that writes down the last hash
    that `koond ledger` shows.
    """
    wrong, number, previous = [], 1, FIRST
    for entry in entries:
        if not entry.holds:
            wrong.append(f"entry {entry.number} was changed: it is not what its hash says")
        if entry.number != number:
            wrong.append(f"entry {number} is missing or out of its place: entry {entry.number} stands there")
        elif entry.previous != previous:
            wrong.append(f"entry {entry.number} does not follow the entry before it")
        number, previous = entry.number + 1, entry.hash
    return wrong


def lost_draws(entries: Sequence[Entry], seals: Mapping[str, str]) -> list[str]:
    """What is wrong between the entries and the draws. `seals` has for each stored draw its name -> SHA-256 of its content."""
    told = {entry.told.get("seal"): entry for entry in entries if entry.kind == Kind.DRAWN}
    wrong = [
        f"the draw of entry {entry.number} ({entry.release}) is missing"
        for seal, entry in told.items()
        if seal not in seals
    ]
    wrong += [
        f"the draw of entry {told[name].number} ({told[name].release}) was changed"
        for name, seal in seals.items()
        if name in told and name != seal
    ]
    strangers = len([name for name in seals if name not in told])
    return [*wrong, *([f"{strangers} draw(s) have no entry; entries were taken away"] if strangers else [])]


def unpaid_releases(entries: Sequence[Entry]) -> list[str]:
    """Releases that nothing was reserved for before, or that were not drawn before."""
    wrong, seen = [], set()
    for entry in entries:
        seen.add((entry.kind, entry.release))
        if entry.kind == Kind.RELEASED and not {(Kind.RESERVED, entry.release), (Kind.DRAWN, entry.release)} <= seen:
            wrong.append(f"entry {entry.number} ({entry.release}) releases what was not reserved and drawn before")
    return wrong
