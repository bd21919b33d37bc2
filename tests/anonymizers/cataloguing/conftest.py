"""What these tests share: a few weeks of made-up releases, one of them corrected and one wrong, and their catalogue."""

from datetime import timedelta

import pytest

from anonymizers.cataloguing.catalogue import catalogue
from anonymizers.releasing.edition import daily_base, daily_edition
from anonymizers.releasing.release import Release
from tests.anonymizers.cataloguing.shelves import LAST, made_up, months, notice, store_of

CORRECTED, WRONG = LAST - timedelta(days=2), LAST - timedelta(days=4)


@pytest.fixture(scope="session")
def releases(site) -> list[Release]:
    correction = made_up(site, daily_edition(CORRECTED, f"{daily_base(CORRECTED)}.r2"))
    return [*months(site, nights=16, weeks=3), correction]


@pytest.fixture(scope="session")
def store(releases):
    return store_of(releases, {daily_base(WRONG): notice(daily_base(WRONG))})


@pytest.fixture(scope="session")
def made(store):
    return catalogue(store)
