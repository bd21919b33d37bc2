"""Containers that are easily passed over: each is opened, or the file is told as one that cannot be searched."""

import gzip
import io
import lzma
import zlib

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from anonymizers.searching.marks import UNREADABLE, find

MARK = "Marius Tammeveski"
_PACKED = zlib.compress(3 * MARK.encode())


def _cells_of_bytes() -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table({"held": [_PACKED, b"nothing"]}), sink)
    return sink.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.log", b"a line of a log\n" + gzip.compress(MARK.encode()) + b"\nanother"),
        ("b.log", b"0123456789" + _PACKED),
        ("c.parquet", _cells_of_bytes()),
        ("blob", lzma.compress(MARK.encode(), format=lzma.FORMAT_ALONE)),
    ],
)
def test_a_container_is_opened_wherever_it_begins(name, content):
    assert MARK.encode() not in content
    assert {finding.label for finding in find({"mark": MARK}, [(name, content)])} == {"mark"}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.Z", b"\x1f\x9d\x90abc"),
        ("blob", b"\x1f\x9d\x90abc"),
        ("blob", b"LZIP\x01\x0cabcdef"),
        ("blob", b"\xff\x06\x00\x00sNaPpYabc"),
        ("blob", b"ARROW1\x00\x00abc"),
    ],
)
def test_a_container_that_cannot_be_opened_is_told(name, content):
    assert {finding.label for finding in find({"mark": MARK}, [(name, content)])} == {UNREADABLE}


def test_a_table_of_no_rows_is_searched_like_any_other():
    sink = io.BytesIO()
    pq.write_table(pa.table({MARK: pa.array([], pa.string())}), sink)
    assert {finding.label for finding in find({"mark": MARK}, [("d.parquet", sink.getvalue())])} == {"mark"}
    assert find({"mark": "somebody else"}, [("d.parquet", sink.getvalue())]) == []
