"""Only the columns that the purpose may read are read: shown by destroying the others on the disk."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from anonymizers.contract import Purpose
from anonymizers.refusal import Refusal
from assets.silence import column_names
from tests.pipelines.test_sources_formats import event, events, reader_of, source, write
from tests.worlds import World, crowd, page_view, registration

SECRET = "mari.maasikas@SECRET.example"


def destroy(path: Path, column: str) -> None:
    """Overwrite the bytes of one column's chunks, and of nothing else."""
    content = bytearray(path.read_bytes())
    footer = pq.read_metadata(path)
    for group in range(footer.num_row_groups):
        chunk = footer.row_group(group).column(footer.schema.to_arrow_schema().names.index(column))
        start = chunk.dictionary_page_offset or chunk.data_page_offset
        content[start : start + chunk.total_compressed_size] = b"\xde" * chunk.total_compressed_size
    assert len(content) == path.stat().st_size
    path.write_bytes(content)
    with pytest.raises((OSError, pa.ArrowException)):
        pq.read_table(path, columns=[column])


def world(root: Path) -> World:
    """A night in which every page view has an IP address and a marked URL."""
    views, ads = crowd(40)
    views = [{**view, "ip": "198.51.100.7", "event_id": f"event-{place}"} for place, view in enumerate(views)]
    return World(root, [*views, page_view(url=f"https://x.example/{SECRET}")], ads, [registration()])


def raw_file(night: World) -> Path:
    """The night's page views on the disk."""
    return night.home.root / "raw" / "clickstream" / f"date={night.day}" / "part-000.parquet"


def test_a_night_is_published_though_the_columns_that_nobody_may_read_are_destroyed(tmp_path: Path) -> None:
    night = world(tmp_path)
    destroy(raw_file(night), "event_id")
    assert night.run() is None
    assert night.release.is_dir()


def test_a_release_stands_though_the_address_is_destroyed_for_the_diagnosis_of_the_server_alone_reads_it(
    tmp_path: Path,
) -> None:
    night = world(tmp_path)
    destroy(raw_file(night), "ip")
    assert "raw files are whole" in (night.run() or "")
    assert night.release.is_dir()
    assert not list(night.home.restricted("server_diagnostics").iterdir())


def test_the_control_with_the_url_destroyed_nothing_is_published_and_one_clear_line_is_told(tmp_path: Path) -> None:
    night = world(tmp_path)
    destroy(raw_file(night), "url")
    told = night.run()
    assert told is not None
    assert "raw files are whole" in told or "fetch it again" in told
    assert "\n" not in told and SECRET not in told and "198.51" not in told
    assert not night.release.exists()
    assert not any(night.home.published.rglob("*.parquet")) if night.home.published.exists() else True


@pytest.mark.parametrize("ending", ["csv", "ndjson"])
def test_a_column_without_the_purpose_leaves_no_trace_in_the_work_folder(tmp_path: Path, ending: str) -> None:
    write(tmp_path / f"c.{ending}", [event(ip="198.51.100.7")])
    assert len(events(reader_of(tmp_path, source(ending, f"c.{ending}")))) == 1
    for path in (tmp_path / "work").glob("*.parquet"):
        assert "ip" not in pq.read_schema(path).names
        assert b"198.51.100.7" not in str(pq.read_table(path).to_pylist()).encode()


@pytest.mark.parametrize("ending", ["csv", "ndjson", "parquet"])
def test_a_column_that_the_contract_does_not_name_is_reported_by_name(tmp_path: Path, ending: str) -> None:
    write(tmp_path / f"c.{ending}", [{**event(), "campaign": SECRET, "phone number": SECRET}])
    reader = reader_of(tmp_path, source(ending, f"c.{ending}"))
    assert set(reader.intake("clickstream", Purpose.AUDIENCE).unknown_columns) == {"campaign", "phone number"}
    assert set(events(reader)[0]) == {
        "instant_us",
        "visitor",
        "user_agent",
        "url",
        "agreed",
        "counted",
        "account_id",
        "cookie_id",
    }


def test_of_json_keys_those_are_reported_that_half_of_the_lines_have(tmp_path: Path) -> None:
    rows = [
        {**event(), **({"often": 1} if place % 2 else {}), SECRET if place == 1 else "always": 1} for place in range(10)
    ]
    rows[3]["rare"] = 1
    lines = [json.dumps(row) for row in rows[:-1]] + ['{"often": 2}']
    (tmp_path / "c.ndjson").write_text("\n".join(lines))
    reader = reader_of(tmp_path, source("ndjson", "c.ndjson"))
    assert set(reader.intake("clickstream", Purpose.AUDIENCE).unknown_columns) == {"always", "often"}


def test_a_name_that_does_not_look_like_one_is_counted_and_not_shown() -> None:
    shown = column_names(("url", SECRET, "Mari Maasikas", "49001010001", "õ", "x" * 99, "a\nb", "")).text
    assert shown == "url, and 7 more with unusual names"
    assert column_names(()).text == "none"


@pytest.mark.parametrize("names", [["URL", "url"], ["url", "Url"]])
def test_two_columns_that_differ_by_case_alone_are_refused_for_the_engine_would_mix_them_up(
    tmp_path: Path, names: list[str]
) -> None:
    row = {name: value for name, value in event().items() if name != "url"}
    table = pa.Table.from_pylist([row])
    for name in names:
        table = table.append_column(name, pa.array([SECRET]))
    pq.write_table(table, tmp_path / "c.parquet")
    with pytest.raises(Refusal, match="has it twice"):
        events(reader_of(tmp_path, source("parquet", "c.parquet")))


@pytest.mark.parametrize("purpose", [Purpose.DISCLOSURE, Purpose.COOKIE_AUDIT, Purpose.MAILING])
def test_a_purpose_that_the_contract_opens_nothing_to_gets_no_row(tmp_path: Path, purpose: Purpose) -> None:
    write(tmp_path / "c.csv", [event()])
    reader = reader_of(tmp_path, source("csv", "c.csv"))
    assert reader.engine.fetch(reader.read("clickstream", purpose)).num_rows == 0
