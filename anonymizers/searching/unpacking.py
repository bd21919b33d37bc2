"""Containers by their first bytes or their name's end: gzip, zlib, bz2, xz, zstd, lz4, zip, tar; and what is in them, as bytes.

Bytes to bytes. Databases and Parquet, whose cells are read one by one, belong to `opened`.
"""

import bz2
import io
import lzma
import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Literal

import pyarrow as pa

Unpack = Callable[[bytes], Iterator[tuple[str, bytes]]]
MOST_UNPACKED = 1 << 30
"""Bytes that one container may hold; a release has a few million, and a bomb ends here."""
_STEP = 1 << 20
_LONGEST_HEAD = 1 << 17
_STREAM = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")
_MOST_INSIDE = 1000
_LONGEST_INSIDE = 1 << 22
STREAMS = ("gzip", "zlib", "bz2", "xz")
"""Kinds whose raw bytes say nothing beside what they hold, once they were opened to the end."""


class Unreadable(ValueError):
    """A container that cannot be opened, or not to its end. Says nothing of what is in it."""


def unpacker(name: str, content: bytes) -> tuple[str, Unpack] | None:
    """The kind of container and how to open it; None for what is none. `name` counts where the bytes do not tell."""
    for kind, first, ends, unpack in _KINDS:
        if any(content.startswith(magic) for magic in first) or name.lower().endswith(ends):
            return kind, unpack
    if content[257:262] == b"ustar" or name.lower().endswith(".tar"):
        return "tar", _tar
    if len(content) > 6 and content[0] == 0x78 and int.from_bytes(content[:2], "big") % 31 == 0:
        return ("zlib", _zlib) if _begins_as_zlib(content) else None
    return None


def streams_inside(content: bytes) -> Iterator[bytes]:
    """What whole gzip and zlib streams hold that begin behind the first byte, as after a line of a log."""
    for found in islice(_STREAM.finditer(content, 1), _MOST_INSIDE):
        packed = zlib.decompressobj(wbits=47)
        try:
            whole = packed.decompress(content[found.start() : found.start() + _LONGEST_INSIDE], _LONGEST_INSIDE)
        except zlib.error:
            continue
        if packed.eof and whole:
            yield whole


def _begins_as_zlib(content: bytes) -> bool:
    try:
        return bool(zlib.decompressobj().decompress(content[:4096], 64))
    except zlib.error:
        return False


def _zlib(content: bytes, wbits: int = 15) -> Iterator[tuple[str, bytes]]:
    whole, left = bytearray(), content
    while left:
        packed = zlib.decompressobj(wbits)
        try:
            whole += packed.decompress(left, MOST_UNPACKED - len(whole) + 1)
        except zlib.error:
            raise Unreadable("zlib") from None
        if len(whole) > MOST_UNPACKED or not packed.eof:
            raise Unreadable("zlib")
        left = packed.unused_data.lstrip(b"\x00")
        if left and wbits == 15:
            yield "after it", left
            left = b""
    yield "content", bytes(whole)


def _gzip(content: bytes) -> Iterator[tuple[str, bytes]]:
    if content[3:4] > b"\x01":  # a name, a comment or more stands in its head
        yield "head", content[4:_LONGEST_HEAD]
    yield from _zlib(content, wbits=31)


def _bz2_or_xz(content: bytes) -> Iterator[tuple[str, bytes]]:
    whole, left = bytearray(), content
    while left:
        packed: bz2.BZ2Decompressor | lzma.LZMADecompressor
        packed = bz2.BZ2Decompressor() if left.startswith(b"BZh") else lzma.LZMADecompressor()
        try:
            whole += packed.decompress(left, MOST_UNPACKED - len(whole) + 1)
        except (OSError, lzma.LZMAError, EOFError):
            raise Unreadable("bz2 or xz") from None
        if len(whole) > MOST_UNPACKED or not packed.eof:
            raise Unreadable("bz2 or xz")
        left = packed.unused_data.lstrip(b"\x00")
    yield "content", bytes(whole)


def _by_arrow(codec: Literal["zstd", "lz4", "brotli"]) -> Unpack:
    def unpack(content: bytes) -> Iterator[tuple[str, bytes]]:
        whole = bytearray()
        try:
            with pa.CompressedInputStream(pa.BufferReader(content), codec) as stream:
                while piece := stream.read(_STEP):
                    whole += piece
                    if len(whole) > MOST_UNPACKED:
                        raise Unreadable(codec)
        except (OSError, pa.ArrowException):
            raise Unreadable(codec) from None
        yield "content", bytes(whole)

    return unpack


def _zip(content: bytes) -> Iterator[tuple[str, bytes]]:
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        members = archive.infolist()
        if sum(member.file_size for member in members) > MOST_UNPACKED:
            raise Unreadable("zip")
        for number, member in enumerate(members):
            yield f"member {number}", member.filename.encode(errors="replace") + b"\n" + member.comment
            yield f"member {number}", archive.read(member)
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError, RuntimeError, NotImplementedError, EOFError):
        raise Unreadable("zip") from None


def _tar(content: bytes) -> Iterator[tuple[str, bytes]]:
    try:
        with tarfile.TarFile(fileobj=io.BytesIO(content)) as archive:
            for number, member in enumerate(archive):
                yield f"member {number}", f"{member.name}\n{member.linkname}".encode(errors="replace")
                packed = archive.extractfile(member) if member.isfile() else None
                yield f"member {number}", packed.read() if packed else b""
    except (tarfile.TarError, OSError, EOFError, ValueError):
        raise Unreadable("tar") from None


def _closed(content: bytes) -> Iterator[tuple[str, bytes]]:
    yield from ()
    raise Unreadable("a kind of file that cannot be searched")


_KINDS: tuple[tuple[str, tuple[bytes, ...], tuple[str, ...], Unpack], ...] = (
    ("gzip", (b"\x1f\x8b",), (".gz", ".tgz"), _gzip),
    ("bz2", (b"BZh",), (".bz2",), _bz2_or_xz),
    ("xz", (b"\xfd7zXZ\x00", b"\x5d\x00\x00"), (".xz", ".lzma"), _bz2_or_xz),
    ("zstd", (b"\x28\xb5\x2f\xfd",), (".zst", ".zstd"), _by_arrow("zstd")),
    ("lz4", (b"\x04\x22\x4d\x18",), (".lz4",), _by_arrow("lz4")),
    ("brotli", (), (".br",), _by_arrow("brotli")),
    ("zip", (b"PK\x03\x04", b"PK\x05\x06"), (".zip", ".xlsx", ".whl"), _zip),
    (
        "closed",
        (
            *(b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", b"%PDF-", b"Obj\x01", b"ORC", b"age-encryption.org/"),
            *(b"\x1f\x9d", b"LZIP", b"\xff\x06\x00\x00sNaPpY", b"ARROW1\x00\x00"),
        ),
        (".z", ".lz", ".sz"),
        _closed,
    ),
)
