"""The scan at full size, in a process of its own: every personal value of a night against every byte of a release.

`python -m benchmarks.leak_scan [--events N] [--registrations N]` makes up a night, composes a release with noisy numbers
of its shape, and scans it twice: as it is, and with values of that very night planted in it in written forms of their
own, so that every column is searched to its end and the search is seen to find. Prints time, peak memory and load.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pyarrow.parquet as pq

from anonymizers.contract import Sources
from anonymizers.counting.draw import UNIT, Draw
from anonymizers.counting.measure import cells_of
from anonymizers.counting.plan import plan
from anonymizers.engine import Engine, Table
from anonymizers.estimating.estimate import estimate
from anonymizers.releasing.edition import daily_edition
from anonymizers.releasing.release import Release, compose, compose_empty
from anonymizers.searching.leak_scan import must_search, scan
from anonymizers.site import Site
from benchmarks.night import DAY, SAMPLE
from pipelines.engines.duckdb_engine import DuckDBEngine
from pipelines.sample.people import name_people
from pipelines.settings import site_folder
from pipelines.site_folder import read_site_folder

_MICROSECONDS = 1_000_000
_BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)
_OTHER_NAMES = {"ad_beacons": {"url": "page_url"}, "registrations": {"metering_point": "metering_point_eic"}}


def make_up(raw: Path, events: int, registrations: int) -> None:
    """A night of made-up events, and as many registrations as are asked for."""
    subprocess.run([sys.executable, "-c", SAMPLE, str(raw), str(events)], check=True)
    accounts = np.arange(registrations)
    begin, end = (int(day.timestamp()) * _MICROSECONDS for day in (_BEGINNING, datetime(2026, 11, 21, tzinfo=UTC)))
    created = begin + (accounts * 7919) % (end - begin)
    pq.write_table(name_people(1).register(accounts, created, end), raw / "registrations.parquet", compression="zstd")


def measure(raw: Path, planted: bool) -> dict[str, float]:
    """Seconds, CPU seconds, peak megabytes and values found, of one scan in this process."""
    with tempfile.TemporaryDirectory() as work:
        engine, (site, sources) = DuckDBEngine(Path(work)), _elektrum()
        tables = {
            "clickstream": engine.scan(sorted((raw / "clickstream").glob("*"))),
            "ad_beacons": engine.scan(sorted((raw / "ad_beacons").glob("*"))),
            "registrations": engine.scan([raw / "registrations.parquet"]),
        }
        columns = must_search(sources)
        searched = {
            name: (_as_contracted(engine, name, table, columns[name]), columns[name]) for name, table in tables.items()
        }
        release = _release(site)
        if planted:
            release = _with_values_of_the_night(release, raw)
        started, worked = time.perf_counter(), time.process_time()
        report = scan(release, compose_empty(site, daily_edition(DAY)), searched)
        seconds, worked = time.perf_counter() - started, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "seconds": seconds,
        "cpu": worked,
        "peak_mb": peak,
        "found": sum(report.hits.values()),
        "columns": len(report.searched),
    }


def _elektrum() -> tuple[Site, Sources]:
    folder = read_site_folder(site_folder(Path("elektrum")))
    return folder.site, folder.sources


def _as_contracted(engine: Engine, name: str, table: Table, columns: tuple[str, ...]) -> Table:
    names = _OTHER_NAMES.get(name, {})
    return engine.query(f"SELECT {', '.join(f'{names.get(c, c)} AS {c}' for c in columns)} FROM $raw", raw=table)


def _release(site: Site) -> Release:
    """A release with numbers of no night, in the shape of any."""
    edition, numbers = daily_edition(DAY), np.random.default_rng(1)
    spent = plan(site, edition.window)
    drawn: dict[str, dict[str, dict[str, tuple[int, ...]]]] = {}
    for each in spent.measures:
        cells = [UNIT * each.weight(cell) * int(numbers.integers(2000, 9000)) for cell in cells_of(each, site, spent)]
        drawn.setdefault(each.statistic.part, {}).setdefault(each.statistic.name, {})[each.name] = tuple(cells)
    draws = {part: Draw(edition.release, part, spent.digest, tables) for part, tables in drawn.items()}
    return compose(site, edition, estimate(spent, site, edition.period, draws))


def _with_values_of_the_night(release: Release, raw: Path) -> Release:
    people = pq.ParquetFile(raw / "registrations.parquet").read_row_group(0, ["name", "email", "isikukood"]).slice(0, 3)
    first, second, third = people.to_pylist()
    said = f"{quote(first['name'])} {b64encode(second['email'].encode()).decode()} {third['isikukood']}"
    return replace(release, files={**release.files, "README.md": release.files["README.md"] + said.encode()})


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=5_000_000)
    parser.add_argument("--registrations", type=int, default=1_000_000)
    parser.add_argument("--raw", type=Path, help="a folder to keep the made-up night in, or to find it again")
    parser.add_argument("--measure", choices=("clean", "planted"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.measure:
        print(json.dumps(measure(chosen.raw, chosen.measure == "planted")))
        return
    with tempfile.TemporaryDirectory() as folder:
        raw = chosen.raw or Path(folder)
        if not (raw / "registrations.parquet").exists():
            make_up(raw, chosen.events, chosen.registrations)
        print("| release | seconds | CPU seconds | peak MB | values found | load of the machine |")
        print("| --- | --- | --- | --- | --- | --- |")
        for which in ("clean", "planted"):
            command = [sys.executable, "-m", "benchmarks.leak_scan", "--raw", str(raw), "--measure", which]
            f = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            load = os.getloadavg()[0]
            print(
                f"| {which} | {f['seconds']:.1f} | {f['cpu']:.1f} | {f['peak_mb']:.0f} | {f['found']:.0f} | {load:.1f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
