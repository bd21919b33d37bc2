"""A partner gets exactly the agreed tables, formats and rows, in a folder that explains and checks itself."""

import json
from hashlib import sha256

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anonymizers.counting.statistic import STATISTICS
from anonymizers.delivering.delivery import Delivery
from anonymizers.refusal import Refusal
from anonymizers.releasing.containers import read_csv, read_parquet
from anonymizers.releasing.signature import SIGNATURE
from anonymizers.releasing.verify import verify
from anonymizers.vocabulary import ALL_VISITORS, DAY, WEEK
from tests.anonymizers.delivering.made import delivery_of, release_of, segments_of

ENDINGS = {"parquet": ".parquet", "csv": ".csv.gz"}
WINDOWS = {DAY: "daily", WEEK: "weekly"}
DOCUMENTS = {"segments.json", "datapackage.json", "privacy.json", "checks.json", "README.md"}
SEALS = ["manifest.json", "SHA256SUMS", "_SUCCESS"]


def names(window: str) -> list[str]:
    return [statistic.name for statistic in STATISTICS[window]]


@st.composite
def agreements(draw: st.DrawFn) -> tuple[str, dict[str, tuple[str, ...]]]:
    window = draw(st.sampled_from([DAY, WEEK]))
    tables = draw(st.lists(st.sampled_from(names(window)), min_size=1, unique=True))
    segments = draw(st.lists(st.sampled_from(segments_of(window)), unique=True)) or [ALL_VISITORS]
    formats = draw(st.lists(st.sampled_from(["parquet", "csv"]), min_size=1, unique=True))
    agreed = {"daily": (), "weekly": (), WINDOWS[window]: tuple(tables)}
    return window, {**agreed, "segments": tuple(segments), "formats": tuple(formats)}


@given(agreement=agreements())
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_exactly_the_agreed_names_and_rows_are_given(agreement):
    window, agreed = agreement
    given_files, whole = delivery_of(window, **agreed).files, release_of(window).files
    data = {f"{table}{ENDINGS[form]}" for table in agreed[WINDOWS[window]] for form in agreed["formats"]}
    assert set(given_files) == data | DOCUMENTS | set(SEALS)
    assert list(given_files)[-3:] == SEALS and set(list(given_files)[: len(data)]) == data
    for path in data:
        table = path.partition(".")[0]
        rows = read_parquet(whole[f"{table}.parquet"])
        kept = [
            row for row in rows.to_pylist() if row.get("segment", ALL_VISITORS) in (ALL_VISITORS, *agreed["segments"])
        ]
        found = (
            read_parquet(given_files[path]) if path.endswith(".parquet") else read_csv(given_files[path], rows.schema)
        )
        assert found.to_pylist() == kept
        assert not path.endswith(".parquet") or found.schema.equals(rows.schema)
    assert verify(given_files) == []


@given(agreement=agreements())
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_word_of_a_segment_that_was_not_agreed_is_given(agreement):
    """But in privacy.json and checks.json, which speak of no segment at all."""
    window, agreed = agreement
    told = delivery_of(window, **agreed).files
    labels = json.loads(told["segments.json"])["segments"]
    assert {label["segment"] for label in labels} == set(agreed["segments"]) - {ALL_VISITORS}
    for name in set(segments_of(window)) - set(agreed["segments"]):
        for path in ("datapackage.json", "segments.json", "README.md", "manifest.json", "privacy.json", "checks.json"):
            assert f'"{name}"' not in told[path].decode(), path


@pytest.mark.parametrize("window", [DAY, WEEK])
def test_who_agreed_to_all_of_it_gets_the_release_itself(window):
    whole = delivery_of(window, **{WINDOWS[window]: tuple(names(window))}, segments=segments_of(window))
    assert whole.is_whole and dict(whole.files) == dict(release_of(window).files)
    assert list(whole.files)[-3:] == SEALS
    part = delivery_of(window, **{WINDOWS[window]: tuple(names(window))}, segments=segments_of(window)[1:])
    assert not part.is_whole


def test_the_manifest_names_the_release_and_what_each_file_was_made_from():
    whole = release_of(WEEK)
    part = delivery_of(WEEK, weekly=("segments",), segments=segments_of(WEEK)[:1], formats=("csv",)).files
    told = json.loads(part["manifest.json"])
    assert told["release"] == whole.name and told["delivery"]["partner"] == "solar_shop"
    assert told["delivery"]["release_digest"] == whole.digest
    made_from = told["delivery"]["made_from"]
    assert made_from == {name: sha256(whole.files[name]).hexdigest() for name in made_from}
    assert {*made_from} == {*part} - {"SHA256SUMS", "_SUCCESS"}
    assert part["segments.csv.gz"] != whole.files["segments.csv.gz"]


def test_equal_agreements_give_equal_bytes():
    first, second = (delivery_of(WEEK, weekly=("segments",), segments=segments_of(WEEK)[:2]) for _ in range(2))
    assert first.digest == second.digest and dict(first.files) == dict(second.files)


def test_a_delivery_is_signed_by_a_signature_or_not_at_all():
    part = delivery_of(DAY)
    with pytest.raises(Refusal, match="signature of minisign"):
        Delivery(part.partner, part.released, b"mari@naide.example")
    assert SIGNATURE not in part.written
