"""What stands in a Parquet file's pages, decompressed: dictionaries too, with the words that no row uses any more (LEAKS 11).

Bytes and cells of Parquet only; what else may be packed in a file belongs to `opened`.
"""

import struct
import zlib
from collections.abc import Iterator
from typing import Literal

import pyarrow as pa
import pyarrow.parquet as pq

_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = 1, 2, 3, 7, 8, 9, 10, 11, 12
_UNCOMPRESSED_SIZE, _COMPRESSED_SIZE, _DICTIONARY_HEADER, _DATA_HEADER_V2 = 2, 3, 7, 8
_DEFINITION_LENGTH, _REPETITION_LENGTH, _IS_COMPRESSED = 5, 6, 7
_NUMBERS = {"INT64": "<q", "INT32": "<i", "DOUBLE": "<d", "FLOAT": "<f"}
PART = b"\x1f"
"""Stands between what is told together; no word goes across it."""
_CODECS: dict[str, Literal["snappy", "brotli", "zstd", "lz4_raw"]] = {
    "SNAPPY": "snappy",
    "BROTLI": "brotli",
    "ZSTD": "zstd",
    "LZ4_RAW": "lz4_raw",
    "LZ4": "lz4_raw",
}
_ROWS = 10_000
_DEEPEST = 16

Fields = dict[int, object]


def accounted(content: bytes) -> Iterator[bytes]:
    """All that a Parquet file says, every byte of it accounted for: its pages decompressed, in the file's order; each
    string in the headers and the footer; and as they are, the bytes that no page and no footer claims.

    Numbers of headers and footer are left out but for the bounds of columns: sizes and places, which read as text would be
    words of nobody. Raises ValueError or IndexError when a page cannot be walked or its codec is unknown.
    """
    footer_at = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    if content[-4:] != b"PAR1" or footer_at < 4:
        raise ValueError("no footer that can be read")
    told, footer_end = read_struct(content, footer_at)
    yield PART.join(_strings(told))
    claimed = [(0, 4), (footer_at, footer_end), (len(content) - 8, len(content))]
    footer = pq.read_metadata(pa.BufferReader(content))
    for group in range(footer.num_row_groups):
        for column in range(footer.num_columns):
            chunk = footer.row_group(group).column(column)
            places = (chunk.data_page_offset, chunk.dictionary_page_offset if chunk.has_dictionary_page else None)
            start = min(place for place in places if place)  # of no rows there is a dictionary and no data page
            claimed.append((start, start + chunk.total_compressed_size))
            for header, page in _pages_of(content, *claimed[-1], chunk.compression):
                yield PART.join((*_strings(header), *_bounds_of_page(header, chunk.physical_type)))
                yield _said_by(page, chunk.physical_type, _DICTIONARY_HEADER in header)
            yield PART.join(_bounds(chunk))
    end = 0
    for first, last in sorted(claimed):
        yield content[end:first]
        end = max(end, last)


def _bounds(chunk: pq.ColumnChunkMetaData) -> Iterator[bytes]:
    """The smallest and largest number of a column as the footer states them: no cell needs to hold them."""
    stated = chunk.statistics
    if chunk.physical_type in _NUMBERS and stated is not None and stated.has_min_max:
        yield from (_as_text(bound).encode() for bound in (stated.min, stated.max))


def _bounds_of_page(header: Fields, physical_type: str) -> Iterator[bytes]:
    """The same of one page: of all that its header says, these alone are written as bytes."""
    width = _NUMBERS.get(physical_type)
    for stated in _strings(header):
        if width and len(stated) == struct.calcsize(width):
            yield str(*struct.unpack(width, stated)).encode()


def _strings(told: object) -> Iterator[bytes]:
    if isinstance(told, bytes):
        yield told
    for inner in told.values() if isinstance(told, dict) else told if isinstance(told, list) else ():
        yield from _strings(inner)


def cells(content: bytes) -> Iterator[str]:
    """Every cell as text, a batch of one column at a time, parted by `PART`: what encodings like delta take apart."""
    for batch in pq.ParquetFile(pa.BufferReader(content)).iter_batches(_ROWS):
        for column in batch.columns:
            yield PART.decode().join(dict.fromkeys(_as_text(cell) for cell in column.to_pylist() if cell is not None))


def binary_cells(content: bytes) -> Iterator[bytes]:
    """Every different cell of the columns of bytes: each may be a container."""
    parquet = pq.ParquetFile(pa.BufferReader(content))
    columns = [field.name for field in parquet.schema_arrow if pa.types.is_binary(field.type)]
    for batch in parquet.iter_batches(_ROWS, columns=columns) if columns else ():
        for column in batch.columns:
            yield from dict.fromkeys(cell for cell in column.to_pylist() if cell is not None)


def _as_text(cell: object) -> str:
    if isinstance(cell, bytes):
        return cell.decode("utf-8", errors="replace")
    return cell if isinstance(cell, str) else str(cell)


def _pages_of(content: bytes, start: int, end: int, codec: str) -> Iterator[tuple[Fields, bytes]]:
    while start < end:
        header, body = read_struct(content, start)
        packed, size = _number(header, _COMPRESSED_SIZE), _number(header, _UNCOMPRESSED_SIZE)
        if packed < 0 or body + packed > len(content):
            raise ValueError("a page goes beyond the file")
        yield header, _decompressed(content[body : body + packed], size, codec, header)
        start = body + packed


def _said_by(page: bytes, physical_type: str, dictionary: bool) -> bytes:
    """A page of strings as it is; of numbers, which read as text would be words of nobody, a dictionary's numbers: those of data
    pages are told by `cells`."""
    if physical_type in ("BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY"):
        return page
    width = _NUMBERS.get(physical_type)
    if not dictionary or width is None:
        return b""
    return PART.join(str(number).encode() for (number,) in struct.iter_unpack(width, page))


def _decompressed(page: bytes, size: int, codec: str, header: Fields) -> bytes:
    levels, second = 0, header.get(_DATA_HEADER_V2)
    if isinstance(second, dict):
        levels = _number(second, _DEFINITION_LENGTH) + _number(second, _REPETITION_LENGTH)
        if second.get(_IS_COMPRESSED) is False:
            return page
    if codec == "UNCOMPRESSED" or len(page) == levels:
        return page
    if codec == "GZIP":
        return page[:levels] + zlib.decompress(page[levels:], wbits=47)
    if codec not in _CODECS:
        raise ValueError("a page has a codec that is not known")
    with_levels: bytes = page[:levels] + pa.Codec(_CODECS[codec]).decompress(page[levels:], size - levels, asbytes=True)
    return with_levels


def _number(fields: Fields, field: int) -> int:
    value = fields.get(field, 0)
    if not isinstance(value, int):
        raise ValueError("a page header has another form")
    return value


def read_struct(content: bytes, place: int, depth: int = 0) -> tuple[Fields, int]:
    """A struct in Thrift's compact protocol: field number -> number, truth, bytes, list or struct; and where it ends."""
    fields: Fields = {}
    last = 0
    while True:
        head = content[place]
        place += 1
        if head == 0:
            return fields, place
        if head >> 4:
            last += head >> 4
        else:
            number, place = _zigzag(content, place)
            last = number
        fields[last], place = _read(content, place, head & 15, depth, in_struct=True)


def _read(content: bytes, place: int, kind: int, depth: int, in_struct: bool) -> tuple[object, int]:
    if depth > _DEEPEST:
        raise ValueError("a page header is nested too deep")
    if kind in (_TRUE, _FALSE):
        return (kind == _TRUE, place) if in_struct else (content[place] == _TRUE, place + 1)
    if kind == _BYTE:
        return content[place], place + 1
    if kind in (4, 5, 6):
        return _zigzag(content, place)
    if kind == _DOUBLE:
        return None, place + 8
    if kind == _BINARY:
        length, place = _varint(content, place)
        return content[place : place + length], place + length
    if kind in (_LIST, _SET):
        return _read_list(content, place, depth)
    if kind == _STRUCT:
        return read_struct(content, place, depth + 1)
    raise ValueError("a page header has another form")


def _read_list(content: bytes, place: int, depth: int) -> tuple[list[object], int]:
    head = content[place]
    place += 1
    length = head >> 4
    if length == 15:
        length, place = _varint(content, place)
    items = []
    for _ in range(length):
        item, place = _read(content, place, head & 15, depth + 1, in_struct=False)
        items.append(item)
    return items, place


def _varint(content: bytes, place: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = content[place]
        place += 1
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return number, place


def _zigzag(content: bytes, place: int) -> tuple[int, int]:
    number, place = _varint(content, place)
    return (number >> 1) ^ -(number & 1), place
