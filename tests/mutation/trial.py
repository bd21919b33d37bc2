"""Which tests a random mutant is tried on, and what became of it. Places are found by `chance`, tests run by `runner`.

A mutant of a function meets the tests that call that function, of its package and among the quick proofs; one outside of
functions meets those that call anything of its file or of one that imports it. The quickest test comes first.
"""

import ast
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from tests.mutation.chance import Chance
from tests.mutation.choosing import FILE as CHOSEN
from tests.mutation.reaching import CORE, FILE
from tests.mutation.runner import OPTIONS, Copy, Edit, Fate
from tests.mutation.warm import run_forked

ALSO = ("tests/privacy/test_sensitivity.py", "tests/privacy/test_accounting.py", "tests/privacy/test_noise.py")
"""Quick proofs that see a random mutant which the tests of its own package do not."""
BESIDE = {
    "attacking": (
        "tests/anonymizers/test_rehearsal.py",
        "tests/privacy/test_differences.py",
        "tests/privacy/test_reconstruction.py",
    ),
    "segments": ("tests/pipelines/test_site_folder_segments.py",),
}
"""Tests of a package that stand elsewhere."""
OF_THE_CORES_OWN = ("tests/anonymizers/stripping", "tests/anonymizers/counting", "tests/pipelines/test_site_folder.py")
"""What calls modules beside the packages of the core, whose own tests may be few."""
_HOUR = 3600.0
_FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE)
Reached = dict[str, tuple[float, list[str]]]
"""Test -> seconds, and the functions that it calls."""


@dataclass(frozen=True)
class Trial:
    """Tries mutants one by one in a copy of the tree; finds out only once which tests reach what."""

    copy: Copy
    seconds: float
    """Of tests that one mutant meets; it survives where none of them fails."""
    _reached: dict[str, Reached] = field(default_factory=dict)

    def fate(self, chance: Chance) -> tuple[Fate, str]:
        """What became of a mutant, and the test that killed it or how many did not. Raises RuntimeError where tests fail
        on the code as it is, so that nothing can be told."""
        chosen = self._chosen(chance)
        if not chosen:
            return Fate.SURVIVED, "no test calls it"
        tests: list[str] = []
        longest = together = 0.0
        for took, test in chosen:
            if together + took > self.seconds and tests:
                break
            tests.append(test)
            longest, together = took, together + took
        # No mutant ends so many tests one after the other; and one that hangs is ended with the test in which it hangs.
        limit = ("-x", "-o", f"faulthandler_timeout={60 + 10 * longest:.0f}", "-o", "faulthandler_exit_on_timeout=true")
        text = (self.copy.root / chance.file).read_text()
        with self.copy.edited(Edit(chance.file, text, chance.applied(text))):
            names = self.copy.root / "chosen.json"
            names.write_text(json.dumps(tests))
            files = dict.fromkeys(test.partition("::")[0] for test in tests)
            code, printed = self._run([*files], ("-p", "tests.mutation.choosing", *limit), {CHOSEN: str(names)})
        if code == 0:
            return Fate.SURVIVED, f"{len(tests)} of {len(chosen)} tests"
        if code is None or "Timeout (" in printed:
            return Fate.TIMED_OUT, ""
        failed = _FAILED.search(printed)
        if code == 1 and failed:
            return Fate.KILLED, failed.group(1)
        return Fate.BROKE, f"exit code {code}"

    def _chosen(self, chance: Chance) -> list[tuple[float, str]]:
        """The tests that reach a mutant, the quickest first."""
        root, file = self.copy.root, chance.file
        function = _function(ast.parse((root / file).read_text()), chance.line)
        files = {file} if function else {file, *_importing(root, file)}
        chosen = {}
        for folder in dict.fromkeys(folder for each in sorted(files) for folder in _folders(root, each)):
            for test, (seconds, called) in self._reached_by(folder).items():
                if any(
                    place == f"{file}:{function}" if function else place.rpartition(":")[0] in files for place in called
                ):
                    chosen[test] = seconds
        return sorted((seconds, test) for test, seconds in chosen.items())

    def _reached_by(self, folder: str) -> Reached:
        if folder not in self._reached:
            file = self.copy.root / "reached.json"
            code, printed = self._run([folder], ("-p", "tests.mutation.reaching"), {FILE: str(file)})
            if code != 0:
                raise RuntimeError(
                    f"{folder} does not pass as the code is, so that nothing can be told: {printed[-500:]}"
                )
            self._reached[folder] = json.loads(file.read_text())
        return self._reached[folder]

    def _run(
        self, tests: Sequence[str], options: Sequence[str], variables: Mapping[str, str] = MappingProxyType({})
    ) -> tuple[int | None, str]:
        return run_forked(self.copy.root, [*OPTIONS, *options, *tests], _HOUR, variables)


def _folders(root: Path, file: str) -> Iterator[str]:
    path = Path(file)
    own, folder = Path("tests", *path.parts[:-1], f"test_{path.name}"), Path("tests", *path.parts[:-1])
    if folder.parts[1:] == (CORE,):
        yield from ([own.as_posix()] if (root / own).exists() else [])
        yield from (each for each in OF_THE_CORES_OWN if (root / each).exists())
    elif (root / folder).is_dir():
        yield folder.as_posix()
        yield from BESIDE.get(path.parts[1], ())
    yield from (each for each in ALSO if (root / each).exists())


def _importing(root: Path, file: str) -> Iterator[str]:
    """Files of the same package that import something of a file by its name; of any package, if it stands beside them."""
    module = file.removesuffix(".py").replace("/", ".")
    for path in sorted((root / CORE).rglob("*.py")):
        beside = Path(file).parent == Path(CORE) or path.parent == (root / file).parent
        if beside and re.search(rf"^(?:from|import) {re.escape(module)}\b", path.read_text(), re.MULTILINE):
            yield path.relative_to(root).as_posix()


def _function(tree: ast.Module, line: int) -> int:
    """The first line of the innermost function in whose body a line stands; 0 for none."""
    inside = [
        min([node.lineno, *(each.lineno for each in node.decorator_list)])
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.body[0].lineno <= line <= (node.end_lineno or 0)
    ]
    return max(inside, default=0)
