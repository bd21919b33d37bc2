"""OpenDP 0.16's Polars context, as `python -m benchmarks.peers.opendp_polars JOB` in OpenDP's environment.

Settings: zCDP with discrete Gaussian noise, and public keys (`with_keys`): cheaper than thresholds, which need a delta and
drop cells. One compositor holds the budget; each table gets its share of rho, half of it for each metric.
"""

from itertools import product
from pathlib import Path

import opendp.prelude as dp
import polars as pl

from benchmarks.peers.work import CountTable, Job, answer, asked

dp.enable_features("contrib")


def public_cells(job: Job, table: CountTable) -> pl.LazyFrame:
    """Every cell, from a file: keys in memory cost five times the seconds, and OpenDP advises against them."""
    types = {key: pl.Int32 if isinstance(job.domains[key][0], int) else pl.String for key in table.keys}
    path = Path(job.answer) / f"{table.name}.keys.parquet"
    cells = list(product(*(job.domains[key] for key in table.keys)))
    pl.DataFrame(cells, schema=types, orient="row").write_parquet(path)
    return pl.scan_parquet(path)


def release(context: dp.Context, table: CountTable, cells: pl.LazyFrame, metric: str, events: int) -> pl.DataFrame:
    """One metric with noise. `visitors` is the rows left at one event a cell: OpenDP's own `n_unique` of the identifier
    gets as much noise as the events, four times too much here.
    """
    keys = [pl.col(key) for key in table.keys]
    # What truncate_num_groups does with keep="sample", which fails (two fields of one name), and better: the order is by
    # visitor too, not the same for all. Ranks begin at 1, so that "< n" keeps n - 1 groups but pays for n; hence + 1.
    ranks = pl.struct(f"choice_{table.name}", *keys).rank("dense").over(pl.col("visitor"))
    query = context.query().filter(ranks < table.cells + 1).truncate_per_group(events, by=keys, keep="first")
    counted = query.group_by(*table.keys).agg(dp.len().alias(metric)).with_keys(cells)
    return counted.release().collect().select(*table.keys, metric)


def main(job: Job) -> None:
    """Count every table of the job under one compositor."""
    choices = {
        f"choice_{table.name}": pl.struct("visitor", *table.keys).hash(seed=7).reinterpret(signed=True)
        for table in job.tables
    }
    context = dp.Context.compositor(
        data=pl.scan_parquet(job.events).with_columns(**choices),
        privacy_unit=dp.unit_of(contributions=1, identifier=pl.col("visitor")),
        privacy_loss=dp.loss_of(rho=job.rho),
        split_by_weights=[share for table in job.tables for share in (table.share / 2, table.share / 2)],
    )
    for table in job.tables:
        cells = public_cells(job, table)
        visitors = release(context, table, cells, "visitors", 1)
        events = release(context, table, cells, "events", table.events)
        answer(job, table.name, table.keys, visitors.join(events, on=list(table.keys)).iter_rows())


if __name__ == "__main__":
    main(asked())
