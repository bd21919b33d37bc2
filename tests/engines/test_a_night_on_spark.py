"""Whole runs on Spark, as an operator has them with KOOND_ENGINE=local[2]: each opens and ends its own session."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from pyspark.sql import SparkSession

from anonymizers.counting.statistic import DAILY
from anonymizers.releasing.verify import verify
from pipelines.engines.spark_engine import SparkEngine
from tests.worlds import World, crowd, registration

pytestmark = [pytest.mark.xdist_group("spark"), pytest.mark.usefixtures("quick_java")]

REGISTERED = [registration(account_id=f"EE{n:08}", company=f"Naide {n} OÜ" if n % 3 else None) for n in range(50)]


@pytest.fixture(autouse=True)
def no_session_left_for_other_tests() -> Iterator[None]:
    """Ends a session that a night left behind, so that one broken promise is one red test."""
    yield
    if left := SparkSession.getActiveSession():
        left.stop()


def a_night(root: Path) -> World:
    """A published night of some hundred people; its own key, for no number depends on what pseudonyms look like."""
    world = World(root, *crowd(300), REGISTERED)
    assert world.run() is None
    return world


def test_a_night_on_spark_publishes_quietly_what_a_night_on_duckdb_publishes(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    on_duckdb = a_night(tmp_path / "duckdb")
    told_by_duckdb = capfd.readouterr()
    monkeypatch.setenv("KOOND_ENGINE", "local[2]")
    on_spark = a_night(tmp_path / "spark")
    told_by_spark = capfd.readouterr()
    assert verify({path.name: path.read_bytes() for path in on_spark.release.iterdir()}) == []
    for statistic in DAILY:
        assert on_spark.table(statistic.name) == on_duckdb.table(statistic.name)
        # a night this small has no hour of an action that is more than noise
        assert len(on_spark.table(statistic.name)) > 1 or statistic.name == "hours"
    assert len(told_by_spark.out.splitlines()) == len(told_by_duckdb.out.splitlines())
    assert len(told_by_spark.err.splitlines()) == len(told_by_duckdb.err.splitlines())
    assert list(on_spark.home.restricted("work").iterdir()) == []
    assert SparkSession.getActiveSession() is None, "the session outlived its run"


def test_a_closed_engine_ends_its_session_and_the_next_one_starts_anew(tmp_path: Path) -> None:
    for night in ("first", "second"):
        (tmp_path / night).mkdir()
        engine = SparkEngine(tmp_path / night)
        rows = engine.table(pa.table({"said": [night]}))
        assert engine.fetch(rows)["said"].to_pylist() == [night]
        if night == "first":
            engine.close()
            assert SparkSession.getActiveSession() is None
    guest = SparkEngine(tmp_path)
    guest.close()
    assert engine.fetch(rows)["said"].to_pylist() == ["second"], "a guest ended the session of another"
    engine.close()
    engine.close()
