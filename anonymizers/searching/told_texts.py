"""Every different text in logs, databases and other files, once: of a database its cells, of JSON and pages their texts.

What is said again and again (an event store says most things a hundred times) is read once. What a text means for a
person is asked in `outside_scan`; how a file is opened, in `opened`.
"""

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from hashlib import sha256

from anonymizers.refusal import Refusal
from anonymizers.searching.opened import texts
from anonymizers.searching.unpacking import unpacker
from anonymizers.searching.web_pages import is_web_page, texts_of_page

_SQLITE = b"SQLite format 3\x00"
_DEFINITIONS = ("snapshots", "sqlite_master", "alembic_version")
"""Tables in which Dagster writes down the definitions before a row is read; and how SQLite's tables were made."""
_FEWEST_DIGITS = 9
NAME = (
    r"1[0-9]{9}(?:[0-9]{3}){0,2}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    r"|[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}"
)
"""What a machine names things by: a UUID, a digest, an instant as a number."""
_ONLY_A_NAME = re.compile(rf"\s*(?:{NAME})\s*", re.IGNORECASE)
_INSTANT = re.compile(
    r"(?<!\d)20\d\d-[01]\d-[0-3]\d[T ][0-2]\d:[0-5]\d:[0-6]\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?(?!\d)"
    r"|(?<![\w.])(?:\d{1,3}h)?(?:\d{1,3}m)?\d{1,4}(?:\.\d{1,3})?m?s(?!\w)"
    r"|(?<!\w)20\d\d-W[0-5]\d(?!\w)"
)
"""When something happened, and how long it took: on every line, never twice the same, and no value of a person."""


@dataclass
class ToldTexts:
    """What the files say; grows as they are read."""

    texts: dict[str, None] = field(default_factory=dict)
    """Each different text, in order."""
    names: set[str] = field(default_factory=set)
    """What looks like a machine's name, small, alone in a cell of a database or a field of JSON."""
    words: set[str] = field(default_factory=set)
    """Single words with underscores, alone in a cell or field: names that programs give, as of a column or a cookie."""
    numbers: set[str] = field(default_factory=set)
    """The digits, nine and more, of what is written as a number in a field of its own."""
    definitions: dict[str, None] = field(default_factory=dict)
    """Texts of the definitions alone: public, for they stand before any row is read."""
    digests: set[str] = field(default_factory=set)
    """SHA-256 of each file, by which others may call it."""
    files: int = 0
    unreadable: int = 0
    """Files that could not be opened to their end."""

    @classmethod
    def of(cls, files: Iterable[tuple[str, bytes | None]]) -> "ToldTexts":
        """What stands in the files (name, content; None where it cannot be read), one at a time."""
        told, seen = cls(), set[bytes]()
        for name, content in files:
            told.files += 1
            told._note(name, told.texts)
            if content is None:
                told.unreadable += 1
                continue
            told.digests.add(sha256(content).hexdigest())
            before = told.unreadable
            if not (content.startswith(_SQLITE) and told._read_database(content, seen)):
                told._read(name, content, told.texts)
            told.unreadable = min(told.unreadable, before + 1)
        return told

    def _read_database(self, content: bytes, seen: set[bytes]) -> bool:
        """Whether the cells of a database say all that it says: it opens, and has no pages of deleted rows."""
        try:
            with closing(sqlite3.connect(":memory:")) as database:
                # A database that was left with a write-ahead log opens in memory only as one without.
                database.deserialize(content[:18] + b"\x01\x01" + content[20:])
                database.text_factory = bytes
                for table, column in _columns(database):
                    place = self.definitions if table in _DEFINITIONS else self.texts
                    self._read_cells(database.execute(f"SELECT {column} FROM {_quoted(table)}"), seen, place)
                free: int = database.execute("PRAGMA freelist_count").fetchone()[0]
                return free == 0
        except sqlite3.Error:
            return False

    def _read_cells(self, rows: Iterable[tuple[object]], seen: set[bytes], place: dict[str, None]) -> None:
        for (cell,) in rows:
            if isinstance(cell, int | float):
                self._note_number(cell)
            elif isinstance(cell, bytes) and cell not in seen:
                seen.add(cell)
                self._note_name(cell.decode(errors="replace"))
                self._read("", cell, place)

    def _read(self, name: str, content: bytes, place: dict[str, None]) -> None:
        if unpacker(name, content) is None and self._note_document(content, place):
            return
        try:
            if is_web_page(content):
                for text in texts_of_page(content):
                    self._note(text, place)
                return
            for _, text in texts(name, content):
                self._note(text, place)
        except (Refusal, UnicodeDecodeError):
            self.unreadable += 1

    def _note(self, text: str, place: dict[str, None]) -> None:
        if not self._note_document(text, place):
            place[_INSTANT.sub(" ", text)] = None

    def _note_document(self, content: str | bytes, place: dict[str, None]) -> bool:
        """Whether it is JSON, whose texts are then noted one by one."""
        if content[:1] not in ("{", "[", '"', b"{", b"[", b'"'):
            return False
        try:
            found = json.loads(content, object_pairs_hook=list)
        except (ValueError, RecursionError):
            return False
        self._note_leaves(found, place)
        return True

    def _note_leaves(self, found: object, place: dict[str, None]) -> None:
        """Every text, key and long whole number of a document. Pairs stand as lists, so that no key hides another."""
        left = [found]
        while left:
            match left.pop():
                case str(text):
                    if text not in place:
                        self._note_name(text)
                        self._note(text, place)
                case bool():
                    pass
                case int(number) | float(number):
                    self._note_number(number)
                case list(members) | tuple(members):
                    left.extend(members)

    def _note_name(self, text: str) -> None:
        if _ONLY_A_NAME.fullmatch(text) and not _spells_text(text):
            self.names.add(text.strip().lower())
        elif "_" in text and text.isidentifier():
            self.words.add(text)

    def _note_number(self, number: float) -> None:
        """A whole one is the same number whether it is written with a fraction of nought, an exponent, or neither."""
        written = str(int(number) if float(number).is_integer() else number)
        digits = "".join(filter(str.isdigit, written))
        if len(digits) >= _FEWEST_DIGITS:
            self.numbers.add(digits)


def _spells_text(name: str) -> bool:
    """Whether hexadecimal digits are letters that somebody wrote so; a digest never is, but once in ten million."""
    try:
        return bytes.fromhex(name).decode().isprintable()
    except ValueError:
        return False


def _columns(database: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    tables = [row[0].decode() for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    for table in ("sqlite_master", *tables):
        for row in database.execute(f"PRAGMA table_info({_quoted(table)})").fetchall():
            yield table, _quoted(row[1].decode())


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
