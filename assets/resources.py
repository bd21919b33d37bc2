"""What assets ask of the outside world, as protocols; `pipelines` keeps the promises. No implementation here."""

from typing import Protocol

from anonymizers.counting.measure import NoisyTable


class WeekKeys(Protocol):
    """Keys of the pseudonyms, one for each ISO week."""

    def of(self, iso_week: str) -> str:
        """The week's key in hexadecimal, made at first use."""
        ...


class Ledger(Protocol):
    """What privacy was spent on, and what was released."""

    def refuse_if_final(self, release: str) -> None:
        """Refuses (`Reason.FINAL`) when the release stands published: a published release is final."""
        ...

    def record_draw(self, release: str, table: NoisyTable) -> None:
        """Write down that a mechanism made this table for this release."""
        ...

    def seals(self, release: str) -> frozenset[str]:
        """The seals of the newest draw of each table of a release."""
        ...
