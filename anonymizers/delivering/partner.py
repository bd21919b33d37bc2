"""Partners of a site, each with a contract: from when until when, and which tables and segments (promise 10).

Who stands in no list, or whose contract is not valid on the day, is given nothing.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, model_validator
from pydantic.dataclasses import dataclass

from anonymizers.contract import Misplaced
from anonymizers.counting.statistic import STATISTICS
from anonymizers.delivering.destination import Destination, overlap
from anonymizers.site import Site
from anonymizers.vocabulary import ALL_VISITORS, DAY, WEEK, Name

_STRICT = ConfigDict(extra="forbid")
_BY_SEGMENT = {
    window: {statistic.name for statistic in STATISTICS[window] if "segment" in statistic.keys}
    for window in (DAY, WEEK)
}


@dataclass(frozen=True, config=_STRICT)
class Partner:
    """One advertiser with a contract."""

    partner: Name
    """What the ledger calls it."""
    title: Annotated[str, Field(min_length=3, max_length=80)]
    contract: Annotated[str, Field(min_length=3, max_length=80)]
    """The contract's reference in the site's own records."""
    valid_from: date
    valid_until: date
    """The last day."""
    outlet: Destination
    daily: tuple[str, ...] = ()
    """Tables of daily releases that were agreed."""
    weekly: tuple[str, ...] = ()
    """Tables of weekly releases that were agreed."""
    segments: tuple[Name, ...] = ()
    """Segments that were agreed; their rows, those of `all_visitors`, and no others of tables by segment."""
    formats: Annotated[tuple[Literal["parquet", "csv"], ...], Field(min_length=1)] = ("parquet", "csv")
    """How the tables are written that were agreed."""

    @model_validator(mode="after")
    def _is_a_contract(self) -> "Partner":
        if self.valid_until < self.valid_from:
            raise Misplaced("it lies before valid_from", "valid_until")
        if not self.daily and not self.weekly:
            raise ValueError("no table was agreed; name tables of daily or weekly releases, or remove the partner")
        for window, key in ((DAY, "daily"), (WEEK, "weekly")):
            known = {statistic.name for statistic in STATISTICS[window]}
            for place, table in enumerate(getattr(self, key)):
                if table not in known:
                    raise Misplaced(f"there is no such table; choose from {', '.join(sorted(known))}", key, place)
                if table in _BY_SEGMENT[window] and not self.segments:
                    raise Misplaced("no segment was agreed; name segments, or only all_visitors", key, place)
        return self

    def covers(self, first_day: date) -> bool:
        """Whether the contract covers a day or week that begins on `first_day`: nothing from before it is delivered."""
        return self.valid_from <= first_day

    def is_valid_on(self, day: date) -> bool:
        """Whether the contract holds on a day."""
        return self.valid_from <= day <= self.valid_until

    def tables_of(self, window: str) -> tuple[str, ...]:
        """The agreed tables of daily (`DAY`) or weekly (`WEEK`) releases."""
        return self.daily if window == DAY else self.weekly


@dataclass(frozen=True, config=_STRICT)
class Partners:
    """All partners of a site; none is as good as any."""

    partners: tuple[Partner, ...] = ()

    @model_validator(mode="after")
    def _each_once(self) -> "Partners":
        names = [each.partner for each in self.partners]
        for place, name in enumerate(names):
            if name in names[:place]:
                raise Misplaced("this partner stands twice; keep one", "partners", place, "partner")
        ways = [each.outlet.place() for each in self.partners]
        for place, way in enumerate(ways):
            if any(overlap(way, before) for before in ways[:place]):
                raise Misplaced(
                    "another partner's deliveries go there too, or in a folder of it; give each its own",
                    "partners",
                    place,
                    "outlet",
                )
        return self

    def find(self, name: str) -> Partner | None:
        """A partner by its name."""
        return next((each for each in self.partners if each.partner == name), None)


def unknown_segments(partners: Partners, site: Site) -> list[tuple[int, int]]:
    """Places of segments that the site has not: number of the partner, number of the segment."""
    known = {ALL_VISITORS, *(segment.segment for segment in site.segments)}
    return [
        (number, place)
        for number, each in enumerate(partners.partners)
        for place, segment in enumerate(each.segments)
        if segment not in known
    ]
