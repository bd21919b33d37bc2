"""IAB's Global Privacy Platform string: which sections it holds, and the one that counts in Estonia, a TC string.

Source: Global Privacy Platform, consent string specification (IAB Tech Lab), header version 1; section 2 is `tcfeuv2`.
"""

from anonymizers.consent import tcf
from anonymizers.consent.bits import Bits
from anonymizers.consent.refused import ConsentRefused, Why
from anonymizers.consent.tcf import FILLING, TCString

TCF_EU = 2
_TYPE, _VERSION = 3, 1
_LONGEST, _MOST_SECTIONS = 16_000, 64


def sections(text: str) -> dict[int, str]:
    """Section id -> its text, in the order of the string. Raises ConsentRefused as `tcf.decode` does."""
    if not text or len(text) > _LONGEST:
        raise ConsentRefused(Why.ABSENT if not text else Why.TRAILING)
    header, *found = text.split("~")
    ids = _ids(Bits(header))
    if len(ids) != len(found) or not all(found):
        raise ConsentRefused(Why.CUT if len(found) <= len(ids) else Why.TRAILING)
    return dict(zip(ids, found, strict=True))


def decode(text: str) -> TCString:
    """What the TC string in a GPP string says. Raises ConsentRefused, with NO_SECTION where there is none."""
    found = sections(text).get(TCF_EU)
    if found is None:
        raise ConsentRefused(Why.NO_SECTION)
    return tcf.decode(found, in_gpp=True)


def _ids(bits: Bits) -> list[int]:
    """Section ids: each number, or first and last of a range, as the distance from the one before, in Fibonacci code."""
    if (bits.number(6), bits.number(6)) != (_TYPE, _VERSION):
        raise ConsentRefused(Why.VERSION)
    ids: list[int] = []
    last = 0
    for _ in range(bits.number(12)):
        whole = bits.flag()
        first = last + bits.fibonacci()
        last = first + bits.fibonacci() if whole else first
        if last - first + len(ids) >= _MOST_SECTIONS:
            raise ConsentRefused(Why.CONTRADICTION)
        ids += range(first, last + 1)
    bits.end(most=FILLING)
    return ids
