"""What a drill plants, before any format: a row by the contract's roles, and what a raw table's columns can hold.

How rows become files stands in `formats`; who they are, in `people`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import pyarrow as pa

from anonymizers.contract import Role

Holds = Literal["text", "number", "uuid", "truth", "instant", "nothing"]
Value = str | bool | None

_TEXTS = (
    pa.types.is_string,
    pa.types.is_large_string,
    pa.types.is_string_view,
    pa.types.is_binary,
    pa.types.is_dictionary,
)


@dataclass(frozen=True)
class RawColumn:
    """One column of a raw table, as its files have it."""

    name: str
    role: Role | None
    """None where the contract does not name it."""
    holds: Holds
    """What can be planted there. `nothing`: a type that holds no mark, such as a small number or a list."""
    arrow: pa.DataType | None = None
    """Its type, in files that have types."""


@dataclass(frozen=True)
class PlantedRow:
    """One row of a made-up person. What is not named is empty."""

    person: str
    table: str
    values: Mapping[Role, Value]
    instant_us: int | None
    """When, in microseconds since 1970-01-01 UTC; every row of a table has a second of its own."""
    counts: bool
    """Whether it must stand among the stripped events."""
    unnamed: Mapping[str, str] = field(default_factory=dict)
    """Values of columns that the contract does not name."""
    broken: str | None = None
    """A mark to put into a line that no parser can read."""


def holds(kind: pa.DataType) -> Holds:
    """What can be planted into a column of an Arrow type."""
    if any(is_text(kind) for is_text in _TEXTS):
        return "text"
    if pa.types.is_boolean(kind):
        return "truth"
    if pa.types.is_timestamp(kind):
        return "instant"
    return "number" if kind in (pa.int64(), pa.uint64()) else "nothing"
