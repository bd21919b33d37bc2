"""What a published table is: its keys, its metrics, its cells. All cells exist before any data is read (DESIGN 3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import pyarrow as pa

from anonymizers.consent_rules import Use
from anonymizers.site import Site
from anonymizers.vocabulary import (
    ALL_VISITORS,
    BANDS,
    BROWSERS,
    CUSTOMER_KINDS,
    DAY,
    DAYPARTS,
    DEVICES,
    HOURS,
    SYSTEMS,
    WEEK,
)

KEY_TYPES: Mapping[str, pa.DataType] = {
    "topic": pa.string(), "action": pa.string(), "hour": pa.int8(), "daypart": pa.string(), "browser": pa.string(),
    "device": pa.string(), "os": pa.string(), "segment": pa.string(), "band": pa.string(), "customer_kind": pa.string(),
}  # fmt: skip

PERIOD_COLUMN: Mapping[str, pa.Field] = {
    DAY: pa.field("traffic_date", pa.date32(), nullable=False),
    WEEK: pa.field("iso_week", pa.string(), nullable=False),
}
"""The first column of every table of a release, by window."""

EVENTS, REGISTRATIONS_PART = "events", "registrations"
"""The parts of a release: what is counted from one read (promise 4: registrations never meet events)."""


ROWS: tuple[Use, ...] = (Use.PAGES, Use.ADS)
"""A page view counts where pages may be counted, an advertisement's event where advertisements may."""
REACH: tuple[Use, ...] = (Use.SEGMENTS,)


@dataclass(frozen=True)
class Statistic:
    """One table of a release."""

    name: str
    title: str
    keys: tuple[str, ...]
    metrics: tuple[str, ...] = ("visitors", "events")
    """What is published of each cell, beside its interval."""
    within: tuple[str, ...] | None = None
    """The keys of the totals to which clipped cells are scaled; None where bounds are meant never to clip much."""
    window: str = DAY
    part: str = EVENTS
    needs: tuple[Use, ...] = ROWS
    """What its events must be allowed to serve by their visitors' consent (`consent_rules.NEEDS`)."""
    index: str | None = None
    """A second published metric, the ratio of a cell's share to the share among all visitors; `affinity` or None."""

    @property
    def measures(self) -> tuple[str, ...]:
        """What is counted with noise: the metrics, and `pairs` (cells touched by visitors) where cells are scaled."""
        return self.metrics if self.within is None else (*self.metrics, "pairs")

    def cells(self, site: Site) -> list[tuple[str | int, ...]]:
        """Every cell of the table in key order: the cross product of its keys' closed lists."""
        return list(product(*(vocabulary(site, self.window)[key] for key in self.keys)))

    def schema(self) -> pa.Schema:
        """The published columns: the period, the keys, then each metric with its 95 % interval, then the index with its own."""
        metrics = [f"{metric}{end}" for metric in self.metrics for end in ("", "_low", "_high")]
        index = [f"{self.index}{end}" for end in ("", "_low", "_high")] if self.index else []
        return pa.schema(
            [PERIOD_COLUMN[self.window]]
            + [pa.field(key, KEY_TYPES[key], nullable=False) for key in self.keys]
            + [pa.field(metric, pa.int64(), nullable=False) for metric in metrics]
            + [pa.field(column, pa.int64(), nullable=True) for column in index]
        )


def vocabulary(site: Site, window: str) -> Mapping[str, Sequence[str | int]]:
    """The closed list of each key column, in the order of publication."""
    return {
        "topic": site.topic_names,
        "action": site.actions,
        "hour": HOURS,
        "daypart": DAYPARTS,
        "browser": BROWSERS,
        "device": DEVICES,
        "os": SYSTEMS,
        "segment": (ALL_VISITORS, *(segment.segment for segment in site.segments if segment.window == window)),
        "band": BANDS,
        "customer_kind": CUSTOMER_KINDS,
    }


DAILY = (
    Statistic("totals", "Everything by action", ("action",)),
    Statistic("topics", "Topics by action", ("topic", "action"), within=("action",)),
    Statistic("hours", "Hours of the day by action", ("hour", "action"), within=("action",)),
    Statistic("topic_dayparts", "Topics by part of the day", ("topic", "daypart"), within=()),
    Statistic("browsers", "Browsers, devices and systems", ("browser", "device", "os"), within=()),
    Statistic("segments", "Segments", ("segment",), ("visitors",), needs=REACH),
    Statistic(
        "registrations", "New accounts by kind of customer", ("customer_kind",), ("registrations",), part=REGISTRATIONS_PART
    ),
)  # fmt: skip
WEEKLY = (
    Statistic("segments", "Segments: reach of the week", ("segment",), ("visitors",), window=WEEK, needs=REACH),
    Statistic(
        "segment_frequency", "Segments by frequency", ("segment", "band"), ("visitors",), window=WEEK, needs=REACH
    ),
    *(
        Statistic(
            f"segment_{key}s",
            title,
            ("segment", key),
            ("visitors",),
            within=("segment",),
            window=WEEK,
            needs=REACH,
            index="affinity",
        )
        for key, title in {
            "topic": "Segments by topic",
            "daypart": "Segments by part of the day",
            "browser": "Segments by browser",
        }.items()
    ),
)
STATISTICS: Mapping[str, tuple[Statistic, ...]] = {DAY: DAILY, WEEK: WEEKLY}
"""Every table that can be published, by window: the audit trail of what exists."""
