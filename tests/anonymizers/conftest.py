"""What these tests share: the demo site, a day of it, and one engine for each worker."""

import pytest

from anonymizers.contract import Sources
from anonymizers.local_day import LocalDay
from anonymizers.site import Site
from pipelines.engines.duckdb_engine import DuckDBEngine
from pipelines.site_folder import read_site_folder
from tests.worlds import DAY, SITES


@pytest.fixture(scope="session")
def site() -> Site:
    return read_site_folder(SITES / "elektrum").site


@pytest.fixture(scope="session")
def sources() -> Sources:
    return read_site_folder(SITES / "elektrum").sources


@pytest.fixture(scope="session")
def day(site) -> LocalDay:
    return site.day(DAY.isoformat())


@pytest.fixture(scope="session")
def engine(tmp_path_factory) -> DuckDBEngine:
    return DuckDBEngine(tmp_path_factory.mktemp("engine"))
