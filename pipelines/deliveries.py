"""Deliveries to partners: a published release, a valid contract, an entry in the ledger, and only then the outlet.

Outlets take a `Delivery`, which holds files of a published release and of nothing else. No other way leads out.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from typing import Protocol

from anonymizers.delivering.delivery import Delivery, Released, find_with_contract, prepare, window_of
from anonymizers.delivering.destination import Destination
from anonymizers.delivering.notice import Notice
from anonymizers.delivering.outcome import Outcome, State
from anonymizers.delivering.partner import Partner, Partners
from anonymizers.refusal import Reason, Refusal
from anonymizers.releasing.signature import MANIFEST
from assets.silence import class_name
from pipelines.home import Home
from pipelines.ledger import Ledger
from pipelines.ledger.entries import ReleaseName
from pipelines.ledger.waiting import delivered, marked_wrong, undelivered, untold
from pipelines.published_store import read_release

LOOKS_BACK = timedelta(days=14)
"""How long a release waits for a partner by itself; older ones are delivered by name."""


class Outlet(Protocol):
    """A way to a partner."""

    def holds(self, delivery: Delivery) -> bool:
        """Whether the delivery stands there, finished. Refuses when other bytes do."""
        ...

    def send(self, delivery: Delivery) -> int:
        """Make it stand there; gives how many files were sent."""
        ...

    def tell(self, notice: Notice) -> None:
        """Make a notice stand there."""
        ...


Sign = Callable[[bytes, str], bytes]
"""A manifest and its release's name -> the signature by the site's key."""


@dataclass(frozen=True)
class Courier:
    """Gives the partners of one home what was agreed."""

    home: Home
    ledger: Ledger
    partners: Partners
    open_outlet: Callable[[Destination], Outlet]
    sign: Sign
    today: Callable[[], date]

    def deliver_release(self, release: str, partner: str | None = None) -> Sequence[Outcome]:
        """Give a release to one partner, by its name, or to all who agreed to such releases and have a valid contract."""
        window = window_of(ReleaseName.read(release).text)
        names = (
            [each.partner for each in self._with_contract() if each.tables_of(window)] if partner is None else [partner]
        )
        with self.home.alone("delivering"):
            return [_tried(name, release, partial(self._deliver, name, release))[0] for name in names]

    def deliver_waiting(self, partner: str | None = None) -> Sequence[Outcome]:
        """Give every partner with a valid contract (or one, by its name) the releases of the last `LOOKS_BACK` that it has
        not got, and the notices that it has not been told. A partner that cannot be served stops no other."""
        named = [] if partner is None else [find_with_contract(self.partners, partner, self.today())]
        chosen = named or self._with_contract()
        with self.home.alone("delivering"):
            return [outcome for each in chosen for outcome in self._serve(each)]

    def _with_contract(self) -> list[Partner]:
        return [each for each in self.partners.partners if each.is_valid_on(self.today())]

    def _serve(self, partner: Partner) -> Iterator[Outcome]:
        entries, name = self.ledger.entries(), partner.partner
        since = max(partner.valid_from, self.today() - LOOKS_BACK)
        due = [(release, partial(self._tell, partner, release)) for release in untold(entries, name)]
        due += [
            (release, partial(self._deliver, name, release))
            for release in undelivered(entries, name, since)
            if partner.tables_of(window_of(release))
        ]
        unreachable = ""
        for release, give in due:
            if unreachable:  # a place that does not answer is not asked fourteen times
                yield Outcome(name, release, State.FAILED, unreachable)
                continue
            outcome, reason = _tried(name, release, give)
            unreachable = outcome.sentence if reason in (Reason.STORE, Reason.SITE_FOLDER) else ""
            yield outcome

    def _deliver(self, partner: str, release: str) -> Outcome:
        """A release stands in the ledger before it leaves, so that none leaves without standing there; and once more when it
        arrived."""
        released = open_released(self.home, self.ledger, release)
        entries, name = self.ledger.entries(), released.release.name
        if name in marked_wrong(entries):
            raise Refusal("delivery", Reason.GATE, f"{name} is marked wrong; nobody is given it any more")
        delivery = self._signed(prepare(self.partners, partner, released, self.today()))
        outlet, before = self.open_outlet(delivery.partner.outlet), delivered(entries, partner)
        if name in before and outlet.holds(delivery):
            return Outcome(partner, name, State.ALREADY_THERE)
        self.ledger.record_sending(name, partner, delivery.digest)
        sent = outlet.send(delivery)
        self.ledger.record_delivery(name, partner, delivery.digest, len(delivery.written))
        return Outcome(partner, name, State.DELIVERED if sent else State.ALREADY_THERE, sent=sent)

    def _tell(self, partner: Partner, release: str) -> Outcome:
        self.open_outlet(partner.outlet).tell(Notice(release, marked_wrong(self.ledger.entries())[release]))
        self.ledger.record_told_wrong(release, partner.partner)
        return Outcome(partner.partner, release, State.TOLD_WRONG)

    def _signed(self, delivery: Delivery) -> Delivery:
        if delivery.is_whole:
            return delivery
        return replace(delivery, signature=self.sign(delivery.files[MANIFEST], delivery.folder))


def _tried(partner: str, release: str, give: Callable[[], Outcome]) -> tuple[Outcome, Reason | None]:
    """What came of it, and why it was refused, if it was."""
    try:
        return give(), None
    except Refusal as refusal:
        return Outcome(partner, release, State.FAILED, refusal.sentence), refusal.reason
    except Exception as error:
        told = f"{class_name(type(error))}; try again by koond deliver"
    return Outcome(partner, release, State.FAILED, told), None


def open_released(home: Home, ledger: Ledger, release: str) -> Released:
    """A release of the published store. Refuses what stands elsewhere, what the ledger does not know, and changed bytes."""
    name = ReleaseName.read(release).text
    folder = home.published / name
    if not folder.is_dir():
        raise Refusal("delivery", Reason.GATE, f"{name} does not stand published; run its night first")
    return Released(read_release(folder, name), ledger.released(name))
