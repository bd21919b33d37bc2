"""Every value in every written form in every place is found, and nothing else is: the search's positive control."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.searching.marks import UNREADABLE, Finding, find
from anonymizers.searching.written_forms import canonical
from tests.anonymizers.searching.planting import CANNOT, FORMS, PLACES, VALUES, database, suppressed
from tests.anonymizers.trials import trials

OTHERS = {f"other {label}": f"{value[::-1]}q" for label, value in VALUES.items()}
"""Values of the same shapes that stand nowhere."""


def test_the_corpus_is_as_large_as_promised():
    assert len(VALUES) >= 10 and len(FORMS) >= 30 and len(PLACES) >= 8


@pytest.mark.parametrize("place", PLACES)
def test_every_value_is_found_in_every_written_form(place):
    missed = []
    for form, write in FORMS.items():
        for label, value in VALUES.items():
            written = write(value)
            if (form, label) in CANNOT or ("name" in place and ("/" in written or "\x00" in written)):
                continue
            name, content = PLACES[place](written)
            labels = {finding.label for finding in find(VALUES | OTHERS, [(name, content)])}
            if labels != {label}:
                missed.append((form, label, sorted(labels)))
    assert not missed


def test_a_finding_says_where_and_never_what():
    marked = VALUES["name"]
    files = [("a", b"nothing"), ("log.txt", f"a {marked} b".encode()), (f"x-{marked}-y", b"")]
    findings = find({"name": marked}, files)
    assert findings == [Finding("name", "file 2 (by its name)"), Finding("name", "log.txt")]
    assert marked not in str(findings)


def test_a_suppressed_word_in_a_dictionary_page_is_found():
    found = find({"e-mail": "mari@example.ee"}, [("topics.parquet", suppressed("mari@example.ee"))])
    assert Finding("e-mail", "topics.parquet page") in found


def test_a_cell_that_pages_tear_apart_is_found_whole():
    value = "Pikk nimi " * 900
    content = database(value)
    assert value.encode() not in content, "the control: in the raw bytes it is torn"
    assert Finding("name", "told.db rows") in find({"name": value.strip()[:4000]}, [("told.db", content)])


def test_a_file_that_cannot_be_opened_is_reported():
    assert find(VALUES, [("a.csv.gz", b"no gzip")]) == [Finding(UNREADABLE, "a.csv.gz")]
    assert Finding(UNREADABLE, "a.pdf") in find(VALUES, [("a.pdf", b"%PDF-1.7 ...")])


def test_a_mark_without_letters_is_refused():
    with pytest.raises(ValueError, match="the mark x"):
        find({"x": " - "}, [])


LAYERS = [
    name for name in FORMS if name not in ("UTF-8 read as windows-1257", "UTF-16 letter by letter", "glued", "wrapped")
]
WORDS = st.text("abcdefghijklmnoprstuvõäöüšžé .-@0123456789", min_size=8, max_size=40)


@given(
    value=WORDS.filter(lambda text: sum(map(str.isalnum, canonical(text))) >= 6),
    layers=st.lists(
        st.sampled_from(["percent", "base64", "JSON", "hexadecimal", "decimal entities", "quoted-printable"]),
        max_size=3,
    ),
    place=st.sampled_from(sorted(PLACES.keys() - {"name of a file", "name in a gzip head"})),
)
@trials(60)
def test_any_value_behind_any_layers_in_any_place_is_found(value, layers, place):
    written = value
    for layer in layers:
        written = FORMS[layer](written)
    assert "it" in {finding.label for finding in find({"it": value}, [PLACES[place](f" {written} ")])}
