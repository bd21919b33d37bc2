"""Taking one person out of everything that koond owns, or an old value out of it, and a search of every byte afterwards.

Raw tables are the site's own. Published releases stay as they are: nothing in them is of a person, and a difference
between two of them would point at somebody (DESIGN 4).
"""

import csv
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from io import StringIO
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from anonymizers.refusal import Reason, Refusal
from anonymizers.sought import Sought
from pipelines.home import Home, write_private

EVENTS = "stripped_events"
_NOT_OURS, _KEYS = "raw", ("keys", "signing", "suppressed", "mailing")
"""Folders that are not searched for values: the site's own, and those of keys and hashes."""
_CANNOT_BE_READ = "disclosures"
"""Encrypted for an authority: nobody here can look into them, and retention ends them."""
_NO_STORES = (*_KEYS, _CANNOT_BE_READ, EVENTS, "requests", "work", "candidates", "leak_scans")
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
        write_private(path, told.getvalue().encode("utf-8", "surrogateescape"))
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
    if path.is_dir():  # Spark leaves a folder; one file in it is as good
        for part in path.iterdir():
            part.unlink()
        path = path / "part-0.parquet"
    write_private(path, sink.getvalue().to_pybytes())


def places_of(home: Home, sought: Sought) -> Mapping[str, int]:
    """In how many files below the home folder a value stands, by first folder; raw tables and keys are left out."""
    found: dict[str, int] = {}
    for path in _searched(home):
        parts = path.relative_to(home.root).parts
        if sought.stands_in_text(path.name) or any(sought.stands_in(content) for content in _contents(path)):
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


def _contents(path: Path) -> Iterator[bytes]:
    content = path.read_bytes()
    yield content
    if path.suffix == ".parquet":
        rows = pq.read_table(path)
        for name in rows.column_names:
            if _is_text(rows.schema.field(name).type):
                texts = (text for text in pc.unique(rows[name]).to_pylist() if text is not None)
                yield "\n".join(texts).encode("utf-8", "replace")


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))
