"""What a contract covers: whole days and weeks from valid_from on, the newest revision of each, signed by the site's own key."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from minisign import KeyPair

from anonymizers.delivering.outcome import State
from anonymizers.refusal import Refusal
from anonymizers.releasing.signature import MANIFEST, SIGNATURE, key_id, public_text, sign
from anonymizers.vocabulary import DAY, WEEK
from pipelines.deliveries import LOOKS_BACK, open_released
from tests.anonymizers.delivering.made import partner, segments_of
from tests.pipelines.market import ALL, DAILY, REVISED, TODAY, WEEKLY, Market


def test_what_is_about_days_before_the_contract_is_given_to_nobody_by_whatever_way(tmp_path: Path):
    after = date.fromisoformat(DAILY.name[-10:]) + timedelta(days=1)
    market = Market(
        tmp_path, partner(valid_from=after), partner(partner="heat_shop", valid_from=after - timedelta(days=1))
    )
    market.publish(DAILY)
    assert [each.partner for each in market.courier.deliver_waiting()] == ["heat_shop"]
    assert [each.partner for each in market.courier.deliver_release(DAILY.name)] == ["heat_shop"]
    [outcome] = market.courier.deliver_release(DAILY.name, "solar_shop")
    assert outcome.state is State.FAILED and f"before {after}" in outcome.sentence
    market.publish(REVISED)
    assert [each.partner for each in market.courier.deliver_waiting()] == ["heat_shop"]
    assert market.got() == set() and market.got("heat_shop") == {DAILY.name, REVISED.name}


@pytest.mark.parametrize(("valid_from", "is_given"), [(date(2026, 11, 16), True), (date(2026, 11, 17), False)])
def test_a_week_is_given_if_all_of_it_lies_in_the_contract(tmp_path: Path, valid_from, is_given):
    agreed = {"daily": (), "weekly": ("segments",), "segments": segments_of(WEEK)[:1]}
    market = Market(tmp_path, partner(**agreed, valid_from=valid_from))
    assert WEEKLY.name == "weekly/week=2026-W47"
    market.publish(WEEKLY)
    market.courier.deliver_waiting()
    assert market.got() == ({WEEKLY.name} if is_given else set())


def test_what_was_corrected_is_given_to_nobody_any_more(tmp_path: Path):
    market = Market(tmp_path)
    market.publish(DAILY)
    market.publish(REVISED)
    market.courier.deliver_waiting()
    [outcome] = market.courier.deliver_release(DAILY.name)
    assert outcome.state is State.FAILED and f"deliver {REVISED.name}" in outcome.sentence
    assert market.got() == {REVISED.name}


def test_an_old_release_is_given_to_one_partner_by_its_name_and_never_to_all(tmp_path: Path):
    market = Market(tmp_path, partner(), partner(partner="heat_shop"))
    market.publish(DAILY)
    market.today = TODAY + LOOKS_BACK
    assert len(market.courier.deliver_release(DAILY.name)) == 2
    market.today += timedelta(days=1)
    with pytest.raises(Refusal, match="with --partner"):
        market.courier.deliver_release(DAILY.name)
    assert market.courier.deliver_release(DAILY.name, "heat_shop")[0].state is State.ALREADY_THERE


def test_days_are_those_of_the_site(tmp_path: Path):
    """22:30 in UTC is past midnight in Tallinn: fourteen days later it is not yet fifteen days ago."""
    market = Market(tmp_path)
    market.ledger._clock = lambda: datetime(2026, 11, 21, 22, 30, tzinfo=UTC)
    market.publish(DAILY)
    market.today = date(2026, 11, 22) + LOOKS_BACK
    assert [each.state for each in market.courier.deliver_waiting()] == [State.DELIVERED]


@pytest.fixture
def whole(tmp_path: Path) -> Market:
    market = Market(tmp_path, partner(partner="whole_shop", **ALL, segments=segments_of(DAY)))
    market.publish(DAILY)
    return market


def refused(market: Market) -> None:
    [outcome] = market.courier.deliver_waiting()
    assert outcome.state is State.FAILED and SIGNATURE in outcome.sentence
    assert market.got("whole_shop") == set() and market.told() == []


def test_a_whole_release_is_delivered_with_its_own_signature_alone(whole: Market):
    published = whole.home.published / DAILY.name / SIGNATURE
    true = published.read_bytes()
    stranger = KeyPair.generate()
    other = whole.keys.sign(DAILY.files[MANIFEST], REVISED.name)
    forged = sign(DAILY.files[MANIFEST], DAILY.name, stranger.secret_key)
    keys = whole.home.published / "keys"
    (keys / f"{key_id(stranger.public_key)}.pub").write_bytes(public_text(stranger.public_key))
    for wrong in (b"mari@marked.example 192.0.2.1\n", true + b"mari@marked.example\n", other, forged):
        published.write_bytes(wrong)
        refused(whole)
    published.unlink()
    refused(whole)
    published.write_bytes(true)
    whole.keys.rotate()
    assert [each.state for each in whole.courier.deliver_waiting()] == [State.DELIVERED]
    assert (whole.out / "whole_shop" / DAILY.name / SIGNATURE).read_bytes() == true


def test_a_key_that_was_swapped_in_the_published_store_vouches_for_nothing(whole: Market):
    [public] = (whole.home.published / "keys").glob("*.pub")
    stranger = KeyPair.generate()
    public.write_bytes(public_text(stranger.public_key))
    refused(whole)


def test_what_was_published_before_there_were_keys_has_no_signature_and_is_delivered(tmp_path: Path):
    market = Market(tmp_path, partner(partner="whole_shop", **ALL, segments=segments_of(DAY)))
    folder = market.home.published / DAILY.name
    folder.mkdir(parents=True)
    for name, content in DAILY.files.items():
        (folder / name).write_bytes(content)
    market.ledger.record_release(DAILY.name, DAILY.digest)
    assert open_released(market.home, market.ledger, DAILY.name).release.signature is None
    market.keys.make()
    assert [each.state for each in market.courier.deliver_waiting()] == [State.DELIVERED]
