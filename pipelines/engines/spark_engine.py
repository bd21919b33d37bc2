"""Spark: for those who outgrow one machine (extra `spark`). The same SQL; choices by a hash that all engines share."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from anonymizers.engine import Table
from anonymizers.refusal import Reason, Refusal
from pipelines.engines import FileEngine

_INSTANTS = {
    "timestamp": "unix_micros(CAST({0} AS TIMESTAMP))",
    "epoch_seconds": "CAST(round(TRY_CAST({0} AS DOUBLE) * 1000000) AS BIGINT)",
    "epoch_milliseconds": "CAST(round(TRY_CAST({0} AS DOUBLE) * 1000) AS BIGINT)",
    "text": "unix_micros(TRY_CAST({0} AS TIMESTAMP))",
}
_SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parser.escapedStringLiterals": "true",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}


class SparkEngine(FileEngine):
    """A Spark session for one run. `master` as Spark writes it, `local[2]` for two cores of this machine."""

    def __init__(self, work: Path, *, master: str = "local[2]") -> None:
        builder = SparkSession.builder.master(master).appName("koond").config("spark.local.dir", str(work / "spill"))
        for name, value in _SETTINGS.items():
            builder = builder.config(name, value)
        self.session = builder.config("spark.sql.warehouse.dir", str(work / "warehouse")).getOrCreate()
        self.session.sparkContext.setLogLevel("OFF")

    def run(self, sql: str) -> None:
        """Run one statement; an error loses Spark's message, which shows rows."""
        self._silently(lambda: self.session.sql(sql))

    def table(self, rows: pa.Table) -> Table:
        """A small table from memory."""
        table = self.query("SELECT 1 AS one")
        self._silently(lambda: self.session.createDataFrame(rows).createOrReplaceTempView(table.view))
        return table

    def scan(self, paths: Sequence[Path]) -> Table:
        """Parquet files, lazily."""
        table = self.query("SELECT 1 AS one")
        self._silently(lambda: self.session.read.parquet(*map(str, paths)).createOrReplaceTempView(table.view))
        return table

    def fetch(self, table: Table) -> pa.Table:
        """The rows, in memory."""
        fetched: pa.Table = self._silently(lambda: self.session.table(table.view).toArrow())
        return fetched

    def write(self, table: Table, path: Path) -> int:
        """A folder of Parquet files, renamed into place when whole; gives its rows."""
        half = path.with_name(f".{path.name}.half")
        self._silently(lambda: self.session.table(table.view).write.mode("overwrite").parquet(str(half)))
        if path.exists():
            shutil.rmtree(path)
        half.rename(path)
        rows: int = self._silently(lambda: self.session.read.parquet(str(path)).count())
        return rows

    def _silently(self, action):  # type: ignore[no-untyped-def]
        failure = None
        try:
            return action()
        except PySparkException as error:
            failure = type(error).__name__
        raise Refusal("spark", Reason.ENGINE, f"{failure}; check the cluster, disk and that the raw files are whole")

    def keyed_hash(self, key: str, text: str) -> str:
        """64 bits of SHA-256."""
        half = "CAST(conv(substr(sha2(concat({0}, {1}), 256), {2}, 8), 16, 10) AS BIGINT)"
        high, low = half.format(key, text, 1), half.format(key, text, 9)
        return f"(({high} - 2147483648) * 4294967296 + {low})"

    def choice(self, columns: Sequence[str]) -> str:
        """MD5 over the columns: the portable choice."""
        return f"md5(concat_ws('|', {', '.join(columns)}))"

    def instant_us(self, column: str, written_as: str) -> str:
        """Microseconds of an instant, as the source writes it."""
        return _INSTANTS[written_as].format(column)
