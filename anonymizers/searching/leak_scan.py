"""The scan: does any personal value of the night stand in any byte of the candidate, in any written form (promises 4, 7, 10)?

Puts the two sides together: what the candidate says that is strange, and which of the night's values stand there. Which
values count is written down in `identifying`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from anonymizers.contract import ColumnClass, Purpose, Role, Sources
from anonymizers.engine import Table
from anonymizers.searching.identifying import Public
from anonymizers.searching.near import Near
from anonymizers.searching.opened import texts
from anonymizers.searching.strange_places import Occurrences, StrangePlaces, find_strange_places
from anonymizers.searching.suspects import choose_suspects
from anonymizers.searching.written_forms import canonical, readings

_AT_ONCE = 20_000
"""Values of which those near a strange place are held at once."""
_MOST_JUDGED = 1_000_000
"""Values whose verdict is kept, about 200 MB: an ad beacon's address and cookie are those of a page view."""


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
    cut_short: int = 0
    """Parts of values that can be read in so many ways that only some were searched."""


def scan(candidate: Candidate, empty: Candidate, raw: Mapping[str, tuple[Table, Sequence[str]]]) -> LeakReport:
    """Search every byte of a candidate for every value of the personal columns of the night's raw tables, whole and in parts.

    `raw` maps a raw table's name to the table and its columns that purpose `leak_scan` may read; `empty` is the same
    release composed without data. An occurrence tells of somebody only where the candidate says what `empty` does not,
    so only the values are compared that share six characters with such a place: usually there is none. Parts are those
    of an address, a title or any text: segments, parameters, words and pairs of words, decoded. Raises Refusal when a
    file cannot be opened.
    """
    public = Public.of(read_all(empty))
    strange = find_strange_places(read_all(candidate), public)
    hits, searched, comparison = {}, [], _Comparison(strange, public)
    for name, (rows, columns) in raw.items():
        for column in columns:
            searched.append(f"{name}.{column}")
            found = comparison.count(rows, column) if strange.grams else 0
            if found:
                hits[f"{name}.{column}"] = found
    return LeakReport(candidate.digest, tuple(searched), hits, comparison.cut_short)


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


class _Comparison:
    """The values that tell of somebody in a strange place. A value that stands in several columns is judged once."""

    def __init__(self, strange: StrangePlaces, public: Public) -> None:
        self._grams = strange.grams
        self._near = Near(strange.grams)
        self._occurrences = Occurrences(strange)
        self._public = public
        self._judged: dict[str, bool] = {}

    @property
    def cut_short(self) -> int:
        """Parts of values that were read in only some of their ways."""
        return self._near.cut_short

    def count(self, rows: Table, column: str) -> int:
        """How many different values of a column tell."""
        telling: set[str] = set()
        for batch in choose_suspects(rows, column, self._grams):
            for start in range(0, len(batch), _AT_ONCE):
                group = batch[start : start + _AT_ONCE]
                self._judge([value for value in group if value not in self._judged])
                telling.update(canonical(value) for value in group if self._judged[value])
                if len(self._judged) > _MOST_JUDGED:
                    self._judged.clear()
        return len(telling)

    def _judge(self, values: Sequence[str]) -> None:
        self._judged.update(dict.fromkeys(values, False))
        self._judged.update((value, True) for value in self._near.telling(values, self._tell))

    def _tell(self, parts: Sequence[str]) -> bool:
        return any(self._stands(part) and self._public.identifies(part) for part in parts)

    def _stands(self, part: str) -> bool:
        places = self._occurrences.of(part)
        return any(self._public.tells(phrase, start, start + len(part)) for phrase, start in places)
