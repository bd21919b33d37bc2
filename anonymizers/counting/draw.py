"""A draw: the noisy numbers of one part of a release, exactly as the mechanisms gave them, and nothing derived from them.

Whoever holds a draw can make the published tables from it (`estimate.py`); nothing else of a night is needed.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

UNIT = 1024
"""Numbers are counted in units of 1/1024, so that a visitor's weight may be a fraction while noise stays discrete."""


@dataclass(frozen=True)
class Draw:
    """What the mechanisms of one part of a release gave, once: never drawn again for the same release."""

    release: str
    """Folder of the release below the published store, as `daily/date=2026-11-21`."""
    part: str
    """`events` or `registrations`: what is counted from one read."""
    plan: str
    """Digest of the release plan that it was drawn under."""
    numbers: Mapping[str, Mapping[str, tuple[int, ...]]]
    """Table -> measure -> noisy numbers in units of 1/1024, in the order of the table's cells."""

    @property
    def content(self) -> str:
        """The draw as canonical JSON."""
        told = {"release": self.release, "part": self.part, "plan": self.plan, "numbers": self.numbers}
        return json.dumps(told, sort_keys=True, separators=(",", ":"))

    @property
    def seal(self) -> str:
        """SHA-256 of `content`."""
        return sha256(self.content.encode()).hexdigest()

    @classmethod
    def read(cls, content: str) -> "Draw":
        """The draw that `content` tells."""
        told = json.loads(content)
        numbers = {
            table: {measure: tuple(drawn) for measure, drawn in measures.items()}
            for table, measures in told["numbers"].items()
        }
        return cls(told["release"], told["part"], told["plan"], numbers)


@dataclass(frozen=True)
class Spend:
    """What one release costs a visitor, as it is reserved in the ledger before any noise is drawn."""

    release: str
    week: str
    """The ISO week whose reserve pays for corrections, as `2026-W47`."""
    rho: float
    """zCDP."""
    epsilon: float
    """At `delta`, of this release alone."""
    delta: float
    plan: str
    """Digest of the release plan."""
