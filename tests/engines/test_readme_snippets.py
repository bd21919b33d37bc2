"""The README's own lines to read a table, run as they stand there: each tool finds every value, with its type."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pandas
import polars
import pytest

from anonymizers.releasing.containers import read_parquet
from anonymizers.releasing.release import Release
from pipelines.engines.spark_engine import SparkEngine
from pipelines.site_folder import read_site_folder
from tests.anonymizers.releasing.candidates import EDITIONS, composed
from tests.worlds import SITES

pytestmark = pytest.mark.xdist_group("spark")
README = Path(__file__).parents[2] / "README.md"
Rows = list[dict[str, Any]]


def lines() -> list[str]:
    """The block of the README, without the line that names a folder."""
    first, *others = re.search(r"### Read it\n.*?```python\n(.*?)```", README.read_text(), re.DOTALL)[1].splitlines()
    assert re.fullmatch(r'folder = "published/daily/date=\d{4}-\d\d-\d\d"', first)
    return others


def of_pandas(frame: pandas.DataFrame) -> Rows:
    return [
        {name: None if value is pandas.NA else value for name, value in row.items()} for row in frame.to_dict("records")
    ]


READ: dict[str, Callable[[Any], Rows]] = {
    "duckdb": lambda table: [dict(zip(table.columns, row, strict=True)) for row in table.fetchall()],
    "pandas": of_pandas,
    "polars": lambda frame: frame.to_dicts(),
    "spark": lambda frame: [row.asDict() for row in frame.collect()],
}
"""Tool -> its own way to show the rows that a line of the README gave."""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Release]]:
    """A published store with a day and a week, in folders that are named as they are."""
    root = tmp_path_factory.mktemp("published")
    site = read_site_folder(SITES / "elektrum").site
    releases = [composed(site, edition) for edition in EDITIONS]
    for release in releases:
        (root / release.name).mkdir(parents=True)
        for name, content in release.files.items():
            (root / release.name / name).write_bytes(content)
    return root, releases


def test_there_is_one_line_for_each_tool() -> None:
    assert [line.split(".")[0] for line in lines()] == list(READ)


def test_each_line_finds_every_value_of_every_table_with_its_type(store, spark: SparkEngine) -> None:
    """The lines as they stand, of `topics`; and the same for every other table, those of a week with empty numbers too."""
    root, releases = store
    tools = {"duckdb": duckdb, "pandas": pandas, "polars": polars, "spark": spark.session}
    for release in releases:
        for name in (name for name in release.files if name.endswith(".parquet")):
            expected = read_parquet(release.files[name]).to_pylist()
            for line in lines():
                line = line if name == "topics.parquet" else line.replace("topics.parquet", name)
                found = READ[line.split(".")[0]](eval(line, {**tools, "folder": str(root / release.name)}))
                assert found == expected, (line.split(".")[0], name)
                assert {type(value) for row in found for value in row.values()} <= {str, int, date, type(None)}
