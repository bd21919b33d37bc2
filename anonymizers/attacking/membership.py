"""A1, the membership audit: planted visitors, each in or out by the flip of a coin, and an attacker who knows all else.

One-run auditing (Steinke, Nasr, Jagielski 2023). The attacker sees the draws themselves: all that is published is made of
them, so that nothing published tells more.
"""

from dataclasses import dataclass
from functools import cached_property
from math import log

import numpy as np
from numpy.typing import NDArray

from anonymizers.attacking.vectors import Floats, Key, Vectors, draw, joined, measures_of
from anonymizers.counting.draw import UNIT
from anonymizers.counting.measure import cells_of
from anonymizers.counting.mechanism import Noise
from anonymizers.counting.plan import Measure, Plan
from anonymizers.counting.rows import audience, rows_of
from anonymizers.engine import Table
from anonymizers.estimating.scale import margin
from anonymizers.site import Site

CANARIES, GUESSES = 400, 200
"""Planted, and guessed at: the half that the attacker is surest of."""
THRESHOLD = 50
"""The usual protection of exact counts: cells with fewer are left out. What the control attacks."""
_SCALES = np.geomspace(1, 1e-5, 11)
"""Of the noise that the attacker believes in, against the plan's."""

Coins = NDArray[np.bool_]


@dataclass(frozen=True)
class Attacker:
    """Knows how the numbers look without any canary, and what each canary adds to each of them."""

    measures: dict[Key, Measure]
    without: Floats
    adds: Floats
    """A row for each number, a column for each canary, in counts as they are drawn."""
    sigmas: Floats
    """Of the noise of each number."""
    weights: Floats
    """What one counted of each number weighs in the draw."""

    def guess(self, numbers: Vectors) -> Floats:
        """How sure it is of each canary, from a draw: above zero it says in."""
        told = joined(numbers, self.measures)
        return self._guess(told, np.ones(len(told), dtype=bool))

    def guess_from_large(self, numbers: Vectors) -> Floats:
        """The same from numbers of at least `THRESHOLD`, with no others told."""
        told = joined(numbers, self.measures)
        return self._guess(told, told / self.weights >= THRESHOLD)

    @cached_property
    def _model(self) -> "_Model":
        return _model_of(self.adds / self.sigmas[:, None])

    def _guess(self, told: Floats, seen: Coins) -> Floats:
        """The most likely coins, each taken as normal around one half, and noise as the plan says or less of it.

        How much less, it finds out (largest likelihood of the numbers): an attacker would notice noise that is missing.
        """
        model = self._model if seen.all() else _model_of((self.adds / self.sigmas[:, None])[seen])
        centred = (told - self.without)[seen] / self.sigmas[seen] - model.half
        along = model.axes.T @ centred
        beside, left = max(float(centred @ centred - along @ along), 0.0), len(centred) - len(along)
        variances = [(model.lengths**2 / 4 + scale**2, scale**2) for scale in _SCALES]
        likeliest, _ = min(
            variances,
            key=lambda each: float(
                (np.log(each[0]) + along**2 / each[0]).sum() + left * log(each[1]) + beside / each[1]
            ),
        )
        sure: Floats = model.canaries.T @ (model.lengths * along / likeliest)
        return sure


@dataclass(frozen=True)
class _Model:
    """What canaries add to numbers, in standard deviations of their noise, taken apart into singular values."""

    half: Floats
    """Of each number: what all canaries together add, halved."""
    axes: Floats
    lengths: Floats
    canaries: Floats


def _model_of(adds: Floats) -> _Model:
    return _Model(adds.sum(axis=1) / 2, *np.linalg.svd(adds, full_matrices=False))


def attacker(canaries: Table, crowd: Vectors, *, site: Site, spent: Plan) -> Attacker:
    """The attacker on a release: `canaries` are stripped events of all canaries, `crowd` the exact vectors of the others.

    Works out what each canary adds with arithmetic of its own, which shares no code with the bounding that it attacks.
    """
    measures = measures_of(spent)
    everybody = audience(canaries, [segment for segment in site.segments if segment.window == spent.window])
    adds, sigmas, weights = [], [], []
    for measure in measures.values():
        adds.append(_adds(measure, canaries, everybody, site, spent))
        cells = cells_of(measure, site, spent)
        sigmas.append(np.full(len(cells), measure.mechanism.sigma))
        weights.append(np.array([measure.weight(cell) for cell in cells], dtype=np.float64))
    return Attacker(measures, joined(crowd, measures), np.vstack(adds), np.concatenate(sigmas), np.concatenate(weights))


def right_guesses(attacker: Attacker, coins: Coins, exact: Vectors, spent: Plan, noise: Noise | None) -> int:
    """Of the half that the attacker is surest of, how many it has right. `exact` holds the crowd and the canaries that are in.

    Without noise it is told exact counts above the threshold: the control.
    """
    sure = attacker.guess_from_large(exact) if noise is None else attacker.guess(draw(exact, spent, noise))
    half = np.argsort(-np.abs(sure))[: len(coins) // 2]
    return int(((sure[half] > 0) == coins[half]).sum())


def _adds(measure: Measure, canaries: Table, everybody: Table, site: Site, spent: Plan) -> Floats:
    """What each canary adds to each cell of a measure, in counts: a row for each cell, a column for each canary."""
    statistic, engine = measure.statistic, canaries.engine
    told = engine.fetch(
        engine.query(
            "SELECT visitor, $keys, count(*) AS events FROM $rows GROUP BY visitor, $keys",
            keys=", ".join(statistic.keys),
            rows=rows_of(statistic, canaries, everybody),
        )
    )
    cells = {cell: place for place, cell in enumerate(statistic.cells(site))}
    rows = [cells[tuple(row[key] for key in statistic.keys)] for row in told.to_pylist()]
    visitors = told["visitor"].to_numpy() - 1
    whole = np.zeros((len(cells), int(visitors.max()) + 1))
    whole[rows, visitors] = told["events"].to_numpy()
    if measure.name != "events":
        whole = np.minimum(whole, 1)
    if measure.name == "pairs":
        whole = margin(list(cells), statistic.keys, measure.keys) @ whole
    weighed = whole * np.array([[measure.weight(cell)] for cell in cells_of(measure, site, spent)])
    lengths = np.sqrt((weighed**2).sum(axis=0))
    adds: Floats = np.floor(weighed * np.minimum(1, measure.bound.norm / np.maximum(lengths, 1e-9)) * UNIT) / UNIT
    return adds
