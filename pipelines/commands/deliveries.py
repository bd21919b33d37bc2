"""The command that delivers by hand: what waits, or a release by its name. What leaves, and to whom: `deliveries.py`."""

from typing import Annotated

import typer

from anonymizers.delivering.outcome import Outcome, State
from pipelines.commands.options import HomeOption, SiteOption
from pipelines.home import Home
from pipelines.settings import home_folder, site_folder

_SAID = {
    State.DELIVERED: "delivered",
    State.ALREADY_THERE: "stands there already, with the same bytes; nothing was sent",
    State.TOLD_WRONG: "told that it is wrong",
}


def deliver(
    release: Annotated[
        str, typer.Argument(metavar="[RELEASE]", help="As daily/date=2026-11-21; without it, all that waits.")
    ] = "",
    partner: Annotated[str, typer.Option(metavar="NAME", help="One partner of partners.yaml; without it, all.")] = "",
    site: SiteOption = None,
    home: HomeOption = None,
) -> None:
    """Deliver to partners what waits, or RELEASE; exit code 0 only if nothing failed."""
    from pipelines.definitions import courier_of, open_ledger
    from pipelines.quiet import withhold_errors
    from pipelines.site_folder import read_site_folder

    withhold_errors()
    folder, root = read_site_folder(site_folder(site)), Home(home_folder(home))
    courier = courier_of(folder, root, open_ledger(folder.site, root))
    asked = partner or None
    outcomes = courier.deliver_release(release, asked) if release else courier.deliver_waiting(asked)
    for outcome in outcomes:
        typer.echo(f"{outcome.partner} {outcome.release}: {_told(outcome)}")
    failed = sum(bool(outcome.sentence) for outcome in outcomes)
    typer.echo(f"{len(outcomes) - failed} good, {failed} failed" if outcomes else "nothing is waiting", err=True)
    raise typer.Exit(1 if failed else 0)


def _told(outcome: Outcome) -> str:
    if outcome.sentence:
        return f"{outcome.state.value}: {outcome.sentence}"
    return _SAID[outcome.state] + (f", {outcome.sent} files sent" if outcome.sent else "")
