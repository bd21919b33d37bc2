"""What the page says of corrections and of stores without a number to use."""

import json
import re

import pytest

from anonymizers.cataloguing.catalogue import LATEST, catalogue
from anonymizers.cataloguing.standing import Store
from anonymizers.local_day import days_of_week, iso_week
from anonymizers.releasing.edition import daily_base, daily_edition, weekly_edition
from tests.anonymizers.cataloguing.pages import NO_BREAK, Page
from tests.anonymizers.cataloguing.shelves import LAST, made_up, notice, store_of

FIRST, SECOND = daily_base(LAST), f"{daily_base(LAST)}.r2"
WEEK_OF_A_WRONG_DAY = {
    "index.html": "week 47 (16–22 Nov 2026) counts Sun 22 Nov 2026, which was found wrong afterwards (wrong input).",
    "index.et.html": "nädal 47 (16.–22. nov 2026): arvestatud on ka P, 22. nov 2026, mis osutus hiljem vigaseks "
    "(vigased lähteandmed).",
}


@pytest.fixture(scope="module")
def both(site):
    return [made_up(site, daily_edition(LAST)), made_up(site, daily_edition(LAST, SECOND))]


def told(store) -> tuple[str, dict[str, dict]]:
    """What the English page says, and latest.json's entries."""
    made = catalogue(store)
    text = re.sub(r"\s+", " ", " ".join(Page(made["index.html"]).texts)).translate(NO_BREAK)
    return text, {each["release"]: each for each in json.loads(made[LATEST])["releases"]}


def test_a_correction_that_is_wrong_itself_is_recommended_nowhere(both):
    text, latest = told(store_of(both, {SECOND: notice(SECOND)}))
    assert "Sun 22 Nov 2026 is wrong and is left out of this page (wrong input)." in text
    assert "use revision" not in text
    assert latest[FIRST]["state"] == "corrected" and "corrected_by" not in latest[FIRST]
    assert latest[SECOND]["state"] == "wrong"


def test_a_wrong_release_that_was_corrected_names_the_revision_to_use(both):
    text, latest = told(store_of(both, {FIRST: notice(FIRST)}))
    assert "Sun 22 Nov 2026 was corrected: use revision 2." in text and "left out" not in text
    assert (latest[FIRST]["state"], latest[FIRST]["corrected_by"]) == ("wrong", SECOND)


def test_a_release_whose_correction_is_left_out_is_neither_shown_nor_recommended(both):
    text, latest = told(Store({FIRST: both[0].files}, {}, {SECOND}))
    assert "was corrected, but the correction is not on this page; do not use the earlier numbers" in text
    assert latest == {FIRST: latest[FIRST]} and latest[FIRST]["state"] == "corrected"
    assert "corrected_by" not in latest[FIRST]


@pytest.mark.parametrize(("page", "sentence"), WEEK_OF_A_WRONG_DAY.items())
def test_a_week_says_which_of_its_days_were_found_wrong_after_it(site, both, page, sentence):
    """Not of a day that it leaves out, nor of one that was corrected."""
    days = days_of_week(iso_week(LAST))
    whole, part = (made_up(site, weekly_edition(iso_week(LAST), counted)) for counted in (days, days[:-1]))
    wrong = {FIRST: notice(FIRST)}
    said = [
        " ".join(Page(catalogue(store_of(releases, wrong))[page]).texts).translate(NO_BREAK)
        for releases in ([whole, both[0]], [part, both[0]], [whole, *both])
    ]
    assert [sentence in re.sub(r"\s+", " ", each) for each in said] == [True, False, False]


def test_a_store_in_which_all_is_wrong_says_so_and_why(both):
    text, _ = told(store_of(both[:1], {FIRST: notice(FIRST)}))
    assert "Nothing is published yet" not in text and "no numbers to use" in text
    assert "Sun 22 Nov 2026 is wrong" in text
