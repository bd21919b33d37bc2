"""Tumult Analytics 0.21 on Spark, as `python -m benchmarks.peers.tumult_spark JOB` in Tumult's environment.

Settings: zCDP with Gaussian noise for both metrics, and a public `KeySet`: `get_groups` would spend budget and delta on
finding cells and drop small ones. Bounds by the constraints MaxGroupsPerID and MaxRowsPerGroupPerID. Spark runs in this
process's JVM on all cores, with as many shuffle partitions as the work needs instead of 200, and without its UI.
"""

import os
import sys
from itertools import product

import pandas as pd
from pyspark.sql import SparkSession
from pyspark.sql.functions import concat_ws
from tmlt.analytics import (  # type: ignore[import-not-found]
    AddRowsWithID,
    KeySet,
    MaxGroupsPerID,
    MaxRowsPerGroupPerID,
    QueryBuilder,
    RhoZCDPBudget,
    Session,
)

from benchmarks.peers.work import Job, answer, asked

SEPARATOR = "|"


def main(job: Job) -> None:
    """Count every table of the job in one session."""
    os.environ["PYSPARK_PYTHON"] = sys.executable
    cores = os.cpu_count() or 2
    spark = (
        SparkSession.builder.master(f"local[{cores}]")
        .config("spark.driver.memory", "4g")
        .config("spark.sql.shuffle.partitions", str(2 * cores))
        .config("spark.ui.enabled", "false")
        .config("spark.sql.warehouse.dir", f"{job.answer}/warehouse")
        .getOrCreate()
    )
    events = spark.read.parquet(job.events)
    building = Session.Builder().with_privacy_budget(RhoZCDPBudget(job.rho)).with_id_space("visitors")
    for table in job.tables:
        # Its constraints take one grouping column, so the keys become one, row by row, before the session.
        cells = events.select("visitor", concat_ws(SEPARATOR, *table.keys).alias("cell"))
        building = building.with_private_dataframe(table.name, cells, AddRowsWithID("visitor", id_space="visitors"))
    session = building.build()
    for table in job.tables:
        every = product(*(map(str, job.domains[key]) for key in table.keys))
        cells = spark.createDataFrame(pd.DataFrame({"cell": [SEPARATOR.join(cell) for cell in every]}))
        grouped = (
            QueryBuilder(table.name)
            .enforce(MaxGroupsPerID("cell", table.cells))
            .enforce(MaxRowsPerGroupPerID("cell", table.events))
            .groupby(KeySet.from_dataframe(cells))
        )
        share = RhoZCDPBudget(job.rho * table.share / 2 * (1 - 1e-9))
        visitors = session.evaluate(grouped.count_distinct(["visitor"], "visitors", mechanism="gaussian"), share)
        events_told = session.evaluate(grouped.count("events", mechanism="gaussian"), share)
        told = visitors.join(events_told, "cell").toPandas()
        rows = zip(told["cell"], told["visitors"], told["events"], strict=True)
        answer(job, table.name, table.keys, ((*cell.split(SEPARATOR), *numbers) for cell, *numbers in rows))
    spark.stop()


if __name__ == "__main__":
    main(asked())
