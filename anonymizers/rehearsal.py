"""What a rehearsal told: the attacks on a site's releases, run on made-up traffic of the same site folder.

Only the words and figures, which are public. The attacks themselves stand in `attacking/`; reading files is not here.
"""

from dataclasses import dataclass as plain_dataclass
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, model_validator
from pydantic.dataclasses import dataclass

_STRICT = ConfigDict(extra="forbid")

AttackId = Literal["A1", "A2", "A3", "A4", "A5", "A10"]
Number = Annotated[float, Field(allow_inf_nan=False)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Words = Annotated[str, Field(min_length=3, max_length=300)]


@plain_dataclass(frozen=True)
class Attack:
    """An attack as it is declared before it runs."""

    attack: AttackId
    name: str
    version: int
    """Raised when what it does or measures changes: figures of an older version no longer count."""
    statistic: str
    control: str
    """The same attack where protection is off, and what is measured of it."""


ATTACKS = (
    Attack(
        "A1", "Membership audit: each planted visitor is in or out by the flip of a coin", 1,
        "95 % lower bound of epsilon, by how many of its surest guesses are right",
        "exact counts of 50 and more: share of guesses that are right",
    ),
    Attack(
        "A2", "Dominance: one visitor with 10,000 or 100,000 events", 1,
        "how far a table's numbers move, as a part of the sensitivity that its noise covers",
        "bounds switched off: how many times that sensitivity a number moves",
    ),
    Attack(
        "A3", "Re-release: is a visitor of the first release still in its correction?", 1,
        "95 % lower bound of the share of right answers, of what two releases allow",
        "noise that stays the same: share of right answers",
    ),
    Attack(
        "A4", "Night to night: did a visitor of the first period stay away in the second?", 1,
        "95 % lower bound of the share of right answers, of what one release allows",
        "noise that stays the same: share of right answers",
    ),
    Attack(
        "A5", "Reconstruction of small cells that no table tells, by linear programming over all tables of the day", 1,
        "99.9 % lower bound of the share of small cells that are exactly right, beyond a guess from the margins",
        "exact tables: share of small cells that are exactly right",
    ),
    Attack(
        "A10", "Accuracy: do 95 % intervals hold the true number?", 1,
        "distance from 95 % of the share of numbers that their intervals hold",
        "intervals a third as wide: the same distance",
    ),
)  # fmt: skip
"""Every attack of a rehearsal, in order."""


@dataclass(frozen=True, config=_STRICT)
class AttackResult:
    """The figures of one attack and of its positive control."""

    attack: AttackId
    name: Words
    version: Annotated[int, Field(ge=1)]
    statistic: Words
    """What `value` is."""
    value: Number
    """What is held against the pass mark."""
    interval: tuple[Number, Number] | None
    """From the lower bound of what was measured to the upper one, where chance has a part in it; each by itself as sure as
    `statistic` says, else 95 %."""
    pass_mark: Number
    at_most: bool
    """The value may be at most the pass mark; else it must be at least that."""
    control: Words
    control_value: Number
    control_pass_mark: Number
    """The control must reach it, or the attack proves nothing."""
    trials: Annotated[int, Field(ge=1)]

    @property
    def passed(self) -> bool:
        """The attack failed, so that protection held."""
        return self.value <= self.pass_mark if self.at_most else self.value >= self.pass_mark

    @property
    def control_succeeded(self) -> bool:
        """The same attack succeeds where protection is off."""
        return self.control_value >= self.control_pass_mark

    @property
    def good(self) -> bool:
        """Both."""
        return self.passed and self.control_succeeded


@dataclass(frozen=True, config=_STRICT)
class Rehearsal:
    """All attacks on one site's releases: under which plans, on which made-up traffic, when."""

    daily_plan: Digest
    weekly_plan: Digest
    """Digests of the release plans that were attacked (`counting.plan`)."""
    traffic: Words
    """In words for readers: what was made up, how."""
    visitors: Annotated[int, Field(ge=1)]
    """Made-up visitors a day."""
    made_on: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    results: tuple[AttackResult, ...]

    @model_validator(mode="after")
    def _each_attack_once(self) -> "Rehearsal":
        if [each.attack for each in self.results] != [each.attack for each in ATTACKS]:
            raise ValueError("it does not hold each attack once and in order; let koond rehearse --write do it")
        return self

    def fits(self, daily_plan: str, weekly_plan: str) -> bool:
        """Were these plans attacked (digests of the site's plans now), by today's versions of the attacks?"""
        versions = [each.version for each in self.results] == [each.version for each in ATTACKS]
        return versions and (self.daily_plan, self.weekly_plan) == (daily_plan, weekly_plan)

    @property
    def good(self) -> bool:
        """Every attack failed, and every control succeeded."""
        return all(each.good for each in self.results)
