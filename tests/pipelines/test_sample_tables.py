"""The made-up portal carries the proofs: it is repeatable, inside its day, and as personal and uneven as a real one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.sample import tables as sample_tables
from pipelines.sample.people import REGISTRATIONS
from pipelines.sample.tables import AD_BEACONS, CLICKSTREAM, write_sample_tables

ZONE = "Europe/Tallinn"
DAY = date(2026, 10, 14)


@dataclass(frozen=True)
class Paths:
    prefixes: tuple[str, ...]
    ads: tuple[str, ...] = ()


TOPICS: Mapping[str, Paths] = {
    "home_page": Paths(("/", "/et", "/en")),
    "invoices": Paths(("/arved", "/en/invoices", "/iseteenindus/arved"), ("e-invoice",)),
    "solar": Paths(("/paikesepaneelid", "/en/solar"), ("solar-panels", "home-battery")),
    "insurance": Paths(("/kindlustus",), ("home-insurance",)),
}


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("raw")
    write_sample_tables(folder, DAY, ZONE, TOPICS, events=60_000, seed=5)
    return folder


@pytest.fixture(scope="module")
def views(raw: Path) -> pd.DataFrame:
    return read(raw, "clickstream").to_pandas()


@pytest.fixture(scope="module")
def beacons(raw: Path) -> pd.DataFrame:
    return read(raw, "ad_beacons").to_pandas()


@pytest.fixture(scope="module")
def accounts(raw: Path) -> pd.DataFrame:
    return pq.ParquetFile(raw / "registrations.parquet").read().to_pandas()


def read(folder: Path, table: str, day: date = DAY) -> pa.Table:
    files = sorted((folder / table / f"date={day}").glob("part-*.parquet"))
    return pa.concat_tables([pq.ParquetFile(file).read() for file in files])


def prints(folder: Path) -> dict[str, str]:
    files = sorted(folder.rglob("*.parquet"))
    return {str(file.relative_to(folder)): sha256(file.read_bytes()).hexdigest() for file in files}


def test_the_same_seed_writes_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    for name, seed in (("first", 1), ("again", 1), ("other", 2)):
        write_sample_tables(tmp_path / name, DAY, ZONE, TOPICS, events=5_000, seed=seed)
    first, again, other = (prints(tmp_path / name) for name in ("first", "again", "other"))
    assert len(first) == 3
    assert first == again
    assert not set(first.values()) & set(other.values())


@pytest.mark.parametrize("events", [1, 2, 10, 333])
def test_a_tiny_world_has_its_number_of_events(tmp_path: Path, events: int) -> None:
    write_sample_tables(tmp_path, DAY, ZONE, TOPICS, events=events, seed=3)
    assert len(read(tmp_path, "clickstream")) + len(read(tmp_path, "ad_beacons")) == events


def test_seven_events_in_ten_are_page_views(views: pd.DataFrame, beacons: pd.DataFrame) -> None:
    assert (len(views), len(beacons)) == (42_000, 18_000)


def test_the_columns_are_plain_texts_truths_and_utc_instants(raw: Path) -> None:
    assert read(raw, "clickstream").schema.equals(CLICKSTREAM)
    assert read(raw, "ad_beacons").schema.equals(AD_BEACONS)
    registrations = pq.ParquetFile(raw / "registrations.parquet").read().schema
    assert registrations.equals(REGISTRATIONS)
    for schema in (CLICKSTREAM, AD_BEACONS, registrations):
        assert {str(field.type) for field in schema} <= {"string", "bool", "timestamp[us, tz=UTC]"}


def test_a_smaller_day_leaves_no_part_of_a_larger_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample_tables, "FILE_ROWS", 1_000)
    monkeypatch.setattr(sample_tables, "BATCH_ROWS", 250)
    lines: list[str] = []
    write_sample_tables(tmp_path, DAY, ZONE, TOPICS, events=5_000, seed=4, progress=lines.append)
    parts = sorted((tmp_path / "clickstream" / f"date={DAY}").iterdir())
    assert [pq.ParquetFile(part).metadata.num_rows for part in parts] == [1_000, 1_000, 1_000, 500]
    assert len(lines) == 5
    assert read(tmp_path, "clickstream")["ts"].to_pandas().is_monotonic_increasing
    write_sample_tables(tmp_path, DAY, ZONE, TOPICS, events=2_000, seed=4)
    assert (len(read(tmp_path, "clickstream")), len(read(tmp_path, "ad_beacons"))) == (1_400, 600)


@pytest.mark.parametrize(
    ("day", "hours"), [(DAY, 24), (date(2026, 3, 29), 23), (date(2026, 10, 25), 25)], ids=["plain", "short", "long"]
)
def test_every_instant_lies_inside_the_local_day(tmp_path: Path, day: date, hours: int) -> None:
    zone = ZoneInfo(ZONE)
    start, end = (pd.Timestamp(datetime.combine(each, time(), zone)) for each in (day, day + timedelta(days=1)))
    assert end.tz_convert("UTC") - start.tz_convert("UTC") == pd.Timedelta(hours=hours)
    write_sample_tables(tmp_path, day, ZONE, TOPICS, events=20_000, seed=6)
    for table in ("clickstream", "ad_beacons"):
        instants = read(tmp_path, table, day)["ts"].to_pandas()
        assert instants.min() >= start
        assert instants.max() < end
        assert instants.dt.floor("h").nunique() == hours
    accounts = pq.ParquetFile(tmp_path / "registrations.parquet").read().to_pandas()
    assert accounts["updated_at"].max() < end
    assert (accounts["updated_at"] >= accounts["created_at"]).all()


def test_the_night_is_quiet_and_the_evening_is_busy(views: pd.DataFrame) -> None:
    by_hour = views["ts"].dt.tz_convert(ZONE).dt.hour.value_counts()
    assert by_hour[[18, 19, 20]].min() > 5 * by_hour[[2, 3, 4]].max()


def test_one_visitor_in_a_hundred_brings_a_large_share(views: pd.DataFrame) -> None:
    by_cookie = views["cookie_id"].value_counts()
    assert by_cookie.head(len(by_cookie) // 100).sum() > 0.08 * by_cookie.sum()
    assert (by_cookie <= 4).mean() > 0.5
    assert 6 < by_cookie.mean() < 10


def test_a_browser_keeps_its_agent_and_its_answers(views: pd.DataFrame, beacons: pd.DataFrame) -> None:
    both = pd.concat([views, beacons])[["cookie_id", "user_agent", "consent", "gpc"]]
    by_cookie = both.dropna(subset="cookie_id").fillna("none").groupby("cookie_id").nunique()
    assert (by_cookie == 1).all(axis=None)
    assert both.loc[both["cookie_id"].isna(), "consent"].isna().all()
    answers = views.drop_duplicates("cookie_id")["consent"].value_counts(normalize=True, dropna=False)
    assert answers["necessary+statistics+marketing"] == pytest.approx(0.55, abs=0.03)
    assert answers["necessary"] == pytest.approx(0.12, abs=0.02)


def test_shares_of_accounts_robots_and_refusals_are_a_portal_s(views: pd.DataFrame) -> None:
    robots = views["user_agent"].str.contains("bot|curl|python|Headless|facebookexternal|Go-http", regex=True)
    assert robots.mean() == pytest.approx(0.04, abs=0.005)
    assert views["account_id"].notna().mean() == pytest.approx(0.40, abs=0.05)
    assert views.loc[~robots, "cookie_id"].isna().mean() == pytest.approx(0.03, abs=0.02)
    assert views.loc[robots, "account_id"].isna().all()
    assert views["ip"].str.contains(":").mean() == pytest.approx(0.13, abs=0.05)
    assert views["event_id"].is_unique


def test_every_account_is_registered_and_most_of_them_did_not_visit(
    views: pd.DataFrame, accounts: pd.DataFrame
) -> None:
    seen = set(views["account_id"].dropna())
    assert accounts["account_id"].is_unique
    assert seen <= set(accounts["account_id"])
    assert len(seen) == pytest.approx(0.28 * len(accounts), rel=0.1)


def test_some_accounts_are_opened_on_the_day_itself_before_their_first_event(
    views: pd.DataFrame, accounts: pd.DataFrame
) -> None:
    fresh = accounts[accounts["created_at"].dt.tz_convert(ZONE).dt.date == DAY].set_index("account_id")["created_at"]
    assert 0.004 < len(fresh) / len(accounts) < 0.012
    first = views.groupby("account_id")["ts"].min()
    assert (fresh[fresh.index.isin(first.index)] <= first.reindex(fresh.index).dropna()).all()


def check_digit(code: str) -> int:
    for weights in ("1234567891", "3456789123"):
        rest = sum(int(digit) * int(weight) for digit, weight in zip(code[:10], weights, strict=True)) % 11
        if rest < 10:
            return rest
    return 0


def test_personal_codes_are_valid_and_unique(accounts: pd.DataFrame) -> None:
    codes = accounts["isikukood"]
    assert check_digit("36805280109") == 9  # the published example
    assert codes.is_unique
    assert all(code[0] in "3456" and check_digit(code) == int(code[10]) for code in codes)
    centuries = codes.str[0].map({"3": "19", "4": "19", "5": "20", "6": "20"})
    assert pd.to_datetime(centuries + codes.str[1:7], format="%Y%m%d").notna().all()


def test_other_registered_values_have_their_shapes(accounts: pd.DataFrame) -> None:
    signs = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-"
    points = accounts["metering_point_eic"]
    assert points.str.fullmatch(r"38ZEE-\d{8}-[0-9A-Z]").all()
    totals = [sum((16 - place) * signs.index(sign) for place, sign in enumerate(point)) for point in points]
    assert not np.any(np.array(totals) % 37)
    assert accounts["phone"].str.fullmatch(r"\+372 5\d{7}").all()
    assert accounts["customer_number"].str.fullmatch(r"\d{10}").all()
    assert accounts["email"].str.fullmatch(r"[a-z0-9._-]+@[a-z.]+\.example").all()
    assert accounts["address"].str.fullmatch(r".+ \d+[a-z]?(-\d+)?, \w[\w-]+, \d{5}").all()
    assert accounts["company"].isna().mean() == pytest.approx(0.88, abs=0.02)


@pytest.mark.parametrize(
    ("column", "mark", "value"),
    [
        ("url", "email=", lambda row: row.email),
        ("url", "nimi=", lambda row: row.name),
        ("url", "isikukood=", lambda row: row.isikukood),
        ("url", "telefon=", lambda row: row.phone.replace(" ", "")),
        ("page_title", "Tere, ", lambda row: row.name),
        ("referrer", "saaja=", lambda row: row.email),
    ],
)
def test_personal_values_of_registered_accounts_come_to_light(
    views: pd.DataFrame, accounts: pd.DataFrame, column: str, mark: str, value: Callable[[object], str]
) -> None:
    leaks = views.loc[views[column].str.contains(mark, regex=False, na=False), column].map(unquote)
    registered = {value(row) for row in accounts.itertuples(index=False)}
    found = leaks.str.split(mark).str[-1].str.split("&").str[0].str.removesuffix(" - Minu arved")
    assert len(found) > 40
    assert found.isin(registered).all()
    assert len(leaks) < 0.02 * len(views)


def test_pages_are_a_topic_s_but_for_a_few_per_cent(views: pd.DataFrame, beacons: pd.DataFrame) -> None:
    prefixes = [prefix for topic in TOPICS.values() for prefix in topic.prefixes if prefix != "/"]
    paths = views["url"].map(lambda url: urlsplit(url).path)
    known = paths.map(lambda path: path == "/" or any(f"{path}/".startswith(f"{prefix}/") for prefix in prefixes))
    assert 0.02 < 1 - known.mean() < 0.06
    assert paths.str.startswith("/iseteenindus/taasta/").any()
    assert views["url"].str.startswith("https://www.elektrum-portaal.example/").all()
    subjects = {subject for topic in TOPICS.values() for subject in topic.ads}
    assert 0.01 < 1 - beacons["ad_topic"].isin(subjects).mean() < 0.09
    assert beacons["action"].isin(["ad_view", "scroll_over", "ad_click"]).mean() == pytest.approx(0.996, abs=0.004)
    assert set(beacons["page_url"]) <= set(views["url"])


def test_arguments_that_make_no_world_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="positive"):
        write_sample_tables(tmp_path, DAY, ZONE, TOPICS, events=0, seed=1)
    with pytest.raises(ValueError, match="no topic has a path"):
        write_sample_tables(tmp_path, DAY, ZONE, {"empty": Paths(())}, events=10, seed=1)
