"""What a broken line, a wrong release or a name that nobody can write costs a partner: nothing else, and never in silence."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from anonymizers.delivering.notice import Notice
from anonymizers.delivering.outcome import State
from anonymizers.delivering.partner import Partners
from anonymizers.releasing.release import Release
from anonymizers.vocabulary import WEEK
from assets.deliveries import _served
from pipelines.deliveries import LOOKS_BACK
from pipelines.ledger import Kind
from tests.anonymizers.delivering.made import partner, segments_of
from tests.pipelines.market import DAILY, REVISED, TODAY, WEEKLY, Market


def of_day(day: int) -> Release:
    return Release(f"daily/date=2026-11-{day:02}", DAILY.files)


def notices(market: Market, name: str = "solar_shop") -> set[str]:
    here = market.out / name
    return {path.relative_to(here).as_posix() for path in here.rglob("*.wrong.json")}


@pytest.fixture
def market(tmp_path: Path) -> Market:
    made = Market(tmp_path)
    made.publish(DAILY)
    return made


def test_what_arrived_before_the_ledger_could_say_so_is_told_wrong_too(market: Market, monkeypatch: pytest.MonkeyPatch):
    def end(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(market.ledger, "record_delivery", end)
        market.courier.deliver_waiting()
    assert market.got() == {DAILY.name} and market.told(Kind.DELIVERED) == []
    market.ledger.mark_wrong(DAILY.name, "wrong_input")
    assert [each.state for each in market.courier.deliver_waiting()] == [State.TOLD_WRONG]
    assert notices(market) == {f"{DAILY.name}.wrong.json"}
    assert market.courier.deliver_waiting() == []


def test_who_has_the_first_revision_is_told_when_its_correction_is_wrong_before_it_arrived(market: Market):
    market.courier.deliver_waiting()
    market.publish(REVISED)
    market.ledger.mark_wrong(DAILY.name, "wrong_input")
    [outcome] = market.courier.deliver_waiting()
    assert (outcome.release, outcome.state) == (DAILY.name, State.TOLD_WRONG)
    told = market.out / "solar_shop" / f"{DAILY.name}.wrong.json"
    assert told.read_bytes() == Notice(DAILY.name, "wrong_input").content
    assert market.got() == {DAILY.name} and market.courier.deliver_waiting() == []


def test_who_was_corrected_in_time_is_told_nothing_of_the_first_revision(market: Market):
    """The control: only while the newest revision is wrong are older ones as wrong."""
    market.courier.deliver_waiting()
    market.publish(REVISED)
    market.courier.deliver_waiting()
    assert market.got() == {DAILY.name, REVISED.name} and notices(market) == set()


def test_a_notice_that_cannot_be_written_keeps_no_release_back(market: Market):
    market.courier.deliver_waiting()
    market.ledger.mark_wrong(DAILY.name, "wrong_input")
    taken = market.out / "solar_shop" / f"{DAILY.name}.wrong.json"
    taken.mkdir()
    for day in (18, 19):
        market.publish(of_day(day))
    outcomes = market.courier.deliver_waiting()
    assert [(each.release, each.state) for each in outcomes] == [
        (of_day(18).name, State.DELIVERED), (of_day(19).name, State.DELIVERED), (DAILY.name, State.FAILED),
    ]  # fmt: skip
    assert "daily/date=2026-11-20.wrong.json" in outcomes[-1].sentence
    taken.rmdir()
    assert [each.state for each in market.courier.deliver_waiting()] == [State.TOLD_WRONG]


def test_a_release_that_cannot_be_written_keeps_no_other_back(market: Market):
    market.publish(of_day(21))
    (market.out / "solar_shop" / "daily").mkdir()
    (market.out / "solar_shop" / "daily" / ".date=2026-11-20.part").write_text("in the way")
    states = [(each.release, each.state) for each in market.courier.deliver_waiting()]
    assert states == [(DAILY.name, State.FAILED), (of_day(21).name, State.DELIVERED)]


def test_what_waited_for_two_weeks_in_vain_is_counted_until_it_is_delivered(market: Market):
    market.broken = {"solar_shop"}
    market.courier.deliver_waiting()
    market.broken, market.today = set(), TODAY + LOOKS_BACK + timedelta(days=1)
    market.publish(of_day(30))
    outcomes = market.courier.deliver_waiting()
    assert [(each.release, each.state) for each in outcomes] == [
        (of_day(30).name, State.DELIVERED), (DAILY.name, State.MISSED),
    ]  # fmt: skip
    [check] = _served(market.courier).check_results or ()
    assert not check.passed and check.metadata["missed"].value == 1
    assert "never arrived" in (check.description or "") and "--partner" in (check.description or "")
    [outcome] = market.courier.deliver_release(DAILY.name, "solar_shop")
    assert outcome.state is State.DELIVERED
    [check] = _served(market.courier).check_results or ()
    assert check.passed and check.metadata["missed"].value == 0


def test_what_was_published_long_before_the_first_delivery_was_not_missed(tmp_path: Path):
    """Nor what a partner never agreed to, or agrees to from now on, or has in a newer revision."""
    weekly = {"weekly": ("segments",), "segments": segments_of(WEEK)[:1]}
    market = Market(tmp_path, partner(), partner(partner="weekly_shop", daily=(), **weekly))
    market.publish(DAILY)
    market.publish(of_day(21))
    market.publish(Release(f"{DAILY.name}.r2", REVISED.files))
    market.today = TODAY + LOOKS_BACK + timedelta(days=1)
    market.publish(of_day(30))
    for _ in range(2):
        assert {each.state for each in market.courier.deliver_waiting()} <= {State.DELIVERED}
    assert market.got() == {of_day(30).name}
    days, weeks = market.partners.partners
    market.publish(WEEKLY)
    market.courier.deliver_waiting()
    market.today += LOOKS_BACK
    market.partners = Partners((days, replace(weeks, daily=("totals",))))
    assert {each.state for each in market.courier.deliver_waiting()} == {State.DELIVERED}
    assert market.got("weekly_shop") == {WEEKLY.name, of_day(30).name}
