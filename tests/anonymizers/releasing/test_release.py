"""A release: the same tables give the same bytes, and the bytes hold nothing but the tables and the site's words."""

import gzip
import io
import json
import re
from pathlib import Path

import frictionless
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.counting.statistic import STATISTICS
from anonymizers.releasing.containers import csv_bytes, parquet_bytes, read_csv, read_parquet
from anonymizers.releasing.release import DATA_FILES, FILES, compose, compose_empty
from tests.anonymizers.releasing.candidates import noisy, rows_of, tables
from tests.anonymizers.trials import trials

PARQUET = tuple(name for name in DATA_FILES if name.endswith(".parquet"))
CSV = tuple(name for name in DATA_FILES if name.endswith(".csv.gz"))
GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00"
"""Deflate, no name, no comment, no extra field, no time (RFC 1952)."""


@pytest.fixture(scope="module")
def release(site, day):
    return compose(site, day, tables(site, day))


def test_equal_tables_give_equal_bytes_whatever_carried_them(site, day, release):
    again = compose(site, day, tables(site, day))
    assert again == release and list(again.files) == list(release.files)
    carried = []
    for table in tables(site, day):
        halves = pa.concat_tables([table.rows.slice(0, 1), table.rows.slice(1)])
        marked = halves.replace_schema_metadata({"pandas": "mari@naide.ee", "note": "made on Monday"})
        carried.append(noisy(table.statistic, marked, site))
    assert compose(site, day, carried) == release
    assert b"mari@naide.ee" not in b"".join(release.files.values())


def test_a_release_has_the_closed_list_of_names_in_its_order(site, day, release):
    assert tuple(release.files) == FILES
    assert tuple(compose_empty(site, day).files) == FILES
    assert release.name == f"daily/date={day.date}"
    assert all(re.fullmatch(r"[A-Za-z0-9_]+(\.[a-z]+)*", name) for name in FILES)


def test_two_inputs_of_equal_shape_give_equal_names_order_and_lengths_of_parquet(site, day, release):
    other = compose(site, day, tables(site, day, start=5000))
    assert list(other.files) == list(release.files) and other.name == release.name
    assert all(len(other.files[name]) == len(release.files[name]) for name in (*PARQUET, "README.md", "privacy.json"))
    assert all(other.files[name] != release.files[name] for name in (*DATA_FILES, "manifest.json", "SHA256SUMS"))


def test_readme_and_privacy_follow_from_the_site_alone(site, day, release):
    """So no number in them can be a count: a release with other numbers, and one with none, have the same words."""
    for other in (compose(site, day, tables(site, day, start=90_000, step=13, every=2)), compose_empty(site, day)):
        for name in ("README.md", "privacy.json"):
            assert other.files[name] == release.files[name]


@pytest.mark.parametrize("name", PARQUET)
def test_parquet_has_no_dictionaries_statistics_page_indexes_or_metadata(release, name):
    footer = pq.ParquetFile(io.BytesIO(release.files[name])).metadata
    assert footer.metadata is None and footer.num_row_groups == 1
    assert re.fullmatch(r"parquet-cpp-arrow version [0-9.]+", footer.created_by)
    for place in range(footer.num_columns):
        column = footer.row_group(0).column(place)
        assert not column.has_dictionary_page and column.dictionary_page_offset is None
        assert column.statistics is None and not column.is_stats_set
        assert not column.has_column_index and not column.has_offset_index
        assert column.compression == "UNCOMPRESSED" and set(column.encodings) <= {"PLAIN", "RLE"}
        assert column.metadata is None


def test_a_suppressed_word_that_an_arrow_dictionary_still_carries_is_not_in_the_bytes(site, day):
    """Measured: a row's e-mail stayed in a file's dictionary after its row had been dropped."""
    kind = pa.DictionaryArray.from_arrays(pa.array([0, 0], pa.int8()), ["private", "mari@naide.ee"]).cast(pa.string())
    rows = pa.table({"customer_kind": kind, "n": [1, 2]}).slice(0, 1)
    carrying = pa.table({"customer_kind": ["private", "mari@naide.ee"], "n": [1, 2]}).slice(0, 1)
    for table in (rows, carrying):
        assert b"mari" not in parquet_bytes(table) and b"mari" not in gzip.decompress(csv_bytes(table))


@pytest.mark.parametrize("name", CSV)
def test_gzip_has_neither_name_nor_time_nor_anything_behind(release, name):
    content = release.files[name]
    assert content.startswith(GZIP_HEADER)
    with gzip.GzipFile(fileobj=io.BytesIO(content)) as opened:
        text = opened.read()
        assert opened.mtime == 0
    assert (
        text.count(b"\r\n")
        == text.count(b"\n")
        == pq.read_table(io.BytesIO(release.files[name.replace(".csv.gz", ".parquet")])).num_rows + 1
    )


@given(statistic=st.sampled_from(STATISTICS), start=st.integers(-(2**62), 2**62), every=st.integers(1, 300))
@trials(25)
def test_both_containers_give_back_every_value(site, day, statistic, start, every):
    rows = rows_of(statistic, site, day, start=start, every=every)
    assert read_parquet(parquet_bytes(rows)).equals(rows)
    assert read_csv(csv_bytes(rows), rows.schema).to_pylist() == rows.to_pylist()


@given(words=st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x00\r\n"), min_size=1), min_size=1))
@trials(40)
def test_csv_gives_back_words_with_quotes_commas_and_blanks(words):
    rows = pa.table({"word": pa.array(words, pa.string()), "n": range(len(words))})
    assert read_csv(csv_bytes(rows), rows.schema).to_pylist() == rows.to_pylist()


def written(release, folder: Path) -> Path:
    for name, content in release.files.items():
        (folder / name).write_bytes(content)
    return folder / "datapackage.json"


@pytest.mark.parametrize("empty", [False, True])
def test_the_data_package_is_valid_for_frictionless_with_every_row_of_both_kinds(site, day, release, tmp_path, empty):
    told = written(compose_empty(site, day) if empty else release, tmp_path)
    report = frictionless.Package(str(told)).validate()
    assert report.valid, report.flatten(["name", "type", "note"])
    assert {task.place for task in report.tasks} == set(DATA_FILES)
    rows = {name: 0 if empty else read_parquet(release.files[name]).num_rows for name in PARQUET}
    assert {task.place: task.stats.get("rows", 0) for task in report.tasks if task.place in PARQUET} == rows


def test_the_data_package_refuses_a_word_outside_the_closed_list(site, day, tmp_path):
    """The control: the same package with one stranger in it is not valid."""
    [registrations] = [table for table in tables(site, day) if table.statistic.name == "registrations"]
    rows = registrations.rows.set_column(
        1, registrations.rows.schema.field(1), pa.array(["Mari OÜ"] * registrations.rows.num_rows, pa.string())
    )
    told = written(compose(site, day, tables(site, day, {"registrations": rows})), tmp_path)
    report = frictionless.Package(str(told)).validate()
    assert {task.place for task in report.tasks if not task.valid} == {"registrations.parquet", "registrations.csv.gz"}


def test_every_document_is_utf_8_and_names_the_policys_version_and_no_machine(site, release):
    for name in ("datapackage.json", "privacy.json", "manifest.json"):
        json.loads(release.files[name].decode("utf-8"))
    assert json.loads(release.files["privacy.json"])["policy"]["version"] == site.policy.version
    assert json.loads(release.files["manifest.json"])["policy_version"] == site.policy.version
    assert not re.search(rb"/(tmp|home|usr|var|root)/|[A-Z]:\\\\", b"".join(release.files.values()))
