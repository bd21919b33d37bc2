"""The made-up people return: a week is its days, each of which could stand alone, and who comes again is the same."""

from collections.abc import Sequence
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.sample.draws import distinct, lot, lot_octets
from pipelines.sample.lists import uuids
from pipelines.sample.population import SHORTEST, found
from pipelines.sample.tables import write_sample_days, write_sample_tables
from pipelines.sample.traffic import Traffic
from pipelines.settings import site_folder
from pipelines.site_folder import read_site_folder

ZONE = "Europe/Tallinn"
WEEK = [date(2026, 10, 19) + timedelta(days=number) for number in range(7)]  # to the night when clocks go back
TOPICS = {topic.topic: topic for topic in read_site_folder(site_folder(Path("elektrum"))).site.topics}
ROBOTS = "bot|curl|python|Headless|facebookexternal|Go-http"
EVENTS = 24_000


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("week")
    write_sample_days(folder, WEEK, ZONE, TOPICS, events_a_day=EVENTS, seed=8)
    return folder


@pytest.fixture(scope="module")
def views(raw: Path) -> pd.DataFrame:
    """What people viewed; `visitor` is the account with which the browser logged in that day, else the cookie."""
    seen = people_views(raw, WEEK)
    account = seen.groupby(["day", "cookie_id"])["account_id"].transform("max")
    return seen.assign(visitor=seen["account_id"].fillna(account).fillna(seen["cookie_id"]))


@pytest.fixture(scope="module")
def accounts(raw: Path) -> pd.DataFrame:
    return pq.ParquetFile(raw / "registrations.parquet").read().to_pandas()


def read(raw: Path, table: str, day: date) -> pd.DataFrame:
    files = sorted((raw / table / f"date={day}").glob("part-*.parquet"))
    return pd.concat([pq.ParquetFile(file).read().to_pandas() for file in files]).assign(day=day)


def people_views(raw: Path, days: Sequence[date]) -> pd.DataFrame:
    seen = pd.concat([read(raw, "clickstream", day) for day in days], ignore_index=True)
    return seen[~seen["user_agent"].str.contains(ROBOTS, regex=True)]


def prints(folder: Path, days: Sequence[date]) -> dict[str, str]:
    files = [file for day in days for file in folder.glob(f"*/date={day}/*.parquet")]
    return {str(file.relative_to(folder)): sha256(file.read_bytes()).hexdigest() for file in files}


def test_a_day_is_the_same_alone_and_in_any_company(raw: Path, tmp_path: Path) -> None:
    wednesday = WEEK[2]
    write_sample_tables(tmp_path / "alone", wednesday, ZONE, TOPICS, events=EVENTS, seed=8)
    far = [wednesday + timedelta(days=30), wednesday, WEEK[0], wednesday]
    write_sample_days(tmp_path / "other", far, ZONE, TOPICS, events_a_day=EVENTS, seed=8)
    for name in ("alone", "other"):
        assert len(prints(tmp_path / name, [wednesday])) == 2
        assert prints(tmp_path / name, [wednesday]) == prints(raw, [wednesday])
    assert prints(tmp_path / "other", [WEEK[0]]) == prints(raw, [WEEK[0]])


def test_a_day_in_memory_is_the_day_in_files(raw: Path) -> None:
    traffic = Traffic(ZONE, TOPICS, EVENTS, seed=8)
    for table, batches in zip(("clickstream", "ad_beacons"), zip(*traffic.draw(WEEK[3]), strict=True), strict=True):
        made = pa.concat_tables(batches).to_pandas().assign(day=WEEK[3])
        pd.testing.assert_frame_equal(made, read(raw, table, WEEK[3]).reset_index(drop=True))


def test_equal_arguments_give_equal_registrations_and_an_account_keeps_its_data(
    accounts: pd.DataFrame, tmp_path: Path
) -> None:
    for name, days in (("again", [*WEEK[::-1], WEEK[3]]), ("alone", WEEK[2:3])):
        write_sample_days(tmp_path / name, days, ZONE, TOPICS, events_a_day=EVENTS, seed=8)
    again, alone = (pd.read_parquet(tmp_path / name / "registrations.parquet") for name in ("again", "alone"))
    pd.testing.assert_frame_equal(accounts, again)
    lasting = [name for name in accounts if name != "updated_at"]
    both = alone[lasting].merge(accounts[lasting], on="account_id", suffixes=("", "_week"))
    assert len(both) == len(alone) < len(accounts)
    pd.testing.assert_frame_equal(both[lasting], alone[lasting])
    for column in lasting[1:]:
        pd.testing.assert_series_equal(both[column], both[f"{column}_week"], check_names=False)


def test_every_day_has_its_number_of_events(raw: Path) -> None:
    for day in WEEK:
        assert (len(read(raw, "clickstream", day)), len(read(raw, "ad_beacons", day))) == (16_800, 7_200)


def test_most_come_on_one_day_or_two_and_a_few_nearly_daily(views: pd.DataFrame) -> None:
    days = views.groupby("visitor")["day"].nunique()
    shares = days.value_counts(normalize=True)
    assert shares[1] == pytest.approx(0.43, abs=0.03)
    assert shares[[1, 2]].sum() == pytest.approx(0.70, abs=0.03)
    assert shares[[6, 7]].sum() == pytest.approx(0.037, abs=0.01)
    a_day = views.groupby("day")["visitor"].nunique()
    assert len(days) == pytest.approx(3.3 * a_day.mean(), rel=0.08)
    assert a_day.max() < 1.15 * a_day.min()


def test_who_views_much_on_one_day_views_more_on_the_next(views: pd.DataFrame) -> None:
    by_day = views.groupby(["visitor", "day"]).size().unstack()
    both = by_day[[WEEK[1], WEEK[2]]].dropna().to_numpy()
    assert len(both) > 200
    assert np.corrcoef(np.log(both).T)[0, 1] > 0.25


def test_business_people_stay_away_at_the_weekend() -> None:
    """Saturday tells of Sunday, among those who come on three to five days, more than any day tells of the next."""
    population = found(1, 30_000)
    came = np.zeros((7, population.places), bool)
    for number, day in enumerate(WEEK):
        came[number, population.arrive(day, 30_000)] = True
    frequent = came[:, (came.sum(axis=0) >= 3) & (came.sum(axis=0) <= 5)]
    alike = np.corrcoef(frequent)
    assert alike[5, 6] > 0.05 + max(alike[day, day + 1] for day in range(5))


def test_a_browser_keeps_its_traits_and_a_new_device_brings_a_new_cookie(views: pd.DataFrame) -> None:
    by_cookie = views.dropna(subset="cookie_id").fillna("none").groupby("cookie_id")
    assert (by_cookie[["user_agent", "consent", "gpc"]].nunique() == 1).all(axis=None)
    assert (by_cookie["day"].nunique() > 1).mean() > 0.4
    assert (views.groupby("cookie_id")["account_id"].nunique() <= 1).all()


def test_one_cookie_in_ten_is_cleared_within_the_week(views: pd.DataFrame) -> None:
    known = views.dropna(subset=["account_id", "cookie_id"])[["account_id", "user_agent", "cookie_id", "day"]]
    ends = [known[known["day"] == day].drop_duplicates() for day in WEEK[::6]]
    browsers = ends[0].merge(ends[1], on=["account_id", "user_agent"])
    assert len(browsers) > 150
    assert (browsers["cookie_id_x"] != browsers["cookie_id_y"]).mean() == pytest.approx(0.1, abs=0.06)


def test_a_small_share_comes_with_another_device(views: pd.DataFrame) -> None:
    returning = views.dropna(subset="account_id").groupby("account_id")[["user_agent", "day"]].nunique()
    several = returning.loc[returning["day"] > 1, "user_agent"] > 1
    assert 0.10 < several.mean() < 0.25


def test_a_person_keeps_the_favourite_topics(views: pd.DataFrame) -> None:
    """Another day's favourite is one's own more often than a stranger's."""
    pages = views.dropna(subset="visitor").assign(
        page=views["url"].str.split("?").str[0].str.split("/").str[3:5].str.join("/")
    )
    top = pages.groupby(["visitor", "day"])["page"].agg(lambda page: page.mode().iloc[0]).unstack()
    pair = top[[WEEK[1], WEEK[2]]].dropna().to_numpy()
    own, strangers = ((pair[:, 0] == np.roll(pair[:, 1], by)).mean() for by in (0, 1))
    assert own > 2 * strangers


def test_all_accounts_are_registered_and_some_are_opened_each_day_before_they_are_used(
    views: pd.DataFrame, accounts: pd.DataFrame
) -> None:
    seen = views.groupby("account_id")["ts"].min()
    assert accounts["account_id"].is_unique
    assert accounts["isikukood"].is_unique
    assert set(seen.index) <= set(accounts["account_id"])
    assert len(seen) == pytest.approx(0.82 * len(accounts), rel=0.05)
    created = accounts.set_index("account_id")["created_at"]
    assert (created.reindex(seen.index) <= seen).all()
    local = created.dt.tz_convert(ZONE).dt.date
    opened = local[local.isin(WEEK)].value_counts()
    assert len(opened) == 7
    assert opened.sum() == pytest.approx(7 * 0.0075 * len(accounts), rel=0.25)
    assert local[local.isin(WEEK)].index.isin(seen.index).mean() > 0.85  # who opens an account came to do it
    assert created.min().year < 2018


def test_without_advertisements_all_events_are_page_views(tmp_path: Path) -> None:
    day = WEEK[:1]
    write_sample_days(tmp_path, day, ZONE, TOPICS, events_a_day=500, seed=2)
    assert len(read(tmp_path, "ad_beacons", WEEK[0])) == 150
    write_sample_days(tmp_path, day, ZONE, TOPICS, events_a_day=500, seed=2, ad_share=0)
    assert len(read(tmp_path, "clickstream", WEEK[0])) == 500
    assert not list((tmp_path / "ad_beacons").rglob("*.parquet"))


@pytest.mark.parametrize("name", ["elektrum", "weblog", "snowplow"])
@pytest.mark.parametrize("ad_share", [0, 0.3])
def test_every_shipped_site_s_topics_make_a_day(name: str, ad_share: float, tmp_path: Path) -> None:
    site = read_site_folder(site_folder(Path(name))).site
    topics = {topic.topic: topic for topic in site.topics}
    write_sample_days(
        tmp_path, [date(2015, 5, 18)], site.time_zone, topics, events_a_day=3_000, seed=2, ad_share=ad_share
    )
    paths = people_views(tmp_path, [date(2015, 5, 18)])["url"].str.split("?").str[0].str.split("/", n=3).str[3]
    prefixes = tuple(prefix.strip("/") for topic in site.topics for prefix in topic.prefixes if prefix != "/")
    assert paths.str.startswith(prefixes).mean() > 0.7
    assert {prefix for prefix in prefixes if paths.str.startswith(prefix).any()} >= set(prefixes[:5])


@given(mean=st.floats(1, 20), seed=st.integers(0, 2**32))
@settings(max_examples=8, deadline=None)
def test_a_visitor_has_as_many_page_views_as_are_asked_for(
    mean: float, seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder, visitors = tmp_path_factory.mktemp("mean"), 6_000
    events = int(visitors * mean / 0.96)
    write_sample_days(folder, WEEK[:1], ZONE, TOPICS, events_a_day=events, seed=seed, ad_share=0, views_a_visitor=mean)
    by_cookie = people_views(folder, WEEK[:1]).dropna(subset="cookie_id").groupby("cookie_id").size()
    assert len(by_cookie) == pytest.approx(0.97 * visitors, rel=0.2)
    assert by_cookie.mean() == pytest.approx(mean, rel=0.2)
    assert by_cookie.max() <= 900


@given(numbers=st.lists(st.integers(-(2**40), 2**62), min_size=1, max_size=20), seed=st.integers(0, 2**64))
def test_a_lot_depends_on_its_own_number_alone(numbers: list[int], seed: int) -> None:
    together = lot(seed, "trait", np.array(numbers), 3)
    assert ((together >= 0) & (together < 1)).all()
    assert [lot(seed, "trait", np.array([number]), 3)[0] for number in numbers] == together.tolist()
    assert (together != lot(seed, "another trait", np.array(numbers), 3)).all()


@given(seed=st.integers(0, 2**32), below=st.integers(4, 3_000))
def test_distinct_numbers_stay_distinct(seed: int, below: int) -> None:
    places = distinct(seed, "trait", np.arange(below), below)
    assert sorted(places.tolist()) == list(range(below))


def test_lots_are_even_and_traits_do_not_follow_each_other() -> None:
    lots = np.stack([lot(3, "one", np.arange(100_000)), lot(3, "two", np.arange(100_000))])
    assert lots.mean() == pytest.approx(0.5, abs=0.005)
    assert np.histogram(lots[0], 50, (0, 1))[0].min() > 1_800
    assert abs(np.corrcoef(lots)[0, 1]) < 0.02
    assert abs(np.corrcoef(lots[0][1:], lots[0][:-1])[0, 1]) < 0.02


def test_identifiers_are_version_four() -> None:
    made = pd.Series(uuids(lot_octets(1, "cookie", np.arange(2_000))).to_pylist())
    assert made.str.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}").all()
    assert made.is_unique


@given(visitors=st.integers(0, 3_000), seed=st.integers(0, 2**32), gaps=st.lists(st.integers(1, 90), max_size=6))
@settings(max_examples=25, deadline=None)
def test_no_two_accounts_of_near_days_share_a_number(visitors: int, seed: int, gaps: list[int]) -> None:
    population = found(seed, visitors)
    days = [date(2026, 1, 1) + timedelta(days=int(gap)) for gap in np.cumsum([0, *gaps])]
    account, opened = population.accounts(days)
    assert len(np.unique(account)) == len(account) >= population.owners
    assert opened.max() <= days[-1].toordinal()
    for day in days:
        came = population.arrive(day, visitors)
        assert len(np.unique(came)) == len(came) == min(visitors, population.places)
        there = population.describe(came, 0, day, np.ones(3)).account
        assert set(there[there >= 0].tolist()) <= set(account.tolist())


def test_arguments_that_make_no_days_are_refused(tmp_path: Path) -> None:
    def write(days: Sequence[date] = tuple(WEEK), events: int = 10, ad_share: float = 0.3, mean: float = 8.0) -> None:
        write_sample_days(
            tmp_path, days, ZONE, TOPICS, events_a_day=events, seed=1, ad_share=ad_share, views_a_visitor=mean
        )

    with pytest.raises(ValueError, match="at least one"):
        write(())
    with pytest.raises(ValueError, match="positive"):
        write(events=0)
    for ad_share, mean in ((1.0, 8.0), (-0.1, 8.0), (0.3, 0.9), (0.3, 101.0), (float("nan"), 8.0)):
        with pytest.raises(ValueError, match="ad_share must be"):
            write(ad_share=ad_share, mean=mean)
    with pytest.raises(ValueError, match="fewer events"):
        write(events=200_000_000)
    with pytest.raises(ValueError, match=f"for {2 * SHORTEST} days"):
        write([WEEK[0], WEEK[0] + timedelta(days=2 * SHORTEST + 1)], events=25_000_000)
    assert not list(tmp_path.iterdir())
