"""Roll-up instead of loss: what is too small to be told goes into its public parent.

A cell is told when it is more than noise alone makes anywhere in its table, in 95 of 100 tables. A topic, or a browser of
a segment, is told with all its cells or not at all, so that sums by topic stay equal in all tables; if not, its cells are
added to those of `other`. A browser that is not told on some device and system goes to that browser on `other` and
`other`, and from there to `other` alone. In a row of `other` a visitor of several small cells counts in each.
"""

from collections.abc import Mapping
from math import sqrt
from statistics import NormalDist

import numpy as np

from anonymizers.counting.measure import Cell
from anonymizers.counting.statistic import STATISTICS, Statistic
from anonymizers.estimating.scale import Numbers
from anonymizers.vocabulary import OTHER

CONFIDENCE = 0.95
JUDGED_BY = {
    "topics": ("topics", "topic"),
    "topic_dayparts": ("topics", "topic"),
    "segment_topics": ("segment_topics", "topic"),
    "segment_browsers": ("segment_browsers", "browser"),
}
"""Table -> the table and the key by which its slices are told or not. Of other tables all cells are told."""

Parents = Mapping[Cell, Cell]
"""Cell -> the cell that it is told in: itself or its parent."""


def parents(statistic: Statistic, numbers: Mapping[tuple[str, str], Numbers]) -> Parents:
    """Where each cell of a table is told."""
    metric = statistic.metrics[0]
    cells = numbers[statistic.name, metric].cells
    if statistic.name == "browsers":
        return _browser_parents(numbers[statistic.name, metric])
    if statistic.name not in JUDGED_BY:
        return {cell: cell for cell in cells}
    table, key = JUDGED_BY[statistic.name]
    place = statistic.keys.index(key)
    judge = next(each for each in STATISTICS[statistic.window] if each.name == table)
    told = _told_slices(numbers[table, metric], judge.keys.index(key))
    told |= {OTHER}
    return {cell: cell if cell[place] in told else (*cell[:place], OTHER, *cell[place + 1 :]) for cell in cells}


def least_told(variance: float, cells: int) -> float:
    """The least number that noise alone reaches anywhere among so many empty cells in 5 of 100 tables."""
    return NormalDist().inv_cdf(1 - (1 - CONFIDENCE) / cells) * sqrt(variance)


def _told_slices(numbers: Numbers, place: int) -> set[str | int]:
    # An empty cell has no spread, so the noise alone is what it must be more than.
    return {
        cell[place]
        for cell, value, noise in zip(numbers.cells, numbers.values, numbers.noise, strict=True)
        if value >= least_told(noise, len(numbers.cells))
    }


def _browser_parents(numbers: Numbers) -> Parents:
    values = dict(zip(numbers.cells, numbers.values, strict=True))
    noise = dict(zip(numbers.cells, numbers.noise, strict=True))
    whole = (OTHER, OTHER, OTHER)
    told: dict[Cell, Cell] = {
        cell: cell if values[cell] >= least_told(noise[cell], len(values)) else (cell[0], OTHER, OTHER)
        for cell in values
    }
    for browser in dict.fromkeys(cell[0] for cell in values):
        family = (browser, OTHER, OTHER)
        inside = [cell for cell in values if told[cell] == family]
        if sum(values[cell] for cell in inside) < least_told(sum(noise[cell] for cell in inside), len(values)):
            told |= dict.fromkeys(inside, whole)
    return told


def rolled_up(numbers: Numbers, told_in: Parents) -> Numbers:
    """The numbers of the cells that are told, in key order, each with those of the cells that are told in it.

    Before anything is cut off at zero: many empty cells with noise add up to about nothing only as long as the negative
    ones are among them.
    """
    told = [cell for cell in numbers.cells if cell in set(told_in.values())]
    rows = {cell: number for number, cell in enumerate(told)}
    adds = np.zeros((len(told), len(numbers.cells)))
    adds[[rows[told_in[cell]] for cell in numbers.cells], np.arange(len(numbers.cells))] = 1.0
    return Numbers(told, adds @ numbers.values, adds @ numbers.noise, adds @ numbers.variances, numbers.common @ adds.T)
