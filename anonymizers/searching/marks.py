"""Where given values stand in given bytes, in any written form: the search for people who were made up to be found.

Every value given counts, however short or public; which values of real people count belongs to `identifying`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ahocorasick_rs import AhoCorasick, MatchKind

from anonymizers.refusal import Refusal
from anonymizers.searching.opened import texts
from anonymizers.searching.written_forms import canonical, joined_digits, readings

_FEWEST_DIGITS = 6
UNREADABLE = "unreadable"
"""The label of a finding that tells of a file that could not be searched to its end."""


@dataclass(frozen=True, order=True)
class Finding:
    """A value and where it stands; of the value, its label only."""

    label: str
    place: str
    """The file's name and the way into it. A file whose very name holds a value is told by its number."""


def find(marks: Mapping[str, str], files: Iterable[tuple[str, bytes]]) -> list[Finding]:
    """Which of the values (label -> value) stand where in the files (name, content), each label and place once, in order.

    A file that cannot be opened to its end is a finding with the label `unreadable`: it may hold anything. Raises
    ValueError for a value of which no letter or digit is left once it is spelled plainly.
    """
    sought = _Sought(marks)
    found: set[Finding] = set()
    for number, (name, content) in enumerate(files):
        named = set(sought.labels_in(name))
        shown = f"file {number} (by its name)" if named else name
        found.update(Finding(label, shown) for label in named)
        try:
            for place, text in texts(name, content):
                found.update(Finding(label, shown + place[len(name) :]) for label in sought.labels_in(text))
        except Refusal:
            found.add(Finding(UNREADABLE, shown))
    return sorted(found)


class _Sought:
    """The values, each in its plain spelling and without the separators of its digits, ready to be looked for at once."""

    def __init__(self, marks: Mapping[str, str]) -> None:
        forms: dict[str, set[str]] = {}
        for label, value in marks.items():
            spelled = canonical(value)
            if not any(map(str.isalnum, spelled)):
                raise ValueError(f"the mark {label} has neither letter nor digit")
            for form in _forms(spelled):
                forms.setdefault(form, set()).add(label)
        self._labels = list(forms.values())
        self._search = AhoCorasick(list(forms), matchkind=MatchKind.Standard) if forms else None

    def labels_in(self, text: str) -> Iterator[str]:
        """The labels of all values that stand in any reading of the text."""
        if self._search is not None:
            for reading in readings(text):
                for form in {match[0] for match in self._search.find_matches_as_indexes(reading, overlapping=True)}:
                    yield from self._labels[form]


def _forms(spelled: str) -> set[str]:
    """The value as it is; a number also as its digits alone, as `readings` gives numbers written with blanks and dashes."""
    digits = "".join(filter(str.isdigit, spelled))
    number = len(digits) >= _FEWEST_DIGITS and not any(map(str.isalpha, spelled))
    return {spelled, digits} if number else {spelled, joined_digits(spelled)}
