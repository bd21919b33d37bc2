"""Count and add noise in one step: the only place where exact counts exist, and only inside one function's memory."""

from collections.abc import Mapping, Sequence
from itertools import product

import pyarrow as pa

from anonymizers.counting.bound import bounded_sums
from anonymizers.counting.draw import UNIT, Draw
from anonymizers.counting.mechanism import Noise
from anonymizers.counting.plan import Measure, Plan
from anonymizers.counting.rows import audience, events_for, rows_of
from anonymizers.counting.statistic import EVENTS, REACH, REGISTRATIONS_PART, Statistic, vocabulary
from anonymizers.engine import Table
from anonymizers.site import Site

Cell = tuple[str | int, ...]
Exact = Mapping[str, Mapping[Cell, int]]
"""Measure -> cell -> exact bounded number, in units of 1/1024."""


def measure_events(events: Table, *, site: Site, plan: Plan, release: str, noise: Noise) -> Draw:
    """The draw of all tables of a release that count events: bounded, counted, with noise.

    `events` is `stripped_events` of the day, or of the days of the week; each serves only the tables that its visitor
    agreed to.
    """
    segments = [segment for segment in site.segments if segment.window == plan.window]
    everybody = audience(events_for(REACH, events), segments)
    numbers = {
        statistic.name: _with_noise(
            exact_numbers(rows_of(statistic, events_for(statistic.needs, events), everybody), statistic, plan),
            statistic,
            site,
            plan,
            noise,
        )
        for statistic in plan.statistics
        if statistic.part == EVENTS
    }
    return Draw(release, EVENTS, plan.digest, numbers)


def measure_registrations(registrations: Table, *, site: Site, plan: Plan, release: str, noise: Noise) -> Draw:
    """The draw of new accounts by kind of customer. In: account_id and customer_kind of the day's accounts.

    Counted by itself, from its own read of the registrations: nothing here meets the events (promise 4).
    """
    exact = registrations.engine.fetch(
        registrations.engine.query(
            "SELECT customer_kind, count(DISTINCT account_id) AS registrations FROM "
            "(SELECT account_id, min(customer_kind) AS customer_kind FROM $registrations GROUP BY account_id) accounts "
            "GROUP BY customer_kind",
            registrations=registrations,
        )
    )
    counted: dict[Cell, int] = {(row["customer_kind"],): int(row["registrations"]) * UNIT for row in exact.to_pylist()}
    numbers = {
        statistic.name: _with_noise({"registrations": counted}, statistic, site, plan, noise)
        for statistic in plan.statistics
        if statistic.part == REGISTRATIONS_PART
    }
    return Draw(release, REGISTRATIONS_PART, plan.digest, numbers)


def exact_numbers(rows: Table, statistic: Statistic, plan: Plan) -> Exact:
    """The exact bounded numbers of each measure of a table. For `measure_events` and for proofs of its sensitivity alone."""
    engine, measures = rows.engine, plan.of(statistic)
    norms = {name: measure.bound.norm for name, measure in measures.items()}
    weights = measures["events"].weights if "events" in measures else ()
    told = engine.fetch(
        bounded_sums(rows, statistic.keys, visitors=norms["visitors"], events=norms.get("events", 1.0), weights=weights)
    )
    exact = {metric: _by_cell(told, statistic.keys, metric) for metric in statistic.metrics}
    if "pairs" in measures:
        within = measures["pairs"].keys
        pairs = engine.query(
            "SELECT visitor, $within FROM (SELECT DISTINCT visitor, $keys FROM $rows) pairs",
            within=", ".join(within) or "'all' AS whole",
            keys=", ".join(statistic.keys),
            rows=rows,
        )
        told = engine.fetch(
            bounded_sums(
                pairs,
                within or ("whole",),
                visitors=1.0,
                events=norms["pairs"],
                weights=measures["pairs"].weights,
            )
        )
        exact["pairs"] = _by_cell(told, within, "events")
    return exact


def cells_of(measure: Measure, site: Site, plan: Plan) -> list[Cell]:
    """Every cell of a measure in key order; a measure without keys has one."""
    return list(product(*(vocabulary(site, plan.window)[key] for key in measure.keys)))


def _with_noise(exact: Exact, statistic: Statistic, site: Site, plan: Plan, noise: Noise) -> dict[str, tuple[int, ...]]:
    return {
        name: tuple(noise.add([exact[name].get(cell, 0) for cell in cells_of(measure, site, plan)], measure.mechanism))
        for name, measure in plan.of(statistic).items()
    }


def _by_cell(told: pa.Table, keys: Sequence[str], column: str) -> dict[Cell, int]:
    return {tuple(row[key] for key in keys): int(row[column] or 0) for row in told.to_pylist()}
