"""The scan of what stays outside the restricted store: event store, ledger, published files, logs (promise 3).

There is no closed vocabulary here, so a stricter rule says which values count, below; candidates of a release have
`leak_scan`. A stranger may still choose a page title that equals a line of a log: so what is found here is told, and
stops nothing.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ahocorasick_rs import AhoCorasick

from anonymizers.engine import Table
from anonymizers.refusal import Refusal
from anonymizers.searching.identifying import FEWEST_DIGITS, SHORTEST, Public
from anonymizers.searching.opened import texts
from anonymizers.searching.pieces import LENGTH, Pieces
from anonymizers.searching.written_forms import canonical, joined_digits, readings

Files = Callable[[], Iterable[tuple[str, bytes]]]
"""Gives name and content of each file, one at a time; asked once or twice."""

FEWEST_MIXED = 8
_NEEDLES_AT_ONCE = 100_000
_VALUES_AT_ONCE = 50_000
_WORD = re.compile(r"\w+")
"""Here `leak_scan` is one word: it is a name that a program gives."""

_SUSPECTS = """
SELECT found FROM (
  SELECT found, replace(replace(replace(replace(replace(replace(replace(
    found, ' ', ''), '-', ''), '+', ''), '.', ''), '/', ''), '(', ''), ')', '') AS joined
  FROM (SELECT DISTINCT CAST($column AS STRING) AS found FROM $rows)
  WHERE length(found) >= $length)
WHERE (lower(substr(found, 1, $length)) IN (SELECT gram FROM $grams)
       AND lower(substr(found, length(found) - $length + 1, $length)) IN (SELECT gram FROM $grams))
   OR (length(joined) >= $length AND substr(joined, 1, $length) IN (SELECT gram FROM $grams)
       AND substr(joined, length(joined) - $length + 1, $length) IN (SELECT gram FROM $grams))
   OR regexp_extract(found, '[^ -Z^-~]|  ', 0) <> ''
"""
"""Values whose first and last piece occur, as they are or without what may stand between digits; and those that the
engine may spell otherwise."""


@dataclass(frozen=True)
class OutsideReport:
    """What was found outside: numbers and names of columns, never a value or a file's name."""

    files: int
    unreadable: int
    """Files that could not be opened to their end."""
    searched: tuple[str, ...]
    """`table.column` of every personal column that was searched."""
    hits: Mapping[str, int]
    """`table.column` -> different values found."""


def identifies_anywhere(value: str, public: Public) -> bool:
    """Whether a `canonical` value points at somebody even where any word may stand.

    It has six characters, names somebody by the rule of `identifying`, and is one of: an e-mail address; a number of at
    least nine digits; two words or more; letters and digits mixed, eight or more of them.
    """
    if len(value) < SHORTEST or not public.names_somebody(value):
        return False
    words = _WORD.findall(value)
    digits = sum(map(str.isdigit, value))
    mixed = any(
        len(word) >= FEWEST_MIXED and any(map(str.isdigit, word)) and any(map(str.isalpha, word)) for word in words
    )
    return "@" in value or digits >= FEWEST_DIGITS or len(words) > 1 or mixed


def scan_outside(files: Files, public: Public, raw: Mapping[str, tuple[Table, Sequence[str]]]) -> OutsideReport:
    """Search files for every value of the personal columns of raw tables that can identify anywhere, in any written form.

    `raw` is as in `leak_scan.scan`. Memory stays bounded by the distinct pieces of the files, not by their size: they are
    read once for their pieces; and once more for each hundred thousand values whose pieces all occur, if there are any.
    """
    told = _Told(files)
    pieces = Pieces.of(told.readings())
    count, unreadable = told.files, told.unreadable
    wanted: dict[str, set[tuple[str, str]]] = {}
    searched = []
    for name, (rows, columns) in raw.items():
        grams = rows.engine.table(pieces.as_table())
        for column in columns:
            searched.append(f"{name}.{column}")
            for batch in _suspects(rows, column, grams):
                forms = {form: spelled for value in batch for spelled in [canonical(value)] for form in _forms(spelled)}
                for form in pieces.held(list(forms)):
                    if identifies_anywhere(form, public):
                        wanted.setdefault(form, set()).add((f"{name}.{column}", forms[form]))
    found = {value for needle in _found(list(wanted), files) for value in wanted[needle]}
    return OutsideReport(count, unreadable, tuple(searched), Counter(where for where, _ in found))


def _suspects(rows: Table, column: str, grams: Table) -> Iterator[list[str]]:
    engine = rows.engine
    found = engine.fetch(engine.query(_SUSPECTS, rows=rows, column=column, grams=grams, length=LENGTH))["found"]
    for start in range(0, len(found), _VALUES_AT_ONCE):
        yield [value for value in found[start : start + _VALUES_AT_ONCE].to_pylist() if value is not None]


def _forms(spelled: str) -> Iterable[str]:
    """A value as it is spelled, and a number without what stands between its digits."""
    yield spelled
    if any(map(str.isdigit, spelled)):
        yield joined_digits(spelled).lstrip("+")


def _found(needles: Sequence[str], files: Files) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(needles), _NEEDLES_AT_ONCE):
        some = needles[start : start + _NEEDLES_AT_ONCE]
        search = AhoCorasick(some)
        for reading in _Told(files).readings():
            for which, first, end in search.find_matches_as_indexes(reading, overlapping=True):
                if _stands_alone(some[which], reading, first, end):
                    found.add(some[which])
    return found


def _stands_alone(needle: str, reading: str, first: int, end: int) -> bool:
    """A value of digits or hexadecimal signs alone counts only as a whole word: it may stand in a digest or an instant."""
    if re.fullmatch(r"[0-9a-f .+()/-]+", needle) is None:
        return True
    return not reading[max(0, first - 1) : first].isalnum() and not reading[end : end + 1].isalnum()


class _Told:
    """The readings of files, with a count of those that were read and of those that could not be."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self.files = self.unreadable = 0

    def readings(self) -> Iterator[str]:
        """All readings, file by file."""
        for name, content in self._files():
            self.files += 1
            try:
                for _, text in texts(name, content):
                    yield from readings(text)
            except Refusal:
                self.unreadable += 1
