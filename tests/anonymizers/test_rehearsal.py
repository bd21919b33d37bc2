"""What a rehearsal told counts under its own settings alone, for today's attacks, as a whole, and by koond's own marks."""

from dataclasses import asdict, fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from anonymizers.rehearsal import (
    ATTACKS,
    MOST_VISITORS,
    Figures,
    Judged,
    Rehearsal,
    judge,
    settings_digest,
)
from tests.anonymizers.trials import trials

DAILY, WEEKLY = "a" * 64, "b" * 64
MARKS = {each.attack: 0.7 for each in ATTACKS}
ROUND = st.integers(-5_000_000, 5_000_000).map(lambda whole: round(whole / 1e6, 6))


def results() -> tuple[Figures, ...]:
    return tuple(
        Figures(each.attack, each.version, 0.5, (0.4, 0.6), each.control_pass_mark, each.least_trials)
        for each in ATTACKS
    )


@pytest.fixture
def rehearsal() -> Rehearsal:
    return Rehearsal(DAILY, WEEKLY, 100, 7, "2026-11-21", results())


@given(value=ROUND, mark=ROUND)
@trials(40)
def test_a_value_may_be_at_most_its_pass_mark(value, mark):
    judged = Judged(ATTACKS[0], replace(results()[0], value=value), mark)
    assert judged.passed == judged.good == (value <= mark)


@given(control=ROUND)
@trials(40)
def test_an_attack_whose_control_failed_proves_nothing(control):
    judged = Judged(ATTACKS[0], replace(results()[0], control_value=control), 0.7)
    assert judged.passed and judged.control_succeeded == judged.good == (control >= 0.9)


@pytest.mark.parametrize("place", range(len(ATTACKS)))
def test_one_bad_result_makes_a_rehearsal_bad(rehearsal, place):
    assert judge(rehearsal, MARKS).good
    for bad in ({"value": 0.8}, {"control_value": 0.1}):
        changed = [replace(each, **bad) if n == place else each for n, each in enumerate(rehearsal.results)]
        assert not judge(replace(rehearsal, results=tuple(changed)), MARKS).good


def test_a_rehearsal_holds_figures_and_no_words_and_no_marks(rehearsal):
    """Names, statistics, controls and marks are koond's own, whatever a file would like them to be."""
    assert {field.name for field in fields(Figures)} == {
        "attack", "version", "value", "interval", "control_value", "trials"
    }  # fmt: skip
    strings = {value for value in asdict(rehearsal).values() if isinstance(value, str)}
    strings |= {value for each in rehearsal.results for value in asdict(each).values() if isinstance(value, str)}
    assert strings == {DAILY, WEEKLY, "2026-11-21", *(each.attack for each in ATTACKS)}
    for judged, declared in zip(judge(rehearsal, MARKS).results, ATTACKS, strict=True):
        assert judged.declared is declared and judged.pass_mark == MARKS[declared.attack]


def test_it_fits_its_own_settings_and_todays_attacks_alone(rehearsal):
    assert rehearsal.fits(DAILY, WEEKLY)
    assert not rehearsal.fits(WEEKLY, WEEKLY) and not rehearsal.fits(DAILY, DAILY)
    older = tuple(replace(each, version=each.version + 1) for each in rehearsal.results)
    assert not replace(rehearsal, results=older).fits(DAILY, WEEKLY)


@given(plan=st.sampled_from([DAILY, WEEKLY]), visitors=st.integers(10, 12), events=st.integers(110, 112))
@trials(20)
def test_another_size_of_the_site_is_another_setting(plan, visitors, events):
    same = (plan, visitors, events) == (DAILY, 11, 111)
    assert (settings_digest(plan, visitors, events) == settings_digest(DAILY, 11, 111)) == same
    assert settings_digest(DAILY, 11, 110) != settings_digest(DAILY, 111, 10)


@pytest.mark.parametrize("place", range(len(ATTACKS)))
def test_one_trial_less_than_an_attack_needs_is_not_enough(rehearsal, place):
    assert rehearsal.large_enough(100)
    few = [replace(each, trials=each.trials - 1) if n == place else each for n, each in enumerate(rehearsal.results)]
    assert not replace(rehearsal, results=tuple(few)).large_enough(100)


@given(visitors=st.integers(1, MOST_VISITORS), expected=st.integers(10, 1_000_000))
@trials(30)
def test_as_many_visitors_are_attacked_as_the_site_expects_up_to_the_most(visitors, expected):
    whole = Rehearsal(DAILY, WEEKLY, min(expected, MOST_VISITORS), 7, "2026-11-21", results())
    assert whole.large_enough(expected)
    assert replace(whole, visitors=visitors).large_enough(expected) == (visitors == min(expected, MOST_VISITORS))


@pytest.mark.parametrize(
    "change",
    [
        {"results": results()[1:]},
        {"results": (*results(), results()[0])},
        {"results": results()[::-1]},
        {"daily_settings": "short"},
        {"visitors": 0},
        {"visitors": 38_001_085_718},
        {"seed": 38_001_085_718},
        {"made_on": "yesterday"},
        {"made_on": "3800-10-85"},
    ],
)
def test_a_rehearsal_that_is_not_whole_does_not_exist(rehearsal, change):
    """Nor one in whose numbers a person's could stand."""
    with pytest.raises(ValidationError):
        replace(rehearsal, **change)


@pytest.mark.parametrize(
    "change",
    [
        {"value": float("nan")},
        {"value": float("inf")},
        {"value": 38_001_085_718.0},
        {"control_value": 0.38001085718},
        {"interval": (0.1, 37_255_512_345.0)},
        {"trials": 0},
        {"trials": 38_001_085_718},
        {"version": 37_255_512_345},
        {"attack": "A9"},
    ],
)
def test_what_is_no_number_or_a_long_one_is_no_figure(change):
    with pytest.raises(ValidationError):
        replace(results()[0], **change)


def test_attacks_are_declared_once_each_with_their_control():
    assert [each.attack for each in ATTACKS] == ["A1", "A2", "A3", "A4", "A5", "A10"]
    for each in ATTACKS:
        assert each.version >= 1 and each.statistic and each.control and each.control_pass_mark > 0
        assert each.least_trials >= 1
