"""The scan: does any personal value of the night stand in any byte of the candidate (promises 4, 7 and 10)?

What counts as a value that can identify: at least six characters; a number only from nine digits on, and then only as a
whole word, for a shorter one may equal a count; a value made of hexadecimal digits alone only as a whole word, for it
may stand inside a digest; and no value whose words are all public, that is, stand in the release of a day without any
data, or are numbers of fewer digits. That last rule also keeps a stranger from stopping every night with a user agent
such as `chrome,desktop,windows` or `rome,deskto`, and the existence of a release from depending on one person's row.
Case is folded by Python on both sides (`folded`): engines disagree with it, and with each other, on İ, ß and Σ.
"""

import gzip
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from anonymizers.contract import ColumnClass, Purpose, Role, Sources
from anonymizers.engine import Table
from anonymizers.releasing.release import Release

SHORTEST = 6
FEWEST_DIGITS = 9
_GRAM = SHORTEST
_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"\d(?:[ ().+-]{0,2}\d)*")
"""Digits, also as phone numbers are written; a comma ends a number, as in CSV."""
_DIGEST = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
_HEXADECIMAL = frozenset("0123456789abcdef")

_OTHER_LETTERS = r"[^\x00-´¶-Þà-įı-ňŊ-žЀ-џ]"
"""What is outside the characters that `lower` of every engine folds as `folded` does, one for one."""

_CANDIDATES = """
SELECT $column AS found FROM $rows
WHERE length($column) >= $gram
  AND lower(substr($column, 1, $gram)) IN (SELECT gram FROM $grams)
  AND lower(substr($column, length($column) - $gram + 1, $gram)) IN (SELECT gram FROM $grams)
  AND lower(substr($column, 1 + CAST(floor((length($column) - $gram) / 2) AS INT), $gram)) IN (SELECT gram FROM $grams)
UNION
SELECT $column AS found FROM $rows
WHERE CASE WHEN bit_length($column) > 8 * length($column)
           THEN regexp_extract($column, '$other_letters', 0) <> '' ELSE FALSE END
"""


@dataclass(frozen=True)
class LeakReport:
    """What the scan of one candidate found: numbers and names of columns, never a value."""

    candidate: str
    """`Release.digest` of what was searched; the gate accepts the report for no other."""
    searched: tuple[str, ...]
    """`table.column` of every personal column that was searched."""
    hits: Mapping[str, int]
    """`table.column` -> different values found; empty when nothing leaked."""


def scan(release: Release, empty_release: Release, raw: Mapping[str, tuple[Table, Sequence[str]]]) -> LeakReport:
    """Search every byte of `release` for every value of the personal columns of the night's raw tables.

    `raw` maps a raw table's name to the table and its columns that purpose `leak_scan` may read; `empty_release` is the
    same day composed without data. A value in the release has all its six-character pieces there, so the engine
    leaves only values whose first, middle and last piece occur, or that have letters it may fold otherwise, and those
    few are looked for exactly.
    """
    text, public = searchable(release), searchable(empty_release)
    pieces = {text[place : place + _GRAM] for place in range(len(text) - _GRAM + 1)}
    hits, searched = {}, []
    for name, (rows, columns) in raw.items():
        grams = rows.engine.table(pa.table({"gram": pa.array(sorted(pieces), pa.string())}))
        for column in columns:
            searched.append(f"{name}.{column}")
            suspects = rows.engine.fetch(
                rows.engine.query(
                    _CANDIDATES, rows=rows, column=column, gram=_GRAM, grams=grams, other_letters=_OTHER_LETTERS
                )
            )
            values = {folded(str(value)) for value in suspects["found"].to_pylist()}
            found = sum(stands_in(value, text, public) for value in values)
            if found:
                hits[f"{name}.{column}"] = found
    return LeakReport(release.digest, tuple(searched), hits)


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


def searchable(release: Release) -> str:
    """All names and contents of a release as one folded text; compressed files are opened first.

    SHA-256 digests are left out: they change with every number, and a stranger's short value may begin as one does.
    """
    return _DIGEST.sub(
        " ", folded("\n".join([*release.files, *(_opened(name, content) for name, content in release.files.items())]))
    )


def folded(text: str) -> str:
    """Text with case left out of account, character by character whatever stands beside it."""
    return text.casefold()


def _opened(name: str, content: bytes) -> str:
    return (gzip.decompress(content) if name.endswith(".gz") else content).decode("utf-8", errors="replace")


def stands_in(value: str, text: str, public: str) -> bool:
    """Whether an identifying value stands in `text`; all folded. See the module's rule."""
    return identifies(value, public) and any(_tells(text, place, len(value), public) for place in _found(value, text))


def identifies(value: str, public: str) -> bool:
    """Whether a value can identify at all: by its length, and by a long number or a word in it that is not public."""
    return len(value) >= SHORTEST and _names_somebody(value, public)


def _tells(text: str, place: int, length: int, public: str) -> bool:
    """Whether an occurrence says more than what is public: with the words that it begins and ends in, for the end of one
    public word and the beginning of the next are no value of a person."""
    end = place + length
    while place > 0 and _WORD.match(text[place - 1]) and _WORD.match(text[place]):
        place -= 1
    while end < len(text) and _WORD.match(text[end]) and _WORD.match(text[end - 1]):
        end += 1
    return _names_somebody(text[place:end], public)


def _names_somebody(value: str, public: str) -> bool:
    for number in _NUMBER.findall(value):
        if sum(map(str.isdigit, number)) >= FEWEST_DIGITS and not _whole_word_stands(number, public):
            return True
    return any(not word.isdigit() and not _whole_word_stands(word, public) for word in _WORD.findall(value))


def _whole_word_stands(word: str, text: str) -> bool:
    return any(_whole_word(text, place, len(word)) for place in _places(word, text))


def _found(value: str, text: str) -> Iterable[int]:
    whole = _HEXADECIMAL.issuperset(value)
    return (place for place in _places(value, text) if not whole or _whole_word(text, place, len(value)))


def _places(value: str, text: str) -> Iterable[int]:
    place = text.find(value)
    while place >= 0:
        yield place
        place = text.find(value, place + 1)


def _whole_word(text: str, place: int, length: int) -> bool:
    before, after = text[max(0, place - 1) : place], text[place + length : place + length + 1]
    return not before.isalnum() and not after.isalnum()
