"""Bytes read as text, in every way that finds a word in them: UTF-8, UTF-16 of both ends, Latin-1.

Bytes only. What is packed in a file belongs to `opened`; what a text hides behind an encoding, to `decoders`.
"""

import re
from collections.abc import Iterator

_UTF16 = (
    ("utf-16-le", re.compile(rb"(?:[\x09\x0a\x0d\x20-\xff][\x00\x01\x04]|[\x00-\xff][\x20\x21\x1e]){4,}")),
    ("utf-16-be", re.compile(rb"(?:[\x00\x01\x04][\x09\x0a\x0d\x20-\xff]|[\x20\x21\x1e][\x00-\xff]){4,}")),
)
"""Runs of two-byte letters of Europe, wherever they begin: they stand at odd places in a database's pages."""
_HAS_WIDE = re.compile(rb"(?:[\x09\x0a\x0d\x20-\xff]\x00){2}|(?:\x00[\x09\x0a\x0d\x20-\xff]){2}")
_BROKEN = re.compile("[\ufffd]+")


def read_as_text(content: bytes) -> Iterator[str]:
    """Every text that the bytes may be: UTF-8 (what is not, parts words); Latin-1 where they are not UTF-8; UTF-16.

    Texts of one-byte code pages other than Latin-1 come from the Latin-1 reading, by `decoders`.
    """
    try:
        yield content.decode("utf-8")
    except UnicodeDecodeError:
        yield _BROKEN.sub("\x1f", content.decode("utf-8", errors="replace"))
        yield content.decode("latin-1")
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        yield content.decode("utf-16", errors="replace")
    if _HAS_WIDE.search(content):
        for codec, runs in _UTF16:
            found = [run.group().decode(codec, errors="replace") for run in runs.finditer(content)]
            if found:
                yield "\x1f".join(found)


def best_text(content: bytes) -> str:
    """The likeliest text of a few bytes: UTF-8, else Latin-1."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("latin-1")
