"""The gate: a good candidate passes, and each defect alone fails the check that is there for it, by day and by week."""

import json
from contextlib import contextmanager
from dataclasses import replace

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import anonymizers.counting.plan as planning
import anonymizers.releasing.gate as gate
from anonymizers.counting.mechanism import Mechanism
from anonymizers.counting.plan import Measure, plan
from anonymizers.estimating.estimate import NoisyTable
from anonymizers.refusal import Reason, Refusal
from anonymizers.releasing.containers import csv_bytes, read_parquet
from anonymizers.releasing.gate import CHECKS, admit, examine
from anonymizers.releasing.release import Release
from anonymizers.releasing.rules import RULES
from anonymizers.vocabulary import DAY, WEEK
from tests.anonymizers.releasing.candidates import EDITIONS, changed, rehearsed, with_column, with_value
from tests.anonymizers.releasing.defects import (
    ADDRESS,
    ATTACK,
    COLUMNS,
    COST,
    DEFECTS,
    MARI,
    NUMBERS,
    ORDERED,
    SITE,
    WORDS,
    Bench,
    Case,
    as_words,
    at_the_end_of_the_pages,
    dearer,
    moved,
    named,
    renamed,
)  # fmt: skip
from tests.anonymizers.trials import trials


@pytest.fixture(scope="module")
def bench(site, sources, edition) -> Bench:
    return Bench(site, sources, edition)


def failed(case: Case) -> set[str]:
    return {verdict.check for verdict in examine(*case) if not verdict.passed}


def test_a_good_candidate_passes_every_check_and_is_admitted_unchanged(bench):
    assert [verdict.check for verdict in examine(*bench.good)] == list(CHECKS)
    assert failed(bench.good) == set()
    assert admit(*bench.good) is bench.good[0]


def test_what_checks_json_claims_of_a_candidate_is_what_the_gate_found(bench):
    for site in (replace(bench.site, rehearsal=None), rehearsed(bench.site), rehearsed(bench.site, value=1.5)):
        candidate, evidence = bench.case(bench.made, site=site)
        claimed = {entry["check"]: entry for entry in json.loads(candidate.files["checks.json"])}
        for verdict in examine(candidate, evidence):
            entry = claimed[verdict.check]
            assert (entry["verdict"] == "failed") is not verdict.passed, verdict.check
            assert (entry["verdict"] == "not run") == (verdict.passed and verdict.sentence == entry.get("reason"))
            assert verdict.check == COST or entry["value"] in (verdict.found, None)


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_candidate_with_one_defect_fails_the_check_that_is_there_for_it(bench, defect):
    checks, make = DEFECTS[defect]
    assert failed(make(bench)) == checks


def test_a_byte_more_in_any_one_file_is_found_in_that_file(bench):
    """Although no digest was made anew: the bytes themselves are compared, and not what the manifest says of them."""
    candidate, evidence = bench.good
    for name, content in candidate.files.items():
        longer = at_the_end_of_the_pages(content) if name.endswith(".parquet") else content + b"\n"
        found = CHECKS[SITE](replace(candidate, files={**candidate.files, name: longer}), evidence)
        assert len(found) == 1 and found[0].startswith(f"{name} holds bytes"), name


def test_every_check_has_a_defect_that_it_alone_finds():
    """Of the other three, the next three tests."""
    alone = {next(iter(checks)) for checks, _ in DEFECTS.values() if len(checks) == 1}
    assert alone == set(CHECKS) - {WORDS, ORDERED, COST}


def test_a_word_that_the_estimate_itself_makes_up_is_found_by_the_closed_lists_alone(bench, monkeypatch):
    """The same mistake in the candidate and where the gate makes it anew: numbers agree, and the word is still strange."""
    strange = changed(bench.made, bench.name, renamed(bench))
    case = bench.case(strange)
    assert failed(case) == {WORDS, NUMBERS}
    monkeypatch.setattr(gate, "estimate", lambda *words: strange)
    assert failed(case) == {WORDS}


@pytest.mark.parametrize("column", ["visitors", "visitors_low", "visitors_high"])
def test_an_interval_that_the_estimate_itself_gets_wrong_is_found_by_the_order_alone(bench, monkeypatch, column):
    turned = changed(
        bench.made, bench.name, moved(bench, column, -1_000_000 if column == "visitors_high" else 1_000_000)
    )
    case = bench.case(turned)
    monkeypatch.setattr(gate, "estimate", lambda *words: turned)
    assert failed(case) == {ORDERED}


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


def test_a_rehearsal_that_does_not_fit_refuses_no_release_and_is_told(bench):
    """Else nobody could change a bound before the next rehearsal; and no release may boast of it."""
    other = rehearsed(bench.site, plans=dearer(bench.site, bench.edition.window), value=1.5)
    case = bench.case(bench.made, site=other)
    assert failed(case) == set()
    told = {verdict.check: verdict.sentence for verdict in examine(*case)}
    assert told[ATTACK].startswith("The rehearsal of the site folder was made under other settings")
    assert told[ATTACK].encode() in case[0].files["checks.json"]


def test_that_no_attack_was_ever_rehearsed_is_told(bench):
    bare = bench.case(bench.made, site=replace(bench.site, rehearsal=None))
    assert failed(bare) == set()
    told = {verdict.check: verdict.sentence for verdict in examine(*bare)}
    assert told.pop(ATTACK).startswith("The site folder holds no rehearsal") and set(told.values()) == {"nothing found"}


def test_every_check_has_its_words(bench):
    assert list(CHECKS) == list(RULES)


@given(table=st.integers(0, 99), row=st.integers(0, 999), column=st.integers(0, 99), by=st.integers(-9, 9).filter(bool))
@trials(12)
def test_no_number_of_any_table_can_be_changed_by_as_little_as_one(bench, table, row, column, by):
    chosen: NoisyTable = bench.made[table % len(bench.made)]
    numbers = [field.name for field in chosen.rows.schema if field.type == pa.int64()]
    name, place = numbers[column % len(numbers)], row % chosen.rows.num_rows
    value = chosen.rows[name].to_pylist()[place]
    other = with_value(chosen.rows, name, place, 100 if value is None else value + by)
    assert failed(bench.rows(other, chosen.statistic.name)) - {ORDERED} == {NUMBERS}


@pytest.mark.parametrize("other", [None, 99, 101])
def test_no_index_of_a_week_can_be_changed_or_left_out(site, sources, other):
    bench = Bench(site, sources, EDITIONS[1])
    place = bench.topics["affinity"].to_pylist().index(100)
    assert failed(bench.rows(with_value(bench.topics, "affinity", place, other))) == {NUMBERS, ORDERED}


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
    assert failed((nothing, bench.good[1])) == set(CHECKS) - {ADDRESS, COST, ATTACK}


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
