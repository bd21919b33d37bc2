"""One delivery: what of one published release one partner is given. Nothing but a release fits in (promises 7 and 10)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from anonymizers.delivering.partner import Partner, Partners
from anonymizers.refusal import Reason, Refusal
from anonymizers.releasing.release import Release, data_files, files
from anonymizers.vocabulary import DAY, WEEK


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
        return DAY if self.release.name.startswith("daily/") else WEEK


@dataclass(frozen=True)
class Delivery:
    """The agreed files of one release, for one partner. The only thing that an outlet takes."""

    partner: Partner
    released: Released

    def __post_init__(self) -> None:
        if not isinstance(self.released, Released) or not isinstance(self.partner, Partner):
            raise Refusal("delivery", Reason.GATE, "only a published release is delivered, and to a partner only")

    @property
    def files(self) -> Mapping[str, bytes]:
        """Name -> content: the agreed tables, and all documents of the release."""
        agreed = self.partner.tables_of(self.released.window)
        data = data_files(self.released.window)
        kept = {name for name in data if name.split(".")[0] in agreed} | (set(files(self.released.window)) - set(data))
        return {name: content for name, content in self.released.release.files.items() if name in kept}


def prepare(partners: Partners, name: str, released: Released, today: date) -> Delivery:
    """The delivery of a release to a partner. Refuses (`Reason.GATE`) without a contract that is valid today, and where
    nothing of such a release was agreed."""
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
    if not partner.tables_of(released.window):
        raise Refusal("delivery", Reason.GATE, f"{name} agreed to no table of such a release; see partners.yaml")
    return Delivery(partner, released)
