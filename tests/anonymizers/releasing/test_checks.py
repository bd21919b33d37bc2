"""checks.json says what was checked, on what, with which figures; and nothing that is not public or not true."""

import json
import re
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.counting.plan import plan
from anonymizers.counting.rehearsed import marks_of
from anonymizers.rehearsal import ATTACKS, MOST_VISITORS
from anonymizers.releasing.checks import (
    AT_LEAST,
    AT_MOST,
    NOT_RUN,
    PASSED,
    checks_json,
    rehearsal_of,
    summary,
    wrong_in,
)
from anonymizers.releasing.gate import CHECKS
from anonymizers.releasing.rules import COST, NO_ATTACK, NOTHING_PERSONAL, RULES, VERSION
from anonymizers.searching.leak_scan import must_search
from pipelines.site_folder import read_site_folder
from tests.anonymizers.releasing.candidates import rehearsed
from tests.anonymizers.releasing.defects import dearer
from tests.anonymizers.trials import trials
from tests.worlds import SITES

KEYS = [
    "check", "version", "ran_on", "blocking", "statistic", "value", "interval", "pass_mark", "must_be", "verdict", "description",
]  # fmt: skip
NUMBERED = [f"A{number}" for number in range(1, 11)]
IN_TESTS = {"A6", "A7", "A8", "A9"}
THIS, REHEARSAL = "this release", "rehearsal with made-up traffic of the same site folder"


def told(site, edition, sources=None) -> dict[str, dict]:
    """The entries by name, in their order."""
    searched = must_search(sources) if sources else {}
    return {entry["check"]: entry for entry in json.loads(checks_json(site, edition, searched))}


@pytest.fixture(scope="module")
def bare(site):
    """The site without any rehearsal."""
    return replace(site, rehearsal=None)


@pytest.fixture(scope="module")
def with_one(bare):
    """The site with a rehearsal in which all went well."""
    return rehearsed(bare)


def test_every_check_of_the_gate_and_every_attack_stands_in_it_once_and_in_order(bare, with_one, edition):
    for site in (bare, with_one):
        entries = json.loads(checks_json(site, edition, {}))
        assert [entry["check"] for entry in entries] == [*CHECKS, *NUMBERED]
        assert all(list(entry)[: len(KEYS)] == KEYS for entry in entries)


def test_the_gates_checks_ran_on_the_release_itself_block_and_found_nothing(with_one, edition):
    entries = told(with_one, edition)
    for name in RULES:
        entry = entries[name]
        assert entry["ran_on"] == (REHEARSAL if name == NO_ATTACK else THIS)
        assert entry["blocking"] and entry["verdict"] == PASSED and entry["must_be"] == AT_MOST
        assert (entry["value"], entry["pass_mark"]) == (0, 0) or name == COST
        assert (entry["version"], entry["description"]) == (RULES[name].version, RULES[name].description)


def test_the_cost_is_the_plans_loss_against_the_sites_budget(bare, edition):
    entry = told(bare, edition)[COST]
    assert entry["value"] == pytest.approx(plan(bare, edition.window).epsilon, abs=1e-6)
    assert (entry["pass_mark"], entry["delta"]) == (bare.budget.epsilon, bare.budget.delta)


def test_it_names_the_columns_that_were_searched_for_and_no_number_of_values(bare, sources, edition):
    entry = told(bare, edition, sources)[NOTHING_PERSONAL]
    assert set(entry["searched"]) == {
        f"{table}.{column}" for table, some in must_search(sources).items() for column in some
    }
    assert "registrations.name" in entry["searched"] and "clickstream.ip" not in entry["searched"]
    assert set(entry) == {*KEYS, "searched"}


@pytest.mark.parametrize(
    "why", ["none", "other settings", "another size", "an older attack", "few trials", "few visitors"]
)
def test_attacks_that_were_not_rehearsed_under_these_settings_are_not_run_and_say_why(bare, edition, why):
    old = replace(ATTACKS[0], version=ATTACKS[0].version + 1)
    site = {
        "none": bare,
        "other settings": rehearsed(bare, plans=dearer(bare, edition.window)),
        "another size": rehearsed(bare, plans=replace(bare, size=replace(bare.size, events=bare.size.events + 1))),
        "an older attack": rehearsed(bare, version=old.version),
        "few trials": rehearsed(bare, trials=ATTACKS[0].least_trials - 1, value=99.0),
        "few visitors": rehearsed(bare, visitors=40, value=99.0),
    }[why]
    entries = told(site, edition)
    for name in (*NUMBERED, NO_ATTACK):
        entry = entries[name]
        assert (entry["verdict"], entry["blocking"], entry["ran_on"]) == (NOT_RUN, False, None), name
        assert entry["value"] is entry["pass_mark"] is entry["interval"] is entry["must_be"] is None
        assert "koond" in entry["reason"] and "control" not in entry
    words = {"none": "holds no rehearsal", "few trials": "with too few", "few visitors": "with too few"}.get(
        why, "made under other settings"
    )
    assert all(words in entries[name]["reason"] for name in (NO_ATTACK, "A1", "A10"))
    assert rehearsal_of(site) == entries[NO_ATTACK]["reason"]


def test_a_rehearsal_that_fits_is_told_with_the_figures_of_each_attack_and_its_control(with_one, edition):
    entries = told(with_one, edition)
    marks = marks_of(with_one)
    for declared in ATTACKS:
        entry, mark = entries[declared.attack], declared.control_pass_mark
        assert (entry["ran_on"], entry["blocking"], entry["verdict"]) == (REHEARSAL, True, PASSED)
        assert (entry["value"], tuple(entry["interval"])) == (0, (0, 0.5))
        assert (entry["pass_mark"], entry["must_be"]) == (marks[declared.attack], AT_MOST)
        assert (entry["version"], entry["statistic"]) == (declared.version, declared.statistic)
        assert (entry["description"], entry["trials"]) == (declared.name, declared.least_trials)
        assert entry["control"] == {
            "statistic": declared.control, "value": mark, "pass_mark": mark, "must_be": AT_LEAST
        }  # fmt: skip
    assert entries[NO_ATTACK]["rehearsal"] == {
        "traffic": "a day and a week, drawn at random (seed 7) from the site folder alone; never seen a real visitor",
        "visitors": min(with_one.size.visitors, MOST_VISITORS),
        "made_on": "2026-11-01",
    }


def test_the_summary_counts_what_passed_and_what_was_not_run(bare, with_one, edition):
    for site, passed, left in ((bare, 9, 11), (with_one, 16, 4)):
        entries = json.loads(checks_json(site, edition, {}))
        assert summary(entries).startswith(f"{passed} checks passed, {left} not run")


def test_what_runs_in_the_tests_of_koond_claims_no_more_than_that(with_one, edition):
    """Under its right version."""
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())["project"]
    assert project["version"] == VERSION
    entries = told(with_one, edition)
    assert {name for name in NUMBERED if entries[name]["verdict"] == NOT_RUN} == IN_TESTS
    for name in IN_TESTS:
        assert entries[name]["ran_on"] is None and not entries[name]["blocking"]
        assert f"the tests of koond {VERSION}" in entries[name]["reason"]


@pytest.mark.parametrize("changes", [{"value": 1.5}, {"value": 0.5}, {"control_value": 0.5}])
def test_an_attack_that_succeeded_or_a_control_that_failed_is_never_told_as_passed(bare, edition, changes):
    """Half of the declared epsilon is too much already: no attack on the declared noise can reach it."""
    site = rehearsed(bare, **changes)
    entries = told(site, edition)
    assert entries["A1"]["verdict"] == entries[NO_ATTACK]["verdict"] == "failed"
    assert entries[NO_ATTACK]["value"] == 1
    assert "a check that must pass did not" in wrong_in(json.loads(checks_json(site, edition, {})))


@pytest.mark.parametrize("name", ["elektrum", "weblog", "snowplow"])
def test_every_shipped_sites_checks_are_in_order(name, edition):
    folder = read_site_folder(SITES / name)
    assert wrong_in(json.loads(checks_json(folder.site, edition, must_search(folder.sources)))) == []


def test_a_checks_json_with_and_without_a_rehearsal_is_in_order(bare, with_one, edition):
    for site in (bare, with_one):
        assert wrong_in(json.loads(checks_json(site, edition, {}))) == []


WRONG = {
    "a check left out": ("missing, strange, or out of order", lambda entries: entries[1:]),
    "an attack left out": ("missing, strange, or out of order", lambda entries: entries[:-1]),
    "a check twice": ("missing, strange, or out of order", lambda entries: [*entries, entries[0]]),
    "a strange check": ("missing, strange, or out of order", lambda entries: changed(entries, 0, check="Mari")),
    "another order": ("missing, strange, or out of order", lambda entries: entries[::-1]),
    "a check that failed": ("must pass did not", lambda entries: changed(entries, 0, verdict="failed")),
    "a check of the gate that was not run": (
        "must pass did not", lambda entries: changed(entries, 0, verdict=NOT_RUN, blocking=False, reason="none")
    ),
    "a verdict of another kind": ("must pass did not", lambda entries: changed(entries, 0, verdict=True)),
    "a blocking attack that was not run": (
        "must pass did not", lambda entries: changed(entries, -1, verdict=NOT_RUN, reason="none")
    ),
    "more than may be found": ("against its own figures", lambda entries: changed(entries, 0, value=1)),
    "more than the budget": ("against its own figures", lambda entries: changed(entries, 5, value=1.01)),
    "an attack that got too far": ("against its own figures", lambda entries: changed(entries, -1, value=1.01)),
    "a control that failed": (
        "against its own figures",
        lambda entries: changed(entries, -1, control=entries[-1]["control"] | {"value": 0.1}),
    ),
    "a mark of no direction": ("against its own figures", lambda entries: changed(entries, 0, must_be=None)),
    "an attack in tests without a reason": ("no reason", lambda entries: changed(entries, -2, reason="")),
    "no list": ("no list", lambda entries: {"checks": entries}),
    "no object": ("no list", lambda entries: [*entries, "A11"]),
    "a key left out": ("no list", lambda entries: [{k: v for k, v in entries[0].items() if k != "pass_mark"}, *entries[1:]]),
}  # fmt: skip


def changed(entries: list[dict], place: int, **changes: object) -> list[dict]:
    return [entry | changes if entry is entries[place] else entry for entry in entries]


@pytest.mark.parametrize("defect", WRONG)
def test_a_checks_json_that_is_not_in_order_is_found(with_one, edition, defect):
    sentence, change = WRONG[defect]
    found = wrong_in(change(json.loads(checks_json(with_one, edition, {}))))
    assert any(sentence in each for each in found), found


@given(
    claims=st.dictionaries(st.integers(0, 19), st.sampled_from([PASSED, NOT_RUN, "failed", "", None, True]), min_size=1)
)
@trials(80)
def test_no_verdict_but_the_true_one_is_in_order(with_one, edition, claims):
    entries = json.loads(checks_json(with_one, edition, {}))
    claimed = [entry | {"verdict": claims.get(place, entry["verdict"])} for place, entry in enumerate(entries)]
    assert (wrong_in(claimed) == []) == (claimed == entries)


def test_nothing_in_it_is_a_word_of_the_night(with_one, sources, edition):
    """Its strings are the same for every night of the site folder: no date, no name of a release, no number of rows."""
    text = checks_json(with_one, edition, must_search(sources)).decode()
    assert not re.search(r"\d{4}-W?\d{2}", text.replace("2026-11-01", ""))
    later = replace(edition, release=f"{edition.release}.r2", days=edition.days[:1])
    assert checks_json(with_one, later, must_search(sources)).decode() == text
