"""What partners read published tables with: both engines find in the bytes of koond's own writer what was written."""

from pathlib import Path

import pytest

from anonymizers.releasing.parquet import parquet_bytes
from tests.anonymizers.releasing.golden import TABLE

pytestmark = pytest.mark.xdist_group("spark")


def test_both_engines_read_every_value_of_a_published_table(engines, tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    path.write_bytes(parquet_bytes(TABLE))
    for name, engine in engines.items():
        found = engine.fetch(engine.scan([path])).to_pylist()
        assert found == TABLE.to_pylist(), name


def test_both_engines_read_a_published_table_without_rows(engines, tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    path.write_bytes(parquet_bytes(TABLE.slice(0, 0)))
    for name, engine in engines.items():
        assert engine.fetch(engine.scan([path])).num_rows == 0, name
