"""Whether an audience grew: releases compared, all segments of a release together, as `anonymizers.reading.compare` does."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from anonymizers.cataloguing.interval import Interval
from anonymizers.cataloguing.opened import Opened, Row
from anonymizers.reading.compare import compare_at_once
from anonymizers.reading.table import RELEASE

_WEEK = 7


@dataclass(frozen=True)
class Change:
    """How many visitors more there are; fewer, where it is negative."""

    interval: Interval
    """As wide as it must be for all that were compared together."""
    more_than_noise: bool
    """Whether it leaves out zero."""
    percent: int | None
    """Of the number before; None where one of the two may be nothing."""


def changes_in_a_week(releases: Sequence[Opened]) -> Mapping[str, Change]:
    """Segment -> its change from the release of a week before to the newest, where both tell. The newest stands first.

    None where the two count different days: 5 days reach fewer visitors than 7, though nothing changed.
    """
    newest = releases[0]
    before = next((each for each in releases if (newest.start - each.start).days == _WEEK), None)
    if before is None or newest.weekdays != before.weekdays:
        return {}
    return changes_between(newest, before)


def changes_between(new: Opened, old: Opened) -> Mapping[str, Change]:
    """Segment -> its change, where both releases tell it."""
    both = {row["segment"] for row in new.rows("segments")} & {row["segment"] for row in old.rows("segments")}
    if not both:
        return {}
    return {row["segment"]: _change(row) for row in compare_at_once(_reaches(new, both), _reaches(old, both))}


def _reaches(release: Opened, segments: Collection[str]) -> list[Row]:
    return [{RELEASE: release.listed.release, **row} for row in release.rows("segments") if row["segment"] in segments]


def _change(row: Row) -> Change:
    interval = Interval(row["difference"], row["difference_low"], row["difference_high"])
    percent = None if row["ratio"] is None else round(100 * (row["ratio"] - 1))
    return Change(interval, row["more_than_noise"], percent)
