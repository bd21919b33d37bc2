"""Values that somebody sends on purpose: none stops a night, by its length, by its escapes or by letters that are none."""

import pyarrow as pa
import pytest

from anonymizers.searching.decoders import decoded
from anonymizers.searching.leak_scan import scan
from anonymizers.searching.letters import canonical
from anonymizers.searching.packed_tokens import unpacked
from anonymizers.searching.sought import hidden_forms, parts_of, plain_forms
from anonymizers.searching.written_forms import plain_readings
from tests.anonymizers.searching.test_leak_scan import LITTLE, Files

LONG = 1 << 20
RUNS = (
    *(
        " ",
        "\t",
        "\n",
        "\r",
        " \n",
        "\f ",
        "a",
        "A",
        "7",
        "f",
        "=",
        "= ",
        "%",
        "&",
        "&#",
        "\\",
        "\\x",
        "+",
        "-",
        "_",
        ".",
    ),
    *(
        "a ",
        "1 ",
        "1,",
        "41 ",
        "41:",
        "a\n",
        "xn--",
        "xn--a",
        "=?a?q?",
        "=?utf-8?b?",
        "?=",
        "( ",
        "at ",
        "%41",
        "&#65;",
    ),
)
TOO_MANY_WAYS = (
    r"bsol;\\&&#92;equals;\x&#37;5C\x26percnt;=%3D%3Dxn--a-xn--a-\xxn--a-xn--a-%5C\x2526=5C%26bsol;\x26=5Cequals;percnt;"
    r"=2526percnt;"
)
HALF_A_LETTER = ("https://x.ee/?h=xn--a-rc4g", "=?utf-7?q?+2AA-?= Jaan", "\\ud800\\ud800 x", "%ud800x", "&#xD800;abc")


@pytest.mark.parametrize("run", RUNS, ids=repr)
def test_a_megabyte_of_one_sign_is_read_in_one_go(run):
    """With a pattern that goes over a run again from each of its signs, one of these would take hours."""
    text = f"a{(run * LONG)[:LONG]}x\ny"
    for spelled in (canonical(text), *decoded(text), *unpacked(text)):
        assert len(spelled) <= 2 * LONG


@pytest.mark.parametrize("run", [" ", "- ", "a ", "a, ", "7 ", "/", "_"], ids=repr)
def test_the_parts_of_a_megabyte_are_found_in_one_go(run):
    text = f"a{(run * LONG)[: LONG // 8]}x\ny"
    assert plain_forms(text) | hidden_forms(text)[0] and max(map(len, parts_of(text)), default=0) <= len(text)


def _hits(engine, values, text):
    rows = engine.table(pa.table({"value": pa.array(values, pa.string())}))
    return scan(Files({"a.txt": text.encode()}), LITTLE, {"registrations": (rows, ("value",))})


def test_a_value_that_can_be_read_in_too_many_ways_is_counted_and_the_others_are_searched(engine):
    for text in ("solar,45,40,50,67,60,75", "see Marius Maasikas also"):
        report = _hits(engine, [TOO_MANY_WAYS, "Marius Maasikas"], text)
        assert sum(report.hits.values()) == ("Marius" in text)
    assert report.cut_short == 1


def test_numbers_of_a_table_are_no_text():
    assert list(unpacked("2026-11-21,solar,view,45,40,50,67,60,75\r\n")) == []


@pytest.mark.parametrize("value", HALF_A_LETTER)
def test_no_reading_holds_half_a_letter(engine, value):
    for reading in (*plain_readings(value), *decoded(value)):
        reading.encode("utf-8")
    assert _hits(engine, [value, "Marius Maasikas"], "see Marius Maasikas").hits == {"registrations.value": 1}


def test_a_bomb_in_a_token_ends_early():
    import base64
    import zlib

    token = base64.b64encode(zlib.compress(b"Marius " * (1 << 20))).decode()
    assert sum(map(len, unpacked(token))) < 200 * len(token)
