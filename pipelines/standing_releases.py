"""Which releases stand at a folder or an address, each with its state; and addresses below it. No release is opened here."""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from urllib.parse import quote, urlsplit, urlunsplit

from anonymizers.cataloguing.standing import NOTICE, Listed, listed, wrong_days
from anonymizers.local_day import days_of_week
from anonymizers.refusal import Reason, Refusal
from anonymizers.releasing.release import SUCCESS
from anonymizers.vocabulary import DAY, WEEK
from pipelines.release_places import open_place, without_secrets

_FOLDERS = {
    DAY: ("daily", re.compile(r"daily/date=(\d{4}-\d\d-\d\d)(\.r\d+)?")),
    WEEK: ("weekly", re.compile(r"weekly/week=(\d{4}-W\d\d)(\.r\d+)?")),
}
_LATEST, _MOST = "latest.json", 50_000_000


def standing_at(published: str, window: str, periods: Collection[str] | None = None) -> Sequence[Listed]:
    """All releases of a window, or of some periods of it, with their states: as the folder lists them, or where nothing is
    listed, as `latest.json` does."""
    folder, name = _FOLDERS[window]
    place = open_place(below(published, folder))
    names = place.names()
    if not names:
        told = _as_latest_json_says(published, window)
        return [each for each in told if periods is None or each.period in periods]
    called = [each for each in names if _is_release(f"{folder}/{each}", name, periods)]
    releases = [each for each in called if place.read(f"{each}/{SUCCESS}", 0) is not None]
    # Still being written, or never finished; what it corrects is out of date all the same.
    unfinished = {f"{folder}/{each}" for each in called} - {f"{folder}/{each}" for each in releases}
    notices = {each: place.read(f"{each}{NOTICE}", _MOST) for each in releases if f"{each}{NOTICE}" in names}
    for each, notice in notices.items():
        if not _gives_a_reason(notice):
            raise Refusal(
                "read",
                Reason.STORE,
                f"{folder}/{each}{NOTICE} cannot be read, and says that the release is wrong; fetch it again, or ask the site",
            )
    return listed(
        [f"{folder}/{each}" for each in releases],
        {f"{folder}/{each}": notice or b"" for each, notice in notices.items()},
        unfinished,
    )


def wrong_days_at(published: str, days: Collection[date]) -> Mapping[str, str]:
    """Day -> why it is wrong, of these days, as far as releases of days are to be seen there: who agreed on weeks alone has
    none."""
    if not open_place(below(published, "daily")).names() and open_place(below(published)).read(_LATEST, 0) is None:
        return {}
    return wrong_days(standing_at(published, DAY, {day.isoformat() for day in days}))


def _is_release(path: str, name: re.Pattern[str], periods: Collection[str] | None = None) -> bool:
    """Whether a folder is called as a release of a day or a week that there is, and that is asked for."""
    called = name.fullmatch(path)
    try:
        return called is not None and bool(ends_of(called[1])) and (periods is None or called[1] in periods)
    except Refusal:
        return False


def _gives_a_reason(notice: bytes | None) -> bool:
    try:
        reason = json.loads(notice or b"")["reason"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return False
    return isinstance(reason, str) and bool(reason)


def _as_latest_json_says(published: str, window: str) -> Sequence[Listed]:
    content = open_place(below(published)).read(_LATEST, _MOST)
    if content is None:
        raise Refusal(
            "read",
            Reason.STORE,
            f"{without_secrets(published)} shows neither releases nor {_LATEST}; is it the published folder?",
        )
    _, name = _FOLDERS[window]
    try:
        told = {each["release"]: each for each in json.loads(content)["releases"] if each["window"] == window}
        standing = [
            (each, told[each.release]) for each in listed([each for each in told if _is_release(each, name)], {})
        ]
        return [
            replace(each, state=says["state"], corrected_by=says.get("corrected_by"), reason=says.get("reason"))
            for each, says in standing
        ]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Refusal(
            "read",
            Reason.STORE,
            f"{without_secrets(published)} shows a {_LATEST} that is no list of releases; look at the address, or ask the site",
        ) from None


def below(published: str, *names: str) -> str:
    """The address of what lies below the published store: a query stays behind the path, and what no address holds is quoted."""
    if published.partition("://")[0].lower() not in ("http", "https"):
        return "/".join((published.rstrip("/"), *names)) or "/"
    try:
        parts = urlsplit(published)
    except ValueError:
        raise Refusal("read", Reason.STORE, f"{without_secrets(published)} is no address; look at it") from None
    path = quote("/".join((parts.path.rstrip("/"), *names)), safe="/%:=@!$&'()*+,;~")
    return urlunsplit(parts._replace(path=path))


def ends_of(period: date | str) -> tuple[date, date]:
    """The first and the last day of a day or an ISO week."""
    if isinstance(period, date):
        day = period.date() if isinstance(period, datetime) else period
        return day, day
    if "W" in period:
        days = days_of_week(period)
        return days[0], days[-1]
    try:
        day = date.fromisoformat(period)
    except ValueError:
        raise Refusal("read", Reason.REQUEST, "write a day as 2026-11-21 and a week as 2026-W47") from None
    return day, day
