"""What a text says once one escape is taken off, in place: percent, entities, backslashes, quoted-printable and more.

One round of one escape each. Tokens packed as a whole (base64, hex) belong to `packed_tokens`, letters that were read as
another code page to `code_pages`, rounds to `written_forms`.
"""

import binascii
import html
import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from anonymizers.searching.bytes_as_text import best_text

_PERCENT = re.compile(r"(?:%[0-9a-fA-F]{2})+")
_PERCENT_U = re.compile(r"(?:%u[0-9a-fA-F]{4})+")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});?")
_BACKSLASHED = re.compile(
    r"(?P<bytes>(?:\\x[0-9a-fA-F]{2}|\\[0-3][0-7]{2})+)|(?P<units>(?:\\u[0-9a-fA-F]{4})+)"
    r"|\\(?:U|u\{|x\{|N\{U\+)(?P<point>[0-9a-fA-F]{1,8})\}?|\\(?P<sign>.)",
    re.DOTALL,
)
"""From left to right, so that an escaped backslash is one, and what follows it no escape of this round."""
_ONE_BYTE = re.compile(r"\\x([0-9a-fA-F]{2})|\\([0-3][0-7]{2})")
_ESCAPES = {"n": "\n", "r": "\r", "t": " ", "f": " ", "b": "", "0": "\x00"}
_QUOTED = re.compile(r"(?:=[0-9a-fA-F]{2})+")
_SOFT_BREAK = re.compile(r"=[ \t]*\r?\n")
_MAIL_WORD = re.compile(r"=\?([\w-]{2,20})(?:\*[\w-]{0,20})?\?([bBqQ])\?([^?\s]{0,1024})\?=")
_BETWEEN_WORDS = re.compile(r"(\?=)\s+(=\?)")
_PUNYCODE = re.compile(r"xn--([a-z0-9-]{1,255})", re.IGNORECASE)
"""Longer than a label may be, and short enough: the work of that code grows with the square of its length."""
_HALVES = re.compile("[\ud800-\udfff]")
"""Halves of a letter, which no text may hold and no search takes; punycode and UTF-7 can tell them."""
_WORDS_OF_NULS = re.compile("\x00?(?:[^\x00]\x00){3,}[^\x00]?")


def decoded(text: str) -> Iterator[str]:
    """Every text that differs from this one by one escape taken off everywhere."""
    for sign, take_off in _ESCAPES_BY_SIGN:
        if sign in text:
            yield take_off(text)
    if "xn--" in text.lower():
        yield _PUNYCODE.sub(_from_punycode, text)


def _from_percent(text: str) -> str:
    text = _PERCENT_U.sub(lambda run: _units(run.group(), "%u"), text)
    return _PERCENT.sub(lambda run: best_text(bytes.fromhex(run.group().replace("%", ""))), text)


def _from_entities(text: str) -> str:
    return _ENTITY.sub(lambda entity: _meaning(entity.group()), text)


_meaning = lru_cache(maxsize=1 << 12)(html.unescape)
"""Of an entity, or of a parameter's name behind its ampersand: a site has few, and they stand in every address."""


def _from_backslashes(text: str) -> str:
    return _BACKSLASHED.sub(_meant, text)


def _meant(escape: re.Match[str]) -> str:
    if run := escape["bytes"]:
        return best_text(bytes(_byte(*one.groups()) for one in _ONE_BYTE.finditer(run)))
    if escape["units"]:
        return _units(escape["units"], "\\u")
    if escape["point"]:
        return _character(int(escape["point"], 16))
    return _ESCAPES.get(escape["sign"], escape["sign"])


def _from_quoted_printable(text: str) -> str:
    return _QUOTED.sub(lambda run: best_text(bytes.fromhex(run.group().replace("=", ""))), _SOFT_BREAK.sub("", text))


def _from_mail_words(text: str) -> str:
    def said(word: re.Match[str]) -> str:
        charset, way, content = word.groups()
        try:
            if way in "bB":
                return _whole(binascii.a2b_base64(content + "===").decode(charset))
            return _whole(binascii.a2b_qp(content, header=True).decode(charset))
        except (ValueError, LookupError, OverflowError):
            return word.group()

    return _MAIL_WORD.sub(said, _BETWEEN_WORDS.sub(r"\1\2", text))


def words_between_nuls(text: str) -> Iterator[str]:
    """The words of a text whose letters are parted by NUL, as UTF-16 read letter by letter is."""
    if "\x00" in text:
        for run in _WORDS_OF_NULS.findall(text):
            yield run.replace("\x00", "")


def _from_punycode(found: re.Match[str]) -> str:
    try:
        return _whole(found.group(1).lower().encode("ascii").decode("punycode"))
    except (UnicodeError, ValueError, OverflowError):
        return found.group()


def _whole(text: str) -> str:
    return text if text.isascii() else _HALVES.sub("\x00", text)


def _units(run: str, prefix: str) -> str:
    return bytes.fromhex(run.replace(prefix, "")).decode("utf-16-be", errors="replace")


def _byte(hexadecimal: str | None, octal: str | None) -> int:
    return int(hexadecimal, 16) if hexadecimal else int(octal or "0", 8)


def _character(code: int) -> str:
    return chr(code) if code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else "\x00"


_ESCAPES_BY_SIGN: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("%", _from_percent),
    ("&", _from_entities),
    ("\\", _from_backslashes),
    ("=", _from_quoted_printable),
    ("=?", _from_mail_words),
)
