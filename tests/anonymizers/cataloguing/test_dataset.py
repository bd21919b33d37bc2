"""The block for search machines: the words that schema.org knows, all that Google asks for, and only what releases say."""

import json
import re
from datetime import date
from hashlib import sha256

import pytest

from anonymizers.cataloguing.dataset import dataset
from tests.anonymizers.releasing.candidates import EDITIONS, composed

KNOWN = {
    "Dataset": {
        "@context", "@type", "name", "description", "inLanguage", "creator", "isAccessibleForFree", "measurementTechnique",
        "temporalCoverage", "variableMeasured", "distribution", "usageInfo",
    },
    "DataDownload": {"@type", "name", "contentUrl", "encodingFormat", "sha256"},
    "Organization": {"@type", "name"},
    "PropertyValue": {"@type", "name", "description"},
}  # fmt: skip
"""Type -> its properties, from schema.org 29 (each stands there for the type or for one above it)."""
NEEDED = {"name", "description"}
"""Required by Google's guide to dataset markup; it recommends the others of `Dataset` here."""


@pytest.fixture(scope="module")
def releases(site):
    return {edition.release: composed(site, edition).files for edition in EDITIONS}


def block(releases, description="Made-up numbers.", days=(date(2026, 11, 20), date(2026, 11, 2))):
    return dataset(releases, name="Demo", description=description, language="en", days=days)


def nodes(node):
    if isinstance(node, dict):
        yield node
    for value in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from nodes(value)


def test_every_word_is_one_of_schema_org(releases):
    told = block(releases)
    assert told["@context"] == "https://schema.org" and set(told) >= NEEDED
    for node in nodes(told):
        assert set(node) <= KNOWN[node["@type"]], node["@type"]
    assert json.loads(json.dumps(told)) == told


def test_it_names_every_file_of_every_release_with_its_digest_and_kind(releases):
    found = {each["contentUrl"]: each for each in block(releases)["distribution"]}
    tables = {
        f"{release}/{name}": content
        for release, files in releases.items()
        for name, content in files.items()
        if name.endswith((".parquet", ".csv.gz"))
    }
    assert {name: each["sha256"] for name, each in found.items()} == {
        name: sha256(content).hexdigest() for name, content in tables.items()
    }
    kinds = {name.rpartition(".")[2]: each["encodingFormat"] for name, each in found.items()}
    assert kinds == {"parquet": "application/vnd.apache.parquet", "gz": "text/csv"}


def test_it_says_what_is_measured_by_whom_and_when(releases, site):
    told = block(releases)
    measured = [each["name"] for each in told["variableMeasured"]]
    assert measured == ["visitors", "events", "registrations", "affinity"]
    assert told["creator"]["name"] == site.title and told["usageInfo"] == site.policy.url
    assert re.fullmatch(r"2026-11-02/2026-11-20", told["temporalCoverage"])


@pytest.mark.parametrize("length", [0, 10, 49, 50, 5000, 6000])
def test_its_description_has_the_length_that_google_takes(releases, length):
    assert 50 <= len(block(releases, "x" * length)["description"]) <= 5000


def test_a_catalogue_without_a_release_is_a_dataset_too():
    told = block({}, days=())
    assert told["distribution"] == [] and "temporalCoverage" not in told and "creator" not in told
