"""Which runs of six characters occur in a great text: a sorted list of numbers, so that hundreds of megabytes fit in memory.

For bytes without a closed vocabulary, where nearly every place is strange. Release candidates have `strange_places`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

LENGTH = 6
_AT_ONCE = 1 << 23
Numbers = np.ndarray[tuple[int], np.dtype[np.uint64]]


@dataclass(frozen=True)
class Pieces:
    """Every piece of the texts, as six bytes of one number; letters beyond ASCII count as one and the same."""

    numbers: Numbers

    @classmethod
    def of(cls, texts: Iterable[str]) -> "Pieces":
        """The pieces of `canonical` texts."""
        known, new, size = np.empty(0, np.uint64), [], 0
        for text in texts:
            new.append(np.unique(_pieces(text)))
            size += len(new[-1])
            if size > _AT_ONCE:
                known, new, size = np.unique(np.concatenate([known, *new])), [], 0
        return cls(np.unique(np.concatenate([known, *new])))

    def as_table(self) -> pa.Table:
        """Column `gram` string: the pieces that are plain ASCII, for an engine."""
        signs = self.numbers.astype("<u8").view(np.uint8).reshape(-1, 8)[:, :LENGTH].tobytes()
        rows = pa.FixedSizeBinaryArray.from_buffers(pa.binary(LENGTH), len(self.numbers), [None, pa.py_buffer(signs)])
        return pa.table({"gram": rows.cast(pa.binary()).cast(pa.string())})

    def held(self, values: Sequence[str]) -> list[str]:
        """Those of the `canonical` values whose first, last and middle piece occur; no other stands anywhere."""
        left = [value for value in values if len(value) >= LENGTH]
        for place in (lambda size: 0, lambda size: size - LENGTH, lambda size: (size - LENGTH) // 2):
            asked = np.array([_number(value, place(len(value))) for value in left], np.uint64)
            left = [value for value, occurs in zip(left, self._occur(asked), strict=True) if occurs]
        return left

    def _occur(self, asked: Numbers) -> Sequence[bool]:
        if not len(self.numbers):
            return [False] * len(asked)
        at = np.minimum(np.searchsorted(self.numbers, asked), len(self.numbers) - 1)
        occurs: list[bool] = (self.numbers[at] == asked).tolist()
        return occurs


def _number(value: str, place: int) -> int:
    return int.from_bytes(value[place : place + LENGTH].encode("ascii", errors="replace"), "little")


def _pieces(text: str) -> Numbers:
    read = np.frombuffer(text.encode("ascii", errors="replace"), np.uint8).astype(np.uint64)
    count = max(0, len(read) - LENGTH + 1)
    numbers = np.zeros(count, np.uint64)
    for place in range(LENGTH):
        numbers |= read[place : place + count] << np.uint64(8 * place)
    return numbers
