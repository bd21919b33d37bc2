"""The texts of a web page, one by one: what it shows, the values of its attributes, its comments, its style.

Names of elements and attributes are texts too. What a text means for a person is asked in `outside_scan`.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

_BEGINNING = re.compile(rb"\s*<!doctype html", re.IGNORECASE)
_GROUPED = re.compile("(?<=\\d)[\u00a0\u202f](?=\\d{3})")
_BETWEEN = re.compile("(?<=\\d)[\u00a0\u202f ]?[(\u2013\u2060][\u2013\u2060]*(?=\\d)")
_DRAWN = re.compile(r"(?:(?:[MLHVACQST]|translate\(|rotate\(|scale\()?\s*-?[\d.]++[\s,)]*|Z)++", re.IGNORECASE)
"""The points of an SVG path, a move, a colour's numbers: letters stand before numbers alone."""
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def is_web_page(content: bytes) -> bool:
    """Whether a file is a web page by its first bytes."""
    return _BEGINNING.match(content) is not None


def texts_of_page(content: bytes) -> Iterator[str]:
    """Every text of a page, unescaped. An estimate with its interval and the points of a drawing are numbers beside each
    other, and no long number: they are told apart by commas. Raises UnicodeDecodeError."""
    reader = _Reader()
    reader.feed(content.decode("utf-8"))
    reader.close()
    yield from dict.fromkeys(map(_numbers_apart, reader.told))


def _numbers_apart(text: str) -> str:
    if _DRAWN.fullmatch(text):
        return ",".join(_NUMBER.findall(text))
    return _BETWEEN.sub(", ", _GROUPED.sub("", text))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.told: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.told.append(tag)
        for name, value in attrs:
            self.told += [name, value or ""]

    def handle_endtag(self, tag: str) -> None:
        self.told.append(tag)

    def handle_data(self, data: str) -> None:
        self.told.append(data)

    def handle_comment(self, data: str) -> None:
        self.told.append(data)

    def handle_decl(self, decl: str) -> None:
        self.told.append(decl)

    def handle_pi(self, data: str) -> None:
        self.told.append(data)

    def unknown_decl(self, data: str) -> None:
        self.told.append(data)
