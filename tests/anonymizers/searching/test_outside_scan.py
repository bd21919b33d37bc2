"""The scan outside the restricted store: a value that points at somebody is found in logs and databases, a plain word is not."""

import json
import sqlite3
import zlib

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.searching.identifying import Public
from anonymizers.searching.outside_scan import identifies_anywhere, scan_outside
from anonymizers.searching.pieces import Pieces
from anonymizers.searching.written_forms import canonical
from tests.anonymizers.searching.planting import CANNOT, FORMS, PLACES, VALUES, database
from tests.anonymizers.trials import trials

PUBLIC = Public.of(["elektrum solar visitors topics published release"])
NOTHING = Public.of([])


def events(*said: str) -> bytes:
    """An event store as Dagster keeps one: JSON in rows, and packed blobs."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE event_logs (event TEXT, body BLOB)")
    for number in range(200):
        event = {
            "run": f"{number:08x}-4e3a-9c1d",
            "step": "leak_scan",
            "at": 1700000000 + number,
            "message": "step done",
        }
        connection.execute("INSERT INTO event_logs VALUES (?, ?)", (json.dumps(event), zlib.compress(b"cursor 12")))
    for text in said:
        connection.execute("INSERT INTO event_logs VALUES (?, ?)", (json.dumps({"message": text}), None))
    connection.commit()
    content = connection.serialize()
    connection.close()
    return content


def hits(engine, files, values, public=PUBLIC) -> int:
    rows = engine.table(pa.table({"value": pa.array(values, pa.string())}))
    report = scan_outside(lambda: iter(files), public, {"registrations": (rows, ("value",))})
    assert report.files == len(files) and report.searched == ("registrations.value",)
    return report.hits.get("registrations.value", 0)


@pytest.mark.parametrize("form", FORMS)
def test_every_value_is_found_in_an_event_store_in_every_written_form(engine, form):
    known = {label: value for label, value in VALUES.items() if (form, label) not in CANNOT}
    files = [("dagster/history.db", events(*(FORMS[form](value) for value in known.values())))]
    strangers = [f"{value[::-1]}q" for value in VALUES.values()]
    assert hits(engine, files, [*known.values(), *strangers, None, ""]) == len(known)


@pytest.mark.parametrize("place", sorted(PLACES))
def test_a_value_is_found_in_every_place(engine, place):
    assert hits(engine, [PLACES[place](VALUES["e-mail"])], [VALUES["e-mail"], "nobody@nowhere.ee"]) == 1


def test_a_store_of_a_run_is_clean(engine):
    assert hits(engine, [("dagster/history.db", events()), ("log", b"step done")], list(VALUES.values())) == 0


@pytest.mark.parametrize(
    ("value", "counts"),
    [
        ("mari@a.ee", True),
        ("mari maasikas", True),
        ("registration", False),
        ("solar visitors", False),
        ("47101010033", True),
        ("12345678", False),
        ("ee00000001", True),
        ("7f3k9q2x", True),
        ("abc12", False),
        ("7f3k9q", False),
    ],
)
def test_only_what_points_at_somebody_anywhere_counts(value, counts):
    assert identifies_anywhere(value, PUBLIC) is counts


def test_plain_words_and_pieces_of_numbers_do_not_cry_wolf(engine):
    files = [("log", b"leak_scan step done, sha256:4710101003300ab, at 1700000004710101003")]
    assert hits(engine, files, ["leak_scan", "step", "done", "47101010033", "170000000"]) == 0
    assert hits(engine, [("log", b"of 47101010033.")], ["47101010033"]) == 1, "the control"


def test_a_file_that_cannot_be_opened_is_counted(engine):
    rows = engine.table(pa.table({"value": ["mari@a.ee"]}))
    files = [("a.gz", b"broken, but says mari@a.ee")]
    report = scan_outside(lambda: iter(files), PUBLIC, {"r": (rows, ("value",))})
    assert report.unreadable == 1 and report.hits == {"r.value": 1}


@given(texts=st.lists(st.text(max_size=40), max_size=5), data=st.data())
@trials(60)
def test_what_stands_in_a_text_is_held_by_its_pieces(texts, data):
    spelled = [canonical(text) for text in texts]
    pieces = Pieces.of(spelled)
    for text in spelled:
        if len(text) >= 6:
            start = data.draw(st.integers(0, len(text) - 6))
            value = text[start : data.draw(st.integers(start + 6, len(text)))]
            assert pieces.held(["nowhere to be found", value, "short"]) == [value]
    assert pieces.as_table().num_rows == len(pieces.numbers)


def test_a_long_cell_is_read_whole(engine):
    assert hits(engine, [("ledger.db", database("Õie Mäekülaššk"))], ["Õie Mäekülaššk"], NOTHING) == 1
