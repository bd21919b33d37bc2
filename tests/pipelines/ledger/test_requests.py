"""Requests of people stand in the ledger by number and counts; nothing else of them fits into an entry."""

import pytest

from anonymizers.refusal import Refusal
from pipelines.ledger import Kind, Ledger


def test_a_request_stands_by_its_number_once_and_the_chain_holds(ledger: Ledger) -> None:
    for _ in range(2):
        ledger.record_request(Kind.ERASED, 17, {"stores": 4, "left": 0})
    ledger.record_request(Kind.SUPPRESSED, 17, {"new": 1})
    assert [(entry.kind, entry.release) for entry in ledger.entries()] == [
        (Kind.ERASED, "request/17"), (Kind.SUPPRESSED, "request/17"),
    ]  # fmt: skip
    assert ledger.verify() == []


@pytest.mark.parametrize(
    "told", [{"EE 01": 1}, {"mari@naide.ee": 1}, {"stores": "mari"}, {"stores": True}, {"left": 0.5}]
)
def test_no_name_and_no_text_goes_into_the_entry_of_a_request(ledger: Ledger, told: dict) -> None:
    with pytest.raises(Refusal):
        ledger.record_request(Kind.ERASED, 18, told)
    assert ledger.entries() == []


def test_no_other_kind_of_entry_is_written_as_a_request(ledger: Ledger) -> None:
    with pytest.raises(Refusal):
        ledger.record_request(Kind.RELEASED, 19, {"new": 1})
