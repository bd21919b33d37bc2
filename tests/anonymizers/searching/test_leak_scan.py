"""The scan for personal values: what is planted is found in any file, place and form; what cannot identify is not sought."""

import gzip
import re
from dataclasses import dataclass, replace
from hashlib import sha256

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from anonymizers.contract import ColumnClass, Purpose, Role
from anonymizers.counting.draw import UNIT, Draw
from anonymizers.counting.measure import cells_of
from anonymizers.counting.plan import plan
from anonymizers.refusal import Refusal
from anonymizers.releasing.release import Release, compose
from anonymizers.searching.identifying import Public
from anonymizers.searching.leak_scan import must_search, read_all, scan
from anonymizers.searching.strange_places import find_strange_places
from anonymizers.searching.written_forms import canonical
from tests.anonymizers.releasing.candidates import tables_of
from tests.anonymizers.searching.planting import CANNOT, FORMS, PLACES, VALUES
from tests.anonymizers.trials import trials

MARKED = "Õie-Žanna Mäekülaššk +372 5123"
LETTERS = "abcxyzõäöüšžéñßøŁłжЯΣσςİµſŉǅ🙂𐐀𐐨e\u0301\u200b-_ .@/0189"


@dataclass(frozen=True)
class Files:
    """A candidate that is no release: files alone."""

    files: dict[str, bytes]

    @property
    def digest(self) -> str:
        return sha256(repr(sorted(self.files.items())).encode()).hexdigest()


OF_A_RELEASE = (
    *("text", "JSON", "CSV, gzip", "name of a file"),
    *("Parquet page", "Parquet, delta", "Parquet dictionary", "Parquet footer"),
)
"""The eight kinds of places that a release has; `test_marks` has all."""
LITTLE = Files({"README.md": b"topic visitors solar about seen see user end content nothing also see also: content:"})
"""What is public where a test plants into single files."""


def planted(release: Release, name: str, text: str, part: float = 0.5) -> Release:
    """The release with a text put into one file, compressed as that file is; a Parquet file is written anew around it."""
    if name.endswith(".parquet"):
        return replace(release, files={**release.files, name: PLACES["Parquet page"](text)[1]})
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


def noisy(site, edition, seed: int) -> Release:
    """A release of numbers that noise made: large and small cells, some below nought."""
    numbers, spent = np.random.default_rng(seed), plan(site, edition.window)
    drawn: dict[str, dict[str, dict[str, tuple[int, ...]]]] = {}
    for each in spent.measures:
        size = int(numbers.choice([3, 300, 30_000, 300_000]))
        cells = [UNIT * each.weight(cell) * int(numbers.normal(size, 60)) for cell in cells_of(each, site, spent)]
        drawn.setdefault(each.statistic.part, {}).setdefault(each.statistic.name, {})[each.name] = tuple(cells)
    draws = {part: Draw(edition.release, part, spent.digest, tables) for part, tables in drawn.items()}
    return compose(site, edition, tables_of(site, edition, draws))


def test_a_planted_value_is_found_in_every_file(engine, release, empty):
    assert hits(engine, release, empty, [MARKED, "Somebody Else", None]) == 0
    for name in release.files:
        assert hits(engine, planted(release, name, MARKED), empty, [MARKED, "Somebody Else", None]) == 1, name


@pytest.mark.parametrize("place", OF_A_RELEASE)
def test_every_value_is_found_in_every_written_form_in_every_place(engine, place):
    """Recall 100 % on the corpus; a value's own form too, for a raw table may hold it encoded."""
    strangers = [f"{value[::-1]}q" for value in VALUES.values()]
    for form, write in FORMS.items():
        known = {
            label: value
            for label, value in VALUES.items()
            if (form, label) not in CANNOT and not ("name" in place and set("/\x00") & set(write(value)))
        }
        files = dict(
            PLACES[place](write(value)) if place == "name of a file" else (f"{number}{name}", content)
            for number, value in enumerate(known.values())
            for name, content in [PLACES[place](write(value))]
        )
        found = hits(engine, Files(files), LITTLE, [*known.values(), *strangers])
        assert found == len(known), f"{form} in {place}"


@given(
    file=st.integers(0, 99),
    part=st.floats(0, 1),
    value=st.text(LETTERS, min_size=6, max_size=30).filter(
        lambda text: not set(canonical(text)) <= set("0123456789abcdef")
    ),
    case=st.sampled_from((str.upper, str.lower, str.title, str.swapcase, str.casefold, str)),
)
@example(file=-3, part=0.5, value="Öösel Ülo ŠMIDT", case=str.upper)
@example(file=1, part=1.0, value="Strauß GmbH", case=str.upper)
@example(file=0, part=0.5, value="ΟΔΥΣΣΕΥΣ", case=str.lower)
@trials(12)
def test_a_planted_value_is_found_in_any_place_and_any_case(engine, release, empty, file, part, value, case):
    public = Public.of(read_all(empty))
    assume(canonical(case(value)) == canonical(value) and public.identifies(canonical(value)))
    name = list(release.files)[file % len(release.files)]
    assert hits(engine, planted(release, name, f" {case(value)} ", part), empty, [value]) == 1


def test_a_value_in_the_name_of_a_file_is_found(engine, release, empty):
    assert hits(engine, replace(release, files={**release.files, f"{MARKED}.csv": b""}), empty, [MARKED]) == 1


@pytest.mark.parametrize(
    ("value", "text", "found"),
    [
        ("Mariu", "mariu", 0),
        ("Marius", "MARIUS", 1),
        ("Marius", "xMariusx", 1),
        ("Marius Tamm", "x Marius x", 1),
        ("https://a.ee/a/Marius?x=1", "x Marius x", 1),
        ("https://a.ee/?mail=mari%40n%C3%A4ide.ee", "x mari@näide.ee x", 1),
        ("https://a.ee/?u=bWFyaUBleGFtcGxlLmVl", "mari@example.ee", 1),
        ("https://a.ee/?u=6d617269406578616d706c652e6565", "mari@example.ee", 1),
        ("https://a.ee/a/solar", "solar", 0),
        ("Mari+Maasikas", "mari maasikas", 1),
        ("12345678", "12345678", 0),
        ("123456789", " 123456789,", 1),
        ("123456789", "1123456789", 0),
        ("123456789", "id123456789a", 1),
        ("+372512", "+372512", 0),
        ("+372 5123 4567", "+372 5123 4567", 1),
        ("+372 5123 4567", "37251234567", 1),
        ("37251234567", "372.5123-4567", 1),
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
    leaking = planted(release, "privacy.json", "Mari Maasikas, Jüri Õunapuu")
    values = [
        "Mari Maasikas",
        "MARI MAASIKAS",
        "mari maasikas",
        "Jüri Õunapuu",
        "JÜRI ÕUNAPUU",
        "Peeter Paan",
        None,
        "",
    ]
    assert hits(engine, leaking, empty, values) == 2


@pytest.mark.parametrize("first", [0x20, 0x400, 0x1E00, 0xA640, 0xFF00, 0x10400])
def test_no_letter_of_any_script_makes_the_engine_lose_a_value(engine, first):
    """Engines fold case by tables of their own; each letter here stands in a value of its own."""
    letters = [chr(code) for code in range(first, first + 0x200) if chr(code).isalpha()]
    values = [f"{letter}:mari:{place}:{letter}" for place, letter in enumerate(letters)]
    for case in (str.upper, str.lower):
        said = [case(value) for value in values]
        same = len({canonical(a) for a, b in zip(values, said, strict=True) if canonical(a) == canonical(b)})
        assert same >= 0.9 * len({*map(canonical, values)})
        assert hits(engine, Files({"a.txt": " ".join(said).encode()}), LITTLE, values) >= same


def test_a_candidate_full_of_foreign_words_is_refused(engine, empty, release):
    words = " ".join(f"{number}wort{number * 7919}" for number in range(5000))
    with pytest.raises(Refusal, match="words that the site folder does not give"):
        hits(engine, planted(release, "README.md", words), empty, [MARKED])


def test_the_scan_must_search_every_column_that_can_point_at_a_person(sources):
    """All but columns that nobody of the release's path may read: IP address, cookies as sent, and ids of single events."""
    columns = must_search(sources)
    for table, source in {"clickstream": sources.clickstream, "registrations": sources.registrations}.items():
        pointing = {
            role for role, column in source.columns.items() if column.column_class is not ColumnClass.NON_PERSONAL
        }
        left_out = {role for role in pointing if role.value not in columns[table]}
        assert left_out <= {Role.IP, Role.COOKIES, Role.EVENT_ID, Role.INSTANT}
        assert all(Purpose.LEAK_SCAN in source.columns[Role(column)].purposes for column in columns[table])
    assert {"name", "company", "isikukood", "email", "phone", "address"} <= set(columns["registrations"])


def test_a_compressed_file_that_cannot_be_opened_stops_the_scan(engine, release, empty):
    broken = replace(release, files={**release.files, "segments.csv.gz": b"no gzip"})
    with pytest.raises(Refusal, match=r"segments\.csv\.gz holds 1 container"):
        hits(engine, broken, empty, [MARKED])


@pytest.mark.parametrize("seed", range(10))
def test_nothing_in_a_clean_release_can_be_taken_for_a_person(site, edition, empty, seed):
    """Twenty clean releases, ten of a day and ten of a week: no place in them is strange, whoever's values are sought. So
    no stranger can stop a release, whatever words he sends."""
    strange = find_strange_places(read_all(noisy(site, edition, seed)), Public.of(read_all(empty)))
    assert strange.phrases == () and strange.grams == ()


@given(data=st.data())
@trials(12)
def test_no_part_of_a_release_is_itself_a_leak(engine, release, empty, data):
    """Else whoever writes it into a raw table, as a user agent or a company, stops every release for good."""
    text = data.draw(st.sampled_from(sorted(read_all(release), key=len)[-12:]))
    place = data.draw(st.integers(0, len(text) - 1))
    assert hits(engine, release, empty, [text[place : place + data.draw(st.integers(6, 60))]]) == 0


def test_only_digests_of_the_releases_own_files_are_left_out(engine, release, empty):
    own = sha256(release.files["README.md"]).hexdigest()
    assert own in release.files["manifest.json"].decode()
    foreign = sha256(MARKED.encode()).hexdigest()
    assert hits(engine, release, empty, [own, own[:12]]) == 0
    assert hits(engine, planted(release, "privacy.json", f" {foreign} "), empty, [foreign]) == 1


def test_a_number_that_every_release_prints_is_no_leak(engine, release, empty):
    numbers = re.findall(r"\d\.\d{9,}", release.files["privacy.json"].decode())
    assert numbers and hits(engine, release, empty, [*numbers, *(number.removeprefix("0.") for number in numbers)]) == 0
    assert hits(engine, planted(release, "README.md", " 36805280109 "), empty, ["36805280109"]) == 1, "the control"
