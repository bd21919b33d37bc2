"""What partners have and wait for, by the ledger's entries alone. Reads; who may have what is for `anonymizers.delivering`."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, tzinfo

from pipelines.ledger.entries import Entry, Kind, ReleaseName


def delivered(entries: Sequence[Entry], partner: str) -> Mapping[str, str]:
    """Release -> digest of what the partner was given last of it."""
    return {entry.release: entry.told["digest"] for entry in _of(Kind.DELIVERED, entries, partner)}


def undelivered(entries: Sequence[Entry], partner: str, zone: tzinfo) -> Mapping[str, date]:
    """Release -> the day where the site is on which it was published, of those that a partner has not got: the newest
    revision of each day or week, oldest first. What is marked wrong is not for delivery."""
    wrong, has, newest = marked_wrong(entries), delivered(entries, partner), set(newest_revisions(entries).values())
    return {
        release: day
        for release, day in released_on(entries, zone).items()
        if release in newest and release not in wrong and release not in has
    }


def newest_revisions(entries: Sequence[Entry]) -> Mapping[str, str]:
    """Day or week -> the newest release of it that was published."""
    released = [ReleaseName.read(entry.release) for entry in entries if entry.kind == Kind.RELEASED]
    return {name.base: name.text for name in sorted(released, key=lambda name: name.revision)}


def released_on(entries: Sequence[Entry], zone: tzinfo) -> Mapping[str, date]:
    """Release -> the day on which it was published, where the site is."""
    return {entry.release: _day(entry, zone) for entry in entries if entry.kind == Kind.RELEASED}


def begun_on(entries: Sequence[Entry], partner: str, zone: tzinfo) -> Mapping[bool, date]:
    """Whether releases are of days (True) or weeks (False) -> the day on which a partner was first to be given such a one."""
    sent = [(ReleaseName.read(entry.release).is_daily, entry) for entry in _of(Kind.SENDING, entries, partner)]
    return {is_daily: _day(entry, zone) for is_daily, entry in reversed(sent)}


def untold(entries: Sequence[Entry], partner: str) -> Mapping[str, str]:
    """Release -> why it is wrong, of those that a partner may have, and has not been told of.

    Whatever left may have arrived: the entry that says so is the first thing that a broken line costs. An older revision is
    as wrong as the newest, which was to correct it.
    """
    told = {entry.release for entry in _of(Kind.TOLD_WRONG, entries, partner)}
    may_have = {entry.release for kind in (Kind.SENDING, Kind.DELIVERED) for entry in _of(kind, entries, partner)}
    wrong, newest = marked_wrong(entries), newest_revisions(entries)
    why = {
        release: wrong.get(release) or wrong.get(newest.get(ReleaseName.read(release).base, "")) for release in may_have
    }
    return {release: reason for release, reason in sorted(why.items()) if reason and release not in told}


def marked_wrong(entries: Sequence[Entry]) -> Mapping[str, str]:
    """Release -> why it is marked wrong."""
    marked = [entry for entry in entries if entry.kind == Kind.MARKED and entry.told.get("state") == "wrong"]
    return {entry.release: entry.told["reason"] for entry in marked}


def _day(entry: Entry, zone: tzinfo) -> date:
    return datetime.fromisoformat(entry.at).astimezone(zone).date()


def _of(kind: Kind, entries: Sequence[Entry], partner: str) -> list[Entry]:
    return [entry for entry in entries if entry.kind == kind and entry.told.get("partner") == partner]
