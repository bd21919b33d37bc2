"""Whether values of one person stand in a text of a store, in every written form, or in any other bytes, in the usual ones.

For erasing what is known, value by value. What may not stand in a release is searched for in `searching`.
"""

import html
import json
import re
import unicodedata
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, quote_plus

from anonymizers.erasing.whole_values import evened, is_whole, whole_places
from anonymizers.requests import SHORTEST
from anonymizers.searching.written_forms import uncovered

_FORMS: tuple[Literal["NFC", "NFD", "NFKC"], ...] = ("NFC", "NFD", "NFKC")
_FEWEST_SPACED = 7
"""Digits of a number, or of a code with letters, that people write with blanks and dashes between."""
_MANY_DIGITS = 9
"""A shorter number stands in any file by chance: as a size, a count, a part of a second."""
_BETWEEN = r"[ ()./+-]{0,3}"
_FIELDS = (
    "account", "account_id", "cookie", "cookie_id", "client", "visitor", "user", "user_id", "customer", "customer_number",
    "phone", "isikukood", "metering_point",
)  # fmt: skip
_HIDES = r"[%&\\=\x00\n]|xn--|(?:[0-9a-f]{2}[ :.-]{1,2}){5}|[a-z0-9+/_-]{NUMBER}"
"""What a text has that hides something: most cells of a store have nothing of it, and a hundred thousand are looked at."""
_ESCAPE_BEFORE = re.compile(r"(?:%[0-9a-f]{2}|\\[bfnrt])\Z")


@dataclass(frozen=True)
class Sought:
    """Values in all their forms. A value counts as a whole only: within a longer word or address it is somebody else's."""

    words: frozenset[str]
    """Spelled as `evened` does."""
    spaced: tuple[re.Pattern[str], ...]
    """Numbers and codes with whatever people write between their digits."""
    usual: frozenset[str]
    """Forms as bytes, each byte as a letter (Latin-1), in small letters."""
    beside_a_field: tuple[re.Pattern[str], ...]
    """Short numbers, which in bytes count beside the name of a column only."""
    packed: frozenset[bytes]
    wide: frozenset[bytes]
    """UTF-16, in small letters."""
    hides: re.Pattern[str]
    """Whether a text may hold a value behind an escape, or packed in a token that is long enough for the shortest one."""
    too_short: int = 0
    """Values of fewer than `SHORTEST` letters: they stand in everything by chance, and are not looked for."""

    @classmethod
    def of(cls, values: Iterable[str], fields: Iterable[str] = ()) -> "Sought":
        """What to look for. `fields` are further names that columns of identifiers have."""
        every = {value.strip() for value in values} - {""}
        long = sorted(value for value in every if len(value) >= SHORTEST)
        names = "|".join(map(re.escape, sorted({*_FIELDS, *(field.lower() for field in fields)})))
        words, usual, packed, wide = set[str](), set[str](), set[bytes](), set[bytes]()
        beside = []
        for value in long:
            for spelled in _spellings(value):
                words |= {evened(spelled)} if value.isdigit() else {evened(spelled), evened(spelled[::-1])}
                packed |= set(_packed(spelled))
                wide |= {spelled.encode(code).lower() for code in ("utf-16-le", "utf-16-be")}
                if not _short_number(value):
                    usual |= {_as_letters(form.encode()) for form in _escaped(spelled)}
            if _short_number(value):
                beside.append(re.compile(rf"(?:{names})[^0-9a-z]{{1,8}}{re.escape(evened(value))}(?![0-9a-z])"))
        spaced = [_with_gaps(compact) for compact in sorted(map(_compact, long)) if compact]
        return cls(
            frozenset(words), tuple(spaced), frozenset(usual), tuple(beside), frozenset(packed), frozenset(wide),
            re.compile(_HIDES.replace("NUMBER", f"{min(map(len, long), default=SHORTEST) * 4 // 3},"), re.IGNORECASE),
            len(every) - len(long),
        )  # fmt: skip

    def stands_in_text(self, text: str | None) -> bool:
        """Whether any value stands in a text of a store, as it is or behind escapes and packings, however deep."""
        if not text:
            return False
        layers = uncovered(text) if self.hides.search(text) else (text,)
        return any(self._stands_plain_in(evened(layer)) for layer in layers)

    def stands_in(self, content: bytes) -> bool:
        """Whether any value stands in bytes in a usual form: for what is no store of rows, and too big to take apart."""
        lower = content.lower()
        letters = lower.decode("latin-1")
        return (
            any(form in content for form in self.packed)
            or any(form in lower for form in self.wide)
            or any(_stands_whole(form, letters) for form in self.usual)
            or any(field.search(letters) for field in self.beside_a_field)
        )

    def _stands_plain_in(self, text: str) -> bool:
        return any(next(whole_places(text, word), None) is not None for word in self.words) or any(
            number.search(text) for number in self.spaced
        )


def _stands_whole(form: str, letters: str) -> bool:
    start = letters.find(form)
    while start >= 0:
        if is_whole(letters, start, start + len(form), _is_ascii_letter) or _ESCAPE_BEFORE.search(
            letters[max(0, start - 3) : start]
        ):
            return True
        start = letters.find(form, start + 1)
    return False


def _is_ascii_letter(sign: str) -> bool:
    """A byte beyond ASCII may be anything; it is no reason to overlook a value."""
    return sign.isascii() and sign.isalnum()


def _as_letters(form: bytes) -> str:
    return form.lower().decode("latin-1")


def _short_number(value: str) -> bool:
    return value.isdigit() and len(value) < _MANY_DIGITS


def _compact(value: str) -> str:
    """Letters and digits of a number or a code alone; nothing of a value that is neither."""
    compact = "".join(sign for sign in evened(value) if sign.isalnum())
    return compact if sum(map(str.isdigit, compact)) >= _FEWEST_SPACED and "@" not in value else ""


def _with_gaps(compact: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![^\W_])(?<!\d[.-]){_BETWEEN.join(map(re.escape, compact))}(?![^\W_])(?![.-]\d)")


def _spellings(value: str) -> set[str]:
    """The value composed and decomposed, in small and in capital letters."""
    forms = {unicodedata.normalize(form, value) for form in _FORMS}
    return forms | {form.lower() for form in forms} | {form.upper() for form in forms}


def _escaped(value: str) -> Iterator[str]:
    once = quote(value, safe="")
    yield from (value, once, quote(once, safe=""), quote(value), quote_plus(value), quote(value, safe="@"))
    yield html.escape(value)
    yield value.replace("@", "&#64;")
    yield value.encode("ascii", "xmlcharrefreplace").decode()
    yield json.dumps(value)[1:-1]
    yield json.dumps(json.dumps(value)[1:-1])[1:-1]
    yield value if value.isdigit() else value[::-1]


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
