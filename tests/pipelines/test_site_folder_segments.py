"""Mistakes in segments.yaml are told with file, line and remedy; a site without the file has no segments."""

import re
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anonymizers.refusal import Reason, Refusal
from pipelines.site_folder import mistakes, read_site_folder
from tests.worlds import SITES

SHIPPED = (SITES / "elektrum" / "segments.yaml").read_text(encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A good site folder to spoil. No partner was promised any of its segments."""
    shutil.copytree(SITES / "elektrum", tmp_path / "site", ignore=shutil.ignore_patterns("partners.yaml"))
    return tmp_path / "site"


def told(folder: Path) -> list[str]:
    """The mistakes, as they are printed; each must hold in one line and in no jargon."""
    found = [str(mistake) for mistake in mistakes(folder)]
    for line in found:
        assert re.match(r"(site|sources|topics|segments|bounds)\.yaml:\d+: \S", line)
        assert not re.search(
            r"\n|Traceback|pydantic|dataclass|validation|keyword argument|Extra inputs|Value error|\[(any|all|not|count)\]",
            line,
        ), line
    return found


def write(folder: Path, *lines: str) -> None:
    """The segments file, as these lines after one good segment of eight lines."""
    good = (
        "segments:",
        "  - segment: good",
        "    title: Good",
        "    window: week",
        "    rule:",
        "      topics: [solar]",
    )
    text = "\n".join((*good, "    iab:", "      audience: [1482]", *lines)) + "\n"
    (folder / "segments.yaml").write_text(text, encoding="utf-8")


def test_the_shipped_segments_are_what_the_demo_promises(folder: Path) -> None:
    assert told(folder) == []
    site = read_site_folder(folder).site
    windows = [segment.window for segment in site.segments]
    assert len(windows) >= 14
    assert windows.count("day") >= 6 and windows.count("week") >= 8
    assert set(site.sensitive) >= {"invoices", "contracts"}
    assert len({repr((segment.window, segment.rule)) for segment in site.segments}) == len(windows)


@pytest.mark.parametrize("name", ["weblog", "snowplow"])
def test_a_site_without_the_file_has_no_segments(name: str) -> None:
    assert not (SITES / name / "segments.yaml").exists()
    assert read_site_folder(SITES / name).site.segments == ()


# Each: what stands there first, what an operator wrote instead, and what the sentence must say.
ONE_MISTAKE = [
    ("segment: movers", "segment: Movers", "the text must match"),
    ("segment: movers", "segment: solar_intenders", "the segment solar_intenders stands twice; keep one"),
    ("segment: movers", "segment: all_visitors", "choose another name"),
    ("segment: movers", "segment: young_families", "the word families speaks of children and family"),
    ("title: Movers", "title: Kolivad pered", "the word pered speaks of children and family"),
    ("title: Movers", "title: Movers who see arved", "what this site lists as sensitive"),
    ("title: Movers", "titel: Movers", "there is no such key"),
    ("title: Movers", "title: no", "put quotes around a text"),
    ("{topics: [moving_home]", "{topics: [movinghome]", "the site has no such topic; write one of topics.yaml"),
    ("{topics: [moving_home]", "{topics: [invoices]", "what this site lists as sensitive"),
    ("{topics: [moving_home]", "{topics: moving_home", "write a list"),
    ("{topics: [moving_home]", "{topics: []", "the list is empty"),
    ("{topics: [moving_home]", "{topic: [moving_home]", "there is no such key"),
    ("[moving_home], actions: [page_view, ad_click]", "[moving_home], actions: [page_view, buy]", "'page_view'"),
    ("- {topics: [packages], actions: [page_view], at_least: 2}", "- {topics: [packages], at_least: 0}", "than or equal to 1"),
    ("- {topics: [packages], actions: [page_view], at_least: 2}", "- {topics: [packages], at_least: many}", "valid integer"),
    ("- {topics: [packages], actions: [page_view], at_least: 2}", "- {topics: [packages], at_least: yes}", "true or false"),
    ("- {topics: [packages], actions: [page_view], at_least: 2}", "- packages", "write `any`, `all`, `not`, or a count"),
    ("- not: {topics: [business]}", "- not: {topics: [busyness]}", "the site has no such topic"),
    ("dayparts: [evening, late_evening]", "dayparts: [evening, dusk]", "there is no such daypart; write one of night,"),
    ("{topics: [solar], actions: [page_view], at_least: 2}", "{topics: [solar], days: 2}", "a day has one day"),
    ("{topics: [outages], actions: [page_view], days: 2}", "{not: {topics: [outages]}}", "without any event"),
    ("iab: {audience: [1587, 591]", "iab: {audience: [1587, 595]", "the IAB Audience Taxonomy 1.1 has no such id"),
    ("iab: {audience: [1587, 591]", "iab: {audience: [1587, 1454]", "this id speaks of health; choose another"),
    ("content: [451, 452]", "content: [451, v9i3On]", "IAB Content Taxonomy 3.1 this id speaks of addiction, crime or death"),
    ("ad_product: [1484, 1019]", "ad_product: [1474]", "IAB Ad Product Taxonomy 2.0 this id speaks of politics"),
    ("iab: {audience: [1587, 591], ", "iab: {", "it is missing; add it"),
    ("sensitive: [invoices,", "sensitive: [solar, invoices,", "what this site lists as sensitive"),
    ("sensitive: [invoices,", "sensitive: ['', invoices,", "the text must match"),
    ("sensitive: [invoices,", "sensitive: [no, invoices,", "put quotes around a text"),
    ("segments:\n", "audiences:\n", "write the key `segments`"),
    ("segments:\n", "topics: []\nsegments:\n", "write the key `segments`"),
]  # fmt: skip
ELSEWHERE = {
    "{topics: [solar], days: 2}": "        - {topics: [solar], days: 2}",
    "{not: {topics: [outages]}}": "    rule: {not: ",
    "sensitive: [solar, invoices,": "        - {topics: [solar], actions: [page_view], at_least: 2}",
    "iab: {": "    iab: {content: [451",
    "topics: []\nsegments:\n": "topics: []",
}
"""Where a mistake is told on another line than the one edited, or the edit is more than a line: how that line starts."""


@pytest.mark.parametrize(("old", "new", "says"), ONE_MISTAKE)
def test_a_mistake_is_told_with_its_file_its_line_and_a_remedy(folder: Path, old: str, new: str, says: str) -> None:
    assert old in SHIPPED
    text = SHIPPED.replace(old, new, 1)
    (folder / "segments.yaml").write_text(text, encoding="utf-8")
    line = SHIPPED[: SHIPPED.index(old)].count("\n") + 1
    if new in ELSEWHERE:
        line = next(place for place, row in enumerate(text.splitlines(), start=1) if row.startswith(ELSEWHERE[new]))
    found = [each for each in told(folder) if says in each]
    assert found, told(folder)
    lines = {each.split(": ")[0] for each in found}
    assert f"segments.yaml:{line}" in lines or (old == "segments:\n" and "segments.yaml:1" in lines), (found, line)
    with pytest.raises(Refusal) as refused:
        read_site_folder(folder)
    assert refused.value.reason is Reason.SITE_FOLDER
    assert refused.value.__cause__ is None


def test_a_mistake_deep_in_a_rule_is_told_at_its_own_line(folder: Path) -> None:
    rule = (
        "    rule:",
        "      any:",
        "        - topics: [gas]",
        "        - all:",
        "            - topics:",
        "                - gas",
    )
    rest = (
        "                - sunshine",
        "            - not:",
        "                dayparts: [evening]",
        "    iab: {audience: [1482]}",
    )
    write(folder, "  - segment: deep", "    title: Deep", "    window: day", *rule, *rest)
    assert told(folder) == [
        "segments.yaml:18: segments.1.rule.any.1.all.0.topics.1: the site has no such topic; write one of topics.yaml"
    ]


def test_one_mistake_is_told_once(folder: Path) -> None:
    write(folder, "      content: [45]")
    assert told(folder) == [
        "segments.yaml:9: segments.0.iab.content.0: the IAB Content Taxonomy 3.1 has no such id; look it up there"
    ]


def test_mistakes_of_several_segments_are_told_at_once(folder: Path) -> None:
    more = ("  - segment: B", "    title: Second", "    window: month", "    rule: {}", "    iab: {audience: [1]}")
    write(folder, "      content: [45]", *more)
    assert [line.split(": ")[0] for line in told(folder)] == [f"segments.yaml:{line}" for line in (9, 10, 12, 13)]


def test_a_title_without_estonian_beside_others_is_told_with_its_line(folder: Path) -> None:
    for name in ("segments.yaml", "topics.yaml", "site.yaml"):
        file = folder / name
        whole = file.read_text(encoding="utf-8")
        file.write_text(
            re.sub(r"(,?)( |^) *title_et: [^,\n]+", r"\2", whole, count=1, flags=re.MULTILINE), encoding="utf-8"
        )
        assert whole != file.read_text(encoding="utf-8")
        (mistake,) = told(folder)
        assert mistake.startswith(name) and "1 text(s) are not told in Estonian" in mistake
        file.write_text(whole, encoding="utf-8")
    for name in ("segments.yaml", "topics.yaml", "site.yaml"):
        file = folder / name
        file.write_text(
            re.sub(
                r",?\s* title_et: [^,\n]+|^title_et: .*\n|^unit_et: >-\n(?:  .*\n)+",
                "",
                file.read_text(encoding="utf-8"),
                flags=re.MULTILINE,
            ),
            encoding="utf-8",
        )
    assert told(folder) == [] and not read_site_folder(folder).site.in_estonian


@pytest.mark.parametrize("key", ["segments", "sensitive"])
@pytest.mark.parametrize("beside", [True, False])
def test_segments_stand_in_their_own_file_alone(folder: Path, key: str, beside: bool) -> None:
    if not beside:
        (folder / "segments.yaml").unlink()
    site = folder / "site.yaml"
    site.write_text(f"{key}: []\n" + site.read_text(encoding="utf-8"), encoding="utf-8")
    assert f"site.yaml:1: {key}: {key} stand in segments.yaml; remove them here" in told(folder)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", ":1: the file is empty"),
        (b"- a\n- list\n", "no mapping"),
        (b"segments: [1\n", "not valid YAML"),
        (b"segments: []\nsegments: []\n", ":2: segments: the key stands twice"),
        (b"segments: \xff\n", ":1: the file is not UTF-8"),
        (b"segments:\n", ":1: segments: write a list"),
        (b"segments: {a: 1}\n", ":1: segments: write a list"),
        (b"segments: [solar]\n", ":1: segments.0: write names with values"),
        (b"segments: [&a {segment: a, title: Abc, window: day, rule: &r {not: *r}, iab: {audience: [1]}}]\n", ":1: "),
        (
            b"segments: [{segment: a, title: Abc, window: day, rule: " + b"{not: " * 90 + b"1" + b"}" * 91 + b"]\n",
            ":1: ",
        ),
    ],
)
def test_a_file_of_another_shape_is_told_and_no_traceback(folder: Path, content: bytes, says: str) -> None:
    (folder / "segments.yaml").write_bytes(content)
    found = told(folder)
    assert any(each.startswith("segments.yaml:") and says in each for each in found), found


@settings(max_examples=40, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(1_400, len(SHIPPED)), put=st.text(max_size=12))
def test_no_text_typed_anywhere_ends_in_a_traceback(folder: Path, cut: int, put: str) -> None:
    spoilt = SHIPPED[:cut] + put + SHIPPED[cut + len(put) :]
    (folder / "segments.yaml").write_text(spoilt, encoding="utf-8", errors="surrogatepass")
    told(folder)
