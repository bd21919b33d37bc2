"""Worlds for the attacks: made-up traffic of a shipped site, with noise and plan as they are or broken on purpose.

Small in every run of the tests; with KOOND_PROOF=1 on all shipped sites, and tried more often.
"""

import os
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from anonymizers.attacking.worlds import Effort, World, open_world
from anonymizers.counting.mechanism import Mechanism, Noise, OpenDPNoise
from anonymizers.counting.plan import Plan, plan
from anonymizers.engine import Table
from anonymizers.rehearsal import ATTACKS, Attack
from anonymizers.site import Site
from anonymizers.vocabulary import DAY, WEEK
from pipelines.engines.duckdb_engine import DuckDBEngine
from pipelines.site_folder import read_site_to_rehearse
from pipelines.tune import make_up_events
from tests.worlds import SITES

PROOF = os.environ.get("KOOND_PROOF") == "1"
SHIPPED = ("elektrum", "snowplow", "weblog")
ATTACKED = SHIPPED if PROOF else ("elektrum",)
"""The sites on which every attack is run."""
EFFORT = Effort(10, 1_000, 100, 40, 60) if PROOF else Effort(2, 80, 20, 8, 24)
ENOUGH = Effort(audits=16, trials=1_200, sticky_trials=20, plantings=12, draws=48)
"""The least that a rehearsal must have tried to count; no smaller in any run."""
VISITORS = {DAY: 20_000, WEEK: 5_000} if PROOF else {DAY: 2_000, WEEK: 500}
MONDAY = date(2026, 3, 2)
DAYS = {DAY: [MONDAY], WEEK: [MONDAY + timedelta(day) for day in range(7)]}
DECLARED: dict[str, Attack] = {each.attack: each for each in ATTACKS}


def unchanged(spent: Plan) -> Plan:
    """The site's own plan."""
    return spent


class AThirdOfTheNoise:
    """Noise of a third of the scale that a release declares."""

    def add(self, exact: list[int], mechanism: Mechanism) -> list[int]:
        """The numbers with that noise."""
        return OpenDPNoise().add(exact, Mechanism(mechanism.l2_sensitivity / 3, mechanism.rho))


class Stage:
    """One site's made-up traffic, kept in an engine; worlds over it."""

    def __init__(self, site: Site, work: Path) -> None:
        self.site = site
        engine = DuckDBEngine(work)
        self.made_up: dict[str, Table] = {}
        for window, days in DAYS.items():
            visitors = min(site.size.visitors, VISITORS[window])
            self.made_up[window] = engine.keep(make_up_events(site, days, engine, visitors=visitors, seed=77))

    def worlds(self, noise: Noise | None = None, broken: Callable[[Plan], Plan] = unchanged) -> dict[str, World]:
        """A world for each window, with the noise of production unless told otherwise."""
        return {
            window: open_world(
                self.made_up[window],
                site=self.site,
                spent=broken(plan(self.site, window)),
                days=days,
                noise=noise or OpenDPNoise(),
                rng=np.random.default_rng(len(days)),
            )
            for window, days in DAYS.items()
        }


def stage_of(name: str, work: Path) -> Stage:
    """The stage of a shipped site."""
    return Stage(read_site_to_rehearse(SITES / name), work)
