"""Which releases stand, in which state, and which is the newest; `latest.json` for programs. No table is read here."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal

from anonymizers.releasing.describe import as_json
from anonymizers.vocabulary import DAY, WEEK

State = Literal["final", "corrected", "wrong"]
NOTICE = ".wrong.json"
"""The notice beside a release that is wrong is called like its folder, with this ending."""
MANIFEST = "manifest.json"
SHOWN: Mapping[str, int] = {DAY: 60, WEEK: 26}
"""How many days and weeks a page shows; the older ones stand in `latest.json`."""


@dataclass(frozen=True)
class Listed:
    """A release that stands published."""

    release: str
    """Its folder below the published store."""
    window: str
    """`DAY` or `WEEK`."""
    period: str
    """As `2026-11-21` or `2026-W47`."""
    revision: int
    """1, and from 2 on for corrections."""
    state: State
    corrected_by: str | None
    """The newest revision, where it is another one, and final."""
    reason: str | None
    """Of what is wrong, as the notice says it."""


@dataclass(frozen=True)
class Store:
    """What stands published, as bytes."""

    files: Mapping[str, Mapping[str, bytes]]
    """Release -> its files; of a release that `shown` does not name, the manifest is enough."""
    notices: Mapping[str, bytes]
    """Release -> the notice that it is wrong."""
    left_out: Collection[str] = ()
    """Releases that do not stand as they were released. Nothing of them is told, and they revive no revision before them."""


def listed(
    releases: Collection[str], notices: Mapping[str, bytes], left_out: Collection[str] = ()
) -> tuple[Listed, ...]:
    """Every release with its state, but for those left out; the newest period and revision first, days before weeks."""
    taken = {release: _taken_apart(release) for release in {*releases, *left_out}}
    newest: dict[tuple[str, str], str] = {}
    for release, (window, period, _) in sorted(taken.items(), key=lambda each: each[1]):
        newest[window, period] = release
    found = []
    for release in sorted({*taken} - {*left_out}, key=taken.__getitem__, reverse=True):
        window, period, revision = taken[release]
        better = newest[window, period]
        reason = json.loads(notices[release])["reason"] if release in notices else None
        state: State = "wrong" if reason else "final" if better == release else "corrected"
        use = better if better not in {release, *notices, *left_out} else None
        found.append(Listed(release, window, period, revision, state, use, reason))
    return tuple(sorted(found, key=lambda each: each.window))


def shown(every: Sequence[Listed]) -> tuple[Listed, ...]:
    """Those whose numbers a page shows, the newest first, days before weeks: the final ones of the newest periods."""
    final = {window: [each for each in every if each.window == window and each.state == "final"] for window in SHOWN}
    return tuple(each for window, most in SHOWN.items() for each in final[window][:most])


def wrong_days(every: Iterable[Listed]) -> Mapping[str, str]:
    """Day -> why it is wrong, of those of which no revision is final. A week drawn before that was known counts it."""
    days = [each for each in every if each.window == DAY]
    final = {each.period for each in days if each.state == "final"}
    return {each.period: each.reason for each in days if each.reason and each.period not in final}


def latest_json(store: Store) -> bytes:
    """The newest final release of a day and of a week, and every release with its state, for programs."""
    every = [_told(each, store.files[each.release]) for each in listed(store.files, store.notices, store.left_out)]
    newest = {
        name: next((each for each in every if each["window"] == window and each["state"] == "final"), None)
        for name, window in (("daily", DAY), ("weekly", WEEK))
    }
    return as_json({**newest, "releases": every})


def _told(each: Listed, files: Mapping[str, bytes]) -> dict[str, Any]:
    manifest = json.loads(files[MANIFEST])
    told = {
        "release": each.release,
        "path": f"{each.release}/",
        "site": manifest["site"],
        "window": each.window,
        "period": each.period,
        "revision": each.revision,
        "schema_version": manifest["schema_version"],
        "manifest_sha256": sha256(files[MANIFEST]).hexdigest(),
        "state": each.state,
    }
    beside = {"corrected_by": each.corrected_by, "reason": each.reason}
    return told | {name: text for name, text in beside.items() if text}


def _taken_apart(release: str) -> tuple[str, str, int]:
    name, _, revision = release.partition(".r")
    window = DAY if name.startswith("daily/") else WEEK
    return window, name.split("=", 1)[1], int(revision or 1)
