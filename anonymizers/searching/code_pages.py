"""What a text says if its bytes were read as the wrong code page: UTF-8 as Latin-1, windows-1257 as Latin-1, UTF-8 as UTF-16.

Letters only: escapes are plain ASCII and come off before, in `decoders`.
"""

import re
from collections.abc import Iterator

_WIDE = re.compile("[\u2020-\u7e7f]{3,}")


def read_otherwise(text: str) -> Iterator[str]:
    """The text as each other code page has it, where that differs; misread once or twice over."""
    if text.isascii():
        return
    if _WIDE.search(text):
        yield _WIDE.sub(_narrow, text)
    for letters, page in _MISREAD:
        once = _read_runs(text, letters, page)
        if once != text:
            yield once
            yield _read_runs(once, letters, page)
    for others, table in _OTHER_PAGES:
        if others.search(text):
            yield text.translate(table)


def _read_runs(text: str, letters: re.Pattern[str], page: dict[str, int]) -> str:
    return letters.sub(lambda run: _read_again(run.group(), page), text)


def _narrow(run: re.Match[str]) -> str:
    """UTF-8 letters that were read as UTF-16, two at a time."""
    for codec in ("utf-16-le", "utf-16-be"):
        pairs = run.group().encode(codec)
        if pairs.isascii() and pairs.decode("ascii").isprintable():
            return pairs.decode("ascii")
    return run.group()


def _high_half(codec: str) -> dict[str, int]:
    """Letter -> byte of the upper half of a one-byte code page; bytes that it leaves open stand for themselves."""
    page = {}
    for byte in range(0x80, 0x100):
        page[bytes([byte]).decode(codec, errors="ignore") or chr(byte)] = byte
    return page


def _misread(codec: str) -> tuple[re.Pattern[str], dict[str, int]]:
    page = _high_half(codec)
    lead = "".join(letter for letter, byte in page.items() if byte >= 0xC2)
    rest = "".join(letter for letter, byte in page.items() if byte < 0xC0)
    return re.compile(f"(?:[{re.escape(lead)}][{re.escape(rest)}]{{1,3}})+"), page


_MISREAD = tuple(_misread(codec) for codec in ("latin-1", "cp1252", "cp1257", "iso8859-15"))
"""UTF-8 that was read as a one-byte code page: the runs that look so, and the page."""


def _read_again(run: str, page: dict[str, int]) -> str:
    try:
        return bytes(page[letter] for letter in run).decode("utf-8")
    except UnicodeDecodeError:
        return run


def _other_page(codec: str) -> tuple[re.Pattern[str], dict[int, str]]:
    """Latin-1 letter -> the letter that its byte is in another code page of the Baltic or of Western Europe."""
    read = {byte: bytes([byte]).decode(codec, errors="ignore") for byte in range(0x80, 0x100)}
    table = {byte: letter for byte, letter in read.items() if letter and letter != chr(byte) and letter.isalpha()}
    return re.compile(f"[{''.join(map(chr, table))}]"), table


_OTHER_PAGES = tuple(_other_page(codec) for codec in ("cp1257", "cp1252", "iso8859-4", "iso8859-15"))
