"""TC and GPP strings, written bit by bit; and the strings of other people's tests, where they are at hand."""

import json
import os
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.worlds import SITES

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
DEPOT = Path(os.environ.get("KOOND_REAL_DATA", SITES.parents[1] / "shared" / "data")).resolve() / "consent"
NEEDS_STRINGS = pytest.mark.skipif(
    not DEPOT.is_dir(), reason="no shared strings: set KOOND_REAL_DATA to the folder that holds consent/"
)
NOVEMBER = datetime(2026, 11, 1, tzinfo=UTC)


def depot(name: str) -> list[dict[str, Any]]:
    """The rows of a file of shared strings."""
    return [json.loads(line) for line in (DEPOT / name).read_text().splitlines()]


def letters(bits: str) -> str:
    """Bits as base64url, filled up to whole letters."""
    bits += "0" * (-len(bits) % 6)
    return "".join(LETTERS[int(bits[place : place + 6], 2)] for place in range(0, len(bits), 6))


def number(value: int, width: int) -> str:
    """A number in so many bits."""
    return f"{value:0{width}b}"


def chosen(numbers: Iterable[int], width: int) -> str:
    """A field in which the bits of some numbers are set."""
    there = set(numbers)
    return "".join("1" if place in there else "0" for place in range(1, width + 1))


def ranges(spans: Sequence[tuple[int, int]]) -> str:
    """Spans of vendors, as range entries."""
    return number(len(spans), 12) + "".join(
        "0" + number(first, 16) if first == last else "1" + number(first, 16) + number(last, 16)
        for first, last in spans
    )


def tc_string(
    purposes: Iterable[int] = (1, 7, 8, 9),
    *,
    created: datetime = NOVEMBER,
    updated: datetime | None = None,
    version: int = 2,
    policy: int = 5,
    service_specific: bool = True,
    vendors: Sequence[tuple[int, int]] = ((1, 20),),
    disclosed: Sequence[tuple[int, int]] | None = ((1, 30),),
    publisher: Iterable[int] | None = None,
    vendor_list: int = 150,
) -> str:
    """A TC string that consents to everything asked for, but for what is named."""
    core = number(version, 6)
    for instant in (created, updated or created):
        core += number(round(instant.timestamp() * 10), 36)
    core += number(300, 12) + number(1, 12) + number(1, 6) + number(4, 6) + number(19, 6) + number(vendor_list, 12)
    core += number(policy, 6) + number(service_specific, 1) + "0" + chosen((), 12) + chosen(purposes, 24)
    core += chosen((), 24) + "0" + number(4, 6) + number(4, 6)
    most = max((last for _, last in vendors), default=0)
    core += number(most, 16) + "1" + ranges(vendors) + number(0, 16) + "0" + number(0, 12)
    parts = [letters(core)]
    if disclosed is not None:
        parts.append(letters(number(1, 3) + number(max(last for _, last in disclosed), 16) + "1" + ranges(disclosed)))
    if publisher is not None:
        parts.append(letters(number(3, 3) + chosen(publisher, 24) + chosen((), 24) + number(0, 6)))
    return ".".join(parts)


def fibonacci(value: int) -> str:
    """A number above 0 in Fibonacci code."""
    numbers = [1, 2]
    while numbers[-1] <= value:
        numbers.append(numbers[-1] + numbers[-2])
    code = ""
    for each in reversed(numbers[:-1]):
        code = ("1" if each <= value else "0") + code
        value -= each if each <= value else 0
    return code.rstrip("0") + "1"


def gpp_string(sections: dict[int, str]) -> str:
    """A GPP string with some sections, each id told by its distance from the one before."""
    header, last = number(3, 6) + number(1, 6) + number(len(sections), 12), 0
    for section in sorted(sections):
        header += "0" + fibonacci(section - last)
        last = section
    header += "0" * (-len(header) % 8)
    return "~".join([letters(header), *(sections[section] for section in sorted(sections))])
