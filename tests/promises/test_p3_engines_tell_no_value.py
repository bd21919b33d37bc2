"""Promise 3: an engine's own message quotes the row that it failed on; what is told of it names no value."""

import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from anonymizers.refusal import Reason, Refusal
from pipelines.engines.duckdb_engine import DuckDBEngine

MARK = "mari.maasikas@marked.example"
BROKEN = f"SELECT CAST('{MARK}' AS INTEGER) AS number"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[DuckDBEngine]:
    made = DuckDBEngine(tmp_path)
    yield made
    made.close()


WAYS: dict[str, Callable[[DuckDBEngine, Path], object]] = {
    "run": lambda engine, folder: engine.run(f"CREATE TABLE broken AS {BROKEN}"),
    "fetch": lambda engine, folder: engine.fetch(engine.query(BROKEN)),
    "keep": lambda engine, folder: engine.keep(engine.query(BROKEN)),
    "write": lambda engine, folder: engine.write(engine.query(BROKEN), folder / "out.parquet"),
    "query": lambda engine, folder: engine.query(f"SELECT {MARK!r} FROM nothing_of_{MARK[:4]}"),
}


@pytest.mark.parametrize("way", WAYS)
def test_p3_whichever_way_an_engine_fails_its_refusal_names_no_value_and_has_no_chain(engine, tmp_path, way):
    with pytest.raises(Refusal) as caught:
        WAYS[way](engine, tmp_path)
    refusal = caught.value
    assert refusal.reason is Reason.ENGINE and refusal.__context__ is None and refusal.__cause__ is None
    assert (
        "mari"
        not in f"{refusal}{refusal.args}{vars(refusal)}{''.join(traceback.format_exception_only(refusal))}".lower()
    )


def test_the_engine_itself_would_quote_it():
    """The control."""
    with pytest.raises(duckdb.Error, match=MARK):
        duckdb.sql(BROKEN).fetchall()
