"""Where marks stand after a night: every byte of the throw-away home and its surroundings, and the proof that the search finds.

What is told of a place is closed too: a name that koond does not give is not repeated, for it may be a person's.
"""

import gzip
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import pyarrow.parquet as pq

from anonymizers.releasing.release import files
from anonymizers.releasing.signature import SIGNATURE
from anonymizers.searching.marks import find
from anonymizers.vocabulary import DAY, WEEK
from pipelines.drill.marks import Mark
from pipelines.drill.throw_away import ThrowAway
from pipelines.own_use_stores import COOKIE_AUDIT, DIAGNOSTICS, MAILING_LIST


class Area(StrEnum):
    """What a place means for the drill."""

    OUTSIDE = "outside the restricted store"
    STRIPPED = "in the restricted store, after the strip"
    SET_ASIDE = "among the rows set aside"
    OWN_USES = "in what the site keeps for its own use"


@dataclass(frozen=True, order=True)
class Sighting:
    """A mark, by its label, and a place in which it stands."""

    label: str
    place: str
    area: Area


@dataclass(frozen=True)
class Control:
    """The proof that the search finds."""

    planted: int
    """Marks that were planted as text."""
    unseen: tuple[str, ...]
    """Labels of those that the search does not find in the raw tables, where they are."""
    leaks: Mapping[str, bool]
    """Leaks made on purpose, in copies, and whether each was seen."""

    @property
    def succeeded(self) -> bool:
        """Whether the search is blind nowhere."""
        return not self.unseen and bool(self.leaks) and all(self.leaks.values())


_RAW = "home/raw/"
_OWN_USES = tuple(f"home/restricted/{store}/" for store in (MAILING_LIST, DIAGNOSTICS))
_SET_ASIDE, _RESTRICTED = "home/restricted/set_aside_rows/", "home/restricted/"
_KNOWN = frozenset(
    {"home", "published", "daily", "weekly", "restricted", "dagster", "storage", "history", "schedules", "runs", "site",
     "candidates", "release_candidate", "weekly_candidate", "leak_scans", "leak_scan", "weekly_leak_scan", "keys", "work",
     "signing", "stripped_events", "set_aside_rows", "opening", "publishing", "running", "ledger.db", "ledger.db-wal",
     "ledger.db-shm", "runs.db",
     "index.db", "schedules.db", "dagster.yaml", "latest.json", "index.html", "tmpdir", "pwd", "home_of_user",
     "dagster_home", ".telemetry", ".logs_queue", "id.yaml", ".nux", "nux.yaml", "logs", "standard output",
     "standard error", "outside_scans", "clean.json", "suppressions", "suppressed", "suppressions.key", "suppressing",
     "mailing", "token.key", "requests", MAILING_LIST, DIAGNOSTICS, COOKIE_AUDIT, *files(DAY), *files(WEEK), SIGNATURE}
)  # fmt: skip
"""Names that koond and Dagster give."""
_PATTERNS = re.compile(
    r"(date=|week=|drawn=)?(\d{4}-\d{2}-\d{2}|\d{4}-W\d{2})(\.r\d+)?(\.(failing\.parquet|parquet|csv|rules|zip|json|key))?"
    r"|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(\.db)?(-wal|-shm|-journal)?|the command [a-z]{1,10}"
    r"|[0-9A-F]{16}\.(key|pub(\.minisig)?)"
)
_WAYS = frozenset(
    ("rows", "cell", "page", "cells", "gzip", "zlib", "bz2", "xz", "zstd", "lz4", "zip", "tar", "(by its name)")
)
_ENDINGS = frozenset(
    (".parquet", ".csv", ".gz", ".json", ".log", ".txt", ".db", ".zip", ".duckdb", ".pkl", ".tmp", ".lock")
)


def search(marks: Mapping[str, Mark], place: ThrowAway) -> tuple[list[Sighting], int]:
    """Every mark that stands in a file or a name outside raw/, and how many files and outputs were searched."""
    names: list[str] = []

    def numbered() -> Iterator[tuple[str, bytes]]:
        for name, content in _everything(place):
            names.append(name)
            yield f"{len(names) - 1}:{name}", content

    found = find({label: mark.value for label, mark in marks.items()}, numbered())
    sightings = set()
    for finding in found:
        by_name = re.match(r"file (\d+) \(by its name\)", finding.place)
        number = int(by_name[1] if by_name else finding.place.split(":")[0])
        way = "(by its name)" if by_name else finding.place.removeprefix(f"{number}:{names[number]}")
        sightings.add(Sighting(finding.label, _shown(names[number], way), _area(names[number])))
    return sorted(sightings), len(names)


def prove(marks: Mapping[str, Mark], place: ThrowAway) -> Control:
    """Look for every planted mark where it was planted, and for one mark in copies that are spoiled on purpose."""
    planted = {label: mark.value for label, mark in marks.items() if mark.planted}
    raw = ((path.name, path.read_bytes()) for path in sorted(place.planted.rglob("*")) if path.is_file())
    seen = {finding.label for finding in find(planted, raw)}
    unseen = tuple(label for label in planted if label not in seen)
    value = next(iter(planted.values()))
    spoiled = {name: (name, content) for name, content in _spoiled(place, value)}
    leaks = {name: bool(find({"mark": value}, [leak])) for name, leak in spoiled.items()}
    return Control(len(planted), unseen, leaks)


def _spoiled(place: ThrowAway, value: str) -> Iterator[tuple[str, bytes]]:
    """Copies in memory of what the night left, each with a mark in it."""
    for command in place.commands[:1]:
        yield "a line of the log", command.stderr + f"WARNING {value}\n".encode()
    for path in sorted((place.home / "published").rglob("topics.csv.gz"))[:1]:
        yield "a published CSV.gz", gzip.compress(gzip.decompress(path.read_bytes()) + value.upper().encode())
    for path in sorted((place.home / "published").rglob("topics.parquet"))[:1]:
        spoiled = io.BytesIO()
        pq.write_table(pq.read_table(path).replace_schema_metadata({"note": value}), spoiled)
        yield "the footer of a published Parquet", spoiled.getvalue()


def _everything(place: ThrowAway) -> Iterator[tuple[str, bytes]]:
    for command in place.commands:
        yield f"the command {command.name}/standard output", command.stdout
        yield f"the command {command.name}/standard error", command.stderr
    searched: Sequence[Path] = (place.home, place.site.parent, *place.surroundings.values())
    for folder in searched:
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(place.root).as_posix()
            if f"{name}/".startswith(_RAW):
                continue
            if path.is_symlink():
                yield name, str(path.readlink()).encode()
            elif path.is_file():
                yield name, path.read_bytes()
            else:
                yield name, b""


def _area(name: str) -> Area:
    if name.startswith(_SET_ASIDE):
        return Area.SET_ASIDE
    if name.startswith(_OWN_USES):
        return Area.OWN_USES
    return Area.STRIPPED if name.startswith(_RESTRICTED) else Area.OUTSIDE


def _shown(name: str, way: str) -> str:
    parts = [part if part in _KNOWN or _PATTERNS.fullmatch(part) else _unknown(part) for part in name.split("/")]
    steps = [step for step in re.findall(r"\(by its name\)|\S+", way) if step in _WAYS]
    return " ".join(["/".join(parts), *dict.fromkeys(steps)])


def _unknown(part: str) -> str:
    ending = Path(part).suffix
    return f"(another name){ending if ending in _ENDINGS else ''}"
