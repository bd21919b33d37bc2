"""A release: the same tables give the same bytes, and the bytes hold nothing but the tables and the site's words."""

import csv
import gzip
import io
import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import frictionless
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from anonymizers.counting.statistic import STATISTICS, vocabulary
from anonymizers.releasing.containers import GZIP_HEADER, csv_bytes, inflated, parquet_bytes, read_csv, read_parquet
from anonymizers.releasing.edition import weekly_edition
from anonymizers.releasing.release import SUCCESS, Release, compose, compose_empty, data_files, files
from anonymizers.vocabulary import DAY, WEEK, Name
from pipelines.site_folder import read_site_folder
from tests.anonymizers.releasing.candidates import EDITIONS, changed, composed, draws_of, tables_of, with_column
from tests.anonymizers.trials import trials
from tests.worlds import SITES

WORDS = ("README.md", "checks.json", "privacy.json", "segments.json")


def parquet_of(release: Release) -> list[str]:
    return [name for name in release.files if name.endswith(".parquet")]


def csv_of(release: Release) -> list[str]:
    return [name for name in release.files if name.endswith(".csv.gz")]


@pytest.fixture(scope="module")
def made(site, edition):
    return tables_of(site, edition, draws_of(site, edition))


def test_equal_tables_give_equal_bytes_whatever_carried_them(site, edition, made, release):
    again = composed(site, edition)
    assert again == release and list(again.files) == list(release.files)
    carried = []
    for table in made:
        halves = pa.concat_tables([table.rows.slice(0, 1), table.rows.slice(1)])
        marked = halves.replace_schema_metadata({"pandas": "mari@naide.ee", "note": "made on Monday"})
        carried.append(replace(table, rows=marked))
    assert compose(site, edition, carried) == release
    assert b"mari@naide.ee" not in b"".join(release.files.values())


def test_a_release_has_the_closed_list_of_names_in_its_order(edition, release, empty):
    names = files(edition.window)
    assert tuple(release.files) == tuple(empty.files) == names
    assert names[: len(data_files(edition.window))] == data_files(edition.window) and names[-1] == SUCCESS
    assert release.name == edition.release
    assert all(re.fullmatch(r"[A-Za-z0-9_]+(\.[a-z]+)*", name) for name in names)


def test_a_day_tells_totals_segments_and_registrations_and_a_week_tells_segments_alone():
    names = {window: [name.split(".")[0] for name in data_files(window)[::2]] for window in (DAY, WEEK)}
    assert names[DAY] == ["totals", "topics", "hours", "topic_dayparts", "browsers", "segments", "registrations"]
    assert names[WEEK] == ["segments", "segment_frequency", "segment_topics", "segment_dayparts", "segment_browsers"]


@given(numbers=st.data())
@trials(15)
def test_two_inputs_of_equal_shape_give_equal_names_order_and_lengths_of_parquet(site, edition, made, release, numbers):
    """Whatever the noisy numbers are, as long as as many rows are told: nothing else of the data has a way into them."""
    tables = [replace(table, rows=renumbered(table.rows, numbers.draw(st.integers(0, 2**32 - 1)))) for table in made]
    other = compose(site, edition, tables)
    assert list(other.files) == list(release.files) and other.name == release.name
    data = data_files(edition.window)
    assert all(len(other.files[name]) == len(release.files[name]) for name in (*parquet_of(release), *WORDS))
    assert all(other.files[name] != release.files[name] for name in (*data, "manifest.json", "SHA256SUMS"))
    assert all(other.files[name] == release.files[name] for name in WORDS)


def renumbered(rows: pa.Table, seed: int) -> pa.Table:
    """The rows with other numbers of any size; what was empty stays so."""
    chance = np.random.default_rng(seed)
    for field in rows.schema:
        if field.type == pa.int64():
            other = [None if value is None else int(chance.integers(2**62)) for value in rows[field.name].to_pylist()]
            rows = with_column(rows, field.name, other)
    return rows


def test_the_words_follow_from_the_site_alone(site, edition, release, empty):
    """So no number in them can be a count: a release with other numbers, and one with none, have the same words."""
    for other in (composed(site, edition, start=90_000, step=13), empty):
        for name in WORDS:
            assert other.files[name] == release.files[name]


def test_a_week_says_which_of_its_days_could_be_counted(site):
    whole = EDITIONS[1]
    days = whole.days[1:]
    shorter = weekly_edition(whole.iso_week, days)
    told = compose_empty(site, shorter).files
    assert json.loads(told["privacy.json"])["days"] == [day.isoformat() for day in days]
    assert f"Counted: {', '.join(map(str, days))}." in told["README.md"].decode()
    assert "Counted:" not in compose_empty(site, whole).files["README.md"].decode()


def test_a_suppressed_word_that_an_arrow_dictionary_still_carries_is_not_in_the_bytes(site, day):
    """Measured: a row's e-mail stayed in a file's dictionary after its row had been dropped."""
    kind = pa.DictionaryArray.from_arrays(pa.array([0, 0], pa.int8()), ["private", "mari@naide.ee"]).cast(pa.string())
    rows = pa.table({"customer_kind": kind, "n": [1, 2]}).slice(0, 1)
    carrying = pa.table({"customer_kind": ["private", "mari@naide.ee"], "n": [1, 2]}).slice(0, 1)
    for table in (rows, carrying):
        assert b"mari" not in parquet_bytes(table) and b"mari" not in gzip.decompress(csv_bytes(table))


def test_gzip_has_neither_name_nor_time_nor_anything_behind(release):
    for name in csv_of(release):
        content = release.files[name]
        assert content.startswith(GZIP_HEADER)
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as opened:
            text = opened.read()
            assert opened.mtime == 0
        rows = pq.read_table(io.BytesIO(release.files[name.replace(".csv.gz", ".parquet")])).num_rows
        assert text.count(b"\r\n") == text.count(b"\n") == rows + 1


@given(
    table=st.integers(0, 99),
    start=st.integers(0, 200),
    number=st.integers(-(2**62), 2**62),
    empty=st.sets(st.integers(0, 9)),
)
@trials(20)
def test_both_containers_give_back_every_value(made, table, start, number, empty):
    rows = made[table % len(made)].rows.slice(start, 10)
    for field in rows.schema:
        if field.type == pa.int64():
            values = [number + place for place in range(rows.num_rows)]
            if field.nullable:
                values = [None if place in empty else value for place, value in enumerate(values)]
            rows = with_column(rows, field.name, values)
    assert read_parquet(parquet_bytes(rows)).equals(rows)
    assert read_csv(csv_bytes(rows), rows.schema).to_pylist() == rows.to_pylist()


@given(words=st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x00\r\n"), min_size=1), min_size=1))
@trials(40)
def test_csv_gives_back_words_with_quotes_commas_and_blanks(words):
    rows = pa.table({"word": pa.array(words, pa.string()), "n": range(len(words))})
    assert read_csv(csv_bytes(rows), rows.schema).to_pylist() == rows.to_pylist()


FORMULA = tuple("=+-@\t\r\n|%")
"""What a spreadsheet may take for the beginning of a formula or a command, when a CSV is opened in it."""


def test_no_field_of_a_csv_can_be_taken_for_a_formula(release, empty):
    for some in (release, empty):
        for name in csv_of(some):
            fields = [field for row in csv.reader(io.StringIO(inflated(some.files[name]).decode())) for field in row]
            assert fields and not [field for field in fields if field.startswith(FORMULA)], name


@pytest.mark.parametrize("name", ["elektrum", "weblog", "snowplow"])
def test_no_word_of_a_shipped_sites_closed_lists_can_be_taken_for_a_formula(name, edition):
    words = vocabulary(read_site_folder(SITES / name).site, edition.window)
    columns = [column for statistic in STATISTICS[edition.window] for column in statistic.schema().names]
    for word in (*columns, *(str(word) for some in words.values() for word in some)):
        assert not word.startswith(FORMULA)


@given(sign=st.sampled_from(FORMULA), word=st.text("abc_1=+-@", max_size=5))
@trials(30)
def test_no_site_can_call_a_topic_or_a_segment_by_a_formula(sign, word):
    with pytest.raises(ValidationError):
        TypeAdapter(Name).validate_python(sign + word)


def written(release, folder: Path) -> Path:
    for name, content in release.files.items():
        (folder / name).write_bytes(content)
    return folder / "datapackage.json"


def test_the_data_package_is_valid_for_frictionless_with_every_row_of_both_kinds(edition, release, empty, tmp_path):
    for name, some in (("full", release), ("empty", empty)):
        (tmp_path / name).mkdir()
        report = frictionless.Package(str(written(some, tmp_path / name))).validate()
        assert report.valid, Counter((task.place, error.type) for task in report.tasks for error in task.errors)
        assert {task.place for task in report.tasks} == set(data_files(edition.window))
        rows = {place: read_parquet(some.files[place]).num_rows for place in parquet_of(some)}
        assert {task.place: task.stats.get("rows", 0) for task in report.tasks if task.place in rows} == rows


def test_the_data_package_refuses_a_word_outside_the_closed_list(site, edition, made, tmp_path):
    """The control: the same package with one stranger in it is not valid."""
    rows = made[-2].rows
    key = made[-2].statistic.keys[0]
    strange = with_column(rows, key, ["Mari OÜ"] * rows.num_rows)
    told = written(compose(site, edition, changed(made, made[-2].statistic.name, strange)), tmp_path)
    report = frictionless.Package(str(told)).validate()
    name = made[-2].statistic.name
    assert {task.place for task in report.tasks if not task.valid} == {f"{name}.parquet", f"{name}.csv.gz"}


def test_every_document_is_utf_8_and_names_the_policys_version_and_no_machine(site, release):
    for name in ("datapackage.json", "privacy.json", "checks.json", "segments.json", "manifest.json"):
        json.loads(release.files[name].decode("utf-8"))
    assert json.loads(release.files["privacy.json"])["policy"]["version"] == site.policy.version
    assert json.loads(release.files["manifest.json"])["policy_version"] == site.policy.version
    assert not re.search(rb"/(tmp|home|usr|var|root)/|[A-Z]:\\\\", b"".join(release.files.values()))


def test_segments_json_describes_the_segments_of_its_own_window_and_no_others(site, edition, release):
    told = json.loads(release.files["segments.json"])
    names = [segment.segment for segment in site.segments if segment.window == edition.window]
    text = release.files["segments.json"].decode()
    assert all(f'"{name}"' in text for name in names) and told
    others = {segment.segment for segment in site.segments} - set(names)
    assert not any(f'"{name}"' in text for name in others)


def test_the_data_package_tells_every_table_with_its_closed_lists_and_what_may_be_empty(edition, release):
    package = json.loads(release.files["datapackage.json"])
    assert [resource["path"] for resource in package["resources"]] == list(data_files(edition.window))
    for resource in package["resources"]:
        for field in resource["schema"]["fields"]:
            index = field["name"].startswith("affinity")
            assert field["constraints"].get("required", False) is not index
            if field["type"] == "string" and field["name"] != "iso_week":
                assert field["constraints"]["enum"], field["name"]
