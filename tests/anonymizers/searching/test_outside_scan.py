"""The scan outside the restricted store: a value that points at somebody is found in logs and databases, a plain word is not."""

import json
import sqlite3
import zlib

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.searching import outside_scan, written_forms
from anonymizers.searching.detectors import Kind
from anonymizers.searching.identifying import Public
from anonymizers.searching.outside_scan import OutsideReport, identifies_anywhere, scan_outside
from anonymizers.searching.told_texts import ToldTexts
from tests.anonymizers.searching.planting import CANNOT, FORMS, PLACES, VALUES, database
from tests.anonymizers.trials import trials

EMPTY = {"README.md": b"elektrum solar visitors topics published release"}
PUBLIC = Public.of(["elektrum solar visitors topics published release"])


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


def report(engine, files, values, empty=EMPTY) -> OutsideReport:
    rows = engine.table(pa.table({"value": pa.array(values, pa.string())}))
    found = scan_outside(iter(files), empty, {"registrations": (rows, ("value",))})
    assert found.files == len(files) and found.searched == ("registrations.value",)
    return found


def hits(engine, files, values, empty=EMPTY) -> int:
    return report(engine, files, values, empty).hits.get("registrations.value", 0)


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
    files = [("log", b"leak_scans step done, sha256:4710101003300ab, at 1700000004710101003")]
    assert hits(engine, files, ["leak_scans", "step", "done", "47101010033", "170000000"]) == 0
    assert hits(engine, [("log", b"of 47101010033.")], ["47101010033"]) == 1, "the control"


def test_a_file_that_cannot_be_opened_is_counted(engine):
    found = report(engine, [("a.gz", b"broken, but says mari@a.ee")], ["mari@a.ee"])
    assert found.unreadable == 1 and found.hits == {"registrations.value": 1} and not found.clean


@pytest.mark.parametrize(
    "value",
    [
        "https://portal.example/logi-sisse?e=x%40y.ee",
        "/tellimus?next=%2Fkonto%3Fe%3Dx%2540y.ee",
        "Tere, x@y.ee",
        "x@y.ee ",
        "e=eEB5LmVl",
    ],
)
def test_a_part_of_a_value_is_found_where_it_stands_alone(engine, value):
    files = [("dagster/history.db", events("cannot send to x@y.ee"))]
    assert hits(engine, files, [value, "Tere, z@y.ee", "arved"]) == 1


def test_a_name_in_a_search_is_found_where_it_stands_alone(engine):
    assert hits(engine, [("log", b"no account of Mari Maasikas")], ["/otsing?q=mari+maasikas", "/otsing?q=mari"]) == 1


@pytest.mark.parametrize("name", ["x.log", "latest.json", "history.db", "index.html"])
@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("Marius-Tammeveski", "Marius Tammeveski"),
        ("marius_tammeveski", "Marius Tammeveski"),
        ("Marius.Tammeveski", "Marius Tammeveski"),
        ("Marius, Tammeveski", "Marius Tammeveski"),
        ("Tammeveski Marius", "Marius Tammeveski"),
        ("Tammeveski, Marius", "Marius Tammeveski"),
        ("/klient/marius-tammeveski", "Marius Tammeveski"),
        ("Kuuse_tn_5-12,_Tartu", "Kuuse tn 5-12, Tartu"),
        ("korvokula-ehitus-ou", "Kõrvõkülä Ehitüs OÜ"),
    ],
)
def test_a_name_is_found_with_other_signs_between_its_words_and_turned_round(engine, name, said, value):
    said = f"see {said} end"
    content = {
        "x.log": said.encode(),
        "latest.json": json.dumps({"a": said}).encode(),
        "history.db": events(said),
        "index.html": f"<!doctype html><p>{said}</p>".encode(),
    }
    assert hits(engine, [(name, content[name])], [value, "Jaan Kask"]) == 1


def test_a_name_is_found_in_the_name_of_a_file(engine):
    assert hits(engine, [("published/Marius_Tammeveski.txt", b"x")], ["Marius Tammeveski"]) == 1


def test_a_word_that_a_program_gives_as_a_name_stays_one_word(engine):
    """As of a cookie, which stands in each of its values."""
    assert hits(engine, [("history.db", events("viimane_kasutaja"))], ["id=1; viimane_kasutaja=x"]) == 0
    assert hits(engine, [("history.db", events("see viimane_kasutaja"))], ["viimane kasutaja"]) == 1, "the control"


def test_a_file_that_cannot_be_read_is_counted(engine):
    found = report(engine, [("a", None), ("b", b"step")], ["mari@a.ee"])
    assert found.unreadable == 1 and not found.hits and not found.clean


@pytest.mark.parametrize("written", ["47101010033.0", "4.7101010033e10", "47101010.033"])
def test_a_number_with_a_fraction_is_compared_too(engine, written):
    block = f'<!doctype html><script type="application/ld+json">{{"a": {written}}}</script>'
    in_row = sqlite3.connect(":memory:")
    in_row.execute("CREATE TABLE told (who REAL)")
    in_row.execute("INSERT INTO told VALUES (?)", (float(written),))
    in_row.commit()
    files = {"run.json": f'{{"a": {written}}}'.encode(), "index.html": block.encode(), "x.db": in_row.serialize()}
    in_row.close()
    for name, content in files.items():
        assert hits(engine, [(name, content)], ["47101010033", "4710101003"]) == 1, name


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("asked from 100.79.23.58", Kind.IP_ADDRESS),
        ("asked from 2001:db8::8a2e:370:7334", Kind.IP_ADDRESS),
        ("no such person 47101010033", Kind.PERSONAL_CODE),
        ("sent to somebody@postkast.ee", Kind.EMAIL),
        ("sent to somebody%40postkast.ee", Kind.EMAIL),
        ("paid from EE382200221020145685", Kind.IBAN),
        ("metered at 38ZEE-00720081-K", Kind.METERING_POINT),
        ("call +372 5123 4567", Kind.TELEPHONE),
    ],
)
def test_what_looks_personal_is_told_by_its_kind_though_no_table_holds_it(engine, said, kind):
    found = report(engine, [("dagster/history.db", events(said))], ["nobody"])
    assert set(found.looks) == {kind} and not found.hits and not found.clean
    assert report(engine, [("log", said.encode())], ["nobody"]).looks == found.looks


def test_versions_instants_digests_and_lengths_of_time_look_like_nobodys(engine):
    said = (
        "dagster 1.13.4, finished in 1m23.4s, at 2026-11-22 22:09:26.158884 and 2026-11-22T22:09:27+00:00 of 2026-W47",
        "b1d14406-ea44-4f20-830c-3e75fbdb3db8",
        "run b1d14406-ea44-4f20-830c-3e75fbdb3db8 started",
        "1795385366",
    )
    assert report(engine, [("dagster/history.db", events(*said))], ["nobody"]).clean


def test_a_value_that_is_named_as_machines_name_things_is_found_alone_in_its_field(engine):
    cookie = "076f6b32-7b6e-4692-90fc-ac27e6f11e54"
    assert hits(engine, [("dagster/history.db", events(cookie))], [cookie.upper(), "076f6b32-0000"]) == 1
    assert hits(engine, [("dagster/history.db", events(f"no such cookie {cookie}"))], [cookie]) == 1, (
        "and in a sentence"
    )


def test_a_whole_table_that_stands_outside_is_told_and_the_search_ends(engine):
    values = [f"person{number:05}@postkast.ee" for number in range(5000)]
    found = report(engine, [("log", "\n".join(values).encode())], values[:50])
    assert found.hits == {"registrations.value": 50} and found.looks and not found.clean


def test_a_search_that_had_to_leave_something_out_is_not_clean(engine, monkeypatch):
    monkeypatch.setattr(outside_scan, "MOST_GRAMS", 3)
    found = report(engine, [("log", b"no account of Mari Maasikas")], ["Jaan Kask"])
    assert found.unreadable == 1 and not found.hits and not found.looks and not found.clean


def test_a_text_with_too_many_readings_is_counted_as_unread(engine, monkeypatch):
    monkeypatch.setattr(written_forms, "_MOST_READINGS", 3)
    found = report(engine, [("log", b"solar%20topics &amp; \\u00f5 =?utf-8?q?x?= =41=42")], ["Jaan Kask"])
    assert found.unreadable == 1 and not found.hits and not found.clean


@pytest.mark.parametrize("number", [47101010033, 100000000])
@pytest.mark.parametrize("file", ["history.db", "run.json"])
def test_a_number_that_is_written_as_one_is_compared_with_whole_values(engine, file, number):
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE told (who INTEGER)")
    connection.execute("INSERT INTO told VALUES (?)", (number,))
    connection.commit()
    content = connection.serialize() if file.endswith(".db") else json.dumps({"who": number, "at": 1700000004}).encode()
    connection.close()
    assert hits(engine, [(file, content)], [str(number), "4710101003", "1700000005"]) == 1


def test_what_a_database_has_deleted_is_read_as_long_as_its_page_is_there(engine):
    connection = sqlite3.connect(":memory:")
    connection.execute("PRAGMA secure_delete = OFF")
    connection.execute("CREATE TABLE told (said TEXT)")
    connection.executemany("INSERT INTO told VALUES (?)", [("no account of mari@a.ee",)] * 2000)
    connection.execute("DELETE FROM told")
    connection.commit()
    assert hits(engine, [("history.db", connection.serialize())], ["mari@a.ee"]) == 1
    connection.close()


documents = st.recursive(
    st.text("abcõ@. ", min_size=1, max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("xyz", min_size=1), inner, max_size=3),
)


@given(document=documents, deeper=st.booleans())
@trials(60)
def test_every_text_of_a_document_is_noted_however_deep(document, deeper):
    packed = json.dumps({"event": json.dumps(document) if deeper else document})
    told = ToldTexts.of([("x.db", database(packed)), ("y.json", packed.encode())])
    assert set(leaves(document)) <= told.texts.keys() and told.files == 2


def leaves(document):
    match document:
        case str():
            yield document
        case list():
            for each in document:
                yield from leaves(each)
        case dict():
            for key, value in document.items():
                yield from (key, *leaves(value))


def test_a_long_cell_is_read_whole(engine):
    assert hits(engine, [("ledger.db", database("Õie Mäekülaššk"))], ["Õie Mäekülaššk"], {}) == 1
