"""PipelineDP 0.3.1 on its local backend, as `python -m benchmarks.peers.pipelinedp_local JOB` in PipelineDP's environment.

Settings: Gaussian noise, both metrics in one aggregation, accounting by privacy loss distributions (less noise than the
default NaiveBudgetAccountant), and public partitions: the closed lists are known, so no budget goes into selecting
cells and no cell is lost to a threshold. Several tables share one accountant by `budget_weight`.
"""

from collections.abc import Iterator
from itertools import product
from operator import itemgetter
from typing import Any

import pipeline_dp  # type: ignore[import-not-found]
import pyarrow.parquet as pq

from benchmarks.peers.work import CountTable, Job, answer, asked

Event = tuple[int, tuple[str | int, ...]]


def read(job: Job, table: CountTable) -> Iterator[Event]:
    """(visitor, cell) of each event, streamed."""
    for batch in pq.ParquetFile(job.events).iter_batches(columns=["visitor", *table.keys]):
        visitor, *keys = (batch.column(name).to_pylist() for name in ("visitor", *table.keys))
        yield from zip(visitor, zip(*keys, strict=True), strict=True)


def aggregate(engine: Any, job: Job, table: CountTable) -> Any:
    """The lazy result: (cell, metrics) pairs."""
    metrics = [pipeline_dp.Metrics.PRIVACY_ID_COUNT, pipeline_dp.Metrics.COUNT]
    params = pipeline_dp.AggregateParams(
        metrics=metrics,
        noise_kind=pipeline_dp.NoiseKind.GAUSSIAN,
        max_partitions_contributed=table.cells,
        max_contributions_per_partition=table.events,
        budget_weight=table.share,
    )
    extractors = pipeline_dp.DataExtractors(
        privacy_id_extractor=itemgetter(0), partition_extractor=itemgetter(1), value_extractor=lambda event: 0
    )
    cells = list(product(*(job.domains[key] for key in table.keys)))
    return engine.aggregate(read(job, table), params, extractors, public_partitions=cells)


def main(job: Job) -> None:
    """Count every table of the job under one accountant."""
    accountant = pipeline_dp.PLDBudgetAccountant(job.epsilon, job.delta)
    engine = pipeline_dp.DPEngine(accountant, pipeline_dp.LocalBackend())
    results = {table: aggregate(engine, job, table) for table in job.tables}
    accountant.compute_budgets()
    for table, result in results.items():
        rows = ((*cell, metrics.privacy_id_count, metrics.count) for cell, metrics in result)
        answer(job, table.name, table.keys, rows)


if __name__ == "__main__":
    main(asked())
