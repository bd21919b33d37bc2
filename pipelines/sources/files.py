"""Which files hold a source's rows for a night."""

import os
import re
from glob import glob
from pathlib import Path

from anonymizers.contract import Source
from anonymizers.local_day import LocalDay
from anonymizers.refusal import Reason, Refusal


def files_of(name: str, source: Source, home: Path, day: LocalDay) -> list[Path]:
    """The source's files that may hold rows of `day`, sorted. Raises Refusal where there is none."""
    dates = (day.date,) if source.path_dates == "site" else day.utc_dates
    patterns = {_expand(name, source.path, home).replace("{date}", date.isoformat()) for date in dates}
    paths = sorted(Path(path) for pattern in patterns for path in glob(pattern))
    if not paths:
        raise Refusal(
            name, Reason.SOURCE_MISSING, f"no file matches {source.path} for {day.date}; is the export late, or the path wrong?"
        )
    return paths


def _expand(name: str, path: str, home: Path) -> str:
    unset = [word for word in re.findall(r"\$\{?(\w+)\}?", path) if word not in os.environ]
    if unset:
        raise Refusal(name, Reason.SOURCE_MISSING, f"the path names ${unset[0]}, which the environment does not set; set it")
    expanded = os.path.expanduser(os.path.expandvars(path))
    return expanded if os.path.isabs(expanded) else str(home / expanded)
