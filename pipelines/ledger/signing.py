"""What the ledger tells of the keys that sign releases: which, and from when until when. Keys themselves: `signing_keys.py`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from anonymizers.refusal import Reason, Refusal
from pipelines.ledger.entries import Entry, Kind

_KEY_ID = re.compile(r"[0-9A-F]{16}")
OF_KEYS = (Kind.SIGNING_KEY_MADE, Kind.SIGNING_KEY_RETIRED)


def of_key(key: str) -> str:
    """What an entry on a signing key names instead of a release. Raises Refusal when the text is no key's id."""
    if not _KEY_ID.fullmatch(key):
        raise Refusal("ledger", Reason.STORE, "a key's id is written with sixteen hexadecimal digits")
    return f"signing/{key}"


@dataclass(frozen=True)
class SigningKey:
    """A key that signs releases, or did. Its secret part is in no ledger."""

    key: str
    """Its id, as minisign shows it."""
    fingerprint: str
    """SHA-256 of its public part."""
    first_day: str
    last_day: str | None
    """In UTC; None while it signs."""


def signing_keys(entries: Sequence[Entry]) -> list[SigningKey]:
    """The signing keys that entries tell of, oldest first."""
    last = {entry.release: entry.at[:10] for entry in entries if entry.kind == Kind.SIGNING_KEY_RETIRED}
    return [
        SigningKey(
            entry.release.partition("/")[2], str(entry.told["fingerprint"]), entry.at[:10], last.get(entry.release)
        )
        for entry in entries
        if entry.kind == Kind.SIGNING_KEY_MADE
    ]
