"""What a rehearsal told counts under its own plans alone, for today's attacks, and as a whole."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from anonymizers.rehearsal import ATTACKS, AttackResult, Rehearsal
from tests.anonymizers.trials import trials

DAILY_PLAN, WEEKLY_PLAN = "a" * 64, "b" * 64


def results() -> tuple[AttackResult, ...]:
    return tuple(
        AttackResult(each.attack, each.name, each.version, each.statistic, 0.5, (0.4, 0.6), 0.7, True, each.control, 1.0, 0.9, 10)
        for each in ATTACKS
    )  # fmt: skip


@pytest.fixture
def rehearsal() -> Rehearsal:
    return Rehearsal(DAILY_PLAN, WEEKLY_PLAN, "made up", 100, "2026-11-21", results())


@given(value=st.floats(-5, 5), mark=st.floats(-5, 5), at_most=st.booleans())
@trials(40)
def test_a_value_is_held_against_its_pass_mark_from_the_declared_side(value, mark, at_most):
    result = replace(results()[0], value=value, pass_mark=mark, at_most=at_most)
    assert result.passed == (value <= mark if at_most else value >= mark)
    assert result.good == result.passed


@given(control=st.floats(-5, 5), mark=st.floats(-5, 5))
@trials(40)
def test_an_attack_whose_control_failed_proves_nothing(control, mark):
    result = replace(results()[0], control_value=control, control_pass_mark=mark)
    assert result.passed and result.control_succeeded == result.good == (control >= mark)


@pytest.mark.parametrize("place", range(len(ATTACKS)))
def test_one_bad_result_makes_a_rehearsal_bad(rehearsal, place):
    assert rehearsal.good
    for bad in ({"value": 0.8}, {"control_value": 0.1}):
        changed = [replace(each, **bad) if n == place else each for n, each in enumerate(rehearsal.results)]
        assert not replace(rehearsal, results=tuple(changed)).good


def test_it_fits_its_own_plans_and_todays_attacks_alone(rehearsal):
    assert rehearsal.fits(DAILY_PLAN, WEEKLY_PLAN)
    assert not rehearsal.fits(WEEKLY_PLAN, WEEKLY_PLAN) and not rehearsal.fits(DAILY_PLAN, DAILY_PLAN)
    older = tuple(replace(each, version=each.version + 1) for each in rehearsal.results)
    assert not replace(rehearsal, results=older).fits(DAILY_PLAN, WEEKLY_PLAN)


@pytest.mark.parametrize(
    "change",
    [
        {"results": results()[1:]},
        {"results": (*results(), results()[0])},
        {"results": results()[::-1]},
        {"daily_plan": "short"},
        {"visitors": 0},
        {"made_on": "yesterday"},
    ],
)
def test_a_rehearsal_that_is_not_whole_does_not_exist(rehearsal, change):
    with pytest.raises(ValidationError):
        replace(rehearsal, **change)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_is_no_figure(value):
    with pytest.raises(ValidationError):
        replace(results()[0], value=value)


def test_attacks_are_declared_once_each_with_their_control():
    assert [each.attack for each in ATTACKS] == ["A1", "A2", "A3", "A4", "A5", "A10"]
    for each in ATTACKS:
        assert each.version >= 1 and each.statistic and each.control
