"""The rule which values can identify, and where: so that no leak is missed and no stranger can stop a release.

Words and numbers only; where a value stands is found by `strange_places` and `leak_scan`.

A value counts when it has at least six characters and names somebody: holds a word that is not public, or a number of
at least nine digits that is not public. Public is what stands, as a whole word, in the release of the same day without
any data. A shorter number never names anybody: it may equal a count. An occurrence counts when it still names somebody
with the words that it begins and ends in, for `rome,deskto` stands in `chrome,desktop`; a number counts where no digit stands
beside it; and any other value made of hexadecimal digits alone counts only as a whole word.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

SHORTEST = 6
FEWEST_DIGITS = 9
_WORD = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"\d(?:[ ().+-]{0,2}\d)*")
"""Digits, also as phone numbers are written; a comma or a line's end ends a number, as in CSV."""
_HEXADECIMAL = frozenset("0123456789abcdef")


@dataclass(frozen=True)
class Public:
    """What everybody may know before any data is read. All texts here and below are `canonical`."""

    words: frozenset[str]
    numbers: frozenset[str]
    """Of nine digits and more, digits only."""

    @classmethod
    def of(cls, readings: Iterable[str]) -> "Public":
        """All words and long numbers of these texts."""
        words: set[str] = set()
        numbers: set[str] = set()
        for reading in readings:
            words.update(_WORD.findall(reading))
            numbers.update(digits for _, _, digits in _long_numbers(reading))
        return cls(frozenset(words), frozenset(numbers))

    def strange(self, text: str) -> Iterator[tuple[int, int]]:
        """Where words and long numbers that are not public begin and end."""
        for word in _WORD.finditer(text):
            if word.group() not in self.words and not word.group().isdigit():
                yield word.span()
        for start, end, digits in _long_numbers(text):
            if digits not in self.numbers:
                yield start, end

    def names_somebody(self, text: str) -> bool:
        """Whether there is any such word or number."""
        return next(self.strange(text), None) is not None

    def identifies(self, value: str) -> bool:
        """Whether a value can identify at all."""
        return len(value) >= SHORTEST and self.names_somebody(value)

    def tells(self, text: str, start: int, end: int) -> bool:
        """Whether an occurrence of an identifying value, from `start` to `end` of `text`, tells of somebody."""
        if text[start:end].isdigit() and end - start >= FEWEST_DIGITS:
            return _stands_free(text, start, end) and self.names_somebody(text[start:end])
        first, last = start, end
        while first > 0 and text[first].isalnum() and text[first - 1].isalnum():
            first -= 1
        while last < len(text) and text[last].isalnum() and text[last - 1].isalnum():
            last += 1
        if (first, last) != (start, end) and _HEXADECIMAL.issuperset(text[start:end]):
            return False
        return self.names_somebody(text[first:last])


def _stands_free(text: str, start: int, end: int) -> bool:
    """Whether no digit stands beside a number, but for the two noughts that are dialled before a country's code."""
    if text[start - 2 : start] == "00" and not text[max(0, start - 3) : start - 2].isdigit():
        start -= 2
    return not text[end : end + 1].isdigit() and not text[max(0, start - 1) : start].isdigit()


def _long_numbers(text: str) -> Iterator[tuple[int, int, str]]:
    for number in _NUMBER.finditer(text):
        if len(number.group()) >= FEWEST_DIGITS:
            digits = "".join(filter(str.isdigit, number.group()))
            if len(digits) >= FEWEST_DIGITS:
                yield *number.span(), digits
