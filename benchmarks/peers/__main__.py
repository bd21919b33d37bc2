"""koond beside its peers on the same day: `python -m benchmarks.peers`.

Makes what is missing (environments, data), runs every participant in processes of its own, and gives a table, figures and
a plot. What is compared, and what the comparison cannot tell, stands in README.md.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.peers.environments import HERE, PEERS, python_of
from benchmarks.peers.measure import run
from benchmarks.peers.plot import plot
from benchmarks.peers.score import BANDS, METRICS, score, sizes
from benchmarks.peers.work import DELTA, EPSILON, CountTable, Job, read_cells

FIGURES, IMAGE = HERE / "figures.json", HERE.parent.parent / "docs" / "images" / "peers.svg"
EVENTS = 1_200_000
PREPARED, STRIPPED = "prepared.parquet", "stripped_events.parquet"
WORKS = ("cross", "cross, best bounds", "small tables")
"""As `data.py` writes them down."""


@dataclass(frozen=True)
class Participant:
    """A tool at one piece of work."""

    name: str
    module: str
    peer: str | None
    """Its environment; None for koond, which runs in the one of this process."""
    work: str
    """Which tables, with which bounds."""
    runs: int


def participants(runs: int) -> list[Participant]:
    """Everybody, in the order of the table. Spark runs once: a minute and more a run, and its noise is like OpenDP's."""
    modules = {"pipelinedp": "pipelinedp_local", "tumult": "tumult_spark", "opendp": "opendp_polars"}
    found = []
    for work in WORKS:
        found += [
            Participant(PEERS[peer], module, peer, work, 1 if peer == "tumult" else runs)
            for peer, module in modules.items()
        ]
        found.append(Participant("koond", "koond", None, work, runs))
    return found


def one(participant: Participant, data: Path, public: Mapping[str, Any]) -> dict[str, Any]:
    """Run a participant as often as it asks for; medians over its runs."""
    events = data / (STRIPPED if participant.peer is None else PREPARED)
    tables = tuple(CountTable.read(table) for table in public["works"][participant.work])
    exact = {table.name: read_cells(data / f"{table.name}.csv") for table in tables}
    python = str(python_of(participant.peer)) if participant.peer else sys.executable
    runs: list[dict[str, Any]] = []
    for _ in range(participant.runs):
        with tempfile.TemporaryDirectory(dir=data) as folder:
            job = Job(str(events), folder, public["domains"], tables, EPSILON, DELTA, public["rho"])
            job.write(Path(folder) / "job.json")
            command = [python, "-m", f"benchmarks.peers.{participant.module}", str(Path(folder) / "job.json")]
            cost = run(command, _environment(), Path(folder) / "log")
            told = {table.name: read_cells(Path(folder) / f"{table.name}.csv") for table in tables}
            inside = float((Path(folder) / "seconds.txt").read_text())
        runs.append(asdict(cost) | {"seconds_after_imports": inside} | score(exact, told))
    errors = {
        metric: {band: _median([each["error"][metric][band] for each in runs]) for band in BANDS} for metric in METRICS
    }
    shares = {band: _median([each["share_published"][band] for each in runs]) for band in BANDS}
    plain = {name: _median([each[name] for each in runs]) for name in runs[0] if not isinstance(runs[0][name], dict)}
    return {
        "participant": participant.name,
        "work": participant.work,
        "runs": participant.runs,
        "cells_truly": sizes(exact),
        **plain,
        "error": errors,
        "share_published": shares,
    }


def _median(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(median(known), 4) if known else None


def _environment() -> dict[str, str]:
    """This one, with the house on the path."""
    return os.environ | {"PYTHONPATH": str(HERE.parent.parent), "PYTHONWARNINGS": "ignore"}


def table(results: list[dict[str, Any]]) -> str:
    """Markdown: a row for each participant at each piece of work; errors are visitors / events, in percent."""
    heads = ["work", "tool", "seconds", "CPU s", "peak MB", *(f"{band} visitors" for band in BANDS)]
    heads += ["large cells told", "told, truly empty"]
    lines = [heads, ["---"] * len(heads)]
    for result in results:
        bands = [_band(result, band) for band in BANDS]
        plain = [result["work"], result["participant"], f"{result['seconds']:.1f}"]
        plain += [f"{result['cpu_seconds']:.1f}", f"{result['peak_mb']:.0f}"]
        told = [_percent(result["large_published"]), f"{result['published_without_visitors']:,.0f}"]
        lines.append([*plain, *bands, *told])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _band(result: dict[str, Any], band: str) -> str:
    """Both errors, and which part of the cells they are about, where that is not all."""
    errors, share = (
        " / ".join(_percent(result["error"][metric][band]) for metric in METRICS),
        result["share_published"][band],
    )
    return errors if share in (None, 1) else f"{errors} ({_percent(share)} told)"


def _percent(part: float | None) -> str:
    return "-" if part is None else f"{100 * part:.0f} %" if part >= 0.1 else f"{100 * part:.1f} %"


def main() -> None:
    """Run, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=EVENTS, help="made-up raw events of the day")
    parser.add_argument("--runs", type=int, default=3, help="runs of each participant but Spark")
    parser.add_argument(
        "--only", nargs="*", help="participants, by the beginning of their names; the others' figures stay"
    )
    parser.add_argument("--work", nargs="*", choices=WORKS, help="pieces of work; the others' figures stay")
    chosen = parser.parse_args()
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ and chosen.only is None:
        raise SystemExit("Tumult needs a Java 17; install one, or name the others: --only PipelineDP OpenDP koond")
    data = HERE / ".data" / str(chosen.events)
    if not (data / "public.json").exists():
        print(f"Making up {chosen.events:,} events ...", file=sys.stderr, flush=True)
        making = [sys.executable, "-m", "benchmarks.peers.data", str(chosen.events), str(data)]
        subprocess.run(making, env=_environment(), check=True)
    public = json.loads((data / "public.json").read_text())
    everybody = participants(chosen.runs)
    for participant in everybody:
        asked_for = chosen.only is None or participant.name.lower().startswith(tuple(map(str.lower, chosen.only)))
        if asked_for and participant.work in (chosen.work or WORKS):
            print(f"{participant.name}: {participant.work} ...", file=sys.stderr, flush=True)
            keep(
                one(participant, data, public),
                str(chosen.events),
                public,
                [(each.work, each.name) for each in everybody],
            )
    kept = figures()
    print(table(kept[str(chosen.events)]["results"]))
    if chosen.events == EVENTS:
        IMAGE.write_text(plot(kept[str(EVENTS)]))


def figures() -> dict[str, Any]:
    """All that was measured so far, by size."""
    return dict(json.loads(FIGURES.read_text())) if FIGURES.exists() else {}


def keep(result: dict[str, Any], size: str, public: Mapping[str, Any], order: list[tuple[str, str]]) -> None:
    """Put one result among the figures, in the order of the table: after each, so that a failure later loses nothing."""
    kept = figures()
    results = {(each["work"], each["participant"]): each for each in kept.get(size, {}).get("results", [])}
    results[result["work"], result["participant"]] = result
    kept[size] = described(public) | {"results": [results[key] for key in order if key in results]}
    FIGURES.write_text(json.dumps(kept, indent=1) + "\n")


def described(public: Mapping[str, Any]) -> dict[str, Any]:
    """What the figures of one size were measured on."""
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "machine": f"{os.cpu_count()} cores, {gigabytes:.0f} GiB",
        "stripped": public["rows"],
        "epsilon": EPSILON,
        "delta": DELTA,
        "works": public["works"],
    }


if __name__ == "__main__":
    main()
