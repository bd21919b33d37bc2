"""A plugin of pytest: of all tests that it found, only those that a file names, in the order of the file.

Names of tests may hold signs that pytest does not take back as arguments.
"""

import json
import os
from pathlib import Path

import pytest

FILE = "KOOND_CHOSEN"
"""Variable of the environment: where the names stand, as a list in JSON."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is not named."""
    order = {name: place for place, name in enumerate(json.loads(Path(os.environ[FILE]).read_text()))}
    config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in order])
    items[:] = sorted((item for item in items if item.nodeid in order), key=lambda item: order[item.nodeid])
