"""The commands that publish, and tell what was spent: night, week, mark, ledger, catalogue."""

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from anonymizers.local_day import iso_week
from anonymizers.releasing.edition import daily_base
from pipelines.commands.options import HomeOption, SiteOption, given_date
from pipelines.home import Home
from pipelines.settings import home_folder, ledger_url, site_folder

if TYPE_CHECKING:
    from pipelines.night import Standing


def night(
    day: Annotated[str, typer.Argument(metavar="DATE", help="The day to publish, as 2026-11-21.")],
    correct: Annotated[
        bool, typer.Option("--correct", help="Publish a correction, paid from the week's reserve.")
    ] = False,
    reason: Annotated[str, typer.Option(help="Why: wrong_input, wrong_rules or late_events.")] = "",
    site: SiteOption = None,
    home: HomeOption = None,
) -> None:
    """Run the night of DATE; exit code 0 only if its release stands published."""
    from pipelines.night import publish_day, reserve_correction

    if correct != bool(reason):
        typer.echo("a correction needs both --correct and --reason", err=True)
        raise typer.Exit(2)
    folder, root, date_ = site_folder(site), Home(home_folder(home)), given_date(day)
    if correct:
        typer.echo(f"reserved: {reserve_correction(folder, root, date_, reason)}", err=True)
    tell(standing := publish_day(folder, root, date_))
    if standing.before:
        _tell_late_events(folder, root, day)


def week(
    week: Annotated[str, typer.Argument(metavar="WEEK", help="The ISO week to publish, as 2026-W47.")],
    site: SiteOption = None,
    home: HomeOption = None,
) -> None:
    """Run the release of WEEK, once its days are published or marked; exit code 0 only if it stands published."""
    from pipelines.night import publish_week

    tell(publish_week(site_folder(site), Home(home_folder(home)), week))


def mark(
    day: Annotated[str, typer.Argument(metavar="DATE", help="A day that will never be published.")],
    site: SiteOption = None,
    home: HomeOption = None,
) -> None:
    """Give DATE up, so that its week is released without it. It cannot be published afterwards."""
    from pipelines.definitions import open_ledger
    from pipelines.site_folder import read_site_folder

    settings, date_ = read_site_folder(site_folder(site)).site, given_date(day)
    if not settings.first_day <= date_ < datetime.now(ZoneInfo(settings.time_zone)).date():
        typer.echo(f"{date_} lies before first_day of the site, or has not ended; nothing is marked", err=True)
        raise typer.Exit(2)
    open_ledger(settings, Home(home_folder(home))).mark_missing(daily_base(date_))
    typer.echo(f"{date_} is marked missing; its week will be released without it")


def catalogue(site: SiteOption = None, home: HomeOption = None) -> None:
    """Make the catalogue's pages anew: index.html, index.et.html and latest.json. Every night does."""
    from pipelines.catalogue_store import CatalogueStore
    from pipelines.definitions import open_ledger
    from pipelines.site_folder import read_site_folder

    root = Home(home_folder(home))
    told = CatalogueStore(root, open_ledger(read_site_folder(site_folder(site)).site, root)).write()
    typer.echo(f"made {root.published / 'index.html'} of {told['releases']} release(s)")


def ledger(
    site: SiteOption = None,
    home: HomeOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show what privacy was spent on, over time; exit code 0 only if the ledger was not tampered with."""
    import json

    from rich.console import Console

    from pipelines.ledger import Ledger, view
    from pipelines.site_folder import read_site_folder

    root = Home(home_folder(home))
    place = ledger_url(root.ledger)
    if isinstance(place, Path) and not place.is_file():
        typer.echo(f"{place} is not there; nothing was spent yet, or --home is another", err=True)
        raise typer.Exit(2)
    of_site = read_site_folder(site_folder(site)).site
    book = Ledger(place, root.published, of_site.corrections_per_week)
    week = iso_week(datetime.now(ZoneInfo(of_site.time_zone)).date())
    wrong = book.verify()
    seen = view.Overview(book.entries(), wrong, week, None if wrong else book.corrections_left(week))
    if as_json:
        typer.echo(json.dumps(view.as_json(seen), indent=2))
    else:
        view.show(seen, Console(width=None if sys.stdout.isatty() else 120))
    raise typer.Exit(1 if seen.wrong else 0)


def tell(standing: "Standing") -> None:
    """Where a release stands, in one line."""
    if standing.before:
        typer.echo(f"{standing.folder} stands published; a published release is final")
    else:
        typer.echo(f"published {standing.folder}")


def _tell_late_events(site: Path, home: Home, day: str) -> None:
    from pipelines.late_events import count_late_events
    from pipelines.night import instance

    with instance(home) as opened:
        late = count_late_events(site, home, day, opened)
    if late:
        typer.echo(f"{late:,} events came after the night; they are counted here and left out", err=True)
