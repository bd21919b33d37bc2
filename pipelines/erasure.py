"""Taking one person out of everything that koond owns, or an old value out of it, and a search of every byte afterwards.

Raw tables are the site's own. Published releases stay as they are: nothing in them is of a person, and a difference
between two of them would point at somebody (DESIGN 4).
"""

import csv
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from hashlib import sha256
from io import StringIO
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from anonymizers.erasing.sought import Sought
from anonymizers.refusal import Reason, Refusal
from anonymizers.searching.unpacking import unpacker
from pipelines.home import Home, write_private

EVENTS = "stripped_events"
_NOT_OURS, _KEYS = "raw", ("keys", "signing", "suppressed", "mailing")
"""Folders that are not searched for values: the site's own, and those of keys and hashes."""
_CANNOT_BE_READ = "disclosures"
"""Encrypted for an authority: nobody here can look into them, and retention ends them."""
_SQLITE = b"SQLite format 3\x00"
_NO_STORES = (*_KEYS, _CANNOT_BE_READ, EVENTS, "requests", "work", "candidates", "leak_scans")
_NOT_UNDER_THE_LOCK = (*_KEYS, _CANNOT_BE_READ, "requests", "work")
"""Where somebody may be writing while no run goes on."""
Change = Callable[[str], str | None]
"""What becomes of a text: the same, another, or None where its whole row goes."""


def erase_events(home: Home, visitors: set[str]) -> int:
    """Drop the rows of some visitors from the stripped events of every week whose key still exists; gives how many.

    `visitors` are written as the strip writes them before it makes a pseudonym, as `account_id:17`. Without its week's
    key nobody can find a pseudonym any more, and nobody can trace it either.
    """
    keys = [path.read_text() for path in home.restricted("keys").glob("????-W??.key")]
    pseudonyms = pa.array(sorted({_pseudonym(key, visitor) for key in keys for visitor in visitors}), pa.int64())
    erased = 0
    for path in sorted(home.restricted(EVENTS).glob("date=*.parquet")):
        erased += _filter(path, lambda rows: pc.invert(pc.is_in(rows["visitor"], pseudonyms)))
    return erased


def _pseudonym(key: str, visitor: str) -> int:
    return int.from_bytes(sha256((key + visitor).encode()).digest()[:8]) - 2**63


def remove_halves(home: Home) -> int:
    """Remove what killed runs left half-written in the stores; gives how many files. Under the home's lock: who writes one
    now would lose it."""
    halves = [
        path
        for folder in sorted(home.restricted().iterdir())
        if folder.is_dir() and folder.name not in _NOT_UNDER_THE_LOCK
        for path in folder.rglob(".*")
        if path.is_file()
    ]
    for path in halves:
        path.unlink()
    return len(halves)


def change_rows(home: Home, change: Change) -> dict[str, int]:
    """Change every text in every other store of rows; gives the rows changed or dropped by store.

    A store is any folder of the restricted store that is not named here for another reason: a new one is covered before
    anybody thinks of it. A file that is neither Parquet nor CSV goes whole where a text of it would.
    """
    changed = {}
    for folder in sorted(home.restricted().iterdir()):
        if folder.is_dir() and folder.name not in _NO_STORES:
            touched = sum(_change_file(path, change) for path in sorted(folder.rglob("*")) if path.is_file())
            if touched or any(folder.iterdir()):
                changed[folder.name] = touched
    return changed


def _change_file(path: Path, change: Change) -> int:
    if path.suffix == ".parquet":
        return _change_parquet(path, change)
    text = path.read_bytes().decode("utf-8", "surrogateescape")
    if path.suffix == ".csv":
        before = list(csv.reader(StringIO(text, newline="")))
        after = [row for cells in before if None not in (row := [change(cell) for cell in cells])]
        if after == before:
            return 0
        told = StringIO(newline="")
        csv.writer(told, lineterminator="\n").writerows(after)
        _write_again(path, told.getvalue().encode("utf-8", "surrogateescape"), path.stat().st_mtime_ns)
        kept = sum(row in before for row in after)
        return len(before) - kept
    if change(text) == text:
        return 0
    path.unlink()
    return 1


def _change_parquet(path: Path, change: Change) -> int:
    rows = pq.read_table(path)
    texts = {name: rows[name].to_pylist() for name in rows.column_names if _is_text(rows.schema.field(name).type)}
    dropped, touched = [False] * rows.num_rows, [False] * rows.num_rows
    for name, cells in texts.items():
        after = {cell: change(cell) for cell in set(cells) if cell is not None}
        for place, cell in enumerate(cells):
            if cell is not None and after[cell] != cell:
                touched[place] = True
                dropped[place] |= after[cell] is None
        if any(touched):
            replaced = pa.array([after.get(cell) for cell in cells], pa.string())
            rows = rows.set_column(rows.column_names.index(name), name, replaced)
    if any(touched):
        _write_parquet(path, rows.filter(pa.array([not gone for gone in dropped])))
    return sum(touched)


def _filter(path: Path, stays: Callable[[pa.Table], pa.Array]) -> int:
    rows = pq.read_table(path)
    kept = rows.filter(stays(rows))
    if kept.num_rows < rows.num_rows:
        _write_parquet(path, kept)
    return int(rows.num_rows - kept.num_rows)


def _write_parquet(path: Path, rows: pa.Table) -> None:
    sink = pa.BufferOutputStream()
    pq.write_table(rows.replace_schema_metadata(None), sink, compression="zstd")
    changed = path.stat().st_mtime_ns
    if path.is_dir():  # Spark leaves a folder; one file in it is as good
        parts = list(path.iterdir())
        changed = max((part.stat().st_mtime_ns for part in parts), default=changed)
        for part in parts:
            part.unlink()
        path = path / "part-0.parquet"
    _write_again(path, sink.getvalue().to_pybytes(), changed)


def _write_again(path: Path, content: bytes, changed: int) -> None:
    """A file with the time of its last change as it was: somebody's request must not keep what is of others for longer."""
    write_private(path, content)
    os.utime(path, ns=(changed, changed))


def places_of(home: Home, sought: Sought) -> Mapping[str, int]:
    """In how many files below the home folder a value stands, by first folder; raw tables and keys are left out."""
    found: dict[str, int] = {}
    for path in _searched(home):
        parts = path.relative_to(home.root).parts
        rows = parts[0] == "restricted" and parts[1] not in _NO_STORES
        if sought.stands_in(path.name.encode()) or _stands_in_file(path, sought, rows):
            place = "/".join(parts[:2] if parts[0] == "restricted" else parts[:1])
            found[place] = found.get(place, 0) + 1
    return found


def refuse_if_found(home: Home, sought: Sought) -> None:
    """Refuses when a value still stands anywhere below the home folder."""
    found = places_of(home, sought)
    if found:
        told = ", ".join(f"{number} file(s) in {place}" for place, number in sorted(found.items()))
        raise Refusal("erase", Reason.STORE, f"something of the person is left: {told}; look there, and run it again")


def _searched(home: Home) -> Iterator[Path]:
    left_out = {home.root / _NOT_OURS, *(home.root / "restricted" / name for name in (*_KEYS, "requests"))}
    for path in sorted(home.root.rglob("*")):
        if path.is_file() and not left_out & set(path.parents):
            yield path


def _stands_in_file(path: Path, sought: Sought, rows: bool) -> bool:
    """In a store of rows every written form counts, in other files the usual ones."""
    content = path.read_bytes()
    if sought.stands_in(content) or any(sought.stands_in(inside) for inside in _packed_in(path, content)):
        return True
    if path.suffix == ".parquet":
        texts = _texts_of(pq.read_table(path))
    else:
        texts = iter([content.decode("utf-8", "surrogateescape")] if rows else [])
    return any(map(sought.stands_in_text, texts))


def _packed_in(path: Path, content: bytes) -> Iterator[bytes]:
    """Cells of a database, which in its file stand side by side with nothing between, and what archives hold."""
    try:
        if content.startswith(_SQLITE):
            yield from _cells(path)
        elif path.suffix != ".parquet" and (known := unpacker(path.name, content)):
            yield from (inside for _, inside in known[1](content))
    except Exception:
        unread = True
    else:
        unread = False
    if unread:
        sentence = (
            f"a file in {path.parent.name} cannot be opened, so that nobody knows what it holds; mend or remove it"
        )
        raise Refusal("erase", Reason.STORE, sentence)


def _cells(path: Path) -> Iterator[bytes]:
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
        database.text_factory = bytes
        for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            quoted = table.decode().replace('"', '""')
            for row in database.execute(f'SELECT * FROM "{quoted}"'):
                yield b"\n".join(cell for cell in row if isinstance(cell, bytes))


def _texts_of(rows: pa.Table) -> Iterator[str]:
    for name in rows.column_names:
        if _is_text(rows.schema.field(name).type):
            yield from (text for text in pc.unique(rows[name]).to_pylist() if text is not None)


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))
