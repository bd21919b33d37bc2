"""Reading a published store, from a folder or an address: the tables of a time's releases as one, and what a reader must know.

What is read, added up and compared is in `anonymizers/reading`; which releases stand is in `standing_releases.py`, and how
one is fetched in `release_places.py`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import pyarrow as pa
from minisign import PublicKey

from anonymizers.cataloguing.standing import Listed
from anonymizers.counting.statistic import Statistic
from anonymizers.estimating.roll_up import CONFIDENCE, JUDGED_BY
from anonymizers.local_day import iso_week
from anonymizers.reading.sum_days import Summed, rolls_up, sum_days
from anonymizers.reading.table import ReadTable, find_statistic, frame, read_table
from anonymizers.refusal import Reason, Refusal
from anonymizers.releasing.signature import MANIFEST, SIGNATURE, wrong_signature
from anonymizers.vocabulary import DAY, WEEK
from pipelines.release_places import open_place, read_manifest_at, read_release_at, successor_of, without_secrets
from pipelines.standing_releases import below, ends_of, standing_at, wrong_days_at

DAYS = "days"
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
    release must be signed by it. Refuses a release that does not verify, releases of several sites, and a time of which
    nothing stands.
    """
    if window not in (DAY, WEEK) or sum_over not in (None, DAYS):
        raise Refusal("read", Reason.REQUEST, "the window is day or week, and sums are over days")
    if sum_over is None and confidence != CONFIDENCE:
        raise Refusal(
            "read",
            Reason.REQUEST,
            f"a confidence is for sums, published intervals are of {CONFIDENCE}; add days up, or give none",
        )
    statistic = find_statistic(table, window)
    standing = [each for each in standing_at(published, window) if _lies_in(each.period, since, until)]
    if not any(each.state == "final" for each in standing):
        raise Refusal(
            "read",
            Reason.STORE,
            f"no release of a {window} of that time stands in {without_secrets(published)}; look at both",
        )
    final = sorted((each for each in standing if each.state == "final"), key=lambda each: each.period)
    tables = _read_tables(published, [each.release for each in final], statistic, key)
    told = _not_read(standing, _periods(standing, window, since, until))
    if window == WEEK:
        wrong = wrong_days_at(published, {day for each in tables for day in each.days})
        told += [*_incomplete_weeks(final, tables), *_weeks_of_wrong_days(final, tables, wrong)]
    if sum_over is None:
        return Reading(frame(tables, statistic), tuple(told))
    summed = sum_days(tables, statistic, confidence)
    return Reading(summed.rows, (*told, *_moved(summed, statistic, len(tables))))


def _read_tables(
    published: str, releases: Sequence[str], statistic: Statistic, key: PublicKey | None
) -> Sequence[ReadTable]:
    tables, sites = [], set()
    for release in releases:
        files = _fetch(published, release, key)
        tables.append(read_table(release, files, statistic))
        sites.add(json.loads(files[MANIFEST])["site"])
    if len(sites) > 1:
        raise Refusal(
            "read",
            Reason.STORE,
            f"releases of {len(sites)} sites stand there, {_some(sorted(sites))}; give each a folder",
        )
    return tables


def _fetch(published: str, release: str, key: PublicKey | None) -> Mapping[str, bytes]:
    place = open_place(below(published, release))
    documents = read_manifest_at(place)
    if key is not None:
        signature = documents.get(SIGNATURE, b"")
        signer = successor_of(key, place, signature) or key
        wrong = wrong_signature(signature, documents.get(MANIFEST, b""), release, signer)
        if wrong:
            raise Refusal("read", Reason.STORE, f"{release} does not verify: {wrong[0]}")
    return read_release_at(place, documents).files


def _lies_in(period: str, since: date | str | None, until: date | str | None) -> bool:
    first, last = ends_of(period)
    return (since is None or ends_of(since)[0] <= first) and (until is None or last <= ends_of(until)[1])


def _periods(standing: Sequence[Listed], window: str, since: date | str | None, until: date | str | None) -> list[str]:
    """Every day or week of the time, whether anything stands of it or not."""
    first = min(ends_of(each.period)[0] for each in standing) if since is None else ends_of(since)[0]
    last = max(ends_of(each.period)[1] for each in standing) if until is None else ends_of(until)[1]
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    periods = [iso_week(day) if window == WEEK else day.isoformat() for day in days]
    return [period for period in dict.fromkeys(periods) if _lies_in(period, first, last)]


def _not_read(standing: Sequence[Listed], periods: Sequence[str]) -> list[str]:
    """What stands of the periods and is not read, and of which nothing stands."""
    read = {each.period: each for each in standing if each.state == "final"}
    wrong = {each.period: each.reason for each in standing if each.state == "wrong" and each.period not in read}
    told = [f"{each.period} was corrected; {each.release} is read" for each in read.values() if each.revision > 1]
    told += [f"{period} is marked wrong ({reason}) and left out" for period, reason in wrong.items()]
    told += [
        f"{each.release} was corrected, and its correction is not whole here; left out, fetch it again"
        for each in {each.period: each for each in standing[::-1] if each.state == "corrected"}.values()
        if each.period not in {*read, *wrong}
    ]
    missing = [period for period in periods if period not in {each.period for each in standing}]
    return sorted(told) + ([f"no release of {_some(missing)}"] if missing else [])


def _incomplete_weeks(final: Sequence[Listed], tables: Sequence[ReadTable]) -> list[str]:
    """A week of fewer days reaches fewer visitors."""
    pairs = zip(final, tables, strict=True)
    return [f"{each.period} counts {len(table.days)} of 7 days" for each, table in pairs if len(table.days) < 7]


def _weeks_of_wrong_days(final: Sequence[Listed], tables: Sequence[ReadTable], wrong: Mapping[str, str]) -> list[str]:
    """A day that is marked wrong before its week is drawn is left out; one marked afterwards stays counted."""
    counted = [(each.period, str(day)) for each, table in zip(final, tables, strict=True) for day in table.days]
    return [
        f"{week} counts {day}, which was marked wrong afterwards ({wrong[day]})"
        for week, day in counted
        if day in wrong
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
