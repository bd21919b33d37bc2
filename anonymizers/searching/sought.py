"""What is sought of one value: its forms, and in them its parts, phrases, words and pairs of words.

The values' side of the search. Which of them can identify belongs to `identifying`; where they stand, to `leak_scan`.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from anonymizers.searching.identifying import FEWEST_DIGITS, SHORTEST
from anonymizers.searching.written_forms import (
    PART,
    evened,
    hidden_readings,
    joined_digits,
    plain_readings,
    run_together,
    spellings,
)

_PARTS = re.compile(r"[^\s/?&=#;,|\"'<>()\[\]{}\x00]+")
_PHRASES = re.compile(r"(?:[^/?&=#;,|\"'<>()\[\]{}\x00 ]| (?!- ))+")
_WORDS = re.compile(r"[^\W_]+")
_NUMBERS = re.compile(rf"\d{{{FEWEST_DIGITS},}}")
_ABROAD = "00"


def plain_forms(value: str) -> dict[str, None]:
    """The value in its plain spelling, also run together: for `bare_grams`."""
    return _also_run_together(spellings(value))


def hidden_forms(value: str) -> tuple[dict[str, None], int]:
    """What stands behind the value's escapes, also run together; and how many of its parts were read in only some of
    their ways."""
    cut: list[None] = []
    return _also_run_together(hidden_readings(value, cut)), len(cut)


def _also_run_together(forms: Sequence[str]) -> dict[str, None]:
    return dict.fromkeys((*forms, *map(run_together, forms)))


def parts_of(value: str) -> list[str]:
    """A value as a whole, and its parts of six characters and more, each once: segments, parameters, phrases, words and
    pairs of neighbouring words, also behind escapes; phrases and pairs also without the blanks."""
    return _parts_in(plain_readings(value))


def open_parts_of(value: str) -> list[str]:
    """Those of `parts_of` that stand in the value openly, behind no escape."""
    return _parts_in(spellings(value))


def _parts_in(readings: Iterable[str]) -> list[str]:
    parts: dict[str, None] = {}
    for spelled in readings:
        for form in dict.fromkeys((spelled, spelled.replace("+", " "))):
            for whole in form.split(PART):
                parts.update(dict.fromkeys(_parts(whole)))
                joined = joined_digits(whole)
                if joined != whole:
                    parts.update(dict.fromkeys((joined.strip(), *_PARTS.findall(joined))))
                parts.update(dict.fromkeys(_numbers(joined)))
    return [part for part in parts if len(part) >= SHORTEST]


def _parts(whole: str) -> Iterator[str]:
    yield whole.strip()
    yield from _PARTS.findall(whole)
    for phrase in dict.fromkeys((whole, *_PHRASES.findall(whole))):
        even = evened(phrase.strip(" -"))
        yield from (phrase.strip(" -"), even, run_together(phrase))
    words = _WORDS.findall(whole)
    yield from words
    yield from _pairs(words)


def _pairs(words: Iterable[str]) -> Iterator[str]:
    for first, second in pairwise(words):
        yield f"{first} {second}"
        yield f"{first}{second}"


def _numbers(joined: str) -> Iterator[str]:
    """Long numbers without what is glued to them; one that is dialled from abroad also without its two noughts."""
    for number in _NUMBERS.findall(joined):
        yield number
        if number.startswith(_ABROAD):
            yield number.removeprefix(_ABROAD)
