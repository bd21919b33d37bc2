"""The commands for a first look: the demo's night, and the Dagster UI."""

import os
import sys
from datetime import datetime, timedelta
from operator import itemgetter
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from anonymizers.local_day import days_of_week, iso_week
from anonymizers.releasing.edition import daily_base
from pipelines.commands.nights import tell
from pipelines.commands.options import HomeOption, SiteOption
from pipelines.home import Home
from pipelines.settings import home_folder, site_folder

MADE_UP = "raw/MADE-UP"
"""Marks a home whose raw tables koond made up: the demo never writes into another."""


def demo(
    events: Annotated[int, typer.Option(min=1_000, help="Page views and ad events together, a day.")] = 200_000,
    seed: Annotated[int, typer.Option(help="Of the made-up raw data; never of the noise.")] = 1,
    whole_week: Annotated[
        bool, typer.Option("--week", help="Seven nights and the week's release, not one night.")
    ] = False,
    home: HomeOption = None,
) -> None:
    """Make up raw tables of the demo site, run one night (or a week), and show what was published."""
    from pipelines.night import publish_day, publish_week
    from pipelines.sample.tables import write_sample_days
    from pipelines.site_folder import read_site_folder

    folder, root = site_folder(Path("elektrum")), home_folder(home or Path("demo-home"))
    if (root / "raw").exists() and not (root / MADE_UP).exists():
        typer.echo(f"{root} holds raw tables that are not made up; choose another --home", err=True)
        raise typer.Exit(2)
    made_up = read_site_folder(folder).site
    yesterday = datetime.now(ZoneInfo(made_up.time_zone)).date() - timedelta(days=1)
    last_week = iso_week(yesterday - timedelta(days=6))
    days = days_of_week(last_week) if whole_week else (yesterday,)
    (root / "raw").mkdir(parents=True, exist_ok=True)
    (root / MADE_UP).touch()
    _give_the_partner_a_place(root)
    if not all((root / "published" / daily_base(day)).exists() for day in days):
        typer.echo(
            f"Making up {events:,} events for each of {len(days)} day(s) from {days[0]} on (seed {seed}) ...", err=True
        )
        topics = {topic.topic: topic for topic in made_up.topics}
        write_sample_days(root / "raw", days, made_up.time_zone, topics, events_a_day=events, seed=seed)
    for day in days:
        tell(standing := publish_day(folder, Home(root), day))
    if whole_week:
        tell(standing := publish_week(folder, Home(root), last_week))
    _show(standing.folder)


def ui(site: SiteOption = None, home: HomeOption = None, port: Annotated[int, typer.Option()] = 3000) -> None:
    """Open the Dagster UI on loopback: assets, checks, partitions, backfills, the nightly schedule."""
    from pipelines.night import instance

    root = home_folder(home)
    if (root / MADE_UP).exists():
        _give_the_partner_a_place(root)
    with instance(Home(root)):
        os.environ.update(KOOND_HOME=str(root), KOOND_SITE=str(site_folder(site)))
    # `dg dev` runs the web server and the daemon, and finds the code location in [tool.dg].
    os.execv(
        sys.executable, [sys.executable, "-m", "dagster_dg_cli.cli", "dev", "--host", "127.0.0.1", "--port", str(port)]
    )


def _show(folder: Path) -> None:
    """What a release holds and what it cost, read from the release itself."""
    import json

    import pyarrow.parquet as pq

    from anonymizers.releasing.checks import summary

    privacy = json.loads((folder / "privacy.json").read_text())
    typer.echo(f"\n{'table':<16}{'rows':>6}  the largest")
    for name, told in privacy["implementation"]["tables"].items():
        rows = pq.read_table(folder / f"{name}.parquet").to_pylist()
        metric = next(iter(told["measures"]))
        top = max(rows, key=itemgetter(metric), default=None)
        largest = "none is large enough to tell"
        if top is not None:
            cell = " ".join(str(top[key]) for key in told["keys"])
            largest = f"{cell}: {top[metric]:,} {metric} ({top[f'{metric}_low']:,} to {top[f'{metric}_high']:,})"
        typer.echo(f"{name:<16}{len(rows):>6}  {largest}")
    loss = privacy["privacy_loss"]
    spent = loss["privacy_parameters"]
    typer.echo(
        f"\nprivacy spent: epsilon {spent['epsilon']:.3f} at delta {spent['delta']:g} for each {loss['privacy_unit']}"
    )
    typer.echo(f"judged: {summary(json.loads((folder / 'checks.json').read_text()))}")
    typer.echo(f"files: {folder}")
    typer.echo(f"page: {folder.parents[1] / 'index.html'}")


def _give_the_partner_a_place(root: Path) -> None:
    """A folder beside the demo's home, unless KOOND_PARTNERS names another: the made-up partner's deliveries go there."""
    place = Path(os.environ.setdefault("KOOND_PARTNERS", str(root.with_name(f"{root.name}-partners"))))
    (place / "paikesepood").mkdir(parents=True, exist_ok=True)
