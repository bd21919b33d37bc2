"""What partners have and wait for, by the ledger's entries alone. Reads; who may have what is for `anonymizers.delivering`."""

from collections.abc import Mapping, Sequence
from datetime import date

from pipelines.ledger.entries import Entry, Kind, ReleaseName


def delivered(entries: Sequence[Entry], partner: str) -> Mapping[str, str]:
    """Release -> digest of what the partner was given last of it."""
    return {entry.release: entry.told["digest"] for entry in _of(Kind.DELIVERED, entries, partner)}


def undelivered(entries: Sequence[Entry], partner: str, since: date) -> list[str]:
    """The releases, published on `since` or later, that a partner has not got: the newest revision of each day or week,
    oldest first. What is marked wrong is not for delivery."""
    newest: dict[str, Entry] = {}
    for entry in entries:
        if entry.kind == Kind.RELEASED:
            name = ReleaseName.read(entry.release)
            before = newest.get(name.base)
            if before is None or ReleaseName.read(before.release).revision < name.revision:
                newest[name.base] = entry
    wrong, has = marked_wrong(entries), delivered(entries, partner)
    return [
        entry.release
        for entry in sorted(newest.values(), key=lambda entry: entry.number)
        if entry.release not in wrong and entry.release not in has and date.fromisoformat(entry.at[:10]) >= since
    ]


def untold(entries: Sequence[Entry], partner: str) -> Mapping[str, str]:
    """Release -> why it is wrong, of those that a partner has, and has not been told of."""
    has, told = delivered(entries, partner), {entry.release for entry in _of(Kind.TOLD_WRONG, entries, partner)}
    return {
        release: reason for release, reason in marked_wrong(entries).items() if release in has and release not in told
    }


def marked_wrong(entries: Sequence[Entry]) -> Mapping[str, str]:
    """Release -> why it is marked wrong."""
    marked = [entry for entry in entries if entry.kind == Kind.MARKED and entry.told.get("state") == "wrong"]
    return {entry.release: entry.told["reason"] for entry in marked}


def _of(kind: Kind, entries: Sequence[Entry], partner: str) -> list[Entry]:
    return [entry for entry in entries if entry.kind == kind and entry.told.get("partner") == partner]
