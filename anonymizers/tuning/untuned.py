"""Bounds that only hold the place of bounds: for a site that is to be tuned, whatever its bounds are now, if any."""

from collections.abc import Sequence
from typing import Any

from anonymizers.counting.statistic import DAILY, WEEKLY


def untuned(actions: Sequence[str]) -> dict[str, Any]:
    """What `bounds.yaml` holds, with equal shares, norms of one, and weights of one for each action."""
    daily, weekly = (
        {statistic.name: {name: {"share": 0.02} for name in statistic.measures} for statistic in window}
        for window in (DAILY, WEEKLY)
    )
    return {"daily": {"weights": dict.fromkeys(actions, 1), **daily}, "weekly": weekly}
