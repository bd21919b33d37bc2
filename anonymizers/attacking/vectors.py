"""The exact bounded numbers of a release as vectors, and draws from them: the true mechanism, as often as an attack needs.

For made-up and planted visitors alone: exact numbers of real ones exist in `counting/measure.py` only.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from anonymizers.counting.draw import UNIT, Draw
from anonymizers.counting.measure import cells_of, exact_numbers
from anonymizers.counting.mechanism import Noise
from anonymizers.counting.plan import Measure, Plan
from anonymizers.counting.rows import audience, rows_of
from anonymizers.counting.statistic import EVENTS, REGISTRATIONS_PART
from anonymizers.engine import Table
from anonymizers.site import Site

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Key = tuple[str, str]
"""Table and measure."""
Vectors = Mapping[Key, Integers]
"""A number for each cell of each measure that counts events, in units of 1/1024, in the order of the measure's cells."""


def measures_of(spent: Plan) -> dict[Key, Measure]:
    """The measures of a release that count events; an account registers once, so that there is little to attack."""
    return {
        (measure.statistic.name, measure.name): measure
        for measure in spent.measures
        if measure.statistic.part == EVENTS
    }


def exact_vectors(events: Table, site: Site, spent: Plan) -> Vectors:
    """What a draw of these events is made of: bounded and counted by the engine, before noise.

    `events` is `stripped_events` of made-up visitors, of the window of the plan.
    """
    everybody = audience(events, [segment for segment in site.segments if segment.window == spent.window])
    found: dict[Key, Integers] = {}
    for statistic in (each for each in spent.statistics if each.part == EVENTS):
        told = exact_numbers(rows_of(statistic, events, everybody), statistic, spent)
        for name, measure in spent.of(statistic).items():
            cells = cells_of(measure, site, spent)
            found[statistic.name, name] = np.array([told[name].get(cell, 0) for cell in cells], dtype=np.int64)
    return found


def draw(exact: Vectors, spent: Plan, noise: Noise) -> Vectors:
    """One draw: each measure's numbers with noise from its own mechanism, as `measure_events` draws them."""
    measures = measures_of(spent)
    return {key: np.array(noise.add(numbers.tolist(), measures[key].mechanism)) for key, numbers in exact.items()}


def as_draws(drawn: Vectors, site: Site, spent: Plan, noise: Noise) -> dict[str, Draw]:
    """The parts of a release, for `estimating.estimate`; nobody registers."""
    numbers: dict[str, dict[str, dict[str, tuple[int, ...]]]] = {EVENTS: {}, REGISTRATIONS_PART: {}}
    for (table, name), vector in drawn.items():
        numbers[EVENTS].setdefault(table, {})[name] = tuple(vector.tolist())
    for measure in (each for each in spent.measures if each.statistic.part == REGISTRATIONS_PART):
        nobody = noise.add([0] * len(cells_of(measure, site, spent)), measure.mechanism)
        numbers[REGISTRATIONS_PART].setdefault(measure.statistic.name, {})[measure.name] = tuple(nobody)
    return {part: Draw("rehearsal", part, spent.digest, tables) for part, tables in numbers.items()}


def joined(vectors: Vectors, order: Mapping[Key, Measure]) -> Floats:
    """All measures as one vector, in counts, by the order of `measures_of`."""
    return np.concatenate([vectors[key] for key in order]) / UNIT
