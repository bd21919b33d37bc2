"""Which files hold a source's rows for a night."""

import os
import re
from datetime import date, timedelta
from glob import escape, glob
from pathlib import Path

from anonymizers.contract import Source
from anonymizers.local_day import LocalDay
from anonymizers.refusal import Reason, Refusal
from anonymizers.site import Site


def files_of(name: str, source: Source, home: Path, day: LocalDay) -> list[Path]:
    """The source's files that may hold rows of `day`, sorted. Raises Refusal where a date of the day has none.

    A day in Tallinn touches two UTC dates: with one of two files the day would be published by half, and stay so.
    """
    pattern = _expand(name, source.path, home)
    dates = (day.date,) if source.path_dates == "site" else day.utc_dates
    found: set[Path] = set()
    for each in dates if "{date}" in pattern else dates[:1]:
        paths = [Path(path) for path in glob(pattern.replace("{date}", each.isoformat()))]
        files = [path for path in paths if path.is_file()]
        if not files:
            where = f"{source.path} for {each}" if "{date}" in pattern else source.path
            raise Refusal(
                name, Reason.SOURCE_MISSING, f"no file matches {where}; is the export late, or the path wrong?"
            )
        found.update(files)
    return sorted(found)


def newest_day(name: str, source: Source, home: Path, site: Site, first: date, last: date) -> date:
    """The last day from `first` to `last` of which the source has files; `first` where there is none."""
    for back in range((last - first).days if "{date}" in source.path else 0):
        day = last - timedelta(days=back)
        try:
            files_of(name, source, home, site.day(day.isoformat()))
        except Refusal as refusal:
            if refusal.reason is not Reason.SOURCE_MISSING:
                raise
        else:
            return day
    return first


def _expand(name: str, path: str, home: Path) -> str:
    unset = [word for word in re.findall(r"\$\{?(\w+)\}?", path) if word not in os.environ]
    if unset:
        raise Refusal(
            name, Reason.SITE_FOLDER, f"the path names ${unset[0]}, which the environment does not set; set it"
        )
    expanded = Path(os.path.expandvars(path)).expanduser()
    return str(expanded) if expanded.is_absolute() else f"{escape(str(home))}/{expanded}"
