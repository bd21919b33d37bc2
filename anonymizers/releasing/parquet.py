"""Tables as Parquet, written byte by byte: whatever stands in a file stands in this module (LEAKS 11). Reading is not here.

Arrow's own writer would put its version into the footer, and size statistics even where statistics are switched off
(measured on 26.0.1), and another version may add more; a file of this module is the same under every version.
"""

import struct

import numpy as np
import pyarrow as pa

from anonymizers.refusal import Reason, Refusal

MAGIC = b"PAR1"
CREATED_BY = b"koond version 1"
"""In the form that readers know, <name> version <number>; the number is raised with the golden bytes, when the layout changes."""

_Thrift = tuple[int, bytes]
"""A value in Thrift's compact protocol: its type, and its bytes."""
_BYTE, _I32, _I64, _BINARY, _LIST, _STRUCT = 3, 5, 6, 8, 9, 12
_TRUE: _Thrift = (1, b"")
_REQUIRED, _OPTIONAL = 0, 1
_PLAIN, _RLE = 0, 3
_UNCOMPRESSED = _DATA_PAGE = 0


def parquet_bytes(rows: pa.Table) -> bytes:
    """One row group, one plain, uncompressed page a column: no dictionary that could keep a suppressed word, no statistics,
    no metadata of Arrow or pandas; so that what a search of the bytes sees is all that there is.

    Columns of `date32`, `string`, `int8` and `int64`. Raises Refusal for any other type, and for an empty value in a
    column that may hold none. Layout: github.com/apache/parquet-format, version 2.
    """
    schema = [_struct({4: _binary(b"schema"), 5: _i32(len(rows.schema))}), *map(_element, rows.schema)]
    content, columns = MAGIC, []
    for field, values in zip(rows.schema, rows.columns, strict=True):
        page = _page(field, values)
        columns.append(_column(field, rows.num_rows, len(content), len(page)))
        content += page
    group = _struct({1: _list(columns), 2: _i64(len(content) - len(MAGIC)), 3: _i64(rows.num_rows)})
    footer = {1: _i32(2), 2: _list(schema), 3: _i64(rows.num_rows), 4: _list([group]), 6: _binary(CREATED_BY)}
    told = _struct(footer)[1]
    return content + told + struct.pack("<I", len(told)) + MAGIC


def _element(field: pa.Field) -> _Thrift:
    """A column in the schema: its stored type, whether it may be empty, its name, and what the type means."""
    stored, meaning = _types(field)
    repetition = _OPTIONAL if field.nullable else _REQUIRED
    return _struct({1: _i32(stored), 3: _i32(repetition), 4: _binary(field.name.encode()), **meaning})


def _types(field: pa.Field) -> tuple[int, dict[int, _Thrift]]:
    """The stored type, and the converted and the logical type."""
    if field.type == pa.int64():
        return 2, {}
    if field.type == pa.int8():
        return 1, {6: _i32(15), 10: _struct({10: _struct({1: (_BYTE, b"\x08"), 2: _TRUE})})}
    if field.type == pa.date32():
        return 1, {6: _i32(6), 10: _struct({6: _struct({})})}
    if field.type == pa.string():
        return 6, {6: _i32(0), 10: _struct({1: _struct({})})}
    raise Refusal("release", Reason.OUTSIDE_VOCABULARY, "a column has a type that is never published; mend its table")


def _column(field: pa.Field, number: int, offset: int, size: int) -> _Thrift:
    """A column of the row group: where its one page begins and how long it is."""
    about = {
        1: _i32(_types(field)[0]),
        2: _list([_i32(_PLAIN), _i32(_RLE)]),
        3: _list([_binary(field.name.encode())]),
        4: _i32(_UNCOMPRESSED),
        5: _i64(number),
        6: _i64(size),
        7: _i64(size),
        9: _i64(offset),
    }
    return _struct({2: _i64(0), 3: _struct(about)})


def _page(field: pa.Field, values: pa.ChunkedArray) -> bytes:
    """A column's page with its header."""
    if values.null_count and not field.nullable:
        raise Refusal("release", Reason.OUTSIDE_VOCABULARY, "a column lacks a value that it must have; mend its table")
    data = (_presence(values) if field.nullable else b"") + _plain(field, values.drop_null())
    numbers = {1: _i32(len(values)), 2: _i32(_PLAIN), 3: _i32(_RLE), 4: _i32(_RLE)}
    header = {1: _i32(_DATA_PAGE), 2: _i32(len(data)), 3: _i32(len(data)), 5: _struct(numbers)}
    return _struct(header)[1] + data


def _presence(values: pa.ChunkedArray) -> bytes:
    """Which rows have a value, a bit each in one run: as many bytes for as many rows, whichever are empty."""
    bits = np.packbits(values.is_valid().to_numpy(), bitorder="little").tobytes()
    run = _varint(len(bits) << 1 | 1) + bits
    return struct.pack("<I", len(run)) + run


def _plain(field: pa.Field, values: pa.ChunkedArray) -> bytes:
    if field.type == pa.string():
        words = [str(word).encode() for word in values.to_pylist()]
        return b"".join(struct.pack("<I", len(word)) + word for word in words)
    whole = values.cast(pa.int32()) if field.type != pa.int64() else values
    return bytes(whole.to_numpy().astype("<i8" if field.type == pa.int64() else "<i4").tobytes())


def _struct(fields: dict[int, _Thrift]) -> _Thrift:
    """Fields in ascending order, no two of them further apart than the 15 that a short header can say."""
    told, before = b"", 0
    for place, (kind, content) in fields.items():
        told += bytes([(place - before) << 4 | kind]) + content
        before = place
    return _STRUCT, told + b"\0"


def _list(items: list[_Thrift]) -> _Thrift:
    """A list of at least one item, all of one type."""
    kind, size = items[0][0], len(items)
    header = bytes([size << 4 | kind]) if size < 15 else bytes([0xF0 | kind]) + _varint(size)
    return _LIST, header + b"".join(content for _, content in items)


def _i32(number: int) -> _Thrift:
    return _I32, _varint(number << 1)


def _i64(number: int) -> _Thrift:
    return _I64, _varint(number << 1)


def _binary(content: bytes) -> _Thrift:
    return _BINARY, _varint(len(content)) + content


def _varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first; of a number that is not negative."""
    told = b""
    while number >= 0x80:
        told, number = told + bytes([number & 0x7F | 0x80]), number >> 7
    return told + bytes([number])
