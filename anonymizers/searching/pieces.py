"""Which runs of six characters occur in a great text: a sorted list of numbers, so that hundreds of megabytes fit in memory.

For bytes without a closed vocabulary, where nearly every place is strange. Release candidates have `strange_places`.
"""

from collections.abc import Iterable
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

    def hold(self, value: str) -> bool:
        """Whether the first, the middle and the last piece of a `canonical` value occur: else it stands nowhere."""
        own = _pieces(value)
        if not len(own) or not len(self.numbers):
            return False
        asked = own[[0, len(own) // 2, len(own) - 1]]
        at = np.searchsorted(self.numbers, asked)
        return bool(np.all((at < len(self.numbers)) & (self.numbers[np.minimum(at, len(self.numbers) - 1)] == asked)))


def _pieces(text: str) -> Numbers:
    read = np.frombuffer(text.encode("ascii", errors="replace"), np.uint8).astype(np.uint64)
    count = max(0, len(read) - LENGTH + 1)
    numbers = np.zeros(count, np.uint64)
    for place in range(LENGTH):
        numbers |= read[place : place + count] << np.uint64(8 * place)
    return numbers
