"""An error at every step of the night: the night ends in one sentence, and no value of a person gets out with it."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import anonymizers.counting.measure as measuring
import anonymizers.releasing.leak_scan as scanning
import anonymizers.stripping.strip as stripping
import assets.raw
import assets.release
import assets.statistics
import assets.stripping
import pipelines.io_managers as stores
import pipelines.published_store as published
from assets.silence import column_names, counts
from pipelines.engines.duckdb_engine import DuckDBEngine
from pipelines.home import WeekKeyStore
from pipelines.ledger import SqliteLedger
from pipelines.sources.reading import RawReader
from tests.worlds import World, crowd, page_view, registration

MARK = "mari.maasikas@marked.example"
PLACES: list[tuple[str, Any, str]] = [
    ("reading a source", RawReader, "read"),
    ("taking in a source", RawReader, "intake"),
    ("the week's key", WeekKeyStore, "of"),
    ("the strip", assets.stripping, "strip"),
    ("user agents", stripping, "classify"),
    ("topic rules", stripping, "page_rules"),
    ("metadata of broken rows", assets.raw, "counts"),
    ("metadata of the strip", assets.stripping, "counts"),
    ("a small table", DuckDBEngine, "table"),
    ("a query", DuckDBEngine, "query"),
    ("fetching", DuckDBEngine, "fetch"),
    ("writing the stripped events", DuckDBEngine, "write"),
    ("scanning stored events", DuckDBEngine, "scan"),
    ("measuring", assets.statistics, "measure"),
    ("measuring registrations", assets.statistics, "measure_registrations"),
    ("bounding", measuring, "bounded_counts"),
    ("noise", measuring, "mechanisms"),
    ("post-processing", measuring, "_publishable"),
    ("the ledger's refusal", SqliteLedger, "refuse_if_final"),
    ("the ledger's draw", SqliteLedger, "record_draw"),
    ("the ledger's seals", SqliteLedger, "seals"),
    ("composing", assets.release, "compose"),
    ("the scan", assets.release, "scan"),
    ("the scan's text", scanning, "searchable"),
    ("the gate", assets.release, "examine"),
    ("storing noisy tables", stores, "parquet_bytes"),
    ("loading noisy tables", stores, "read_parquet"),
    ("storing files", stores, "write_private"),
    ("publishing", stores, "publish"),
    ("the second gate", published, "admit"),
    ("writing a published file", published, "_write"),
]


def failing(*words: Any, **more: Any) -> Any:
    """An error as libraries raise it: rows in the message, in a note, and in the chain."""
    try:
        raise KeyError(MARK)
    except KeyError as cause:
        error = ValueError(f"could not convert {MARK} in row {{'email': '{MARK}'}}")
        error.add_note(MARK)
        raise error from cause


class Panic(BaseException):
    """How a panic in a compiled library arrives: not an Exception, its input in the message."""


def panicking(*words: Any, **more: Any) -> Any:
    raise Panic(f"called `unwrap()` on {MARK}")


def bytes_below(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file()).lower()


@pytest.mark.parametrize(("place", "owner", "name"), PLACES, ids=[place for place, _, _ in PLACES])
def test_p3_an_error_at_this_step_shows_no_value_and_publishes_nothing(
    place: str,
    owner: Any,
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
):
    views, ads = crowd(5)
    world = World(
        tmp_path, [*views, page_view(cookie_id=MARK, url=f"https://x.example/?{MARK}")], ads, [registration(email=MARK)]
    )
    monkeypatch.setattr(owner, name, panicking if place in ("user agents", "publishing") else failing)
    why = world.run()
    printed = capfd.readouterr()
    assert why is not None and MARK not in why
    assert MARK not in printed.out + printed.err
    assert MARK.encode() not in bytes_below(world.home.root / "dagster")
    assert not world.home.published.exists() or not any(world.home.published.rglob("_SUCCESS"))


def test_the_search_sees_a_value_that_dagster_was_told(tmp_path: Path):
    """The control: the same error without silence does reach Dagster's own store."""
    script = f"""
import dagster as dg, os, sys
@dg.asset
def careless() -> int:
    raise ValueError({MARK!r})
os.makedirs(sys.argv[1]); os.environ["DAGSTER_HOME"] = sys.argv[1]
with dg.DagsterInstance.get() as instance:
    dg.materialize([careless], instance=instance, raise_on_error=False)
"""
    subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "dagster")], capture_output=True, timeout=120, check=False
    )
    assert MARK.encode() in bytes_below(tmp_path / "dagster")


@pytest.mark.parametrize("told", [{"rows": "many"}, {"rows": [1]}, {"rows": True}, {MARK: 1}, {"rows": None}, {"": 1}])
def test_metadata_takes_numbers_under_plain_names_and_nothing_else(told: dict[str, Any]):
    with pytest.raises(TypeError) as refused:
        counts(told)
    assert MARK not in str(refused.value)


def test_column_names_that_may_be_values_are_counted_and_not_shown():
    shown = column_names(iter(["utm_source", MARK, "Mari Maasikas", "36805280109", "mari.maasikas"])).text
    assert shown == "utm_source, and 4 more with unusual names"


def test_the_default_io_manager_refuses(tmp_path: Path):
    refusing: Callable[[Any, object], None] = stores.RefusingIOManager().handle_output
    with pytest.raises(Exception, match="names no IO manager"):
        refusing(type("Context", (), {"asset_key": type("Key", (), {"to_user_string": lambda self: "x"})()})(), [MARK])
