"""What a published table is: its keys, its metrics, its cells. All cells exist before any data is read (DESIGN 3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import pyarrow as pa

from anonymizers.site import Site
from anonymizers.vocabulary import BROWSERS, CUSTOMER_KINDS, DAYPARTS, DEVICES, HOURS, SYSTEMS

KEY_TYPES: Mapping[str, pa.DataType] = {
    "topic": pa.string(), "action": pa.string(), "hour": pa.int8(), "daypart": pa.string(), "browser": pa.string(),
    "device": pa.string(), "os": pa.string(), "customer_kind": pa.string(),
}  # fmt: skip

MEANINGS: Mapping[str, str] = {
    "traffic_date": "Day of the traffic, in the site's time zone.",
    "topic": "Subject of the page or of the advertisement, from the site's closed list.",
    "action": "What the visitor did: viewed a page, was shown an ad, scrolled over an ad, or clicked it.",
    "hour": "Hour on the wall where the site is. When the clocks go back, both hours 3 count as hour 3.",
    "daypart": "Part of the day: night 0-5, morning 6-9, midday 10-13, afternoon 14-17, evening 18-21, late evening 22-23.",
    "browser": "Browser family.",
    "device": "Kind of device.",
    "os": "Operating system.",
    "customer_kind": "Whether a private person or a company registered.",
    "visitors": "Different visitors, estimated.",
    "events": "Events, estimated. A visitor's events in one cell count up to the bound named in privacy.json.",
    "registrations": "Accounts registered on the day, estimated.",
}


@dataclass(frozen=True)
class Statistic:
    """One table of the daily release."""

    name: str
    title: str
    keys: tuple[str, ...]
    metrics: tuple[str, ...] = ("visitors", "events")

    def cells(self, site: Site) -> list[tuple[str | int, ...]]:
        """Every cell of the table in key order: the cross product of its keys' closed lists."""
        return list(product(*(vocabulary(site)[key] for key in self.keys)))

    def schema(self) -> pa.Schema:
        """The published columns: traffic_date, keys, then each metric with its 95 % interval."""
        metrics = [f"{metric}{end}" for metric in self.metrics for end in ("", "_low", "_high")]
        return pa.schema(
            [pa.field("traffic_date", pa.date32(), nullable=False)]
            + [pa.field(key, KEY_TYPES[key], nullable=False) for key in self.keys]
            + [pa.field(metric, pa.int64(), nullable=False) for metric in metrics]
        )


def vocabulary(site: Site) -> Mapping[str, Sequence[str | int]]:
    """The closed list of each key column, in the order of publication."""
    return {
        "topic": site.topic_names,
        "action": site.actions,
        "hour": HOURS,
        "daypart": DAYPARTS,
        "browser": BROWSERS,
        "device": DEVICES,
        "os": SYSTEMS,
        "customer_kind": CUSTOMER_KINDS,
    }


EVENT_STATISTICS = (
    Statistic("topics", "Topics by action", ("topic", "action")),
    Statistic("hours", "Hours of the day by action", ("hour", "action")),
    Statistic("topic_dayparts", "Topics by part of the day", ("topic", "daypart")),
    Statistic("browsers", "Browsers, devices and systems", ("browser", "device", "os")),
)
REGISTRATIONS = Statistic("registrations", "New accounts by kind of customer", ("customer_kind",), ("registrations",))
STATISTICS = (*EVENT_STATISTICS, REGISTRATIONS)
