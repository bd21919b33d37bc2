"""Bounds that suit the data: for a peer, those with the least error on this very day, found with the exact numbers at hand.

koond's own bounds come from `koond tune`, which makes up traffic with the generator that makes up this benchmark's. So the
peers get theirs from the same source, and a difference between tools is not one between guesses. Noise is not drawn
here, only its usual size is counted in.
"""

from dataclasses import replace
from math import hypot, sqrt
from statistics import median

import duckdb

from benchmarks.peers.work import CountTable

CELLS = (1, 2, 3, 4, 6, 8, 12, 16, 20, 30, 40)
EVENTS = (1, 2, 4, 6, 8, 12, 16, 24, 40, 60, 80)
USUAL = 0.6745
"""Median of the absolute value of a standard normal number."""
SIZES = ((100, 500), (500, 2000), (2000, 1 << 60))
"""True visitors of the cells by which bounds are judged, each size alike."""
ENOUGH = 10


def with_best_bounds(con: duckdb.DuckDBPyConnection, path: str, table: CountTable, rho: float) -> CountTable:
    """The table with the bounds of least error: the sum of both metrics' median relative errors at each size of cells."""
    keys = ", ".join(table.keys)
    con.execute(
        f"CREATE OR REPLACE TABLE pairs AS SELECT *, row_number() OVER (PARTITION BY visitor ORDER BY choice) AS place "
        f"FROM (SELECT visitor, {keys}, count(*) AS n, hash(hash(visitor, {keys})) AS choice FROM '{path}' GROUP BY ALL)"
    )
    errors = {}
    for cells in CELLS:
        kept = ", ".join(f"coalesce(sum(least(n, {most})) FILTER (place <= {cells}), 0)" for most in EVENTS)
        counted = con.execute(
            f"SELECT count(*), sum(n), count(*) FILTER (place <= {cells}), {kept} FROM pairs GROUP BY {keys}"
        ).fetchall()
        groups = [[row for row in counted if low <= row[0] < high] for low, high in SIZES]
        noise = USUAL * sqrt(cells / (rho * table.share))
        for number, most in enumerate(EVENTS):
            errors[cells, most] = sum(
                median(hypot(row[0] - row[2], noise) / row[0] for row in group)
                + median(hypot(row[1] - row[3 + number], most * noise) / row[1] for row in group)
                for group in groups
                if len(group) >= ENOUGH
            )
    cells, events = min(errors, key=errors.__getitem__)
    return replace(table, cells=cells, events=events)
