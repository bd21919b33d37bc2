"""Containers that are easily passed over: each is opened, or the file is told as one that cannot be searched."""

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zlib

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from anonymizers.searching.marks import UNREADABLE, find

MARK = "Marius Tammeveski"
_PACKED = zlib.compress(3 * MARK.encode())


def _cells_of_bytes(cell: bytes) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table({"held": [cell, b"nothing"]}), sink)
    return sink.getvalue()


def _tar_of(member: bytes) -> bytes:
    sink = io.BytesIO()
    with tarfile.TarFile(fileobj=sink, mode="w") as archive:
        told = tarfile.TarInfo("member")
        told.size = len(member)
        archive.addfile(told, io.BytesIO(member))
    return sink.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.tar", _tar_of(bz2.compress(MARK.encode()))),
        ("blob", _tar_of(bz2.compress(MARK.encode()))),
        ("a.log", b"a line of a log\n" + gzip.compress(MARK.encode(), mtime=0) + b"\nanother"),
        ("b.log", b"0123456789" + _PACKED),
        ("b.log", b"0 \x78\x9c and \x1f\x8b\x08 begin nothing" + _PACKED),
        ("c.parquet", _cells_of_bytes(_PACKED)),
        ("c.parquet", _cells_of_bytes(bz2.compress(MARK.encode()))),
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


@pytest.mark.parametrize("where", ["page", "footer"])
def test_a_number_that_only_the_bounds_of_a_page_or_column_still_hold_is_found(where):
    number, other = (struct.pack("<q", each) for each in (47101010033, 5))
    file = io.BytesIO()
    rows = pa.table({"count": pa.array([47101010033, 5], pa.int64())})
    pq.write_table(rows, file, use_dictionary=False, compression="none")
    before, footer = file.getvalue()[: _footer(file)], file.getvalue()[_footer(file) :]
    header, cells = before[: -len(number + other)], other + other
    assert before == header + number + other and number in header and number in footer, "the control"
    told = (header, footer.replace(number, other)) if where == "page" else (header.replace(number, other), footer)
    content = told[0] + cells + told[1]
    assert pq.read_table(io.BytesIO(content))["count"].to_pylist() == [5, 5]
    assert find({"code": "47101010033"}, [("topics.parquet", content)])


def _footer(file: io.BytesIO) -> int:
    return len(file.getvalue()) - 8 - int.from_bytes(file.getvalue()[-8:-4], "little")


def test_a_table_of_no_rows_is_searched_like_any_other():
    sink = io.BytesIO()
    pq.write_table(pa.table({MARK: pa.array([], pa.string())}), sink)
    assert {finding.label for finding in find({"mark": MARK}, [("d.parquet", sink.getvalue())])} == {"mark"}
    assert find({"mark": "somebody else"}, [("d.parquet", sink.getvalue())]) == []
