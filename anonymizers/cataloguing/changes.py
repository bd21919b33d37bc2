"""Whether an audience grew: releases compared, all segments of a release together, as `anonymizers.reading.compare` does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from anonymizers.cataloguing.interval import Interval
from anonymizers.cataloguing.opened import Opened, Row
from anonymizers.reading.compare import compare_rows
from anonymizers.reading.table import RELEASE

_WEEK = 7


@dataclass(frozen=True)
class Change:
    """How many visitors more there are; fewer, where it is negative."""

    interval: Interval
    more_than_noise: bool
    """Judged for all that were compared together."""


def changes_in_a_week(releases: Sequence[Opened]) -> Mapping[str, Change]:
    """Segment -> its change from the release of a week before to the newest, where both tell. The newest stands first."""
    newest = releases[0]
    before = next((each for each in releases if (newest.start - each.start).days == _WEEK), None)
    if before is None or not newest.rows("segments") or not before.rows("segments"):
        return {}
    compared = compare_rows(_reaches(newest), _reaches(before))
    return {row["segment"]: _change(row) for row in compared}


def change_of(segment: str, new: Opened, old: Opened) -> Change:
    """The change of one segment that both releases tell."""
    [row] = compare_rows(_reaches(new, segment), _reaches(old, segment))
    return _change(row)


def _reaches(release: Opened, segment: str | None = None) -> list[Row]:
    rows = [row for row in release.rows("segments") if segment in (None, row["segment"])]
    return [{RELEASE: release.listed.release, **row} for row in rows]


def _change(row: Row) -> Change:
    interval = Interval(row["difference"], row["difference_low"], row["difference_high"])
    return Change(interval, row["more_than_noise"])
