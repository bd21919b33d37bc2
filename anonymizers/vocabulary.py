"""Closed lists of strings that may be published, the same on every site. Topics are a site's own (`site.py`).

Every string of a release is a member of one of these lists or of the site's topics, fixed before a night's data is
read, so that no key of a published table can come from a visitor.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

OTHER = "other"

Action = Literal["page_view", "ad_view", "scroll_over", "ad_click"]
ACTIONS: tuple[Action, ...] = ("page_view", "ad_view", "scroll_over", "ad_click")
AD_ACTIONS = ACTIONS[1:]
BROWSERS = ("chrome", "safari", "edge", "firefox", "samsung_internet", "opera", OTHER)
DEVICES = ("desktop", "mobile", "tablet", OTHER)
SYSTEMS = ("windows", "macos", "linux", "android", "ios", "chromeos", OTHER)
CUSTOMER_KINDS = ("private", "business")
HOURS = tuple(range(24))

_FIRST_HOURS = {"night": 0, "morning": 6, "midday": 10, "afternoon": 14, "evening": 18, "late_evening": 22}
DAYPARTS = tuple(_FIRST_HOURS)
DAYPART_OF_HOUR: Mapping[int, str] = MappingProxyType(
    {hour: max((first, part) for part, first in _FIRST_HOURS.items() if first <= hour)[1] for hour in HOURS}
)
