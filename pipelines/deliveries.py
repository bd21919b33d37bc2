"""Deliveries to partners: a published release, a valid contract, an entry in the ledger, and only then the outlet.

Outlets take a `Delivery`, which holds files of a published release and of nothing else. No other way leads out.
"""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Protocol

from anonymizers.delivering.delivery import Delivery, Released, prepare
from anonymizers.delivering.partner import Destination, Partners
from anonymizers.refusal import Reason, Refusal
from pipelines.home import Home
from pipelines.ledger import Ledger
from pipelines.ledger.entries import ReleaseName
from pipelines.published_store import read_release


class Outlet(Protocol):
    """A way to a partner."""

    def send(self, delivery: Delivery) -> None:
        """Hand the files over."""
        ...


def open_released(home: Home, ledger: Ledger, release: str) -> Released:
    """A release of the published store. Refuses what stands elsewhere, what the ledger does not know, and changed bytes."""
    name = ReleaseName.read(release).text
    folder = home.published / name
    if not folder.is_dir():
        raise Refusal("delivery", Reason.GATE, f"{name} does not stand published; run its night first")
    return Released(read_release(folder, name), ledger.released(name))


def deliver(
    home: Home, ledger: Ledger, partners: Partners, partner: str, release: str, *,
    open_outlet: Callable[[Destination], Outlet], today: date,
) -> Delivery:  # fmt: skip
    """Give a partner a release. It stands in the ledger before it leaves, so that none leaves without standing there."""
    released = open_released(home, ledger, release)
    delivery = prepare(partners, partner, released, today)
    refuse_own_folders(delivery.partner.outlet, home)
    outlet = open_outlet(delivery.partner.outlet)
    ledger.record_delivery(released.release.name, partner, released.release.digest)
    outlet.send(delivery)
    return delivery


def refuse_own_folders(outlet: Destination, home: Home) -> None:
    """A partner's folder lies outside the home: inside it stands what no partner may see."""
    if outlet.kind == "folder" and Path(outlet.to).expanduser().resolve().is_relative_to(home.root.resolve()):
        raise Refusal("delivery", Reason.SITE_FOLDER, "an outlet points into the home folder; give it one outside")
