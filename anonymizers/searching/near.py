"""Which values may stand in the strange places once they are decoded: those that hold a gram in some reading.

Between the engine's choice (`suspects`) and the comparison of parts (`leak_scan`, `outside_scan`). A superset of what leaked.
"""

import re
from bisect import bisect
from collections.abc import Iterable, Iterator, Sequence

from ahocorasick_rs import AhoCorasick

from anonymizers.searching.sought import hidden_forms, plain_forms
from anonymizers.searching.suspects import bare_grams
from anonymizers.searching.written_forms import PART

_AT_ONCE = (500, 20, 1)
"""Values that are decoded as one text: most groups hide nothing strange, and then no value of theirs is decoded alone."""

_OTHER_PART = "\x1e"
_ENDS = re.compile(PART)


class Near:
    """The values near the strange places of which these are the grams."""

    def __init__(self, grams: Sequence[str]) -> None:
        self._holds_a_gram = AhoCorasick(bare_grams(grams))
        self.cut_short = 0
        """Parts of the values looked at that were read in only some of their ways."""

    def among(self, values: Sequence[str]) -> Iterator[str]:
        """The values that hold a gram as they stand or once they are decoded."""
        for start in range(0, len(values), _AT_ONCE[0]):
            group = values[start : start + _AT_ONCE[0]]
            plainly = self._plainly(group)
            near = [group[which] for which in sorted(plainly)]
            self.cut_short += hidden_forms(PART.join(near))[1]
            yield from near
            yield from self._hiding([value for which, value in enumerate(group) if which not in plainly], _AT_ONCE)

    def _plainly(self, values: Sequence[str]) -> set[int]:
        """Which of them hold a gram as they stand."""
        found: set[int] = set()
        for form in plain_forms(PART.join(value.replace(PART, _OTHER_PART) for value in values)):
            matches = self._holds_a_gram.find_matches_as_indexes(form)
            if matches:
                ends = [end.start() for end in _ENDS.finditer(form)]
                found.update(bisect(ends, start) for _, start, _ in matches)
        return found

    def _hiding(self, values: Sequence[str], sizes: Sequence[int]) -> Iterator[str]:
        size, *smaller = sizes
        for start in range(0, len(values), size):
            group = values[start : start + size]
            forms, cut = hidden_forms(PART.join(group))
            self.cut_short += cut if size == _AT_ONCE[0] else 0
            if self._holds(forms):
                yield from self._hiding(group, smaller) if smaller else group

    def _holds(self, forms: Iterable[str]) -> bool:
        return any(map(self._holds_a_gram.find_matches_as_indexes, forms))
