"""The table of mutants fits the code, and a mutant is truly what the tests then see."""

import ast
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.mutation.chance import chances, sample
from tests.mutation.mutants import MUTANTS
from tests.mutation.runner import ROOT, Copy, Edit, Fate


def test_each_mutants_old_text_stands_in_its_file_exactly_once_and_the_new_one_is_python():
    for mutant in MUTANTS:
        text = (ROOT / mutant.edit.file).read_text()
        changed = mutant.edit.applied(text)
        assert changed != text, mutant.name
        if mutant.edit.file.endswith(".py"):
            ast.parse(changed)


def test_mutants_have_names_of_their_own_and_tests_that_exist():
    assert max(Counter(mutant.name for mutant in MUTANTS).values()) == 1
    for mutant in MUTANTS:
        files = [word for word in mutant.tests if word.startswith("tests/")]
        assert files and all((ROOT / word.partition("::")[0]).exists() for word in files), mutant.name


def test_at_least_thirty_mutants_in_every_package_that_keeps_privacy():
    packages = Counter(mutant.edit.file.split("/")[0] for mutant in MUTANTS)
    assert len(MUTANTS) >= 30 and set(packages) == {"anonymizers", "assets", "pipelines", "sites"}


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    """A tree of one module, half of which its tests see."""
    (tmp_path / "counted.py").write_text("def counted(n: int) -> int:\n    return max(n, 0) + 1 if n > 3 else 0\n")
    (tmp_path / "test_counted.py").write_text(
        "import counted\n\ndef test():\n    assert counted.counted(5) == 6 and counted.counted(0) == 0\n"
    )
    return Copy(tmp_path)


@pytest.mark.parametrize(
    ("new", "fate"), [("+ 2", Fate.KILLED), ("- 1 + 2", Fate.SURVIVED), ("+ while", Fate.KILLED)], ids=str
)
def test_a_mutant_is_killed_by_a_test_that_fails_and_survives_where_all_pass(copy, new, fate):
    before = (copy.root / "counted.py").read_text()
    with copy.edited(Edit("counted.py", "+ 1", new)):
        assert copy.passes(["test_counted.py"]) is fate
    assert (copy.root / "counted.py").read_text() == before
    assert copy.passes(["test_counted.py"]) is Fate.SURVIVED


def test_a_mutant_that_runs_for_ever_counts_as_killed_and_is_ended(copy):
    with copy.edited(Edit("counted.py", "    return", "    while True: pass\n    return")):
        assert copy.passes(["test_counted.py"], seconds=6) is Fate.TIMED_OUT


def test_tests_that_do_not_exist_kill_nothing(copy):
    with pytest.raises(RuntimeError):
        copy.passes(["test_nothing.py"])


def test_an_old_text_that_stands_there_twice_or_never_is_refused():
    for old in ("n", "m"):
        with pytest.raises(ValueError, match="mend the table"):
            Edit("a.py", old, "o").applied("n + n")


def test_random_mutants_of_the_core_are_python_and_differ_from_it_and_are_the_same_for_the_same_seed():
    tried = sample(ROOT, "anonymizers", 300, seed=4)
    assert tried == sample(ROOT, "anonymizers", 300, seed=4) != sample(ROOT, "anonymizers", 300, seed=5)
    for chance in tried:
        text = (ROOT / chance.file).read_text()
        changed = chance.applied(text)
        assert ast.dump(ast.parse(changed)) != ast.dump(ast.parse(text)), chance
    assert len({chance.kind for chance in tried}) > 8


def test_words_for_people_are_left_alone(tmp_path):
    (tmp_path / "a.py").write_text(
        '"""SELECT 1 < 2."""\nN: int = 1\n\n\ndef f(õ: int = 1) -> int:\n    raise ValueError("a AND b", 3)\n'
    )
    kinds = {(chance.line, chance.kind, chance.new) for chance in chances(tmp_path, "a.py")}
    assert kinds == {
        (2, "number", "(2)"), (2, "number", "(0)"), (5, "number", "(2)"), (5, "number", "(0)"), (6, "statement dropped", "pass")
    }  # fmt: skip


CORE = {
    "anonymizers/counting/one.py": "from anonymizers.counting.two import TWO\n\n\ndef one() -> int:\n    return TWO - 1\n",
    "anonymizers/counting/two.py": "TWO = 2\n",
    "anonymizers/counting/uncalled.py": "def uncalled() -> int:\n    return 3\n",
    "anonymizers/counting/unseen.py": "def unseen() -> int:\n    return 4\n",
    "anonymizers/counting/fragile.py": 'FIVE = int("5" * 1)\n\n\ndef five() -> int:\n    return FIVE\n',
    "tests/anonymizers/counting/test_one.py": (
        "from anonymizers.counting import fragile, one, unseen\n\n\ndef test():\n"
        "    assert one.one() == 1 and fragile.five() == 5\n    unseen.unseen()\n"
    ),
}
"""A core of which one function is tested, one is only called, one is not even that, and a file can break on import."""


def test_the_score_tells_what_was_killed_by_a_test_what_broke_and_what_no_test_sees(tmp_path):
    shutil.copytree(Path(__file__).parent, tmp_path / "tests" / "mutation")
    for name in ("anonymizers", "anonymizers/counting", "assets", "pipelines", "tests", "tests/anonymizers/counting"):
        (tmp_path / name).mkdir(parents=True, exist_ok=True)
        (tmp_path / name / "__init__.py").touch()
    for name, text in CORE.items():
        (tmp_path / name).write_text(text)
    printed = subprocess.run(
        [sys.executable, "-m", "tests.mutation", "--score", "99", "--seed", "1"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
    )
    assert printed.returncode == 0, printed.stderr
    *lines, told, fates = printed.stdout.splitlines()
    by_file: dict[str, set[str]] = {}
    for line in lines:
        by_file.setdefault(line.split()[1].partition(":")[0].rpartition("/")[2], set()).add(line.split()[0])
    assert by_file == {
        "one.py": {"killed"}, "two.py": {"killed"}, "uncalled.py": {"survived"}, "unseen.py": {"survived"},
        "fragile.py": {"killed", "broke"},
    }  # fmt: skip
    assert f"of {len(lines)} random mutants killed" in told and fates.endswith("2 broke")
