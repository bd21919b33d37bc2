"""Whether values of one person stand in some bytes, in the forms in which values are usually written.

For erasing what is known, value by value. What may not stand in a release is searched for in `releasing`.
"""

import html
import json
import unicodedata
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, quote_plus

from anonymizers.requests import SHORTEST

_FORMS: tuple[Literal["NFC", "NFD", "NFKC"], ...] = ("NFC", "NFD", "NFKC")
_HEXADECIMAL = frozenset("0123456789abcdefABCDEF")


@dataclass(frozen=True)
class Sought:
    """Values in all their forms, as bytes; of values made of hexadecimal digits only whole words count."""

    exact: frozenset[bytes]
    folded: frozenset[bytes]
    """Compared without regard to case."""
    whole_words: frozenset[bytes]

    @classmethod
    def of(cls, values: Iterable[str]) -> "Sought":
        """What to look for. Values of fewer than `SHORTEST` letters stand in everything by chance, and are left out."""
        exact: set[bytes] = set()
        folded: set[bytes] = set()
        words: set[bytes] = set()
        for value in {value.strip() for value in values if len(value.strip()) >= SHORTEST}:
            for spelled in _spellings(value):
                exact |= set(_packed(spelled))
                into = words if _HEXADECIMAL.issuperset(spelled) else folded
                into |= {form.encode().lower() for form in _escaped(spelled)}
                folded |= {spelled.encode(code).lower() for code in ("utf-16-le", "utf-16-be")}
        return cls(frozenset(exact), frozenset(folded), frozenset(words))

    def stands_in(self, content: bytes) -> bool:
        """Whether any value stands there in any form."""
        lower = content.lower()
        return (
            any(form in content for form in self.exact)
            or any(form in lower for form in self.folded)
            or any(_whole(word, lower) for word in self.whole_words)
        )

    def stands_in_text(self, text: str | None) -> bool:
        """The same of one text."""
        return text is not None and self.stands_in(text.encode("utf-8", "replace"))


def _spellings(value: str) -> set[str]:
    """The value composed and decomposed, in small and in capital letters."""
    forms = {unicodedata.normalize(form, value) for form in _FORMS}
    return forms | {form.lower() for form in forms} | {form.upper() for form in forms}


def _escaped(value: str) -> Iterator[str]:
    once = quote(value, safe="")
    yield from (value, once, quote(once, safe=""), quote(value), quote_plus(value), quote(value, safe="@"))
    yield html.escape(value)
    yield value.replace("@", "&#64;")
    yield json.dumps(value)[1:-1]
    yield value[::-1]


def _packed(value: str) -> Iterator[bytes]:
    """Hexadecimal, and base64 wherever in a longer text the value may begin; its first and last letters depend on that."""
    plain = value.encode()
    yield plain.hex().encode()
    yield plain.hex().upper().encode()
    for before in range(3):
        padded = b"\x00" * before + plain
        cut = padded[: len(padded) // 3 * 3]
        for encode in (b64encode, urlsafe_b64encode):
            inner = encode(cut)[(0, 2, 3)[before] :]
            if len(inner) > SHORTEST + 1:
                yield inner


def _whole(word: bytes, content: bytes) -> bool:
    place = content.find(word)
    while place >= 0:
        around = content[max(0, place - 1) : place] + content[place + len(word) : place + len(word) + 1]
        if not around.isalnum() and not any(chr(byte).isalnum() for byte in around if byte < 128):
            return True
        place = content.find(word, place + 1)
    return False
