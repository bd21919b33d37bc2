"""What stands outside the restricted store of a home folder, file by file, for the search that nothing personal is there.

Reads only. What is searched for, and how, belongs to `anonymizers.searching`.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from pipelines.home import Home

INSIDE = ("restricted", "raw")
"""Folders of a home that hold personal data by their purpose."""
_SQLITE = b"SQLite format 3\x00"


@dataclass(frozen=True)
class Outside:
    """The files outside, anew each time they are asked for."""

    home: Home

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Name below the home folder and content."""
        return outside(self.home)


def outside(home: Home) -> Iterator[tuple[str, bytes]]:
    """Everything below the home folder but `restricted/` and `raw/`: name below it and content, one file at a time.

    A database comes twice if it has a write-ahead log: as its bytes, and as it is with its log. A file that goes while it
    is being read (a socket, a lock, a log that was just rotated) is left out: what is gone tells nothing.
    """
    for path in sorted(home.root.rglob("*")):
        name = path.relative_to(home.root)
        if name.parts[0] in INSIDE or path.is_symlink() or not path.is_file():
            continue
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            continue
        yield str(name), content
        if content.startswith(_SQLITE) and path.with_name(f"{path.name}-wal").exists():
            yield str(name), _with_its_log(path)


def _with_its_log(path: Path) -> bytes:
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as database:
            return database.serialize()
    except sqlite3.Error:
        return b""
