"""What made-up visitors do, as plain numbers, so that many bounds can be tried on them in little time.

The same bounding as `counting/bound.py`, in numpy and without rounding to 1/1024. For made-up visitors alone: exact
numbers of real ones exist in `counting/measure.py` only. How they are made up is not here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from anonymizers.counting.draw import UNIT, Draw
from anonymizers.counting.measure import cells_of
from anonymizers.counting.plan import Measure, Plan
from anonymizers.counting.rows import audience, rows_of
from anonymizers.counting.statistic import EVENTS, REGISTRATIONS_PART, Statistic
from anonymizers.engine import Table
from anonymizers.estimating.scale import Floats, margin
from anonymizers.site import Site

Integers = NDArray[np.int64]

_NUMBERS = """
SELECT visitor, cell, events
FROM (SELECT visitor, $keys, count(*) AS events FROM $rows GROUP BY visitor, $keys) numbers JOIN $cells USING ($keys)
ORDER BY visitor, cell
"""


@dataclass(frozen=True)
class Contributions:
    """What each visitor adds to a table: a row for each visitor and cell touched."""

    visitors: Integers
    """Numbered from zero, ascending."""
    cells: Integers
    """Places in the table's cells."""
    events: Floats


@dataclass
class MadeUp:
    """The made-up visitors of one release, by table, and the same traffic at the site's size. Nobody registers."""

    site: Site
    plan: Plan
    """Gives the tables; its bounds do not matter."""
    tables: Mapping[str, Contributions]
    scale: float
    """The site's visitors, for each made-up one."""
    _kept: dict[tuple[object, ...], Floats] = field(default_factory=dict)

    def truth(self, measure: Measure) -> Floats:
        """The true number of each cell of a measure, at the site's size, in counts."""
        key: tuple[object, ...] = (measure.statistic.name, measure.name)
        if key not in self._kept:
            self._kept[key] = self._drawn(measure, None) / self.weights(measure)
        return self._kept[key]

    def bounded(self, measure: Measure) -> Floats:
        """What the mechanism would give without noise: bounded, weighed, at the site's size."""
        key = (measure.statistic.name, measure.name, measure.bound.norm, measure.weights)
        if key not in self._kept:
            self._kept[key] = self._drawn(measure, measure.bound.norm)
        return self._kept[key]

    @property
    def actions(self) -> Mapping[str, float]:
        """Events of each action, at the site's size; empty where the release has no table by action alone."""
        whole = self.tables.get("totals")
        if whole is None:
            return {}
        events = np.bincount(whole.cells, whole.events, len(self.site.actions)) * self.scale
        return dict(zip(self.site.actions, events.tolist(), strict=True))

    def norms(self, measure: Measure) -> Floats:
        """The L2 norm of every visitor's numbers in a measure."""
        if measure.statistic.part == REGISTRATIONS_PART:
            return np.ones(1)
        visitors, _, numbers = self._numbers(measure)
        norms: Floats = np.sqrt(np.bincount(visitors, numbers**2))
        return norms

    def draws(self, plan: Plan, noise: np.random.Generator | None = None) -> dict[str, Draw]:
        """Draws under a plan, without noise, or with repeatable noise that is good for trials alone."""
        numbers: dict[str, dict[str, dict[str, tuple[int, ...]]]] = {}
        for measure in plan.measures:
            drawn = self.bounded(measure)
            if noise is not None:
                drawn = drawn + noise.normal(0, measure.mechanism.sigma, len(drawn))
            table = numbers.setdefault(measure.statistic.part, {}).setdefault(measure.statistic.name, {})
            table[measure.name] = tuple(np.rint(drawn * UNIT).astype(np.int64).tolist())
        return {part: Draw("made-up", part, plan.window, tables) for part, tables in numbers.items()}

    def _drawn(self, measure: Measure, norm: float | None) -> Floats:
        if measure.statistic.part == REGISTRATIONS_PART:
            return np.zeros(len(self.weights(measure)))
        visitors, cells, numbers = self._numbers(measure)
        if norm is not None:
            norms = np.sqrt(np.bincount(visitors, numbers**2))
            numbers = np.asarray(numbers * np.minimum(1, norm / np.maximum(norms, 1e-9))[visitors], dtype=np.float64)
        sums: Floats = np.asarray(
            np.bincount(cells, numbers, len(self.weights(measure))) * self.scale, dtype=np.float64
        )
        return sums

    def _numbers(self, measure: Measure) -> tuple[Integers, Integers, Floats]:
        """Visitor, cell of the measure and weighed number, a row for each visitor and cell."""
        told, weights = self.tables[measure.statistic.name], self.weights(measure)
        if measure.name == "visitors":
            return told.visitors, told.cells, np.ones(len(told.cells))
        if measure.name == "events":
            return told.visitors, told.cells, told.events * weights[told.cells]
        groups = margin(measure.statistic.cells(self.site), measure.statistic.keys, measure.keys).argmax(axis=0)
        touched, pairs = np.unique(told.visitors * len(weights) + groups[told.cells], return_counts=True)
        cells = touched % len(weights)
        return touched // len(weights), cells, pairs * weights[cells]

    def weights(self, measure: Measure) -> Floats:
        """What one counted of each cell weighs in the draw."""
        return np.array([measure.weight(cell) for cell in cells_of(measure, self.site, self.plan)], dtype=float)


def made_up(events: Table, *, site: Site, plan: Plan, scale: float) -> MadeUp:
    """The numbers of made-up visitors, fetched from the engine.

    `events` is `stripped_events` of the release's window, made up by few enough visitors that a row for each of them and
    each cell fits in memory; `scale` is how many visitors of the site each of them stands for.
    """
    segments = [segment for segment in site.segments if segment.window == plan.window]
    everybody = audience(events, segments)
    tables = {
        statistic.name: _contributions(rows_of(statistic, events, everybody), statistic, site)
        for statistic in plan.statistics
        if statistic.part == EVENTS
    }
    return MadeUp(site, plan, tables, scale)


def _contributions(rows: Table, statistic: Statistic, site: Site) -> Contributions:
    cells = statistic.cells(site)
    columns: dict[str, Sequence[object]] = {
        key: [cell[place] for cell in cells] for place, key in enumerate(statistic.keys)
    }
    told = rows.engine.fetch(
        rows.engine.query(
            _NUMBERS,
            rows=rows,
            keys=", ".join(statistic.keys),
            cells=rows.engine.table(pa.table(columns | {"cell": range(len(cells))})),
        )
    )
    _, visitors = np.unique(told["visitor"].to_numpy(), return_inverse=True)
    return Contributions(
        visitors.astype(np.int64), told["cell"].to_numpy().astype(np.int64), told["events"].to_numpy().astype(float)
    )
