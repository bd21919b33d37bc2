"""The expressions that engines spell apart, and the strings that they might read apart."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from anonymizers.stripping.topics import path_sql
from pipelines.engines import FileEngine
from tests.engines.odd_urls import PATH_OF_ODD_URL

INSTANT = datetime(2026, 3, 29, 0, 59, 59, 123456, tzinfo=UTC)
INSTANT_US = 1_774_745_999_123_456
SECOND_US = 1_774_745_999_000_000


def evaluated(engines: Mapping[str, FileEngine], expression: str, texts: list[str | None]) -> dict[str, list[object]]:
    """What each engine makes of `expression` over the texts, in their order. `{engine}` parts must be filled in before."""
    rows = pa.table({"place": range(len(texts)), "said": pa.array(texts, pa.string())})
    results = {}
    for name, engine in engines.items():
        told = engine.query(
            "SELECT place, $expression AS found FROM $rows", expression=expression, rows=engine.table(rows)
        )
        results[name] = [row["found"] for row in sorted(engine.fetch(told).to_pylist(), key=lambda row: row["place"])]
    return results


def test_a_url_of_any_shape_has_the_same_path_on_every_engine(engines: Mapping[str, FileEngine]) -> None:
    for name, found in evaluated(engines, path_sql("said"), [*PATH_OF_ODD_URL, None]).items():
        assert dict(zip([*PATH_OF_ODD_URL, None], found, strict=True)) == {**PATH_OF_ODD_URL, None: None}, name


def test_a_pseudonym_is_the_same_on_every_engine_and_in_the_books(engines: Mapping[str, FileEngine]) -> None:
    key = "0f" * 32
    visitors = ["cookie_id:1", "account_id:EE00000001", "", "Õie Šmidt \U0001f50c", "a'b\\c$d", "x" * 4_000]
    digests = [sha256((key + visitor).encode()).digest() for visitor in visitors]
    expected = [int.from_bytes(digest[:8], "big") - 2**63 for digest in digests]
    for name, engine in engines.items():
        found = evaluated({name: engine}, engine.keyed_hash(f"'{key}'", "said"), visitors)[name]
        assert found == expected, name


@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Tallinn"])
@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_a_timestamp_column_means_the_same_instant_on_every_engine(
    engines: Mapping[str, FileEngine], tmp_path: Path, unit: str, zone: str | None
) -> None:
    """Without a zone the column is UTC, whatever the machine's zone. Older pandas writes nanoseconds."""
    instants = pa.array([INSTANT, None], pa.timestamp("us", tz="UTC")).cast(pa.timestamp(unit, tz="UTC"), safe=False)
    column = instants.cast(pa.timestamp(unit)) if zone is None else instants.cast(pa.timestamp(unit, tz=zone))
    pq.write_table(pa.table({"ts": column}), tmp_path / "raw.parquet")
    exact = INSTANT_US // 1_000 * 1_000 if unit == "ms" else INSTANT_US
    for name, engine in engines.items():
        rows = engine.scan([tmp_path / "raw.parquet"])
        told = engine.query(
            "SELECT $instant AS instant_us FROM $rows", rows=rows, instant=engine.instant_us("ts", "timestamp")
        )
        assert engine.fetch(told)["instant_us"].to_pylist() == [exact, None], name


def test_instants_of_old_hadoop_files_mean_the_same_on_every_engine(
    engines: Mapping[str, FileEngine], tmp_path: Path
) -> None:
    rows = pa.table({"ts": pa.array([INSTANT, None], pa.timestamp("us", tz="UTC"))})
    pq.write_table(rows, tmp_path / "raw.parquet", use_deprecated_int96_timestamps=True)
    for name, engine in engines.items():
        told = engine.query(
            "SELECT $us AS us FROM $rows",
            rows=engine.scan([tmp_path / "raw.parquet"]),
            us=engine.instant_us("ts", "timestamp"),
        )
        assert engine.fetch(told)["us"].to_pylist() == [INSTANT_US, None], name


INSTANTS_AS_TEXT: Mapping[str, Mapping[str, int | None]] = {
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
}  # fmt: skip


@pytest.mark.parametrize("written_as", INSTANTS_AS_TEXT)
def test_an_instant_written_as_text_is_the_same_or_nothing_on_every_engine(
    engines: Mapping[str, FileEngine], written_as: str
) -> None:
    """Nothing means set aside: no text may stop a night, and none may mean the day on which the night runs."""
    expected = {**INSTANTS_AS_TEXT[written_as], None: None}
    for name, engine in engines.items():
        found = evaluated({name: engine}, engine.instant_us("said", written_as), list(expected))[name]
        assert dict(zip(expected, found, strict=True)) == expected, name


def test_a_string_of_sql_holds_quotes_backslashes_and_dollars_as_they_stand(engines: Mapping[str, FileEngine]) -> None:
    for name, engine in engines.items():
        told = engine.query(
            r"""SELECT 'it''s \n \d $${HOME} "x"' AS said, regexp_extract('a.b', '\.(b)\z', 1) AS ending"""
        )
        assert engine.fetch(told).to_pylist() == [
            {"said": r"""it's \n \d ${HOME} "x\"""".replace('\\"', '"'), "ending": "b"}
        ], name


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
            assert engine.fetch(engine.scan([path]))["n"].to_pylist() == told, name
        assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
