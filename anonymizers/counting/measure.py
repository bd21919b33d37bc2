"""Count and add noise in one step: the only place where exact counts exist, and only inside one function's memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

import pyarrow as pa

from anonymizers.counting.bound import bounded_counts
from anonymizers.counting.mechanism import Mechanism, Noise, mechanisms
from anonymizers.counting.statistic import REGISTRATIONS, Statistic
from anonymizers.engine import Table
from anonymizers.local_day import LocalDay
from anonymizers.site import Site

Cell = tuple[str | int, ...]


@dataclass(frozen=True)
class NoisyTable:
    """A table as it may be published, and the noise that made it so. Only `measure` and `measure_registrations` make one."""

    statistic: Statistic
    rows: pa.Table
    """`Statistic.schema()`, in key order, cells that are no more than noise left out."""
    mechanisms: tuple[Mechanism, ...]

    @property
    def seal(self) -> str:
        """The digest by which the gate knows numbers that came through a mechanism."""
        return seal(self.statistic.name, self.rows, self.mechanisms)


def seal(name: str, rows: pa.Table, drawn: Sequence[Mechanism]) -> str:
    """SHA-256 over a table's name, values and noise; equal for equal values, whatever container carried them.

    With the noise in it, a release cannot claim less privacy loss than its draw spent: after a change of budget or bounds
    the old draws do not fit any more.
    """
    values = [list(row.values()) for row in rows.to_pylist()]
    return sha256(repr((name, rows.column_names, values, tuple(drawn))).encode()).hexdigest()


def measure(stripped_events: Table, statistic: Statistic, *, site: Site, day: LocalDay, noise: Noise) -> NoisyTable:
    """One table of the day from `stripped_events`: bounded, counted, with noise and 95 % intervals."""
    exact = stripped_events.engine.fetch(bounded_counts(stripped_events, statistic, site.tables.of(statistic.name)))
    return _with_noise(exact, statistic, site=site, day=day, noise=noise)


def measure_registrations(registrations: Table, *, site: Site, day: LocalDay, noise: Noise) -> NoisyTable:
    """New accounts of the day by kind of customer, with noise. In: account_id and customer_kind of the day's accounts.

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
    return _with_noise(exact, REGISTRATIONS, site=site, day=day, noise=noise)


def _with_noise(exact: pa.Table, statistic: Statistic, *, site: Site, day: LocalDay, noise: Noise) -> NoisyTable:
    drawn = mechanisms(statistic, site.tables.of(statistic.name), site.budget)
    counts = {tuple(row[key] for key in statistic.keys): row for row in exact.to_pylist()}
    cells = statistic.cells(site)
    noisy = {
        mechanism.metric: noise.add(
            [int(counts[cell][mechanism.metric]) if cell in counts else 0 for cell in cells], mechanism
        )
        for mechanism in drawn
    }
    return NoisyTable(statistic, _publishable(statistic, cells, noisy, drawn, day), drawn)


def _publishable(
    statistic: Statistic,
    cells: Sequence[Cell],
    noisy: Mapping[str, Sequence[int]],
    drawn: Sequence[Mechanism],
    day: LocalDay,
) -> pa.Table:
    """Post-processing, which costs no privacy: intervals, no negative counts, no cell whose reach may be nothing.

    A cell is told when its first metric is so large that in 95 of 100 tables noise alone makes no such cell at all.
    """
    told = [place for place, number in enumerate(noisy[drawn[0].metric]) if number >= drawn[0].least_told(len(cells))]
    columns: dict[str, list[object]] = {"traffic_date": [day.date] * len(told)}
    for number, key in enumerate(statistic.keys):
        columns[key] = [cells[place][number] for place in told]
    for mechanism in drawn:
        values = [noisy[mechanism.metric][place] for place in told]
        columns[mechanism.metric] = [max(0, value) for value in values]
        columns[f"{mechanism.metric}_low"] = [max(0, value - mechanism.half_width) for value in values]
        columns[f"{mechanism.metric}_high"] = [max(0, value + mechanism.half_width) for value in values]
    return pa.table(columns, schema=statistic.schema())
