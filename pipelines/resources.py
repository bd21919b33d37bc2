"""Resources of a run: its engines with their work folder, which live and end with the run."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import dagster as dg

from assets.silence import silent
from pipelines.engines import FileEngine
from pipelines.engines.duckdb_engine import DuckDBEngine
from pipelines.home import Home
from pipelines.ledger import Ledger
from pipelines.published_store import record_what_stands
from pipelines.quiet import withhold_errors
from pipelines.week_keys import WeekKeyStore


@dataclass(frozen=True)
class Engines:
    """The night's engine; DuckDB for what is not Parquet (the same one where DuckDB is the engine); their work folder."""

    engine: FileEngine
    duckdb: DuckDBEngine
    work: Path


MakeEngines = Callable[[Path], Engines]


def duckdb_engines(memory: str) -> MakeEngines:
    """DuckDB for everything."""

    def make(work: Path) -> Engines:
        engine = DuckDBEngine(work, memory=memory)
        return Engines(engine, engine, work)

    return make


def spark_engines(master: str, memory: str) -> MakeEngines:
    """Spark for the night; DuckDB reads the formats that are not Parquet and hands them over."""

    def make(work: Path) -> Engines:
        from pipelines.engines.spark_engine import SparkEngine

        return Engines(SparkEngine(work, master=master), DuckDBEngine(work, memory=memory), work)

    return make


def engines_of_a_run(home: Home, ledger: Ledger, week_keys: WeekKeyStore, make: MakeEngines) -> dg.ResourceDefinition:
    """The resource that opens a work folder and engines for one run, and removes the folder after it.

    One run at a time in a home: a second one waits here. What a killed run left undone is made good first.
    """

    @dg.resource
    @silent
    def engines(context: dg.InitResourceContext) -> Iterator[Engines]:
        withhold_errors()
        with home.one_run(), home.work_folder() as work:
            record_what_stands(home, ledger)
            week_keys.destroy_all_of_closed_weeks()
            made = make(work)
            try:
                yield made
            finally:
                made.engine.close()
                made.duckdb.close()

    return engines
