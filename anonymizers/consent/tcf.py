"""IAB Europe's TC string, version 2, decoded strictly: every bit is accounted for, or the string is refused.

Fail closed, because the known decoders fail open: a string cut short gives consent to all in some (LEAKS 22). Whether a
whole string is *enough* consent is judged in `signals`, by rules that are data.

Source: Transparency and Consent String with Global Vendor and CMP List Formats, v2.2 and v2.3 (IAB Tech Lab).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from anonymizers.consent.bits import Bits, Members
from anonymizers.consent.refused import ConsentRefused, Why

VERSION = 2
_LONGEST = 8_000
"""Letters. A list of all vendors with restrictions takes about 2,000; the rest is somebody's attempt."""
FILLING = 23
"""Encoders fill up to whole letters, whole bytes, or both (24 bits). Only zeros, and none of them means anything."""
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
_DISCLOSED, _ALLOWED, _PUBLISHER = 1, 2, 3


@dataclass(frozen=True)
class TCString:
    """What a TC string says. Purposes and vendors are their numbers in the standard."""

    created: datetime
    updated: datetime
    cmp: int
    vendor_list: int
    policy: int
    service_specific: bool
    purposes: Members
    """Purposes (1 to 24) that the visitor consented to."""
    legitimate_interests: Members
    special_features: Members
    vendors: Members
    restrictions: tuple[tuple[int, int, Members], ...] = ()
    """Purpose, kind of restriction (0: not allowed, 1: consent, 2: legitimate interest), vendors."""
    disclosed: Members | None = None
    """Vendors that were shown, from the segment that v2.3 demands; None where it is missing."""
    publisher_purposes: Members | None = None
    """Purposes that the visitor consented to for the publisher itself; None where the string does not tell them apart."""


def decode(text: str, *, in_gpp: bool = False) -> TCString:
    """The TC string `text`. Raises ConsentRefused with VERSION, NOT_BASE64URL, CUT, TRAILING or CONTRADICTION.

    A list of vendors without a number is a contradiction, but not inside a GPP string, where the reference takes it.
    """
    if not text or len(text) > _LONGEST:
        raise ConsentRefused(Why.ABSENT if not text else Why.TRAILING)
    core, *segments = text.split(".")
    said = _core(Bits(core))
    if not said["vendor_list"] and not in_gpp:
        raise ConsentRefused(Why.CONTRADICTION)
    segments_said: dict[int, Members] = {}
    for segment in segments:
        kind, members = _segment(Bits(segment))
        if kind in segments_said:
            raise ConsentRefused(Why.CONTRADICTION)
        segments_said[kind] = members
    return TCString(**said, disclosed=segments_said.get(_DISCLOSED), publisher_purposes=segments_said.get(_PUBLISHER))


def _core(bits: Bits) -> dict[str, Any]:
    if bits.number(6) != VERSION:
        raise ConsentRefused(Why.VERSION)
    created, updated = _instant(bits), _instant(bits)
    cmp, _version, _screen = bits.number(12), bits.number(12), bits.number(6)
    _language(bits)
    vendor_list, policy = bits.number(12), bits.number(6)
    service_specific, _other_texts = bits.flag(), bits.flag()
    special_features, purposes, interests = bits.members(12), bits.members(24), bits.members(24)
    _purpose_one_treatment = bits.flag()
    _language(bits)
    vendors, _interests_of_vendors = _vendors(bits), _vendors(bits)
    restrictions = tuple((bits.number(6), bits.number(2), _ranges(bits, None)) for _ in range(bits.number(12)))
    bits.end(most=FILLING)
    if updated < created:
        raise ConsentRefused(Why.CONTRADICTION)
    return {
        "created": created, "updated": updated, "cmp": cmp, "vendor_list": vendor_list, "policy": policy,
        "service_specific": service_specific, "purposes": purposes, "legitimate_interests": interests,
        "special_features": special_features, "vendors": vendors, "restrictions": restrictions,
    }  # fmt: skip


def _segment(bits: Bits) -> tuple[int, Members]:
    kind = bits.number(3)
    read: Callable[[Bits], Members] | None = {
        _DISCLOSED: _vendors, _ALLOWED: _vendors, _PUBLISHER: _publisher
    }.get(kind)  # fmt: skip
    if read is None:
        raise ConsentRefused(Why.CONTRADICTION)
    members = read(bits)
    bits.end(most=FILLING)
    return kind, members


def _publisher(bits: Bits) -> Members:
    purposes, _interests = bits.members(24), bits.members(24)
    custom = bits.number(6)
    bits.number(2 * custom)
    return purposes


def _vendors(bits: Bits) -> Members:
    most = bits.number(16)
    return _ranges(bits, most) if bits.flag() else bits.members(most)


def _ranges(bits: Bits, most: int | None) -> Members:
    """Vendors as ranges, each of which must lie between 1 and `most`, first before last."""
    mask = 0
    for _ in range(bits.number(12)):
        whole = bits.flag()
        first = bits.number(16)
        last = bits.number(16) if whole else first
        if not 1 <= first <= last <= (last if most is None else most):
            raise ConsentRefused(Why.CONTRADICTION)
        mask |= ((1 << (last - first + 1)) - 1) << first
    return Members(mask)


def _instant(bits: Bits) -> datetime:
    return _FIRST + timedelta(milliseconds=100 * bits.number(36))


def _language(bits: Bits) -> None:
    """Two letters of six bits, A to Z."""
    if bits.number(6) > 25 or bits.number(6) > 25:
        raise ConsentRefused(Why.CONTRADICTION)
