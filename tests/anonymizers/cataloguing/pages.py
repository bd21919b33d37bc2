"""A page taken apart: its tables, its marked numbers, its words, its links. What a reader sees, and what a browser would ask."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

NO_BREAK = str.maketrans({"\u00a0": " ", "\u2060": None})


@dataclass
class Shown:
    """One table behind a figure: its cells by the key of their row."""

    release: str
    table: str
    derived: bool
    rows: dict[str, list[int | None]] = field(default_factory=dict)


class Page(HTMLParser):
    """A page as it stands in its file, before any script has run."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.tables: list[Shown] = []
        self.marked: list[tuple[dict[str, str | None], str]] = []
        """Attributes and text of each `data` element."""
        self.texts: list[str] = []
        """All text outside drawings, tables, style and script."""
        self.links: list[str] = []
        self.asked: list[tuple[str, str]] = []
        """Elements and attributes by which a browser loads something."""
        self.attributes: set[str] = set()
        self.style = self.script = self.policy = self.block = ""
        self._open: list[tuple[str, dict[str, str | None]]] = [("", {})]
        self._key: str | None = None
        self._in: list[str] = []
        self.feed(content.decode())
        self.close()

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        self.attributes |= set(told)
        if tag in ("script", "style", "svg", "table"):
            self._in.append(tag)
        if tag == "table" and "data-table" in told:
            self.tables.append(Shown(told["data-release"], told["data-table"], "data-derived" in told))
        if tag == "tr":
            self._key = told.get("data-key")
            if self._key is not None:
                self.tables[-1].rows[self._key] = []
        if tag == "td" and self._key is not None:
            self.tables[-1].rows[self._key] += [None, None, None]
        if tag == "data":
            self.marked.append((told, ""))
        if tag == "a":
            self.links.append(told["href"])
        elif tag in ("img", "iframe", "object", "embed", "video", "audio", "source", "use", "image", "base"):
            self.asked.append((tag, ""))
        elif told.get("src") or (tag == "link" and told["rel"] != "alternate"):
            self.asked.append((tag, told.get("src") or told.get("href") or ""))
        if tag == "meta" and told.get("http-equiv") == "Content-Security-Policy":
            self.policy = told["content"]
        self._open.append((tag, told))

    def handle_startendtag(self, tag, attrs):
        self.attributes |= {name for name, _ in attrs}

    def handle_endtag(self, tag):
        if self._in and tag == self._in[-1]:
            self._in.pop()
        if tag == "table":
            self._key = None

    def handle_data(self, data):
        tag, told = self._open[-1]
        plain = data.translate(NO_BREAK)
        if "script" in self._in:
            if told.get("type") == "application/ld+json":
                self.block += data
            else:
                self.script += data
        elif "style" in self._in:
            self.style += data
        elif "table" in self._in:
            if tag == "td" and self._key is not None and plain.strip():
                self.tables[-1].rows[self._key][-3] = number(plain)
            if tag == "small" and self._key is not None and plain.strip():
                self.tables[-1].rows[self._key][-2:] = map(number, plain.split("–"))
        elif "svg" not in self._in:
            if tag == "data" and self.marked[-1][1] == "":
                self.marked[-1] = (self.marked[-1][0], plain)
            self.texts.append(plain)


def number(text: str) -> int:
    """A whole number as a page writes it, in either language."""
    return int(text.translate(NO_BREAK).replace(",", "").replace(" ", "").replace("−", "-"))
