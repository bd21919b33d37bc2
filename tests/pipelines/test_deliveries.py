"""Who gets what and when: contracts, corrections, what failed and comes again, and what the ledger says of all of it."""

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from anonymizers.delivering.notice import Notice
from anonymizers.delivering.outcome import State
from anonymizers.delivering.partner import Partners
from anonymizers.refusal import Refusal
from anonymizers.releasing.release import Release
from anonymizers.releasing.signature import SIGNATURE, read_public
from anonymizers.releasing.verify import verify_signed
from anonymizers.vocabulary import DAY, WEEK
from pipelines.command_line import app
from pipelines.deliveries import LOOKS_BACK
from pipelines.ledger import Kind
from tests.anonymizers.delivering.made import UNTIL, partner, segments_of
from tests.pipelines.market import ALL, DAILY, PARTNERS_KINDS, REVISED, TODAY, WEEKLY, Market


@pytest.fixture
def market(tmp_path: Path) -> Market:
    made = Market(tmp_path)
    made.publish(DAILY)
    return made


def test_a_delivery_stands_in_the_ledger_before_it_leaves_and_when_it_arrived(market: Market):
    [outcome] = market.courier.deliver_waiting()
    assert outcome.state is State.DELIVERED and market.got() == {DAILY.name}
    assert market.notes[-1].kinds == [Kind.SENDING]
    sending, delivered = market.ledger.entries()[-2:]
    folder = market.out / "solar_shop" / DAILY.name
    assert (sending.kind, delivered.kind) == (Kind.SENDING, Kind.DELIVERED)
    assert (
        delivered.told == {**sending.told, "files": len(list(folder.iterdir()))}
        and outcome.sent == delivered.told["files"]
    )


def test_what_arrived_is_not_sent_again_and_by_hand_it_is_told_as_such(market: Market):
    market.courier.deliver_waiting()
    before = market.told()
    assert market.courier.deliver_waiting() == []
    [outcome] = market.courier.deliver_release(DAILY.name)
    assert outcome.state is State.ALREADY_THERE and outcome.sent == 0
    assert market.told() == before


def test_what_the_partner_took_away_is_sent_again_by_hand_alone(market: Market):
    market.courier.deliver_waiting()
    shutil.rmtree(market.out / "solar_shop" / DAILY.name)
    assert market.courier.deliver_waiting() == [] and market.got() == set()
    [outcome] = market.courier.deliver_release(DAILY.name, "solar_shop")
    assert outcome.state is State.DELIVERED and market.got() == {DAILY.name}
    assert [kind for kind, _, _ in market.told()] == [Kind.SENDING, Kind.DELIVERED] * 2


def test_a_broken_partner_stops_no_other_and_gets_it_the_next_night(tmp_path: Path):
    market = Market(tmp_path, partner(partner="broken"), partner(), partner(partner="heat_shop"))
    market.publish(DAILY)
    market.publish(REVISED)
    market.broken = {"broken"}
    outcomes = market.courier.deliver_waiting()
    assert [(each.partner, each.state) for each in outcomes] == [
        ("broken", State.FAILED), ("solar_shop", State.DELIVERED), ("heat_shop", State.DELIVERED),
    ]  # fmt: skip
    assert (Kind.SENDING, REVISED.name, "broken") in market.told()
    assert (Kind.DELIVERED, REVISED.name, "broken") not in market.told()
    market.broken, market.today = set(), TODAY + timedelta(days=1)
    assert [(each.partner, each.state) for each in market.courier.deliver_waiting()] == [("broken", State.DELIVERED)]
    assert market.got("broken") == {REVISED.name}


def test_a_place_that_does_not_answer_is_asked_once_a_night(market: Market):
    for day in range(3):
        market.publish(Release(f"daily/date=2026-11-1{day}", DAILY.files))
    market.broken = {"solar_shop"}
    outcomes = market.courier.deliver_waiting()
    assert len(outcomes) == 4 and {each.state for each in outcomes} == {State.FAILED}
    assert len(market.told(Kind.SENDING)) == 1


class Killed(Exception):
    """The process ended right here."""


def test_a_run_that_was_killed_before_its_last_entry_is_made_good(market: Market, monkeypatch: pytest.MonkeyPatch):
    def end(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(market.ledger, "record_delivery", end)
        [failed] = market.courier.deliver_waiting()
    assert failed.state is State.FAILED and "Killed" in failed.sentence
    assert market.got() == {DAILY.name} and market.told(Kind.DELIVERED) == []
    [outcome] = market.courier.deliver_waiting()
    assert outcome.state is State.ALREADY_THERE and outcome.sent == 0
    assert market.told(Kind.DELIVERED) == [(Kind.DELIVERED, DAILY.name, "solar_shop")]


@given(days=st.integers(-400, 800))
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_whose_contract_ended_gets_nothing_more(tmp_path_factory, days):
    """Neither a release, nor a notice, nor anything by hand; whatever day it is."""
    market = Market(tmp_path_factory.mktemp("market"))
    market.today = UNTIL + timedelta(days=days)
    market.publish(DAILY)
    valid = market.partners.partners[0].is_valid_on(market.today)
    market.courier.deliver_waiting()
    assert market.got() == ({DAILY.name} if valid else set())
    assert bool(market.told()) is valid
    if not valid:
        with pytest.raises(Refusal, match="the contract of solar_shop runs"):
            market.courier.deliver_waiting("solar_shop")
        [outcome] = market.courier.deliver_release(DAILY.name, "solar_shop")
        assert outcome.state is State.FAILED and "the contract of solar_shop runs" in outcome.sentence
        assert market.courier.deliver_release(DAILY.name) == []
    assert market.got() == ({DAILY.name} if valid else set())


def test_a_contract_that_ends_takes_its_notices_with_it(market: Market):
    market.courier.deliver_waiting()
    market.ledger.mark_wrong(DAILY.name, "wrong_input")
    market.today = UNTIL + timedelta(days=1)
    assert market.courier.deliver_waiting() == []
    assert not list((market.out / "solar_shop").rglob("*.wrong.json"))


def test_a_correction_comes_in_a_folder_of_its_own(market: Market):
    market.courier.deliver_waiting()
    first = {path.name: path.read_bytes() for path in (market.out / "solar_shop" / DAILY.name).iterdir()}
    market.publish(REVISED)
    [outcome] = market.courier.deliver_waiting()
    assert (outcome.release, outcome.state) == (REVISED.name, State.DELIVERED)
    assert market.got() == {DAILY.name, REVISED.name}
    assert first == {path.name: path.read_bytes() for path in (market.out / "solar_shop" / DAILY.name).iterdir()}


def test_a_release_marked_wrong_is_told_to_who_has_it_and_given_to_nobody_else(tmp_path: Path):
    market = Market(tmp_path, partner(), partner(partner="heat_shop", valid_from=TODAY))
    market.publish(DAILY)
    market.courier.deliver_waiting()
    market.ledger.mark_wrong(DAILY.name, "wrong_input")
    assert [(each.partner, each.state) for each in market.courier.deliver_waiting()] == [
        ("solar_shop", State.TOLD_WRONG)
    ]
    notice = market.out / "solar_shop" / f"{DAILY.name}.wrong.json"
    assert notice.read_bytes() == Notice(DAILY.name, "wrong_input").content
    assert market.courier.deliver_waiting() == [] and market.got("heat_shop") == set()
    [outcome] = market.courier.deliver_release(DAILY.name, "heat_shop")
    assert outcome.state is State.FAILED and "marked wrong" in outcome.sentence


def test_a_narrower_contract_changes_nothing_that_was_delivered(market: Market):
    market.courier.deliver_waiting()
    before, told = market.out / "solar_shop" / DAILY.name, market.told()
    names = {path.name for path in before.iterdir()}
    market.partners = Partners((replace(market.partners.partners[0], daily=("topics",)),))
    [outcome] = market.courier.deliver_release(DAILY.name)
    assert outcome.state is State.FAILED and "with other bytes" in outcome.sentence
    assert {path.name for path in before.iterdir()} == names and market.told() == told


def test_a_partner_of_today_gets_the_last_two_weeks_and_none_from_before_its_contract(market: Market):
    market.today = TODAY + LOOKS_BACK
    assert [each.release for each in market.courier.deliver_waiting()] == [DAILY.name]
    market.today += timedelta(days=1)
    late = Market(market.home.root.parent, partner(partner="heat_shop", valid_from=TODAY + timedelta(days=1)))
    late.today = TODAY + timedelta(days=2)
    assert late.courier.deliver_waiting() == []
    old = Market(market.home.root.parent, partner(partner="wind_shop"))
    old.today = TODAY + LOOKS_BACK + timedelta(days=1)
    assert old.courier.deliver_waiting() == []
    with pytest.raises(Refusal, match="with --partner"):
        old.courier.deliver_release(DAILY.name)
    assert old.courier.deliver_release(DAILY.name, "wind_shop")[0].state is State.DELIVERED


def test_a_week_goes_to_who_agreed_to_weeks(tmp_path: Path):
    weekly = partner(partner="weekly_shop", daily=(), weekly=("segments",), segments=segments_of(WEEK)[:1])
    market = Market(tmp_path, partner(), weekly)
    market.publish(DAILY)
    market.publish(WEEKLY)
    market.courier.deliver_waiting()
    assert market.got() == {DAILY.name} and market.got("weekly_shop") == {WEEKLY.name}


def test_whole_and_part_are_signed_by_the_sites_key(tmp_path: Path):
    whole = partner(partner="whole_shop", **ALL, segments=segments_of(DAY))
    market = Market(tmp_path, partner(), whole)
    market.publish(DAILY)
    market.courier.deliver_waiting()
    [public] = (market.home.published / "keys").glob("*.pub")
    for name in ("solar_shop", "whole_shop"):
        folder = market.out / name / DAILY.name
        files = {path.name: path.read_bytes() for path in folder.iterdir()}
        assert verify_signed(files, read_public(public.read_bytes()), folder.name) == []
    published = market.home.published / DAILY.name
    assert files == {path.name: path.read_bytes() for path in published.iterdir()}
    assert (market.out / "solar_shop" / DAILY.name / SIGNATURE).read_bytes() != files[SIGNATURE]


def test_another_key_makes_no_other_delivery(market: Market):
    market.courier.deliver_waiting()
    market.keys.rotate()
    [outcome] = market.courier.deliver_release(DAILY.name)
    assert outcome.state is State.ALREADY_THERE


def test_a_changed_release_is_given_to_nobody(market: Market):
    readme = market.home.published / DAILY.name / "README.md"
    readme.write_bytes(readme.read_bytes() + b"mari@marked.example")
    [outcome] = market.courier.deliver_waiting()
    assert outcome.state is State.FAILED and "as the ledger knows it" in outcome.sentence
    assert market.got() == set() and market.told() == []


def test_the_ledger_names_partner_digest_and_number_and_nothing_else(market: Market):
    market.courier.deliver_waiting()
    bodies = [entry.told for entry in market.ledger.entries() if entry.kind in PARTNERS_KINDS]
    assert [set(body) for body in bodies] == [{"partner", "digest"}, {"partner", "digest", "files"}]
    content = market.home.ledger.read_bytes()
    assert b"solar_shop" in content and str(market.out).encode() not in content and b"OUT" not in content


def test_the_command_delivers_what_waits_and_tells_what_stood_there(market: Market, monkeypatch: pytest.MonkeyPatch):
    from tests.worlds import SITES

    site = market.home.root.parent / "site"
    shutil.copytree(SITES / "elektrum", site)
    monkeypatch.setenv("KOOND_PARTNERS", str(market.out))
    (market.out / "paikesepood").mkdir()
    where = ["--site", str(site), "--home", str(market.home.root)]
    first = CliRunner().invoke(app, ["deliver", *where])
    assert first.exit_code == 0 and f"paikesepood {DAILY.name}: delivered" in first.output, first.output
    again = CliRunner().invoke(app, ["deliver", *where])
    assert again.exit_code == 0 and "nothing is waiting" in again.output
    by_name = CliRunner().invoke(app, ["deliver", DAILY.name, "--partner", "paikesepood", *where])
    assert by_name.exit_code == 0 and "stands there already" in by_name.output
    (market.out / "paikesepood" / DAILY.name / "README.md").write_text("changed")
    failed = CliRunner().invoke(app, ["deliver", DAILY.name, *where])
    assert failed.exit_code == 1 and "with other bytes" in failed.output
    stranger = CliRunner().invoke(app, ["deliver", "--partner", "nobody", *where])
    assert stranger.exit_code == 1 and "no such partner" in stranger.output
