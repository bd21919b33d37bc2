"""A5, reconstruction: a linear program over all tables of a day, for small cells of topic, hour and action together.

No table tells such a cell. The planted day is sparse on purpose (few visitors with one event each; on a part of the day
each action meets one topic), so that exact tables leave one solution only and the control can succeed. The attacker knows
everybody else, who is therefore left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
from scipy.optimize import linprog
from scipy.sparse import coo_array, hstack, identity, vstack

from anonymizers.attacking.planted import rows_from
from anonymizers.attacking.vectors import Floats, Integers, Vectors
from anonymizers.counting.draw import UNIT
from anonymizers.counting.plan import Plan
from anonymizers.counting.statistic import Statistic
from anonymizers.estimating.estimate import NoisyTable
from anonymizers.refusal import Reason, Refusal
from anonymizers.site import Site
from anonymizers.vocabulary import DAYPART_OF_HOUR, DAYPARTS, HOURS, OTHER

TABLES = ("totals", "topics", "hours", "topic_dayparts")
"""The tables of a day that tell sums of such cells."""
LARGEST = 4
"""Planted cells hold 0 to so many events, all equally often: whoever guesses one number has one in five right."""
_REACH = 1.96

Words = tuple[str | int, ...]


@dataclass(frozen=True)
class Planted:
    """A planted day: its stripped events, and how many of them each small cell holds, empty ones too."""

    events: pa.Table
    cells: Integers
    """A row for each small cell: topic, hour, action."""
    truth: Integers


@dataclass(frozen=True)
class Told:
    """What one table tells of joint cells: in which of its rows each is counted, and the numbers of the rows."""

    rows: Integers
    """For each joint cell, in the order of (topic, hour, action)."""
    values: Floats
    off: Floats
    """About one standard deviation."""


def plant(site: Site, spent: Plan, day: date, rng: np.random.Generator) -> Planted:
    """A sparse day of made-up visitors, each with one event that no bound cuts.

    On each part of the day each action meets one topic, which stands on no other part of the day.
    """
    actions = [place for place, action in enumerate(site.actions) if site.daily.weights[action] <= _least_norm(spent)]
    topics = len(site.topic_names)
    each = min(len(actions), topics // len(DAYPARTS))
    if not each:
        raise Refusal(
            "rehearse", Reason.SITE_FOLDER, f"the site has fewer than {len(DAYPARTS)} topics; add some, or leave it out"
        )
    order = rng.permutation(topics)[: each * len(DAYPARTS)].reshape(len(DAYPARTS), each)
    cells = np.array(
        [
            (order[DAYPARTS.index(DAYPART_OF_HOUR[hour]), place], hour, action)
            for place, action in enumerate(actions[:each])
            for hour in HOURS
        ]
    )
    truth = rng.permutation(np.arange(len(cells)) % (LARGEST + 1))
    topic, hour, action = np.repeat(cells, truth, axis=0).T
    return Planted(rows_from(site, day, np.arange(len(topic)), topic, hour, action), cells, truth)


def told_by_draws(drawn: Vectors, site: Site, spent: Plan) -> list[Told]:
    """What a draw tells: the numbers of all events, before anything is made of them. So do exact vectors, for the control."""
    measures = {each.statistic.name: each for each in spent.measures if each.name == "events"}
    told = []
    for table in TABLES:
        measure, cells = measures[table], measures[table].statistic.cells(site)
        weights = np.array([measure.weight(cell) for cell in cells])
        values, off = drawn[table, "events"] / UNIT / weights, measure.mechanism.sigma / weights
        told.append(Told(_rows(measure.statistic, site, cells), values, off))
    return told


def told_by_tables(tables: Sequence[NoisyTable], site: Site) -> list[Told]:
    """What published tables tell; what is rolled up is counted in its parent."""
    told = []
    for table in (each for each in tables if each.statistic.name in TABLES):
        columns = table.rows.to_pydict()
        cells = list(zip(*(columns[key] for key in table.statistic.keys), strict=True))
        values, low, high = (np.array(columns[name], dtype=float) for name in ("events", "events_low", "events_high"))
        off = np.maximum((high - low) / 2 / _REACH, 0.5)
        told.append(Told(_rows(table.statistic, site, cells), values, off))
    return told


def reconstruct(told: Sequence[Told]) -> Floats:
    """The joint cells (topic, hour, action) that fit all tables best: none negative, weighed distances smallest.

    Raises Refusal when the program has no solution, which cannot be.
    """
    sums = vstack([_sums(each) for each in told])
    values, off = (np.concatenate([getattr(each, name) for each in told]) for name in ("values", "off"))
    slack = identity(len(values), format="coo")
    cost = np.concatenate([np.zeros(sums.shape[1]), 1 / off, 1 / off])
    solved = linprog(cost, A_eq=hstack([sums, slack, -slack]).tocsr(), b_eq=values, method="highs")
    if solved.x is None:
        raise Refusal("rehearse", Reason.ENGINE, "the linear program of A5 was not solved; run it again")
    found: Floats = solved.x[: sums.shape[1]]
    return found


def guess_from_margins(told: Sequence[Told], site: Site) -> Floats:
    """The joint cells as if topics and hours of an action had nothing to do with each other: what needs no program."""
    total, topics, hours = (np.maximum(each.values, 0)[each.rows] for each in told[:3])
    # A row into which several topics are rolled up is shared among them.
    together = np.bincount(told[1].rows)[told[1].rows] / len(HOURS)
    guess: Floats = topics / together * hours / np.maximum(total, 1)
    return guess


def exactly_right(found: Floats, planted: Planted, site: Site) -> float:
    """The share of planted small cells that are right to the event."""
    joint = found.reshape(len(site.topic_names), len(HOURS), len(site.actions))
    return float((np.rint(joint[tuple(planted.cells.T)]) == planted.truth).mean())


def commonest(planted: Planted) -> float:
    """The share that one and the same guess for every cell has right, at its best."""
    return float(np.bincount(planted.truth).max() / len(planted.truth))


def _sums(told: Told) -> coo_array:
    joint = len(told.rows)
    return coo_array((np.ones(joint), (told.rows, np.arange(joint))), shape=(len(told.values), joint))


def _rows(statistic: Statistic, site: Site, cells: Sequence[Words]) -> Integers:
    """For each joint cell, the place of the cell that it is counted in: itself or the same of the topic `other`."""
    places = {cell: place for place, cell in enumerate(cells)}
    found = []
    for topic in site.topic_names:
        for hour in HOURS:
            for action in site.actions:
                words: dict[str, str | int] = {
                    "topic": topic,
                    "hour": hour,
                    "daypart": DAYPART_OF_HOUR[hour],
                    "action": action,
                }
                own = tuple(words[key] for key in statistic.keys)
                parent = tuple((words | {"topic": OTHER})[key] for key in statistic.keys)
                found.append(places[own] if own in places else places[parent])
    return np.array(found)


def _least_norm(spent: Plan) -> float:
    """Of the measures in which an event weighs by its action."""
    return min(each.bound.norm for each in spent.measures if each.name == "events" and each.weights)
