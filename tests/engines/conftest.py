"""The engines under test. Spark costs seconds to start: one session a module, all in one Java."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from anonymizers.refusal import Refusal
from pipelines.engines import FileEngine
from pipelines.engines.duckdb_engine import DuckDBEngine
from pipelines.engines.spark_engine import SparkEngine, find_java


@pytest.fixture(scope="session")
def java() -> None:
    """Skips where no Java can run Spark; one that is found and then fails is a failure."""
    try:
        find_java()
    except Refusal as refusal:
        pytest.skip(f"Spark needs Java: {refusal.sentence}")


@pytest.fixture(scope="module")
def quick_java(java: None) -> Iterator[None]:
    """Java for runs of seconds, on a machine far from UTC: it compiles less, and collects garbage on one core."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "America/St_Johns")
        patch.setenv("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
        yield


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run's work folder."""
    return tmp_path_factory.mktemp("work")


@pytest.fixture(scope="module")
def spark(quick_java: None, work: Path) -> Iterator[SparkEngine]:
    """Spark on two cores of this machine."""
    engine = SparkEngine(work, master="local[2]")
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def engines(spark: SparkEngine, work: Path) -> Mapping[str, FileEngine]:
    """DuckDB, as it runs by default, and Spark."""
    return {"duckdb": DuckDBEngine(work), "spark": spark}
