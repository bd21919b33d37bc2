"""What must not matter does not matter: change it, and all counts and published bytes stay equal (LEAKS A8).

One test for each promise that says "never", over whole nights and a week; each change alone, over many made-up worlds.
"""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import pipelines.io_managers as stores
from anonymizers.refusal import Refusal
from anonymizers.releasing.edition import daily_base
from tests.privacy import changes
from tests.privacy.changes import (
    ACCOUNTS,
    ADDRESSES,
    ADS,
    BROWSERS,
    COLUMNS,
    COOKIES,
    EVENTS,
    HARMLESS,
    ORDER,
    REGISTRATIONS,
    SUBSCRIPTIONS,
    WORDS,
    all_at_once,
)
from tests.privacy.doubles import HEEDING, Joining, Trusting
from tests.privacy.interference import (
    HASHES,
    MONDAY,
    REGISTRATION_FILES,
    Change,
    Outcome,
    Rows,
    assert_no_interference,
    days_after,
    every,
    night,
    shadow,
    tables_of,
    week,
    written,
)
from tests.worlds import AGREED, CHROME, HOST, IPHONE, REFUSED, ad_event, at, crowd, page_view, registration

PEOPLE = 60
DAYS = days_after(MONDAY, 3)


def rows(day: date = MONDAY, people: int = PEOPLE) -> Rows:
    """A crowd with addresses, accounts and registrations."""
    views, ads = crowd(people, day=day)
    for number, view in enumerate(views):
        view |= {"ip": f"198.51.100.{number % 250}", "referrer": f"https://mail.example/?to=p{number}@example.ee"}
        view |= {"page_title": f"Tere, Mari {number}"} | (
            {"account_id": f"EE{number % 9:08}"} if number % 5 == 0 else {}
        )
    for number, ad in enumerate(ads):
        ad |= {"ip": f"203.0.113.{number % 250}", "page_url": f"{HOST}/?email=p{number}@example.ee"}
    accounts = [
        registration(
            account_id=f"EE{n:08}",
            name=f"Mari Mets {n}",
            company="Mets OÜ" if n % 4 == 0 else None,
            created_at=at(9, day=day),
            newsletter_consent=n % 2 == 0,
            offer_consent=n % 3 == 0,
        )
        for n in range(9)
    ]  # fmt: skip
    return {"page_views": views, "ad_events": ads, "registrations": accounts}


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return night(tmp_path_factory.mktemp("original"), rows())


def assert_harmless(root: Path, original: Outcome, *harmless: Change) -> None:
    change = every(harmless)
    assert_no_interference(original, night(root, rows(), change), change)


def test_p2_who_subscribed_to_what_changes_no_published_byte_and_the_mailing_list_alone_reads_it(tmp_path, original):
    spoiled = tables_of(written(tmp_path / "spoiled", rows(), SUBSCRIPTIONS["unreadable"]))
    assert changes.are_unreadable(spoiled, "registrations", "newsletter_consent", "offer_consent")
    assert_harmless(tmp_path, original, *SUBSCRIPTIONS.values(), REGISTRATIONS["with other attributes"])


def test_p4_who_is_registered_changes_no_published_byte_but_the_table_of_registrations(tmp_path, original):
    for name in ("emptied", "of strangers"):
        after = night(tmp_path / name, rows(), REGISTRATIONS[name])
        assert_no_interference(original, after, REGISTRATIONS[name])
    assert original.differing(after) == REGISTRATION_FILES | HASHES, "so many that noise does not hide them"
    assert original.counted("registrations") != after.counted("registrations")


def test_p4_whose_account_it_is_changes_no_published_byte_at_all(tmp_path, original):
    assert_harmless(
        tmp_path, original, REGISTRATIONS["exchanged between accounts"], ACCOUNTS["relabelled"], ORDER["of rows"]
    )


@pytest.mark.parametrize("how", ADDRESSES)
def test_p5_the_ip_address_changes_no_published_byte_and_the_diagnosis_of_the_server_alone_reads_it(
    how, tmp_path, original
):
    assert_harmless(tmp_path, original, ADDRESSES[how])


def test_p5_the_unreadable_addresses_of_that_night_truly_cannot_be_read(tmp_path):
    """The control: the column alone is spoiled, and a reader that asks for it fails."""
    unreadable = ADDRESSES["unreadable"]
    tables = tables_of(written(tmp_path / "world", rows(), unreadable))
    assert all(changes.are_unreadable(tables, table, "ip") for table in ("page_views", "ad_events"))
    with pytest.raises(Refusal):
        shadow(tmp_path / "curious", {MONDAY: rows()}, unreadable, reader=HEEDING["addresses permuted"])


def test_p5_nothing_published_is_about_places(original):
    """No geography: neither files nor columns speak of it."""
    words = b"\n".join([*map(str.encode, original.files), original.files["datapackage.json"]]).lower()
    assert b'"browser"' in words
    assert not [word for word in (b"country", b"region", b"city", b"geo", b"latitude", b"postal") if word in words]


def test_p6_what_a_cookie_holds_and_who_refuses_changes_no_published_byte(tmp_path, original):
    assert_harmless(tmp_path, original, COOKIES["relabelled"], *EVENTS.values())


def test_p8_of_an_advertisement_only_topic_action_browser_and_hour_matter(tmp_path, original):
    assert_harmless(tmp_path, original, ADS["by other names"], BROWSERS["a little newer"], ADDRESSES["empty"])


def test_p10_personal_data_in_words_and_unknown_columns_changes_no_published_byte(tmp_path, original):
    assert_harmless(tmp_path, original, *WORDS.values(), *COLUMNS.values())


def test_order_of_rows_files_and_row_groups_changes_no_published_byte(tmp_path, original):
    assert_harmless(tmp_path, original, *ORDER.values())


def test_p2_p4_p5_p6_p7_p8_p10_over_a_whole_week_all_of_it_at_once_changes_no_count_and_no_byte_of_the_week(tmp_path):
    """Advertisers get the same files whatever is personal in the raw tables: on three days and for their week."""
    # Fewer come on later days, so that visitors differ in how often they come.
    days = {day: rows(day, PEOPLE - 9 * number) for number, day in enumerate(DAYS)}
    nights, one = week(tmp_path / "one", days)
    other_nights, other = week(tmp_path / "other", days, all_at_once())
    assert one == other
    numbers = one.counted()
    assert sum(map(bool, numbers["segments"]["visitors"])) > 3
    assert sum(map(bool, numbers["segment_frequency"]["visitors"])) > 3
    for day in DAYS:
        assert_no_interference(nights[day], other_nights[day], all_at_once())


visits = st.fixed_dictionaries(
    {
        "cookie_id": st.sampled_from(["cookie-a", "cookie-b", "cookie-c", "Õie Šmidt", ""]),
        "account_id": st.sampled_from([None, None, "EE00000001", "EE00000002"]),
        "ts": st.tuples(st.integers(0, 23), st.integers(0, 59)).map(lambda clock: at(*clock, day=MONDAY)),
        "user_agent": st.sampled_from([CHROME, IPHONE]),
        "url": st.sampled_from([f"{HOST}/arved", f"{HOST}/paikesepaneelid", f"{HOST}/minu/mari", "/", "mailto:mari"]),
        "consent": st.sampled_from([AGREED, AGREED, REFUSED, None]),
        "ip": st.sampled_from(["198.51.100.7", None]),
    }
)
beacons = st.fixed_dictionaries(
    {
        "cookie_id": st.sampled_from(["cookie-a", "cookie-b", "cookie-d"]),
        "ts": st.integers(0, 23).map(lambda hour: at(hour, day=MONDAY)),
        "user_agent": st.sampled_from([CHROME, IPHONE]),
        "ad_topic": st.sampled_from(["heat-pump", "solar", "Mari"]),
        "action": st.sampled_from(["ad_view", "scroll_over", "ad_click", "purchase"]),
    }
)
people = st.sampled_from(["EE00000001", "EE00000002", "EE00000003"])
worlds = st.builds(
    lambda views, ads, accounts: {
        "page_views": [page_view(**view) for view in views],
        "ad_events": [ad_event(**ad) for ad in ads],
        "registrations": [registration(account_id=who, created_at=at(9, day=MONDAY)) for who in accounts],
    },
    st.lists(visits, min_size=6, max_size=30),
    st.lists(beacons, min_size=3, max_size=15),
    st.lists(people, min_size=1, max_size=3, unique=True),
)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return lambda: tmp_path_factory.mktemp("shadow")


@given(world=worlds)
@settings(max_examples=2, deadline=None, database=None, phases=[Phase.generate])  # to shrink takes longer than to look
def test_each_harmless_change_alone_changes_no_count_of_any_world_by_day_or_week(fresh, world):
    before = shadow(fresh(), {MONDAY: world})
    for name, change in HARMLESS.items():
        after = shadow(fresh(), {MONDAY: world}, change)
        for release, parts in before.items():
            for part, draw in parts.items():
                if part == "events" or not change.may_differ:
                    assert draw == after[release][part], (name, release, part)


@pytest.mark.parametrize("name", HEEDING)
def test_a_reader_that_heeds_what_must_not_matter_is_seen(tmp_path, name):
    """The control of each change: where it does matter, the shadow shows it."""
    before, after = (
        shadow(tmp_path / str(n), {MONDAY: rows()}, change, reader=HEEDING[name])
        for n, change in enumerate((Change(), HARMLESS[name]))
    )
    for release in before:
        assert before[release]["events"] != after[release]["events"], release


@pytest.mark.parametrize("how", [how for how in EVENTS if "bots" not in how and "days" not in how])
def test_a_reader_that_asks_for_no_consent_is_seen(tmp_path, how):
    """The control of promise 6."""
    before, after = (
        shadow(tmp_path / str(n), {MONDAY: rows()}, change, reader=Trusting)
        for n, change in enumerate((Change(), EVENTS[how]))
    )
    assert before[daily_base(MONDAY)]["events"] != after[daily_base(MONDAY)]["events"]


def test_a_deliberate_join_of_statistics_with_registrations_is_seen(tmp_path, monkeypatch, original):
    """The control of promise 4, over whole nights and in the shadow."""
    changed = REGISTRATIONS["of strangers"]
    monkeypatch.setattr(stores, "RawReader", Joining)
    joined = night(tmp_path / "one", rows())
    assert joined.counted() != original.counted()
    after = night(tmp_path / "other", rows(), changed)
    with pytest.raises(AssertionError):
        assert_no_interference(joined, after, changed)
    shadows = [
        shadow(tmp_path / str(n), {MONDAY: rows()}, c, reader=Joining) for n, c in enumerate((Change(), changed))
    ]
    for release in shadows[0]:
        assert shadows[0][release]["events"] != shadows[1][release]["events"]


def more(**click: Any) -> Change:
    """One event more, by a visitor who consented."""
    return Change(lambda rows: rows | {"ad_events": [*rows["ad_events"], ad_event(**click)]})


CLICK = {"cookie_id": "one-more", "action": "ad_click", "ts": at(12, day=MONDAY)}


def test_one_consented_click_more_does_change_what_is_counted_by_day_and_week(tmp_path, original):
    """The control: without noise, a difference that may matter does show."""
    assert night(tmp_path / "night", rows(), more(**CLICK)).counted() != original.counted()
    before, after = (shadow(tmp_path / str(n), {MONDAY: rows()}, c) for n, c in enumerate((Change(), more(**CLICK))))
    for release in before:
        assert before[release]["events"] != after[release]["events"]


@pytest.mark.parametrize(
    "other",
    [{"ad_topic": "solar"}, {"action": "ad_view"}, {"user_agent": IPHONE}, {"ts": at(20, day=MONDAY)}],
    ids=lambda told: next(iter(told)),
)
def test_p8_topic_action_browser_and_hour_of_an_advertisement_do_matter(tmp_path, other):
    """The control of promise 8: what may be told is told, in the shadow."""
    day = daily_base(MONDAY)
    one, two = (shadow(tmp_path / str(n), {MONDAY: rows()}, more(**CLICK | told)) for n, told in enumerate(({}, other)))
    assert one[day]["events"] != two[day]["events"]


def test_the_shadow_counts_what_a_whole_night_counts(tmp_path, original):
    """So that what is shown of the shadow is shown of the night."""
    assert shadow(tmp_path, {MONDAY: rows()})[daily_base(MONDAY)] == original.draws
