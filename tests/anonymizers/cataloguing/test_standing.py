"""Which releases stand: one final revision of each day and week, unless it is wrong; and latest.json says so."""

import json
from datetime import timedelta
from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from anonymizers.cataloguing.catalogue import LATEST
from anonymizers.cataloguing.standing import SHOWN, Store, latest_json, listed, shown
from anonymizers.local_day import iso_week
from anonymizers.releasing.edition import daily_base, weekly_base
from anonymizers.vocabulary import DAY, WEEK
from tests.anonymizers.cataloguing.conftest import CORRECTED, WRONG
from tests.anonymizers.cataloguing.shelves import LAST, notice
from tests.anonymizers.trials import trials

days = st.integers(0, 400).map(lambda back: LAST - timedelta(days=back))
bases = st.one_of(days.map(daily_base), days.map(lambda day: weekly_base(iso_week(day))))


@st.composite
def stores(draw):
    """Names of releases with their revisions, and which of the newest ones are wrong."""
    names, wrong = [], []
    for base in draw(st.sets(bases, min_size=1, max_size=90)):
        revisions = draw(st.integers(1, 12))
        names += [base if revision == 1 else f"{base}.r{revision}" for revision in range(1, revisions + 1)]
        if draw(st.booleans()):
            wrong.append(names[-1])
    return draw(st.permutations(names)), {name: notice(name) for name in wrong}


@given(stores())
@trials(60)
def test_each_period_has_one_final_revision_the_newest_unless_it_is_wrong(store):
    names, notices = store
    every = listed(names, notices)
    assert {each.release for each in every} == set(names)
    for window, period in {(each.window, each.period) for each in every}:
        same = [each for each in every if (each.window, each.period) == (window, period)]
        newest = max(same, key=lambda each: each.revision)
        assert [each.revision for each in same] == sorted((each.revision for each in same), reverse=True)
        assert newest.state == ("wrong" if newest.release in notices else "final") and newest.corrected_by is None
        use = newest.release if newest.state == "final" else None
        assert all(each.state == "corrected" and each.corrected_by == use for each in same if each != newest)


@given(stores(), st.data())
@trials(60)
def test_what_is_left_out_is_not_told_and_revives_no_revision_before_it(store, data):
    names, notices = store
    left_out = data.draw(st.sets(st.sampled_from(names)))
    before = {each.release: each for each in listed(names, notices)}
    after = {each.release: each for each in listed(names, notices, left_out)}
    assert after.keys() == before.keys() - left_out
    for name, each in after.items():
        assert each.state == before[name].state
        assert each.corrected_by == (before[name].corrected_by if before[name].corrected_by not in left_out else None)


@given(stores())
@trials(60)
def test_shown_are_the_newest_final_periods_and_no_others(store):
    every = listed(*store)
    for window in (DAY, WEEK):
        found = [each.period for each in shown(every) if each.window == window]
        final = sorted({each.period for each in every if each.window == window and each.state == "final"}, reverse=True)
        assert found == final[: SHOWN[window]]


def test_latest_json_points_at_the_newest_final_day_and_week_by_their_manifests(store, made):
    told = json.loads(made[LATEST])
    for name, release in (("daily", daily_base(LAST)), ("weekly", weekly_base(iso_week(LAST)))):
        manifest = store.files[release]["manifest.json"]
        assert told[name]["release"] == release and told[name]["path"] == f"{release}/"
        assert told[name]["manifest_sha256"] == sha256(manifest).hexdigest()
        assert told[name]["schema_version"] == json.loads(manifest)["schema_version"]
        assert told[name]["site"] == "elektrum"
    states = {each["release"]: each for each in told["releases"]}
    assert set(states) == set(store.files)
    assert states[daily_base(CORRECTED)]["corrected_by"] == f"{daily_base(CORRECTED)}.r2"
    assert states[daily_base(WRONG)]["state"] == "wrong" and states[daily_base(WRONG)]["reason"] == "wrong_input"


def test_the_newest_day_is_not_one_that_is_wrong(store):
    wrong = daily_base(LAST)
    bad = Store(store.files, {wrong: notice(wrong)})
    assert json.loads(latest_json(bad))["daily"]["release"] == daily_base(LAST - timedelta(days=1))
    assert wrong not in {each.release for each in shown(listed(bad.files, bad.notices))}
