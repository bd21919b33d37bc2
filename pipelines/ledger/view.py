"""The ledger as people and programs see it: a table, a plot of the privacy loss over time, and JSON. No rule here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from pipelines.ledger.entries import Entry, Kind, ReleaseName

_BAR = 40


@dataclass(frozen=True)
class Overview:
    """All that is shown: the entries, what is wrong with them, and what is left of a week's reserve."""

    entries: Sequence[Entry]
    wrong: Sequence[str]
    week: str
    """As `2026-W47`."""
    corrections_left: int | None
    """None while the ledger is not whole."""


def as_json(seen: Overview) -> dict[str, Any]:
    """For programs: every entry with what it tells, without the contents of draws, and the verdict on the chain."""
    return {
        "entries": [
            {
                "number": entry.number,
                "at": entry.at,
                "kind": entry.kind,
                "release": entry.release,
                "told": entry.told,
                "holds": entry.holds,
                "previous": entry.previous,
                "hash": entry.hash,
            }
            for entry in seen.entries
        ],
        "epsilon": {
            base: {"release": first, "corrections": more} for base, (first, more) in spent(seen.entries).items()
        },
        "whole": not seen.wrong,
        "wrong": list(seen.wrong),
        "corrections_left": {"week": seen.week, "count": seen.corrections_left},
    }


def show(seen: Overview, console: Console) -> None:
    """For people: the table, the plot, the verdict. Plain text where the console is no terminal."""
    console.print(_table(seen.entries, console))
    console.print()
    for line in plot(seen.entries, full="█" if console.is_terminal else "#", more="▒" if console.is_terminal else "+"):
        _say(console, line)
    for sentence in seen.wrong:
        _say(console, sentence)
    last = f"; the last of {len(seen.entries)} has hash {seen.entries[-1].hash}" if seen.entries else ""
    verdict = f"{len(seen.wrong)} thing(s) wrong" if seen.wrong else f"every entry holds{last}"
    _say(console, f"\nledger: {verdict}")
    left = "not known before that is mended" if seen.corrections_left is None else seen.corrections_left
    _say(console, f"corrections left for {seen.week}: {left}")


def spent(entries: Sequence[Entry]) -> Mapping[str, tuple[float, float]]:
    """Day or week -> epsilon reserved for its release, and for its corrections together, in the order of the names."""
    found: dict[str, tuple[float, float]] = {}
    for entry in entries:
        name = ReleaseName.find(entry.release)
        if entry.kind != Kind.RESERVED or name is None or not entry.holds:
            continue
        first, more = found.get(name.base, (0.0, 0.0))
        epsilon = float(entry.told["epsilon"])
        found[name.base] = (first + epsilon, more) if name.revision == 1 else (first, more + epsilon)
    return dict(sorted(found.items()))


def plot(entries: Sequence[Entry], *, full: str, more: str) -> list[str]:
    """A bar a day or week, oldest first: `full` for its release's epsilon, `more` for its corrections'."""
    loss = spent(entries)
    if not loss:
        return ["nothing was spent yet"]
    largest = max(sum(both) for both in loss.values())
    lines = [f"privacy loss by release (epsilon; {full} the release, {more} its corrections)"]
    for base, (first, corrections) in loss.items():
        whole = round(_BAR * (first + corrections) / largest)
        begun = round(_BAR * first / largest)
        lines.append(f"{base.partition('=')[2]:<10}  {full * begun}{more * (whole - begun)} {first + corrections:.3g}")
    return lines


def _table(entries: Sequence[Entry], console: Console) -> Table:
    table = Table(box=box.SIMPLE_HEAD if console.is_terminal else None, pad_edge=False)
    for name in ("when (UTC)", "what", "release"):
        table.add_column(name, no_wrap=True)
    table.add_column("epsilon", justify="right", no_wrap=True)
    table.add_column("reason", overflow="fold")
    for entry in entries:
        epsilon = f"{entry.told['epsilon']:.3g}" if "epsilon" in entry.told else ""
        table.add_row(entry.at[:16].replace("T", " "), entry.kind, entry.release, epsilon, _why(entry))
    return table


def _why(entry: Entry) -> str:
    if not entry.holds:
        return "changed from outside"
    told = entry.told
    shown = ("part", "partner", "correction", "state", "reason", "authority", "legal_basis")
    return " ".join(str(told[name]) for name in shown if name in told)


def _say(console: Console, line: str) -> None:
    console.print(line, markup=False, highlight=False, soft_wrap=True)
