"""The world that attacks play in: made-up traffic of a site, strangers, and whom the attacker plants among them.

Everything is counted by the true engine and drawn by the true mechanism of the site's plan. Making traffic up is not here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import pyarrow as pa

from anonymizers.attacking.planted import strangers
from anonymizers.attacking.vectors import Vectors, exact_vectors
from anonymizers.counting.mechanism import Noise
from anonymizers.counting.plan import Plan
from anonymizers.engine import Engine, Table
from anonymizers.site import Site

STRANGERS = 2_000
"""So many that most cells hold fifty events, so that the control of A1 leaves out little."""


@dataclass(frozen=True)
class Effort:
    """How often each attack is tried."""

    audits: int
    """Worlds of A1, each with coins of its own."""
    trials: int
    """Pairs of releases of A3 and of A4, for each window."""
    sticky_trials: int
    """Of their control."""
    plantings: int
    """Planted days of A5, at least two."""
    draws: int
    """Releases of A10 for each window, at least two."""


@dataclass(frozen=True)
class World:
    """The visitors of one release: of a day, or of the days of a week."""

    site: Site
    spent: Plan
    """What bounds and noise follow; the site's own, but in tests that break it."""
    days: Sequence[date]
    made_up: Table
    """`stripped_events` of made-up traffic; the engine keeps it."""
    others: Table
    """`stripped_events` of strangers."""
    noise: Noise
    rng: np.random.Generator
    """Flips coins and plants visitors; never makes noise."""

    @property
    def engine(self) -> Engine:
        """Where it is counted."""
        return self.made_up.engine

    def table(self, rows: pa.Table) -> Table:
        """Planted rows, for the engine."""
        return self.engine.table(rows)

    def exact(self, *planted: pa.Table, others: Table | None = None, spent: Plan | None = None) -> Vectors:
        """The exact bounded numbers of everybody and of those planted; with other strangers or another plan, if given."""
        return self._count(self.made_up, others or self.others, *map(self.table, planted), spent=spent)

    def exact_again(self, planted: pa.Table) -> Vectors:
        """The same as `exact`, for worlds that differ in the planted alone: the made-up traffic is counted but once.

        Numbers of different visitors add up (`test_sensitivity`); a million events a time would take minutes.
        """
        near = self._count(self.others, self.table(planted))
        return {key: numbers + near[key] for key, numbers in self._made_up_exact.items()}

    @cached_property
    def _made_up_exact(self) -> Vectors:
        return self._count(self.made_up)

    def _count(self, *crowd: Table, spent: Plan | None = None) -> Vectors:
        events = self.engine.query(" UNION ALL ".join(f"SELECT * FROM {table.view}" for table in crowd))
        return exact_vectors(events, self.site, spent or self.spent)

    def other_strangers(self) -> Table:
        """As many others as `others`."""
        return self.table(strangers(self.site, self.days, STRANGERS, self.rng))


def open_world(
    made_up: Table, *, site: Site, spent: Plan, days: Sequence[date], noise: Noise, rng: np.random.Generator
) -> World:
    """The world of one release around its made-up traffic."""
    others = made_up.engine.table(strangers(site, days, STRANGERS, rng))
    return World(site, spent, days, made_up, others, noise, rng)
