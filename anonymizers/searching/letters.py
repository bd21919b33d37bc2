"""One spelling for every letter: what look-alikes, accents, case, blanks and dashes become before texts are compared.

Letters only. What a text may hide behind an encoding belongs to `decoders`; which values count, to `identifying`.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping

from confusable_homoglyphs.confusables import confusables_data

_INVISIBLE = frozenset("\u115f\u1160\u3164\uffa0\u2800")
"""Letters and signs that show nothing, beside all that Unicode calls a format character or a mark."""
_DASHES = frozenset("\u2212\u2043\u02d7\u23af")
_SIGNS = {
    **dict.fromkeys("\u2018\u2019\u201b\u02bc\u02b9\u00b4\u2032", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033", '"'),
    **dict.fromkeys("\u3002\u00b7\u2024", "."),
    **dict.fromkeys("\u2044\u2215", "/"),
    **dict.fromkeys("\x85\u2028\u2029", "\n"),
}
_LATIN = {"æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ħ": "h", "ŧ": "t", "ŋ": "n"}
"""Latin letters of Europe that Unicode does not take apart."""

_ROOM = re.compile(r"[ \t\f\v\r\n]{2,}|[\t\f\v\r\n]")
"""A whole run at once: a pattern that looks for a line's end behind blanks goes over a long run again from each blank."""
_INDENTED = re.compile(r"\r?\n[ \t]+")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")
_BLANKS = re.compile(r"[ \t\f\v]+")
_UMLAUTS = {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"}
_HAS_UMLAUT = re.compile("[äöüÄÖÜ\u0308]")
_WRAPPED = re.compile(r"(?<!\d)\n|\n(?![+(]?\d)")


def canonical(text: str) -> str:
    """The text as all its spellings have it: small Latin letters without accents, one blank, one dash, one kind of digit.

    Compatibility forms (full-width, superscript, ligatures) are taken apart; format characters, zero-width ones and
    combining marks fall out; a letter that looks like a Latin one becomes that one, in either case; accents are folded
    (õ and o are one), for an Estonian name is often written without them; æ becomes ae, ß ss. ä does not become ae.
    Runs of blanks become one. A line end becomes a blank, but for one between two digits where the second line begins
    with its digit: it stays, for lines of a table are not one number. A control character stays, and parts words.
    """
    return _unwrapped(_translated(text, _ONE_SPELLING))


def by_look(text: str) -> str:
    """`canonical`, but a letter counts as what its own case looks like: Greek Η as h, not as η, which looks like n."""
    return _unwrapped(_translated(text, _LOOK))


def _translated(text: str, table: Mapping[int, str]) -> str:
    """Only the letters beyond ASCII are looked up: most texts have few."""
    if not text.isascii():
        text = _BEYOND_ASCII.sub(lambda run: run.group().translate(table), text)
    return text.lower()


def _unwrapped(text: str) -> str:
    if "\n" in text or "\r" in text:
        text = _WRAPPED.sub(" ", _ROOM.sub(_blank_or_line_end, text))
    return _BLANKS.sub(" ", text).strip(" \n")


def _blank_or_line_end(run: re.Match[str]) -> str:
    """One blank for a run of blanks, also where it indents a wrapped line; else one line end."""
    left = _INDENTED.sub("", run.group())
    return "\n" if "\n" in left or "\r" in left else " "


def spelled_out(text: str) -> str:
    """The text with ae, oe, ue for ä, ö, ü, as people write them who lack the letters; the same text where it has none."""
    if not _HAS_UMLAUT.search(text):
        return text
    text = unicodedata.normalize("NFC", text)
    for letter, two in _UMLAUTS.items():
        text = text.replace(letter, two)
    return text


def _look_alike(letter: str) -> str | None:
    """The Latin letter, small, that a letter of another script looks like."""
    for known in confusables_data.get(letter, ()):
        bare = "".join(
            c for c in unicodedata.normalize("NFD", known["c"]) if unicodedata.category(c) not in ("Mn", "Cf")
        )
        if len(bare) == 1 and bare.isascii() and bare.isalpha():
            return bare.lower()
    return None


def _spelled(character: str) -> str:
    kind = unicodedata.category(character)
    if character in _SIGNS:
        return _SIGNS[character]
    if kind == "Cs":
        return "\x00"
    if kind in ("Cf", "Mn", "Me") or character in _INVISIBLE:
        return ""
    if kind == "Nd":
        return str(unicodedata.digit(character))
    if kind == "Pd" or character in _DASHES:
        return "-"
    if kind == "Zs":
        return " "
    small = character.casefold()
    if small in _LATIN:
        return _LATIN[small]
    apart = unicodedata.normalize("NFKD", small)
    if apart == character:
        return (
            character if character.isascii() else _look_alike(character) or _look_alike(character.upper()) or character
        )
    return "".join(_spelled(part) for part in apart)


def _looked(character: str) -> str:
    spelled = _spelled(character)
    if character.isascii() or spelled == "i" or character.casefold() in _LATIN or not character.isupper():
        return spelled
    apart = unicodedata.normalize("NFKD", character)
    return _look_alike(character) or spelled if apart == character else spelled


class _Letters(dict[int, str]):
    """What `str.translate` asks of a table, found out letter by letter and kept."""

    def __init__(self, spell: Callable[[str], str]) -> None:
        super().__init__()
        self._spell = spell

    def __missing__(self, code: int) -> str:
        spelled = self[code] = self._spell(chr(code))
        return spelled


_ONE_SPELLING = _Letters(_spelled)
_LOOK = _Letters(_looked)
