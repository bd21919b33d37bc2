"""Two runs at once, and runs that are killed: paid once, drawn once, and the chain stays whole."""

from pathlib import Path

import pytest

from anonymizers.refusal import Reason
from pipelines.ledger import Kind, Ledger
from tests.pipelines.ledger.nights import (
    DAY,
    MOMENTS,
    PROCESSES,
    add_two_hundred_entries,
    ask_for_the_last_correction,
    at_once,
    day,
    draw_twenty_nights,
    night,
    publish,
)


def count(ledger: Ledger, kind: Kind) -> int:
    return len([entry for entry in ledger.entries() if entry.kind == kind])


def test_two_runs_at_once_pay_once_and_get_the_same_draw(place: str, published: Path, ledger: Ledger) -> None:
    one, other = at_once(draw_twenty_nights, place, published)
    assert one == other
    assert one == [ledger.draws(day(number))["events"].seal for number in range(1, 21)]
    assert count(ledger, Kind.RESERVED) == count(ledger, Kind.DRAWN) == 20
    assert ledger.verify() == []


def test_two_processes_that_write_at_once_leave_one_whole_chain(place: str, published: Path, ledger: Ledger) -> None:
    at_once(add_two_hundred_entries, place, published)
    assert [entry.number for entry in ledger.entries()] == list(range(1, 401))
    assert ledger.verify() == []


def test_the_last_correction_of_a_week_is_given_to_one_of_two_who_ask_at_once(
    place: str, published: Path, ledger: Ledger
) -> None:
    bases = [day(17), day(18)]
    for base in bases:
        publish(ledger, published, base)
    answers = at_once(ask_for_the_last_correction, place, published, bases)
    assert len([answer for answer in answers if answer == Reason.BUDGET]) == 1
    assert count(ledger, Kind.RESERVED) == 3


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_night_that_is_killed_is_resumed_with_the_same_draw_and_paid_once(
    place: str, published: Path, ledger: Ledger, tmp_path: Path, moment: str
) -> None:
    seen = tmp_path / "seen"
    killed = PROCESSES.Process(target=night, args=(place, published, seen, moment))
    killed.start()
    killed.join(60)
    assert killed.exitcode == -9
    assert (
        moment == "at commit 1"
        or [sentence for sentence in ledger.verify() if "stands published" not in sentence] == []
    )
    night(place, published, seen)
    assert [count(ledger, kind) for kind in (Kind.RESERVED, Kind.DRAWN, Kind.RELEASED)] == [1, 1, 1]
    assert set(seen.read_text().split()) == {ledger.draws(DAY)["events"].seal}
    assert ledger.verify() == []
