"""What came of a delivery, for whoever looks at the night. No address, no secret, nothing of an outlet but its error's class."""

from dataclasses import dataclass
from enum import StrEnum

from anonymizers.refusal import Refusal


class State(StrEnum):
    """What came of one delivery: the closed list that is counted."""

    DELIVERED = "delivered"
    ALREADY_THERE = "already_there"
    """The same bytes stood there, finished; nothing was sent."""
    TOLD_WRONG = "told_wrong"
    """The partner was told that a release it has is marked wrong."""
    FAILED = "failed"
    """The partner has not got it; the next night tries again, or `koond deliver`."""
    MISSED = "missed"
    """It waited for two weeks and never arrived; only `koond deliver` with its name tries again."""


class Unreachable(Refusal):
    """The partner's place cannot be reached, or takes too long: what else it waits for need not be tried now."""


@dataclass(frozen=True)
class Outcome:
    """What came of giving one release to one partner."""

    partner: str
    release: str
    state: State
    sentence: str = ""
    """Why it failed, or was missed; empty where all is well."""
    sent: int = 0
    """Files that were sent; those that stood there already are not among them."""
