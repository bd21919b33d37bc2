"""Commands of signatures: `koond verify`, for whoever reads a release, and `koond keys`, for whoever publishes. Thin."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from minisign import PublicKey

from anonymizers.releasing.checks import summary
from anonymizers.releasing.signature import MANIFEST, SIGNATURE, partner_of, public_line, read_public
from anonymizers.releasing.verify import verify_maker, verify_signed
from pipelines.commands.options import HomeOption, SiteOption
from pipelines.home import Home
from pipelines.settings import home_folder, ledger_url, site_folder

if TYPE_CHECKING:
    from pipelines.signing_keys import SigningKeyStore


keys = typer.Typer(help="The keys that sign releases: files, first and last days.", invoke_without_command=True)
_MOST_OF_A_KEY = 4096


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
    from pipelines.release_places import (
        key_beside,
        open_place,
        read_manifest_at,
        read_release_at,
        successor_of,
        told_wrong,
    )

    address = release if "://" in release else _folder(release)
    if address is None:
        _say(f"{release} is not a folder")
        raise typer.Exit(2)
    given = given_key(key)
    place = open_place(address)
    documents = read_manifest_at(place)
    signature = documents.get(SIGNATURE, b"")
    used = key_beside(place, signature) if given is None else successor_of(given, place, signature) or given
    wrong = verify_maker(documents, used, place.folder, unsigned=unsigned)
    if not wrong:
        found = read_release_at(place, documents)
        wrong = verify_signed(found.files, used, place.folder, unsigned=unsigned, strange=found.strange)
        if reason := told_wrong(place):
            wrong.append(f"the site has marked the release wrong ({reason}); do not use it")
    for sentence in wrong:
        _say(sentence, err=False)
    if wrong:
        _say(f"{place.folder}: {len(wrong)} thing(s) wrong")
        raise typer.Exit(1)
    partner = partner_of(documents[MANIFEST])
    part = "" if partner is None else f", the part that was agreed with {partner} and not the whole release"
    _say(f"{place.folder}: good{part}; {summary(json.loads(found.files['checks.json']))}")
    _say(_told_of(given, used if signature else None))


def _say(sentence: str, err: bool = True) -> None:
    """One line: what others wrote cannot end it, move the cursor, or turn the direction of writing."""
    typer.echo("".join(each if each.isprintable() else ascii(each)[1:-1] for each in sentence), err=err)


def given_key(key: str | None) -> PublicKey | None:
    """The public key that an option names: the key itself in its one line, or a file. Refuses anything else."""
    if key is None:
        return None
    try:
        with Path(key).expanduser().open("rb") as file:
            return read_public(file.read(_MOST_OF_A_KEY))
    except (OSError, ValueError, RuntimeError):  # no file, or not even the name of one
        return read_public(key.encode(errors="replace"))


def _folder(named: str) -> str | None:
    """A folder under the name that it was given: what a link is called, not what it leads to, says which release it is."""
    try:
        folder = Path(named).expanduser()
        return os.path.abspath(folder) if folder.is_dir() else None  # noqa: PTH100 - resolve() would follow the link
    except (OSError, ValueError, RuntimeError):
        return None


def _told_of(given: PublicKey | None, used: PublicKey | None) -> str:
    if used is None:
        return "not signed: nothing shows who made it"
    if given is None:
        return (
            f"signed by key {public_line(used)}, which was taken from beside the release: this proves only that the whole site "
            "was signed by that key; compare all of it with the one in the contract, or give that one with --key"
        )
    if given != used:
        return f"signed by key {public_line(used)}, to which the given key {public_line(given)} has handed over; keep the new one"
    return f"signed by key {public_line(used)}, the given one"


@keys.callback()
def show(context: typer.Context, site: SiteOption = None, home: HomeOption = None) -> None:
    """List the keys: file in published/keys, first day, last day (UTC)."""
    if context.invoked_subcommand is None:
        root = Home(home_folder(home))
        place = ledger_url(root.ledger)
        if isinstance(place, Path) and not place.is_file():
            typer.echo(f"{place} is not there; nothing was signed yet, or --home is another", err=True)
            raise typer.Exit(2)
        for each in _store(site, home).ledger.signing_keys():
            typer.echo(f"{each.key}.pub  {each.first_day}  {each.last_day or 'today'}")


@keys.command("make")
def make(site: SiteOption = None, home: HomeOption = None) -> None:
    """Make the first key, if there is none yet, and print the public one: the line to write into contracts."""
    typer.echo(public_line(_store(site, home).make()))


@keys.command("rotate")
def rotate(
    without_handover: Annotated[
        bool, typer.Option("--without-handover", help="The old key was lost or stolen: let it vouch for nothing.")
    ] = False,
    site: SiteOption = None,
    home: HomeOption = None,
) -> None:
    """Make a new key that the old one vouches for, destroy the old one, and print the new public one."""
    typer.echo(public_line(_store(site, home).rotate(without_handover=without_handover)))
    if without_handover:
        typer.echo(
            "no key vouches for this one: give it to every partner, by another way than beside releases", err=True
        )


def _store(site: Path | None, home: Path | None) -> "SigningKeyStore":
    from pipelines.definitions import open_ledger
    from pipelines.signing_keys import SigningKeyStore
    from pipelines.site_folder import read_site_folder

    root = Home(home_folder(home))
    return SigningKeyStore(root, open_ledger(read_site_folder(site_folder(site)).site, root))
