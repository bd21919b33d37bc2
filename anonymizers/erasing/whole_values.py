"""Where a value stands in a text as a whole, and not as a part of somebody else's.

`mari@naide.ee` is none in `anne-mari@naide.ee`. Spelling and bounds only: in which
forms a value is looked for belongs to `sought`.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from itertools import chain

_WITHOUT_WIDTH = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
_DASHES = re.compile("[\u2010-\u2015\u2212]")
_JOINTS = "@._+-"
"""Signs that join words to one address or one name."""
_LONGEST_RUN = 320
"""The longest address. A longer run of letters is no reason to look further."""
_MANY_DIGITS = 9
"""From here on a number is nobody else's by chance, whatever it is joined to."""
Letter = Callable[[str], bool]


def evened(text: str) -> str:
    """One spelling to compare by: composed, compatible forms taken apart, one case, one dash, no signs without width."""
    if text.isascii():
        return text.lower()
    bare = unicodedata.normalize("NFKC", _WITHOUT_WIDTH.sub("", unicodedata.normalize("NFKC", text)))
    return unicodedata.normalize("NFKC", _DASHES.sub("-", bare).casefold())


def whole_places(text: str, value: str, letter: Letter = str.isalnum) -> Iterator[int]:
    """Where the value stands as a whole. Both are `evened`, or are of one spelling anyhow."""
    start = text.find(value)
    while start >= 0:
        if is_whole(text, start, start + len(value), letter):
            yield start
        start = text.find(value, start + 1)


def is_whole(text: str, start: int, end: int, letter: Letter = str.isalnum) -> bool:
    """Whether what stands there is not a part of a longer word, number or address.

    An address goes on before it with . _ + - and behind it with . - and a letter; within another address nothing
    stands whole. A number of fewer than nine digits is joined to other digits by a dot or a dash (a time, a date), a word
    without digits to other words by any of `_JOINTS` (a second family name).
    """
    value, before, behind = text[start:end], text[max(0, start - 2) : start], text[end : end + 2]
    if (letter(value[0]) and before and letter(before[-1])) or (letter(value[-1]) and behind and letter(behind[0])):
        return False
    if "@" in value:
        return not _joined(before[::-1], "._+-", letter) and not _joined(behind, ".-", letter)
    if not _joined(before[::-1], _JOINTS, letter) and not _joined(behind, _JOINTS, letter):
        return True
    if not any(map(str.isdigit, value)) or "@" in _run(text, start, end, letter):
        return False
    if value.isdigit() and len(value) < _MANY_DIGITS:
        return not _joined(before[::-1], ".-", str.isdigit) and not _joined(behind, ".-", str.isdigit)
    return True


def replaced(text: str, corrections: Mapping[str, str]) -> str:
    """The text with each old value that stands whole in it replaced, all of them in one pass.

    What a new value says already stays as it is, so that it may be done twice.
    """
    stay = {evened(new): None for new in corrections.values()}
    become = {evened(old.strip()): new for old, new in corrections.items()}
    if evened(text.strip()) in stay:
        return text
    if evened(text.strip()) in become:
        return become[evened(text.strip())]
    spelled = {
        unicodedata.normalize(form, value): evened(value.strip())
        for value in chain(corrections, corrections.values())
        for form in ("NFC", "NFD")
    }
    longest_first = sorted((value.strip() for value in spelled), key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE)

    def new(found: re.Match[str]) -> str:
        value = evened(found[0])
        return become[value] if value in become and value not in stay and is_whole(text, *found.span()) else found[0]

    return pattern.sub(new, text)


def _joined(beside: str, joints: str, letter: Letter) -> bool:
    return len(beside) > 1 and beside[0] in joints and letter(beside[1])


def _run(text: str, start: int, end: int, letter: Letter) -> str:
    """The letters, digits and joints around."""
    left, right = start, end
    while left > max(0, start - _LONGEST_RUN) and (letter(text[left - 1]) or text[left - 1] in _JOINTS):
        left -= 1
    while right < min(len(text), end + _LONGEST_RUN) and (letter(text[right]) or text[right] in _JOINTS):
        right += 1
    return text[left:right]
