"""What stands outside the restricted store of a home folder, file by file, for the search that nothing personal is there.

Which files there are and which of them were searched before. What is searched for, and how, belongs to
`anonymizers.searching`.
"""

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from pipelines.home import Home, write_private

INSIDE = ("restricted", "raw")
"""Folders of a home that hold personal data by their purpose."""
_SQLITE = b"SQLite format 3\x00"
State = list[int]


@dataclass(frozen=True)
class Outside:
    """The files outside, as the search of every night asks for them."""

    home: Home
    _read: dict[str, State] = field(default_factory=dict)

    def files(self) -> Iterator[tuple[str, bytes | None]]:
        """Name below the home folder and content of each file that no search has found clean as it is now; no content of a
        file or folder that cannot be read.

        The values of tonight cannot have got into a file that has not changed since; and what earlier nights left there
        was searched for theirs.
        """
        known, closed = self._clean(), dict[str, None]()
        for name, path in sorted(_paths(self.home, closed).items()):
            try:
                state = _state(path)
                if known.get(name) != state:
                    yield from _contents(name, path)
                    self._read[name] = state
            except FileNotFoundError:
                continue
            except OSError:
                closed[name] = None
        yield from ((name, None) for name in closed)

    def settle(self) -> None:
        """Write down that all that was given out since is clean, so that it is read again only once it changes."""
        there = _paths(self.home, {})
        clean = {name: state for name, state in (self._clean() | self._read).items() if name in there}
        write_private(self._note, json.dumps(clean).encode())
        self._read.clear()

    @property
    def _note(self) -> Path:
        return self.home.restricted("outside_scans") / "clean.json"

    def _clean(self) -> dict[str, State]:
        try:
            clean: dict[str, State] = json.loads(self._note.read_bytes())
        except (FileNotFoundError, ValueError):
            return {}
        return clean


def outside(home: Home) -> Iterator[tuple[str, bytes]]:
    """Everything below the home folder but `restricted/` and `raw/`: name below it and content, one file at a time.

    Links are followed, and each file is read once whatever leads to it; one that leads into those two is not. A database
    comes twice if it has a write-ahead log: as its bytes, and as it is with its log. A file that goes while it is being
    read (a socket, a lock, a log that was just rotated) is left out: what is gone tells nothing.
    """
    for name, path in sorted(_paths(home).items()):
        try:
            yield from _contents(name, path)
        except FileNotFoundError:
            continue


def _paths(home: Home, closed: dict[str, None] | None = None) -> dict[str, Path]:
    """Name below the home -> place of every file outside, each place once. What cannot be looked at gets into `closed`;
    without one, it is raised."""

    def note(error: OSError) -> None:
        if closed is None:
            raise error
        closed[Path(error.filename).relative_to(home.root).as_posix()] = None

    inside = [(home.root / name).resolve() for name in INSIDE]
    found: dict[str, Path] = {}
    seen: set[Path] = set()
    for folder, folders, files in os.walk(home.root, onerror=note, followlinks=True):
        at = Path(folder)
        folders[:] = sorted(each for each in folders if not _passed_over(at / each, seen, inside))
        for name in sorted(files):
            path = at / name
            try:
                if not _passed_over(path, seen, inside) and path.is_file():
                    found[path.relative_to(home.root).as_posix()] = path
            except OSError as error:
                note(error)
    return found


def _passed_over(path: Path, seen: set[Path], inside: list[Path]) -> bool:
    """Whether a place was met before, by whichever name, or is one where personal data belong. Notes that it was met."""
    place = path.resolve()
    if place in seen or any(place == each or each in place.parents for each in inside):
        return True
    seen.add(place)
    return False


def _state(path: Path) -> State:
    """Which file it is, its size and its times; and of its write-ahead log.

    A published file says of itself that it is from 1980; the time of its inode is the system's own. That of a log says
    nothing: SQLite sets a log's owner anew whenever root opens the database.
    """
    found, log = path.stat(), path.with_name(f"{path.name}-wal")
    state = [found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns]
    return [*state, log.stat().st_size, log.stat().st_mtime_ns] if log.exists() else state


def _contents(name: str, path: Path) -> Iterator[tuple[str, bytes]]:
    content = path.read_bytes()
    yield name, content
    if content.startswith(_SQLITE) and path.with_name(f"{path.name}-wal").exists():
        yield name, _with_its_log(path)


def _with_its_log(path: Path) -> bytes:
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as database:
            return database.serialize()
    except sqlite3.Error:
        return b""
