"""checks.json: what a release was judged by, on what, with which figures and verdict. How a check is made is in `gate.py`.

It follows from the site folder and the plan alone: the gate lets a release out only when every verdict in it is true,
so that figures which count what is wrong are 0 in every published file.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from anonymizers.counting.plan import plan
from anonymizers.rehearsal import ATTACKS, AttackResult, Rehearsal
from anonymizers.releasing.describe import as_json
from anonymizers.releasing.edition import Edition
from anonymizers.releasing.rules import COST, NO_ATTACK, NOTHING_PERSONAL, RULES, TESTED, VERSION, Rule
from anonymizers.site import Site
from anonymizers.vocabulary import DAY, WEEK

RELEASE, REHEARSAL = "this release", "rehearsal with made-up traffic of the same site folder"
"""What a check ran on."""
PASSED, FAILED, NOT_RUN = "passed", "failed", "not run"
"""No published file says `failed`: the gate refuses it."""
AT_MOST, AT_LEAST = "at most", "at least"
_NONE_YET = "The site folder holds no rehearsal; koond rehearse makes one."
_OTHER_SETTINGS = "The rehearsal of the site folder was made under other settings; koond rehearse makes it anew."
_TESTS = f"Not run for this release: it belongs to the tests of koond {VERSION}, which use made-up traffic."

Entry = dict[str, Any]
_KEYS = {
    "check", "version", "ran_on", "blocking", "statistic", "value", "interval", "pass_mark", "must_be", "verdict", "description",
}  # fmt: skip

TOLD = (*RULES, *(f"A{number}" for number in range(1, 11)))
"""The checks that a checks.json of now tells of, in its order."""


def checks_json(site: Site, edition: Edition, searched: Mapping[str, Sequence[str]]) -> bytes:
    """A JSON list, an object for each check of the gate in its order, then for each attack in the order of its number.

    Keys: check, version, ran_on (null: on nothing), blocking, statistic, value, interval (null: none), pass_mark, must_be
    ("at most" or "at least" the pass mark), verdict ("passed" or "not run"), description; then what one kind has alone.
    `searched` is raw table -> its columns whose values are searched for.
    """
    rehearsal = rehearsal_of(site)
    told = [_of_gate(name, site, edition, searched, rehearsal) for name in RULES]
    attacks = [*_of_attacks(rehearsal), *(_not_run(name, rule, _TESTS) for name, rule in TESTED.items())]
    return as_json([*told, *sorted(attacks, key=lambda entry: int(entry["check"].removeprefix("A")))])


def wrong_in(told: Any, names: Sequence[str] = TOLD) -> list[str]:
    """What is wrong with the content of a checks.json, a sentence each: of its form, its completeness, its verdicts.

    `names` are the checks that its version tells of."""
    if not isinstance(told, list) or not all(isinstance(entry, dict) and set(entry) >= _KEYS for entry in told):
        return ["it is no list of checks with all their keys"]
    wrong = (
        [] if [entry["check"] for entry in told] == list(names) else ["a check is missing, strange, or out of order"]
    )
    for entry in told:
        needed = entry["blocking"] or (entry["check"] in RULES and entry["check"] != NO_ATTACK)
        if entry["verdict"] not in ((PASSED,) if needed else (PASSED, NOT_RUN)):
            wrong.append("a check that must pass did not")
        elif entry["verdict"] == PASSED and not _reached(entry):
            wrong.append("a check claims to have passed against its own figures")
        elif entry["verdict"] == NOT_RUN and not entry.get("reason"):
            wrong.append("a check was not run for no reason")
    return wrong


def summary(told: Sequence[Entry]) -> str:
    """How many checks passed and how many were not run, in a line."""
    passed = sum(entry["verdict"] == PASSED for entry in told)
    return f"{passed} checks passed, {len(told) - passed} not run (checks.json says why)"


def _reached(entry: Entry) -> bool:
    """Whether the figures of an entry reach their pass marks, those of its control as well."""
    value, mark = entry["value"], entry["pass_mark"]
    if entry["must_be"] not in (AT_MOST, AT_LEAST) or (value > mark if entry["must_be"] == AT_MOST else value < mark):
        return False
    return _reached(entry["control"]) if "control" in entry else True


def rehearsal_of(site: Site) -> Rehearsal | str:
    """The site's rehearsal, if it was made under the plans that its releases have now; else why there is none, in a sentence."""
    if site.rehearsal is None:
        return _NONE_YET
    fits = site.rehearsal.fits(plan(site, DAY).digest, plan(site, WEEK).digest)
    return site.rehearsal if fits else _OTHER_SETTINGS


def _of_gate(
    name: str, site: Site, edition: Edition, searched: Mapping[str, Sequence[str]], rehearsal: Rehearsal | str
) -> Entry:
    rule = RULES[name]
    if name == COST:
        value, mark = round(plan(site, edition.window).epsilon, 6), site.budget.epsilon
        return _ran(name, rule, RELEASE, value, mark) | {"delta": site.budget.delta}
    if name == NO_ATTACK:
        if isinstance(rehearsal, str):
            return _not_run(name, rule, rehearsal)
        made = {"traffic": rehearsal.traffic, "visitors": rehearsal.visitors, "made_on": rehearsal.made_on}
        failed = sum(not result.good for result in rehearsal.results)
        return _ran(name, rule, REHEARSAL, failed, 0) | {"rehearsal": made}
    columns = [f"{table}.{column}" for table, those in searched.items() for column in those]
    return _ran(name, rule, RELEASE, 0, 0) | ({"searched": columns} if name == NOTHING_PERSONAL else {})


def _of_attacks(rehearsal: Rehearsal | str) -> list[Entry]:
    if isinstance(rehearsal, str):
        rules = {attack.attack: Rule(attack.version, attack.statistic, attack.name) for attack in ATTACKS}
        return [_not_run(name, rule, rehearsal) for name, rule in rules.items()]
    return [_rehearsed(result) for result in rehearsal.results]


def _rehearsed(told: AttackResult) -> Entry:
    rule = Rule(told.version, told.statistic, told.name)
    return _ran(told.attack, rule, REHEARSAL, told.value, told.pass_mark) | {
        "interval": told.interval,
        "must_be": AT_MOST if told.at_most else AT_LEAST,
        "verdict": PASSED if told.good else FAILED,
        "trials": told.trials,
        "control": {
            "statistic": told.control,
            "value": told.control_value,
            "pass_mark": told.control_pass_mark,
            "must_be": AT_LEAST,
        },
    }


def _ran(name: str, rule: Rule, on: str, value: float, mark: float) -> Entry:
    return {
        "check": name,
        "version": rule.version,
        "ran_on": on,
        "blocking": True,
        "statistic": rule.statistic,
        "value": value,
        "interval": None,
        "pass_mark": mark,
        "must_be": AT_MOST,
        "verdict": PASSED if value <= mark else FAILED,
        "description": rule.description,
    }


def _not_run(name: str, rule: Rule, reason: str) -> Entry:
    nothing = {"ran_on": None, "blocking": False, "value": None, "pass_mark": None, "must_be": None, "verdict": NOT_RUN}
    return {**_ran(name, rule, RELEASE, 0, 0), **nothing, "reason": reason}
