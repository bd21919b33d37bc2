"""Tables as bytes and back. Nothing in the bytes comes from the data but the numbers with noise (LEAKS 11 and 12).

How Parquet is laid out is in `parquet.py`; the words around the tables are in `describe.py` and beside it.
"""

import csv
import io
import struct
import zlib

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from anonymizers.refusal import Reason, Refusal
from anonymizers.releasing.parquet import parquet_bytes as parquet_bytes

GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
"""Deflate, no name, comment or extra field, no time, best compression, no system (RFC 1952). Python's own differs by version."""
MOST_TEXT = 64_000_000
"""Bytes that a text may have. The longest of a release has some megabytes; a file of one can unfold to gigabytes."""


def csv_bytes(rows: pa.Table) -> bytes:
    """`csv_text` in one gzip member with neither name nor time."""
    text = csv_text(rows)
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return GZIP_HEADER + squeeze.compress(text) + squeeze.flush() + _trailer(text)


def csv_text(rows: pa.Table) -> bytes:
    """CSV as RFC 4180 with a header, in UTF-8; an empty number is an empty field."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(rows.column_names)
    writer.writerows(row.values() for row in rows.to_pylist())
    return text.getvalue().encode()


def inflated(content: bytes) -> bytes:
    """What `csv_bytes` compressed. Raises Refusal for any other gzip: with a name, a time, anything behind the text, or a
    text that no table has."""
    stretch = zlib.decompressobj(-zlib.MAX_WBITS)
    text = stretch.decompress(content[len(GZIP_HEADER) :], MOST_TEXT)
    if not content.startswith(GZIP_HEADER) or not stretch.eof or stretch.unused_data != _trailer(text):
        raise Refusal("release", Reason.STORE, "a compressed file holds more or less than its text; compose it anew")
    return text


def read_parquet(content: bytes) -> pa.Table:
    """The table in `parquet_bytes`. Raises Refusal for one that says it holds more values than bytes."""
    told = pq.ParquetFile(pa.BufferReader(content)).metadata
    if told.num_rows * told.num_columns > len(content):
        raise Refusal("release", Reason.STORE, "a Parquet file unfolds to more than its bytes; compose it anew")
    return pq.read_table(pa.BufferReader(content))


def read_csv(content: bytes, schema: pa.Schema) -> pa.Table:
    """The table in `csv_bytes`, with the types of `schema`."""
    options = pa_csv.ConvertOptions(
        column_types={field.name: field.type for field in schema}, strings_can_be_null=False
    )
    return pa_csv.read_csv(io.BytesIO(inflated(content)), convert_options=options)


def _trailer(text: bytes) -> bytes:
    return struct.pack("<II", zlib.crc32(text), len(text) & 0xFFFF_FFFF)
