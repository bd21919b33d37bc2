"""The scan for personal values: what is planted is found in any file, place and case; what cannot identify is not sought."""

import gzip
import re
from dataclasses import replace

import pyarrow as pa
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from anonymizers.contract import ColumnClass, Purpose, Role
from anonymizers.releasing.leak_scan import folded, identifies, must_search, scan, searchable, stands_in
from anonymizers.releasing.release import Release
from tests.anonymizers.trials import trials

MARKED = "Õie-Žanna Mäekülaššk +372 5123"
LETTERS = "abcxyzõäöüšžéñßøŁłжЯΣσςİµſŉǅ🙂𐐀𐐨e\u0301\u200b-_ .@/0189"


def planted(release: Release, name: str, text: str, part: float = 0.5) -> Release:
    """The release with a text put into one file, compressed as that file is."""
    content = gzip.decompress(release.files[name]) if name.endswith(".gz") else release.files[name]
    at = round(part * len(content))
    content = content[:at] + text.encode() + content[at:]
    return replace(release, files={**release.files, name: gzip.compress(content) if name.endswith(".gz") else content})


def hits(engine, release, empty, values) -> int:
    rows = engine.table(pa.table({"value": pa.array(values, pa.string())}))
    report = scan(release, empty, {"registrations": (rows, ("value",))})
    assert report.candidate == release.digest and report.searched == ("registrations.value",)
    assert set(report.hits) <= {"registrations.value"} and 0 not in report.hits.values()
    return report.hits.get("registrations.value", 0)


def test_a_planted_value_is_found_in_every_file(engine, release, empty):
    assert hits(engine, release, empty, [MARKED, "Somebody Else", None]) == 0
    for name in release.files:
        assert hits(engine, planted(release, name, MARKED), empty, [MARKED, "Somebody Else", None]) == 1, name


@given(
    file=st.integers(0, 99),
    part=st.floats(0, 1),
    value=st.text(LETTERS, min_size=6, max_size=30).filter(
        lambda text: not set(folded(text)) <= set("0123456789abcdef")
    ),
    case=st.sampled_from((str.upper, str.lower, str.title, str.swapcase, str.casefold, str)),
)
@example(file=-3, part=0.5, value="Öösel Ülo ŠMIDT", case=str.upper)
@example(file=1, part=1.0, value="Strauß GmbH", case=str.upper)
@example(file=0, part=0.5, value="ΟΔΥΣΣΕΥΣ", case=str.lower)
@trials(20)
def test_a_planted_value_is_found_in_any_place_and_any_case(engine, release, empty, file, part, value, case):
    assume(folded(case(value)) == folded(value) and identifies(folded(value), searchable(empty)))
    name = list(release.files)[file % len(release.files)]
    assert hits(engine, planted(release, name, case(value), part), empty, [value]) == 1


def test_a_value_in_the_name_of_a_file_is_found(engine, release, empty):
    assert hits(engine, replace(release, files={**release.files, f"{MARKED}.csv": b""}), empty, [MARKED]) == 1


@pytest.mark.parametrize(
    ("value", "text", "found"),
    [
        ("Mariu", "mariu", 0),
        ("Marius", "MARIUS", 1),
        ("Marius", "xMariusx", 1),
        ("12345678", "12345678", 0),
        ("123456789", " 123456789,", 1),
        ("123456789", "1123456789", 0),
        ("123456789", "123456789a", 0),
        ("+372512", "+372512", 0),
        ("+372 5123 4567", "+372 5123 4567", 1),
        ("chrome,solar,all_visitors", "chrome,solar,all_visitors", 0),
        ("2026-11-20,10,solar", "2026-11-20,10,solar", 0),
        ("chrome,desktop,mari", "chrome,desktop,mari", 1),
        ("deadbeef", "00deadbeef00", 0),
        ("deadbeef", "_DEADBEEF\n", 1),
        ("DEADBEEF", "xdeadbeef", 0),
        ("ee00000001", '"EE00000001"', 1),
        ("deadbeefg", "00deadbeefg0", 1),
        ("visitors", "visitors", 0),
        ("All_Visitors", "all_visitors", 0),
    ],
)
def test_what_can_identify_is_sought_by_length_digits_whole_words_and_public_words(
    engine, release, empty, value, text, found
):
    assert hits(engine, planted(release, "README.md", f" {text} "), empty, [value]) == found


def test_a_word_that_the_site_itself_publishes_is_no_leak(engine, release, empty, site):
    public = [site.title, site.policy.url, *(topic.topic for topic in site.topics), "visitors", "sha256"]
    assert hits(engine, release, empty, public) == 0


def test_different_values_are_counted_once_whatever_their_case(engine, release, empty):
    leaking = planted(release, "privacy.json", "Mari Maasikas, Jüri Õun")
    values = ["Mari Maasikas", "MARI MAASIKAS", "mari maasikas", "Jüri Õun", "JÜRI ÕUN", "Peeter Paan", None, ""]
    assert hits(engine, leaking, empty, values) == 2


TEXTS = st.text(LETTERS, max_size=60)
PIECES = st.tuples(st.integers(0, 60), st.integers(0, 20), st.sampled_from((str.upper, str.lower, str, str.title)))


@given(text=TEXTS, pieces=st.lists(PIECES, max_size=20), others=st.lists(st.text(max_size=12), max_size=10))
@example(
    text="xİstanbul straße ΟΔΟΣ",
    pieces=[(1, 8, str), (10, 6, str), (10, 6, str.upper), (17, 9, str)],
    others=["ΟΔΟς x"],
)
@trials(60)
def test_the_engines_choice_never_loses_a_value_that_a_plain_search_finds(engine, release, empty, text, pieces, others):
    values = [case(text[start : start + length]) for start, length, case in pieces] + others
    leaking = planted(release, "README.md", text)
    told, public = searchable(leaking), searchable(empty)
    plain = {folded(value) for value in values if stands_in(folded(value), told, public)}
    assert hits(engine, leaking, empty, values) == len(plain)


@pytest.mark.parametrize("first", [*range(0x20, 0x2000, 0x600), 0x1E00, 0xA640, 0xFF00, 0x10400, 0x1E900])
def test_no_letter_of_any_script_makes_the_engine_lose_a_value(engine, release, empty, first):
    """Engines fold case by tables of their own; each letter here stands in a value of its own."""
    letters = [chr(code) for code in range(first, first + 0x600) if chr(code).isprintable() and chr(code) != " "]
    values = [f"{letter}:mari:{place}:{letter}" for place, letter in enumerate(letters)]
    for case in (str.upper, str.lower):
        said = [case(value) for value in values]
        same = sum(folded(a) == folded(b) for a, b in zip(values, said, strict=True))
        assert same >= len(values) - 2, "dotless i and its like"
        assert hits(engine, planted(release, "README.md", " ".join(said)), empty, values) >= same


def test_the_scan_must_search_every_column_that_can_point_at_a_person(sources):
    """All but columns that nobody of the release's path may read: the IP address and ids of single events (promise 5)."""
    columns = must_search(sources)
    for table, source in {"clickstream": sources.clickstream, "registrations": sources.registrations}.items():
        pointing = {
            role for role, column in source.columns.items() if column.column_class is not ColumnClass.NON_PERSONAL
        }
        left_out = {role for role in pointing if role.value not in columns[table]}
        assert left_out <= {Role.IP, Role.EVENT_ID, Role.INSTANT}
        assert all(Purpose.LEAK_SCAN in source.columns[Role(column)].purposes for column in columns[table])
    assert {"name", "company", "isikukood", "email", "phone", "address"} <= set(columns["registrations"])


def test_a_compressed_file_that_cannot_be_opened_stops_the_scan(engine, release, empty):
    broken = replace(release, files={**release.files, "segments.csv.gz": b"no gzip"})
    with pytest.raises(gzip.BadGzipFile):
        hits(engine, broken, empty, [MARKED])


@given(data=st.data())
@trials(300)
def test_no_part_of_a_release_is_itself_a_leak(release, empty, data):
    """Else whoever writes it into a raw table, as a user agent or a company, stops every release for good."""
    readable = {name: content for name, content in release.files.items() if not name.endswith(".parquet")}
    text, public = searchable(replace(release, files=readable)), searchable(empty)
    place = data.draw(st.integers(0, len(text) - 1))
    value = text[place : place + data.draw(st.integers(6, 60))]
    assert not stands_in(value, text, public)


def test_a_number_that_every_release_prints_is_no_leak(release, empty):
    text, public = searchable(release), searchable(empty)
    numbers = re.findall(r"\d\.\d{9,}", release.files["privacy.json"].decode())
    assert numbers and not any(stands_in(number, text, public) for number in numbers)
    assert not any(stands_in(number.removeprefix("0."), text, public) for number in numbers)
    assert stands_in("36805280109", text + " 36805280109 ", public), "the control: another number is one"


def test_the_beginning_of_a_digest_is_no_leak(release, empty):
    text, public = searchable(release), searchable(empty)
    digest = re.search(r"sha256:[0-9a-f]{64}", release.files["datapackage.json"].decode())
    assert digest and not stands_in(digest.group()[:12], text, public)
