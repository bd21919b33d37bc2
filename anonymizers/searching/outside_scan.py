"""The scan of what stays outside the restricted store: event store, ledger, published files, logs (promise 3).

There is no closed vocabulary here, so a stricter rule says which values count, below; candidates of a release have
`leak_scan`. A stranger may still choose a page title that equals a line of a log: so what is found here is told, and
stops nothing. What the files say is collected in `told_texts`.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
from ahocorasick_rs import AhoCorasick

from anonymizers.engine import Table
from anonymizers.refusal import Refusal
from anonymizers.searching.detectors import DETECTORS, Kind
from anonymizers.searching.identifying import FEWEST_DIGITS, SHORTEST, Public
from anonymizers.searching.near import Near
from anonymizers.searching.own_words import OWN_WORDS
from anonymizers.searching.strange_places import MOST_GRAMS, turned_pairs
from anonymizers.searching.suspects import choose_suspects
from anonymizers.searching.told_texts import NAME, ToldTexts
from anonymizers.searching.written_forms import PART, canonical, evened, readings

FEWEST_MIXED = 8
LOOKED_FOR = (Kind.EMAIL, Kind.IBAN, Kind.METERING_POINT, Kind.IP_ADDRESS, Kind.PERSONAL_CODE)
"""Shapes that no event of Dagster's or of koond's has. The others (digests, UUIDs, long numbers) stand on every line."""
_WITH_COUNTRY = re.compile(r"(?<![\w+])(?:\+|00)\d{1,3}[ ()-]{0,2}\d(?:[ ().-]{0,2}\d){5,12}(?!\w)")
_WORD = re.compile(r"\w+")
"""Here `leak_scan` is one word: it is a name that a program gives."""
_PHRASE = re.compile(rf"[^\x00-\x1f\x7f]{{{SHORTEST},}}")
_NAME_IN_TEXT = re.compile(rf"(?<![0-9a-z])(?:{NAME})(?![0-9a-z])", re.IGNORECASE)
_HIDES = re.compile(r"&#|%[0-9A-Fa-f]{2}|\\|=40|(?:=[0-9A-F]{2}){2}|(?:[^\x00]\x00){4}")
"""Escapes behind which letters may stand though no word is seen."""
_SHARED = """
SELECT found FROM (SELECT DISTINCT lower(CAST($column AS STRING)) AS found FROM $rows
                   WHERE length(CAST($column AS STRING)) BETWEEN $shortest AND 64) one
WHERE replace(replace(replace(replace(replace(replace(found, ' ', ''), '-', ''), '+', ''), '.', ''), '(', ''), ')', '')
      IN (SELECT word FROM $words)
"""


@dataclass(frozen=True)
class OutsideReport:
    """What was found outside: numbers, kinds and names of columns, never a value or a file's name."""

    files: int
    unreadable: int
    """Files that could not be opened to their end."""
    searched: tuple[str, ...]
    """`table.column` of every personal column that was searched."""
    hits: Mapping[str, int]
    """`table.column` -> different values found, whole or in parts."""
    looks: Mapping[Kind, int]
    """What looks personal by its shape, whatever the night's data hold: kind -> different texts."""

    @property
    def clean(self) -> bool:
        """Whether everything was read and nothing was found."""
        return not (self.unreadable or self.hits or self.looks)


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


def scan_outside(
    files: Iterable[tuple[str, bytes | None]],
    empty: Mapping[str, bytes],
    raw: Mapping[str, tuple[Table, Sequence[str]]],
) -> OutsideReport:
    """Search files (name, content; None where it cannot be read) for every value of the personal columns of raw tables that
    can identify anywhere, whole and in parts, in any written form; and for what looks personal whatever the tables hold.

    `raw` is as in `leak_scan.scan`. Public is what stands in the `empty` files (name -> content), in the definitions, and in
    the events that Dagster and koond write in every run. Of a clean night nothing is left then but names that machines
    give (run ids, digests): these the engine compares with whole values. Where more is left, the engine chooses the values
    that share six characters with it. Memory grows with the different texts of the files.
    """
    told, nobody = ToldTexts.of(files), ToldTexts.of(empty.items())
    for text in nobody.texts:
        told.texts.pop(text, None)
    known = _public(told, nobody)
    own, strange = _strange_texts(told, known)
    phrases, looks = _phrases(strange, known, told)
    grams, holds_all = _grams(phrases, known)
    hits, searched = Counter[str](), []
    for name, (rows, columns) in raw.items():
        for column in columns:
            searched.append(f"{name}.{column}")
            found = _whole(rows, column, own, known) | (_parts(rows, column, grams, phrases, known) if grams else set())
            if found:
                hits[f"{name}.{column}"] = len(found)
    return OutsideReport(told.files, told.unreadable + (not holds_all), tuple(searched), hits, looks)


def _public(told: ToldTexts, nobody: ToldTexts) -> Public:
    """Words, and of what would stand published if nobody had come the long numbers too."""
    release = Public.of(map(canonical, nobody.texts))
    return Public(
        release.words | Public.of(map(canonical, (*OWN_WORDS, *told.definitions))).words,
        release.numbers,
    )


def _strange_texts(told: ToldTexts, public: Public) -> tuple[set[str], list[str]]:
    """Names that machines give; and other texts that hold a word or long number that is not public, or may hide one."""
    names = told.names | told.digests
    cleared = dict.fromkeys(_without(names, text) for text in told.texts)
    strange = [text for text in cleared if _HIDES.search(text) or public.names_somebody(canonical(text))]
    return told.names | told.numbers, strange


def _without(names: set[str], text: str) -> str:
    """A text without the names that machines gave to something in these very files."""
    return _NAME_IN_TEXT.sub(lambda found: " " if found[0].lower() in names else found[0], text)


def _phrases(strange: Sequence[str], public: Public, told: ToldTexts) -> tuple[tuple[str, ...], Mapping[Kind, int]]:
    """What the strange texts say in any reading, where somebody may stand in it; and what looks personal among it."""
    phrases: dict[str, None] = {}
    looks: dict[Kind, int] = {}
    for text in strange:
        found: dict[str, None] = {}
        try:
            for reading in sorted(readings(text)):
                found.update(dict.fromkeys(each.strip() for each in _PHRASE.findall(reading)))
        except Refusal:
            told.unreadable += 1
        for kind in {kind for phrase in (canonical(text), *found) for kind in _kinds(phrase)}:
            looks[kind] = looks.get(kind, 0) + 1
        spelled = found if text in told.words else (way for phrase in found for way in _spellings(phrase, public))
        phrases.update(dict.fromkeys(way for way in spelled if identifies_anywhere(way, public)))
    return tuple(phrases), looks


def _spellings(phrase: str, public: Public) -> Iterator[str]:
    """As it stands; with one blank for the signs between words; and its pairs of words turned round, as names may be."""
    even = evened(phrase)
    yield from (phrase, even, PART.join(turned_pairs(even, public)))


def _kinds(phrase: str) -> Iterator[Kind]:
    for kind in LOOKED_FOR:
        if any(True for _ in DETECTORS[kind](phrase)):
            yield kind
    if _WITH_COUNTRY.search(phrase):
        yield Kind.TELEPHONE


def _grams(phrases: Sequence[str], public: Public) -> tuple[tuple[str, ...], bool]:
    """Runs of six characters that touch a word that is not public, and whether these are all. Where a whole table stands
    outside, the first twenty thousand find enough of it."""
    grams: dict[str, None] = {}
    for phrase in phrases:
        for start, end in public.strange(phrase):
            first, last = max(0, start - SHORTEST + 1), min(end + SHORTEST - 1, len(phrase))
            grams.update(dict.fromkeys(phrase[place : place + SHORTEST] for place in range(first, last - SHORTEST + 1)))
        if len(grams) > MOST_GRAMS:
            return tuple(grams)[:MOST_GRAMS], False
    return tuple(sorted(grams)), True


def _whole(rows: Table, column: str, own: set[str], public: Public) -> set[str]:
    """Values of a column that are, as a whole, a name by which the files call something."""
    if not own:
        return set()
    engine = rows.engine
    words = engine.table(pa.table({"word": sorted({word.replace("-", "") for word in own})}))
    shared = engine.query(_SHARED, rows=rows, column=column, words=words, shortest=SHORTEST)
    found = [canonical(str(value)) for value in engine.fetch(shared)["found"].to_pylist()]
    return {value for value in found if identifies_anywhere(value, public)}


def _parts(rows: Table, column: str, grams: Sequence[str], phrases: Sequence[str], public: Public) -> set[str]:
    """Values of a column that stand in the phrases, whole or in parts."""
    near, text = Near(grams), PART.join(phrases)

    def tell(parts: Sequence[str]) -> bool:
        sought = [part for part in parts if part in text and identifies_anywhere(part, public)]
        return bool(sought) and _stands(sought, text)

    batches = choose_suspects(rows, column, grams)
    return {canonical(value) for batch in batches for value in near.telling(batch, tell)}


def _stands(sought: Sequence[str], text: str) -> bool:
    return any(
        _stands_alone(sought[which], text, first, end)
        for which, first, end in AhoCorasick(list(sought)).find_matches_as_indexes(text, overlapping=True)
    )


def _stands_alone(needle: str, phrase: str, first: int, end: int) -> bool:
    """A value of digits or hexadecimal signs alone counts only as a whole word: it may stand in a digest or an instant."""
    if re.fullmatch(r"[0-9a-f .+()/-]+", needle) is None:
        return True
    return not phrase[max(0, first - 1) : first].isalnum() and not phrase[end : end + 1].isalnum()
