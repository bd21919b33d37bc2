"""Every mistake in a site folder is told with file, line and remedy, in words that an operator knows."""

import re
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anonymizers.refusal import Reason, Refusal
from pipelines.site_folder import mistakes, read_site_folder
from tests.worlds import SITES

BOUNDS = """\
daily:
  weights: {page_view: 1, ad_view: 2, scroll_over: 6, ad_click: 12}
  totals:
    visitors: {share: 0.05, norm: 2}
    events:   {share: 0.05, norm: 500, spread: 40}
  topics:
    visitors: {share: 0.12, norm: 3.5, spread: 0.7}
    events:   {share: 0.08, norm: 20}
    pairs:    {share: 0.02, norm: 90}
  hours:
    visitors: {share: 0.1, norm: 2}
    events:   {share: 0.1, norm: 30}
  topic_dayparts:
    visitors: {share: 0.1, norm: 3.5}
    events:   {share: 0.1, norm: 20}
  browsers:
    visitors: {share: 0.1, norm: 1}
    events:   {share: 0.1, norm: 25}
  segments:
    visitors: {share: 0.05, norm: 2.5}
  registrations:
    registrations: {share: 0.01}
weekly:
  segments:
    visitors: {share: 0.2, norm: 3}
  segment_frequency:
    visitors: {share: 0.2, norm: 3}
  segment_topics:
    visitors: {share: 0.2, norm: 5}
  segment_dayparts:
    visitors: {share: 0.2, norm: 4}
  segment_browsers:
    visitors: {share: 0.2, norm: 3}
"""
"""Bounds as an operator may have them; the shipped ones change with every `koond tune`."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A good site folder to spoil."""
    shutil.copytree(SITES / "elektrum", tmp_path / "site")
    (tmp_path / "site" / "bounds.yaml").write_text(BOUNDS, encoding="utf-8")
    return tmp_path / "site"


def spoil(folder: Path, file: str, old: str, new: str) -> int:
    """Replace the first occurrence; gives the number of the changed line."""
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1 + (len(old) - len(old.lstrip("\n")))


def told(folder: Path) -> list[str]:
    """The mistakes, as they are printed; each must hold in one line and in no jargon."""
    found = [str(mistake) for mistake in mistakes(folder)]
    for line in found:
        assert re.match(r"(site|sources|topics|segments|bounds)\.yaml:\d+: \S", line)
        assert not re.search(
            r"\n|Traceback|pydantic|dataclass|validation|keyword argument|Extra inputs|Value error", line
        ), line
    return found


def test_the_shipped_site_has_no_mistake(folder: Path) -> None:
    assert told(folder) == told(SITES / "elektrum") == []
    assert read_site_folder(folder).site.site == "elektrum"


# Each: file, what stands there, what an operator wrote instead, and what the sentence must say.
ONE_MISTAKE = [
    ("site.yaml", "time_zone: Europe/Tallinn", "time_zone: Tallinn", "Europe/Tallinn"),
    ("site.yaml", "title: Elektrum", "titel: Elektrum", "no such key"),
    ("site.yaml", "site: elektrum", "site: Elektrum Portaal", "site: the text must match"),
    ("site.yaml", "first_day: 2026-01-01", "first_day: soon", "write a day, as 2026-01-31"),
    ("site.yaml", "first_day: 2026-01-01", "first_day: 2026-02-30", "does not exist"),
    ("site.yaml", 'version: "2024-01"', "version: 2024-01-01", "put quotes around"),
    ("site.yaml", 'version: "2024-01"', "version: 2024", "put quotes around"),
    ("site.yaml", 'version: "2024-01"', "version: yes", "put quotes around"),
    ("site.yaml", "url: https", "url: ftp", "^https://"),
    ("bounds.yaml", "visitors: {share: 0.12, norm: 3.5", "visitors: {share: 0.12, norm: yes", "true or false"),
    ("bounds.yaml", "visitors: {share: 0.12, norm: 3.5", "visitors: {share: 0.12, norm: many", "valid number"),
    ("bounds.yaml", "visitors: {share: 0.12, norm: 3.5", "visitors: {share: 0.12, norm: 0.5", "greater than or equal to 1"),
    ("bounds.yaml", "visitors: {share: 0.12, norm: 3.5", "visitors: {share: 0.12, cells: 6", "no such key"),
    ("bounds.yaml", "visitors: {share: 0.12", "visitors: {share: 1.30", "less than or equal to 1"),
    ("bounds.yaml", "visitors: {share: 0.12", "visitors: {share: .nan", "topics.visitors.share"),
    ("bounds.yaml", "visitors: {share: 0.12", "visitors: {share: 0", "greater than 0"),
    ("bounds.yaml", "    visitors: {share: 0.12", "    # visitors: {share: 0.12", "topics.visitors: it is missing"),
    ("bounds.yaml", "ad_click: 12}", "ad_klick: 12}", "ad_click"),
    ("bounds.yaml", "ad_click: 12}", "ad_click: 0}", "greater than or equal to 1"),
    ("bounds.yaml", "registrations: {share: 0.01}", "registrations: {share: 0.01, norm: 2}", "registers once"),
    ("bounds.yaml", "  segment_topics:", "  segment_topic:", "no such key"),
    ("bounds.yaml", "daily:", "nightly:", "the keys `daily` and `weekly`"),
    ("site.yaml", "size: {visitors: 100000", "size: {visitors: 1", "greater than or equal to 10"),
    ("site.yaml", "corrections_per_week: 1", "corrections_per_week: 8", "less than or equal to 7"),
    ("site.yaml", "first_day:", "daily: {}\nfirst_day:", "stand in bounds.yaml"),
    ("site.yaml", "budget: {epsilon: 1.0", "budget: {epsilon: on", "true or false"),
    ("site.yaml", "budget: {epsilon: 1.0", "budget: {epsilon: .inf", "less than or equal to 10"),
    ("site.yaml", "budget: {epsilon: 1.0, delta: 1.0e-7}", "budget: 1.0", "names with values"),
    ("site.yaml", "time_zone:", "title: Another\ntime_zone:", "the key stands twice"),
    ("site.yaml", "first_day:", "topics: []\nfirst_day:", "stand in topics.yaml"),
    ("site.yaml", "time_zone:", "\ttime_zone:", "not valid YAML"),
    ("site.yaml", "time_zone: Europe/Tallinn", "time_zone: !!python/name:os.system x", "not valid YAML"),
    ("site.yaml", "time_zone: Europe", "time_zone: \x00Europe", "not valid YAML"),
    ("site.yaml", "server_diagnostics: 7", "server_diagnostics: 30", "less than or equal to 7"),
    ("site.yaml", "mailing_list: 7", "mailing_lists: 7", "no such key"),
    ("site.yaml", "dagster_runs: 365", "dagster_runs: for ever", "valid integer"),
    ("topics.yaml", "prefixes: [/arved,", "prefixes: [/Arved,", "lower-case"),
    ("topics.yaml", "prefixes: [/arved,", "prefixes: [/arved/,", "lower-case"),
    ("topics.yaml", "prefixes: [/, /et, /en, /ru]", "prefixes: /", "write a list"),
    ("topics.yaml", "ads: [e-invoice]", "ads: [2026-11-20]", "put quotes around"),
    ("topics.yaml", "ads: [e-invoice]", "ads: [no]", "put quotes around"),
    ("topics.yaml", "topics:", "subjects:", "one key `topics`"),
    ("topics.yaml", "topic: meter_readings,", "topic: invoices,", "the topic invoices stands twice"),
    ("topics.yaml", "topic: meter_readings,", "topic: other,", "the topic other always exists"),
    ("topics.yaml", "[/naidud,", "[/arved,", "the prefix /arved stands twice"),
    ("topics.yaml", "[fixed-price,", "[e-invoice,", "the ad subject e-invoice stands twice"),
    ("topics.yaml", "topic: invoices,", "topic: invoices, topic: bills,", "the key stands twice"),
    ("sources.yaml", "  format: parquet", "  format: excel", "'parquet'"),
    ("sources.yaml", "  format: parquet", "  format: csv", "csv has no timestamps"),
    ("sources.yaml", "  format: parquet", "  format: duckdb", "`table` belongs to"),
    ("sources.yaml", "consent: {granting: [necessary+statistics", "consent: {granting: [yes", "put quotes around"),
    ("sources.yaml", "consent: {granting", "consent: {not_recorded: none, granting", "at least 20 characters"),
    ("sources.yaml", "  consent: {granting", "  # consent: {granting", "needs `consent`"),
    ("sources.yaml", "  visitor:", "  # visitor:", "needs `visitor`"),
    ("sources.yaml", "visitor: [account_id, cookie_id]", "visitor: [account_id, client]", "the column client is used but not"),
    ("sources.yaml", "visitor: [account_id, cookie_id]", "visitor: cookie_id", "write a list"),
    ("sources.yaml", "visitor: [account_id, cookie_id]", "visitor: [ip]", "uses the column ip; give it the purpose audience"),
    ("sources.yaml", "visitor: [account_id, cookie_id]", "visitor: [kookies]", "'cookie_id'"),
    ("sources.yaml", "purposes: [diagnostics]", "purposes: [audience]", "never read for the purpose audience"),
    ("sources.yaml", "purposes: [diagnostics]", "purposes: [diagnostic]", "'diagnostics'"),
    ("sources.yaml", "purposes: [diagnostics]}", "purposes: [diagnostics], from: URL}", "the same column of the source as"),
    ("sources.yaml", "purposes: [diagnostics]", "purposes: [diagnostics, disclosure]", "diagnosis of the server alone"),
    ("sources.yaml", "leak_scan, diagnostics, cookie_audit,", "leak_scan, diagnostics,", "instant with the purpose cookie_audit"),
    ("sources.yaml", "class: personal", "class: private", "'personal'"),
    ("sources.yaml", "    url:        {class: personal,         purposes: [audience, leak_scan, disclosure]}", "", "column url"),
    ("sources.yaml", "    consent:    {class: non-personal,     purposes: [audience]}", "", "needs the column consent"),
    ("sources.yaml", "    cookie_id:  {", "    cookie:     {", "'cookie_id'"),
    ("sources.yaml", "  instant_as: timestamp", "  instant_as: iso", "'timestamp'"),
    ("sources.yaml", "ad_beacons:", "adbeacons:", "no such key"),
]  # fmt: skip
ELSEWHERE = {
    "    # visitors: {share: 0.12": "  topics:", "registrations: {share: 0.01, norm: 2}": "  registrations:",
    "visitor: [ip]": "    ip: ", "": "  columns:", "  # visitor:": "clickstream:", "  # consent: {granting": "clickstream:",
    "  format: csv": "  instant_as:", "  format: duckdb": "clickstream:", "subjects:": "subjects:",
    "purposes: [diagnostics], from: URL}": "    url: ",
}  # fmt: skip
"""Where a mistake is told on another line than the one edited: the line that the remedy changes."""


@pytest.mark.parametrize(("file", "old", "new", "says"), ONE_MISTAKE)
def test_a_mistake_is_told_with_its_file_its_line_and_a_remedy(
    folder: Path, file: str, old: str, new: str, says: str
) -> None:
    line = spoil(folder, file, old, new)
    if "\n" in new and "twice" not in says and "stand in" not in says:
        line += 1
    if new in ELSEWHERE:
        lines = (folder / file).read_text(encoding="utf-8").splitlines()
        line = next(place for place, text in enumerate(lines, start=1) if text.startswith(ELSEWHERE[new]))
    found = [each for each in told(folder) if says in each]
    assert found, told(folder)
    assert found[0].startswith(f"{file}:{line}: "), (found, line)
    with pytest.raises(Refusal) as refused:
        read_site_folder(folder)
    assert refused.value.reason is Reason.SITE_FOLDER
    assert refused.value.__cause__ is None


def test_shares_over_one_are_told_at_the_release_that_they_are_of(folder: Path) -> None:
    spoil(folder, "bounds.yaml", "visitors: {share: 0.12", "visitors: {share: 0.52")
    assert told(folder) == ["bounds.yaml:1: daily: the shares add up to 1.380; lower them to 1 or less"]


def test_weights_of_other_actions_than_the_sites_are_told(folder: Path) -> None:
    spoil(folder, "bounds.yaml", ", ad_click: 12}", "}")
    [mistake] = told(folder)
    assert mistake.startswith("bounds.yaml:2: daily.weights") and "give each action one weight" in mistake


@pytest.mark.parametrize("file", ["site.yaml", "sources.yaml", "topics.yaml", "bounds.yaml"])
@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "the file is missing"),
        (b"", "the file is empty"),
        (b"# nothing but a comment\n", "the file is empty"),
        (b"- a\n- list\n", "no mapping"),
        (b"just words", "no mapping"),
        (b"a: 1\nb: \xff\n", ":2: the file is not UTF-8"),
        (b"a: [1\n", "not valid YAML"),
        (b"a: 1\n---\nb: 2\n", "not valid YAML"),
        (b"{[a]: b}\n", "not valid YAML"),
        (b"x: 1\na: 1\na: 2\n", ":3: a: the key stands twice"),
        (b"x: 1\na: 2026-13-45\n", ":2: this date or number does not exist"),
        (b"[" * 1_000, "too deep"),
        (b"a: &a [*a]\n", ": "),
        (b"1: x\nyes: y\n", ": "),
    ],
)
def test_a_file_that_is_no_mapping_is_one_mistake_and_no_traceback(
    folder: Path, file: str, content: bytes | None, says: str
) -> None:
    if content is None:
        (folder / file).unlink()
    else:
        (folder / file).write_bytes(content)
    found = told(folder)
    assert any(each.startswith(f"{file}:") and says in each for each in found), found


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        ('version: "2024-01"', 'version: "51234567"'),
        ("title: Elektrum", "title: Call +372 5123 4567, Elektrum"),
        ("unit: >-\n", "unit: >-\n  Ask mari@naide.ee.\n"),
    ],
)
def test_a_text_that_would_stop_every_release_is_told_before_any_is_paid(folder: Path, text: str, instead: str) -> None:
    file = folder / "site.yaml"
    given = file.read_text(encoding="utf-8")
    assert text in given
    file.write_text(given.replace(text, instead, 1), encoding="utf-8")
    assert {"looks like" in mistake.sentence for mistake in mistakes(folder)} == {True}


def test_all_mistakes_of_all_files_are_told_at_once(folder: Path) -> None:
    spoil(folder, "site.yaml", "Europe/Tallinn", "Mars")
    spoil(folder, "topics.yaml", "/naidud", "/Naidud")
    spoil(folder, "sources.yaml", "format: parquet", "format: excel")
    spoil(folder, "bounds.yaml", "norm: 3.5", "norm: 0")
    assert {each.split(":")[0] for each in told(folder)} == {"site.yaml", "topics.yaml", "sources.yaml", "bounds.yaml"}
    with pytest.raises(Refusal, match=r"and 3 more\); koond check"):
        read_site_folder(folder)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    names = [each.split(":")[0] for each in told(tmp_path / "nowhere")]
    assert names == ["site.yaml", "sources.yaml", "topics.yaml", "bounds.yaml"], "segments.yaml may be left out"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    file=st.sampled_from(["site.yaml", "sources.yaml", "topics.yaml", "bounds.yaml"]),
    cut=st.integers(0, 4_000),
    put=st.text(max_size=12),
)
def test_no_text_typed_anywhere_ends_in_a_traceback(folder: Path, file: str, cut: int, put: str) -> None:
    good = (SITES / "elektrum" / file).read_text(encoding="utf-8")
    (folder / file).write_text(good[:cut] + put + good[cut + len(put) :], encoding="utf-8", errors="surrogatepass")
    told(folder)
    (folder / file).write_text(good, encoding="utf-8")
