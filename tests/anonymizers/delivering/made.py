"""Partners and published releases of the demo site, from numbers made up by hand; what deliveries are tested on."""

from datetime import date
from functools import cache

from anonymizers.delivering.delivery import Delivery, Released
from anonymizers.delivering.destination import Destination
from anonymizers.delivering.partner import Partner
from anonymizers.releasing.edition import Edition
from anonymizers.releasing.release import Release
from anonymizers.site import Site
from pipelines.site_folder import read_site_folder
from tests.anonymizers.releasing.candidates import EDITIONS, composed
from tests.worlds import SITES

FROM, UNTIL = date(2026, 1, 1), date(2026, 12, 31)
FOLDER = Destination(kind="folder", to="$PARTNERS/solar")


@cache
def demo_site() -> Site:
    """The demo site."""
    return read_site_folder(SITES / "elektrum").site


@cache
def release_of(window: str, *, start: int = 3000) -> Release:
    """A release of the demo site; another `start`, other numbers."""
    return composed(demo_site(), edition_of(window), start=start)


def edition_of(window: str) -> Edition:
    """The day, or the week that it lies in."""
    return next(edition for edition in EDITIONS if edition.window == window)


def segments_of(window: str) -> tuple[str, ...]:
    """The demo site's segments of a day or a week."""
    return tuple(segment.segment for segment in demo_site().segments if segment.window == window)


def partner(**more: object) -> Partner:
    """A partner with a contract for the year 2026, who agreed to two daily tables."""
    usual = {"partner": "solar_shop", "title": "Solar shop", "contract": "KL-2026-014", "valid_from": FROM}
    return Partner(**{**usual, "valid_until": UNTIL, "daily": ("topics", "hours"), "outlet": FOLDER, **more})  # type: ignore[arg-type]


def delivery_of(window: str, *, start: int = 3000, **more: object) -> Delivery:
    """What a partner is given of a release."""
    release = release_of(window, start=start)
    return Delivery(partner(**more), Released(release, release.digest))
