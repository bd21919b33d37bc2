"""Deliveries to partners: a published release, a valid contract, an entry in the ledger, and only then the outlet.

Outlets take a `Delivery`, which holds files of a published release and of nothing else, the public keys that go with it,
and notices. No other way leads out.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta, tzinfo
from functools import cache, partial
from typing import Protocol

from anonymizers.delivering.delivery import Delivery, Released, find_with_contract, is_agreed, prepare
from anonymizers.delivering.destination import Destination
from anonymizers.delivering.key_file import KeyFile
from anonymizers.delivering.notice import Notice
from anonymizers.delivering.outcome import Outcome, State, Unreachable
from anonymizers.delivering.partner import Partner, Partners
from anonymizers.refusal import Reason, Refusal
from anonymizers.releasing.signature import MANIFEST, SIGNATURE
from assets.silence import class_name
from pipelines.home import Home
from pipelines.ledger import Ledger
from pipelines.ledger.entries import ReleaseName
from pipelines.ledger.waiting import (
    begun_on,
    delivered,
    marked_wrong,
    newest_revisions,
    released_on,
    undelivered,
    untold,
)
from pipelines.published_store import read_keys, read_release, refuse_unless_signed

LOOKS_BACK = timedelta(days=14)
"""How long a release waits for a partner by itself; older ones are delivered by name."""
_MISSED = (
    f"waited {LOOKS_BACK.days} days and never arrived; deliver it by its name, koond deliver RELEASE --partner NAME"
)


class Outlet(Protocol):
    """A way to a partner."""

    def holds(self, delivery: Delivery) -> bool:
        """Whether the delivery stands there, finished. Refuses when other bytes do."""
        ...

    def send(self, delivery: Delivery) -> int:
        """Make it stand there; gives how many files were sent."""
        ...

    def tell(self, told: Notice | KeyFile) -> None:
        """Make a notice, or a public key, stand there."""
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
    zone: tzinfo
    """Of the site: `today` and the days of the ledger's entries are told in it."""

    def deliver_release(self, release: str, partner: str | None = None) -> Sequence[Outcome]:
        """Give a release to one partner, by its name, or to all whose valid contract covers it. Refuses (`Reason.GATE`) to
        give all partners one that was published before `LOOKS_BACK`."""
        name = ReleaseName.read(release).text
        if partner is None and released_on(self.ledger.entries(), self.zone).get(name, date.max) < self._since():
            days = LOOKS_BACK.days
            raise Refusal(
                "delivery", Reason.GATE, f"{name} was published more than {days} days ago; say to whom, with --partner"
            )
        agreed = [each.partner for each in self._with_contract() if is_agreed(each, name)]
        with self.home.alone("delivering"):
            return [
                _tried(each, name, partial(self._deliver, self.open_outlet, each, name))[0]
                for each in ([partner] if partner else agreed)
            ]

    def deliver_waiting(self, partner: str | None = None) -> Sequence[Outcome]:
        """Give every partner with a valid contract (or one, by its name) the releases of the last `LOOKS_BACK` that it has
        not got, and the notices that it has not been told; and tell which releases waited longer than that, in vain. A
        partner that cannot be served stops no other."""
        named = [] if partner is None else [find_with_contract(self.partners, partner, self.today())]
        chosen = named or self._with_contract()
        with self.home.alone("delivering"):
            return [outcome for each in chosen for outcome in self._serve(each)]

    def _with_contract(self) -> list[Partner]:
        return [each for each in self.partners.partners if each.is_valid_on(self.today())]

    def _serve(self, partner: Partner) -> Iterator[Outcome]:
        entries, name = self.ledger.entries(), partner.partner
        waiting = {
            release: day
            for release, day in undelivered(entries, name, self.zone).items()
            if is_agreed(partner, release)
        }
        once, since = cache(self.open_outlet), self._since()
        give: list[tuple[str, Callable[[], Outcome]]] = [
            (release, partial(self._deliver, once, name, release)) for release, day in waiting.items() if day >= since
        ]
        give += [
            (release, partial(self._tell, once, partner, Notice(release, reason)))
            for release, reason in untold(entries, name).items()
        ]
        unreachable = ""
        for release, attempt in give:
            if unreachable:  # a place that does not answer is not asked fourteen times
                yield Outcome(name, release, State.FAILED, unreachable)
                continue
            outcome, is_reached = _tried(name, release, attempt)
            unreachable = "" if is_reached else outcome.sentence
            yield outcome
        begun = begun_on(entries, name, self.zone)
        for release, day in waiting.items():
            first = begun.get(ReleaseName.read(release).is_daily, self.today()) - LOOKS_BACK
            if first <= day < since:  # what was published before was never due
                yield Outcome(name, release, State.MISSED, _MISSED)

    def _since(self) -> date:
        return self.today() - LOOKS_BACK

    def _deliver(self, opened: Callable[[Destination], Outlet], partner: str, release: str) -> Outcome:
        """A release stands in the ledger before it leaves, so that none leaves without standing there; and once more when it
        arrived."""
        released = open_released(self.home, self.ledger, release)
        entries, name = self.ledger.entries(), released.release.name
        if name in marked_wrong(entries):
            raise Refusal("delivery", Reason.GATE, f"{name} is marked wrong; nobody is given it any more")
        newest = newest_revisions(entries)[ReleaseName.read(name).base]
        if name != newest:
            raise Refusal(
                "delivery", Reason.GATE, f"{name} was corrected, and is given to nobody any more; deliver {newest}"
            )
        delivery = self._signed(prepare(self.partners, partner, released, self.today()))
        outlet, before = opened(delivery.partner.outlet), delivered(entries, partner)
        if name in before and outlet.holds(delivery):
            return Outcome(partner, name, State.ALREADY_THERE)
        self.ledger.record_sending(name, partner, delivery.digest)
        for file in read_keys(self.home, self.ledger, delivery.written.get(SIGNATURE)):
            outlet.tell(file)
        sent = outlet.send(delivery)
        self.ledger.record_delivery(name, partner, delivery.digest, len(delivery.written))
        return Outcome(partner, name, State.DELIVERED if sent else State.ALREADY_THERE, sent=sent)

    def _tell(self, opened: Callable[[Destination], Outlet], partner: Partner, notice: Notice) -> Outcome:
        opened(partner.outlet).tell(notice)
        self.ledger.record_told_wrong(notice.release, partner.partner)
        return Outcome(partner.partner, notice.release, State.TOLD_WRONG)

    def _signed(self, delivery: Delivery) -> Delivery:
        if delivery.is_whole:
            return delivery
        return replace(delivery, signature=self.sign(delivery.files[MANIFEST], delivery.folder))


def _tried(partner: str, release: str, attempt: Callable[[], Outcome]) -> tuple[Outcome, bool]:
    """What came of it, and whether the partner's place can be reached."""
    try:
        return attempt(), True
    except Refusal as refusal:
        return Outcome(partner, release, State.FAILED, refusal.sentence), not isinstance(refusal, Unreachable)
    except Exception as error:
        told = f"{class_name(type(error))}; try again by koond deliver"
    return Outcome(partner, release, State.FAILED, told), True


def open_released(home: Home, ledger: Ledger, release: str) -> Released:
    """A release of the published store. Refuses what stands elsewhere, what the ledger does not know, changed bytes, and
    what has another signature than one by a key of the ledger."""
    name = ReleaseName.read(release).text
    folder = home.published / name
    if not folder.is_dir():
        raise Refusal("delivery", Reason.GATE, f"{name} does not stand published; run its night first")
    released = Released(read_release(folder, name), ledger.released(name))
    refuse_unless_signed(home, ledger, released.release)
    return released
