"""The scan: does any personal value of the night stand in any byte of the candidate, in any written form (promises 4, 7, 10)?

Puts the two sides together: what the candidate says that is strange, and which of the night's values stand there. Which
values count is written down in `identifying`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from ahocorasick_rs import AhoCorasick

from anonymizers.contract import ColumnClass, Purpose, Role, Sources
from anonymizers.engine import Table
from anonymizers.searching.identifying import SHORTEST, Public
from anonymizers.searching.opened import texts
from anonymizers.searching.strange_places import StrangePlaces, find_strange_places
from anonymizers.searching.suspects import choose_suspects
from anonymizers.searching.written_forms import PART, canonical, joined_digits, plain_readings, readings

_AT_ONCE = (500, 20, 1)
"""Values that are decoded as one text: most batches hold nothing strange, and then no value of theirs is looked at alone."""
_PARTS = re.compile(r"[^\s/?&=#;,|\"'<>()\[\]{}\x00]+")
_WORDS = re.compile(r"[^\W_]+")


class Candidate(Protocol):
    """What is searched: files by name, and the digest that stands for exactly these."""

    @property
    def files(self) -> Mapping[str, bytes]:
        """Name -> content."""
        ...

    @property
    def digest(self) -> str:
        """SHA-256 over names and contents."""
        ...


@dataclass(frozen=True)
class LeakReport:
    """What the scan of one candidate found: numbers and names of columns, never a value."""

    candidate: str
    """`digest` of what was searched; the gate accepts the report for no other."""
    searched: tuple[str, ...]
    """`table.column` of every personal column that was searched."""
    hits: Mapping[str, int]
    """`table.column` -> different values found; empty when nothing leaked."""


def scan(candidate: Candidate, empty: Candidate, raw: Mapping[str, tuple[Table, Sequence[str]]]) -> LeakReport:
    """Search every byte of a candidate for every value of the personal columns of the night's raw tables, whole and in parts.

    `raw` maps a raw table's name to the table and its columns that purpose `leak_scan` may read; `empty` is the same
    release composed without data. An occurrence tells of somebody only where the candidate says what `empty` does not,
    so only the values are compared that share six characters with such a place: usually there is none. Parts are those
    of an address, a title or any text: segments, parameters, words, decoded. Raises Refusal when a file cannot be opened.
    """
    public = Public.of(read_all(empty))
    strange = find_strange_places(read_all(candidate), public)
    hits, searched = {}, []
    for name, (rows, columns) in raw.items():
        for column in columns:
            searched.append(f"{name}.{column}")
            found = _count(rows, column, strange, public) if strange.grams else 0
            if found:
                hits[f"{name}.{column}"] = found
    return LeakReport(candidate.digest, tuple(searched), hits)


def must_search(sources: Sources) -> dict[str, tuple[str, ...]]:
    """Raw table -> its columns to search for: every one that can point at a person and that purpose `leak_scan` may read."""
    tables = {
        "clickstream": sources.clickstream,
        "ad_beacons": sources.ad_beacons,
        "registrations": sources.registrations,
    }
    return {
        name: tuple(
            role.value
            for role in source.readable(Purpose.LEAK_SCAN)
            if source.columns[role].column_class is not ColumnClass.NON_PERSONAL and role is not Role.INSTANT
        )
        for name, source in tables.items()
        if source is not None
    }


def read_all(candidate: Candidate) -> Iterator[str]:
    """Every reading of everything that stands in a candidate's bytes, without the digests of its own files.

    Those change with every number, and a stranger's short value may begin as one does. No other digest is left out.
    """
    own = re.compile("|".join(sha256(content).hexdigest() for content in candidate.files.values()))
    for name, content in candidate.files.items():
        for _, text in texts(name, content):
            yield from readings(own.sub(" ", text))


def _count(rows: Table, column: str, strange: StrangePlaces, public: Public) -> int:
    """How many different values of a column tell of somebody in a strange place."""
    holds_a_gram = AhoCorasick(list(strange.grams))
    found: set[str] = set()
    for batch in choose_suspects(rows, column, strange.grams):
        for value in _touching(batch, holds_a_gram, _AT_ONCE):
            if _stands(value, strange, public):
                found.add(canonical(value))
    return len(found)


def _touching(values: Sequence[str], holds_a_gram: AhoCorasick, sizes: Sequence[int]) -> Iterator[str]:
    """The values that hold a gram once they are decoded, found by ever smaller groups."""
    size, *smaller = sizes
    for start in range(0, len(values), size):
        group = values[start : start + size]
        if _touches(holds_a_gram, PART.join(group)):
            yield from _touching(group, holds_a_gram, smaller) if smaller else group


def _touches(holds_a_gram: AhoCorasick, value: str) -> bool:
    return any(holds_a_gram.find_matches_as_indexes(form) for form in _forms(value))


def _forms(value: str) -> Iterable[str]:
    """The value in its plain spelling and what stands behind its escapes; both with plus as a blank, and with digits joined."""
    forms = plain_readings(value)
    blanks = [form.replace("+", " ") for form in forms]
    return dict.fromkeys((*forms, *blanks, *map(joined_digits, forms)))


def _stands(value: str, strange: StrangePlaces, public: Public) -> bool:
    sought = [part for part in _sought(value) if public.identifies(part)]
    if not sought:
        return False
    search = AhoCorasick(sought)
    return any(
        public.tells(phrase, start, end)
        for phrase in strange.phrases
        for _, start, end in search.find_matches_as_indexes(phrase, overlapping=True)
    )


def _sought(value: str) -> list[str]:
    """A value as a whole, and its parts: segments, parameters and words, also behind escapes."""
    parts: dict[str, None] = {}
    for form in _forms(value):
        for whole in form.split(PART):
            parts.update(dict.fromkeys((whole.strip(), *_PARTS.findall(whole), *_WORDS.findall(whole))))
    return [part for part in parts if len(part) >= SHORTEST]
