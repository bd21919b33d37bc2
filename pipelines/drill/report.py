"""What a drill tells: one table for people, one verdict line, the same as JSON for programs. Labels and counts, no value."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from pipelines.drill.drill import Drilled
from pipelines.drill.people import PEOPLE
from pipelines.drill.search import Area, Sighting

INSIDE = (Area.SET_ASIDE, Area.OWN_USES)
"""Where personal data belong: rows nobody could read, and what the site keeps for itself."""
SHOWN = 60
"""Sightings that the table shows; the JSON has all."""


def wrong(drilled: Drilled) -> list[str]:
    """Why the drill failed, each reason a sentence; empty when nothing came out."""
    ran = [f"koond {command} did not end well ({what})" for command, what in drilled.ran.items() if what != "good"]
    counted = [
        f"{person}: {each.found:,} events were counted where {each.expected:,} should be"
        for person, each in drilled.counted.items()
        if each.found != each.expected
    ]
    if not any(each.found for each in drilled.counted.values()):
        counted = ["none of the made-up people was counted, so the night proves nothing"]
    blind = [f"the search does not find {label} where it was planted" for label in drilled.control.unseen[:5]]
    blind += [
        f"the search does not find a leak made on purpose in {leak}"
        for leak, seen in drilled.control.leaks.items()
        if not seen
    ]
    if not drilled.control.leaks:
        blind.append("no leak could be made on purpose, for nothing was left to spoil")
    found = Counter(sighting.area for sighting in _outside(drilled.sightings))
    out = [f"{number:,} sighting(s) {area.value}" for area, number in found.items()]
    return [*ran, *counted, *blind, *out]


def show(drilled: Drilled, console: Console) -> None:
    """Print the table, and the verdict in one line."""
    table = Table(box=box.SIMPLE, title=_title(drilled), title_justify="left", title_style="")
    for heading in ("made-up person", "who", "rows", "counted", "of", "marks", "out", "set aside"):
        table.add_column(heading, justify="left" if heading in ("made-up person", "who") else "right", overflow="fold")
    for row in _people(drilled):
        table.add_row(*(f"{cell:,}" if isinstance(cell, int) else cell for cell in row.values()))
    console.print(table)
    out = _outside(drilled.sightings)
    if out:
        console.print(_found(drilled, out))
    reasons = wrong(drilled)
    console.print(
        f"FAILED: {'; '.join(reasons)}" if reasons else _passed(drilled), soft_wrap=True, markup=False, highlight=False
    )


def as_json(drilled: Drilled) -> dict[str, Any]:
    """All that the table tells, and every sighting."""
    reasons = wrong(drilled)
    return {
        "site": drilled.site,
        "date": drilled.day.isoformat(),
        "raw_tables": "made up" if drilled.made_up else "copied",
        "commands": dict(drilled.ran),
        "people": _people(drilled),
        "rows_set_aside": drilled.set_aside,
        "marks": len(drilled.marks),
        "places_searched": drilled.searched,
        "control": {
            "marks_planted": drilled.control.planted,
            "marks_not_found_where_planted": list(drilled.control.unseen),
            "leaks_on_purpose_seen": dict(drilled.control.leaks),
        },
        "columns_without_room_for_a_mark": list(drilled.without_room),
        "sightings": [_told(drilled, sighting) | {"area": sighting.area.value} for sighting in drilled.sightings],
        "verdict": "failed" if reasons else "passed",
        "wrong": reasons,
    }


def _title(drilled: Drilled) -> str:
    crowd = "a made-up crowd" if drilled.made_up else "a copy of the raw tables"
    return f"Drill of {drilled.site}, night of {drilled.day}, in {crowd}"


def _passed(drilled: Drilled) -> str:
    return (
        f"PASSED: of {len(drilled.marks):,} marks none stands in {drilled.searched:,} places where none may; "
        f"control: {drilled.control.planted:,} planted marks and {len(drilled.control.leaks)} leaks on purpose were all seen"
    )


def _people(drilled: Drilled) -> list[dict[str, str | int]]:
    of_marks = Counter(mark.person for mark in drilled.marks.values())
    out, aside = (
        Counter(drilled.marks[label].person for label in {each.label for each in sightings} if label in drilled.marks)
        for sightings in (_outside(drilled.sightings), _set_aside(drilled.sightings))
    )
    return [
        {
            "person": person,
            "who": PEOPLE[person],
            "rows": rows,
            "counted": drilled.counted[person].found,
            "to_be_counted": drilled.counted[person].expected,
            "marks": of_marks[person],
            "marks_out": out[person],
            "marks_set_aside": aside[person],
        }
        for person, rows in drilled.planted.items()
    ]


def _found(drilled: Drilled, out: Sequence[Sighting]) -> Table:
    table = Table(box=box.SIMPLE)
    for heading in ("made-up person", "raw column", "written form", "found in"):
        table.add_column(heading, overflow="fold")
    for sighting in out[:SHOWN]:
        told = _told(drilled, sighting)
        table.add_row(told["person"], told["column"], told["form"], told["place"])
    if len(out) > SHOWN:
        table.add_row("...", "", "", f"{len(out) - SHOWN:,} more; --json tells all")
    return table


def _told(drilled: Drilled, sighting: Sighting) -> dict[str, str]:
    mark = drilled.marks.get(sighting.label)
    if mark is None:  # `UNREADABLE`
        return {"person": "nobody", "column": "none", "form": "a file that cannot be searched", "place": sighting.place}
    return {"person": mark.person, "column": f"{mark.table}.{mark.column}", "form": mark.form, "place": sighting.place}


def _outside(sightings: Sequence[Sighting]) -> list[Sighting]:
    return [sighting for sighting in sightings if sighting.area not in INSIDE]


def _set_aside(sightings: Sequence[Sighting]) -> list[Sighting]:
    return [sighting for sighting in sightings if sighting.area is Area.SET_ASIDE]
