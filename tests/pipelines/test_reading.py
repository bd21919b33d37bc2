"""Reading a published store: the newest of each day, what is missing told, nothing but what verifies, from anywhere."""

import http.server
import json
import shutil
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import date
from functools import partial

import fsspec
import pandas as pd
import pyarrow.parquet as pq
import pytest
from minisign import KeyPair
from typer.testing import CliRunner

import koond
from anonymizers.cataloguing.standing import Store, latest_json
from anonymizers.refusal import Reason, Refusal
from anonymizers.releasing.edition import daily_edition, weekly_edition
from anonymizers.releasing.signature import public_text, sign
from pipelines.command_line import app
from pipelines.reading import read_published
from tests.anonymizers.reading.frozen import frozen_releases, frozen_versions
from tests.pipelines.tour import mark_wrong, tour_site, write_release

FOUR, FIVE, SIX, SEVEN, NINE = (date(2026, 11, day) for day in (4, 5, 6, 7, 9))
WEEK = "2026-W45"


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Five days of two weeks: one corrected, one wrong, one without a release; and one week."""
    published, site = tmp_path_factory.mktemp("store") / "published", tour_site()
    for day in (FOUR, FIVE, SIX, NINE):
        write_release(published, site, daily_edition(day))
    for revision in (2, 10):
        write_release(published, site, daily_edition(FOUR, f"daily/date={FOUR}.r{revision}"))
    write_release(published, site, weekly_edition(WEEK, (FOUR, SIX)))
    mark_wrong(published, f"daily/date={FIVE}")
    mark_wrong(published, f"daily/date={FOUR}.r2")
    return published


@pytest.fixture
def own(store, tmp_path):
    """A copy that a test may break."""
    return shutil.copytree(store, tmp_path / "published")


def releases(reading):
    return list(dict.fromkeys(reading.rows["release"].to_pylist()))


def test_the_newest_revision_of_each_day_is_read_and_what_is_not_is_told(store):
    reading = read_published("topics", published=str(store))
    assert releases(reading) == [f"daily/date={FOUR}.r10", f"daily/date={SIX}", f"daily/date={NINE}"]
    assert reading.told == (
        f"{FOUR} was corrected; daily/date={FOUR}.r10 is read",
        f"{FIVE} is marked wrong (wrong_input) and left out",
        "no release of 2026-11-07, 2026-11-08",
    )
    whole = pq.read_table(store / f"daily/date={NINE}" / "topics.parquet").to_pylist()
    assert [row for row in reading.rows.drop_columns("release").to_pylist() if row["traffic_date"] == NINE] == whole


def test_a_correction_that_is_wrong_itself_leaves_no_day(own):
    mark_wrong(own, f"daily/date={FOUR}.r10")
    reading = read_published("totals", str(FOUR), str(SIX), published=str(own))
    assert releases(reading) == [f"daily/date={SIX}"]
    assert f"{FOUR} is marked wrong (wrong_input) and left out" in reading.told


@pytest.mark.parametrize(
    ("since", "until", "read"),
    [
        (SIX, None, [SIX, NINE]), (None, "2026-11-06", [FOUR, SIX]), ("2026-W46", "2026-W46", [NINE]),
        (None, "2026-W45", [FOUR, SIX]), ("2026-11-07", "2026-11-30", [NINE]),
    ],
)  # fmt: skip
def test_a_time_is_days_or_weeks_with_both_ends(store, since, until, read):
    found = read_published("totals", since, until, published=str(store)).rows["traffic_date"].to_pylist()
    assert list(dict.fromkeys(found)) == read


def test_missing_days_at_the_ends_are_told_as_well(store):
    told = read_published("totals", "2026-11-02", "2026-11-12", published=str(store)).told
    assert told[-1] == "no release of 2026-11-02, 2026-11-03, 2026-11-07, 2026-11-08, 2026-11-10 and 2 more"


def test_a_week_lies_in_a_time_as_a_whole_and_tells_how_many_days_it_counts(store):
    reading = read_published("segments", "2026-11-01", "2026-11-15", window="week", published=str(store))
    assert releases(reading) == [f"weekly/week={WEEK}"]
    assert reading.told == ("no release of 2026-W46", f"{WEEK} counts 2 of 7 days")
    with pytest.raises(Refusal, match="of that time"):
        read_published("segments", "2026-11-03", "2026-11-15", window="week", published=str(store))


def test_a_release_that_does_not_verify_is_refused_and_no_other_is_read_instead(own):
    file = own / f"daily/date={FOUR}.r10" / "topics.parquet"
    file.write_bytes(file.read_bytes()[:-9] + b"x" * 9)
    with pytest.raises(Refusal) as refused:
        read_published("totals", published=str(own))
    assert refused.value.reason == Reason.STORE and "\n" not in refused.value.sentence
    assert refused.value.sentence.startswith(f"daily/date={FOUR}.r10 does not verify: topics.parquet was changed")


def test_a_release_that_is_still_being_written_is_not_there_yet(own):
    for name in (f"date={FOUR}.r10", f"date={SIX}"):
        (own / "daily" / name / "_SUCCESS").unlink()
    (own / "daily" / f"date={FOUR}.r11.part").mkdir()
    reading = read_published("totals", str(FOUR), str(NINE), published=str(own))
    assert releases(reading) == [f"daily/date={NINE}"]
    assert any(each.startswith("no release of 2026-11-06") for each in reading.told)


def test_a_correction_that_is_not_whole_leaves_what_it_corrects_out_and_is_told(own):
    write_release(own, tour_site(), daily_edition(SIX, f"daily/date={SIX}.r2"))
    (own / f"daily/date={SIX}.r2" / "_SUCCESS").unlink()
    reading = read_published("totals", SIX, NINE, published=str(own))
    assert releases(reading) == [f"daily/date={NINE}"]
    assert reading.told == (
        f"daily/date={SIX} was corrected, and its correction is not whole here; left out, fetch it again",
        "no release of 2026-11-07, 2026-11-08",
    )
    with pytest.raises(Refusal, match="of that time"):
        read_published("totals", SIX, SIX, published=str(own))


def test_days_are_summed_and_rows_that_some_days_did_not_tell_are_named(store):
    reading = read_published("segments", str(FOUR), str(SIX), published=str(store), sum_over="days")
    rows = {row["segment"]: row for row in reading.rows.to_pylist()}
    each = read_published("segments", str(FOUR), str(SIX), published=str(store)).rows.to_pylist()
    for segment, row in rows.items():
        assert row["visitor_days"] == sum(one["visitors"] for one in each if one["segment"] == segment)
        assert (row["since"], row["until"], row["days"]) == (FOUR, SIX, 2)
    wide = read_published("segments", str(FOUR), str(SIX), published=str(store), sum_over="days", confidence=0.999)
    assert all(one["visitor_days_high"] > rows[one["segment"]]["visitor_days_high"] for one in wide.rows.to_pylist())


def test_a_row_without_an_other_that_some_days_do_not_tell_is_left_out_and_named(own):
    site = tour_site()
    fewer = replace(site, segments=tuple(each for each in site.segments if each.segment != "ev_shoppers_today"))
    write_release(own, fewer, daily_edition(SEVEN))
    reading = read_published("segments", str(SIX), str(SEVEN), published=str(own), sum_over="days")
    assert "ev_shoppers_today" not in reading.rows["segment"].to_pylist()
    assert reading.told == ("not told on every day, and so left out: ev_shoppers_today (1 of 2 days)",)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"window": "month"}, "day or week"),
        ({"sum_over": "weeks"}, "over days"),
        ({"since": "yesterday"}, "write a day as"),
        ({"since": "2026-W60"}, "no such ISO week"),
        ({"since": "2027-01-01"}, "of that time"),
        ({"table": "people"}, "choose one of"),
        ({"published": "nowhere"}, "is it the published folder"),
        ({"window": "week", "sum_over": "days"}, "compare weeks"),
        ({"confidence": 0.9}, "a confidence is for sums"),
        ({"sum_over": "days", "confidence": 1.0}, "lies between"),
        ({"published": "http://[koond"}, "is no address"),
        ({"published": "http://a b:9/x?token=secret"}, "http://a b:9/x cannot be read"),
        ({"published": "http://me:secret@127.0.0.1:9/x"}, "http://127.0.0.1:9/x cannot be read"),
    ],
)
def test_what_cannot_be_read_is_refused_in_a_sentence(store, given, said):
    asked = {"published": str(store)} | given
    with pytest.raises(Refusal, match=said) as refused:
        read_published(asked.pop("table", "segments"), **asked)
    assert "secret" not in str(refused.value) and "\n" not in str(refused.value)


def test_a_folder_that_only_looks_like_a_release_stops_no_read(own):
    for name in ("daily/date=2026-02-31", "weekly/week=2026-W99", "weekly/week=2026-W45.old"):
        (own / name).mkdir()
        (own / name / "_SUCCESS").touch()
    assert len(releases(read_published("totals", published=str(own)))) == 3
    assert releases(read_published("segments", window="week", published=str(own))) == [f"weekly/week={WEEK}"]


@pytest.mark.parametrize("notice", [b"", b"{", b"[]", b"{}", b'{"reason": null}', b"[" * 100_000])
def test_a_notice_that_cannot_be_read_is_named_and_its_release_is_not_taken_for_good(own, notice):
    (own / f"daily/date={NINE}.wrong.json").write_bytes(notice)
    with pytest.raises(Refusal, match=rf"daily/date={NINE}\.wrong\.json cannot be read") as refused:
        read_published("totals", published=str(own))
    assert "\n" not in refused.value.sentence


def test_releases_of_two_sites_are_not_read_as_one(own):
    write_release(own, replace(tour_site(), site="other_site"), daily_edition(SEVEN))
    for sum_over in (None, "days"):
        with pytest.raises(Refusal, match="releases of 2 sites stand there, elektrum, other_site"):
            read_published("totals", published=str(own), sum_over=sum_over)
    assert len(releases(read_published("totals", SEVEN, SEVEN, published=str(own)))) == 1


def test_an_instant_stands_for_its_day(store):
    wanted = read_published("totals", SIX, NINE, published=str(store))
    assert read_published("totals", pd.Timestamp(SIX), pd.Timestamp(NINE), published=str(store)) == wanted


@pytest.fixture
def web(own):
    """A web server on loopback that lists nothing, and gives what is asked for with a token."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None: ...

        def list_directory(self, path: object) -> None:
            self.send_error(404)

        def do_GET(self) -> None:
            if self.path.startswith("/closed") and not self.path.endswith("?token=secret"):
                self.send_error(404)
            else:
                super().do_GET()

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(own)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_a_web_server_is_read_as_latest_json_says(own, web):
    with pytest.raises(Refusal, match=r"neither releases nor latest\.json"):
        read_published("totals", published=web)
    names = [path.relative_to(own).as_posix() for path in own.glob("*/*") if path.is_dir()]
    files = {name: {path.name: path.read_bytes() for path in (own / name).iterdir()} for name in names}
    notices = {name: own / f"{name}.wrong.json" for name in names}
    told = {name: path.read_bytes() for name, path in notices.items() if path.exists()}
    (own / "latest.json").write_bytes(latest_json(Store(files, told)))
    assert read_published("totals", published=web) == read_published("totals", published=str(own))


@pytest.mark.parametrize("by", ["folder", "web"])
def test_a_week_tells_which_of_its_days_were_marked_wrong_after_it(own, web, by):
    """Not of a day that it leaves out, nor of one of which a later revision stands; nor where no day is there to be seen."""

    def told() -> tuple[str, ...]:
        names = [path.relative_to(own).as_posix() for path in own.glob("*/*") if path.is_dir()]
        files = {name: {path.name: path.read_bytes() for path in (own / name).iterdir()} for name in names}
        notices = {name: path.read_bytes() for name in names if (path := own / f"{name}.wrong.json").exists()}
        if by == "web":
            (own / "latest.json").write_bytes(latest_json(Store(files, notices)))
        return read_published("segments", window="week", published=web if by == "web" else str(own)).told

    assert told() == (f"{WEEK} counts 2 of 7 days",), "the control"
    mark_wrong(own, f"daily/date={SIX}")
    wrong = f"{WEEK} counts {SIX}, which was marked wrong afterwards (wrong_input)"
    assert told() == (f"{WEEK} counts 2 of 7 days", wrong)
    write_release(own, tour_site(), daily_edition(SIX, f"daily/date={SIX}.r2"))
    assert told() == (f"{WEEK} counts 2 of 7 days",)
    if by == "folder":
        shutil.rmtree(own / "daily")
        assert told() == (f"{WEEK} counts 2 of 7 days",)


@pytest.mark.parametrize(
    ("folder", "address"), [("of koond", "of koond"), ("of koond", "of%20koond/"), ("closed", "closed/?token=secret")]
)
def test_an_address_may_hold_a_blank_or_a_query(own, web, folder, address):
    names = [path.relative_to(own).as_posix() for path in own.glob("weekly/*")]
    files = {name: {path.name: path.read_bytes() for path in (own / name).iterdir()} for name in names}
    shutil.copytree(own / "weekly", own / folder / "weekly")
    (own / folder / "latest.json").write_bytes(latest_json(Store(files, {})))
    wanted = read_published("segments", window="week", published=str(own))
    assert read_published("segments", window="week", published=f"{web}/{address}") == wanted


@pytest.mark.parametrize(
    "content",
    [b"<!doctype html>", b"[]", b"{}", b'{"releases": 3}', b'{"releases": [{}]}', b'{"releases": ["a"]}', b"\xff",
     b'{"releases": [{"window": "day", "release": ["a"]}]}',
     b'{"releases": [{"window": "day", "release": "daily/date=2026-11-06"}]}', b"[" * 100_000],
)  # fmt: skip
def test_a_latest_json_that_is_none_is_told_in_a_sentence(own, web, content):
    (own / "latest.json").write_bytes(content)
    with pytest.raises(Refusal, match=r"shows a latest\.json that is no list of releases") as refused:
        read_published("totals", published=f"{web}/?token=secret")
    assert "secret" not in str(refused.value) and "\n" not in str(refused.value)


def test_a_latest_json_leads_to_no_other_place(own, web):
    told = [{"window": "day", "release": name, "state": "final", "period": "2026-11-06", "revision": 1}
            for name in ("../keys", "date=2026-11-06", "daily/date=2026-11-06/../x", "weekly/week=2026-W45")]  # fmt: skip
    (own / "latest.json").write_text(json.dumps({"releases": told}))
    with pytest.raises(Refusal, match="no release of a day of that time"):
        read_published("totals", published=web)


def test_any_store_that_fsspec_opens_is_read(store):
    fsspec.filesystem("memory").put(str(store), "/koond/published", recursive=True)
    assert read_published("hours", published="memory://koond/published") == read_published(
        "hours", published=str(store)
    )


def test_with_a_key_every_release_must_be_signed_by_it(own):
    pair, other = KeyPair.generate(), KeyPair.generate()
    ours, theirs = (public_text(each.public_key).decode().splitlines()[1] for each in (pair, other))
    with pytest.raises(koond.Refusal, match="does not verify"):
        koond.read("totals", SIX, SIX, published=str(own), key=ours)
    for folder in (own / "daily").glob("date=*"):
        if folder.is_dir():
            manifest = (folder / "manifest.json").read_bytes()
            (folder / "manifest.json.minisig").write_bytes(sign(manifest, f"daily/{folder.name}", pair.secret_key))
    assert len(koond.read("totals", SIX, SIX, published=str(own), key=ours)) == 4
    with pytest.raises(koond.Refusal, match="does not verify"):
        koond.read("totals", SIX, SIX, published=str(own), key=theirs)


@pytest.mark.parametrize("version", frozen_versions())
def test_a_folder_of_each_version_reads_for_ever(version, tmp_path):
    for release, files in frozen_releases(version).items():
        (tmp_path / release).mkdir(parents=True)
        for name, content in files.items():
            (tmp_path / release / name).write_bytes(content)
    assert read_published("registrations", published=str(tmp_path)).told == ()
    assert set(read_published("segments", window="week", published=str(tmp_path)).rows["iso_week"].to_pylist()) == {
        "2026-W47"
    }


def command(store, *words):
    done = CliRunner().invoke(app, ["read", "--published", str(store), *map(str, words)])
    return done.exit_code, done.stdout, done.stderr


def test_the_command_writes_each_format_and_all_say_the_same(store, tmp_path):
    wanted = read_published("segments", published=str(store)).rows
    code, printed, told = command(store, "--table", "segments", "--format", "csv")
    assert code == 0 and f"{FIVE} is marked wrong" in told
    lines = printed.splitlines()
    assert lines[0] == ",".join(wanted.schema.names) and len(lines) == len(wanted) + 1
    for form in ("csv", "parquet"):
        file = tmp_path / f"rows.{form}"
        assert command(store, "--table", "segments", "--format", form, "--output", file)[0] == 0
    assert pq.read_table(tmp_path / "rows.parquet").to_pylist() == wanted.to_pylist()
    read = pd.read_csv(tmp_path / "rows.csv")
    assert read["visitors"].tolist() == wanted["visitors"].to_pylist()
    code, printed, _ = command(store, "--table", "segments")
    assert (
        code == 0
        and [line.split()[-1] for line in printed.splitlines()[1:]] == read["visitors_high"].astype(str).tolist()
    )
    assert command(store, "--table", "segments", "--format", "parquet")[0] == 2
    assert command(store, "--table", "segments", "--format", "xml")[0] == 2
    code, _, told = command(store, "--table", "people")
    assert code == 1 and told.startswith("refused: read: ")
    for words in (("--confidence", "0.9"), ("--output", tmp_path / "missing" / "rows.csv"), ("--output", tmp_path)):
        code, printed, told = command(store, "--table", "segments", *words)
        assert code == 1 and not printed and told.splitlines()[-1].startswith("refused: read: the request is wrong: ")


def test_an_index_that_is_empty_stays_empty_in_every_format(store, tmp_path):
    asked = ("--table", "segment_topics", "--window", "week", "--format")
    wanted = read_published("segment_topics", window="week", published=str(store)).rows["affinity"].to_pylist()
    assert None in wanted
    shown = [line.split() for line in command(store, *asked, "table")[1].splitlines()]
    numbers = [words[len(shown[0]) - 3] for words in shown[1:] if len(words) == len(shown[0])]
    assert numbers == [str(number) for number in wanted if number is not None] and "NA" not in str(shown)
    assert command(store, *asked, "parquet", "--output", tmp_path / "rows.parquet")[0] == 0
    assert pq.read_table(tmp_path / "rows.parquet")["affinity"].to_pylist() == wanted
    with pytest.warns(UserWarning, match="2 of 7 days"):
        frame = koond.read("segment_topics", window="week", published=str(store))
    assert frame["affinity"].dtype == "Int64" and frame["affinity"].isna().tolist() == [each is None for each in wanted]


def test_the_python_package_gives_a_frame_and_warns_of_what_is_missing(store):
    with pytest.warns(UserWarning) as warned:
        frame = koond.read("segments", FOUR, NINE, published=str(store))
    told = read_published("segments", published=str(store)).told
    assert [str(each.message) for each in warned] == list(told) == frame.attrs["told"]
    assert frame["traffic_date"].dtype.kind == "M" and frame["visitors"].dtype == "int64"
    one, other = frame[frame.traffic_date == "2026-11-06"], frame[frame.traffic_date == "2026-11-09"]
    compared = koond.compare(one, other)
    assert compared["difference"].tolist() == (one["visitors"].values - other["visitors"].values).tolist()
    assert compared["segment"].tolist() == one["segment"].tolist()
    with pytest.warns(UserWarning, match="without a partner are not compared: 1 of this, 0 of that") as warned:
        alone = koond.compare(one, other[other.segment != "ev_shoppers_today"])
    assert alone.attrs["told"] == [str(warned[0].message)] and compared.attrs["told"] == []
    with pytest.raises(koond.Refusal, match="both sides"):
        koond.compare(
            one[one.segment == "all_visitors"].assign(x=1), other[other.segment != "all_visitors"].assign(x=1)
        )


def test_nothing_but_the_published_folder_is_needed(store, tmp_path):
    """No site, no home, no Dagster."""
    script = (
        "import json, sys, koond; rows = koond.read('segments', published=sys.argv[1]); "
        "print(json.dumps([len(rows), sorted({'dagster', 'duckdb', 'pyspark'} & set(sys.modules))]))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script, str(store)],
        cwd=tmp_path, env={"PATH": "", "HOME": str(tmp_path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [9, []]
    assert not any(tmp_path.iterdir())
