"""The gate: a good candidate passes, and each defect alone fails the check that is there for it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

import pyarrow as pa
import pytest

from anonymizers.counting.statistic import STATISTICS
from anonymizers.refusal import Reason, Refusal
from anonymizers.releasing.containers import csv_bytes, read_parquet
from anonymizers.releasing.gate import CHECKS, Evidence, admit, examine
from anonymizers.releasing.release import Release, compose
from tests.anonymizers.releasing.candidates import as_parquet, composed, evidence_of, rows_of, tables, with_column

MARI = "Mari Maasikas"
Case = tuple[Release, Evidence]
SITE, COLUMNS, WORDS, NUMBERS, FILES_CHECK, PERSONAL, ADDRESS = (
    "only_what_the_site_says", "only_declared_columns", "only_vocabulary", "only_numbers_from_mechanisms",
    "only_known_files", "nothing_personal", "no_address_like",
)  # fmt: skip


class Bench:
    """Makes defective cases out of one good one, each with a scan of its own bytes."""

    def __init__(self, site, sources, day) -> None:
        self.site, self.sources, self.day = site, sources, day
        self.good = composed(site, sources, day)
        self.topics = rows_of(STATISTICS[0], site, day)

    def files(self, **changed: bytes | None) -> Case:
        """The good case with some files replaced (`__` is a dot) or, if None, left out."""
        candidate, evidence = self.good
        files = {**candidate.files, **{name.replace("__", "."): content for name, content in changed.items()}}
        return self.scanned(replace(candidate, files={k: v for k, v in files.items() if v is not None}), evidence)

    def rows(self, topics: pa.Table) -> Case:
        """A case whose topics are these, sealed and composed as if a mechanism had made them."""
        return composed(self.site, self.sources, self.day, {"topics": topics})

    def scanned(self, candidate: Release, evidence: Evidence) -> Case:
        return candidate, replace(evidence, leak_report=replace(evidence.leak_report, candidate=candidate.digest))

    def report(self, **changed: object) -> Case:
        """The good case with another report of the scan."""
        candidate, evidence = self.good
        return candidate, replace(evidence, leak_report=replace(evidence.leak_report, **changed))

    def caveat(self, text: str) -> Case:
        """A case whose site folder itself brings a text into the release."""
        made = tables(self.site, self.day)
        candidate = compose(self.site, self.day, made, (text,))
        return candidate, replace(evidence_of(candidate, made, self.site, self.sources, self.day), caveats=(text,))

    def other_numbers(self) -> Case:
        number = with_column(self.topics, "visitors", [n + 1 for n in self.topics["visitors"].to_pylist()])
        candidate, _ = self.rows(number)
        return self.scanned(candidate, self.good[1])

    def other_day(self) -> Case:
        tomorrow = self.site.day((self.day.date + timedelta(days=1)).isoformat())
        candidate, evidence = composed(self.site, self.sources, tomorrow)
        return candidate, replace(evidence, day=self.day)


@pytest.fixture(scope="module")
def bench(site, sources, day) -> Bench:
    return Bench(site, sources, day)


def twice(bench: Bench) -> pa.Table:
    return bench.topics.append_column("twice", bench.topics["visitors"])


def named(bench: Bench) -> pa.Table:
    return bench.topics.append_column(MARI, bench.topics["visitors"])


def renamed(bench: Bench) -> pa.Table:
    return with_column(bench.topics, "topic", [MARI, *bench.topics["topic"].to_pylist()[1:]])


def tomorrow(bench: Bench) -> pa.Table:
    return with_column(bench.topics, "traffic_date", [bench.day.date + timedelta(days=1)] * bench.topics.num_rows)


def as_type(bench: Bench, column: str, kind: pa.DataType) -> pa.Table:
    return with_column(bench.topics, column, bench.topics[column].to_pylist(), kind)


def as_words(bench: Bench) -> pa.Table:
    """Arrow's message on reading it as numbers quotes the value."""
    return with_column(bench.topics, "visitors", [MARI] * bench.topics.num_rows, pa.string())


def fewer(bench: Bench) -> tuple[str, ...]:
    return bench.good[1].leak_report.searched[1:]


DEFECTS: Mapping[str, tuple[set[str], Callable[[Bench], Case]]] = {
    "an extra file": ({FILES_CHECK}, lambda b: b.files(notes__txt=b"hello")),
    "a missing file": ({FILES_CHECK, SITE}, lambda b: b.files(README__md=None)),
    "a missing table": ({FILES_CHECK, COLUMNS, SITE}, lambda b: b.files(topics__csv__gz=None)),
    "an extra column": ({COLUMNS}, lambda b: b.rows(twice(b))),
    "a narrower type": ({COLUMNS}, lambda b: b.rows(as_type(b, "visitors", pa.int32()))),
    "a number as a fraction": ({COLUMNS, WORDS}, lambda b: b.rows(as_type(b, "visitors", pa.float64()))),
    "notes in a table's metadata": (
        {COLUMNS, SITE},
        lambda b: b.files(topics__parquet=as_parquet(b.topics.replace_schema_metadata({"pandas": MARI}))),
    ),
    "a dictionary and statistics": ({SITE}, lambda b: b.files(topics__parquet=as_parquet(b.topics, store_schema=False))),
    "a CSV that says less": ({COLUMNS, SITE}, lambda b: b.files(topics__csv__gz=csv_bytes(b.topics.slice(1)))),
    "a word outside the closed list": ({WORDS}, lambda b: b.rows(renamed(b))),
    "another date in a row": ({WORDS}, lambda b: b.rows(tomorrow(b))),
    "the release of another day": ({WORDS, SITE}, lambda b: b.other_day()),
    "a changed number": ({NUMBERS}, lambda b: b.other_numbers()),
    "numbers that no mechanism drew": ({NUMBERS}, lambda b: (b.good[0], replace(b.good[1], seals=frozenset()))),
    "an extra word in the README": (
        {SITE}, lambda b: b.files(README__md=b.good[0].files["README.md"] + b"Hello.\n")
    ),
    "a mark that is not empty": ({SITE}, lambda b: b.files(_SUCCESS=b"\n")),
    "a caveat left out": ({SITE}, lambda b: (b.good[0], replace(b.good[1], caveats=("Consent is not recorded.",)))),
    "another name": ({SITE}, lambda b: b.scanned(replace(b.good[0], name="daily/date=2026-11-19"), b.good[1])),
    "a scan of another candidate": ({PERSONAL}, lambda b: b.report(candidate="0" * 64)),
    "a scan that left out a column": ({PERSONAL}, lambda b: b.report(searched=fewer(b))),
    "a scan that searched nothing": ({PERSONAL}, lambda b: b.report(searched=())),
    "a scan with a hit": ({PERSONAL}, lambda b: b.report(hits={"registrations.name": 1})),
    "an IP address": ({ADDRESS}, lambda b: b.caveat("Seen from 192.168.17.4 at night")),
    "an IP address that ends a sentence": ({ADDRESS}, lambda b: b.caveat("Seen at night from 192.168.17.4.")),
    "an e-mail": ({ADDRESS}, lambda b: b.caveat("Ask mari.maasikas+k@naide.ee about it")),
    "an isikukood": ({ADDRESS}, lambda b: b.caveat("Known as 38101010009.")),
    "a metering point with hyphens": ({ADDRESS}, lambda b: b.caveat("Measured at 38ZEE-00260111-N")),
    "a metering point without hyphens": ({ADDRESS}, lambda b: b.caveat("Measured at 38ZGO1000000001X")),
}  # fmt: skip


def failed(case: Case) -> set[str]:
    return {verdict.check for verdict in examine(*case) if not verdict.passed}


def test_a_good_candidate_passes_every_check_and_is_admitted_unchanged(bench):
    assert [verdict.check for verdict in examine(*bench.good)] == list(CHECKS)
    assert failed(bench.good) == set()
    assert admit(*bench.good) is bench.good[0]


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_candidate_with_one_defect_fails_the_check_that_is_there_for_it(bench, defect):
    checks, make = DEFECTS[defect]
    assert failed(make(bench)) == checks


def test_every_check_has_a_defect_that_it_alone_finds():
    assert {next(iter(checks)) for checks, _ in DEFECTS.values() if len(checks) == 1} == set(CHECKS)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1 Mari Maasikas PAR1", b"\x00" * 100])
def test_a_table_that_cannot_be_read_fails_without_raising_and_without_its_message(bench, content):
    case = bench.files(topics__parquet=content)
    verdicts = {verdict.check: verdict for verdict in examine(*case)}
    assert {COLUMNS, WORDS, NUMBERS, SITE} <= failed(case)
    assert all(MARI not in verdict.sentence for verdict in verdicts.values())
    assert "could not be made" in verdicts[NUMBERS].sentence
    with pytest.raises(Refusal):
        admit(*case)


def test_an_empty_candidate_is_refused(bench):
    assert set(CHECKS) - {ADDRESS} == failed((Release(bench.good[0].name, {}), bench.good[1]))


@pytest.mark.parametrize(
    "make",
    [
        lambda b: b.rows(renamed(b)),
        lambda b: b.rows(named(b)),
        lambda b: b.files(**{f"{MARI}__csv": MARI.encode()}),
        lambda b: b.files(README__md=MARI.encode()),
        lambda b: b.files(topics__parquet=MARI.encode(), topics__csv__gz=MARI.encode()),
        lambda b: b.files(topics__csv__gz=csv_bytes(as_words(b))),
        lambda b: b.caveat("Ask mari.maasikas@naide.ee about it"),
    ],
    ids=("word", "column", "file", "text", "unreadable", "no number", "e-mail"),
)
def test_a_refusal_names_the_check_and_the_remedy_and_no_value(bench, make):
    with pytest.raises(Refusal) as refused:
        admit(*make(bench))
    told = refused.value
    assert told.reason is Reason.GATE and any(check in str(told) for check in CHECKS) and ";" in told.sentence
    assert "mari" not in repr((str(told), told.args, vars(told))).lower()
    assert told.__cause__ is None and told.__context__ is None


def test_a_verdict_counts_what_is_wrong(bench):
    strangers = with_column(bench.topics, "topic", [MARI] * bench.topics.num_rows)
    [verdict] = [verdict for verdict in examine(*bench.rows(strangers)) if not verdict.passed]
    assert verdict.found == read_parquet(bench.good[0].files["topics.parquet"]).num_rows
