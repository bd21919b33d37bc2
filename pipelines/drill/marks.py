"""Marks of made-up people: words and numbers that stand nowhere else, and a book of who carries which.

Here stands how a mark is made; in which written form it is planted, in `written_forms`; who carries it, in `people`.
"""

import hashlib
import secrets
from dataclasses import dataclass, field
from uuid import uuid4

from stdnum import iban
from stdnum.ee import ik
from stdnum.eu import eic

_SYLLABLES = tuple(first + second for first in "hkmnprtv" for second in "aeiou")
_SYLLABLES_OF_A_WORD = 10
_ACCENTED = str.maketrans("aeiou", "äšõöü")
HASHES = ("md5", "sha1", "sha256")


@dataclass(frozen=True)
class Mark:
    """One value that must not come out."""

    person: str
    """One of `people.PEOPLE`."""
    table: str
    """The raw table that holds it."""
    column: str
    """The column of it: a role of the contract, or the source's own name of a column that the contract does not name."""
    form: str
    """How it is written there."""
    value: str
    """What to search for, in plain writing."""
    planted: bool = True
    """Whether the raw table holds it as text; a hash or an instant of a planted row is only searched for."""


@dataclass
class MarkBook:
    """All marks of a drill, by a label that tells no value."""

    marks: dict[str, Mark] = field(default_factory=dict)

    def note(self, person: str, table: str, column: str, form: str, value: str, *, planted: bool = True) -> str:
        """Write a mark down; gives its value back."""
        label = f"{person}, {table}.{column}, {form}"
        number = sum(1 for known in self.marks if known == label or known.startswith(f"{label} ("))
        mark = Mark(person, table, column, form, value, planted)
        self.marks[f"{label} ({number + 1})" if number else label] = mark
        return value

    def word(self, person: str, table: str, column: str, form: str = "plain", *, accented: bool = False) -> str:
        """A new word that carries a mark."""
        return self.note(person, table, column, form, make_word(accented=accented))

    def identifier(self, person: str, table: str, column: str) -> str:
        """A new identifier; its hashes without a key are searched for too (LEAKS 15)."""
        value = self.word(person, table, column)
        for name in HASHES:
            digest = hashlib.new(name, value.encode(), usedforsecurity=False).hexdigest()
            self.note(person, table, column, name, digest, planted=False)
        return value


def make_word(*, accented: bool = False) -> str:
    """Twenty small letters by chance, of 10**16 words; with Estonian letters if asked for."""
    syllables = [secrets.choice(_SYLLABLES) for _ in range(_SYLLABLES_OF_A_WORD)]
    if accented:
        syllables[1::2] = [syllable.translate(_ACCENTED) for syllable in syllables[1::2]]
        syllables[0] = "ža"
    return "".join(syllables)


def make_digits(count: int) -> str:
    """Digits by chance, the first of which is not 0."""
    return str(1 + secrets.randbelow(9)) + "".join(str(secrets.randbelow(10)) for _ in range(count - 1))


def make_uuid() -> str:
    """A random UUID."""
    return str(uuid4())


def make_address() -> str:
    """An IPv6 address of the range for documentation (RFC 3849), which nobody has."""
    groups = [f"{4096 + secrets.randbelow(61_440):x}" for _ in range(6)]
    return ":".join(["2001", "db8", *groups])


def make_isikukood() -> str:
    """A valid Estonian personal code of somebody born before 1900, so that it is nobody's today."""
    born = f"{50 + secrets.randbelow(50)}{1 + secrets.randbelow(12):02}{1 + secrets.randbelow(28):02}"
    body = f"{1 + secrets.randbelow(2)}{born}{secrets.randbelow(1_000):03}"
    return body + str(ik.calc_check_digit(f"{body}0"))


def make_phone() -> str:
    """A number as Estonian mobile phones have, with the country's code and without a plus."""
    return "3725" + make_digits(7)


def make_iban() -> str:
    """An Estonian bank account with valid check digits."""
    account = make_digits(16)
    return f"EE{iban.calc_check_digits('EE00' + account)}{account}"


def make_metering_point() -> str:
    """An Estonian metering point (EIC) with its check character."""
    while True:
        body = f"38ZEE-{make_digits(8)}-"
        check = eic.calc_check_digit(body)
        if check != "-":  # no code may end so
            return body + str(check)
