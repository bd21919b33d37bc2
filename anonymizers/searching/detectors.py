"""The second net: what looks like a person's number, address or key, by its shape, whatever the night's data hold.

Here stand the kinds and in which order they are looked for; the shapes themselves are in `personal_numbers.py` and
`identifying_tokens.py`. Names of people have no shape: against them stand the closed vocabularies and the leak scan.
"""

import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from anonymizers.searching import identifying_tokens as tokens
from anonymizers.searching import personal_numbers as numbers
from anonymizers.searching.personal_numbers import Finder
from anonymizers.searching.written_forms import readings


class Kind(StrEnum):
    """What a piece of text looks like, as it may be told to anyone."""

    EMAIL = "e-mail address"
    CLICK_ID = "click id"
    SIGNED_TOKEN = "signed token"
    UUID = "UUID"
    DIGEST = "digest"
    IBAN = "bank account"
    METERING_POINT = "metering point"
    HARDWARE_ADDRESS = "hardware address"
    IP_ADDRESS = "IP address"
    STREET_ADDRESS = "street address"
    PERSONAL_CODE = "personal code"
    CARD = "payment card"
    TELEPHONE = "telephone number"
    HEXADECIMAL = "hexadecimal word"
    RANDOM_WORD = "random word"
    LONG_NUMBER = "long number"


DETECTORS: Mapping[Kind, Finder] = MappingProxyType(
    {
        Kind.EMAIL: tokens.emails,
        Kind.CLICK_ID: tokens.click_ids,
        Kind.SIGNED_TOKEN: tokens.signed_tokens,
        Kind.UUID: tokens.uuids,
        Kind.DIGEST: tokens.digests,
        Kind.IBAN: numbers.ibans,
        Kind.METERING_POINT: numbers.metering_points,
        Kind.HARDWARE_ADDRESS: tokens.hardware_addresses,
        Kind.IP_ADDRESS: tokens.ip_addresses,
        Kind.STREET_ADDRESS: tokens.street_addresses,
        Kind.PERSONAL_CODE: numbers.personal_codes,
        Kind.CARD: numbers.cards,
        Kind.TELEPHONE: numbers.telephones,
        Kind.HEXADECIMAL: tokens.hexadecimal_words,
        Kind.RANDOM_WORD: tokens.random_words,
        Kind.LONG_NUMBER: numbers.long_numbers,
    }
)
"""Kind -> where it stands, the most telling first: what one detector has found, the next ones do not see."""


def kinds(text: str) -> frozenset[Kind]:
    """What stands in a text, in any of its readings: every kind that some detector finds. Days are left out first."""
    plain = numbers.without_calendar(unicodedata.normalize("NFKC", text))
    return frozenset(kind for reading in {plain, *readings(plain)} for kind in _kinds(reading))


def _kinds(reading: str) -> set[Kind]:
    found = set()
    for kind, detector in DETECTORS.items():
        spans = list(detector(reading))
        for start, end in spans:
            reading = reading[:start] + "\0" * (end - start) + reading[end:]
        if spans:
            found.add(kind)
    return found
