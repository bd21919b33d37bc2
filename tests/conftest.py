"""Which worker runs which test: folders whose tests share something costly stay together, the rest goes one by one.

pytest 9.2 hides from pytest-xdist 3.8 where it writes a mark `xdist_group`, so that groups are silently torn apart.
"""

import sys

import pytest
from absl import logging as absl_logging
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

# dp-accounting brings absl, whose handler holds what was stderr when it was imported: a stream that pytest captures.
# A fresh Dagster home sets logging up anew, by which absl closes any stream that is no longer stderr.
absl_logging.get_absl_handler().python_handler.stream = sys.__stderr__

TOGETHER = (
    "tests/engines/",
    "tests/browser/",
    "tests/real/",
    "tests/pipelines/ledger/",
    "tests/pipelines/test_week.py",
    "tests/pipelines/test_published_files.py",
    "tests/faults/test_killed",
    "tests/privacy/test_canary_search.py",
    "tests/privacy/test_singling_out.py",
)


class SharingScheduling(LoadScopeScheduling):
    """One Java, one PostgreSQL, and each night or week that several tests look at, for one worker."""

    def _split_scope(self, nodeid: str) -> str:
        return next((folder for folder in TOGETHER if nodeid.startswith(folder)), nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> SharingScheduling:
    """The scheduler of all runs with more than one worker."""
    return SharingScheduling(config, log)
