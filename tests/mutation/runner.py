"""Runs tests on a copy of the tree in which one thing is broken, and tells whether they see it.

What is broken is in `mutants` (by hand) and `chance` (by chance); the copy is thrown away, the tree itself is never touched.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[2]
COPIED = ("anonymizers", "assets", "pipelines", "sites", "tests", "benchmarks", "docs")
PACKAGES = ("anonymizers", "assets", "pipelines", "tests")
_LEFT_OUT = shutil.ignore_patterns("__pycache__", ".*", "*.egg-info", "anonymeter")
_SECONDS = 900.0
OPTIONS = ("-q", "-n", "0", "-p", "no:cacheprovider", "-p", "tests.mutation.no_shrinking", "--no-header", "--tb=no")
_IMPORTED = (
    f"import sys, {', '.join(PACKAGES)}; print(*({', '.join(f'{name}.__file__' for name in PACKAGES)}), sep='\\n')"
)


class Fate(StrEnum):
    """What became of a mutant."""

    KILLED = "killed"
    SURVIVED = "survived"
    TIMED_OUT = "timed out"
    """Counts as killed: the tests did not pass."""
    BROKE = "broke"
    """Counts as killed: tests that could be collected in the whole code can no longer be. Told apart, for any import sees it."""


@dataclass(frozen=True)
class Edit:
    """One text of one file, and what stands there instead."""

    file: str
    old: str
    new: str

    def applied(self, text: str) -> str:
        """The file's text with the edit. Raises ValueError unless the old text stands there exactly once."""
        if text.count(self.old) != 1:
            raise ValueError(
                f"{self.file}: the old text stands there {text.count(self.old)} times; mend the table of mutants"
            )
        return text.replace(self.old, self.new)


@dataclass(frozen=True)
class Copy:
    """A copy of the tree below a folder of its own."""

    root: Path

    def passes(self, tests: Sequence[str], seconds: float = _SECONDS) -> Fate:
        """Run tests in the copy, up to the first that fails. Raises RuntimeError where nothing could be run."""
        # A process group of its own: a mutant may leave nights running behind it.
        process = subprocess.Popen(
            [sys.executable, "-m", "pytest", *OPTIONS, "-x", *tests],
            cwd=self.root,
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            printed, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.communicate()
            return Fate.TIMED_OUT
        if process.returncode in (0, 1, 2):  # 2: a test file could not even be imported
            return Fate.SURVIVED if process.returncode == 0 else Fate.KILLED
        raise RuntimeError(f"pytest could not run {' '.join(tests)}: {printed[-500:]}")

    @contextmanager
    def edited(self, edit: Edit) -> Iterator[None]:
        """The copy with one edit, for as long as the context lasts."""
        path = self.root / edit.file
        text = path.read_text()
        path.write_text(edit.applied(text))
        try:
            yield
        finally:
            path.write_text(text)

    def imported(self) -> list[Path]:
        """Where the packages come from that a process in the copy imports."""
        printed = subprocess.run(
            [sys.executable, "-c", _IMPORTED],
            cwd=self.root,
            env=self._environment(),
            capture_output=True,
            text=True,
            check=True,
        )
        return [Path(line) for line in printed.stdout.split()]

    def _environment(self) -> dict[str, str]:
        # Bytecode is known by its source's time and size, which a quick edit of equal length may share.
        return os.environ | {"PYTHONPATH": str(self.root), "PYTHONDONTWRITEBYTECODE": "1"}


@contextmanager
def copied_tree() -> Iterator[Copy]:
    """A copy of what tests need. Raises RuntimeError if a process in it would import the tree and not the copy."""
    with TemporaryDirectory(prefix="koond-mutation-") as folder:
        root = Path(folder).resolve()
        for name in COPIED:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, root / name, ignore=_LEFT_OUT)
        for path in ROOT.iterdir():
            if path.is_file():
                shutil.copy2(path, root / path.name)
        copy = Copy(root)
        strange = [path for path in copy.imported() if root not in path.parents]
        if strange:
            raise RuntimeError(f"{len(strange)} package(s) would not come from the copy; nothing would be mutated")
        yield copy
