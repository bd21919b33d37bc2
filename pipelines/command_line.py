"""The command line. Thin: it finds folders, calls one function of the house, and prints what came of it."""

import os
import sys
from datetime import date, datetime, timedelta
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer
from typer.core import TyperGroup

from anonymizers.local_day import days_of_week, iso_week
from anonymizers.refusal import Refusal
from anonymizers.releasing.edition import daily_base
from pipelines import delivery_command, reading_command, request_commands, signing_commands
from pipelines.home import Home
from pipelines.settings import home_folder, ledger_url, site_folder

if TYPE_CHECKING:
    from pipelines.night import Standing


class _Commands(TyperGroup):
    """Refusals end in one line, and nothing else does."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except Refusal as refusal:
            typer.echo(f"refused: {refusal}", err=True)
            raise typer.Exit(1) from None


app = typer.Typer(
    cls=_Commands,
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
    folder, root, date_ = site_folder(site), Home(home_folder(home)), _date(day)
    if correct:
        typer.echo(f"reserved: {reserve_correction(folder, root, date_, reason)}", err=True)
    _tell(standing := publish_day(folder, root, date_))
    if standing.before:
        _tell_late_events(folder, root, day)


@app.command()
def week(
    week: Annotated[str, typer.Argument(metavar="WEEK", help="The ISO week to publish, as 2026-W47.")],
    site: SiteOption = None,
    home: HomeOption = None,
) -> None:
    """Run the release of WEEK, once its days are published or marked; exit code 0 only if it stands published."""
    from pipelines.night import publish_week

    _tell(publish_week(site_folder(site), Home(home_folder(home)), week))


@app.command()
def mark(
    day: Annotated[str, typer.Argument(metavar="DATE", help="A day that will never be published.")],
    site: SiteOption = None,
    home: HomeOption = None,
) -> None:
    """Give DATE up, so that its week is released without it. It cannot be published afterwards."""
    from pipelines.definitions import open_ledger
    from pipelines.site_folder import read_site_folder

    settings, date_ = read_site_folder(site_folder(site)).site, _date(day)
    if not settings.first_day <= date_ < datetime.now(ZoneInfo(settings.time_zone)).date():
        typer.echo(f"{date_} lies before first_day of the site, or has not ended; nothing is marked", err=True)
        raise typer.Exit(2)
    open_ledger(settings, Home(home_folder(home))).mark_missing(daily_base(date_))
    typer.echo(f"{date_} is marked missing; its week will be released without it")


@app.command()
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
    delivery_command.give_the_demos_partner_a_place(root)
    if not all((root / "published" / daily_base(day)).exists() for day in days):
        typer.echo(
            f"Making up {events:,} events for each of {len(days)} day(s) from {days[0]} on (seed {seed}) ...", err=True
        )
        topics = {topic.topic: topic for topic in made_up.topics}
        write_sample_days(root / "raw", days, made_up.time_zone, topics, events_a_day=events, seed=seed)
    for day in days:
        _tell(standing := publish_day(folder, Home(root), day))
    if whole_week:
        _tell(standing := publish_week(folder, Home(root), last_week))
    _show(standing.folder)


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


@app.command()
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


@app.command()
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
        _date(day) if day else None,
        week=whole_week,
        events=events,
        progress=lambda line: typer.echo(line, err=True),
    )
    if as_json:
        typer.echo(json.dumps(report.as_json(drilled), indent=2))
    else:
        report.show(drilled, Console(width=None if sys.stdout.isatty() else 120))
    raise typer.Exit(1 if report.wrong(drilled) else 0)


@app.command()
def catalogue(site: SiteOption = None, home: HomeOption = None) -> None:
    """Make the catalogue's pages anew: index.html, index.et.html and latest.json. Every night does."""
    from pipelines.catalogue_store import CatalogueStore
    from pipelines.definitions import open_ledger
    from pipelines.site_folder import read_site_folder

    root = Home(home_folder(home))
    told = CatalogueStore(root, open_ledger(read_site_folder(site_folder(site)).site, root)).write()
    typer.echo(f"made {root.published / 'index.html'} of {told['releases']} release(s)")


@app.command()
def ledger(
    site: SiteOption = None,
    home: HomeOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show what privacy was spent on, over time; exit code 0 only if the ledger was not tampered with."""
    import json

    from rich.console import Console

    from pipelines.home import Home
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


@app.command()
def unsubscribe(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Tokens that came back, one a line; - reads them here.")],
    home: HomeOption = None,
) -> None:
    """Take people off the site's mailing lists by the tokens of their links; the next night leaves them out."""
    from pipelines.mailing_records import MailingRecordStore

    lines = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    new = MailingRecordStore(Home(home_folder(home))).unsubscribe(lines.split())
    typer.echo(f"{new} new; the next night's list is without them", err=True)


@app.command()
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


@app.command()
def ui(site: SiteOption = None, home: HomeOption = None, port: Annotated[int, typer.Option()] = 3000) -> None:
    """Open the Dagster UI on loopback: assets, checks, partitions, backfills, the nightly schedule."""
    from pipelines.home import Home
    from pipelines.night import instance

    root = home_folder(home)
    if (root / MADE_UP).exists():
        delivery_command.give_the_demos_partner_a_place(root)
    with instance(Home(root)):
        os.environ.update(KOOND_HOME=str(root), KOOND_SITE=str(site_folder(site)))
    # `dg dev` runs the web server and the daemon, and finds the code location in [tool.dg].
    os.execv(
        sys.executable, [sys.executable, "-m", "dagster_dg_cli.cli", "dev", "--host", "127.0.0.1", "--port", str(port)]
    )


for _command in (
    delivery_command.deliver,
    reading_command.read,
    request_commands.suppress,
    request_commands.erase,
    request_commands.rectify,
    signing_commands.verify,
):
    app.command()(_command)
app.add_typer(signing_commands.keys, name="keys")


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        typer.echo("the date must be written as 2026-11-21", err=True)
        raise typer.Exit(2) from None


def _tell(standing: "Standing") -> None:
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


def main() -> None:
    """Entry point."""
    app()


if __name__ == "__main__":
    main()
