"""What a rehearsal told: the attacks on a site's releases, run on made-up traffic of the same site folder.

Words and marks stand here and in `pass_marks.py`; a site's file brings figures alone, and every figure is small and
rounded, so that nothing else can stand in their place. The attacks are in `attacking/`; reading files is not here.
"""

from collections.abc import Mapping
from dataclasses import dataclass as plain_dataclass
from datetime import date
from hashlib import sha256
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field, model_validator
from pydantic.dataclasses import dataclass

_STRICT = ConfigDict(extra="forbid")
DIGITS = 6
"""Of every figure behind the point."""


def _rounded(number: float) -> float:
    if round(number, DIGITS) != number:
        raise ValueError(f"it has more than {DIGITS} digits behind the point")
    return number


def _a_day(text: str) -> str:
    date.fromisoformat(text)
    return text


AttackId = Literal["A1", "A2", "A3", "A4", "A5", "A10"]
Number = Annotated[float, Field(allow_inf_nan=False, ge=-1e6, le=1e6), AfterValidator(_rounded)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


@plain_dataclass(frozen=True)
class Attack:
    """An attack as it is declared before it runs."""

    attack: AttackId
    name: str
    version: int
    """Raised when what it does or measures changes: figures of an older version no longer count."""
    statistic: str
    """What is measured; it may be at most the pass mark."""
    control: str
    """The same attack where protection is off, and what is measured of it."""
    control_pass_mark: float
    """The control must reach it, or the attack proves nothing."""
    least_trials: int
    """Figures of fewer do not count: with these, noise of a third of its scale is seen."""


ATTACKS = (
    Attack(
        "A1", "Membership audit: each planted visitor is in or out by the flip of a coin", 2,
        "99.9 % lower bound of epsilon, by how many of its surest guesses are right, of what the best attack can reach",
        "exact counts of 50 and more: share of guesses that are right", 0.9, 3_200,
    ),
    Attack(
        "A2", "Dominance: one visitor with 10,000 or 100,000 events", 1,
        "how far a table's numbers move, as a part of the sensitivity that its noise covers",
        "bounds switched off: how many times that sensitivity a number moves", 10.0, 4,
    ),
    Attack(
        "A3", "Re-release: is a visitor of the first release still in its correction?", 2,
        "99.9 % lower bound of the share of right answers, of what the best test can reach",
        "noise that stays the same: share of right answers", 1.0, 1_200,
    ),
    Attack(
        "A4", "Night to night: did a visitor of the first period stay away in the second?", 2,
        "99.9 % lower bound of the share of right answers, of what the best test can reach",
        "noise that stays the same: share of right answers", 1.0, 1_200,
    ),
    Attack(
        "A5", "Reconstruction of small cells that no table tells, by linear programming over all tables of the day", 1,
        "99.9 % lower bound of the share of small cells that are exactly right, beyond a guess from the margins",
        "exact tables: share of small cells that are exactly right", 0.9, 12,
    ),
    Attack(
        "A10", "Accuracy: do 95 % intervals hold the true number?", 1,
        "distance from 95 % of the share of numbers that their intervals hold",
        "intervals a third as wide: the same distance", 0.2, 48,
    ),
)  # fmt: skip
"""Every attack of a rehearsal, in order."""
MOST_VISITORS = 100_000
"""Made up a day; a smaller site gets as many as it has."""


@dataclass(frozen=True, config=_STRICT)
class Figures:
    """What was measured by one attack and by its positive control: all that a file may say of it."""

    attack: AttackId
    version: Annotated[int, Field(ge=1, le=1_000)]
    value: Number
    """What is held against the pass mark."""
    interval: tuple[Number, Number] | None
    """From the lower bound of what was measured to the upper one, where chance has a part in it; each by itself as sure as
    the statistic says, else 95 %."""
    control_value: Number
    trials: Annotated[int, Field(ge=1, le=1_000_000)]


@plain_dataclass(frozen=True)
class Judged:
    """Figures held against the marks of koond."""

    declared: Attack
    figures: Figures
    pass_mark: float

    @property
    def attack(self) -> AttackId:
        """Its number."""
        return self.declared.attack

    @property
    def value(self) -> float:
        """What is held against the pass mark."""
        return self.figures.value

    @property
    def passed(self) -> bool:
        """The attack failed, so that protection held."""
        return self.figures.value <= self.pass_mark

    @property
    def control_succeeded(self) -> bool:
        """The same attack succeeds where protection is off."""
        return self.figures.control_value >= self.declared.control_pass_mark

    @property
    def good(self) -> bool:
        """Both."""
        return self.passed and self.control_succeeded


@dataclass(frozen=True, config=_STRICT)
class Rehearsal:
    """The figures of all attacks on one site's releases: under which settings, on how many made-up visitors, when."""

    daily_settings: Digest
    weekly_settings: Digest
    """Of what was attacked and of the traffic (`settings_digest`)."""
    visitors: Annotated[int, Field(ge=1, le=MOST_VISITORS)]
    """Made-up visitors a day."""
    seed: Annotated[int, Field(ge=0, le=9_999)]
    """Of visitors and coins, never of noise."""
    made_on: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$"), AfterValidator(_a_day)]
    results: tuple[Figures, ...]

    @model_validator(mode="after")
    def _each_attack_once(self) -> "Rehearsal":
        if [each.attack for each in self.results] != [each.attack for each in ATTACKS]:
            raise ValueError("it does not hold each attack once and in order; let koond rehearse --write do it")
        return self

    @property
    def traffic(self) -> str:
        """In words for readers: what was made up, how."""
        return f"a day and a week, drawn at random (seed {self.seed}) from the site folder alone; never seen a real visitor"

    def fits(self, daily_settings: str, weekly_settings: str) -> bool:
        """Were these settings attacked (digests of the site's now), by today's versions of the attacks?"""
        versions = [each.version for each in self.results] == [each.version for each in ATTACKS]
        return versions and (self.daily_settings, self.weekly_settings) == (daily_settings, weekly_settings)

    def large_enough(self, visitors: int) -> bool:
        """Was each attack tried often enough, on as many visitors as are made up for a site that expects so many a day?"""
        tried = all(told.trials >= each.least_trials for told, each in zip(self.results, ATTACKS, strict=True))
        return tried and self.visitors == min(visitors, MOST_VISITORS)


@plain_dataclass(frozen=True)
class Judgement:
    """A rehearsal with every attack judged."""

    rehearsal: Rehearsal
    results: tuple[Judged, ...]

    @property
    def good(self) -> bool:
        """Every attack failed, and every control succeeded."""
        return all(each.good for each in self.results)


def judge(rehearsal: Rehearsal, marks: Mapping[str, float]) -> Judgement:
    """The figures of a rehearsal held against `pass_marks` of the site's releases."""
    judged = zip(ATTACKS, rehearsal.results, strict=True)
    return Judgement(rehearsal, tuple(Judged(each, told, marks[each.attack]) for each, told in judged))


def settings_digest(plan_digest: str, visitors: int, events: int) -> str:
    """SHA-256 of a release's plan and of the traffic that the site expects a day, from which visitors are made up."""
    return sha256(f"{plan_digest} {visitors} {events}".encode()).hexdigest()
