"""What several commands take: the site, the home, a date."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

SiteOption = Annotated[Path | None, typer.Option("--site", help="Site folder, or a shipped site's name. [KOOND_SITE]")]
HomeOption = Annotated[Path | None, typer.Option("--home", help="Folder for all state. [KOOND_HOME]")]


def given_date(text: str) -> date:
    """The date that was given; ends the command with 2 if it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        typer.echo("the date must be written as 2026-11-21", err=True)
        raise typer.Exit(2) from None
