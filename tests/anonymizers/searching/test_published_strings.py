"""All strings of a release come out, wherever they stand; its numbers do not; and no place tells a string."""

import gzip
import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.searching.published_strings import published_strings
from tests.anonymizers.trials import trials

MARK = "mari maasikas"


def parquet(rows: pa.Table, **options: object) -> bytes:
    sink = io.BytesIO()
    pq.write_table(rows, sink, **options)
    return sink.getvalue()


def table(word: str = "solar", column: str = "topic") -> pa.Table:
    return pa.table({column: ["gas", word, "gas"], "visitors": [100, 7_000_001, 300]})


def csv_gz(text: str) -> bytes:
    return gzip.compress(text.encode(), mtime=0)


PLACES = {
    "the name of a file": {f"{MARK}.json": b"{}"},
    "a cell": {"a.parquet": parquet(table(MARK))},
    "a cell of bytes": {"a.parquet": parquet(pa.table({"topic": [MARK.encode()]}))},
    "a cell of a dictionary": {"a.parquet": parquet(pa.table({"topic": pa.array([MARK]).dictionary_encode()}))},
    "a cell of a list": {"a.parquet": parquet(pa.table({"topic": [["gas", MARK]]}))},
    "a cell of a struct": {"a.parquet": parquet(pa.table({"topic": [{"gas": MARK}]}))},
    "the name of a column": {"a.parquet": parquet(table(column=MARK))},
    "a table's metadata": {"a.parquet": parquet(table().replace_schema_metadata({"note": MARK}))},
    "the name of a table's metadata": {"a.parquet": parquet(table().replace_schema_metadata({MARK: ""}))},
    "a column's metadata": {"a.parquet": parquet(pa.table([[1]], pa.schema([pa.field("a", pa.int64(), metadata={"b": MARK})])))},
    "a cell of a CSV": {"a.csv.gz": csv_gz(f"topic,visitors\r\n{MARK},1\r\n")},
    "the header of a CSV": {"a.csv.gz": csv_gz(f"{MARK},visitors\r\n")},
    "a cell beyond a CSV's header": {"a.csv.gz": csv_gz(f"topic\r\ngas,1,{MARK}\r\n")},
    "a quoted cell of a CSV": {"a.csv.gz": csv_gz(f'topic\r\n"gas\n{MARK}"\r\n')},
    "a word in a CSV's column of numbers": {
        "a.csv.gz": csv_gz(f"topic,visitors\r\ngas,{MARK}\r\n"), "a.parquet": parquet(table())
    },
    "a value of JSON": {"a.json": json.dumps({"a": [1, {"b": MARK}]}).encode()},
    "a key of JSON": {"a.json": json.dumps({"a": [{MARK: 1}]}).encode()},
    "an escaped value of JSON": {"a.json": b'["' + "".join(f"\\u{ord(letter):04x}" for letter in MARK).encode() + b'"]'},
    "the first of two equal keys of JSON": {"a.json": f'{{"a": "{MARK}", "a": 1}}'.encode()},
    "a line": {"README.md": f"# Title\n\nOf {MARK}.\n".encode()},
    "a file of an unknown kind": {"a.bin": MARK.encode()},
    "a packed file of an unknown kind": {"a.txt.gz": csv_gz(MARK)},
    "a file in two bytes a letter": {"a.txt": MARK.encode("utf-16-le")},
}  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_a_string_comes_out_wherever_it_stands_and_no_place_tells_it(place):
    found = list(published_strings({"b.md": b"other", **PLACES[place]}))
    assert any(MARK in string for _, string in found)
    assert not any(MARK in where for where, _ in found)


def test_files_of_the_closed_list_are_told_by_name_and_others_by_number():
    files = {"README.md": b"one\ntwo", "mari.json": b'{"a": "b"}'}
    found = dict(published_strings(files, known=("README.md", "topics.parquet")))
    assert found["README.md, line 2"] == "two"
    assert found["file 2, name"] == "mari.json" and found["file 2, string 2"] == "b"


@pytest.mark.parametrize("number", [7_000_001, -7_000_001])
def test_numbers_of_tables_and_of_json_are_no_strings(number):
    rows = pa.table({"topic": ["gas"], "visitors": [number], "share": [0.123456789]})
    files = {
        "a.parquet": parquet(rows, store_schema=False),
        "a.csv.gz": csv_gz(f"topic,visitors,share\r\ngas,{number},0.123456789\r\n"),
        "a.json": json.dumps({"visitors": [number, 0.123456789]}).encode(),
    }
    assert not any("7000001" in string or "123456789" in string for _, string in published_strings(files))


def test_a_number_is_a_string_where_no_table_says_that_its_column_holds_numbers():
    """Eleven digits in a CSV alone may be anything."""
    files = {"a.csv.gz": csv_gz("topic,code\r\ngas,38101010009\r\n")}
    assert "38101010009" in dict(published_strings(files)).values()
    files["a.parquet"] = parquet(pa.table({"topic": ["gas"], "code": ["38101010009"]}))
    assert [string for _, string in published_strings(files)].count("38101010009") == 2


@pytest.mark.parametrize("name", ["a.parquet", "a.csv.gz", "a.json"])
@given(content=st.binary(max_size=60))
@trials(20)
def test_a_file_that_cannot_be_read_is_not_passed_over(name, content):
    with pytest.raises(Exception):  # noqa: B017 - whatever the reader raises; the gate turns it into a refusal
        list(published_strings({name: b"\x80" + content}))


WORDS = st.text("abcõ ,\"'\n[]{}:", min_size=1, max_size=12)


@given(word=WORDS, others=st.lists(WORDS, max_size=5))
@trials(60)
def test_any_string_comes_out_of_every_kind_of_file_as_it_is(word, others):
    rows = pa.table({"a": [*others, word]})
    text = "a\r\n" + "".join('"' + each.replace('"', '""') + '"\r\n' for each in [*others, word])
    made = {"a.parquet": parquet(rows), "a.csv.gz": csv_gz(text), "a.json": json.dumps([*others, word]).encode()}
    for name, content in made.items():
        assert word in {string for _, string in published_strings({name: content})}, name
