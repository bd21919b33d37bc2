"""The commands for what people ask of a site: suppress, erase, rectify, unsubscribe, disclose.

Names come from files or standard input alone: a command line is seen by every user of the machine, and its shell keeps it.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from anonymizers.refusal import Reason, Refusal
from anonymizers.requests import Request, Wish
from pipelines.commands.options import HomeOption, SiteOption
from pipelines.home import Home
from pipelines.settings import home_folder, site_folder

RequestOption = Annotated[
    Path, typer.Option("--request", metavar="FILE", help="The request, as docs/requests.md says.")
]


def suppress(
    number: Annotated[int, typer.Option(min=1, help="The request's number, which the ledger remembers.")],
    account: Annotated[str, typer.Option(metavar="FILE", help="Account ids, one a line; - reads them here.")] = "",
    cookie: Annotated[str, typer.Option(metavar="FILE", help="Cookies, one a line; - reads them here.")] = "",
    site: SiteOption = None,
    home: HomeOption = None,
) -> None:
    """Leave people out of the statistics of visits and off all mailing lists, from the next run on."""
    if bool(account) == bool(cookie):
        typer.echo("name either --account or --cookie, with a file, or - for standard input", err=True)
        raise typer.Exit(2)
    names = tuple(line.strip() for line in _lines(account or cookie) if line.strip())
    if not names or max(map(len, names)) > 1_000:
        raise Refusal("suppress", Reason.STORE, "there are no names, or lines too long for one; write one name a line")
    asked = Request(number, Wish.SUPPRESS, **{"accounts" if account else "cookies": names})  # type: ignore[arg-type]
    _carry_out(asked, site, home)


def erase(request: RequestOption, site: SiteOption = None, home: HomeOption = None) -> None:
    """Erase a person from every store that koond owns, and search every byte afterwards. Nothing is published again."""
    _carry_out(_read(request, Wish.ERASE), site, home)


def rectify(request: RequestOption, site: SiteOption = None, home: HomeOption = None) -> None:
    """Replace old values of a person by new ones in every store that koond owns."""
    _carry_out(_read(request, Wish.RECTIFY), site, home)


def unsubscribe(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Tokens that came back, one a line; - reads them here.")],
    home: HomeOption = None,
) -> None:
    """Take people off the site's mailing lists by the tokens of their links; the next night leaves them out."""
    from pipelines.mailing_records import MailingRecordStore

    lines = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    new = MailingRecordStore(Home(home_folder(home))).unsubscribe(lines.split())
    typer.echo(f"{new} new; the next night's list is without them", err=True)


def disclose(
    request: Annotated[
        Path, typer.Option("--request", help="File that names case, authority, person and who approved.")
    ],
    site: SiteOption = None,
    home: HomeOption = None,
) -> None:
    """Encrypt to a lawful authority what the site holds of one person; the ledger keeps the case, and not the person."""
    from pipelines.disclosure import run_disclosure

    made = run_disclosure(site_folder(site), Home(home_folder(home)), request)
    typer.echo(f"disclosed {made}; destroy the request's file, for it names the person")


def _read(path: Path, wish: Wish) -> Request:
    from pipelines.request_files import read_request

    asked = read_request(path)
    if asked.wish is not wish:
        raise Refusal(
            wish.value, Reason.STORE, f"the request wishes to {asked.wish.value}; use koond {asked.wish.value}"
        )
    return asked


def _carry_out(request: Request, site: Path | None, home: Path | None) -> None:
    from pipelines.definitions import engines_from_environment, open_ledger
    from pipelines.requests import Requests
    from pipelines.site_folder import read_site_folder

    folder, root = read_site_folder(site_folder(site)), Home(home_folder(home))
    office = Requests(folder.site, folder.sources, root, open_ledger(folder.site, root), engines_from_environment())
    told = office.carry_out(request)
    for store, rows in told.items():
        typer.echo(f"{store}: {rows}")
    typer.echo(f"request {request.request} is carried out and stands in the ledger", err=True)


def _lines(file: str) -> list[str]:
    if file == "-":
        return sys.stdin.read().removeprefix("\ufeff").splitlines()
    try:
        return Path(file).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, ValueError):
        raise Refusal(
            "suppress", Reason.STORE, "the file cannot be read as UTF-8; an id itself is never written here"
        ) from None
