"""Runs pytest in a fork of a process that has imported the libraries already: four seconds less for every mutant.

The project's own modules are never imported here, so that a fork imports them from the copy, broken as they are.
"""

import importlib
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryFile

import pytest

LIBRARIES = (
    *("ahocorasick_rs", "confusable_homoglyphs.confusables", "crawleruseragents", "dagster", "dp_accounting", "duckdb"),
    *(
        "faker",
        "hypothesis.strategies",
        "numpy",
        "opendp.prelude",
        "pandas",
        "phonenumbers",
        "pyarrow.parquet",
        "pydantic",
    ),
    *("rich", "scipy.stats", "sqlalchemy", "stdnum", "typer", "ua_parser", "xdist.scheduler", "yaml"),
)
_OWN = ("anonymizers", "assets", "pipelines", "benchmarks", "tests")


def import_libraries() -> None:
    """Import what tests import. Raises RuntimeError if that imports a module of the core too."""
    for name in LIBRARIES:
        importlib.import_module(name)
    if any(name.partition(".")[0] in _OWN[:-1] for name in sys.modules):
        raise RuntimeError("the project's own modules were imported; forks would not see that they are broken")


def run_forked(
    root: Path, arguments: Sequence[str], seconds: float, variables: Mapping[str, str]
) -> tuple[int | None, str]:
    """pytest's exit code in a folder and what it printed; no code where it took longer than it may and was ended."""
    with TemporaryFile() as output:
        child = os.fork()
        if child == 0:
            try:
                _become(root, output.fileno(), variables)
                code = int(pytest.main(list(arguments)))
                sys.stdout.flush()
            except BaseException:
                code = 3
            os._exit(code)
        ended = _wait(child, seconds)
        output.seek(0)
        return ended, output.read().decode(errors="replace")


def _become(root: Path, output: int, variables: Mapping[str, str]) -> None:
    os.setsid()
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.chdir(root)
    sys.path[:] = [str(root), *(each for each in sys.path if each not in ("", os.environ.get("PYTHONPATH")))]
    os.environ.update({"PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"} | dict(variables))
    for name in [name for name in sys.modules if name.partition(".")[0] in _OWN]:
        del sys.modules[name]
    sys.dont_write_bytecode = True
    importlib.invalidate_caches()
    sys.argv = ["pytest"]
    if Path(importlib.import_module("anonymizers").__file__ or "").parents[1] != root:
        raise RuntimeError("not the copy's modules")
    del sys.modules["anonymizers"]


def _wait(child: int, seconds: float) -> int | None:
    """The exit code, or minus the signal that ended it."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.1)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None
