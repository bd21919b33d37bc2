"""What consent costs: the same events stripped with TC strings and without any consent to look at, in one run.

`python -m benchmarks.consent [EVENTS]` makes up a day whose visitors all agree, each by one of `--strings` different TC
strings, so that both sides strip the same events. Prints CPU and wall seconds of both, the medians, and the share that
consent takes of the strip; `--refusing` lets so many of a hundred visitors refuse, which is what a site sees.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from pydantic import TypeAdapter

from anonymizers.consent_rules import Consent
from anonymizers.contract import Purpose, Sources
from anonymizers.site import Site
from anonymizers.stripping.strip import strip
from pipelines.engines.duckdb_engine import DuckDBEngine
from pipelines.sample.tables import write_sample_tables
from pipelines.settings import site_folder
from pipelines.site_folder import read_site_folder
from pipelines.sources.reading import RawReader

DAY = date(2026, 11, 20)
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_VENDORS = 1_100
"""As many as the global vendor list has, in a bit field: some 400 letters a string."""
_REWRITE = """
COPY (SELECT e.* REPLACE (signals[CAST(1 + hash(coalesce(cookie_id, CAST(ts AS VARCHAR))) % {count} AS BIGINT)] AS consent,
                          FALSE AS gpc)
      FROM read_parquet('{raw}') e, strings)
TO '{raw}.new' (FORMAT parquet, COMPRESSION zstd)
"""
_WITH_STRINGS = {"as": "tcf"}
_WITHOUT = {"not_recorded": "made-up people of whom nobody was asked"}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("events", nargs="?", type=int, default=5_000_000)
    parser.add_argument("--strings", type=int, default=2_000)
    parser.add_argument("--refusing", type=int, default=0)
    parser.add_argument("--repeats", type=int, default=5)
    chosen = parser.parse_args()
    folder = read_site_folder(site_folder(Path("elektrum")))
    with tempfile.TemporaryDirectory() as made:
        home = Path(made)
        topics = {topic.topic: topic for topic in folder.site.topics}
        write_sample_tables(home / "raw", DAY, folder.site.time_zone, topics, events=chosen.events, seed=1)
        give_strings(home, chosen.strings, chosen.refusing)
        rules = {"strings": _with(folder.sources, _WITH_STRINGS), "nothing": _with(folder.sources, _WITHOUT)}
        cpu: dict[str, list[float]] = {name: [] for name in rules}
        wall: dict[str, list[float]] = {name: [] for name in rules}
        for _ in range(chosen.repeats):
            for name, sources in rules.items():
                seconds = strip_once(home, folder.site, sources)
                cpu[name].append(seconds[0])
                wall[name].append(seconds[1])
    for kind, measured in {"CPU": cpu, "wall": wall}.items():
        middle = {name: statistics.median(seconds) for name, seconds in measured.items()}
        share = 1 - statistics.median(b / a for a, b in zip(measured["strings"], measured["nothing"], strict=True))
        print(
            f"{kind}: {middle['strings']:.2f} s with {chosen.strings:,} strings, {middle['nothing']:.2f} s without consent; "
            f"consent takes {share:.1%} of the strip ({chosen.events:,} events, median of {chosen.repeats})"
        )


def give_strings(home: Path, count: int, refusing: int) -> None:
    """Put a TC string into each event, the same for all events of a cookie."""
    engine = DuckDBEngine(home)
    many = [
        tc_string(NOVEMBER - timedelta(days=number % 200), number, (1, 7, 8, 9) if number % 100 >= refusing else ())
        for number in range(count)
    ]
    engine.connection.execute("CREATE TABLE strings AS SELECT $1::VARCHAR[] AS signals", [many])
    for path in sorted((home / "raw").glob("*/date=*/*.parquet")):
        engine.run(_REWRITE.format(raw=path, count=count))
        path.with_name(f"{path.name}.new").replace(path)
    engine.close()


NOVEMBER = datetime(2026, 11, 1, tzinfo=UTC)


def tc_string(day: datetime, number: int, purposes: tuple[int, ...]) -> str:
    """A TC string of all vendors; `number` makes it another one."""
    instant = f"{round(day.timestamp() * 10):036b}"
    chosen = "".join("1" if place in purposes else "0" for place in range(1, 25))
    some = "".join("1" if (number >> place % 11) & 1 else "0" for place in range(_VENDORS))
    core = (
        f"{2:06b}{instant}{instant}{300:012b}{1:012b}{1:06b}{4:06b}{19:06b}{150:012b}{5:06b}10{0:012b}{chosen}{0:024b}0"
    )
    core += f"{4:06b}{4:06b}{_VENDORS:016b}0{some}{0:016b}0{0:012b}"
    shown = f"{1:03b}{_VENDORS:016b}1{1:012b}1{1:016b}{_VENDORS:016b}"
    return ".".join(_letters(bits) for bits in (core, shown))


def _letters(bits: str) -> str:
    bits += "0" * (-len(bits) % 6)
    return "".join(_LETTERS[int(bits[place : place + 6], 2)] for place in range(0, len(bits), 6))


def _with(sources: Sources, consent: Mapping[str, str]) -> Sources:
    told = TypeAdapter(Consent).validate_python(consent)
    assert sources.ad_beacons is not None
    return replace(
        sources,
        clickstream=replace(sources.clickstream, consent=told),
        ad_beacons=replace(sources.ad_beacons, consent=told),
    )


def strip_once(home: Path, site: Site, sources: Sources) -> tuple[float, float]:
    """CPU and wall seconds of reading, stripping and writing one day."""
    cpu, wall = time.process_time(), time.perf_counter()
    with tempfile.TemporaryDirectory(dir=home) as work:
        engine = DuckDBEngine(Path(work))
        reader = RawReader(sources, home, site.day(DAY.isoformat()), engine, engine, Path(work))
        views, ads = (reader.read(table, Purpose.AUDIENCE) for table in ("clickstream", "ad_beacons"))
        stripped, _ = strip(views, ads, site=site, day=site.day(DAY.isoformat()), key="5c" * 32)
        engine.write(stripped, Path(work) / "stripped.parquet")
        engine.close()
    return time.process_time() - cpu, time.perf_counter() - wall


if __name__ == "__main__":
    main()
