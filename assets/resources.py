"""What assets ask of the outside world, as protocols; `pipelines` keeps the promises. No implementation here."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Literal, Protocol

from anonymizers.counting.draw import Draw, Spend
from anonymizers.delivering.outcome import Outcome
from anonymizers.refusal import Reason


class WeekKeys(Protocol):
    """Keys of the pseudonyms, one for each ISO week."""

    def of(self, iso_week: str) -> str:
        """The week's key in hexadecimal, made at first use. Refuses when the week's key was destroyed."""
        ...

    def destroy(self, iso_week: str) -> None:
        """Destroy the week's key for good; no pseudonym of the week can be made or traced any more."""
        ...


class Ledger(Protocol):
    """What privacy was spent on, and what was released. Entries are only ever added."""

    def open_release(self, base: str) -> str:
        """The release of a day or week that may be drawn now: `base` itself, or its newest revision that is reserved and
        not yet released. Refuses (`Reason.FINAL`) when all there is stands published."""
        ...

    def draw_once(self, spend: Spend, part: str, draw: Callable[[], Draw]) -> Draw:
        """The one draw of a part of a release: reserves the spend first, then draws; a draw that exists is given as it is.

        Two runs at once, or a run after a crash, get the same draw and pay once. Refuses (`Reason.FINAL`) when the release
        stands published, and (`Reason.BUDGET`) when the spend is another than the one reserved.
        """
        ...

    def draws(self, release: str) -> Mapping[str, Draw]:
        """Part -> the draw of a release."""
        ...

    def days_told(self, iso_week: str) -> Mapping[str, str]:
        """The days of a week that are `published` or `marked`, by ISO date."""
        ...

    def record_refusal(self, release: str, reason: Reason) -> None:
        """Write down that a release was refused, and for which reason."""
        ...


class Outside(Protocol):
    """What stands outside the restricted store: event store, ledger, published files, logs."""

    def files(self) -> Iterable[tuple[str, bytes | None]]:
        """Name and content of each file that is not as a clean search has left it, one at a time; None if it cannot be read."""
        ...

    def settle(self) -> None:
        """Write down that all that was given out is clean."""
        ...


class Suppressions(Protocol):
    """Who objected, withdrew or was erased. Known by keyed hashes alone; no attribute of anybody crosses over."""

    def excluded(
        self, kind: Literal["account", "cookie"], ids: Collection[str], of_tonight: frozenset[int] = frozenset()
    ) -> frozenset[str]:
        """Those of `ids` (accounts or cookies, as the raw tables write them) that are out from now on, or whose hashes are
        among those `of_tonight`."""
        ...

    def key(self) -> str:
        """The key of the hashes in hexadecimal. Refuses when it is gone."""
        ...

    def marks(self) -> frozenset[int]:
        """The keyed hashes of everybody who is out."""
        ...

    def take_in(self) -> int:
        """Take in the requests that wait, so that the run that goes on honours them; gives how many."""
        ...


class MailingRecords(Protocol):
    """What the mailing list needs from one night to the next."""

    def key(self) -> bytes:
        """The key of the tokens that end a kind of mail, made at first use and kept."""
        ...

    def unsubscribed(self) -> frozenset[str]:
        """The tokens that came back."""
        ...


class Stores(Protocol):
    """Every store of personal data, with the days that it keeps what it holds."""

    def delete_due(self) -> Mapping[str, int]:
        """Delete what is due today in every store; gives what was deleted, and what is due and has to wait, by store."""
        ...


class CatalogueStore(Protocol):
    """The pages that tell what stands published."""

    def write(self) -> Mapping[str, int]:
        """Make them anew and put them in their place; gives what they hold, in counts. Refuses when they cannot be made, or
        when a release had to be left out."""
        ...


class Courier(Protocol):
    """Gives partners what was agreed."""

    def deliver_waiting(self) -> Sequence[Outcome]:
        """Give every partner with a valid contract what it has not got yet; a partner that cannot be served stops no other."""
        ...
