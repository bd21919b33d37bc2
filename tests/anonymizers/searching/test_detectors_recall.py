"""How much the detectors find of what others made up: Faker's people, and spans of public test data.

Each floor is the figure that was measured, rounded down. The public data stands outside the project, in KOOND_REAL_DATA
or `../shared/data` beside the checkout; without it the tests that need it are skipped. It is shaped like the real thing,
so no assertion here holds a value of it: all is counted first.
"""

import csv
import gzip
import json
import os
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path

import pytest
from faker import Faker

from anonymizers.searching.detectors import Kind, kinds
from tests.worlds import SITES

PUBLIC = Path(os.environ.get("KOOND_REAL_DATA", SITES.parents[1] / "shared" / "data")).resolve() / "pii"
needs_public = pytest.mark.skipif(
    not (PUBLIC / "fake_name_generator_1_1500.csv.gz").is_file(),
    reason="no real data: set KOOND_REAL_DATA to the folder that holds pii/fake_name_generator_1_1500.csv.gz",
)
Row = Mapping[str, str]


def shares(values: Iterable[str], kind: Kind) -> tuple[float, float]:
    """Of the values, the share that is found at all, and the share that is told as what it is."""
    found = [kinds(value) for value in values]
    assert len(found) >= 14
    return sum(map(bool, found)) / len(found), sum(kind in each for each in found) / len(found)


FAKED: Mapping[str, tuple[Callable[[Faker], object], Kind, float]] = {
    "et_EE ssn": (lambda fake: fake.ssn(), Kind.PERSONAL_CODE, 1.0),
    "lv_LV ssn": (lambda fake: fake.ssn(), Kind.PERSONAL_CODE, 1.0),
    "lt_LT phone_number": (lambda fake: fake.phone_number(), Kind.TELEPHONE, 1.0),
    "lv_LV phone_number": (lambda fake: fake.phone_number(), Kind.TELEPHONE, 1.0),
    "fi_FI phone_number": (lambda fake: fake.phone_number(), Kind.TELEPHONE, 0.7),
    "de_DE iban": (lambda fake: fake.iban(), Kind.IBAN, 1.0),
    "fi_FI iban": (lambda fake: fake.iban(), Kind.IBAN, 1.0),
    "en_GB iban": (lambda fake: fake.iban(), Kind.IBAN, 1.0),
    "en_US credit_card_number": (lambda fake: fake.credit_card_number(), Kind.CARD, 0.98),
    "et_EE email": (lambda fake: fake.email(), Kind.EMAIL, 1.0),
    "en_US uuid4": (lambda fake: fake.uuid4(), Kind.UUID, 1.0),
    "en_US ipv4": (lambda fake: fake.ipv4(), Kind.IP_ADDRESS, 1.0),
    "en_US ipv6": (lambda fake: fake.ipv6(), Kind.IP_ADDRESS, 1.0),
    "en_US mac_address": (lambda fake: fake.mac_address(), Kind.HARDWARE_ADDRESS, 1.0),
    "en_US md5": (lambda fake: fake.md5(), Kind.DIGEST, 1.0),
    "en_US sha256": (lambda fake: fake.sha256(), Kind.DIGEST, 1.0),
}
"""Locale and provider -> how it is made, its kind, and the least share that is told as that kind. Everything is found."""


@pytest.mark.parametrize("what", FAKED)
def test_all_that_faker_makes_up_is_found(what):
    make, kind, least = FAKED[what]
    fake = Faker(what.split()[0])
    fake.seed_instance(4)
    found, told = shares([str(make(fake)) for _ in range(300)], kind)
    assert (found, told >= least) == (1.0, True)


@cache
def spans(kind: str) -> tuple[str, ...]:
    """The values of one kind in the sentences of Presidio's public test data."""
    sentences = json.loads(gzip.decompress((PUBLIC / "presidio_synth_dataset_v2.json.gz").read_bytes()))
    return tuple(span["entity_value"] for each in sentences for span in each["spans"] if span["entity_type"] == kind)


@cache
def people(country: str = "") -> tuple[Row, ...]:
    """Invented registrations of Fake Name Generator."""
    with gzip.open(PUBLIC / "fake_name_generator_1_1500.csv.gz", "rt", encoding="utf-8-sig", newline="") as file:
        return tuple(row for row in csv.DictReader(file) if row["Country"] == country or not country)


@needs_public
@pytest.mark.parametrize(
    ("entity", "kind", "found", "told"),
    [
        ("EMAIL_ADDRESS", Kind.EMAIL, 1.0, 1.0),
        ("IBAN_CODE", Kind.IBAN, 1.0, 1.0),
        ("CREDIT_CARD", Kind.CARD, 1.0, 0.99),
        ("PHONE_NUMBER", Kind.TELEPHONE, 1.0, 0.27),
        ("IP_ADDRESS", Kind.IP_ADDRESS, 1.0, 1.0),
        ("US_SSN", Kind.LONG_NUMBER, 1.0, 1.0),
    ],
)
def test_spans_of_public_sentences_are_found(entity, kind, found, told):
    """Telephones of 30 countries in their own way of writing are found as long numbers."""
    there, right = shares(spans(entity), kind)
    assert (there >= found, right >= told) == (True, True), (there, right)


REGISTRATIONS: Mapping[str, tuple[Callable[[Row], str], Kind, float]] = {
    "e-mail": (lambda row: row["EmailAddress"], Kind.EMAIL, 1.0),
    "telephone as it is written at home": (lambda row: row["TelephoneNumber"], Kind.LONG_NUMBER, 0.97),
    "telephone with its country's code": (
        lambda row: f"+{row['TelephoneCountryCode']} {row['TelephoneNumber']}", Kind.TELEPHONE, 1.0,
    ),
}  # fmt: skip
"""What of a registration, its kind, and the least share that is found: telephones of six digits are not, at home."""


@needs_public
@pytest.mark.parametrize("what", REGISTRATIONS)
def test_registrations_are_found(what):
    make, kind, least = REGISTRATIONS[what]
    found, _ = shares(map(make, people()), kind)
    assert found >= least, found


@needs_public
@pytest.mark.parametrize(
    ("form", "least"),
    [
        ("{StreetAddress}, {City} {ZipCode}", 0.98),
        ("{StreetAddress}, {ZipCode} {City}", 1.0),
        ("{StreetAddress}", 0.11),
    ],
)
def test_estonian_addresses_are_found_with_their_postcode_or_their_kind_of_street(form, least):
    """A street without either, such as `Kase 12`, reads like any title that ends in a number: those are the scan's to find."""
    _, told = shares([form.format(**row) for row in people("EE")], Kind.STREET_ADDRESS)
    assert told >= least, told
