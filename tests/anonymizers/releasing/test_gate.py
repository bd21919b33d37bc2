"""The gate: a good candidate passes, and each defect alone fails the check that is there for it, by day and by week."""

from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import anonymizers.counting.plan as planning
import anonymizers.releasing.gate as gate
from anonymizers.counting.draw import Draw
from anonymizers.counting.mechanism import Mechanism
from anonymizers.counting.plan import Measure, plan
from anonymizers.estimating.estimate import NoisyTable
from anonymizers.refusal import Reason, Refusal
from anonymizers.releasing.containers import csv_bytes, read_parquet
from anonymizers.releasing.edition import daily_edition, weekly_edition
from anonymizers.releasing.gate import CHECKS, Evidence, admit, examine
from anonymizers.releasing.release import Release, caveats, compose
from anonymizers.site import Site
from anonymizers.vocabulary import DAY, WEEK
from tests.anonymizers.releasing.candidates import (
    EDITIONS,
    TOPICS,
    as_parquet,
    changed,
    draws_of,
    evidence_of,
    tables_of,
    week_of,
    with_column,
    with_value,
)  # fmt: skip
from tests.anonymizers.trials import trials

MARI = "Mari Maasikas"
Case = tuple[Release, Evidence]
SITE, COLUMNS, WORDS, NUMBERS, COST, FILES_CHECK, PERSONAL, ADDRESS = (
    "only_what_the_site_says", "only_declared_columns", "only_vocabulary", "only_numbers_from_mechanisms",
    "only_what_it_may_cost", "only_known_files", "nothing_personal", "no_address_like",
)  # fmt: skip


def dearer(site: Site, window: str) -> Site:
    """The site with one other norm in bounds.yaml: the same budget, another plan."""
    name = "daily" if window == DAY else "weekly"
    bounds = getattr(site, name)
    other = replace(bounds.segments, visitors=replace(bounds.segments.visitors, norm=1.5))
    return replace(site, **{name: replace(bounds, segments=other)})


class Bench:
    """Makes defective cases out of one good one, each with a scan of its own bytes."""

    def __init__(self, site, sources, edition) -> None:
        self.site, self.sources, self.edition = site, sources, edition
        self.draws = draws_of(site, edition)
        self.made = tables_of(site, edition, self.draws)
        self.name = TOPICS[edition.window]
        self.topics = next(table.rows for table in self.made if table.statistic.name == self.name)
        self.good = self.case(self.made)

    def case(self, made, *, site: Site | None = None, draws: Mapping[str, Draw] | None = None) -> Case:
        """A candidate of these tables, judged by the site folder and the ledger's draws."""
        candidate = compose(site or self.site, self.edition, made, caveats(self.sources))
        draws = self.draws if draws is None else draws
        return candidate, evidence_of(candidate, site or self.site, self.sources, self.edition, draws)

    def judged(self, **evidence: object) -> Case:
        """The good candidate, judged by other evidence."""
        return self.good[0], replace(self.good[1], **evidence)

    def drawn(self, draws: Mapping[str, Draw]) -> Case:
        """The good candidate, judged by other draws."""
        return self.judged(draws=draws)

    def files(self, **put: bytes | None) -> Case:
        """The good case with some files replaced (`__` is a dot, `TABLE` the table of topics) or, if None, left out."""
        candidate, evidence = self.good
        named = {name.replace("__", ".").replace("TABLE", self.name): content for name, content in put.items()}
        files = {**candidate.files, **named}
        return self.scanned(replace(candidate, files={k: v for k, v in files.items() if v is not None}), evidence)

    def rows(self, topics: pa.Table, table: str = "") -> Case:
        """A case in which the rows of one table are these, and all else is composed as for them."""
        return self.case(changed(self.made, table or self.name, topics))

    def scanned(self, candidate: Release, evidence: Evidence) -> Case:
        return candidate, replace(evidence, leak_report=replace(evidence.leak_report, candidate=candidate.digest))

    def report(self, **changes: object) -> Case:
        """The good case with another report of the scan."""
        return self.judged(leak_report=replace(self.good[1].leak_report, **changes))

    def caveat(self, text: str) -> Case:
        """A case whose site folder itself brings a text into the release."""
        candidate = compose(self.site, self.edition, self.made, (text,))
        told = evidence_of(candidate, self.site, self.sources, self.edition, self.draws)
        return candidate, replace(told, caveats=(text,))

    def other_period(self) -> Case:
        """A candidate of the day or week after, with numbers drawn for this one."""
        day = self.edition.days[0] + timedelta(days=1)
        other = weekly_edition("2026-W48", self.edition.days) if week_of(self.edition) else daily_edition(day)
        candidate = compose(self.site, other, tables_of(self.site, other, self.draws), caveats(self.sources))
        return self.scanned(candidate, self.good[1])

    def other_window(self) -> Case:
        """A good candidate of the other window, in the place of this one."""
        other = next(edition for edition in EDITIONS if edition.window != self.edition.window)
        made = tables_of(self.site, other, draws_of(self.site, other))
        return self.scanned(compose(self.site, other, made, caveats(self.sources)), self.good[1])

    def other_draw(self) -> Case:
        """A candidate from numbers that were drawn as well, but are not in the ledger."""
        made = tables_of(self.site, self.edition, draws_of(self.site, self.edition, start=3001))
        return self.scanned(compose(self.site, self.edition, made, caveats(self.sources)), self.good[1])

    def other_bounds(self) -> Case:
        """bounds.yaml was changed between the draw and the candidate."""
        site = dearer(self.site, self.edition.window)
        return self.case(tables_of(site, self.edition, self.draws), site=site)

    def from_all(self, **changes: object) -> dict[str, Draw]:
        """The draws, each with some fields replaced."""
        return {part: replace(draw, **changes) for part, draw in self.draws.items()}


@pytest.fixture(scope="module")
def bench(site, sources, edition) -> Bench:
    return Bench(site, sources, edition)


def moved(bench: Bench, column: str, by: int = 1) -> pa.Table:
    """The topics with the first number of a column changed."""
    return with_value(bench.topics, column, 0, bench.topics[column].to_pylist()[0] + by)


def named(bench: Bench) -> pa.Table:
    return bench.topics.append_column(MARI, bench.topics["visitors"])


def renamed(bench: Bench) -> pa.Table:
    return with_value(bench.topics, "topic", 0, MARI)


def at_another_time(bench: Bench) -> pa.Table:
    period = bench.topics.column_names[0]
    later = "2026-W48" if week_of(bench.edition) else bench.edition.days[0] + timedelta(days=1)
    return with_column(bench.topics, period, [later] * bench.topics.num_rows)


def as_type(bench: Bench, column: str, kind: pa.DataType) -> pa.Table:
    return with_column(bench.topics, column, bench.topics[column].to_pylist(), kind)


def as_words(bench: Bench) -> pa.Table:
    """Arrow's message on reading it as numbers quotes the value."""
    return with_column(bench.topics, "visitors", [MARI] * bench.topics.num_rows, pa.string())


def one_row_more(bench: Bench) -> pa.Table:
    return pa.concat_tables([bench.topics, bench.topics.slice(3, 1)])


def in_other_order(bench: Bench) -> pa.Table:
    return bench.topics.take(list(reversed(range(bench.topics.num_rows))))


def fewer(bench: Bench) -> tuple[str, ...]:
    return bench.good[1].leak_report.searched[1:]


DEFECTS: Mapping[str, tuple[set[str], Callable[[Bench], Case]]] = {
    "an extra file": ({FILES_CHECK}, lambda b: b.files(notes__txt=b"hello")),
    "a table of no declared name": ({FILES_CHECK}, lambda b: b.files(people__parquet=as_parquet(b.topics))),
    "a missing text": ({FILES_CHECK, SITE}, lambda b: b.files(README__md=None)),
    "a missing table": ({FILES_CHECK, COLUMNS, SITE}, lambda b: b.files(TABLE__csv__gz=None)),
    "a release of the other window": (set(CHECKS) - {COST, PERSONAL, ADDRESS}, lambda b: b.other_window()),
    "a column twice": ({COLUMNS, NUMBERS}, lambda b: b.rows(b.topics.append_column("twice", b.topics["visitors"]))),
    "a narrower type": ({COLUMNS}, lambda b: b.rows(as_type(b, "visitors", pa.int32()))),
    "a number as a fraction": ({COLUMNS, WORDS}, lambda b: b.rows(as_type(b, "visitors", pa.float64()))),
    "notes in a table's metadata": (
        {COLUMNS, SITE},
        lambda b: b.files(TABLE__parquet=as_parquet(b.topics.replace_schema_metadata({"pandas": MARI}))),
    ),
    "a dictionary and statistics": ({SITE}, lambda b: b.files(TABLE__parquet=as_parquet(b.topics, store_schema=False))),
    "a CSV that says less": ({COLUMNS, SITE}, lambda b: b.files(TABLE__csv__gz=csv_bytes(b.topics.slice(1)))),
    "a word outside the closed list": ({WORDS, NUMBERS}, lambda b: b.rows(renamed(b))),
    "another period in a row": ({WORDS, NUMBERS}, lambda b: b.rows(at_another_time(b))),
    "the release of another period": ({WORDS, NUMBERS, SITE}, lambda b: b.other_period()),
    "a number changed by one": ({NUMBERS}, lambda b: b.rows(moved(b, "visitors"))),
    "the end of an interval changed": ({NUMBERS}, lambda b: b.rows(moved(b, "visitors_low", -1))),
    "a row added": ({NUMBERS}, lambda b: b.rows(one_row_more(b))),
    "a row left out": ({NUMBERS}, lambda b: b.rows(b.topics.slice(1))),
    "all rows left out": ({NUMBERS}, lambda b: b.rows(b.topics.slice(0, 0))),
    "rows in another order": ({NUMBERS}, lambda b: b.rows(in_other_order(b))),
    "rows of another draw": ({NUMBERS}, lambda b: b.other_draw()),
    "no draw at all": ({NUMBERS}, lambda b: b.drawn({})),
    "a part that was not drawn": (
        {NUMBERS}, lambda b: b.drawn({part: draw for part, draw in b.draws.items() if part != "events"})
    ),
    "a draw of another release": (
        {NUMBERS}, lambda b: b.drawn(b.from_all(release="daily/date=2026-11-19"))
    ),
    "a draw of the revision before": (
        {NUMBERS}, lambda b: b.drawn(b.from_all(release=f"{b.edition.release}.r2"))
    ),
    "a draw of another part": ({NUMBERS}, lambda b: b.drawn(b.from_all(part="others"))),
    "a draw of another plan": ({NUMBERS}, lambda b: b.drawn(b.from_all(plan="0" * 64))),
    "bounds changed after the draw": ({NUMBERS}, lambda b: b.other_bounds()),
    "bounds changed after the candidate": (
        {NUMBERS, SITE}, lambda b: b.judged(site=dearer(b.site, b.edition.window))
    ),
    "an extra word in the README": (
        {SITE}, lambda b: b.files(README__md=b.good[0].files["README.md"] + b"Hello.\n")
    ),
    "a smaller loss than was spent": (
        {SITE}, lambda b: b.files(privacy__json=b.good[0].files["privacy.json"].replace(b"0.99", b"0.19"))
    ),
    "another description of a segment": (
        {SITE}, lambda b: b.files(segments__json=b.good[0].files["segments.json"].replace(b"solar", b"Mari"))
    ),
    "a mark that is not empty": ({SITE}, lambda b: b.files(_SUCCESS=b"\n")),
    "a caveat left out": ({SITE}, lambda b: b.judged(caveats=("Consent is not recorded.",))),
    "another name": ({SITE}, lambda b: b.scanned(replace(b.good[0], name=f"{b.good[0].name}.r2"), b.good[1])),
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
    """Of the other two, the next two tests."""
    alone = {next(iter(checks)) for checks, _ in DEFECTS.values() if len(checks) == 1}
    assert alone == set(CHECKS) - {WORDS, COST}


def test_a_word_that_the_estimate_itself_makes_up_is_found_by_the_closed_lists_alone(bench, monkeypatch):
    """The same mistake in the candidate and where the gate makes it anew: numbers agree, and the word is still strange."""
    strange = changed(bench.made, bench.name, renamed(bench))
    case = bench.case(strange)
    assert failed(case) == {WORDS, NUMBERS}
    monkeypatch.setattr(gate, "estimate", lambda *words: strange)
    assert failed(case) == {WORDS}


@contextmanager
def believing_in_half(table: str, measure: str):
    """A plan in which one mechanism believes in half the sensitivity that bounding leaves."""
    made = planning._measure

    def halved(statistic, name, bound, rho, site) -> Measure:
        right = made(statistic, name, bound, rho, site)
        if (statistic.name, name) != (table, measure):
            return right
        return replace(right, mechanism=Mechanism(bound.norm / 2, right.mechanism.rho))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planning, "_measure", halved)
        yield


def test_a_mechanism_that_believes_in_half_the_sensitivity_is_found_by_its_cost_alone(site, sources, edition):
    """Although drawn, estimated, composed and judged alike."""
    with believing_in_half("segments", "visitors"):
        assert failed(Bench(site, sources, edition).good) == {COST}


def test_the_cost_finds_it_whichever_measure_it_is(bench):
    for measure in plan(bench.site, bench.edition.window).measures:
        with believing_in_half(measure.statistic.name, measure.name):
            assert CHECKS[COST](*bench.good), (measure.statistic.name, measure.name)


def test_what_follows_from_the_plan_says_so_where_it_was_drawn(site, edition):
    """The control for the test before: the same plan is refused before anything is drawn."""
    with believing_in_half("segments", "visitors"), pytest.raises(Refusal) as refused:
        plan(site, edition.window).spend(edition.release, edition.iso_week)
    assert refused.value.reason is Reason.BUDGET


@given(table=st.integers(0, 99), row=st.integers(0, 999), column=st.integers(0, 99), by=st.integers(-9, 9).filter(bool))
@trials(12)
def test_no_number_of_any_table_can_be_changed_by_as_little_as_one(bench, table, row, column, by):
    chosen: NoisyTable = bench.made[table % len(bench.made)]
    numbers = [field.name for field in chosen.rows.schema if field.type == pa.int64()]
    name, place = numbers[column % len(numbers)], row % chosen.rows.num_rows
    value = chosen.rows[name].to_pylist()[place]
    other = with_value(chosen.rows, name, place, 100 if value is None else value + by)
    assert failed(bench.rows(other, chosen.statistic.name)) == {NUMBERS}


@pytest.mark.parametrize("other", [None, 99, 101])
def test_no_index_of_a_week_can_be_changed_or_left_out(site, sources, other):
    bench = Bench(site, sources, EDITIONS[1])
    place = bench.topics["affinity"].to_pylist().index(100)
    assert failed(bench.rows(with_value(bench.topics, "affinity", place, other))) == {NUMBERS}


def test_a_day_needs_both_of_its_parts_and_a_week_its_one(site, sources):
    for edition in EDITIONS:
        bench = Bench(site, sources, edition)
        assert set(bench.draws) == {DAY: {"events", "registrations"}, WEEK: {"events"}}[edition.window]
        for part in bench.draws:
            left = {other: draw for other, draw in bench.draws.items() if other != part}
            assert failed(bench.drawn(left)) == {NUMBERS}


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1 Mari Maasikas PAR1", b"\x00" * 100])
def test_a_table_that_cannot_be_read_fails_without_raising_and_without_its_message(bench, content):
    case = bench.files(TABLE__parquet=content)
    verdicts = {verdict.check: verdict for verdict in examine(*case)}
    assert {COLUMNS, WORDS, NUMBERS, SITE} <= failed(case)
    assert all(MARI not in verdict.sentence for verdict in verdicts.values())
    assert "could not be made" in verdicts[NUMBERS].sentence
    with pytest.raises(Refusal):
        admit(*case)


def test_an_empty_candidate_is_refused(bench):
    nothing = Release(bench.good[0].name, {})
    assert failed((nothing, bench.good[1])) == set(CHECKS) - {ADDRESS, COST}


@pytest.mark.parametrize(
    "make",
    [
        lambda b: b.rows(renamed(b)),
        lambda b: b.rows(named(b)),
        lambda b: b.files(**{f"{MARI}__csv": MARI.encode()}),
        lambda b: b.files(README__md=MARI.encode()),
        lambda b: b.files(TABLE__parquet=MARI.encode(), TABLE__csv__gz=MARI.encode()),
        lambda b: b.files(TABLE__csv__gz=csv_bytes(as_words(b))),
        lambda b: b.caveat("Ask mari.maasikas@naide.ee about it"),
        lambda b: b.drawn(b.from_all(release=MARI, part=MARI, plan=MARI)),
    ],
    ids=("word", "column", "file", "text", "unreadable", "no number", "e-mail", "draw"),
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
    found = {verdict.check: verdict.found for verdict in examine(*bench.rows(strangers)) if not verdict.passed}
    assert found == {WORDS: read_parquet(bench.good[0].files[f"{bench.name}.parquet"]).num_rows, NUMBERS: 1}
