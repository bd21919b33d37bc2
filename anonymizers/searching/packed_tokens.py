"""Tokens that are packed as a whole, base64, base32 and hexadecimal, and what text they hold.

Escapes inside a text belong to `decoders`. A token that holds no text gives nothing.
"""

import binascii
import re
import zlib
from base64 import b32decode
from collections.abc import Iterator
from functools import lru_cache

from anonymizers.searching.bytes_as_text import read_as_text

_SHORTEST = 8
"""A token of seven characters holds five bytes, and no value under six characters is sought."""
_TOKEN = re.compile(rf"[A-Za-z0-9+/_-]{{{_SHORTEST},}}")
_LINE = r"(?<![A-Za-z0-9+/_-])(?=[0-9+/_-]*[A-Za-z])[A-Za-z0-9+/_-]{4,}+"
_BROKEN = re.compile(rf"(?:{_LINE}[ \t]*(?:\r?\n|\\r?\\?n)[ \t]*)+[A-Za-z0-9+/_-]++")
"""Lines with a letter in each but the last: a table's line that ends in a number is none."""
_LINE_END = re.compile(r"[ \t]*(?:\r?\n|\\r?\\?n)[ \t]*")
_SPACED_HEX = re.compile(
    r"[0-9a-fA-F](?<![0-9a-fA-F].)[0-9a-fA-F][ :.-]{1,2}(?:(?:0x)?[0-9a-fA-F]{2}[ :.-]{1,2}){4,}(?:0x)?[0-9a-fA-F]{2}"
    r"(?![0-9a-fA-F])"
)
"""No comma: numbers of a table are no letters. It begins with a digit, for which `re` looks fast; what stands before, then."""
_FEWEST_HEX_DIGITS = 12
_HEX = re.compile(rf"[0-9a-fA-F]{{{_FEWEST_HEX_DIGITS},}}")
_A_LETTER = re.compile("[A-Za-z]")
_BASE32 = re.compile(r"[A-Z2-7]{10,}|[a-z2-7]{10,}")
_READABLE = re.compile("[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd]{5,}")
_ONE_BYTE_TEXT = re.compile(rb"[\x20-\x7e\t\r\n\x8a\x8e\x9a\x9e\xa8\xb4\xb8\xc0-\xff]{5,}")
_WIDE = re.compile(rb"(?:[\x20-\xff][\x00\x01]){4,}|(?:[\x00\x01][\x20-\xff]){4,}")
_HIGH_HALVES, _FEWEST_HIGH_HALVES = b"\x00\x01", 4
"""Of letters of two bytes; random bytes seldom have so many, and need not be looked through."""
_MOST_TIMES = 64
"""As much may a token grow that is compressed: text grows about ten times, a bomb a thousand times."""
_MOST_KEPT = 1 << 12


def unpacked(text: str) -> Iterator[str]:
    """Every text that a token of `text` holds, each distinct token opened once."""
    tokens = set(_TOKEN.findall(text))
    if "\n" in text or "\\n" in text:
        for run in _BROKEN.findall(text):
            tokens.update(_joined(run))
    tokens.update(re.sub(r"0x|[^0-9a-fA-F]", "", run) for run in _SPACED_HEX.findall(text))
    for token in tokens:
        if _A_LETTER.search(token) or len(token) >= _FEWEST_HEX_DIGITS:
            yield from _held(token) if len(token) <= _MOST_KEPT else _opened(token)


def _joined(run: str) -> Iterator[str]:
    """The pieces of a token that was broken by line ends, put together again, beginning at each of the first lines."""
    lines = _LINE_END.split(run)
    for start in range(min(len(lines), 3)):
        yield "".join(lines[start:])


@lru_cache(maxsize=1 << 16)
def _held(token: str) -> tuple[str, ...]:
    return _opened(token)


def _opened(token: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for content in _bytes_of(token) for text in _texts(content)))


def _bytes_of(token: str) -> Iterator[bytes]:
    standard = token.replace("-", "+").replace("_", "/")
    for start in range(
        4 if _A_LETTER.search(token) else 0
    ):  # a parameter's name or a broken line may stand before it, so that groups of four shift
        yield _from_base64(standard[start:])
    for run in _HEX.findall(token):
        for start in range(2):
            digits = run[start:]
            yield bytes.fromhex(digits[: len(digits) // 2 * 2])
    for run in _BASE32.findall(token):
        yield _from_base32(run.upper())


def _from_base64(token: str) -> bytes:
    whole = token[: len(token) - 1] if len(token) % 4 == 1 else token
    return binascii.a2b_base64(whole + "=" * (-len(whole) % 4))


def _from_base32(token: str) -> bytes:
    whole = token
    while len(whole) % 8 in (1, 3, 6):
        whole = whole[:-1]
    return b32decode(whole + "=" * (-len(whole) % 8))


def _texts(content: bytes) -> Iterator[str]:
    """The runs of bytes that can be read, and what is compressed, if anything. The decoder is five times as fast as a pattern."""
    if content[:2] in (b"\x1f\x8b", b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda"):
        try:
            packed = zlib.decompressobj(wbits=47)
            yield from read_as_text(packed.decompress(content, _MOST_TIMES * len(content)))
        except zlib.error:
            pass
    yield from _READABLE.findall(content.decode("utf-8", errors="replace"))
    if _ONE_BYTE_TEXT.fullmatch(content):
        yield content.decode("latin-1")
    if len(content) - len(content.translate(None, _HIGH_HALVES)) < _FEWEST_HIGH_HALVES:
        return
    for run in _WIDE.findall(content):
        yield run.decode("utf-16-le" if run[1] < 2 else "utf-16-be", errors="replace")
