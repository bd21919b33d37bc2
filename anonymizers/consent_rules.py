"""How a source tells that a visitor agreed, and what each use of an event needs: rules as data, with their defaults.

Decoding and judging are in `consent/`; which column holds the signal, in `contract.py`.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, model_validator
from pydantic.dataclasses import dataclass


class Use(StrEnum):
    """What an event may serve: rows of pages, rows of advertisements, membership in segments."""

    PAGES = "pages"
    ADS = "ads"
    SEGMENTS = "segments"


WrittenAs = Literal["plain", "tcf", "gpp"]
"""Plain values, a TC string of IAB Europe, or a GPP string with such a string in its section 2."""
TcfPurpose = Annotated[int, Field(ge=1, le=24)]
STORAGE: TcfPurpose = 1
"""To store and read on a device: whatever else was agreed to, without it no event could be known."""
NEEDS: Mapping[Use, tuple[TcfPurpose, ...]] = MappingProxyType(
    {Use.PAGES: (STORAGE, 8), Use.ADS: (STORAGE, 7), Use.SEGMENTS: (STORAGE, 9)}
)
"""By default: advertisements are measured by purpose 7, content by 8, audiences are understood by 9. All by consent."""


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Consent:
    """How a source tells that a visitor agreed. Whatever is not listed here is no consent."""

    granting: tuple[str, ...] = ()
    """Values of the `consent` column that allow statistics; every other value, and none, refuses. For `plain`."""
    not_recorded: Annotated[str | None, Field(min_length=20, max_length=300)] = None
    """For sources that record none: why their events may be counted all the same. Printed in every release."""
    written_as: Annotated[WrittenAs, Field(alias="as")] = "plain"
    purposes: Mapping[Use, Annotated[tuple[TcfPurpose, ...], Field(min_length=1)]] = Field(
        default_factory=lambda: NEEDS
    )
    """The TCF purposes that each use needs; a use that is left out is served by no event."""
    least_policy: Annotated[int, Field(ge=2, le=63)] = 4
    """Lowest version of the TCF policies; 4 came with TCF 2.2."""
    oldest_days: Annotated[int, Field(ge=1, le=400)] = 390
    """How old a string may be: 13 months."""
    disclosed_from: date = date(2026, 3, 1)
    """Strings made from this day on must name the vendors that were shown: since then TCF 2.3 is demanded."""
    scope: Literal["site", "any"] = "site"
    """Whether only strings count that were made for this site alone."""

    @model_validator(mode="after")
    def _one_of_three(self) -> "Consent":
        if self.written_as == "plain" and bool(self.granting) == bool(self.not_recorded):
            raise ValueError("write either `granting`, the values that allow statistics, or `not_recorded`, the reason")
        if self.written_as != "plain" and (self.granting or self.not_recorded):
            raise ValueError("strings of a consent tool say what they grant; remove `granting` and `not_recorded`")
        for use, purposes in self.purposes.items():
            if STORAGE not in purposes:
                raise ValueError(f"the use {use} needs purpose {STORAGE} too, to read and store on a device; add it")
        return self

    @property
    def recorded(self) -> bool:
        """Whether the source has a column that tells."""
        return self.not_recorded is None
