"""Everything that stands in a file's bytes, as text: its name, its raw bytes, and what is packed in it, however deep.

What a text says is not asked here (`written_forms`), nor how a container is opened (`unpacking`, `parquet_pages`).
"""

import sqlite3
from collections.abc import Iterator

from anonymizers.refusal import Reason, Refusal
from anonymizers.searching.bytes_as_text import read_as_text
from anonymizers.searching.parquet_pages import PART, accounted, binary_cells, cells
from anonymizers.searching.unpacking import STREAMS, streams_inside, unpacker

DEEPEST = 6
"""Containers in containers."""
_PIECE, _OVERLAP = 1 << 20, 1 << 12
_SQLITE, _PARQUET = b"SQLite format 3\x00", b"PAR1"
_ROWS_AT_ONCE = 2000
_ACCOUNTED = (*STREAMS, "Parquet")
"""Kinds of which every byte was told once they were opened to the end: their raw bytes read as text would be noise."""


def texts(name: str, content: bytes) -> Iterator[tuple[str, str]]:
    """Every text of a file, with the place where it stands: the file's name, then the way into its containers.

    Texts come in pieces of about a million characters that overlap by four thousand. A container is known by its first
    bytes or by its name's end. What can be read is told first; then, if a container could not be opened to its end, it
    raises Refusal, so that nothing is passed over in silence. The sentence names the file and the count, nothing inside.
    """
    yield name, name
    unread: list[str] = []
    yield from _inside(name, name, content, 0, unread)
    if unread:
        kinds = ", ".join(sorted(set(unread)))
        sentence = f"{name} holds {len(unread)} container(s) that cannot be opened ({kinds}); remove or mend the file"
        raise Refusal("leak_scan", Reason.STORE, sentence)


def _inside(place: str, name: str, content: bytes, depth: int, unread: list[str]) -> Iterator[tuple[str, str]]:
    kind, inside = _container(place, name, content, depth, unread)
    failures = len(unread)
    if kind and depth < DEEPEST:
        yield from _told(kind, inside, unread)
    elif kind:
        unread.append("too deep")
    if kind not in _ACCOUNTED or len(unread) > failures:
        yield from _raw(place, content)


def _container(
    place: str, name: str, content: bytes, depth: int, unread: list[str]
) -> tuple[str, Iterator[tuple[str, str]]]:
    if content.startswith(_SQLITE):
        return "SQLite", _rows(f"{place} rows", content, depth, unread)
    if content.startswith(_PARQUET) or name.lower().endswith(".parquet"):
        return "Parquet", _parquet(place, content, depth, unread)
    known = unpacker(name, content)
    if known is None:
        return "", iter(())
    kind, unpack = known
    return kind, _members(place, kind, unpack(content), depth, unread)


def _raw(place: str, content: bytes) -> Iterator[tuple[str, str]]:
    for piece in _pieces(content):
        for text in read_as_text(piece):
            yield place, text
    for held in streams_inside(content):
        for piece in _pieces(held):
            for text in read_as_text(piece):
                yield f"{place} inside", text


def _told(kind: str, found: Iterator[tuple[str, str]], unread: list[str]) -> Iterator[tuple[str, str]]:
    """What can be read of a container; that it ended early is noted."""
    try:
        yield from found
    except Exception:  # whatever is wrong with it, it was not read to its end, and its message may show what it holds
        unread.append(kind)


def _members(
    place: str, kind: str, members: Iterator[tuple[str, bytes]], depth: int, unread: list[str]
) -> Iterator[tuple[str, str]]:
    for member, content in members:
        yield from _inside(f"{place} {kind} {member}", "", content, depth + 1, unread)


def _parquet(place: str, content: bytes, depth: int, unread: list[str]) -> Iterator[tuple[str, str]]:
    for piece in accounted(content):
        yield from _raw(f"{place} page", piece)
    for text in cells(content):
        yield f"{place} cells", text
    for cell in binary_cells(content):
        if _holds_more(cell):
            yield from _inside(f"{place} cell", "", cell, depth + 1, unread)


def _rows(place: str, content: bytes, depth: int, unread: list[str]) -> Iterator[tuple[str, str]]:
    """Every cell of every table: the raw bytes tear a long one apart, over pages that need not follow each other."""
    database = sqlite3.connect(":memory:")
    try:
        # A database that was left with a write-ahead log opens in memory only as one without.
        database.deserialize(content[:18] + b"\x01\x01" + content[20:])
        database.text_factory = bytes
        tables = [row[0].decode() for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            quoted = table.replace('"', '""')
            rows = database.execute(f'SELECT * FROM "{quoted}"')
            while some := rows.fetchmany(_ROWS_AT_ONCE):
                yield from _cells_of(place, some, depth, unread)
    finally:
        database.close()


def _cells_of(place: str, rows: list[tuple[object, ...]], depth: int, unread: list[str]) -> Iterator[tuple[str, str]]:
    cells = dict.fromkeys(cell for row in rows for cell in row if cell is not None)
    plain: list[bytes] = []
    for cell in cells:
        content = cell if isinstance(cell, bytes) else str(cell).encode()
        if _holds_more(content):
            yield from _inside(f"{place} cell", "", content, depth + 1, unread)
        else:
            plain.append(content)
    yield from _raw(place, PART.join(plain))


def _holds_more(cell: bytes) -> bool:
    return unpacker("", cell) is not None or cell.startswith((_SQLITE, _PARQUET))


def _pieces(content: bytes) -> Iterator[bytes]:
    """The bytes in overlapping pieces that begin and end between letters of UTF-8."""
    for start in range(0, max(1, len(content) - _OVERLAP), _PIECE):
        end = start + _PIECE + _OVERLAP
        while 0 < start < len(content) and content[start] & 0xC0 == 0x80:
            start += 1
        while end < len(content) and content[end] & 0xC0 == 0x80:
            end -= 1
        yield content[start:end]
