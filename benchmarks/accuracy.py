"""How far a release's numbers are off, and how often its 95 % intervals hold the true number: all tables, several draws.

`python -m benchmarks.accuracy` makes up a day and a week of the demo site, with another seed than its bounds were chosen
with, draws releases of it with the real noise, and compares them with the exact numbers, before clipping. Prints a table
against the bars of the project; `--json FILE` keeps the figures.
"""

import argparse
import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from anonymizers.attacking.coverage import compare, true_tables
from anonymizers.counting.draw import Draw
from anonymizers.counting.measure import measure_events, measure_registrations
from anonymizers.counting.mechanism import OpenDPNoise
from anonymizers.counting.plan import plan
from anonymizers.counting.statistic import EVENTS, REGISTRATIONS_PART
from anonymizers.estimating.estimate import estimate
from anonymizers.site import Site
from anonymizers.vocabulary import DAY, WEEK
from pipelines.engines.duckdb_engine import DuckDBEngine
from pipelines.settings import site_folder
from pipelines.site_folder import read_site_folder
from pipelines.tune import SEED, make_up_events

MONDAY = date(2026, 11, 16)
DAYS = {DAY: 1, WEEK: 7}
BARS = {
    (DAY, "visitors"): (500, 0.05), (DAY, "events"): (500, 0.08), (WEEK, "visitors"): (1_000, 0.03),
}  # fmt: skip
"""Window and metric -> from how many true visitors on a cell counts, and the largest median relative error."""
COVERAGE = (0.93, 0.97)


@dataclass
class Found:
    """One metric of one table, over all draws."""

    errors: list[float] = field(default_factory=list)
    """Relative, of large cells."""
    held: list[bool] = field(default_factory=list)
    """Of all told cells: does the interval hold the truth?"""
    held_large: list[bool] = field(default_factory=list)

    def figures(self) -> dict[str, float]:
        """What is printed."""
        return {
            "large_cells": len(self.errors),
            "median_error": float(np.median(self.errors)) if self.errors else float("nan"),
            "cells": len(self.held),
            "coverage": float(np.mean(self.held)),
            "coverage_large": float(np.mean(self.held_large)) if self.held_large else float("nan"),
        }


def one_window(site: Site, window: str, visitors: int, draws: int, seed: int) -> dict[tuple[str, str], Found]:
    """Every table and metric of a window."""
    found: dict[tuple[str, str], Found] = {}
    chosen = plan(site, window)
    with tempfile.TemporaryDirectory() as work:
        engine = DuckDBEngine(Path(work), memory="2GB")
        days = [MONDAY + timedelta(day) for day in range(DAYS[window])]
        events = engine.keep(make_up_events(site, days, engine, visitors=visitors, seed=seed))
        truth = true_tables(events, site, chosen)
        nobody = engine.query("SELECT '' AS account_id, '' AS customer_kind WHERE 1 = 0")
        for _ in range(draws):
            drawn: dict[str, Draw] = {
                EVENTS: measure_events(events, site=site, plan=chosen, release="", noise=OpenDPNoise()),
                REGISTRATIONS_PART: measure_registrations(
                    nobody, site=site, plan=chosen, release="", noise=OpenDPNoise()
                ),
            }
            tables = estimate(chosen, site, MONDAY if window == DAY else "2026-W47", drawn)
            for number in compare(tables, truth):
                here = found.setdefault((number.table, number.metric), Found())
                here.held.append(number.held)
                if number.visitors >= BARS[window, number.metric][0]:
                    here.errors.append(abs(number.told - number.true) / max(number.true, 1))
                    here.held_large.append(number.held)
        engine.close()
    return found


def summary(window: str, found: Mapping[tuple[str, str], Found]) -> Iterator[tuple[str, dict[str, float]]]:
    """A name and figures for each table and metric, for each metric of the window, and for all of the window."""
    for (table, metric), each in found.items():
        yield f"{window} {table} {metric}", each.figures()
    for metric in dict.fromkeys(metric for _, metric in found):
        some = [each for (_, own), each in found.items() if own == metric]
        yield f"{window} all {metric}", joined(some).figures()
    yield f"{window} all", joined(list(found.values())).figures()


def joined(some: list[Found]) -> Found:
    """Several as one."""
    names = ("errors", "held", "held_large")
    return Found(*([value for each in some for value in getattr(each, name)] for name in names))


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--site", type=Path, default=Path("elektrum"))
    parser.add_argument("--visitors", type=int, default=100_000, help="a day")
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--seed", type=int, default=SEED + 1_000)
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    if chosen.seed == SEED:
        parser.error("bounds were chosen with this seed; take another")
    site = read_site_folder(site_folder(chosen.site)).site
    figures: dict[str, dict[str, float]] = {}
    print("| release, table, metric | cells | large | median error of large | coverage | of large | bars |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for window in (DAY, WEEK):
        for name, told in summary(window, one_window(site, window, chosen.visitors, chosen.draws, chosen.seed)):
            figures[name] = told
            print(
                f"| {name} | {told['cells'] // chosen.draws} | {told['large_cells'] // chosen.draws} "
                f"| {told['median_error']:.2%} | {told['coverage']:.1%} | {told['coverage_large']:.1%} | {verdict(name, told)} |",
                flush=True,
            )
    if chosen.json:
        chosen.json.write_text(json.dumps(figures, indent=2) + "\n")


def verdict(name: str, told: Mapping[str, float]) -> str:
    """Kept or missed, for the rows that have a bar."""
    window, *rest = name.split()
    if rest == ["all"]:
        low, high = COVERAGE
        return f"{'kept' if low <= told['coverage'] <= high else 'MISSED'}: coverage {low:.0%} to {high:.0%}"
    if rest[0] != "all":
        return ""
    least, bar = BARS[window, rest[1]]
    return f"{'kept' if told['median_error'] <= bar else 'MISSED'}: {bar:.0%} from {least:,} visitors on"


if __name__ == "__main__":
    main()
