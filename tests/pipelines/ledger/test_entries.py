"""The chain: whatever is changed, taken out or put elsewhere is found."""

from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from anonymizers.refusal import Refusal
from pipelines.ledger.entries import (
    Entry,
    Kind,
    ReleaseName,
    broken_links,
    hexadecimal,
    lost_draws,
    plain,
    read_base,
    unpaid_releases,
    weekly,
)

FIELDS = [field.name for field in fields(Entry)]
bodies = st.dictionaries(
    st.text(max_size=5),
    st.text(max_size=5) | st.integers() | st.floats(allow_nan=False, allow_infinity=False),
    max_size=3,
)


@st.composite
def chains(draw: st.DrawFn, least: int = 1) -> list[Entry]:
    chain: list[Entry] = []
    for number in range(draw(st.integers(least, 8))):
        once = draw(st.none() | st.just(f"drawn:{number}"))
        kind, release = (
            draw(st.sampled_from(Kind)),
            draw(st.sampled_from(["daily/date=2026-11-21", "weekly/week=2026-W47"])),
        )
        chain.append(
            Entry.after(chain[-1] if chain else None, "2026-11-22T00:00:00+00:00", kind, release, draw(bodies), once)
        )
    return chain


@settings(deadline=None)
@given(chains())
def test_a_chain_that_nobody_touched_is_whole(chain: list[Entry]) -> None:
    assert broken_links(chain) == []


@settings(deadline=None)
@given(chains(), st.data())
def test_any_changed_field_of_any_entry_is_found(chain: list[Entry], data: st.DataObject) -> None:
    place, field = data.draw(st.integers(0, len(chain) - 1)), data.draw(st.sampled_from(FIELDS))
    old: Any = getattr(chain[place], field)
    new = data.draw(st.integers(1, 99) if field == "number" else st.text(max_size=70))
    assume(new != old)
    changes: Any = {field: new}
    chain[place] = replace(chain[place], **changes)
    assert broken_links(chain)


@settings(deadline=None)
@given(chains(least=2), st.data())
def test_an_entry_that_was_changed_and_given_a_fitting_hash_is_found_by_the_next(
    chain: list[Entry], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(chain) - 2))
    changed = replace(chain[place], at="2020-01-01T00:00:00+00:00")
    changed = Entry.after(
        chain[place - 1] if place else None,
        changed.at,
        Kind(changed.kind),
        changed.release,
        chain[place].told,
        changed.once,
    )
    assert changed.holds
    chain[place] = changed
    assert broken_links(chain)


@settings(deadline=None)
@given(chains(least=2), st.data())
def test_a_missing_entry_is_found(chain: list[Entry], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(chain) - 2))
    del chain[place]
    assert broken_links(chain) == [f"entry {place + 1} is missing or out of its place: entry {place + 2} stands there"]


@settings(deadline=None)
@given(chains(least=2), st.data())
def test_entries_in_another_order_are_found(chain: list[Entry], data: st.DataObject) -> None:
    order = data.draw(st.permutations(chain))
    assume(order != chain)
    assert broken_links(order)


def test_draws_without_entries_and_entries_without_draws_are_found() -> None:
    one = Entry.after(None, "t", Kind.DRAWN, "daily/date=2026-11-21", {"part": "events", "seal": "s1"}, None)
    assert lost_draws([one], {"s1": "s1"}) == []
    assert "missing" in lost_draws([one], {})[0]
    assert "changed" in lost_draws([one], {"s1": "s2"})[0]
    assert "1 draw(s) have no entry" in lost_draws([], {"s1": "s1"})[0]


def test_a_release_must_have_been_reserved_and_drawn_before() -> None:
    chain: list[Entry] = []
    for kind in (Kind.RESERVED, Kind.DRAWN, Kind.RELEASED):
        chain.append(Entry.after(chain[-1] if chain else None, "t", kind, "daily/date=2026-11-21", {}, None))
    assert unpaid_releases(chain) == []
    for missing in (0, 1):
        assert len(unpaid_releases([entry for entry in chain if entry is not chain[missing]])) == 1


@pytest.mark.parametrize(
    ("text", "base", "revision", "week"),
    [
        ("daily/date=2026-11-21", "daily/date=2026-11-21", 1, "2026-W47"),
        ("daily/date=2027-01-01.r2", "daily/date=2027-01-01", 2, "2026-W53"),
        ("weekly/week=2026-W47.r10", "weekly/week=2026-W47", 10, "2026-W47"),
    ],
)
def test_a_releases_name_is_read(text: str, base: str, revision: int, week: str) -> None:
    name = ReleaseName.read(text)
    assert (name.base, name.revision, name.week, name.text) == (base, revision, week, text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "daily/date=2026-02-30",
        "daily/date=2026-11-21.r1",
        "daily/date=2026-11-21.r02",
        "daily/date=2026-11-21/../x",
        "daily/date=2026-11-21\n",
        "weekly/week=2026-W54",
        "weekly/week=2026-W00",
        "Jaan Tamm",
    ],
)
def test_what_is_no_releases_name_is_refused_and_not_shown(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        ReleaseName.read(text)
    assert "Tamm" not in str(refused.value)


def test_other_texts_have_one_form_too() -> None:
    assert plain("acme-2", "a partner") == "acme-2"
    assert hexadecimal("0" * 64) == "0" * 64
    for wrong in (
        lambda: plain("Jaan Tamm", "a partner"),
        lambda: hexadecimal("Jaan Tamm"),
        lambda: weekly("Jaan Tamm"),
    ):
        with pytest.raises(Refusal) as refused:
            wrong()
        assert "Tamm" not in str(refused.value)
    with pytest.raises(Refusal, match="correction"):
        read_base("daily/date=2026-11-21.r2")
