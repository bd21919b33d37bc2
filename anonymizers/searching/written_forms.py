"""Every way in which a text can be read: what stands behind its escapes and packings, in the one spelling of `letters`.

The rounds and the caps. Single escapes belong to `decoders` and `packed_tokens`.
"""

import re
from collections.abc import Iterator
from html.entities import html5

from anonymizers.refusal import Reason, Refusal
from anonymizers.searching.code_pages import read_otherwise
from anonymizers.searching.decoders import decoded, words_between_nuls
from anonymizers.searching.letters import by_look, canonical, spelled_out
from anonymizers.searching.packed_tokens import unpacked

__all__ = [
    *("canonical", "evened", "joined_digits", "run_together"),
    *("hidden_readings", "plain_readings", "readings", "spellings", "uncovered"),
]

ROUNDS = 5
PART = "\x1f"
"""Stands between readings that are told as one text; no word, number or blank goes across it."""
_SEGMENT, _OVERLAP = 8192, 2048
_MOST_READINGS = 512
"""Of one segment. Seven escapes that all occur, each on its own, make 128 readings."""
_MOST_LETTERS = 1 << 18
"""Of all readings of one segment of a value: whoever sends it chose its escapes."""
_BARE_ENTITIES = "|".join(name for name in html5 if not name.endswith(";"))
_HIDES = re.compile(
    rf"%(?:[0-9a-f]{{2}}|u[0-9a-f]{{4}})|&(?:#|[a-z][a-z0-9]{{1,31}};|{_BARE_ENTITIES})"
    r"|\\|=(?:[0-9a-f]{2}|\?|[ \t]*\r?\n)|xn--",
    re.IGNORECASE,
)
"""What `decoders` take off; a sign alone is none."""
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f]+")
_SHORTEST_SEGMENT = 4
_LINES = re.compile("[^\x00-\x1f\x7f]{1,4096}")

_BETWEEN_WORDS = re.compile(r"(?<=[^\W\d_])[ .,_+-]+(?=[^\W_])|(?<=\d)[ .,_+-]+(?=[^\W\d_])")
JOINTS = " +.,_()/-"
"""What may stand between words or digits, in a value or in the candidate."""
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[ ().+/-]{1,3}(?=\d)")
_SPELLED_SIGN = re.compile(r"[\[({<] ?(?:att?|@|dot|punkt|\.) ?[\])}>]| (?:att?|dot|punkt) | @|@ ")
_SPELLED_DOT = re.compile(r" ?[\[({<] ?(?:dot|punkt|\.) ?[\])}>] ?| (?:dot|punkt) ")
_SPELLED_AT = re.compile(r" ?[\[({<] ?(?:att?|@) ?[\])}>] ?| (?:att?) (?=[\w-]+(?:\.[\w-]+)+)|(?<=\w) @ ?| ?@ (?=\w)")


def readings(text: str) -> frozenset[str]:
    """Every reading of a text, each `canonical`: as it stands, and as it is once up to five layers are taken off.

    Layers: percent, entities, backslash and JSON escapes, quoted-printable, mail words, punycode, base64, base32 and
    hexadecimal tokens, UTF-8 read as another code page or the other way round. Each also with plus as a blank, with
    look-alikes by their own case, without the separators between digits, and with "(at)" and "dot" as signs. Readings
    of parts may stand in one string with `PART` between them. Raises Refusal when a part of the text has more readings
    than anything but an attempt to hide has; the sentence tells nothing of the text.
    """
    behind = PART.join(_behind(text))
    return frozenset(spelling for whole in (text, behind) if whole for spelling in _spellings(whole))


def plain_readings(text: str, cut: list[None] | None = None) -> tuple[str, ...]:
    """For the side that is sought: the text and all that stands behind its escapes and packings, `canonical`, and both with
    ae for ä, oe for ö, ue for ü. A part with too many ways to be read is read in some, and noted in `cut`.

    Nothing is refused: whoever may send a value to the site could else stop every night.
    """
    return tuple(dict.fromkeys((*spellings(text), *hidden_readings(text, cut))))


def hidden_readings(text: str, cut: list[None] | None = None) -> tuple[str, ...]:
    """Of `plain_readings` what stands behind escapes and packings; nothing where nothing does."""
    behind = PART.join(_behind(text, [] if cut is None else cut))
    return spellings(behind) if behind else ()


def spellings(text: str) -> tuple[str, ...]:
    """The text as it stands, `canonical`, and with ae for ä, oe for ö, ue for ü."""
    return tuple(dict.fromkeys(map(canonical, dict.fromkeys((text, spelled_out(text))))))


def uncovered(text: str) -> tuple[str, ...]:
    """The text and all that stands behind its escapes and packings, each in its own spelling. A part with too many ways to
    be read is read in some: nothing is refused."""
    return (text, *_behind(text, []))


def joined_digits(spelled: str) -> str:
    """A canonical text without the blanks, dashes and dots between digits: personal numbers, phones, accounts."""
    return _BETWEEN_DIGITS.sub("", spelled)


def evened(spelled: str) -> str:
    """A canonical text with one blank for the dots, dashes, underscores, commas and blanks that part two words."""
    return _BETWEEN_WORDS.sub(" ", spelled)


def run_together(spelled: str) -> str:
    """A canonical text without its `JOINTS`; nine replacements are five times as fast as one look at each letter."""
    for joint in JOINTS:
        spelled = spelled.replace(joint, "")
    return spelled


def _behind(text: str, cut: list[None] | None = None) -> list[str]:
    """What stands behind the text's layers, packed tokens taken apart in rounds. `cut` is that of `_uncovered`."""
    seen: dict[str, None] = {}
    origins = [text, *words_between_nuls(text)]
    seen.update(dict.fromkeys(origins[1:]))
    for left in range(ROUNDS, 0, -1):
        tokens: dict[str, None] = {}
        for origin in origins:
            tokens.update(dict.fromkeys(unpacked(origin)))
            uncovered = dict.fromkeys(new for part in _segments(origin) for new in _uncovered(part, left, cut))
            seen.update(uncovered)
            joined = PART.join(uncovered)
            tokens.update(dict.fromkeys((*unpacked(joined), *words_between_nuls(joined))))
        new = [token for token in tokens if token not in seen]
        if not new:
            break
        seen.update(tokens)
        origins = [PART.join(new)]  # as one text: a random token gives ten short ones, and each would be read alone
    return list(seen)


def _segments(text: str) -> Iterator[str]:
    """The parts of a text that may hide something, in pieces that overlap: so the work grows with the text, not with
    the number of ways in which far ends of it could be read together."""
    for part in _CONTROL.split(text):
        for start in range(0, max(1, len(part) - _OVERLAP), _SEGMENT):
            segment = part[start : start + _SEGMENT + _OVERLAP]
            if len(segment) >= _SHORTEST_SEGMENT and _HIDES.search(segment):
                yield segment


def _uncovered(segment: str, rounds: int, cut: list[None] | None = None) -> Iterator[str]:
    """What one segment says behind its escapes; without the segment itself. Too many ways: refused, or noted in `cut`."""
    seen, edge = {segment}, [segment]
    for _ in range(rounds):
        found = dict.fromkeys(new for known in edge for new in decoded(known))
        edge = [new for new in found if new not in seen]
        seen.update(edge)
        if (cut is not None and len(seen) * len(segment) > _MOST_LETTERS) or len(seen) > _MOST_READINGS:
            if cut is not None:
                cut.append(None)
                break
            sentence = f"a part of the text can be read in over {_MOST_READINGS} ways; look at the file and remove it"
            raise Refusal("leak_scan", Reason.GATE, sentence)
        if not edge:
            break
    seen.discard(segment)
    yield from seen


def _spellings(text: str) -> Iterator[str]:
    spelled = canonical(text)
    yield spelled
    if "+" in text:
        yield canonical(text.replace("+", " "))
    joined = joined_digits(spelled)
    if joined != spelled:
        yield joined
    if _SPELLED_SIGN.search(spelled):
        yield _SPELLED_AT.sub("@", _SPELLED_DOT.sub(".", spelled))
    foreign = PART.join(dict.fromkeys(piece for piece in _LINES.findall(text) if not piece.isascii()))
    if foreign:
        yield from {by_look(foreign), *map(canonical, read_otherwise(foreign))} - {spelled}
