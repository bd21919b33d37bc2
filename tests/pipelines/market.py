"""A small market: a home with published releases, and partners with a folder each; what deliveries are tested in."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from anonymizers.delivering.delivery import Delivery
from anonymizers.delivering.destination import Destination
from anonymizers.delivering.notice import Notice
from anonymizers.delivering.outcome import Unreachable
from anonymizers.delivering.partner import Partner, Partners
from anonymizers.refusal import Reason
from anonymizers.releasing.release import Release
from anonymizers.vocabulary import DAY, WEEK
from pipelines.deliveries import Courier
from pipelines.home import Home
from pipelines.ledger import Kind, Ledger
from pipelines.outlets.outlet import FsspecOutlet, outlets
from pipelines.signing_keys import SigningKeyStore
from tests.anonymizers.delivering.made import partner, release_of

TODAY, TALLINN = date(2026, 11, 22), ZoneInfo("Europe/Tallinn")
DAILY, WEEKLY = release_of(DAY), release_of(WEEK)
REVISED = Release(f"{DAILY.name}.r2", release_of(DAY, start=5000).files)
ALL = {"daily": ("totals", "topics", "hours", "topic_dayparts", "browsers", "segments", "registrations")}


class Breaks:
    """An outlet to a place that does not answer."""

    def holds(self, delivery: Delivery) -> bool:
        raise Unreachable("delivery", Reason.STORE, "sftp outlet, connecting: it did not work in 4 attempt(s)")

    send = tell = holds  # type: ignore[assignment]


@dataclass
class Notes:
    """A folder outlet that notes what the ledger held when something was about to leave."""

    way: FsspecOutlet
    ledger: Ledger
    kinds: list[str] = field(default_factory=list)

    def holds(self, delivery: Delivery) -> bool:
        return self.way.holds(delivery)

    def send(self, delivery: Delivery) -> int:
        self.kinds.append(self.ledger.entries()[-1].kind)
        return self.way.send(delivery)

    def tell(self, notice: Notice) -> None:
        self.way.tell(notice)


class Market:
    """A home with published releases, and partners with a folder each."""

    def __init__(self, root: Path, *partners: Partner) -> None:
        self.home, self.out = Home(root / "home"), root / "out"
        self.ledger = Ledger(
            self.home.ledger,
            self.home.published,
            2,
            clock=lambda: datetime.combine(self.today, datetime.min.time(), UTC),
        )
        self.today, self.broken, self.notes = TODAY, set[str](), list[Notes]()
        self.partners = Partners(tuple(self._own(each) for each in partners or (partner(),)))
        self.keys = SigningKeyStore(self.home, self.ledger)
        self.environment = {"OUT": str(self.out)}

    def _own(self, one: Partner) -> Partner:
        (self.out / one.partner).mkdir(parents=True, exist_ok=True)
        return replace(one, outlet=Destination(kind="folder", to=f"$OUT/{one.partner}"))

    @property
    def courier(self) -> Courier:
        return Courier(self.home, self.ledger, self.partners, self._open, self.keys.sign, lambda: self.today, TALLINN)

    def _open(self, to: Destination) -> Notes | Breaks:
        if to.to.rpartition("/")[2] in self.broken:
            return Breaks()
        self.notes.append(Notes(outlets(self.home, self.environment)(to), self.ledger))
        return self.notes[-1]

    def publish(self, release: Release) -> None:
        folder = self.home.published / release.name
        folder.mkdir(parents=True)
        signed = replace(release, signature=self.keys.sign(release.files["manifest.json"], release.name))
        for name, content in signed.written.items():
            (folder / name).write_bytes(content)
        self.ledger.record_release(release.name, release.digest)

    def got(self, name: str = "solar_shop") -> set[str]:
        here = self.out / name
        return {path.parent.relative_to(here).as_posix() for path in here.rglob("_SUCCESS")}

    def told(self, *kinds: Kind) -> list[tuple[str, str, str]]:
        entries = [entry for entry in self.ledger.entries() if entry.kind in (kinds or PARTNERS_KINDS)]
        return [(entry.kind, entry.release, entry.told["partner"]) for entry in entries]


PARTNERS_KINDS = (Kind.SENDING, Kind.DELIVERED, Kind.TOLD_WRONG)
