"""What the catalogue costs: to make, in a process of its own, and to open, in Debian's Chromium from a disk.

`python -m benchmarks.catalogue [--nights N] [--weeks N]` composes releases of made-up numbers for the demo site in which
every cell is told, so that no page is larger; makes their catalogue; and opens it with an empty cache. Prints processor
time and peak memory of making it, the bytes of each page, and the median first paint. KOOND_CHROMIUM names the browser.
"""

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pyarrow as pa

from anonymizers.cataloguing.catalogue import FILES, catalogue
from anonymizers.cataloguing.standing import Store
from anonymizers.counting.statistic import STATISTICS, Statistic
from anonymizers.estimating.estimate import NoisyTable
from anonymizers.local_day import days_of_week, iso_week
from anonymizers.releasing.edition import Edition, daily_edition, weekly_edition
from anonymizers.releasing.release import SUCCESS, compose
from anonymizers.site import Site
from anonymizers.vocabulary import ALL_VISITORS
from pipelines.published_store import read_release
from pipelines.settings import site_folder
from pipelines.site_folder import read_site_folder

LAST = date(2026, 11, 22)
_OPENED = 5
_LARGEST = 20_000
_PAINTED = """() => new Promise(done => {
  const paint = () => performance.getEntriesByName('first-contentful-paint')[0];
  paint() ? done(paint().startTime)
          : new PerformanceObserver(() => paint() && done(paint().startTime)).observe({type: 'paint', buffered: true});
})"""


def write_releases(published: Path, nights: int, weeks: int) -> None:
    """Releases of made-up numbers in a published store."""
    site, rng = read_site_folder(site_folder(Path("elektrum"))).site, np.random.default_rng(1)
    editions = [daily_edition(LAST - timedelta(days=back)) for back in range(nights)]
    for back in range(weeks):
        week = iso_week(LAST - timedelta(weeks=back))
        editions.append(weekly_edition(week, tuple(days_of_week(week))))
    for edition in editions:
        tables = [NoisyTable(each, _rows(each, site, edition, rng)) for each in STATISTICS[edition.window]]
        folder = published / edition.release
        folder.mkdir(parents=True)
        for name, content in compose(site, edition, tables).files.items():
            (folder / name).write_bytes(content)


def _rows(statistic: Statistic, site: Site, edition: Edition, rng: np.random.Generator) -> pa.Table:
    cells = statistic.cells(site)
    period, *_ = statistic.schema().names
    columns: dict[str, list[Any]] = {period: [edition.period] * len(cells)}
    columns |= {key: [cell[place] for cell in cells] for place, key in enumerate(statistic.keys)}
    for metric in [*statistic.metrics, *([statistic.index] if statistic.index else [])]:
        most = 300 if metric == statistic.index else _LARGEST
        numbers = [2 * most if cell[0] == ALL_VISITORS else int(rng.integers(100, most)) for cell in cells]
        columns |= {
            metric: numbers,
            f"{metric}_low": [n - 60 for n in numbers],
            f"{metric}_high": [n + 60 for n in numbers],
        }
    return pa.table(columns, schema=statistic.schema())


def make(published: Path) -> None:
    """Read the releases, make the catalogue, write it, and say what that took."""
    before = time.process_time()
    names = [path.parent.relative_to(published).as_posix() for path in published.glob(f"*/*/{SUCCESS}")]
    made = catalogue(Store({name: read_release(published / name, name).files for name in names}, {}))
    for name, content in made.items():
        (published / name).write_bytes(content)
    seconds = time.process_time() - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"made in {seconds:.1f} s of processor time, peak {peak:,.0f} MB")


def open_pages(published: Path) -> None:
    """Open each page in windows of their own, and say when the first words are seen."""
    from playwright.sync_api import sync_playwright

    program = os.environ.get("KOOND_CHROMIUM") or shutil.which("chromium")
    if program is None:
        print("first paint: not measured, for there is no Chromium; KOOND_CHROMIUM names its program")
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=["--headless", "--no-sandbox", "--disable-gpu"]
        )
        for name in FILES[:-1]:
            painted = []
            for _ in range(_OPENED):
                context = browser.new_context()
                page = context.new_page()
                page.goto((published / name).as_uri())
                painted.append(page.evaluate(_PAINTED))
                context.close()
            told = ", ".join(f"{each:.0f}" for each in painted)
            print(f"{name}: first paint {median(painted):.0f} ms, median of {told}")
        browser.close()


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nights", type=int, default=60)
    parser.add_argument("--weeks", type=int, default=8)
    parser.add_argument("--make", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.make:
        make(asked.make)
        return
    with tempfile.TemporaryDirectory() as scratch:
        published = Path(scratch)
        write_releases(published, asked.nights, asked.weeks)
        print(f"{asked.nights} nights and {asked.weeks} weeks, load {os.getloadavg()[0]:.1f}")
        subprocess.run([sys.executable, "-m", "benchmarks.catalogue", "--make", str(published)], check=True)
        for name in FILES:
            print(f"{name}: {(published / name).stat().st_size:,} bytes")
        open_pages(published)


if __name__ == "__main__":
    main()
