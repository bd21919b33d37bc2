"""Anonymeter's three attacks on rows, run by an interpreter of its own: `python attack.py FOLDER ATTACKS ATTEMPTS`.

FOLDER holds as Parquet, with equal columns: `people` (who is in the release), `control` (as many who are not), `release`
(rows expanded from its tables). Prints JSON: attack -> against `release` and, as the control, against the people's own
rows (`raw`) -> its success, that on the control group, the risk and its interval. Nothing of koond is imported here.
"""

import json
import sys
from pathlib import Path
from typing import Any

import pandas as pd
from anonymeter.evaluators import InferenceEvaluator, LinkabilityEvaluator, SinglingOutEvaluator

WHEN, WITH = ["first_second", "topic"], ["last_second", "pages", "browser", "device", "os"]
"""What two data sets would know of the same people: one when they came, the other how they left, and with what."""
SECRET = "topic"


def evaluators(
    people: pd.DataFrame, rows: pd.DataFrame, control: pd.DataFrame, attacks: int, attempts: int
) -> dict[str, Any]:
    """Each attack by its name in LEAKS, run."""
    rest = [column for column in people.columns if column != SECRET]
    among = {"ori": people, "syn": rows, "control": control, "n_attacks": attacks}
    return {
        "singling out by one column": SinglingOutEvaluator(**among, max_attempts=attempts, seed=1).evaluate(
            "univariate"
        ),
        "singling out": SinglingOutEvaluator(**among, n_cols=4, max_attempts=attempts, seed=2).evaluate("multivariate"),
        "linkability": LinkabilityEvaluator(**among, aux_cols=(WHEN, WITH), n_neighbors=1).evaluate(n_jobs=1),
        "inference": InferenceEvaluator(**among, aux_cols=rest, secret=SECRET).evaluate(n_jobs=1),
    }


def told(evaluator: Any) -> dict[str, Any]:
    """Rates with the half width of their 95 % intervals, and the risk with its interval."""
    results, risk = evaluator.results(confidence_level=0.95), evaluator.risk(confidence_level=0.95)
    return {
        "success": list(results.attack_rate),
        "control": list(results.control_rate),
        "risk": risk.value,
        "interval": list(risk.ci),
    }


def main(folder: Path, attacks: int, attempts: int) -> None:
    """Run all and print."""
    people, control, release = (
        pd.read_parquet(folder / f"{name}.parquet") for name in ("people", "control", "release")
    )
    found: dict[str, dict[str, Any]] = {}
    for name, rows in (("release", release), ("raw", people)):
        for attack, evaluator in evaluators(people, rows, control, attacks, attempts).items():
            found.setdefault(attack, {})[name] = told(evaluator)
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
