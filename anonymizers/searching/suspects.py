"""Which of the night's values must be compared with the candidate's strange places: the engine's choice, in bounded batches.

The values' side of the search. What a value's parts are, and whether they stand there, belongs to `leak_scan`.
"""

from collections.abc import Iterator, Sequence
from functools import reduce
from string import Template

from anonymizers.engine import Table
from anonymizers.searching.identifying import SHORTEST
from anonymizers.searching.written_forms import JOINTS, run_together

GRAMS_AT_ONCE = 400
"""Alternatives of one pattern: the engines' automata stay small."""
VALUES_AT_ONCE = 200_000

_ESCAPES = "%[0-9A-Fa-fu][0-9A-Fa-f]|&#|&[a-z]+;|=40|(?:=[0-9A-Fa-f][0-9A-Fa-f]){2}|=[?]|[xX][nN]--"
"""Quoted-printable in pairs, or an at sign: one alone is every other parameter of an address."""
_TOKEN = "[A-Za-z0-9+/_-]"
_UNLIKE_A_WORD = (
    "(?:[a-z][0-9]?[A-Z]|[A-Z]{2}[a-z]|[A-Z][0-9]{1,2}[a-z]|[g-z][0-9]{1,2}[A-Za-z]|[A-Za-z][0-9]{1,2}[g-z]"
    "|[A-Z0-9][+/][A-Z0-9]|[a-z][+/][0-9])"
)
_WIDE_GROUPS = f"[AB]{_TOKEN}{{2}}[ABE]{_TOKEN}{{4}}[AB]{_TOKEN}{{2}}[ABE]"
_PLAIN_GROUP = "[I-Za-f][C-HS-Xi-nyz0-3][ABEFIJMNQRUVYZcdghklopstwx014589_/-]" + _TOKEN
_HEX = "[0-9A-Fa-f]"
_PLAIN_FIVE = "[E-P][ABEFIJMNQRUVYZ45][A-Z2-7][C-HS-X][ACEGIKMOQSUWY246][I-Z2-7][BCDJKLRSTZ23][A-Z2-7]"
_PACKED = (
    f"{_TOKEN}{{3}}{_UNLIKE_A_WORD}|{_UNLIKE_A_WORD}{_TOKEN}{{3}}",
    f"(?:{_PLAIN_GROUP}){{2}}",
    _WIDE_GROUPS,
    f"(?:[2-7c-fC-F]{_HEX}){{6}}",
    f"(?:[2-9a-dA-D]{_HEX}){{7}}",
    f"(?:{_HEX}{{2}}0[0-4]){{5}}|(?:0[0-4]{_HEX}{{2}}){{5}}",
    f"(?:[2-9a-fA-F]{_HEX}[ :.-]{{1,2}}(?:0[xX])?){{5}}",
    f"{_PLAIN_FIVE}|[A-Z2-7]{{12}}",
    f"{_PLAIN_FIVE.lower()}|[a-z2-7]{{24}}",
)
"""What may hold six letters once it is unpacked. Base64: a token in which large and small letters and digits follow each
other as in no word, two groups that hold plain letters, or four of UTF-16. Hexadecimal: six letters of ASCII or of a
one-byte page, seven bytes of UTF-8, five of UTF-16, or pairs that are parted. Base32: a group that holds five plain
letters, or a long run. Each for itself: together they make an automaton that engines give up on, 50 times slower."""
_OTHER_SIGNS = "[^ -Z^-~]"
"""Beyond ASCII, control signs, brackets and the backslash: the engine folds case for plain letters alone, and engines
read a backslash in their SQL each in a way of its own, so none stands in these patterns."""
_HIDDEN = (_OTHER_SIGNS, _ESCAPES, *_PACKED)

_SUSPECTS = """
SELECT found FROM (SELECT found, $bare AS bare FROM
    (SELECT min(said) AS found FROM (SELECT CAST($column AS STRING) AS said FROM $rows) each_row GROUP BY said))
WHERE length(found) >= $shortest AND ($hidden $holds_a_gram)
"""
"""Each value once, by `min`: through a DISTINCT engines push the patterns down to every row, eight times as many."""
_HOLDS_A_GRAM = "OR regexp_extract($found, '$pattern', 0) <> ''"
_FEWEST_LETTERS = 4
"""A gram of which less is left without its joints would make every other address a suspect."""


def choose_suspects(rows: Table, column: str, grams: Sequence[str]) -> Iterator[list[str]]:
    """Different values of a column that may hold one of the grams, a batch at a time: a superset.

    The engine leaves out what plainly does not: values of plain signs alone, without an escape or a packed token, in
    which no gram stands. `grams` are `canonical`, and of one length.
    """
    engine = rows.engine
    plain = [gram for gram in bare_grams(grams) if gram.isascii()]
    joint = [gram for gram in plain if not set(JOINTS).isdisjoint(gram)]
    bare = [gram for gram in plain if set(JOINTS).isdisjoint(gram)]
    suspects = engine.query(
        _SUSPECTS,
        rows=rows,
        column=column,
        bare=_BARE,
        shortest=SHORTEST,
        hidden=" OR ".join(f"regexp_extract(found, '{pattern}', 0) <> ''" for pattern in _HIDDEN),
        holds_a_gram=" ".join(
            (
                *_holds_one_of(bare, "bare"),
                *_holds_one_of(joint, "lower(found)"),
            )
        ),
    )
    found = engine.fetch(suspects)["found"]
    for start in range(0, len(found), VALUES_AT_ONCE):
        yield [value for value in found[start : start + VALUES_AT_ONCE].to_pylist() if value is not None]


def bare_grams(grams: Sequence[str]) -> list[str]:
    """The grams without their joints, each once; as it is, one of which too little would be left."""
    bare = ((gram, run_together(gram)) for gram in grams)
    return list(dict.fromkeys(left if len(left) >= _FEWEST_LETTERS else gram for gram, left in bare))


def _holds_one_of(grams: Sequence[str], found: str) -> Iterator[str]:
    for start in range(0, len(grams), GRAMS_AT_ONCE):
        pattern = "|".join("".join(map(_one, gram)) for gram in grams[start : start + GRAMS_AT_ONCE])
        yield Template(_HOLDS_A_GRAM).substitute(found=found, pattern=pattern)


def _one(sign: str) -> str:
    """A sign of a gram; for a blank, a blank as a value may have it."""
    if sign == " ":
        return "[ +]+"
    if sign.isalnum():
        return sign
    return "." if sign in "^[]\\'" else f"[{sign}]"


_BARE = reduce(lambda sql, joint: f"replace({sql}, '{joint}', '')", JOINTS, "lower(found)")
