"""The rules of DESIGN section 4: re-runs, late events, corrections and their reserve, erasures, marks, keys, deliveries."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from anonymizers.counting.draw import Draw
from anonymizers.refusal import Reason, Refusal
from pipelines.ledger import Correction, Kind, Ledger
from tests.pipelines.ledger.nights import (
    CORRECTIONS,
    DAY,
    DIGEST,
    PLAN,
    WEEK,
    WEEKLY,
    a_draw,
    day,
    never,
    publish,
    spend,
)


def kinds(ledger: Ledger) -> list[str]:
    return [entry.kind for entry in ledger.entries()]


def refused(reason: Reason, act: Any, *arguments: Any) -> str:
    with pytest.raises(Refusal) as told:
        act(*arguments)
    assert told.value.reason == reason
    return told.value.sentence


def test_a_spend_is_reserved_before_the_noise_is_drawn(ledger: Ledger) -> None:
    before: list[str] = []

    def draw() -> Draw:
        before.extend(kinds(ledger))
        return a_draw()

    ledger.draw_once(spend(), "events", draw)
    assert before == [Kind.RESERVED]
    assert kinds(ledger) == [Kind.RESERVED, Kind.DRAWN]
    assert ledger.entries()[0].told == {"week": WEEK, "rho": 0.02, "epsilon": 0.99, "delta": 1e-7, "plan": PLAN}


def test_a_run_that_fails_while_it_draws_is_resumed_and_pays_nothing_more(ledger: Ledger) -> None:
    with pytest.raises(ZeroDivisionError):
        ledger.draw_once(spend(), "events", lambda: 1 / 0)  # type: ignore[arg-type,return-value]
    drawn = ledger.draw_once(spend(), "events", a_draw)
    assert ledger.draw_once(spend(), "events", never) == drawn
    assert kinds(ledger) == [Kind.RESERVED, Kind.DRAWN]


def test_each_part_is_drawn_once_and_all_parts_are_paid_by_one_reservation(ledger: Ledger) -> None:
    events = ledger.draw_once(spend(), "events", a_draw)
    accounts = ledger.draw_once(spend(), "registrations", lambda: a_draw(part="registrations"))
    assert ledger.draws(DAY) == {"events": events, "registrations": accounts}
    assert ledger.draws(day(19)) == {}
    assert kinds(ledger).count(Kind.RESERVED) == 1


def test_a_run_that_comes_second_throws_its_own_draw_away(ledger: Ledger, place: str, published: Path) -> None:
    other, own = Ledger(place, published, CORRECTIONS), a_draw()
    first: list[Draw] = []

    def draw() -> Draw:
        first.append(other.draw_once(spend(), "events", a_draw))
        return own

    assert ledger.draw_once(spend(), "events", draw) == first[0] != own
    assert kinds(ledger) == [Kind.RESERVED, Kind.DRAWN]


@pytest.mark.parametrize("change", [{"rho": 0.03}, {"epsilon": 0.5}, {"delta": 1e-6}, {"plan": "b" * 64}])
def test_a_site_folder_that_changes_between_reservation_and_draw_is_refused(
    ledger: Ledger, change: dict[str, Any]
) -> None:
    drawn = ledger.draw_once(spend(), "events", a_draw)
    other = replace(spend(), **change)
    assert "restore the site folder" in refused(Reason.BUDGET, ledger.draw_once, other, "events", never)
    refused(Reason.BUDGET, ledger.draw_once, other, "registrations", never)
    assert ledger.draw_once(spend(), "events", never) == drawn
    assert kinds(ledger) == [Kind.RESERVED, Kind.DRAWN, Kind.REFUSED, Kind.REFUSED]


def test_a_spend_names_the_week_that_its_day_lies_in(ledger: Ledger) -> None:
    refused(Reason.BUDGET, ledger.draw_once, spend(week="2026-W48"), "events", never)
    assert kinds(ledger) == [Kind.REFUSED]


@pytest.mark.parametrize("other", [{"release": day(19)}, {"part": "registrations"}, {"plan": "b" * 64}])
def test_a_draw_of_something_else_is_never_written_down(ledger: Ledger, other: dict[str, str]) -> None:
    refused(Reason.BUDGET, ledger.draw_once, spend(), "events", lambda: a_draw(**other))
    assert ledger.draws(DAY) == {}


def test_a_published_night_is_final_and_late_events_are_never_drawn(ledger: Ledger, published: Path) -> None:
    drawn = publish(ledger, published)
    before = kinds(ledger)
    refused(Reason.FINAL, ledger.draw_once, spend(), "events", never)
    refused(Reason.FINAL, ledger.draw_once, spend(), "another_part", never)
    refused(Reason.FINAL, ledger.open_release, DAY)
    ledger.record_release(DAY, DIGEST)
    assert ledger.draws(DAY) == {"events": drawn}
    assert kinds(ledger) == before, "a re-run costs nothing"


@pytest.mark.parametrize("stands", ["in the ledger", "as a folder"])
def test_either_the_ledger_or_the_folder_makes_a_release_final(ledger: Ledger, published: Path, stands: str) -> None:
    ledger.draw_once(spend(), "events", a_draw)
    if stands == "as a folder":
        (published / DAY).mkdir(parents=True)
    else:
        ledger.record_release(DAY, DIGEST)
    refused(Reason.FINAL, ledger.draw_once, spend(), "events", never)
    refused(Reason.FINAL, ledger.open_release, DAY)


def test_a_release_that_is_published_while_a_second_run_draws_takes_no_draw_any_more(
    ledger: Ledger, published: Path
) -> None:
    def draw() -> Draw:
        (published / DAY).mkdir(parents=True)
        return a_draw()

    refused(Reason.FINAL, ledger.draw_once, spend(), "events", draw)
    assert ledger.draws(DAY) == {}


def test_a_release_has_one_digest(ledger: Ledger, published: Path) -> None:
    assert ledger.released(DAY) is None
    publish(ledger, published)
    assert ledger.released(DAY) == DIGEST
    refused(Reason.FINAL, ledger.record_release, DAY, "e" * 64)
    assert ledger.released(DAY) == DIGEST


def test_a_correction_is_a_new_release_with_fresh_noise_and_its_own_payment(ledger: Ledger, published: Path) -> None:
    assert ledger.open_release(DAY) == DAY
    first = publish(ledger, published)
    assert ledger.corrections_left(WEEK) == 2
    corrected = ledger.reserve_correction(DAY, spend(plan="b" * 64), "wrong_rules")
    assert corrected == ledger.open_release(DAY) == f"{DAY}.r2"
    assert ledger.corrections_left(WEEK) == 1
    assert ledger.newest_release(DAY) == DAY
    second = publish(ledger, published, corrected, plan="b" * 64)
    assert ledger.newest_release(DAY) == corrected
    assert second != first
    assert ledger.draws(corrected) == {"events": second}
    assert ledger.draws(DAY) == {"events": first}
    assert [entry.release for entry in ledger.entries() if entry.kind == Kind.RESERVED] == [DAY, corrected]
    refused(Reason.FINAL, ledger.open_release, DAY)
    assert ledger.reserve_correction(DAY, spend(), "late_events") == f"{DAY}.r3"
    assert ledger.verify() == []


def test_a_correction_is_drawn_under_the_plan_that_it_was_reserved_for(ledger: Ledger, published: Path) -> None:
    publish(ledger, published)
    corrected = ledger.reserve_correction(DAY, spend(), "wrong_input")
    refused(Reason.BUDGET, ledger.draw_once, spend(corrected, plan="b" * 64), "events", never)


def test_a_correction_that_nobody_reserved_is_not_drawn(ledger: Ledger, published: Path) -> None:
    publish(ledger, published)
    assert "ask for a correction" in refused(Reason.BUDGET, ledger.draw_once, spend(f"{DAY}.r2"), "events", never)
    refused(Reason.DAY, ledger.reserve_correction, f"{DAY}.r2", spend(), "wrong_input")


def test_only_what_is_published_can_be_corrected(ledger: Ledger) -> None:
    ledger.draw_once(spend(), "events", a_draw)
    refused(Reason.DAY, ledger.reserve_correction, DAY, spend(), "wrong_input")
    assert kinds(ledger) == [Kind.RESERVED, Kind.DRAWN, Kind.REFUSED]


def test_a_correction_is_finished_before_the_next_is_reserved(ledger: Ledger, published: Path) -> None:
    publish(ledger, published)
    ledger.reserve_correction(DAY, spend(), "wrong_input")
    assert "finish it first" in refused(Reason.BUDGET, ledger.reserve_correction, DAY, spend(), "wrong_input")
    assert ledger.corrections_left(WEEK) == 1


@pytest.mark.parametrize("more", [{"rho": 0.021}, {"epsilon": 1.0}, {"week": "2026-W48"}])
def test_a_correction_costs_no_more_than_the_release_did(ledger: Ledger, published: Path, more: dict[str, Any]) -> None:
    """The composed loss that releases print counts each correction at the price of a whole release, and no more."""
    publish(ledger, published)
    refused(Reason.BUDGET, ledger.reserve_correction, DAY, spend(**more), "wrong_input")
    assert ledger.corrections_left(WEEK) == 2


def test_a_week_has_so_many_corrections_and_after_them_a_night_is_marked_wrong(ledger: Ledger, published: Path) -> None:
    for number in (16, 17, 18):
        publish(ledger, published, day(number))
    for number in (16, 17):
        publish(ledger, published, ledger.reserve_correction(day(number), spend(day(number)), "wrong_input"))
    assert ledger.corrections_left(WEEK) == 0
    assert "marked wrong" in refused(Reason.BUDGET, ledger.reserve_correction, DAY, spend(), "wrong_input")
    refused(Reason.BUDGET, ledger.reserve_correction, DAY, spend(), "wrong_input")
    marks = [entry for entry in ledger.entries() if entry.kind == Kind.MARKED]
    assert [(mark.release, mark.told) for mark in marks] == [(DAY, {"state": "wrong", "reason": "wrong_input"})]
    assert ledger.days_told(WEEK)["2026-11-18"] == "marked"
    assert ledger.corrections_left("2026-W48") == 2, "each week has its own"


@pytest.mark.parametrize("closed", ["key destroyed", "week reserved"])
def test_a_closed_week_is_not_corrected_but_marked(ledger: Ledger, published: Path, closed: str) -> None:
    publish(ledger, published)
    if closed == "key destroyed":
        ledger.record_key_destroyed(WEEK)
    else:
        ledger.draw_once(spend(WEEKLY), "events", lambda: a_draw(WEEKLY))
    assert "marked wrong" in refused(Reason.BUDGET, ledger.reserve_correction, DAY, spend(), "late_events")
    assert [entry.release for entry in ledger.entries() if entry.kind == Kind.MARKED] == [DAY]
    assert ledger.corrections_left(WEEK) == 2


def test_a_weekly_release_is_corrected_from_the_same_reserve_until_the_key_is_gone(
    ledger: Ledger, published: Path
) -> None:
    publish(ledger, published, WEEKLY)
    assert ledger.reserve_correction(WEEKLY, spend(WEEKLY), "wrong_rules") == f"{WEEKLY}.r2"
    assert ledger.corrections_left(WEEK) == 1
    publish(ledger, published, f"{WEEKLY}.r2")
    ledger.record_key_destroyed(WEEK)
    refused(Reason.BUDGET, ledger.reserve_correction, WEEKLY, spend(WEEKLY), "wrong_rules")


@pytest.mark.parametrize("asked", ["erasure", "suppression", "gdpr", "Jaan Tamm left", "", "WRONG_INPUT"])
def test_an_erasure_is_never_a_reason_to_release_again(ledger: Ledger, published: Path, asked: str) -> None:
    publish(ledger, published)
    sentence = refused(Reason.FINAL, ledger.reserve_correction, DAY, spend(), asked)
    assert "the difference of the two releases would point at the person" in sentence
    assert all(reason in sentence for reason in Correction)
    assert refused(Reason.FINAL, ledger.mark_wrong, DAY, asked) == sentence
    assert "Tamm" not in sentence + json.dumps([entry.body for entry in ledger.entries()])
    assert kinds(ledger)[-1] == Kind.REFUSED
    assert ledger.corrections_left(WEEK) == 2


def test_a_week_knows_which_of_its_days_are_told(ledger: Ledger, published: Path) -> None:
    publish(ledger, published, day(15))
    publish(ledger, published, day(16))
    publish(ledger, published, day(17))
    ledger.draw_once(spend(day(19)), "events", lambda: a_draw(day(19)))
    ledger.mark_wrong(day(17), "wrong_input")
    ledger.mark_missing(day(20), Reason.SOURCE_MISSING)
    ledger.mark_missing(day(23), Reason.SOURCE_MISSING)
    assert ledger.days_told(WEEK) == {"2026-11-16": "published", "2026-11-17": "marked", "2026-11-20": "marked"}


def test_a_day_that_is_marked_missing_is_never_drawn_afterwards(ledger: Ledger, published: Path) -> None:
    ledger.draw_once(spend(), "events", a_draw)
    ledger.mark_missing(DAY)
    for _ in range(2):
        refused(Reason.FINAL, ledger.open_release, DAY)
        refused(Reason.FINAL, ledger.draw_once, spend(), "events", never)
        refused(Reason.FINAL, ledger.draw_once, spend(), "registrations", never)
    assert ledger.newest_release(DAY) == DAY
    assert ledger.days_told(WEEK) == {"2026-11-18": "marked"}


def test_a_day_that_is_marked_missing_while_a_run_draws_takes_no_draw(
    ledger: Ledger, place: str, published: Path
) -> None:
    def draw() -> Draw:
        Ledger(place, published, CORRECTIONS).mark_missing(DAY)
        return a_draw()

    refused(Reason.FINAL, ledger.draw_once, spend(), "events", draw)
    assert ledger.draws(DAY) == {}


def test_the_newest_word_on_a_day_counts(ledger: Ledger, published: Path) -> None:
    publish(ledger, published)
    assert ledger.days_told(WEEK) == {"2026-11-18": "published"}
    ledger.mark_wrong(DAY, "wrong_input")
    assert ledger.days_told(WEEK) == {"2026-11-18": "marked"}
    publish(ledger, published, ledger.reserve_correction(DAY, spend(), "wrong_input"))
    assert ledger.days_told(WEEK) == {"2026-11-18": "published"}


def test_what_a_week_is_of_stays_as_it_was_when_the_week_was_reserved(ledger: Ledger, published: Path) -> None:
    """Its draw counts those days; a run that is resumed later must not say others."""
    publish(ledger, published, day(16))
    publish(ledger, published, day(17))
    ledger.mark_missing(DAY, Reason.SOURCE_MISSING)
    told = ledger.days_told(WEEK)
    ledger.draw_once(spend(WEEKLY), "events", lambda: a_draw(WEEKLY))
    publish(ledger, published, day(20))
    ledger.mark_wrong(day(17), "wrong_input")
    ledger.mark_missing(day(19), Reason.SOURCE_MISSING)
    assert (
        ledger.days_told(WEEK) == told == {"2026-11-16": "published", "2026-11-17": "published", "2026-11-18": "marked"}
    )


def test_marks_are_made_once_and_only_where_they_make_sense(ledger: Ledger, published: Path) -> None:
    refused(Reason.DAY, ledger.mark_wrong, DAY, "wrong_input")
    refused(Reason.DAY, ledger.mark_missing, WEEKLY, Reason.SOURCE_MISSING)
    for _ in range(2):
        ledger.mark_missing(day(19), Reason.SOURCE_MISSING)
    publish(ledger, published)
    refused(Reason.FINAL, ledger.mark_missing, DAY, Reason.SOURCE_MISSING)
    for _ in range(2):
        ledger.mark_wrong(DAY, "wrong_input")
    assert kinds(ledger).count(Kind.MARKED) == 2


def test_a_destroyed_key_is_written_down_once(ledger: Ledger) -> None:
    assert not ledger.key_destroyed(WEEK)
    for _ in range(2):
        ledger.record_key_destroyed(WEEK)
    assert ledger.key_destroyed(WEEK)
    assert not ledger.key_destroyed("2026-W48")
    assert kinds(ledger) == [Kind.KEY_DESTROYED]


def test_releases_alone_are_delivered_and_every_delivery_stands(ledger: Ledger, published: Path) -> None:
    refused(Reason.GATE, ledger.record_sending, DAY, "acme", DIGEST)
    refused(Reason.GATE, ledger.record_delivery, DAY, "acme", DIGEST, 12)
    publish(ledger, published)
    for _ in range(2):
        ledger.record_sending(DAY, "acme", DIGEST)
        ledger.record_delivery(DAY, "acme", DIGEST, 12)
    refused(Reason.STORE, ledger.record_sending, DAY, "Jaan Tamm", DIGEST)
    refused(Reason.STORE, ledger.record_sending, DAY, "acme", "sftp://acme:secret@host")
    told = [(entry.kind, entry.told) for entry in ledger.entries() if "partner" in entry.told]
    left = (Kind.SENDING, {"partner": "acme", "digest": DIGEST})
    arrived = (Kind.DELIVERED, {"partner": "acme", "digest": DIGEST, "files": 12})
    assert told == [left, arrived] * 2


def test_refusals_of_others_are_written_down_by_their_code(ledger: Ledger) -> None:
    ledger.record_refusal(DAY, Reason.GATE)
    assert [(entry.kind, entry.release, entry.told) for entry in ledger.entries()] == [
        (Kind.REFUSED, DAY, {"reason": "gate"})
    ]
