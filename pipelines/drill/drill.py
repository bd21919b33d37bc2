"""A drill from its beginning to its end: copies and people, the night, the search, and what came of it.

The order of things only; each stands in a module of its own.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from anonymizers.local_day import days_of_week, iso_week
from anonymizers.refusal import Reason, Refusal
from anonymizers.releasing.edition import daily_base
from pipelines.drill.copies import copy_raw_tables, copy_site_folder, make_up_crowd
from pipelines.drill.counted import Counted, count_people, count_set_aside
from pipelines.drill.marks import Mark, MarkBook
from pipelines.drill.people import plant
from pipelines.drill.raw_tables import RawTable, find_raw_tables, newest_night
from pipelines.drill.rows import PlantedRow
from pipelines.drill.search import Control, Sighting, prove, search
from pipelines.drill.throw_away import ThrowAway, throw_away
from pipelines.engines.duckdb_engine import DuckDBEngine
from pipelines.home import Home
from pipelines.ledger import Ledger
from pipelines.site_folder import SiteFolder, read_site_folder


@dataclass(frozen=True)
class Drilled:
    """What came of a drill. Labels, counts and closed names only."""

    site: str
    day: date
    made_up: bool
    """Whether the crowd was made up, since the night has no raw tables."""
    ran: Mapping[str, str]
    """Command -> `good`, or what became of it."""
    planted: Mapping[str, int]
    """Person -> rows."""
    counted: Mapping[str, Counted]
    set_aside: int
    marks: Mapping[str, Mark]
    """By label. The values in them are made up, and no report tells them."""
    searched: int
    """Files, folders and outputs."""
    sightings: Sequence[Sighting]
    control: Control
    without_room: Sequence[str]
    """Columns into which no mark could be planted: their type holds none, or the contract fixes what stands there."""


def drill(
    site: Path,
    home: Home,
    day: date | None,
    *,
    week: bool,
    events: int,
    progress: Callable[[str], None] = lambda line: None,
) -> Drilled:
    """Plant made-up people into a copy of a night's raw tables, run the night in a throw-away home, and search it.

    `day`: the newest with raw tables when None. `week`: run its ISO week's release too, the other days given up.
    `events` of a made-up crowd stand in where there are no raw tables. Raises Refusal when the site folder is wrong, the
    day has not ended, or a part of the raw tables is missing.
    """
    folder = read_site_folder(site)
    with throw_away() as place:
        engine = DuckDBEngine(_folder(place.root / "reading"))
        try:
            chosen = _choose(folder, home, day, week=week)
            return _drill(site, folder, home, chosen, week, events, progress, place, engine)
        finally:
            engine.close()


def _drill(
    site: Path,
    folder: SiteFolder,
    home: Home,
    day: date,
    week: bool,
    events: int,
    progress: Callable[[str], None],
    place: ThrowAway,
    engine: DuckDBEngine,
) -> Drilled:
    local, book = folder.site.day(day.isoformat()), MarkBook()
    tables = find_raw_tables(folder.site, folder.sources, home.root, day, engine, place.root / "reading")
    copy_site_folder(site, place.site, tables)
    people = plant(folder.site, folder.sources, {table.name: table.columns for table in tables}, local, book)
    crowd = make_up_crowd(folder.site, tables, day, events, place.root)
    planted = copy_raw_tables(tables, people, crowd, day, place.home, place.planted)
    progress(f"Planted {len(people):,} rows with {len(book.marks):,} marks into a copy of {day}; running the night ...")
    ran = {"night": _run(place, "night", day.isoformat())}
    counted = count_people(people, planted, place.planted, place.home, local, engine)
    if week:
        ran["week"] = _run_week(place, folder, day)
    ran["ledger"] = _run(place, "ledger")
    progress("Searching every byte ...")
    control = prove(book.marks, place)
    sightings, searched = search(book.marks, place)
    return Drilled(
        site=folder.site.site,
        day=day,
        made_up=not any(table.paths for table in tables),
        ran=ran,
        planted=_rows_of_each(people),
        counted=counted,
        set_aside=count_set_aside(place.home, day, engine),
        marks=book.marks,
        searched=searched,
        sightings=sightings,
        control=control,
        without_room=_without_room(tables, book),
    )


def _without_room(tables: Sequence[RawTable], book: MarkBook) -> list[str]:
    marked = {(mark.table, mark.column) for mark in book.marks.values()}
    named = [
        (table.name, column.role.value if column.role else column.name) for table in tables for column in table.columns
    ]
    return [f"{table}.{column}" for table, column in named if (table, column) not in marked]


def _choose(folder: SiteFolder, home: Home, day: date | None, *, week: bool) -> date:
    """The day as given, else the newest with raw tables that has ended, with its week if that is asked for."""
    today = datetime.now(ZoneInfo(folder.site.time_zone)).date()
    end = days_of_week(iso_week(today))[0] if week else today
    if day is None:
        return newest_night(folder.site, folder.sources, home.root, end)
    if not folder.site.first_day <= day < end:
        raise Refusal(
            "drill", Reason.DAY, f"{day} or its week has not ended, or lies before first_day; choose another --date"
        )
    return day


def _run_week(place: ThrowAway, folder: SiteFolder, day: date) -> str:
    """Give the week's other days up and run its release."""
    ledger = Ledger(place.home / "ledger.db", place.home / "published", folder.site.corrections_per_week)
    for other in days_of_week(iso_week(day)):
        if other != day:
            ledger.mark_missing(daily_base(other))
    return _run(place, "week", iso_week(day))


def _run(place: ThrowAway, *words: str) -> str:
    """`good`, or why not: the exit code and the reason of the closed list; the sentence itself may tell too much here."""
    command = place.koond(*words)
    if command.exit_code == 0:
        return "good"
    told = command.stderr.decode("utf-8", "replace")
    reason = next((reason.value for reason in Reason if f": {reason.value}: " in told), "it failed")
    return f"exit code {command.exit_code}: {reason}"


def _rows_of_each(people: Sequence[PlantedRow]) -> dict[str, int]:
    return {
        person: sum(1 for row in people if row.person == person)
        for person in dict.fromkeys(row.person for row in people)
    }


def _folder(path: Path) -> Path:
    path.mkdir(mode=0o700)
    return path
