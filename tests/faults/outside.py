"""What a run leaves outside the restricted store, and a quick search of it for planted values.

Quick, for it runs after every night of these tests: only what changed, and the written forms that come by themselves. The
search that knows every written form is `anonymizers.searching.marks`.
"""

import gzip
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

from ahocorasick_rs import AhoCorasick

from tests.faults.planted import PLANTED, forms

INSIDE = ("restricted", "raw")
"""The stores in which personal values may stand."""


class Sought:
    """Values to look for at once, in all forms, whatever the case."""

    def __init__(self, values: Mapping[str, str]) -> None:
        labels = {form.lower(): label for label, value in values.items() for form in forms(value)}
        self._labels, self._search = list(labels.values()), AhoCorasick(list(labels))

    def labels_in(self, text: str) -> set[str]:
        """The labels of the values that stand in a text."""
        found = self._search.find_matches_as_indexes(text.lower(), overlapping=True)
        return {self._labels[number] for number, _, _ in found}


SOUGHT = Sought(PLANTED)


def found_in(files: Iterable[tuple[str, bytes]]) -> dict[str, set[str]]:
    """File -> labels of the values that stand in its name or bytes; databases and packed files are opened."""
    found = {name: set().union(*map(SOUGHT.labels_in, _texts(name, content))) for name, content in files}
    return {name: labels for name, labels in found.items() if labels}


def _texts(name: str, content: bytes) -> Iterator[str]:
    yield name
    yield content.decode("utf-8", errors="replace")
    if b"\0" in content:
        yield from (content[start:].decode("utf-16-le", errors="replace") for start in (0, 1))
    if content.startswith(b"\x1f\x8b"):
        yield gzip.decompress(content).decode("utf-8", errors="replace")
    if content.startswith(b"PK\x03\x04"):
        with ZipFile(BytesIO(content)) as archive:
            for inside in archive.namelist():
                yield from _texts(inside, archive.read(inside))
    if content.startswith(b"SQLite format 3\0"):
        yield "\n".join(cells(content))


def cells(content: bytes) -> Iterator[str]:
    """Every cell of an SQLite file as text: a long value is torn apart in the file's pages."""
    with closing(sqlite3.connect(":memory:")) as database:
        # An instance in write-ahead mode cannot be read from memory; its file differs in two bytes.
        database.deserialize(content[:18] + b"\x01\x01" + content[20:])
        for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for row in database.execute(f'SELECT * FROM "{table}"'):
                yield from (str(cell) for cell in row if isinstance(cell, str | bytes))


def leaves(told: object) -> Iterator[str]:
    """Every text in what JSON gave."""
    if isinstance(told, str):
        yield told
    elif isinstance(told, dict):
        for key, value in told.items():
            yield from (key, *leaves(value))
    elif isinstance(told, list):
        for value in told:
            yield from leaves(value)


def sentences(content: bytes) -> set[str]:
    """What an SQLite file tells, in short texts: of cells that hold JSON, the texts in it."""
    told: set[str] = set()
    for cell in cells(content):
        try:
            told |= set(leaves(json.loads(cell)))
        except ValueError:
            told.add(cell)
    return told


@dataclass
class Outside:
    """All files outside the restricted store of one home, and a folder for temporary files, and how they are now."""

    home: Path
    temporary: Path
    before: dict[Path, tuple[int, int]] | None = None

    def __post_init__(self) -> None:
        if self.before is None:
            self.before = {path: self._state(path) for path in self.files()}

    def files(self) -> Iterator[Path]:
        """Every file there is."""
        for folder in (self.home, self.temporary):
            for path in folder.rglob("*"):
                inside = folder == self.home and path.relative_to(folder).parts[0] in INSIDE
                if path.is_file() and not inside:
                    yield path

    def changed(self) -> Iterator[tuple[str, bytes]]:
        """The files that are new or not as they were, by name."""
        for path in self.files():
            if (self.before or {}).get(path) != self._state(path):
                yield path.name, path.read_bytes()

    def everything(self) -> Iterator[tuple[str, bytes]]:
        """Every file by its path below the home, or below the folder for temporary files."""
        for path in self.files():
            folder = self.home if self.home in path.parents else self.temporary
            yield path.relative_to(folder).as_posix(), path.read_bytes()

    @staticmethod
    def _state(path: Path) -> tuple[int, int]:
        told = path.stat()
        return told.st_mtime_ns, told.st_size
