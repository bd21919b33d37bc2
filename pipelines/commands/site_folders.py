"""The commands of whoever keeps a site folder: check, tune, rehearse, drill."""

import sys
from typing import Annotated

import typer

from pipelines.commands.options import HomeOption, SiteOption, given_date
from pipelines.home import Home
from pipelines.settings import home_folder, site_folder


def check(site: SiteOption = None) -> None:
    """Check a site folder; prints file, line and remedy of each mistake."""
    from pipelines.site_folder import mistakes

    folder = site_folder(site)
    found = mistakes(folder)
    for mistake in found:
        typer.echo(str(mistake))
    typer.echo(f"{folder.name}: {len(found)} mistake(s)" if found else f"{folder.name}: good", err=True)
    raise typer.Exit(1 if found else 0)


def tune(
    site: SiteOption = None,
    write: Annotated[bool, typer.Option("--write", help="Write bounds.yaml; without it, show only.")] = False,
    seed: Annotated[int | None, typer.Option(min=0, help="Of the made-up traffic.")] = None,
) -> None:
    """Choose the bounds of a site's releases on made-up traffic of its declared size; prints bounds.yaml with reasons."""
    from pipelines.site_folder import BOUNDS, read_site_to_tune
    from pipelines.tune import SEED, changes, replace_file
    from pipelines.tune import tune as choose_bounds

    folder = site_folder(site)
    text = choose_bounds(
        read_site_to_tune(folder),
        seed=SEED if seed is None else seed,
        progress=lambda line: typer.echo(line, err=True),
    )
    file = folder / BOUNDS
    changed = changes(file.read_text(encoding="utf-8") if file.is_file() else "", text)
    if write:
        replace_file(file, text)
    else:
        typer.echo(text, nl=False)
    for line in changed:
        typer.echo(line, err=True)
    told = f"{len(changed)} bound(s) changed" if changed else "no bound changed"
    typer.echo(f"{file}: {told}" if write else f"{told} if written (--write)", err=True)


def rehearse(
    site: SiteOption = None,
    write: Annotated[bool, typer.Option("--write", help="Write rehearsal.json, which releases then name.")] = False,
    size: Annotated[str, typer.Option(help="ci: a minute or two; full: more visitors, more trials.")] = "ci",
) -> None:
    """Attack a site's releases on made-up traffic; exit code 0 only if every attack fails and every control succeeds."""
    from rich.console import Console
    from rich.table import Table

    from pipelines.rehearsal_file import REHEARSAL, rehearsal_text
    from pipelines.rehearse import SIZES, as_lines
    from pipelines.rehearse import rehearse as attack_releases
    from pipelines.site_folder import read_site_to_rehearse
    from pipelines.tune import replace_file

    if size not in SIZES:
        typer.echo(f"--size is one of {', '.join(SIZES)}", err=True)
        raise typer.Exit(2)
    folder = site_folder(site)
    told = attack_releases(read_site_to_rehearse(folder), SIZES[size], progress=lambda line: typer.echo(line, err=True))
    headings, *lines = as_lines(told)
    table = Table(*headings)
    for line in lines:
        table.add_row(*line)
    Console(width=None if sys.stdout.isatty() else 160).print(table)
    if write:
        replace_file(folder / REHEARSAL, rehearsal_text(told))
        typer.echo(f"wrote {folder / REHEARSAL}", err=True)
    raise typer.Exit(0 if told.good else 1)


def drill(
    day: Annotated[
        str | None, typer.Option("--date", metavar="DATE", help="The night to copy; else the newest with raw tables.")
    ] = None,
    whole_week: Annotated[
        bool, typer.Option("--week", help="Its week's release too; --date must lie in one that ended.")
    ] = False,
    events: Annotated[int, typer.Option(min=1_000, help="Of a made-up crowd, where there are no raw tables.")] = 20_000,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    site: SiteOption = None,
    home: HomeOption = None,
) -> None:
    """Plant made-up people into a copy of the raw tables, run the night, and search every byte for them.

    Exit code 0 only if nothing of them came out. Nothing is written to the home; the copy is removed.
    """
    import json

    from rich.console import Console

    from pipelines.drill import report
    from pipelines.drill.drill import drill as run_drill

    drilled = run_drill(
        site_folder(site),
        Home(home_folder(home)),
        given_date(day) if day else None,
        week=whole_week,
        events=events,
        progress=lambda line: typer.echo(line, err=True),
    )
    if as_json:
        typer.echo(json.dumps(report.as_json(drilled), indent=2))
    else:
        report.show(drilled, Console(width=None if sys.stdout.isatty() else 120))
    raise typer.Exit(1 if report.wrong(drilled) else 0)
