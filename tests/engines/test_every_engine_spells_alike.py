"""The expressions that engines spell apart, and the strings that they might read apart."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from anonymizers.engine import as_template
from anonymizers.stripping.topics import path_sql
from pipelines.engines import FileEngine
from pipelines.engines.spark_engine import SparkEngine
from tests.engines.odd_urls import PATH_OF_ODD_URL

pytestmark = pytest.mark.xdist_group("spark")

INSTANT = datetime(2026, 3, 29, 0, 59, 59, 123456, tzinfo=UTC)
INSTANT_US = 1_774_745_999_123_456
SECOND_US = 1_774_745_999_000_000


def evaluated(engine: FileEngine, expression: str, texts: Iterable[str | None]) -> dict[str | None, Any]:
    """Text -> what the engine makes of `expression` over it, the column being `said`."""
    rows = engine.table(pa.table({"said": pa.array(list(texts), pa.string())}))
    told = engine.fetch(engine.query("SELECT said, $found AS found FROM $rows", found=expression, rows=rows))
    return {row["said"]: row["found"] for row in told.to_pylist()}


def test_a_url_of_any_shape_has_the_same_path_on_every_engine(engines: Mapping[str, FileEngine]) -> None:
    """Engines differ on the lower case of U+0130: a topic must not turn on it."""
    expected = {None: None} | PATH_OF_ODD_URL
    for name, engine in engines.items():
        assert evaluated(engine, path_sql("said"), expected) == expected, name


def test_a_pseudonym_is_the_same_on_every_engine_and_in_the_books(engines: Mapping[str, FileEngine]) -> None:
    key = "0f" * 32
    visitors = ["cookie_id:1", "account_id:EE00000001", "", "Õie Šmidt \U0001f50c", "a'b\\c$d", "x" * 4_000]
    digests = {visitor: sha256((key + visitor).encode()).digest() for visitor in visitors}
    expected = {visitor: int.from_bytes(digest[:8], "big") - 2**63 for visitor, digest in digests.items()}
    for name, engine in engines.items():
        assert evaluated(engine, engine.keyed_hash(f"'{key}'", "said"), visitors) == expected, name


@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Tallinn"])
@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_a_timestamp_column_means_the_same_instant_on_every_engine(
    engines: Mapping[str, FileEngine], tmp_path: Path, unit: str, zone: str | None
) -> None:
    """Without a zone the column is UTC, whatever the machine's zone. Older pandas writes nanoseconds."""
    exact_column = pa.array([INSTANT, None], pa.timestamp("us", tz="UTC"))
    column = exact_column.cast(pa.timestamp(unit, tz="UTC"), safe=False).cast(pa.timestamp(unit, tz=zone))
    pq.write_table(pa.table({"ts": column}), tmp_path / "raw.parquet")
    exact = INSTANT_US // 1_000 * 1_000 if unit == "ms" else INSTANT_US
    for name, engine in engines.items():
        assert instants(engine, tmp_path / "raw.parquet") == [exact, None], name


def test_instants_of_old_hadoop_files_are_the_same_on_every_engine(
    engines: Mapping[str, FileEngine], tmp_path: Path
) -> None:
    rows = pa.table({"ts": pa.array([INSTANT, None], pa.timestamp("us", tz="UTC"))})
    pq.write_table(rows, tmp_path / "raw.parquet", use_deprecated_int96_timestamps=True)
    for name, engine in engines.items():
        assert instants(engine, tmp_path / "raw.parquet") == [INSTANT_US, None], name


def instants(engine: FileEngine, path: Path) -> list[object]:
    """Microseconds of the column `ts` of a Parquet file."""
    rows = engine.scan([path])
    told = engine.query("SELECT $instant AS us FROM $rows", rows=rows, instant=engine.instant_us("ts", "timestamp"))
    found: list[object] = engine.fetch(told)["us"].to_pylist()
    return found


INSTANTS_AS_TEXT: Mapping[str, dict[str | None, Any]] = {
    "text": {
        "2026-03-29T00:59:59.123456Z": INSTANT_US,
        "2026-03-29 00:59:59.123456": INSTANT_US,
        "2026-03-29 02:59:59+02:00": SECOND_US,
        "2026-03-29T02:59:59+0200": SECOND_US,
        "2026-03-29": 1_774_742_400_000_000,
        "2026-02-30 10:00:00": None,
        "2026": None,
        "10:00": None,
        "T10:00": None,
        "now": None,
        "": None,
        "teisipäev": None,
    },
    "combined": {
        "29/Mar/2026:02:59:59 +0200": SECOND_US,
        "29/Mar/2026:00:59:59 +0000": SECOND_US,
        "9/Mar/2026:00:00:00 +0000": 1_773_014_400_000_000,
        "09/Mar/2026:00:00:00 +0000": 1_773_014_400_000_000,
        "31/Feb/2026:00:00:00 +0000": None,
        "29/Mar/2026": None,
        "-": None,
    },
    "epoch_seconds": {
        "1774745999": SECOND_US,
        "1774745999.123456": INSTANT_US,
        "99999999999999999999": None,
        "1e400": None,
        "nan": None,
        "eile": None,
    },
    "epoch_milliseconds": {"1774745999123": INSTANT_US // 1_000 * 1_000, "inf": None, "": None},
}


@pytest.mark.parametrize("written_as", INSTANTS_AS_TEXT)
def test_an_instant_written_as_text_is_the_same_or_nothing_on_every_engine(
    engines: Mapping[str, FileEngine], written_as: str
) -> None:
    """Nothing means set aside: no text may stop a night, and none may mean the day on which the night runs."""
    expected = {None: None} | INSTANTS_AS_TEXT[written_as]
    for name, engine in engines.items():
        assert evaluated(engine, engine.instant_us("said", written_as), expected) == expected, name


def test_a_string_of_sql_holds_quotes_backslashes_and_dollars_as_they_stand(engines: Mapping[str, FileEngine]) -> None:
    text = r"""it's \n \d ${env:HOME} "x" """
    literal = "'" + text.replace("'", "''") + "'"
    for name, engine in engines.items():
        told = engine.query(as_template(rf"SELECT {literal} AS text, regexp_extract('a.b', '\.(b)\z', 1) AS ending"))
        assert engine.fetch(told).to_pylist() == [{"text": text, "ending": "b"}], name


def test_an_empty_table_from_memory_keeps_its_columns_on_every_engine(engines: Mapping[str, FileEngine]) -> None:
    nothing = pa.table({"said": pa.array([], pa.string()), "day": pa.array([], pa.date32())})
    for name, engine in engines.items():
        assert engine.fetch(engine.table(nothing)).schema.equals(nothing.schema), name


def test_what_one_run_wrote_is_read_again_and_replaced_whole(engines: Mapping[str, FileEngine], tmp_path: Path) -> None:
    for name, engine in engines.items():
        path = tmp_path / f"{name}.parquet"
        for told in ([1, 2, 3], [7]):
            assert engine.write(
                engine.table(pa.table({"day": [date(2026, 3, 29)] * len(told), "n": told})), path
            ) == len(told)
            assert set(engine.fetch(engine.scan([path]))["n"].to_pylist()) == set(told), name
        assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_names_of_files_and_folders_add_no_columns_and_are_no_patterns(
    engines: Mapping[str, FileEngine], tmp_path: Path
) -> None:
    folder = tmp_path / "date=2026-03-29" / "kind={a,b} [x]*?'s é"
    folder.mkdir(parents=True)
    pq.write_table(pa.table({"n": [1, 2]}), folder / "part=0.parquet")
    for name, engine in engines.items():
        rows = engine.scan([folder / "part=0.parquet"])
        assert engine.fetch(engine.query("SELECT * FROM $rows ORDER BY n", rows=rows)).to_pydict() == {"n": [1, 2]}, (
            name
        )
        stored = folder / f"{name}.parquet"
        assert engine.write(rows, stored) == 2
        assert engine.fetch(engine.scan([stored])).column_names == ["n"], name


@pytest.mark.parametrize(("writer", "reader"), [("duckdb", "spark"), ("spark", "duckdb")])
def test_what_one_engine_stored_another_reads_and_replaces(
    engines: Mapping[str, FileEngine], tmp_path: Path, writer: str, reader: str
) -> None:
    """A site may outgrow a machine between two nights of one week."""
    path = tmp_path / "date=2026-03-29.parquet"
    engines[writer].write(engines[writer].table(pa.table({"n": [1]})), path)
    assert engines[reader].fetch(engines[reader].scan([path]))["n"].to_pylist() == [1]
    engines[reader].write(engines[reader].table(pa.table({"n": [2]})), path)
    assert engines[writer].fetch(engines[writer].scan([path]))["n"].to_pylist() == [2]


def test_a_table_that_is_kept_says_the_same_and_is_executed_once(
    engines: Mapping[str, FileEngine], spark: SparkEngine
) -> None:
    """Also where it is used inside another query, twice: Spark's plan then reads its memory, DuckDB's table stands."""
    for name, engine in engines.items():
        rows = engine.table(pa.table({"n": list(range(50))}))
        kept = engine.keep(engine.query("SELECT n, n % 7 AS rest FROM $rows WHERE n > 9", rows=rows))
        paired = engine.query("SELECT count(*) AS n FROM $kept a JOIN $kept b ON a.rest = b.rest", kept=kept)
        assert engine.fetch(paired)["n"].to_pylist() == [5 * 6**2 + 2 * 5**2], name
        assert sorted(engine.fetch(kept)["n"].to_pylist()) == list(range(10, 50)), name
        if engine is spark:
            plan = spark.session.table(paired.view)._jdf.queryExecution().executedPlan().toString()
            assert plan.count("StorageLevel(") == 2  # both sides of the join
    duckdb = engines["duckdb"]
    chance = duckdb.keep(duckdb.query("SELECT random() AS chance FROM range(50)"))
    assert sorted(duckdb.fetch(chance)["chance"].to_pylist()) == sorted(duckdb.fetch(chance)["chance"].to_pylist())
