"""The steps of the night and the week, each by one function in whose place a test puts something else."""

from typing import Any

import anonymizers.counting.measure as measuring
import anonymizers.counting.plan as planning
import anonymizers.counting.rows as rows
import anonymizers.estimating.estimate as estimating
import anonymizers.releasing.gate as gate
import anonymizers.releasing.release as releasing
import anonymizers.searching.leak_scan as scanning
import anonymizers.stripping.strip as stripping
import assets.editions
import assets.raw
import assets.release
import assets.statistics
import assets.stripping
import pipelines.io_managers as stores
import pipelines.published_store as published
from pipelines.engines.duckdb_engine import DuckDBEngine
from pipelines.ledger import Ledger
from pipelines.ledger.rules import Book
from pipelines.sources.reading import RawReader
from pipelines.week_keys import WeekKeyStore
from tests.worlds import ExactNoise

Place = tuple[str, Any, str]
BOTH: list[Place] = [
    ("the ledger's open release", Ledger, "open_release"),
    ("reading a source", RawReader, "read"),
    ("a query", DuckDBEngine, "query"),
    ("fetching", DuckDBEngine, "fetch"),
    ("scanning stored events", DuckDBEngine, "scan"),
    ("keeping the audience", DuckDBEngine, "keep"),
    ("the plan", assets.statistics, "plan"),
    ("what the plan costs", planning, "epsilon_of"),
    ("the ledger's reservation", Book, "reserve"),
    ("drawing once", Ledger, "draw_once"),
    ("measuring", assets.statistics, "measure_events"),
    ("members of segments", rows, "members"),
    ("rows of a table", measuring, "rows_of"),
    ("bounding", measuring, "bounded_sums"),
    ("noise", ExactNoise, "add"),
    ("keeping a draw", Book, "keep"),
    ("metadata of a draw", assets.statistics, "counts"),
    ("the ledger's draws", Ledger, "draws"),
    ("estimating", assets.release, "estimate"),
    ("making tables agree", estimating, "agree"),
    ("caveats", assets.release, "caveats"),
    ("composing", assets.release, "compose"),
    ("describing segments", releasing, "segments_json"),
    ("packing a candidate", stores, "ZipFile"),
    ("storing files", stores, "write_private"),
    ("loading what is stored", stores, "_existing"),
    ("what must be searched", assets.release, "must_search"),
    ("the scan", assets.release, "scan"),
    ("the scan's text", scanning, "read_all"),
    ("the gate", assets.release, "examine"),
    ("a check of the gate", gate, "estimate"),
    ("the second net", gate, "suspicions"),
    ("writing a refusal down", assets.release, "Evidence"),
    ("publishing", stores, "publish"),
    ("the second gate", published, "admit"),
    ("what was released", Ledger, "released"),
    ("writing a published file", published, "write_public"),
]
"""Steps of the night and of the week alike."""
OF_THE_NIGHT: list[Place] = [
    ("taking in a source", RawReader, "intake"),
    ("metadata of broken rows", assets.raw, "counts"),
    ("the week's key", WeekKeyStore, "of"),
    ("the strip", assets.stripping, "strip"),
    ("user agents", stripping, "classify"),
    ("a small table", DuckDBEngine, "table"),
    ("topic rules", stripping, "page_rules"),
    ("metadata of the strip", assets.stripping, "counts"),
    ("writing the stripped events", DuckDBEngine, "write"),
    ("measuring registrations", assets.statistics, "measure_registrations"),
    ("the edition of a day", assets.editions, "daily_edition"),
]
OF_THE_WEEK: list[Place] = [
    ("the days told", Ledger, "days_told"),
    ("the days that are read", stores, "_days"),
    ("the edition of a week", assets.editions, "weekly_edition"),
    ("the index", estimating, "_index"),
]
AFTERWARDS: list[Place] = [
    ("writing the release down", Ledger, "record_release"),
    ("destroying the week's key", WeekKeyStore, "destroy"),
    ("writing down that the key is gone", Ledger, "record_key_destroyed"),
]
"""Steps of the week after its release has appeared."""
