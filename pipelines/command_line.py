"""The command line. Thin: it finds folders, calls one function of the house, and prints what came of it."""

import os
import sys
from datetime import date, datetime, timedelta
from operator import itemgetter
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from anonymizers.refusal import Refusal
from pipelines.settings import home_folder, site_folder

app = typer.Typer(
    help="Turns a site's raw clickstream into audience statistics in which nothing is personal.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
MADE_UP = "raw/MADE-UP"
"""Marks a home whose raw tables koond made up: the demo never writes into another."""

SiteOption = Annotated[Path | None, typer.Option("--site", help="Site folder, or a shipped site's name. [KOOND_SITE]")]
HomeOption = Annotated[Path | None, typer.Option("--home", help="Folder for all state. [KOOND_HOME]")]


@app.command()
def night(
    day: Annotated[str, typer.Argument(metavar="DATE", help="The day to publish, as 2026-11-21.")],
    site: SiteOption = None,
    home: HomeOption = None,
) -> None:
    """Run the night of DATE; exit code 0 only if its release stands published."""
    _publish(_date(day), site_folder(site), home_folder(home))


@app.command()
def demo(
    events: Annotated[int, typer.Option(min=1_000, help="Page views and ad events together.")] = 200_000,
    seed: Annotated[int, typer.Option(help="Of the made-up raw data; never of the noise.")] = 1,
    home: HomeOption = None,
) -> None:
    """Make up raw tables of the demo site, run one night, and show what was published."""
    from pipelines.sample.tables import write_sample_tables
    from pipelines.site_folder import read_site_folder

    folder, root = site_folder(Path("elektrum")), home_folder(home or Path("demo-home"))
    if (root / "raw").exists() and not (root / MADE_UP).exists():
        typer.echo(f"{root} holds raw tables that are not made up; choose another --home", err=True)
        raise typer.Exit(2)
    made_up = read_site_folder(folder).site
    day = datetime.now(ZoneInfo(made_up.time_zone)).date() - timedelta(days=1)
    (root / "raw").mkdir(parents=True, exist_ok=True)
    (root / MADE_UP).touch()
    typer.echo(f"Making up {events:,} events of {day} (seed {seed}) ...", err=True)
    if not (root / "published" / "daily" / f"date={day}").exists():
        write_sample_tables(
            root / "raw",
            day,
            made_up.time_zone,
            {topic.topic: topic for topic in made_up.topics},
            events=events,
            seed=seed,
        )
    _publish(day, folder, root)
    _show(root / "published" / "daily" / f"date={day}")


@app.command()
def check(site: SiteOption = None) -> None:
    """Check a site folder; prints file, line and remedy of each mistake."""
    from pipelines.site_folder import mistakes

    folder = site_folder(site)
    found = mistakes(folder)
    for mistake in found:
        typer.echo(str(mistake))
    typer.echo(f"{folder.name}: {len(found)} mistake(s)" if found else f"{folder.name}: good", err=True)
    raise typer.Exit(1 if found else 0)


@app.command()
def verify(
    release: Annotated[Path, typer.Argument(metavar="RELEASE_DIR", help="A folder of the published store.")],
) -> None:
    """Check a release with nothing but the release."""
    from anonymizers.releasing.verify import verify as verify_files

    if not release.is_dir():
        typer.echo(f"{release} is not a folder", err=True)
        raise typer.Exit(2)
    odd = [path.name for path in release.iterdir() if not path.is_file()]
    wrong = [f"{name} is not a file" for name in odd] or verify_files(
        {path.name: path.read_bytes() for path in release.iterdir()}
    )
    for sentence in wrong:
        typer.echo(sentence)
    typer.echo(f"{release.name}: {len(wrong)} thing(s) wrong" if wrong else f"{release.name}: good", err=True)
    raise typer.Exit(1 if wrong else 0)


@app.command()
def ui(site: SiteOption = None, home: HomeOption = None, port: Annotated[int, typer.Option()] = 3000) -> None:
    """Open the Dagster UI on loopback: assets, checks, partitions, backfills, the nightly schedule."""
    from pipelines.home import Home
    from pipelines.night import instance

    root = home_folder(home)
    with instance(Home(root)):
        os.environ.update(KOOND_HOME=str(root), KOOND_SITE=str(site_folder(site)))
    # `dg dev` runs the web server and the daemon, and finds the code location in [tool.dg].
    os.execv(
        sys.executable, [sys.executable, "-m", "dagster_dg_cli.cli", "dev", "--host", "127.0.0.1", "--port", str(port)]
    )


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        typer.echo("the date must be written as 2026-11-21", err=True)
        raise typer.Exit(2) from None


def _publish(day: date, site: Path, root: Path) -> None:
    """Make sure that the release of a day stands. One that stands already costs no work and no privacy."""
    folder = root / "published" / "daily" / f"date={day}"
    if (folder / "_SUCCESS").exists():
        typer.echo(f"{folder} stands published; a published release is final")
        return
    from pipelines.home import Home
    from pipelines.night import run_night

    try:
        why = run_night(site, Home(root), day.isoformat())
    except Refusal as refusal:
        why = str(refusal)
    if why is None and (folder / "_SUCCESS").exists():
        typer.echo(f"published {folder}")
        return
    typer.echo(f"not published: {why or 'the release is not there'}", err=True)
    raise typer.Exit(1)


def _show(folder: Path) -> None:
    """What a release holds and what it cost, read from the release itself."""
    import json

    import pyarrow.parquet as pq

    privacy = json.loads((folder / "privacy.json").read_text())
    typer.echo(f"\n{'table':<16}{'rows':>6}  the largest")
    for name, told in privacy["tables"].items():
        rows = pq.read_table(folder / f"{name}.parquet").to_pylist()
        metric = next(iter(told["metrics"]))
        top = max(rows, key=itemgetter(metric), default=None)
        largest = "none is large enough to tell"
        if top is not None:
            cell = " ".join(str(top[key]) for key in told["keys"])
            largest = f"{cell}: {top[metric]:,} {metric} ({top[f'{metric}_low']:,} to {top[f'{metric}_high']:,})"
        typer.echo(f"{name:<16}{len(rows):>6}  {largest}")
    spent = privacy["spent"]
    typer.echo(
        f"\nprivacy spent: epsilon {spent['epsilon']:.3f} at delta {spent['delta']:g} for each visitor of the day"
    )
    typer.echo(f"files: {folder}")


def main() -> None:
    """Entry point: refusals and nothing else end in one line."""
    try:
        app()
    except Refusal as refusal:
        typer.echo(f"refused: {refusal}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
