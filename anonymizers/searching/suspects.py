"""Which of the night's values must be compared with the candidate's strange places: the engine's choice, in bounded batches.

The values' side of the search. What a value's parts are, and whether they stand there, belongs to `leak_scan`.
"""

from collections.abc import Iterator, Sequence
from string import Template

from anonymizers.engine import Table
from anonymizers.searching.identifying import SHORTEST

GRAMS_AT_ONCE = 400
"""Alternatives of one pattern: the engines' automata stay small."""
VALUES_AT_ONCE = 200_000

_ESCAPES = "%[0-9A-Fa-fu][0-9A-Fa-f]|&#|&[a-z]+;|=40|(?:=[0-9A-Fa-f][0-9A-Fa-f]){2}|=[?]|[xX][nN]--"
"""Quoted-printable in pairs, or an at sign: one alone is every other parameter of an address."""
_PACKED = (
    "(?:[A-Za-f][A-HQ-Xg-nwxyz0-3][ABEFIJMNQRUVYZcdghklopstwx014589_/-][A-Za-z0-9+/_-]){3}|(?:[2-7][0-9A-Fa-f]){6}"
    "|[A-Z2-7]{16}|[a-z2-7]{24}"
)
"""Three groups of base64, or six pairs of hexadecimal digits, that hold plain letters; or what may be base32."""
_OTHER_SIGNS = "[^ -Z^-~]"
"""Beyond ASCII, control signs, brackets and the backslash: the engine folds case for plain letters alone, and engines
read a backslash in their SQL each in a way of its own, so none stands in these patterns."""

_SUSPECTS = """
SELECT found FROM (SELECT DISTINCT CAST($column AS STRING) AS found FROM $rows)
WHERE length(found) >= $shortest AND (regexp_extract(found, '$hidden', 0) <> '' $holds_a_gram)
"""
_HOLDS_A_GRAM = "OR regexp_extract(lower(found), '$pattern', 0) <> ''"


def choose_suspects(rows: Table, column: str, grams: Sequence[str]) -> Iterator[list[str]]:
    """Different values of a column that may hold one of the grams, a batch at a time: a superset.

    The engine leaves out what plainly does not: values of plain signs alone, without an escape or a packed token, in
    which no gram stands. `grams` are `canonical`, and of one length.
    """
    engine = rows.engine
    plain = [gram for gram in grams if gram.isascii()]
    patterns = [_pattern(plain[start : start + GRAMS_AT_ONCE]) for start in range(0, len(plain), GRAMS_AT_ONCE)]
    suspects = engine.query(
        _SUSPECTS,
        rows=rows,
        column=column,
        shortest=SHORTEST,
        hidden=f"{_OTHER_SIGNS}|{_ESCAPES}|{_PACKED}",
        holds_a_gram=" ".join(Template(_HOLDS_A_GRAM).substitute(pattern=each) for each in patterns),
    )
    found = engine.fetch(suspects)["found"]
    for start in range(0, len(found), VALUES_AT_ONCE):
        yield [value for value in found[start : start + VALUES_AT_ONCE].to_pylist() if value is not None]


def _pattern(grams: Sequence[str]) -> str:
    """Any of the grams; blanks as a value may have them, and digits with what people put between digits."""
    return "|".join("".join(_one(gram, place) for place in range(len(gram))) for gram in grams)


def _one(gram: str, place: int) -> str:
    letter, after = gram[place], gram[place + 1 : place + 2]
    if letter == " ":
        return "[ +]+"
    if letter.isdigit() and after.isdigit():
        return f"{letter}[ ().+/-]{{0,3}}"
    if letter.isalnum():
        return letter
    return "." if letter in "^[]\\'" else f"[{letter}]"
