"""A broken line is counted and set aside with a reason; a broken file is refused in one sentence. Neither shows a value."""

import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anonymizers.contract import Purpose, Source
from anonymizers.refusal import Reason, Refusal
from tests.pipelines.test_sources_formats import NAMES, SAID, event, events, reader_of, set_aside, source, write

GOOD = {
    "csv": b"e1,2026-11-20 10:00:00,cookie-1,,10.0.0.1,Agent/1,/arved,yes,",
    "ndjson": json.dumps(event()).encode(),
    "combined": f'10.0.0.1 - - {SAID} "GET /arved HTTP/1.1" 200 5 "-" "Agent/1"'.encode(),
}
SECRET = b"mari.maasikas@SECRET.example"


def file_of(folder: Path, written_as: str, lines: list[bytes], line_end: bytes = b"\n") -> Source:
    """A file of the format with its header, where it has one, and these lines; gives its contract."""
    head = [",".join(NAMES).encode()] if written_as == "csv" else []
    (folder / "raw.txt").write_bytes(line_end.join([*head, *lines]) + line_end)
    return source(written_as, "raw.txt")


# Each: format, a line that is broken, the reason it is set aside for.
BROKEN = [
    ("csv", b"e1,2026-11-20 10:00:00,cookie-1", "missing_columns"),
    ("csv", GOOD["csv"] + b",x", "too_many_columns"),
    ("csv", GOOD["csv"].replace(b"/arved", b"/\xff\xfe"), "invalid_encoding"),
    ("csv", GOOD["csv"].replace(b"/arved", b'"/a"rved'), "unquoted_value"),
    ("csv", GOOD["csv"].replace(b"/arved", b"x" * 4_000_001), "line_size_over_maximum"),
    ("csv", GOOD["csv"].replace(b"2026-11-20 10:00:00", b"yesterday"), "no_instant"),
    ("csv", GOOD["csv"].replace(b"2026-11-20 10:00:00", b""), "no_instant"),
    ("ndjson", GOOD["ndjson"][:-9], "not_ndjson"),
    ("ndjson", b"5", "not_ndjson"),
    ("ndjson", b"[1]", "not_ndjson"),
    ("ndjson", b'"text"', "not_ndjson"),
    ("ndjson", b"null", "not_ndjson"),
    ("ndjson", b'{"url": "\\ud800"}', "not_ndjson"),
    ("ndjson", GOOD["ndjson"] + b" " + GOOD["ndjson"], "not_ndjson"),
    ("ndjson", GOOD["ndjson"].replace(b"/arved", b"/\xff\xfe"), "invalid_encoding"),
    ("ndjson", GOOD["ndjson"].replace(b"/arved", b"/\x01\x00"), "not_ndjson"),
    ("ndjson", GOOD["ndjson"].replace(b"/arved", b"x" * 4_000_001), "line_size_over_maximum"),
    ("ndjson", GOOD["ndjson"].replace(b"2026-11-20", b"2026-13-45"), "no_instant"),
    ("ndjson", b"{}", "no_instant"),
    ("combined", GOOD["combined"][:-5], "not_combined"),
    ("combined", GOOD["combined"][:30], "not_combined"),
    ("combined", GOOD["combined"].replace(b"Agent", b"Ag\x01ent"), "not_combined"),
    ("combined", GOOD["combined"].replace(b"Agent", b"Ag\x00ent"), "not_combined"),
    ("combined", GOOD["combined"] + b' "more" \x01', "not_combined"),
    ("combined", GOOD["combined"].replace(b"Agent", b"\xff"), "invalid_encoding"),
    ("combined", GOOD["combined"].replace(b"Agent", b"x" * 4_000_001), "line_size_over_maximum"),
    ("combined", GOOD["combined"].replace(b"20/Nov", b"99/Nov"), "no_instant"),
    ("combined", b"words", "not_combined"),
]  # fmt: skip


@pytest.mark.parametrize(("written_as", "line", "reason"), BROKEN)
def test_a_broken_line_is_set_aside_with_its_reason_and_its_neighbours_are_read(
    tmp_path: Path, written_as: str, line: bytes, reason: str
) -> None:
    good = [GOOD[written_as].replace(b"e1", str(place).encode()) for place in range(3)]
    reader = reader_of(tmp_path, file_of(tmp_path, written_as, [good[0], line, good[1], good[2]]))
    assert [reason for reason, _ in set_aside(reader)] == [reason]
    assert len(events(reader)) == 3


def test_an_unterminated_quote_takes_the_rest_of_the_file_aside_and_loses_no_line(tmp_path: Path) -> None:
    lines = [GOOD["csv"], GOOD["csv"].replace(b"/arved", b'"/arved'), GOOD["csv"], GOOD["csv"]]
    reader = reader_of(tmp_path, file_of(tmp_path, "csv", lines))
    ((reason, raw),) = set_aside(reader)
    assert (reason, len(raw.splitlines()), len(events(reader))) == ("unquoted_value", 3, 1)


@pytest.mark.parametrize("value", ["1e300", "nan", "inf", "-1e18", "9" * 400, "soon"])
@pytest.mark.parametrize("written_as", ["epoch_seconds", "epoch_milliseconds", "text"])
@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_an_absurd_instant_stops_no_night(tmp_path: Path, ending: str, written_as: str, value: str) -> None:
    rows = [event(ts=value), event(ts="1795168800000"), event(ts="1795168800"), event(ts="2026-11-20T10:00:00Z")]
    if ending == "csv":
        write(tmp_path / "c.csv", rows)
    else:
        pq.write_table(pa.Table.from_pylist(rows), tmp_path / "c.parquet")
    reader = reader_of(tmp_path, source(ending, f"c.{ending}", instant_as=written_as))
    assert len(events(reader)) == 1
    assert "no_instant" in [reason for reason, _ in set_aside(reader)]


@pytest.mark.parametrize("written_as", ["csv", "ndjson", "combined"])
@pytest.mark.parametrize("content", [b"", b"\n\n", b"\r\n"])
def test_an_empty_file_has_no_rows_and_stops_nothing(tmp_path: Path, written_as: str, content: bytes) -> None:
    (tmp_path / "raw.txt").write_bytes(content)
    reader = reader_of(tmp_path, source(written_as, "raw.txt"))
    assert events(reader) == []
    assert set_aside(reader) == []


@pytest.mark.parametrize("written_as", ["csv", "ndjson", "combined"])
def test_line_ends_may_be_mixed_in_one_file(tmp_path: Path, written_as: str) -> None:
    contract = file_of(tmp_path, written_as, [GOOD[written_as]] * 3, b"\r\n")
    with (tmp_path / "raw.txt").open("ab") as file:
        file.write(GOOD[written_as] + b"\n" + b"wo\rrds\n" + GOOD[written_as] + b"\r\n")
    reader = reader_of(tmp_path, contract)
    assert len(set_aside(reader)) == 2
    assert len(events(reader)) == (1 if written_as != "combined" else 5)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), written_as=st.sampled_from(["ndjson", "combined"]))
def test_rows_read_and_lines_set_aside_add_up_to_the_lines_of_the_file(
    tmp_path: Path, data: st.DataObject, written_as: str
) -> None:
    junk = st.binary(min_size=1, max_size=20).map(lambda line: line.translate(None, b"\r\n").strip(b" \t")).filter(bool)
    cut = st.integers(1, len(GOOD[written_as])).map(lambda end: GOOD[written_as][:end])
    lines = data.draw(st.lists(st.just(b"") | junk | cut | st.just(GOOD[written_as]), max_size=30))
    contract = file_of(tmp_path, written_as, [b"first", *lines])
    for left in (tmp_path / "work").glob("*") if (tmp_path / "work").exists() else ():
        left.unlink()
    columns = {role: {"class": column.column_class, "purposes": column.purposes, "from": column.source}
               for role, column in contract.columns.items() if role != "event_id"}  # fmt: skip
    reader = reader_of(tmp_path, source(written_as, "raw.txt", columns=columns))
    assert len(events(reader)) + len(set_aside(reader)) == 1 + sum(1 for line in lines if line)


def refused(reader: Any) -> Refusal:
    """The refusal that reading ends in; it shows no value, and nothing is chained to it."""
    with pytest.raises(Refusal) as caught:
        events(reader)
    with pytest.raises(Refusal):
        set_aside(reader)
    told = caught.value
    assert "SECRET" not in str(told) and "\n" not in str(told)
    assert told.__cause__ is None and told.__context__ is None
    return told


@pytest.mark.parametrize("written_as", ["csv", "ndjson", "combined"])
@pytest.mark.parametrize(
    "spoil", [lambda z: z[: len(z) // 2], lambda z: z[:-4], lambda z: z[:5], lambda z: SECRET, lambda z: z + SECRET]
)
def test_a_compressed_file_that_is_cut_or_none_is_refused_by_name(tmp_path: Path, written_as: str, spoil: Any) -> None:
    file_of(tmp_path, written_as, [GOOD[written_as].replace(b"Agent", str(n).encode() + SECRET) for n in range(3_000)])
    (tmp_path / "good.gz").write_bytes(gzip.compress((tmp_path / "raw.txt").read_bytes()))
    (tmp_path / "night.gz").write_bytes(spoil((tmp_path / "good.gz").read_bytes()))
    told = refused(reader_of(tmp_path, source(written_as, "*.gz")))
    assert told.reason is Reason.SOURCE_UNREADABLE
    assert "night.gz" in told.sentence and "fetch it again" in told.sentence


def test_a_parquet_file_that_is_none_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "night.parquet").write_bytes(SECRET)
    assert "night.parquet" in refused(reader_of(tmp_path, source("parquet", "*.parquet"))).sentence


def test_a_path_of_which_the_environment_knows_nothing_is_no_missing_file(tmp_path: Path) -> None:
    told = refused(reader_of(tmp_path, source("csv", "$KOOND_NOT_SET/x.csv")))
    assert told.reason is Reason.SITE_FOLDER and "KOOND_NOT_SET" in told.sentence


@pytest.mark.parametrize("path", ["absent.csv", "raw/{date}/*.csv", "folder"])
def test_a_missing_file_is_refused_with_its_path(tmp_path: Path, path: str) -> None:
    (tmp_path / "folder").mkdir()
    told = refused(reader_of(tmp_path, source("csv", path)))
    assert told.reason is Reason.SOURCE_MISSING
    assert path.split("/")[0] in told.sentence


@pytest.mark.parametrize(("there", "missing"), [("2026-11-19", "2026-11-20"), ("2026-11-20", "2026-11-19")])
def test_half_a_day_is_refused_rather_than_published_for_ever(tmp_path: Path, there: str, missing: str) -> None:
    write(tmp_path / f"{there}.csv", [event()])
    assert missing in refused(reader_of(tmp_path, source("csv", "{date}.csv", path_dates="utc"))).sentence


def test_a_csv_without_its_header_is_refused_and_the_first_row_is_not_told(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_bytes(GOOD["csv"].replace(b"cookie-1", SECRET) + b"\n")
    told = refused(reader_of(tmp_path, source("csv", "c.csv")))
    assert told.reason is Reason.COLUMN_MISSING and "event_id" in told.sentence


def test_parquet_files_of_one_night_may_differ_in_columns_that_nobody_wants_and_in_no_others(tmp_path: Path) -> None:
    write(tmp_path / "1.parquet", [event(event_id="1")])
    write(tmp_path / "2.parquet", [{"campaign": "x", **dict(reversed(event(event_id="2").items()))}])
    reader = reader_of(tmp_path, source("parquet", "*.parquet"))
    assert len(events(reader)) == 2
    assert reader.intake("clickstream", Purpose.AUDIENCE).unknown_columns == ("campaign",)
    write(tmp_path / "3.parquet", [{name: value for name, value in event().items() if name != "url"}])
    told = refused(reader)
    assert told.reason is Reason.COLUMN_MISSING and "3.parquet" in told.sentence and "url" in told.sentence
