"""What these tests share: each of them on the release of a day and on that of its week."""

from dataclasses import dataclass

import pytest

from anonymizers.releasing.edition import Edition
from anonymizers.releasing.release import Release, compose_empty
from tests.anonymizers.releasing.candidates import EDITIONS, composed


@dataclass(frozen=True)
class Pair:
    """A release in which every table has rows, and the same without any data."""

    edition: Edition
    full: Release
    empty: Release


@pytest.fixture(scope="session", params=EDITIONS, ids=("day", "week"))
def edition(request) -> Edition:
    return request.param


@pytest.fixture(scope="session")
def pair(site, edition) -> Pair:
    return Pair(edition, composed(site, edition), compose_empty(site, edition))


@pytest.fixture(scope="session")
def release(pair) -> Release:
    return pair.full


@pytest.fixture(scope="session")
def empty(pair) -> Release:
    return pair.empty
