"""A plugin of pytest: which functions of the core each test calls, and how long it takes, written to a file at the end.

What a fixture calls that several tests share counts for each of them, whichever happens to set it up.
"""

import json
import os
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import pytest

FILE = "KOOND_REACHED"
"""Variable of the environment: where the result goes, as JSON. Test -> [seconds, ["file:first line of a function", ...]]."""
CORE = "anonymizers"


class Reaching:
    """One run of pytest."""

    def __init__(self, root: Path, file: Path) -> None:
        self._root, self._file = f"{root}{os.sep}", file
        self._core = f"{root / CORE}{os.sep}"
        self._called: set[tuple[str, int]] = set()
        self._by_fixture: dict[str, set[tuple[str, int]]] = defaultdict(set)
        self._tests: dict[str, tuple[float, set[tuple[str, int]], tuple[str, ...]]] = {}

    def note(self, frame: FrameType, event: str, argument: object) -> None:
        """What the interpreter calls on every call of a function; giving nothing back, it is spared the lines."""
        code = frame.f_code
        if code.co_filename.startswith(self._core):
            self._called.add((code.co_filename, code.co_firstlineno))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self._called, began = set(), time.monotonic()
        try:
            return (yield)
        finally:
            names = tuple(getattr(item, "fixturenames", ()))
            self._tests[item.nodeid] = (time.monotonic() - began, self._called, names)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[object]) -> Iterator[None]:
        outer, self._called = self._called, set()
        try:
            return (yield)
        finally:
            if fixturedef.scope != "function":
                self._by_fixture[fixturedef.argname] |= self._called
            self._called |= outer

    def pytest_sessionfinish(self) -> None:
        told = {}
        for test, (seconds, called, fixtures) in self._tests.items():
            whole = called.union(*(self._by_fixture.get(name, set()) for name in fixtures))
            told[test] = [seconds, sorted(f"{name.removeprefix(self._root)}:{line}" for name, line in whole)]
        self._file.write_text(json.dumps(told))


def pytest_configure(config: pytest.Config) -> None:
    """Begin to listen before any test is imported."""
    reaching = Reaching(config.rootpath, Path(os.environ[FILE]))
    config.pluginmanager.register(reaching)
    threading.settrace(reaching.note)
    sys.settrace(reaching.note)
