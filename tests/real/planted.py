"""A night in which the people of public test data stand in every column: names, sentences, whole registrations.

Presidio's invented sentences, Estonian names as EstNER marks them, and Fake Name Generator's people. They stand outside
the project (see `rehearsal.py`); as there, nothing that could be printed holds one of them.
"""

import base64
import csv
import gzip
import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import cache
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

from anonymizers.counting.mechanism import OpenDPNoise
from anonymizers.releasing.edition import daily_edition
from anonymizers.releasing.release import caveats, compose_empty
from anonymizers.searching.leak_scan import must_search
from anonymizers.searching.marks import find
from pipelines.site_folder import read_site_folder
from tests.real.rehearsal import REAL_DATA, Values
from tests.worlds import AGREED, CHROME, DAY, HOST, SITES, World, ad_event, at, crowd, page_view, registration

PEOPLE = REAL_DATA / "pii"
TOLD = ("PERSON", "STREET_ADDRESS", "CREDIT_CARD", "PHONE_NUMBER", "EMAIL_ADDRESS", "IBAN_CODE", "IP_ADDRESS", "US_SSN")
"""Kinds of Presidio's spans that point at one person."""
Row = Mapping[str, str]


@cache
def sentences() -> tuple[Mapping[str, Any], ...]:
    """Presidio's, each with its spans."""
    return tuple(json.loads(gzip.decompress((PEOPLE / "presidio_synth_dataset_v2.json.gz").read_bytes())))


@cache
def estonian_names() -> tuple[str, ...]:
    """Names of people of two words and more, as they stand in Estonian sentences: with their endings."""
    names: dict[str, None] = {}
    for line in gzip.decompress((PEOPLE / "estner_dev.jsonl.gz").read_bytes()).decode().splitlines():
        sentence, name = json.loads(line), list[str]()
        for token, tag in [*zip(sentence["tokens"], sentence["ner_1"], strict=True), ("", "O")]:
            if name and tag != "I-PER":
                names |= {" ".join(name): None} if len(name) > 1 else {}
                name = []
            name += [token] if tag.endswith("-PER") else []
    return tuple(names)


@cache
def registered() -> tuple[Row, ...]:
    """Fake Name Generator's people."""
    with gzip.open(PEOPLE / "fake_name_generator_1_1500.csv.gz", "rt", encoding="utf-8-sig", newline="") as file:
        return tuple(csv.DictReader(file))


@cache
def personal_values() -> Values:
    """What must not come out: all that points at one person by two words, an @, or ten digits, and is not public. Of fewer
    digits some stand by chance in the times that Dagster keeps."""
    spans = [span["entity_value"] for each in sentences() for span in each["spans"] if span["entity_type"] in TOLD]
    texts = [each["full_text"] for each in sentences()]
    rows = [value for row in registered() for value in _registration(row).values() if isinstance(value, str)]
    values = sorted({value for value in (*spans, *texts, *estonian_names(), *rows) if _points_at_somebody(value)})
    public = find({str(number): value for number, value in enumerate(values)}, _public().items())
    return Values(set(values) - {values[int(finding.label)] for finding in public})


def _public() -> Mapping[str, bytes]:
    """What is told before any data is read; one invented person's two words stand in it by chance."""
    folder = read_site_folder(SITES / "elektrum")
    return compose_empty(folder.site, daily_edition(DAY), caveats(folder.sources), must_search(folder.sources)).files


def _points_at_somebody(value: str) -> bool:
    return len(value) >= 6 and ("@" in value or _words(value) > 1 or sum(map(str.isdigit, value)) >= 10)


def _words(value: str) -> int:
    return sum(word.isalpha() for word in value.split())


def _registration(row: Row) -> dict[str, Any]:
    return registration(
        account_id=f"EE1{int(row['Number']):07}",
        name=f"{row['GivenName']} {row['Surname']}",
        company=row["Company"],
        isikukood=row["NationalID"],
        email=row["EmailAddress"],
        phone=f"+{row['TelephoneCountryCode']} {row['TelephoneNumber']}",
        address=f"{row['StreetAddress']}, {row['City']} {row['ZipCode']}",
        customer_number=f"77{int(row['Number']):08}",
        metering_point_eic=f"38ZEE-{int(row['Number']):08}-X",
    )


def _in_url(value: str, way: int) -> str:
    """A value as web sites put it into their addresses."""
    packed = base64.urlsafe_b64encode(value.encode()).decode()
    return HOST + (
        f"/arved?nimi={quote(value)}", f"/abi/{quote(value, safe='')}", f"/paketid?q={quote_plus(value)}&utm_term=x",
        f"/iseteenindus/{packed}", f"/arved#{quote(quote(value))}", f"/naidud?email={quote(value)}",
    )[way]  # fmt: skip


def _page_views() -> Iterator[dict[str, Any]]:
    texts = [each["full_text"] for each in sentences()]
    names, ways = cycle(estonian_names()), cycle(range(6))
    for number, (row, text) in enumerate(zip(registered(), texts, strict=False)):
        name, person = next(names), _registration(row)
        yield page_view(
            cookie_id=person["email"], account_id=person["account_id"], ip="198.51.100.7",
            ts=at(6) + timedelta(seconds=30 * number), url=_in_url(person["email"], next(ways)),
            referrer=f"https://search.example/?q={quote_plus(text)}", page_title=f"{name} - {person['address']}",
            user_agent=f"{CHROME} {person['name']}",
        )  # fmt: skip
        yield page_view(
            cookie_id=name, ts=at(7) + timedelta(seconds=30 * number), url=_in_url(text[:150], next(ways)),
            referrer=_in_url(name, 1), page_title=text, user_agent=CHROME,
        )  # fmt: skip
        # Consent that is none, and actions and topics that are on no list, are told back only as numbers.
        yield page_view(cookie_id=person["name"], url=_in_url(name, next(ways)), consent=f"{AGREED}+{name}")
        yield page_view(event_id=person["email"], cookie_id=None, account_id=person["phone"], url=person["address"])


def _ad_events() -> Iterator[dict[str, Any]]:
    for row, name in zip(registered(), cycle(estonian_names()), strict=False):
        person = _registration(row)
        yield ad_event(
            cookie_id=person["email"], page_url=_in_url(name, 0), ad_id=person["phone"], ad_topic=person["name"]
        )
        yield ad_event(cookie_id=name, page_url=_in_url(person["email"], 3), action=person["name"])


def planted_world(root: Path) -> World:
    """A day of 300 other visitors and all of these; with real noise."""
    views, ads = crowd(300)
    registrations = [_registration(row) for row in registered()]
    return World(
        root, [*views, *_page_views()], [*ads, *_ad_events()], registrations, resources={"noise": OpenDPNoise()}
    )
