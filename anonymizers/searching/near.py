"""Which values hold a gram in some reading, so that their parts must be compared with the strange places.

Between the engine's choice (`suspects`) and the comparison of parts, which belongs to `leak_scan` and `outside_scan`.
"""

import re
from bisect import bisect
from collections.abc import Callable, Iterable, Iterator, Sequence

from ahocorasick_rs import AhoCorasick

from anonymizers.searching.sought import hidden_forms, open_parts_of, parts_of, plain_forms
from anonymizers.searching.suspects import bare_grams
from anonymizers.searching.written_forms import PART

_AT_ONCE = (500, 20, 1)
"""Values that are decoded as one text: most groups hide nothing strange, and then no value of theirs is decoded alone."""

_ALONE = (1,)
"""Values that hold a gram openly hold it behind their escapes as well, and a group of them would always hold one."""
_OTHER_PART = "\x1e"
_ENDS = re.compile(PART)


class Near:
    """The values near the strange places of which these are the grams."""

    def __init__(self, grams: Sequence[str]) -> None:
        self._holds_a_gram = AhoCorasick(bare_grams(grams))
        self.cut_short = 0
        """Parts of the values looked at that were read in only some of their ways."""

    def telling(self, values: Sequence[str], tell: Callable[[Sequence[str]], bool]) -> Iterator[str]:
        """The values near the strange places of which the parts tell of somebody; parts behind escapes are looked at only of
        values that do not tell openly."""
        for start in range(0, len(values), _AT_ONCE[0]):
            group = values[start : start + _AT_ONCE[0]]
            near = self._plainly(group)
            openly = {which for which in near if tell(open_parts_of(group[which]))}
            yield from (group[which] for which in openly)
            for rest, sizes in ((near - openly, _ALONE), (set(range(len(group))) - near, _AT_ONCE)):
                hiding = self._hiding([group[which] for which in rest], sizes)
                yield from (value for value in hiding if tell(parts_of(value)))

    def _plainly(self, values: Sequence[str]) -> set[int]:
        """Which of them hold a gram as they stand."""
        found: set[int] = set()
        for form in plain_forms(PART.join(value.replace(PART, _OTHER_PART) for value in values)):
            matches = self._holds_a_gram.find_matches_as_indexes(form)
            if matches:
                ends = [end.start() for end in _ENDS.finditer(form)]
                found.update(bisect(ends, start) for _, start, _ in matches)
        return found

    def _hiding(self, values: Sequence[str], sizes: Sequence[int], first: bool = True) -> Iterator[str]:
        size, *smaller = sizes
        for start in range(0, len(values), size):
            group = values[start : start + size]
            forms, cut = hidden_forms(PART.join(group))
            self.cut_short += cut if first else 0
            if self._holds(forms):
                yield from self._hiding(group, smaller, first=False) if smaller else group

    def _holds(self, forms: Iterable[str]) -> bool:
        return any(map(self._holds_a_gram.find_matches_as_indexes, forms))
