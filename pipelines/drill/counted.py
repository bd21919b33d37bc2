"""Who of the made-up people was counted: a drill in which nobody came through the night would prove nothing.

Looks into the throw-away home's restricted store, with the week's key that the night left there.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa

from anonymizers.contract import Purpose, Sources
from anonymizers.local_day import LocalDay
from pipelines.drill.rows import PlantedRow
from pipelines.engines.duckdb_engine import DuckDBEngine
from pipelines.sources.reading import RawReader

_COUNT = """
SELECT p.person AS person, count(*) AS events FROM $stripped s
JOIN (SELECT person, $pseudonym AS pseudonym FROM $visitors CROSS JOIN $keys k) p ON s.visitor = p.pseudonym
GROUP BY p.person
"""


@dataclass(frozen=True)
class Counted:
    """Events of one person among the stripped events."""

    expected: int
    found: int


def count_people(
    rows: Sequence[PlantedRow], planted: Sources, folder: Path, home: Path, day: LocalDay, engine: DuckDBEngine
) -> Mapping[str, Counted]:
    """Person -> events that must stand among the stripped events of the day, and those that do.

    `planted` are the people's rows alone, below `folder`. Nothing is found where the night did not come so far.
    """
    stripped = home / "restricted" / "stripped_events" / f"date={day.date}.parquet"
    key = home / "restricted" / "keys" / f"{day.iso_week}.key"
    expected = Counter(row.person for row in rows if row.counts)
    people = dict.fromkeys(row.person for row in rows)
    found: dict[str, int] = {}
    if stripped.exists() and key.exists():
        visitors = _visitors(rows, RawReader(planted, folder, day, engine, engine, _work(folder)))
        counted = engine.query(
            _COUNT,
            stripped=engine.scan([stripped]),
            visitors=engine.table(visitors),
            keys=engine.table(pa.table({"key": [key.read_text()]})),
            pseudonym=engine.keyed_hash("k.key", "visitor"),
        )
        found = {row["person"]: row["events"] for row in engine.fetch(counted).to_pylist()}
    return {person: Counted(expected[person], found.get(person, 0)) for person in people}


def count_set_aside(home: Path, day: date, engine: DuckDBEngine) -> int:
    """How many rows the night set aside."""
    path = home / "restricted" / "set_aside_rows" / f"date={day}.parquet"
    return engine.fetch(engine.scan([path])).num_rows if path.exists() else 0


def _visitors(rows: Sequence[PlantedRow], reader: RawReader) -> pa.Table:
    """person, visitor: by the second of each row, which no other row of the people has."""
    person_at = {row.instant_us // 1_000_000: row.person for row in rows if row.instant_us is not None}
    pairs = set()
    for table in ("clickstream", "ad_beacons"):
        if reader.sources.of(table) is not None:
            events = reader.engine.fetch(reader.read(table, Purpose.AUDIENCE)).select(["instant_us", "visitor"])
            for event in events.to_pylist():
                if event["visitor"] is not None:
                    pairs.add((person_at[event["instant_us"] // 1_000_000], event["visitor"]))
    people, visitors = zip(*sorted(pairs), strict=True) if pairs else ((), ())
    return pa.table({"person": pa.array(people, pa.string()), "visitor": pa.array(visitors, pa.string())})


def _work(folder: Path) -> Path:
    work = folder.with_name("reading")
    work.mkdir(mode=0o700, exist_ok=True)
    return work
