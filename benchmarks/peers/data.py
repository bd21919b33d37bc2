"""The day that all participants count: koond's own made-up raw tables, stripped by koond. No real person's data.

Run in a process of its own (`python -m benchmarks.peers.data EVENTS FOLDER`), outside all measured times: prepared
events are what each tool gets, and the exact numbers are what its answers are judged by.
"""

import json
import sys
import tempfile
from dataclasses import asdict
from datetime import date
from pathlib import Path

import duckdb

from anonymizers.contract import Purpose
from anonymizers.counting.accounting import release_rho
from anonymizers.counting.statistic import DAY as DAILY
from anonymizers.counting.statistic import vocabulary
from anonymizers.stripping.strip import strip
from anonymizers.vocabulary import DAYPART_OF_HOUR
from benchmarks.peers.bounds import with_best_bounds
from benchmarks.peers.work import CROSS, DELTA, EPSILON, SMALL, write_rows
from pipelines.engines.duckdb_engine import DuckDBEngine
from pipelines.sample.tables import write_sample_tables
from pipelines.settings import site_folder
from pipelines.site_folder import read_site_folder
from pipelines.sources.reading import RawReader

DAY = date(2026, 11, 20)
STRIPPED, PREPARED, PUBLIC = "stripped_events.parquet", "prepared.parquet", "public.json"
REGISTRATIONS = "registrations.parquet"


def make(events: int, folder: Path) -> None:
    """Write stripped events (koond's columns), prepared events (the peers'), exact numbers, and what is public."""
    folder.mkdir(parents=True, exist_ok=True)
    named = read_site_folder(site_folder(Path("elektrum")))
    with tempfile.TemporaryDirectory(dir=folder) as home:
        work = Path(home)
        topics = {topic.topic: topic for topic in named.site.topics}
        write_sample_tables(work / "raw", DAY, named.site.time_zone, topics, events=events, seed=1)
        engine, day = DuckDBEngine(work), named.site.day(DAY.isoformat())
        reader = RawReader(named.sources, work, day, engine, engine, work)
        views, ads = (reader.read(table, Purpose.AUDIENCE) for table in ("clickstream", "ad_beacons"))
        stripped, _ = strip(views, ads, site=named.site, day=day, key="00" * 32)
        engine.write(stripped, folder / STRIPPED)
        engine.write(reader.read("registrations", Purpose.REGISTRATION_STATISTICS), folder / REGISTRATIONS)
        engine.close()
    con = duckdb.connect()
    part = " ".join(f"WHEN {hour} THEN '{part}'" for hour, part in DAYPART_OF_HOUR.items())
    con.execute(
        f"COPY (SELECT visitor, CAST(hour AS INTEGER) AS hour, CASE hour {part} END AS daypart, browser, device, os, "
        f"topic, action FROM '{folder / STRIPPED}' ORDER BY hash(visitor, hour, topic)) TO '{folder / PREPARED}' (FORMAT parquet)"
    )
    for table in (*CROSS, *SMALL):
        exact = (
            f"SELECT {', '.join(table.keys)}, count(DISTINCT visitor), count(*) FROM '{folder / PREPARED}' GROUP BY ALL"
        )
        write_rows(folder / f"{table.name}.csv", (*table.keys, "visitors", "events"), con.execute(exact).fetchall())
    rows = con.execute(f"SELECT count(*), count(DISTINCT visitor) FROM '{folder / PREPARED}'").fetchone()
    rho, prepared = release_rho(EPSILON, DELTA), str(folder / PREPARED)
    keys = {key for table in (*CROSS, *SMALL) for key in table.keys}
    public = {
        "domains": {key: list(words) for key, words in vocabulary(named.site, DAILY).items() if key in keys},
        "rho": rho,
        "rows": dict(zip(("events", "visitors"), rows or (), strict=True)),
        "works": {
            "cross": [asdict(table) for table in CROSS],
            "cross, best bounds": [asdict(with_best_bounds(con, prepared, table, rho)) for table in CROSS],
            "small tables": [asdict(with_best_bounds(con, prepared, table, rho)) for table in SMALL],
        },
    }
    (folder / PUBLIC).write_text(json.dumps(public))


if __name__ == "__main__":
    make(int(sys.argv[1]), Path(sys.argv[2]))
