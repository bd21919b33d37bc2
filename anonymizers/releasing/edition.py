"""An edition: which day or ISO week a release is of, which revision, and what its folder is called."""

import re
from dataclasses import dataclass
from datetime import date

from anonymizers.local_day import days_of_week, iso_week
from anonymizers.refusal import Reason, Refusal
from anonymizers.vocabulary import DAY, WEEK

_NAME = re.compile(r"daily/date=(\d{4}-\d{2}-\d{2})(\.r\d+)?|weekly/week=(\d{4}-W\d{2})(\.r\d+)?")


@dataclass(frozen=True)
class Edition:
    """One release of one site."""

    window: str
    """`DAY` or `WEEK`."""
    release: str
    """Its folder below the published store: `daily/date=2026-11-21`, `daily/date=2026-11-21.r2`, `weekly/week=2026-W47`."""
    period: date | str
    """What stands in the first column of its tables: the day, or the ISO week as `2026-W47`."""
    days: tuple[date, ...]
    """The days that are counted; in a week those that are published, for a day marked wrong or missing is left out."""

    @property
    def iso_week(self) -> str:
        """The ISO week that the edition is of, or lies in."""
        return iso_week(self.period) if isinstance(self.period, date) else self.period

    @property
    def last_day(self) -> date:
        """The last day that it is of, counted or not."""
        return self.period if isinstance(self.period, date) else days_of_week(self.period)[-1]


def daily_base(day: date) -> str:
    """The folder of a day's first release."""
    return f"daily/date={day.isoformat()}"


def weekly_base(week: str) -> str:
    """The folder of a week's release."""
    return f"weekly/week={week}"


def daily_edition(day: date, release: str | None = None) -> Edition:
    """The edition of a day; `release` is its folder when it is a revision."""
    return Edition(DAY, _checked(release or daily_base(day), daily_base(day)), day, (day,))


def weekly_edition(week: str, days: tuple[date, ...], release: str | None = None) -> Edition:
    """The edition of an ISO week, of which `days` are counted; `release` is its folder when it is a revision."""
    return Edition(WEEK, _checked(release or weekly_base(week), weekly_base(week)), week, days)


def _checked(release: str, base: str) -> str:
    if not _NAME.fullmatch(release) or release.removeprefix(base)[:2] not in ("", ".r"):
        raise Refusal("release", Reason.STORE, "this is no name of a release of that day or week; mend the ledger")
    return release
