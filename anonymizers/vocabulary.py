"""Closed lists of strings that may be published, the same on every site. Topics are a site's own (`site.py`).

Every string of a release is a member of one of these lists or of the site's topics, fixed before a night's data is
read, so that no key of a published table can come from a visitor.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import Field

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
"""What a site may call a topic, a segment or itself."""
OTHER = "other"
DAY, WEEK = "day", "week"
"""What a release is of."""

Action = Literal["page_view", "ad_view", "scroll_over", "ad_click"]
ACTIONS: tuple[Action, ...] = ("page_view", "ad_view", "scroll_over", "ad_click")
AD_ACTIONS = ACTIONS[1:]
BROWSERS = ("chrome", "safari", "edge", "firefox", "samsung_internet", "opera", OTHER)
DEVICES = ("desktop", "mobile", "tablet", OTHER)
SYSTEMS = ("windows", "macos", "linux", "android", "ios", "chromeos", OTHER)
CUSTOMER_KINDS = ("private", "business")
HOURS = tuple(range(24))
ALL_VISITORS = "all_visitors"
"""Stands among the segments: everybody who was there."""

_FIRST_HOURS = {"night": 0, "morning": 6, "midday": 10, "afternoon": 14, "evening": 18, "late_evening": 22}
DAYPARTS = tuple(_FIRST_HOURS)
DAYPART_OF_HOUR: Mapping[int, str] = MappingProxyType(
    {hour: max((first, part) for part, first in _FIRST_HOURS.items() if first <= hour)[1] for hour in HOURS}
)

# Not "1", "2-3": spreadsheets take those for a number and for the third of February.
_FIRST_EVENTS = {"exactly 1": 1, "2 to 3": 2, "4 to 7": 4, "8 to 15": 8, "16 to 31": 16, "32 and more": 32}
BANDS = tuple(_FIRST_EVENTS)
FIRST_EVENTS_OF_BAND: Mapping[str, int] = MappingProxyType(_FIRST_EVENTS)
"""The fewest events of a visitor in each band of frequency."""
