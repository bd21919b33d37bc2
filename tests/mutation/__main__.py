"""`python -m tests.mutation`: are the mutants killed? `--score N --seed S`: how many of N random ones of the core are?

Exit code 1 when a mutant of the table survives or fits the code no more; a score alone never fails.
"""

import argparse
import math
import sys
import time
from collections.abc import Sequence

from scipy.stats import beta

from tests.mutation.chance import sample
from tests.mutation.mutants import MUTANTS
from tests.mutation.runner import Copy, Fate, copied_tree
from tests.mutation.trial import Trial
from tests.mutation.warm import import_libraries

CORE = "anonymizers"
DEAD = (Fate.KILLED, Fate.TIMED_OUT)


def main(words: Sequence[str] | None = None) -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument(
        "--only", action="append", default=[], metavar="NAME", help="mutants whose name holds this text"
    )
    parser.add_argument("--score", type=int, metavar="N", help="try N random mutants of the core instead")
    parser.add_argument("--package", default=CORE, help="of which package or folder the random mutants are")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=60.0, help="begin no random mutant after so many minutes")
    parser.add_argument(
        "--seconds", type=float, default=math.inf, help="of tests, for one random mutant; the quickest first"
    )
    asked = parser.parse_args(words)
    with copied_tree() as copy:
        if asked.score is None:
            return try_all(copy, asked.only)
        return score(copy, asked.package, asked.score, asked.seed, asked.minutes, asked.seconds)


def try_all(copy: Copy, only: Sequence[str]) -> int:
    """Every mutant of the table whose name holds one of the texts, or every one."""
    chosen = [mutant for mutant in MUTANTS if not only or any(text in mutant.name for text in only)]
    killed = 0
    whole: dict[tuple[str, ...], bool] = {}
    for mutant in chosen:
        began = time.monotonic()
        try:
            with copy.edited(mutant.edit):
                fate: str = copy.passes(mutant.tests)
        except (ValueError, RuntimeError) as error:
            fate = f"does not apply: {error}"
        if fate in DEAD:
            # Tests that fail in any case kill nothing.
            if mutant.tests not in whole:
                whole[mutant.tests] = copy.passes(mutant.tests) is Fate.SURVIVED
            fate = fate if whole[mutant.tests] else "its tests fail on the code as it is"
        killed += fate in DEAD
        print(f"{fate:<10}{time.monotonic() - began:6.1f} s  {mutant.name}", flush=True)
    print(f"{killed} of {len(chosen)} mutants killed")
    return 0 if chosen and killed == len(chosen) else 1


def score(copy: Copy, package: str, number: int, seed: int, minutes: float, seconds: float) -> int:
    """Random mutants of a package, each against the tests that reach it, until one fails."""
    began = time.monotonic()
    fates: list[Fate] = []
    import_libraries()
    trial = Trial(copy, seconds)
    for chance in sample(copy.root, package, number, seed):
        if time.monotonic() - began > 60 * minutes:
            break
        fate, by = trial.fate(chance)
        fates.append(fate)
        print(f"{fate:<9} {chance.file}:{chance.line}  {chance.kind}: {chance.told(copy.root)}  {by}", flush=True)
    if fates:
        alive = fates.count(Fate.SURVIVED)
        print(_told(len(fates) - alive, len(fates), seed))
        print(", ".join(f"{fates.count(fate)} {fate}" for fate in Fate))
    return 0 if fates else 1


def _told(killed: int, tried: int, seed: int) -> str:
    low = float(beta.ppf(0.025, killed, tried - killed + 1)) if killed else 0.0
    high = float(beta.ppf(0.975, killed + 1, tried - killed)) if killed < tried else 1.0
    return (
        f"{killed} of {tried} random mutants killed: {killed / tried:.0%} "
        f"(95 % interval {low:.0%} to {high:.0%}, Clopper-Pearson; seed {seed})"
    )


if __name__ == "__main__":
    sys.exit(main())
