"""koond at the same work, as `python -m benchmarks.peers.koond JOB`, by the functions that its nights run and no others.

Small tables: the whole daily release of the demo site, registrations and segments too, from one budget, with the site's
own bounds. The wide cross table is none of koond's, so its plan is put together here: the L2 norms that the job's bounds
allow (`events * sqrt(cells)`), so that noise and sensitivity are the peers', less 12 % of the budget for the totals to
which clipped cells are scaled.
"""

from dataclasses import dataclass, replace
from datetime import date
from math import sqrt
from pathlib import Path
from tempfile import TemporaryDirectory

from anonymizers.counting.accounting import release_rho
from anonymizers.counting.measure import measure_events, measure_registrations
from anonymizers.counting.mechanism import Mechanism, OpenDPNoise
from anonymizers.counting.plan import Measure, Plan, plan
from anonymizers.counting.statistic import DAY, EVENTS, REGISTRATIONS_PART, Statistic
from anonymizers.engine import Table
from anonymizers.estimating.estimate import estimate
from anonymizers.estimating.roll_up import least_told
from anonymizers.estimating.scale import scaled_numbers
from anonymizers.estimating.whole_numbers import rounded
from anonymizers.site import Bound, Site
from benchmarks.peers.work import CountTable, Job, answer, asked
from pipelines.engines.duckdb_engine import DuckDBEngine
from pipelines.settings import site_folder
from pipelines.site_folder import read_site_folder

RELEASE = "benchmark"
TOTALS = Statistic("totals", "Everything by action", ("action",))
TOTALS_SHARE, PAIRS_SHARE = 0.10, 0.02


@dataclass(frozen=True)
class CrossPlan(Plan):
    """A plan of the cross table and of the totals that it is scaled to."""

    @property
    def statistics(self) -> tuple[Statistic, ...]:
        """Both, in the order in which they are drawn."""
        return tuple(dict.fromkeys(measure.statistic for measure in self.measures))


def cross_plan(site: Site, table: CountTable) -> CrossPlan:
    """The plan of one wide table under the site's whole budget."""
    rho, weights = release_rho(site.budget.epsilon, site.budget.delta), tuple(site.daily.weights.items())
    statistic = Statistic(table.name, "The cross table", table.keys, within=("action",))
    half, norm = (1 - TOTALS_SHARE - PAIRS_SHARE) / 2, sqrt(table.cells)
    events_norm = site.daily.totals.events.norm
    pairs_norm = site.daily.topics.pairs.norm if site.daily.topics.pairs else 100.0

    def measure(of: Statistic, name: str, keys: tuple[str, ...], share: float, most: float, weighted: bool) -> Measure:
        bound = Bound(share=share, norm=most)
        return Measure(of, name, keys, bound, Mechanism(most, rho * share), weights if weighted else ())

    measures = (
        measure(TOTALS, "visitors", ("action",), 1e-3, 2.0, False),
        measure(TOTALS, "events", ("action",), TOTALS_SHARE - 1e-3, events_norm, True),
        measure(statistic, "visitors", table.keys, half, norm, False),
        measure(statistic, "events", table.keys, half, table.events * norm, False),
        measure(statistic, "pairs", ("action",), PAIRS_SHARE, pairs_norm, True),
    )
    return CrossPlan(DAY, site.budget, measures, RELEASE)


def count_cross(events: Table, site: Site, job: Job, table: CountTable) -> None:
    """One wide table: drawn, scaled, and cells that may be nothing but noise left out, as in koond's own tables."""
    alone = replace(site, segments=())
    cross = cross_plan(alone, table)
    cross.spend(RELEASE, RELEASE)
    draw = measure_events(events, site=alone, plan=cross, release=RELEASE, noise=OpenDPNoise())
    numbers = scaled_numbers(cross, alone, {EVENTS: draw})
    visitors, counted = numbers[table.name, "visitors"], numbers[table.name, "events"]
    told = [
        value >= least_told(noise, len(visitors.cells))
        for value, noise in zip(visitors.values, visitors.noise, strict=True)
    ]
    columns = (visitors.cells, rounded(visitors.values), rounded(counted.values))
    rows = (
        (*cell, *both)
        for cell, *both in (row for row, here in zip(zip(*columns, strict=True), told, strict=True) if here)
    )
    answer(job, table.name, table.keys, rows)


def count_daily_release(events: Table, registrations: Table, site: Site, job: Job) -> None:
    """All tables of the daily release; those that the peers count too are the answer."""
    daily, noise = plan(site, DAY), OpenDPNoise()
    daily.spend(RELEASE, RELEASE)
    draws = {
        EVENTS: measure_events(events, site=site, plan=daily, release=RELEASE, noise=noise),
        REGISTRATIONS_PART: measure_registrations(registrations, site=site, plan=daily, release=RELEASE, noise=noise),
    }
    tables = {made.statistic.name: made.rows for made in estimate(daily, site, date(2026, 11, 20), draws)}
    for table in job.tables:
        rows = tables[table.name].select([*table.keys, "visitors", "events"]).to_pylist()
        answer(job, table.name, table.keys, (tuple(row.values()) for row in rows))


def main(job: Job) -> None:
    """Count the job's tables."""
    site, stripped = read_site_folder(site_folder(Path("elektrum"))).site, Path(job.events)
    with TemporaryDirectory() as folder:
        engine = DuckDBEngine(Path(folder))
        events = engine.scan([stripped])
        if [table.name for table in job.tables] == ["cross"]:
            count_cross(events, site, job, job.tables[0])
        else:
            count_daily_release(events, engine.scan([stripped.with_name("registrations.parquet")]), site, job)
        engine.close()


if __name__ == "__main__":
    main(asked())
