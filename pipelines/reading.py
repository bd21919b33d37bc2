"""Reading a published store, from a folder or an address: which releases of a time stand, and their tables as one.

What is read, added up and compared is in `anonymizers/reading`; how one release is fetched is in `release_places.py`.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import pyarrow as pa
from minisign import PublicKey

from anonymizers.cataloguing.standing import NOTICE, Listed, listed
from anonymizers.counting.statistic import Statistic
from anonymizers.estimating.roll_up import CONFIDENCE, JUDGED_BY
from anonymizers.local_day import days_of_week, iso_week
from anonymizers.reading.sum_days import Summed, rolls_up, sum_days
from anonymizers.reading.table import ReadTable, find_statistic, frame, read_table
from anonymizers.refusal import Reason, Refusal
from anonymizers.releasing.release import SUCCESS
from anonymizers.releasing.signature import MANIFEST, SIGNATURE, wrong_signature
from anonymizers.vocabulary import DAY, WEEK
from pipelines.release_places import open_place, read_manifest_at, read_release_at, successor_of, without_secrets

DAYS = "days"
_FOLDERS = {
    DAY: ("daily", re.compile(r"date=\d{4}-\d\d-\d\d(\.r\d+)?")),
    WEEK: ("weekly", re.compile(r"week=\d{4}-W\d\d(\.r\d+)?")),
}
_LATEST, _MOST = "latest.json", 50_000_000
_FEW = 5


@dataclass(frozen=True)
class Reading:
    """Rows of many releases, and what a reader must know of them."""

    rows: pa.Table
    told: tuple[str, ...]
    """What is missing, left out, corrected or moved, a sentence each."""


def read_published(
    table: str,
    since: date | str | None = None,
    until: date | str | None = None,
    *,
    window: str = DAY,
    published: str = "published",
    sum_over: str | None = None,
    confidence: float = CONFIDENCE,
    key: PublicKey | None = None,
) -> Reading:
    """One table of all releases of a time: of each day (or ISO week) the newest revision.

    `since` and `until` are the first and the last day, or ISO weeks as 2026-W47; of weeks those that lie in that time as a
    whole; None: from the oldest, to the newest. `published` is a folder or an address; on the web its `latest.json` says
    what stands. `sum_over="days"` adds days up, with intervals of `confidence`. With `key`, the site's public key, each
    release must be signed by it. Refuses a release that does not verify, and a time of which nothing stands.
    """
    if window not in _FOLDERS or sum_over not in (None, DAYS):
        raise Refusal("read", Reason.REQUEST, "the window is day or week, and sums are over days")
    statistic = find_statistic(table, window)
    standing = [each for each in _standing(published, window) if _lies_in(each.period, since, until)]
    if not any(each.state == "final" for each in standing):
        raise Refusal(
            "read",
            Reason.STORE,
            f"no release of a {window} of that time stands in {without_secrets(published)}; look at both",
        )
    final = sorted((each for each in standing if each.state == "final"), key=lambda each: each.period)
    tables = [read_table(each.release, _fetch(published, each.release, key), statistic) for each in final]
    told = [*_not_read(standing, _periods(standing, window, since, until)), *_incomplete_weeks(final, tables, window)]
    if sum_over is None:
        return Reading(frame(tables, statistic), tuple(told))
    summed = sum_days(tables, statistic, confidence)
    return Reading(summed.rows, (*told, *_moved(summed, statistic, len(tables))))


def _standing(published: str, window: str) -> Sequence[Listed]:
    """All releases of a window with their states: as the folder lists them, or where nothing is listed, as `latest.json` does."""
    folder, name = _FOLDERS[window]
    place = open_place(f"{published.rstrip('/')}/{folder}")
    names = place.names()
    if not names:
        return _as_latest_json_says(published, window)
    # A folder without _SUCCESS is still being written, or never was finished.
    releases = [each for each in names if name.fullmatch(each) and place.read(f"{each}/{SUCCESS}", 0) is not None]
    notices = {
        f"{folder}/{each}": place.read(f"{each}{NOTICE}", _MOST) for each in releases if f"{each}{NOTICE}" in names
    }
    return listed([f"{folder}/{each}" for each in releases], {each: told for each, told in notices.items() if told})


def _as_latest_json_says(published: str, window: str) -> Sequence[Listed]:
    content = open_place(published).read(_LATEST, _MOST)
    if content is None:
        raise Refusal(
            "read",
            Reason.STORE,
            f"{without_secrets(published)} shows neither releases nor {_LATEST}; is it the published folder?",
        )
    told = [each for each in json.loads(content)["releases"] if each["window"] == window]
    return [
        Listed(
            *(each.get(name) for name in ("release", "window", "period", "revision", "state", "corrected_by", "reason"))
        )
        for each in told
    ]


def _fetch(published: str, release: str, key: PublicKey | None) -> Mapping[str, bytes]:
    place = open_place(f"{published.rstrip('/')}/{release}")
    documents = read_manifest_at(place)
    if key is not None:
        signature = documents.get(SIGNATURE, b"")
        signer = successor_of(key, place, signature) or key
        wrong = wrong_signature(signature, documents.get(MANIFEST, b""), release, signer)
        if wrong:
            raise Refusal("read", Reason.STORE, f"{release} does not verify: {wrong[0]}")
    return read_release_at(place, documents).files


def _ends(period: date | str) -> tuple[date, date]:
    """The first and the last day of a day or an ISO week."""
    if isinstance(period, date):
        return period, period
    if "W" in period:
        days = days_of_week(period)
        return days[0], days[-1]
    try:
        day = date.fromisoformat(period)
    except ValueError:
        raise Refusal("read", Reason.REQUEST, "write a day as 2026-11-21 and a week as 2026-W47") from None
    return day, day


def _lies_in(period: str, since: date | str | None, until: date | str | None) -> bool:
    first, last = _ends(period)
    return (since is None or _ends(since)[0] <= first) and (until is None or last <= _ends(until)[1])


def _periods(standing: Sequence[Listed], window: str, since: date | str | None, until: date | str | None) -> list[str]:
    """Every day or week of the time, whether anything stands of it or not."""
    first = min(_ends(each.period)[0] for each in standing) if since is None else _ends(since)[0]
    last = max(_ends(each.period)[1] for each in standing) if until is None else _ends(until)[1]
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    periods = [iso_week(day) if window == WEEK else day.isoformat() for day in days]
    return [period for period in dict.fromkeys(periods) if _lies_in(period, first, last)]


def _not_read(standing: Sequence[Listed], periods: Sequence[str]) -> list[str]:
    """What stands of the periods and is not read, and of which nothing stands."""
    read = {each.period: each for each in standing if each.state == "final"}
    wrong = {each.period: each.reason for each in standing if each.state == "wrong" and each.period not in read}
    told = [f"{each.period} was corrected; {each.release} is read" for each in read.values() if each.revision > 1]
    told += [f"{period} is marked wrong ({reason}) and left out" for period, reason in wrong.items()]
    missing = [period for period in periods if period not in read and period not in wrong]
    return sorted(told) + ([f"no release of {_some(missing)}"] if missing else [])


def _incomplete_weeks(final: Sequence[Listed], tables: Sequence[ReadTable], window: str) -> list[str]:
    """A week of fewer days reaches fewer visitors."""
    pairs = zip(final, tables, strict=True)
    return [
        f"{each.period} counts {len(table.days)} of 7 days"
        for each, table in pairs
        if window == WEEK and len(table.days) < 7
    ]


def _moved(summed: Summed, statistic: Statistic, days: int) -> list[str]:
    """Topics are told with all their rows or with none."""
    place = statistic.keys.index(JUDGED_BY[statistic.name][1]) if statistic.name in JUDGED_BY else None
    names = {
        " ".join(map(str, cell if place is None else cell[place : place + 1])): often
        for cell, often in summed.moved.items()
    }
    rows = [f"{name} ({often} of {days} days)" for name, often in names.items()]
    done = "added to other" if rolls_up(statistic) else "left out"
    return [f"not told on every day, and so {done}: {_some(rows)}"] if rows else []


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _FEW} more" if len(names) > _FEW else ""
    return ", ".join(names[:_FEW]) + more
