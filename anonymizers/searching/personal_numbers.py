"""Numbers that point at a person, by their shape alone: personal codes, accounts, cards, metering points, telephones.

Each function yields where in a text such a number stands. What is no number of a person (addresses of machines, tokens)
is in `identifying_tokens.py`. No list of people is known here, nor the night's data.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date

from phonenumbers import Leniency, PhoneNumberMatcher
from stdnum import luhn, numdb
from stdnum.eu import eic

Span = tuple[int, int]
Finder = Callable[[str], Iterator[Span]]

FEWEST_DIGITS = 7
"""The shortest Estonian telephone number; a published sentence has no reason to hold a longer number than a date."""

_BETWEEN = r"[ ().\-/]{0,2}"
"""What people write between the digits of a number."""
_DIGITS = re.compile(rf"(?<!\d)\d(?:{_BETWEEN}\d)+(?!\d)")
_PERSONAL_CODE = re.compile(rf"(?<![\d+])(?<!\+[ (])\d(?:{_BETWEEN}\d){{10}}(?!\d)")
_IBAN_START = re.compile(r"(?<![^\W_])[a-z]{2}[ .-]?\d[ .-]?\d", re.I)
_SEPARATOR = re.compile(r"[ .\-]")
_EIC_ESTONIAN = re.compile(r"(?<![^\W_])38[ -]?[atvwxyz](?: ?[a-z0-9-]){13}(?![^\W_])", re.I)
_EIC_ANY = re.compile(r"(?<![\w-])\d{2}[atvwxyz][a-z0-9-]{12}[a-z0-9](?![\w-])", re.I)
_ABROAD = re.compile(rf"(?:\+|(?<!\d)00)[ (]{{0,2}}\d(?:{_BETWEEN}\d){{6,14}}(?!\d)")
_CARD = re.compile(
    r"4|5[0-8]|6|3[4-9]|30[0-5]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)|1800|2131"
)  # first digits of issuers: Visa, Mastercard, Maestro, American Express, Diners, Discover, JCB, UnionPay
_STRUCTURES = numdb.get("iban")
_CALENDAR = re.compile(
    r"(?<!\d)(?<!\d[-./])(?:"
    r"(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
    r"|(?:0?[1-9]|[12]\d|3[01])\.(?:0?[1-9]|1[0-2])\.(?:19|20)\d\d"
    r"|(?<![\w-])(?:19|20)\d\d ?[-–/] ?(?:19|20)\d\d(?![\w-])"
    r"|[0-2]?\d[.:][0-5]\d ?[-–] ?[0-2]?\d[.:][0-5]\d"
    r")(?!\d|[-./]\d)"
)
"""Days, pairs of years and pairs of hours: the only longer numbers that a published sentence does hold."""


def without_calendar(text: str) -> str:
    """The text with letters in the place of days and of pairs of years or hours, which would pass for numbers."""
    return _CALENDAR.sub(lambda found: "x" * len(found[0]), text)


def personal_codes(text: str) -> Iterator[Span]:
    """Estonian and Lithuanian personal codes, Latvian ones old and new; also with a wrong check digit, also spaced."""
    for found in _PERSONAL_CODE.finditer(text):
        digits = _digits_of(found[0])
        if _has_birthday(digits) or _is_latvian(digits):
            yield found.span()


def ibans(text: str) -> Iterator[Span]:
    """International bank account numbers: a country's letters, length and structure; also with wrong check digits."""
    for start in _IBAN_START.finditer(text):
        compact, places = _without_separators(text, start.start())
        structure = _STRUCTURES.info(compact[:4].upper())[0][1].get("bban")
        shape = structure and re.match(r"[a-z]{2}\d\d" + _as_pattern(structure), compact, re.I)
        end = places[shape.end() - 1] + 1 if shape else 0
        if shape and not text[end : end + 1].isalnum():
            yield start.start(), end


def metering_points(text: str) -> Iterator[Span]:
    """Energy identification codes: Estonian ones (38Z...) whatever their check character, others with a right one."""
    yield from (found.span() for found in _EIC_ESTONIAN.finditer(text))
    for found in _EIC_ANY.finditer(text):
        if eic.is_valid(found[0].upper()):
            yield found.span()


def cards(text: str) -> Iterator[Span]:
    """Payment cards: 12 to 19 digits that begin as an issuer's do and pass the check of Luhn."""
    for found in _DIGITS.finditer(text):
        digits = _digits_of(found[0])
        abroad = text[: found.start()].rstrip(" (").endswith("+")
        if 12 <= len(digits) <= 19 and not abroad and _CARD.match(digits) and luhn.is_valid(digits):
            yield found.span()


def telephones(text: str) -> Iterator[Span]:
    """Telephone numbers that are valid in Estonia, or abroad with their country's; also any number after + or 00."""
    for match in PhoneNumberMatcher(text, "EE", leniency=Leniency.VALID, max_tries=1_000):
        if sum(map(str.isdigit, match.raw_string)) >= FEWEST_DIGITS:
            yield match.start, match.end
    yield from (found.span() for found in _ABROAD.finditer(text))


def long_numbers(text: str) -> Iterator[Span]:
    """Any other number of seven digits or more: nearly valid numbers of all kinds, customer numbers, contracts, telephones
    of countries that write them in a way of their own."""
    for found in _DIGITS.finditer(text):
        if len(_digits_of(found[0])) >= FEWEST_DIGITS:
            yield found.span()


def _digits_of(text: str) -> str:
    return "".join(str(int(letter)) for letter in text if letter.isdecimal())


def _has_birthday(digits: str) -> bool:
    if digits[0] not in "12345678":
        return digits[0] == "9"
    try:
        date(1800 + 100 * ((int(digits[0]) - 1) // 2) + int(digits[1:3]), int(digits[3:5]), int(digits[5:7]))
    except ValueError:
        return False
    return True


def _is_latvian(digits: str) -> bool:
    return digits[:2] == "32" or ("01" <= digits[:2] <= "31" and "01" <= digits[2:4] <= "12" and digits[6] in "012")


def _without_separators(text: str, start: int) -> tuple[str, list[int]]:
    """The 34 letters and digits from a place on, the most that an IBAN has, with the place of each."""
    places: list[int] = []
    for place in range(start, len(text)):
        if len(places) == 34 or not (text[place].isalnum() or _SEPARATOR.match(text[place])):
            break
        if text[place].isalnum():
            places.append(place)
    return "".join(text[place] for place in places), places


def _as_pattern(structure: str) -> str:
    kinds = {"n": r"\d", "a": "[a-z]", "c": "[a-z0-9]"}
    return "".join(f"{kinds[kind]}{{{length}}}" for length, kind in re.findall(r"(\d+)!([nac])", structure))
