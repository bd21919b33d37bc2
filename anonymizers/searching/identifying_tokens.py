"""Words that point at a machine, an account or a session, by their shape alone: addresses, hashes, keys, click ids.

Each function yields where in a text such a word stands. Numbers of people are in `personal_numbers.py`; what may stand
in a release all the same (its own digests) is taken out before these look.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator
from ipaddress import AddressValueError, IPv6Address
from itertools import pairwise

from anonymizers.searching.personal_numbers import Span

LEAST_ENTROPY = 3.0
"""Bits a character, of what a word's own letters tell: a random word of 20 letters has about 4, `aaaa1111` under 2."""
LEAST_CHANGES = 3, 5
"""Changes between lower case, upper case and digits in one part of eight characters, and in all parts of the word: a part
such as `ev2026` has one, `co2e` two, a random one of eight characters four or more."""

_EMAIL = re.compile(
    r"[^\s@]\s?@\s?[\w-]+\s?\.\s?\w{2}|\w{3}\s?@\s?\w{3}"
    r"|[\w.+-]+ ?[\[({<] ?(?:at|ät|ätt) ?[\])}>] ?\w"
    r"|[\w.+-]+ (?:at|ät|ätt) [\w-]+ ?(?:[\[({<] ?)?(?:dot|punkt)(?: ?[\])}>])? ?\w",
    re.I,
)
_UUID = re.compile(r"(?<![0-9a-f])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![0-9a-f])", re.I)
_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_IPV4 = re.compile(
    rf"(?<![\d.])(?<!\d-){_OCTET}(?:\.{_OCTET}){{3}}(?!\.?\d)|(?<!\w){_OCTET}(?:-{_OCTET}){{3}}(?=\.[a-z])", re.I
)
_IPV6 = re.compile(r"(?<![0-9a-z:.])[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?:\.\d{1,3}){0,3}(?![0-9a-z:])", re.I)
_MAC = re.compile(
    r"(?<![0-9a-z:-])[0-9a-f]{2}(?:([:-])[0-9a-f]{2})(?:\1[0-9a-f]{2}){4,}(?![0-9a-z])"
    r"|(?<![0-9a-z.])[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}(?![0-9a-z])",
    re.I,
)
_HEXADECIMAL = re.compile(r"(?<![0-9a-f])[0-9a-f]{12,}(?![0-9a-f])", re.I)
_DIGEST_LENGTHS = (32, 40, 56, 64, 96, 128)
_JWT = re.compile(r"(?<![\w-])eyj[\w-]{6,}\.[\w-]{4,}(?:\.[\w-]*)?", re.I)
_TOKEN = re.compile(r"[A-Za-z0-9+/_=-]{20,}")
_PARTS = re.compile(r"[A-Za-z0-9]+")
_CLICK_ID = re.compile(
    r"(?<![a-z])(?:gclid|gclsrc|dclid|gbraid|wbraid|fbclid|msclkid|ttclid|twclid|yclid|ysclid|igshid|li_fat_id|epik|sccid"
    r"|rdt_cid|irclickid|mc_cid|mc_eid|_hsenc|_hsmi|mkt_tok|oly_anon_id|oly_enc_id|vero_id|s_kwcid|wickedid|rb_clickid"
    r"|hsctatracking|dm_i|ml_subscriber|_gl|_gac?|_fbp|_fbc|utm_[a-z]+)[=:/][^\s&=:/]"
    r"|(?<![a-z0-9])(?:ga1\.\d\.|fb\.1\.|gcl\.|gac\.)\d{3}|(?<![a-z])iwar\d[\w-]{8}",
    re.I,
)
_STREET = r"(?:tn|tänav|tanav|tänava|pst|puiestee|mnt|maantee|tee|põik|poik|allee|väljak|valjak|plats|kaldtee)"
_NUMBER = r"\d{1,3}[a-z]?(?: ?[-/] ?\d{1,3})?"
_ADDRESS = re.compile(
    rf"(?<!\w)[^\W\d_]{{2,}}[ ]{_STREET}[. ] ?{_NUMBER}(?!\w)"
    rf"|(?<![\w-]){_NUMBER}, ?(?:[^\W\d_][\w -]*, ?)?(?:\d{{5}},? [^\W\d_]{{3,}}|[^\W\d_](?:[^\W\d_]|[ -])+,? \d{{5}}(?!\w))",
    re.I,
)


def emails(text: str) -> Iterator[Span]:
    """Anything around an @ that may be one, with a dot after it or not; also spelt with (at), or with at and dot."""
    yield from (found.span() for found in _EMAIL.finditer(text))


def uuids(text: str) -> Iterator[Span]:
    """UUIDs with their hyphens; without them they are hexadecimal words."""
    yield from (found.span() for found in _UUID.finditer(text))


def ip_addresses(text: str) -> Iterator[Span]:
    """IPv4, also as part of a machine's name, and IPv6 in all its forms."""
    yield from (found.span() for found in _IPV4.finditer(text))
    for found in _IPV6.finditer(text):
        if sum(map(str.isalnum, found[0])) >= 4 and _is_ipv6(found[0].rstrip(".")):
            yield found.span()


def hardware_addresses(text: str) -> Iterator[Span]:
    """MAC addresses and longer fingerprints, in pairs or in the three groups of four."""
    yield from (found.span() for found in _MAC.finditer(text))


def digests(text: str) -> Iterator[Span]:
    """Hexadecimal words as long as MD5, SHA-1 and SHA-2 make them."""
    yield from (found.span() for found in _HEXADECIMAL.finditer(text) if len(found[0]) in _DIGEST_LENGTHS)


def hexadecimal_words(text: str) -> Iterator[Span]:
    """Hexadecimal words from 16 characters on; from 12 on where letters and digits mix."""
    for found in _HEXADECIMAL.finditer(text):
        if len(found[0]) >= 16 or not (found[0].isdecimal() or found[0].isalpha()):
            yield found.span()


def signed_tokens(text: str) -> Iterator[Span]:
    """JSON web tokens."""
    yield from (found.span() for found in _JWT.finditer(text))


def random_words(text: str) -> Iterator[Span]:
    """Words of 20 characters or more out of the alphabets of base64 that nobody would write: with `LEAST_ENTROPY` and
    `LEAST_CHANGES`. Words of letters in one case alone are left out: no bound tells them from long names."""
    for found in _TOKEN.finditer(text):
        long_parts = [_changes(part) for part in _PARTS.findall(found[0]) if len(part) >= 8]
        in_all = sum(map(_changes, _PARTS.findall(found[0])))
        mixed = max(long_parts, default=0) >= LEAST_CHANGES[0] or in_all >= LEAST_CHANGES[1]
        if mixed and entropy(found[0]) >= LEAST_ENTROPY:
            yield found.span()


def click_ids(text: str) -> Iterator[Span]:
    """Parameters by which advertisers know a click, with a value, and the values of known makers."""
    yield from (found.span() for found in _CLICK_ID.finditer(text))


def street_addresses(text: str) -> Iterator[Span]:
    """Estonian addresses: a street with its kind and a house number, or a house number before a town with its postcode.

    A street without its kind and without a postcode (55 of 62 public ones) looks like any title that ends in a number.
    """
    yield from (found.span() for found in _ADDRESS.finditer(text))


def entropy(word: str) -> float:
    """Bits a character, by how often each stands in the word itself."""
    return -sum(times / len(word) * math.log2(times / len(word)) for times in Counter(word).values())


def _changes(part: str) -> int:
    """How often the kind of character changes; a capital that begins a word of three letters is no change."""
    small = re.sub(r"[A-Z](?=[a-z]{2})", "a", part)
    kinds = ["0" if letter.isdecimal() else "A" if letter.isupper() else "a" for letter in small]
    return sum(one != other for one, other in pairwise(kinds))


def _is_ipv6(word: str) -> bool:
    try:
        IPv6Address(word)
    except AddressValueError:
        return False
    return True
