"""One delivery: what of one published release one partner is given. Nothing but a release fits in (promises 7 and 10)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from anonymizers.delivering.partner import Partner, Partners
from anonymizers.delivering.subset import Agreed, subset
from anonymizers.local_day import days_of_week
from anonymizers.refusal import Reason, Refusal
from anonymizers.releasing.release import Release
from anonymizers.releasing.signature import signed_by
from anonymizers.vocabulary import DAY, WEEK


def window_of(release: str) -> str:
    """`DAY` or `WEEK`, by a release's name."""
    return DAY if release.startswith("daily/") else WEEK


def first_day_of(release: str) -> date:
    """The day that a release is about, or the Monday of its week, by its name."""
    told = release.partition("=")[2].partition(".")[0]
    return date.fromisoformat(told) if window_of(release) == DAY else days_of_week(told)[0]


def is_agreed(partner: Partner, release: str) -> bool:
    """Whether a contract, as long as it is valid, covers a release of this name."""
    return bool(partner.tables_of(window_of(release))) and partner.covers(first_day_of(release))


@dataclass(frozen=True)
class Released:
    """A release as it stands published: its bytes are those that the ledger has written down.

    Refuses (`Reason.GATE`) anything else, so that a file of another store, or a changed one, never becomes one.
    """

    release: Release
    recorded: str | None
    """The digest that the ledger has of it; None where it knows of no such release."""

    def __post_init__(self) -> None:
        if not isinstance(self.release, Release) or self.recorded != self.release.digest:
            raise Refusal(
                "delivery", Reason.GATE, "this is no release as the ledger knows it; deliver published ones only"
            )

    @property
    def window(self) -> str:
        """`DAY` or `WEEK`."""
        return window_of(self.release.name)


@dataclass(frozen=True)
class Delivery:
    """The agreed files of one release, for one partner. The only thing that an outlet takes."""

    partner: Partner
    released: Released
    signature: bytes | None = None
    """Over the delivery's own manifest, where that is not the release's: a whole release keeps its signature."""

    def __post_init__(self) -> None:
        if not isinstance(self.released, Released) or not isinstance(self.partner, Partner):
            raise Refusal("delivery", Reason.GATE, "only a published release is delivered, and to a partner only")
        if self.signature is not None and signed_by(self.signature) is None:
            raise Refusal("delivery", Reason.GATE, "a delivery is signed by a signature of minisign, or not at all")

    @cached_property
    def files(self) -> Mapping[str, bytes]:
        """Name -> content: the agreed tables with the agreed rows, and the documents; without the signature."""
        partner = self.partner
        tables = partner.tables_of(self.released.window)
        return subset(self.released.release, Agreed(partner.partner, tables, partner.formats, partner.segments))

    @property
    def written(self) -> Mapping[str, bytes]:
        """All files in the order of writing, the signature right before `SUCCESS`."""
        signature = self.released.release.signature if self.is_whole else self.signature
        return Release(self.folder, self.files, signature).written

    @property
    def folder(self) -> str:
        """Where it goes below the partner's place: the release's own name, so that a correction has a folder of its own."""
        return self.released.release.name

    @property
    def digest(self) -> str:
        """SHA-256 over names and contents, as a release's: the signature is no part of it."""
        return Release(self.folder, self.files).digest

    @property
    def is_whole(self) -> bool:
        """Whether it is the release itself, file for file."""
        return self.digest == self.released.release.digest


def prepare(partners: Partners, name: str, released: Released, today: date) -> Delivery:
    """The delivery of a release to a partner. Refuses (`Reason.GATE`) without a contract that is valid today, where nothing
    of such a release was agreed, and what is about days before the contract."""
    partner = find_with_contract(partners, name, today)
    if not partner.tables_of(released.window):
        raise Refusal("delivery", Reason.GATE, f"{name} agreed to no table of such a release; see partners.yaml")
    if not is_agreed(partner, released.release.name):
        raise Refusal(
            "delivery",
            Reason.GATE,
            f"{released.release.name} tells of days before {partner.valid_from}, from when on the contract of {name} runs; if "
            "it was agreed, mend valid_from in partners.yaml",
        )
    return Delivery(partner, released)


def find_with_contract(partners: Partners, name: str, today: date) -> Partner:
    """A partner by its name. Refuses (`Reason.GATE`) a stranger, and whose contract is not valid today."""
    partner = partners.find(name)
    if partner is None:
        raise Refusal(
            "delivery", Reason.GATE, "there is no such partner; register it in partners.yaml with its contract"
        )
    if not partner.is_valid_on(today):
        raise Refusal(
            "delivery",
            Reason.GATE,
            f"the contract of {name} runs from {partner.valid_from} to {partner.valid_until}; renew it in partners.yaml",
        )
    return partner
