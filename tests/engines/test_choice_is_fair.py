"""Which of a visitor's cells are kept must be as good as chance: an uneven choice would bend every clipped number.

Spark makes the portable choice, cell for cell (`test_same_cells_on_every_engine`).
"""

from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from anonymizers.counting.bound import bounded_counts
from anonymizers.counting.statistic import EVENT_STATISTICS, Statistic
from anonymizers.engine import Engine, Table
from anonymizers.site import Bound
from anonymizers.vocabulary import DAYPART_OF_HOUR
from pipelines.engines.duckdb_engine import DuckDBEngine
from pipelines.site_folder import read_site_folder
from tests.worlds import DAY, SITES

SITE = read_site_folder(SITES / "elektrum").site
VISITORS, CELLS, KEPT = 10_000, 20, 5
ONE_KEY = Statistic("one_key", "Hours of the day", ("hour",))
"""A table of a single key: there a hash without a second one around it showed its unevenness most."""
HOUR_OF_DAYPART: dict[Any, Any] = {part: hour for hour, part in reversed(list(DAYPART_OF_HOUR.items()))}


def visits(engine: Engine, statistic: Statistic) -> Table:
    """`stripped_events` in which every visitor has the same twenty cells, one event in each; pseudonyms are fixed."""
    pseudonyms = [int.from_bytes(sha256(str(n).encode()).digest()[:8], "big", signed=True) for n in range(VISITORS)]
    cells: list[tuple[Any, ...]] = list(statistic.cells(SITE))
    cells = [cells[len(cells) * n // CELLS] for n in range(CELLS)]
    columns: dict[str, Any] = {"visitor": np.repeat(pseudonyms, CELLS), "traffic_date": [DAY] * (VISITORS * CELLS)}
    for place, key in enumerate(statistic.keys):
        values = [HOUR_OF_DAYPART.get(cell[place], cell[place]) for cell in cells]
        hours = key in ("hour", "daypart")
        columns["hour" if hours else key] = pa.array(values * VISITORS, pa.int16() if hours else pa.string())
    return engine.table(pa.table(columns))


@pytest.mark.parametrize("portable", [False, True], ids=["own-hash", "portable"])
@pytest.mark.parametrize("statistic", [*EVENT_STATISTICS, ONE_KEY], ids=lambda statistic: str(statistic.name))
def test_each_of_twenty_cells_is_kept_by_a_quarter_of_the_visitors(
    tmp_path: Path, portable: bool, statistic: Statistic
) -> None:
    """Chi-square for each degree of freedom: 1 by chance. A single hash gave 900 for a table of one key, on DuckDB 2.0."""
    engine, bound = DuckDBEngine(tmp_path, portable=portable), Bound(share=0.1, cells=KEPT, events=1)
    kept = engine.fetch(bounded_counts(visits(engine, statistic), statistic, bound))["visitors"].to_numpy()
    share = KEPT / CELLS
    assert len(kept) == CELLS
    assert kept.sum() == VISITORS * KEPT
    chi_square = ((kept - VISITORS * share) ** 2).sum() / (VISITORS * share * (1 - share)) * (CELLS - 1) / CELLS
    assert 0.3 < chi_square / (CELLS - 1) < 2.2
