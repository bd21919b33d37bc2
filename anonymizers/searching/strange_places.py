"""Where a candidate says what the same day's release without data does not: only there can a personal value stand.

The candidate's side of the search. The values' side belongs to `suspects`, the comparison to `leak_scan`.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from ahocorasick_rs import AhoCorasick

from anonymizers.refusal import Reason, Refusal
from anonymizers.searching.identifying import SHORTEST, Public
from anonymizers.searching.written_forms import PART, evened

GRAM = SHORTEST
MOST_GRAMS = 20_000
_REACH = 8192
"""Characters on each side of a strange word that are kept: a longer value is found by its parts."""
_WORD = re.compile(r"[^\W_]+")
_PHRASE = re.compile(rf"[^\x00-\x1f\x7f]{{{SHORTEST},}}")
"""No value goes across a control character."""


@dataclass(frozen=True)
class StrangePlaces:
    """All that must be compared with the night's values."""

    phrases: tuple[str, ...]
    """Canonical texts, each with a word or long number that is not public."""
    grams: tuple[str, ...]
    """Every run of six characters of the phrases that touches such a word. A value that leaked holds one of them."""


class Occurrences:
    """Where in the strange phrases a part of a value stands, found by the first of their grams that it holds."""

    def __init__(self, places: StrangePlaces) -> None:
        self._grams = AhoCorasick(places.grams)
        self._places: dict[int, list[tuple[str, int]]] = {}
        for phrase in places.phrases:
            for gram, start, _ in self._grams.find_matches_as_indexes(phrase, overlapping=True):
                self._places.setdefault(gram, []).append((phrase, start))

    def of(self, part: str) -> Iterator[tuple[str, int]]:
        """Each phrase and the place in it where the part begins; none for a part that touches nothing strange."""
        for gram, inside, _ in self._grams.find_matches_as_indexes(part)[:1]:
            for phrase, start in self._places.get(gram, ()):
                if start >= inside and phrase.startswith(part, start - inside):
                    yield phrase, start - inside


def find_strange_places(readings: Iterable[str], public: Public) -> StrangePlaces:
    """The strange places of the candidate's readings, which are `canonical`.

    A clean release has a few dozen, all of them bytes that were read as text. Raises Refusal when there are so many that
    the search would not end: that many words that no site folder gives cannot be a release.
    """
    phrases: dict[str, None] = {}
    grams: dict[str, None] = {}
    for reading in readings:
        for found in _PHRASE.finditer(reading):
            if public.names_somebody(found.group()):
                for phrase in dict.fromkeys((found.group(), evened(found.group()))):
                    _note(phrase, public, phrases, grams)
                _note_turned(evened(found.group()), public, phrases, grams)
            if len(grams) > MOST_GRAMS:
                sentence = "the candidate is full of words that the site folder does not give; compose the release anew"
                raise Refusal("leak_scan", Reason.GATE, sentence)
    return StrangePlaces(tuple(phrases), tuple(sorted(grams)))


def _note(phrase: str, public: Public, phrases: dict[str, None], grams: dict[str, None]) -> None:
    until = -1
    for start, end in sorted(public.strange(phrase)):
        grams.update(dict.fromkeys(grams_around(phrase, start, end)))
        if end > until:
            until = end + _REACH
            phrases[phrase[max(0, start - _REACH) : until + _REACH]] = None


def grams_around(phrase: str, start: int, end: int) -> Iterator[str]:
    """Every run of six characters of a phrase that touches its part from `start` to `end`."""
    first, last = max(0, start - GRAM + 1), min(end + GRAM - 1, len(phrase))
    return (phrase[place : place + GRAM] for place in range(first, last - GRAM + 1))


def _note_turned(phrase: str, public: Public, phrases: dict[str, None], grams: dict[str, None]) -> None:
    turned = turned_pairs(phrase, public)
    for pair in turned:
        for start, end in public.strange(pair):
            grams.update(dict.fromkeys(grams_around(pair, start, end)))
    if turned:
        phrases[PART.join(turned)] = None


def turned_pairs(phrase: str, public: Public) -> dict[str, None]:
    """Each strange word with its neighbours in the other order: a name may stand the last word first."""
    turned: dict[str, None] = {}
    words = list(_WORD.finditer(phrase))
    for one, next_one in pairwise(words):
        first, second = one.group(), next_one.group()
        apart = phrase[one.end() : next_one.start()]
        if apart == " " and first.isalpha() and second.isalpha() and not {first, second} <= public.words:
            turned[f"{second} {first}"] = None
    return turned
