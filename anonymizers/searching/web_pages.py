"""The texts of a web page, one by one: what it shows, the values of its attributes, its comments, its style.

Names of elements and attributes are texts too. What a text means for a person is asked in `outside_scan`.
"""

import re
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser

_BEGINNING = re.compile(rb"\s*<!doctype html", re.IGNORECASE)
_COUNT = "\\d{1,3}(?:[\u00a0,]\\d{3})*"
_ESTIMATE = re.compile(f"(?<![\\d\u00a0])(?:({_COUNT}) \\()?({_COUNT})\u2060\u2013\u2060({_COUNT})(?!\u00a0?\\d)")
"""As the catalogue writes an interval, and no other way: thousands in groups, a dash between two word joiners."""
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_DRAWN = re.compile(
    rf"(?:(?:[MLAhv]|translate\(){_NUMBER.pattern}(?:,{_NUMBER.pattern})*[Z)]?)+|0 0 \d{{2,3}} \d{{2,4}}"
)
"""The points of an SVG path, a move, the corners of a drawing. A comma parts them: a person's number has none."""
_END_TAG = re.compile(r"</[a-z][^\s>]*\s([^>]+)", re.IGNORECASE)
_WITHIN_A_TEXT = re.compile(
    "a|abbr|b|bdi|bdo|big|cite|code|data|del|dfn|em|font|i|ins|kbd|label|mark|nobr|q|s|samp|span|strike|strong|sub|sup"
    "|time|tspan|tt|u|var|wbr"
)
"""Elements that do not end the text that they stand in."""
_CELLS = frozenset(("td", "th", "small"))
"""Elements whose texts are told together as words alone: the catalogue writes an interval beside its number as `small`."""


def is_web_page(content: bytes) -> bool:
    """Whether a file is a web page by its first bytes."""
    return _BEGINNING.match(content) is not None


def texts_of_page(content: bytes) -> Iterator[str]:
    """Every text of a page, unescaped; where tags or comments part a text, also as a whole, and the words of a table's row.

    An estimate with its interval and the points of a drawing are numbers beside each other, and no long number: they are
    told apart by commas. Raises UnicodeDecodeError.
    """
    page, reader = content.decode("utf-8"), _Reader()
    reader.feed(page)
    reader.close()
    reader.end_row()
    dropped = (unescape(text) for text in (*_END_TAG.findall(page), reader.rawdata))
    yield from dict.fromkeys(map(_numbers_apart, (*reader.told, *dropped)))


def _numbers_apart(text: str) -> str:
    if _DRAWN.fullmatch(text):
        return ",".join(_NUMBER.findall(text))
    return _ESTIMATE.sub(lambda found: ", ".join(filter(None, found.groups())), text)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.told: list[str] = []
        self._text: list[str] = []
        self._row: list[str] = []
        self._tag_ended = False

    def end_row(self) -> None:
        """Tell what the cells since the last row say together, but for those with numbers: they are no long number."""
        self._end_text()
        self.told.append(", ".join(self._row))
        self._row.clear()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._meet(tag)
        if self._tag_ended:
            self._text.append(" ")
            self._tag_ended = False
        for name, value in attrs:
            self.told += [name, value or ""]

    def handle_endtag(self, tag: str) -> None:
        self._meet(tag)
        self._tag_ended = bool(self._text)

    def handle_data(self, data: str) -> None:
        self.told.append(data)
        self._text.append(data)
        self._tag_ended = False

    def _meet(self, tag: str) -> None:
        self.told.append(tag)
        if tag in _CELLS:
            self._end_text()
        elif tag == "br":
            self._text.append("\n")
        elif not _WITHIN_A_TEXT.fullmatch(tag):
            self.end_row()

    def _end_text(self) -> None:
        text = "".join(self._text)
        self.told.append(text)
        if text.strip() and not any(map(str.isdigit, text)):
            self._row.append(text.strip())
        self._text.clear()
        self._tag_ended = False

    def handle_comment(self, data: str) -> None:
        self.told.append(data)

    def handle_decl(self, decl: str) -> None:
        self.told.append(decl)

    def handle_pi(self, data: str) -> None:
        self.told.append(data)

    def unknown_decl(self, data: str) -> None:
        self.told.append(data)
