"""Commands of signatures: `koond verify`, for whoever reads a release, and `koond keys`, for whoever publishes. Thin."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from minisign import PublicKey

from anonymizers.releasing.checks import summary
from anonymizers.releasing.signature import SIGNATURE, key_id, read_public
from anonymizers.releasing.verify import verify_signed
from pipelines.commands.options import HomeOption, SiteOption
from pipelines.home import Home
from pipelines.settings import home_folder, ledger_url, site_folder

if TYPE_CHECKING:
    from pipelines.signing_keys import SigningKeyStore


keys = typer.Typer(help="The keys that sign releases: ids, and their first and last days.", invoke_without_command=True)


def verify(
    release: Annotated[str, typer.Argument(metavar="RELEASE_DIR|URL", help="A release's folder, or its address.")],
    key: Annotated[
        str | None, typer.Option("--key", metavar="FILE|KEY", help="The site's public key, as the contract has it.")
    ] = None,
    unsigned: Annotated[
        bool, typer.Option("--unsigned", help="Check a release that nobody signed by the rest.")
    ] = False,
) -> None:
    """Check a release with nothing but the release; exit code 0 only if nothing is wrong."""
    from pipelines.release_places import key_beside, open_place, read_release_at, successor_of

    if "://" not in release and not Path(release).expanduser().is_dir():
        typer.echo(f"{release} is not a folder", err=True)
        raise typer.Exit(2)
    given = given_key(key)
    place = open_place(release if "://" in release else str(Path(release).expanduser().resolve()))
    found = read_release_at(place)
    signature = found.files.get(SIGNATURE, b"")
    used = key_beside(place, signature) if given is None else successor_of(given, place, signature) or given
    wrong = verify_signed(found.files, used, found.folder, unsigned=unsigned, strange=found.strange)
    for sentence in wrong:
        typer.echo(sentence)
    if wrong:
        typer.echo(f"{found.folder}: {len(wrong)} thing(s) wrong", err=True)
        raise typer.Exit(1)
    typer.echo(f"{found.folder}: good; {summary(json.loads(found.files['checks.json']))}", err=True)
    typer.echo(_told_of(given, used if signature else None), err=True)


def given_key(key: str | None) -> PublicKey | None:
    """The public key that an option names: a file, or the key itself."""
    if key is None:
        return None
    path = Path(key).expanduser()
    return read_public(path.read_bytes() if len(key) < 4096 and path.is_file() else key.encode())


def _told_of(given: PublicKey | None, used: PublicKey | None) -> str:
    if used is None:
        return "not signed: nothing shows who made it"
    if given is None:
        return (
            f"signed by key {key_id(used)}, which was taken from beside the release: this proves only that the whole site was "
            "signed by that key; compare it with the one in the contract, or give that one with --key"
        )
    if given != used:
        return f"signed by key {key_id(used)}, to which the given key {key_id(given)} has handed over; keep the new one"
    return f"signed by key {key_id(used)}, the given one"


@keys.callback()
def show(context: typer.Context, site: SiteOption = None, home: HomeOption = None) -> None:
    """List the keys: id, first day, last day (UTC). The public keys stand in published/keys."""
    if context.invoked_subcommand is None:
        root = Home(home_folder(home))
        place = ledger_url(root.ledger)
        if isinstance(place, Path) and not place.is_file():
            typer.echo(f"{place} is not there; nothing was signed yet, or --home is another", err=True)
            raise typer.Exit(2)
        for each in _store(site, home).ledger.signing_keys():
            typer.echo(f"{each.key}  {each.first_day}  {each.last_day or 'today'}")


@keys.command("make")
def make(site: SiteOption = None, home: HomeOption = None) -> None:
    """Make the first key, if there is none yet, and print its id: the one to write into contracts."""
    typer.echo(_store(site, home).make())


@keys.command("rotate")
def rotate(site: SiteOption = None, home: HomeOption = None) -> None:
    """Make a new key that the old one vouches for, destroy the old one, and print the new id."""
    typer.echo(_store(site, home).rotate())


def _store(site: Path | None, home: Path | None) -> "SigningKeyStore":
    from pipelines.definitions import open_ledger
    from pipelines.signing_keys import SigningKeyStore
    from pipelines.site_folder import read_site_folder

    root = Home(home_folder(home))
    return SigningKeyStore(root, open_ledger(read_site_folder(site_folder(site)).site, root))
