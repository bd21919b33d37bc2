"""Mutants of the privacy code, by hand, as `mutants.yaml` tells them. Nothing is broken here; `runner` does that."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.mutation.runner import Edit


@dataclass(frozen=True)
class Mutant:
    """One thing broken, and the tests that must see it."""

    name: str
    edit: Edit
    tests: tuple[str, ...]
    """Arguments of pytest: at least one of these tests must fail."""


def read_mutants() -> Sequence[Mutant]:
    """Every mutant of the table, in its order."""
    table = yaml.safe_load(Path(__file__).with_name("mutants.yaml").read_text())
    return [
        Mutant(told["mutant"], Edit(told["file"], told["old"], told["new"]), tuple(told["tests"]))
        for part in table.values()
        for told in part
    ]


MUTANTS = read_mutants()
