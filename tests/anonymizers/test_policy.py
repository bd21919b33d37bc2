"""Which version of the privacy policy was in force on a day; a day without one is refused."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.policy import Policy, as_versions, in_force_on, in_order
from anonymizers.refusal import Reason, Refusal

days = st.dates(date(2020, 1, 1), date(2030, 1, 1))


def version(number: int, day: date | None) -> Policy:
    return Policy(version=f"v{number}", url="https://x.example/p", in_force=day)


@given(first_days=st.sets(days, min_size=1, max_size=5), day=days)
def test_the_version_of_a_day_is_the_newest_that_began_by_then(first_days, day):
    policies = in_order(tuple(version(number, each) for number, each in enumerate(sorted(first_days))))
    begun = [each for each in policies if each.in_force and each.in_force <= day]
    if begun:
        assert in_force_on(policies, day) == begun[-1]
    else:
        with pytest.raises(Refusal) as refused:
            in_force_on(policies, day)
        assert refused.value.reason is Reason.SITE_FOLDER and str(day) in str(refused.value)


@given(day=days)
def test_the_only_version_of_a_site_holds_on_all_days(day):
    assert in_force_on((version(1, None),), day).version == "v1"


@pytest.mark.parametrize("second", [None, timedelta(0), timedelta(days=-1)])
def test_versions_without_a_first_day_or_out_of_order_are_refused(second):
    first = date(2026, 1, 1)
    with pytest.raises(ValueError, match="oldest first"):
        in_order((version(1, first), version(2, None if second is None else first + second)))


def test_one_version_may_stand_without_its_list():
    assert as_versions({"version": "1"}) == [{"version": "1"}]
    assert as_versions([{"version": "1"}]) == [{"version": "1"}]
