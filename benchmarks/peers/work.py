"""What every participant is asked to do, and in which form it answers. Plain Python: each peer's environment imports this.

A job is a JSON file; an answer is one CSV file a table. How a tool does the work stands in the tool's own module.
"""

import csv
import json
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

STARTED = time.perf_counter()
EPSILON, DELTA = 1.0, 1e-7


@dataclass(frozen=True)
class CountTable:
    """A table to count: for each cell of its keys the different visitors and the events."""

    name: str
    keys: tuple[str, ...]
    cells: int
    """Cells that one visitor may touch."""
    events: int
    """Events that one visitor may add to each of them."""
    share: float
    """Part of the whole budget; half of it for each metric."""

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> "CountTable":
        """From what JSON tells."""
        return cls(**{**told, "keys": tuple(told["keys"])})


CROSS = (CountTable("cross", ("hour", "browser", "device", "topic", "action"), 8, 4, 1.0),)
"""One wide cross table, as a team would ask for it that thinks of one table only."""

SMALL = (
    CountTable("topics", ("topic", "action"), 8, 4, 0.30),
    CountTable("hours", ("hour", "action"), 8, 4, 0.20),
    CountTable("topic_dayparts", ("topic", "daypart"), 8, 4, 0.20),
    CountTable("browsers", ("browser", "device", "os"), 8, 4, 0.30),
)
"""The tables of events of koond's daily release that have several keys. Their bounds are chosen on the data (`bounds.py`)."""


@dataclass(frozen=True)
class Job:
    """One run of one participant."""

    events: str
    """Parquet file: visitor int64, hour int32, daypart, browser, device, os, topic, action string."""
    answer: str
    """Folder for the answer."""
    domains: Mapping[str, Sequence[str | int]]
    """The closed list of each key: public before any data is read."""
    tables: tuple[CountTable, ...]
    epsilon: float
    delta: float
    rho: float
    """zCDP of Gaussian noise that costs exactly (epsilon, delta) by its tight curve: the same number that koond spends."""

    def write(self, path: Path) -> None:
        """As JSON."""
        path.write_text(json.dumps(asdict(self)))

    @classmethod
    def read(cls, path: Path) -> "Job":
        """From JSON."""
        told = json.loads(path.read_text())
        return cls(tables=tuple(CountTable.read(table) for table in told.pop("tables")), **told)


Row = Sequence[str | int | float]


def asked() -> Job:
    """The job whose file stands on the command line."""
    return Job.read(Path(sys.argv[1]))


def answer(job: Job, name: str, keys: Sequence[str], rows: Iterable[Row]) -> None:
    """Write one table: its keys, visitors, events."""
    write_rows(Path(job.answer) / f"{name}.csv", (*keys, "visitors", "events"), rows)
    # Without the start of the interpreter and what a tool imports or starts before its first table.
    (Path(job.answer) / "seconds.txt").write_text(f"{time.perf_counter() - STARTED:.3f}")


def write_rows(path: Path, header: Sequence[str], rows: Iterable[Row]) -> None:
    """A CSV file with a header."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


def read_cells(path: Path) -> dict[tuple[str, ...], tuple[float, float]]:
    """Cell -> visitors, events."""
    with path.open(newline="") as file:
        rows = csv.reader(file)
        next(rows)
        return {tuple(row[:-2]): (float(row[-2]), float(row[-1])) for row in rows}
