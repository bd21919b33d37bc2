"""Bits of a base64url text, read once from front to back. Whoever asks for more than there is gets an error, never zeros."""

from base64 import urlsafe_b64decode
from dataclasses import dataclass

from anonymizers.consent.refused import ConsentRefused, Why

_ALPHABET = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
_LETTER = 6


@dataclass(frozen=True)
class Members:
    """Some numbers from 1 on, kept as the bits of one number: 600 vendors in a tenth of a set's time."""

    mask: int

    @property
    def numbers(self) -> frozenset[int]:
        """The numbers themselves."""
        return frozenset(place for place in range(1, self.mask.bit_length()) if self.mask >> place & 1)

    def __contains__(self, number: int) -> bool:
        return number >= 1 and self.mask >> number & 1 == 1

    def __le__(self, other: "Members") -> bool:
        return self.mask & ~other.mask == 0


class Bits:
    """The bits of `text`, six for each letter. Raises ConsentRefused on any letter outside base64url, padding included."""

    def __init__(self, text: str) -> None:
        if not text or not _ALPHABET.issuperset(text):
            raise ConsentRefused(Why.NOT_BASE64URL)
        filled = text + "A" * (-len(text) % 4)  # whole bytes for the decoder; what is added is cut off again
        self._whole = int.from_bytes(urlsafe_b64decode(filled)) >> _LETTER * (len(filled) - len(text))
        self._left = _LETTER * len(text)

    def number(self, width: int) -> int:
        """The next `width` bits as an unsigned number."""
        if width > self._left:
            raise ConsentRefused(Why.CUT)
        self._left -= width
        return self._whole >> self._left & ((1 << width) - 1)

    def flag(self) -> bool:
        """The next bit."""
        return self.number(1) == 1

    def members(self, width: int) -> Members:
        """Which of the numbers 1 to `width` have their bit set, the first bit standing for 1."""
        field = self.number(width)
        return Members(int(f"{field:0{width}b}"[::-1], 2) << 1 if width else 0)

    def fibonacci(self) -> int:
        """A number in Fibonacci code: a bit for each Fibonacci number from the smallest on, then a one more."""
        small, large, number, before = 1, 2, 0, False
        while True:
            bit = self.flag()
            if bit and before:
                return number
            number += small if bit else 0
            small, large, before = large, small + large, bit

    def end(self, most: int) -> None:
        """Nothing but zeros may be left, and no more of them than `most`: the filling-up of bytes and letters."""
        if self._left > most:
            raise ConsentRefused(Why.TRAILING)
        if self._whole & ((1 << self._left) - 1):
            raise ConsentRefused(Why.TRAILING)
