"""Parquet, byte by byte: every byte is a page's value or says what the schema declares, and any reader understands it."""

import gzip
import io
import struct
import zlib
from datetime import date
from hashlib import sha256

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.counting.statistic import STATISTICS
from anonymizers.refusal import Refusal
from anonymizers.releasing.containers import csv_bytes, csv_text, inflated, read_parquet
from anonymizers.releasing.parquet import CREATED_BY, MAGIC, parquet_bytes
from tests.anonymizers.releasing.candidates import as_parquet
from tests.anonymizers.releasing.golden import CSV, PARQUET, TABLE, dumped
from tests.anonymizers.releasing.thrift import read_struct, varint
from tests.anonymizers.trials import trials

STORED = {
    pa.date32(): (1, {6: 6, 10: {6: {}}}, "<i4"),
    pa.int8(): (1, {6: 15, 10: {10: {1: 8, 2: True}}}, "<i4"),
    pa.int64(): (2, {}, "<i8"),
    pa.string(): (6, {6: 0, 10: {1: {}}}, None),
}
"""Type -> Parquet's type, converted and logical type (parquet.thrift), and how a number is laid out."""
RENEW = "if the layout was meant to change, see tests/anonymizers/releasing/golden"


def footer_of(content: bytes) -> tuple[dict, int]:
    """The footer, and where it begins; it ends where its length says that it does."""
    size = struct.unpack("<I", content[-8:-4])[0]
    begin = len(content) - 8 - size
    footer, end = read_struct(content, begin)
    assert end == len(content) - 8, "bytes behind the footer"
    return footer, begin


def page_at(content: bytes, place: int, field: pa.Field, rows: int) -> tuple[list, int]:
    """The values of the page at a place, and the place behind it; every byte of it is a header's or a value's."""
    header, begin = read_struct(content, place)
    end = begin + header[3]
    assert header == {1: 0, 2: end - begin, 3: end - begin, 5: {1: rows, 2: 0, 3: 3, 4: 3}}
    data, there = content[begin:end], [True] * rows
    if field.nullable:
        size = struct.unpack("<I", data[:4])[0]
        levels, data = data[4 : 4 + size], data[4 + size :]
        run, begin = varint(levels, 0)
        bits = levels[begin:]
        assert run == len(bits) << 1 | 1 and len(bits) == -(-rows // 8), "one run of bits, eight rows a byte"
        present = np.unpackbits(np.frombuffer(bits, np.uint8), bitorder="little")
        there = present[:rows].astype(bool).tolist()
        assert not present[rows:].any(), "bits of no row"
    values = words(data) if field.type == pa.string() else numbers(data, field)
    told = iter(values)
    found = [next(told) if each else None for each in there]
    assert next(told, None) is None, "values of no row"
    return found, end


def words(data: bytes) -> list[str]:
    found = []
    while data:
        size = struct.unpack("<I", data[:4])[0]
        found.append(data[4 : 4 + size].decode())
        data = data[4 + size :]
    return found


def numbers(data: bytes, field: pa.Field) -> list:
    found = np.frombuffer(data, STORED[field.type][2]).tolist()
    return (
        [date.fromordinal(date(1970, 1, 1).toordinal() + day) for day in found]
        if pa.types.is_date(field.type)
        else found
    )


def walk(content: bytes, schema: pa.Schema) -> list[dict]:
    """The rows of a file, after each byte of it has been accounted for by the declared schema and the rows."""
    footer, end_of_pages = footer_of(content)
    assert content[:4] == content[-4:] == MAGIC
    rows, place, columns, told = footer[3], 4, [], {}
    for field in schema:
        begin = place
        told[field.name], place = page_at(content, begin, field, rows)
        size = place - begin
        about = {
            1: STORED[field.type][0],
            2: [0, 3],
            3: [field.name.encode()],
            4: 0,
            5: rows,
            6: size,
            7: size,
            9: begin,
        }
        columns.append({2: 0, 3: about})
    assert place == end_of_pages, "bytes between the pages and the footer"
    elements = [
        {1: STORED[field.type][0], 3: int(field.nullable), 4: field.name.encode(), **STORED[field.type][1]}
        for field in schema
    ]
    assert footer == {
        1: 2,
        2: [{4: b"schema", 5: len(schema)}, *elements],
        3: rows,
        4: [{1: columns, 2: end_of_pages - 4, 3: rows}],
        6: CREATED_BY,
    }
    return [dict(zip(told, values, strict=True)) for values in zip(*told.values(), strict=True)]


def test_every_byte_of_every_table_is_the_declared_schemas_or_a_rows(edition, release, empty):
    """No metadata, dictionary, statistics, index, second row group or padding: there is no byte left for them."""
    for some in (release, empty):
        for statistic in STATISTICS[edition.window]:
            content = some.files[f"{statistic.name}.parquet"]
            assert walk(content, statistic.schema()) == read_parquet(content).to_pylist(), statistic.name


@pytest.mark.parametrize(
    "options",
    [{}, {"store_schema": False}, {"store_schema": False, "use_dictionary": False, "write_statistics": False}],
    ids=("as it comes", "without the schema", "without dictionary and statistics"),
)
def test_arrows_own_writer_leaves_more_in_a_file_than_its_rows(options):
    """The control. Its third file still has size statistics, which no switch of version 26 takes away, and its version."""
    with pytest.raises(AssertionError):
        walk(as_parquet(TABLE, **options), TABLE.schema)
    footer, _ = footer_of(as_parquet(TABLE, **options))
    assert b"parquet-cpp-arrow version" in footer[6]
    assert any(16 in column[3] for column in footer[4][0][1])


def test_the_golden_bytes_stand():
    for path, content, digest in (
        (PARQUET, parquet_bytes(TABLE), "34cf49fa45255fdcfdc0102a7ed193de6c7a54523850036a54714a39b3257319"),
        (CSV, csv_text(TABLE), "e6f1d5a817f24aee00e3e3449e408c61a6355414d8444a32396576c442edf106"),
    ):
        assert dumped(content) == path.read_text(), RENEW
        assert sha256(content).hexdigest() == digest, RENEW


def test_the_golden_text_is_compressed_in_a_frame_that_tells_nothing():
    """How well zlib compresses differs between machines; what stands around it does not."""
    content, text = csv_bytes(TABLE), csv_text(TABLE)
    assert content[:10].hex() == "1f8b08000000000002ff"
    assert inflated(content) == text == gzip.decompress(content)
    assert content[-8:] == struct.pack("<II", zlib.crc32(text), len(text))


@st.composite
def tables(draw) -> pa.Table:
    """Tables of any number of rows and of columns of every published type, some of which may be empty."""
    rows = draw(st.integers(0, 600) | st.sampled_from((0, 1, 7, 8, 9, 511, 512, 513)))
    seed = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    fields, columns = [], []
    for number, (kind, nullable) in enumerate(
        draw(st.lists(st.tuples(st.sampled_from(list(STORED)), st.booleans()), min_size=1, max_size=20))
    ):
        fields.append(pa.field(f"column_{number}", kind, nullable=nullable))
        values = [made(kind, seed) for _ in range(rows)]
        columns.append([None if nullable and seed.random() < 0.3 else value for value in values])
    return pa.table(dict(zip([field.name for field in fields], columns, strict=True)), schema=pa.schema(fields))


def made(kind: pa.DataType, seed: np.random.Generator) -> object:
    if kind == pa.string():
        return "".join(seed.choice(list("abcõŽ€🙂 _,\"'=\n\0"), seed.integers(0, 12)))
    if kind == pa.date32():
        return date.fromordinal(int(seed.integers(1, date.max.toordinal())))
    size = 2**7 if kind == pa.int8() else 2**63
    return int(seed.integers(-size, size, dtype=np.int64, endpoint=False))


@given(rows=tables())
@trials(60)
def test_arrow_pandas_and_duckdb_read_every_value_back(tmp_path_factory, rows):
    content = parquet_bytes(rows)
    assert read_parquet(content).equals(rows)
    assert walk(content, rows.schema) == rows.to_pylist()
    assert pq.read_schema(io.BytesIO(content)).equals(rows.schema, check_metadata=True)
    path = tmp_path_factory.mktemp("read") / "table.parquet"
    path.write_bytes(content)
    assert duckdb.sql(f"SELECT * FROM '{path}'").fetchall() == [tuple(row.values()) for row in rows.to_pylist()]
    assert len(pd.read_parquet(path)) == rows.num_rows


@given(rows=tables(), seed=st.integers(0, 2**32 - 1))
@trials(30)
def test_as_many_rows_of_the_same_words_make_a_file_as_long(rows, seed):
    """Whatever the numbers, and whichever of those that may be empty are so, as long as equally many are."""
    columns = {name: np.array(rows[name].to_pylist(), object) for name in rows.column_names}
    mixed = {name: np.random.default_rng(seed).permutation(values) for name, values in columns.items()}
    shuffled = pa.table(mixed, schema=rows.schema)
    one, other = parquet_bytes(rows), parquet_bytes(shuffled)
    assert len(one) == len(other) and footer_of(one) == footer_of(other)


@pytest.mark.parametrize(
    "kind", [pa.int32(), pa.float64(), pa.timestamp("us"), pa.bool_(), pa.binary(), pa.large_string(), pa.list_(pa.int64())]
)  # fmt: skip
def test_a_type_that_is_never_published_cannot_be_written(kind):
    with pytest.raises(Refusal, match="never published"):
        parquet_bytes(pa.table({"mari": pa.array([None], kind)}))


@pytest.mark.parametrize("kind", STORED)
def test_a_value_that_must_be_there_cannot_be_left_out(kind):
    schema = pa.schema([pa.field("mari", kind, nullable=False)])
    with pytest.raises(Refusal, match="must have") as refused:
        parquet_bytes(pa.table({"mari": pa.array([None], kind)}, schema=schema))
    assert "mari" not in str(refused.value)
