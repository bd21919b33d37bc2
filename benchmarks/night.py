"""A whole night against the same seven tables by plain exact SQL, as whole processes in one run: time, memory, ratio.

`python -m benchmarks.night [EVENTS ...]` makes up raw tables of each size, then runs in turn, each in a process of its
own: `koond night`, and a plain script that reads the same raw files with DuckDB and answers the same questions exactly,
by GROUP BY and COUNT(DISTINCT visitor), without consent, bounds, noise, scan or release. Also, for scale, one single
such GROUP BY (topic by action). Prints a table; `--json FILE` keeps the figures.
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from anonymizers.stripping.topics import path_sql
from pipelines.settings import site_folder

DAY = date(2026, 11, 20)
SIZES = (200_000, 5_000_000, 20_000_000)

_EVENTS = f"""
SELECT ts, coalesce(account_id, cookie_id) AS visitor, user_agent, {path_sql("url")} AS path, NULL AS ad, 'page_view' AS action
FROM read_parquet('{{raw}}/clickstream/*/*.parquet')
UNION ALL
SELECT ts, cookie_id, user_agent, NULL, ad_topic, action FROM read_parquet('{{raw}}/ad_beacons/*/*.parquet')
"""
_TOPIC = r"""
SELECT e.ts, e.visitor, e.action, e.user_agent, coalesce(t3.topic, t2.topic, t1.topic, a.topic, 'other') AS topic
FROM events e LEFT JOIN pages t3 ON e.path = t3.prefix
LEFT JOIN pages t2 ON regexp_extract(e.path, '^(/[^/]+/[^/]+)/', 1) = t2.prefix
LEFT JOIN pages t1 ON regexp_extract(e.path, '^(/[^/]+)/', 1) = t1.prefix LEFT JOIN ads a ON e.ad = a.ad_topic
"""
_COUNTED = "count(DISTINCT visitor) AS visitors, count(*) AS events"
_HOUR = "hour(CAST(ts AS TIMESTAMP) + INTERVAL 2 HOUR)"  # cheaper than the engine's time zones, so the plain side is not slowed
_VIEW, _CLICK = "action = 'page_view'", "action = 'ad_click'"
QUESTIONS = {
    "totals": f"SELECT action, {_COUNTED} FROM events GROUP BY ALL",
    "topics": f"SELECT topic, action, {_COUNTED} FROM prepared GROUP BY ALL",
    "hours": f"SELECT {_HOUR} AS h, action, {_COUNTED} FROM events GROUP BY ALL",
    "topic_dayparts": f"SELECT topic, {_HOUR} // 4 AS part, {_COUNTED} FROM prepared GROUP BY ALL",
    "browsers": f"SELECT browser, device, os, {_COUNTED} FROM events JOIN agents USING (user_agent) GROUP BY ALL",
    "segments": f"""
SELECT count(*), count_if(solar >= 2 OR solar_clicks >= 1), count_if(prices >= 2), count_if(evenings >= 2 AND firms = 0),
       count_if(cars >= 2 OR car_ads >= 1), count_if(home_clicks >= 1), count_if(office_hours >= 2)
FROM (SELECT visitor, count_if(topic = 'solar' AND {_VIEW}) AS solar, count_if(topic = 'solar' AND {_CLICK}) AS solar_clicks,
             count_if(topic = 'exchange_prices' AND {_VIEW}) AS prices, count_if(topic = 'business') AS firms,
             count_if(topic IN ('exchange_prices', 'smart_home', 'appliances', 'ev_charging')
                      AND {_VIEW} AND {_HOUR} >= 18) AS evenings,
             count_if(topic = 'ev_charging' AND {_VIEW}) AS cars,
             count_if(topic = 'ev_charging' AND action IN ('scroll_over', 'ad_click')) AS car_ads,
             count_if(topic IN ('solar', 'heat_pumps', 'energy_saving', 'smart_home', 'appliances', 'insurance')
                      AND {_CLICK}) AS home_clicks,
             count_if(topic = 'business' AND {_HOUR} BETWEEN 6 AND 17) AS office_hours
      FROM prepared GROUP BY visitor)
""",
    "registrations": "SELECT company IS NULL, count(*) FROM read_parquet('{raw}/registrations.parquet') GROUP BY ALL",
}
PLAIN = """
import sys, duckdb
from anonymizers.stripping.topics import ad_rules, page_rules
from anonymizers.stripping.user_agents import classify
from benchmarks.night import DAY, QUESTIONS, _EVENTS, _TOPIC
from pipelines.settings import site_folder
from pipelines.site_folder import read_site_folder
raw, wanted = sys.argv[1], sys.argv[2:]
site = read_site_folder(site_folder()).site
con = duckdb.connect(config={"memory_limit": "1GB", "preserve_insertion_order": "false"})
for name, rows in (("pages", page_rules(site)), ("ads", ad_rules(site))):
    con.register("arriving", rows); con.execute(f"CREATE TABLE {name} AS SELECT * FROM arriving")
con.execute("CREATE VIEW events AS " + _EVENTS.replace("{raw}", raw)); con.execute("CREATE VIEW prepared AS " + _TOPIC)
if "browsers" in wanted:
    seen = [row[0] for row in con.execute("SELECT DISTINCT user_agent FROM events").fetchall()]
    con.register("arriving", classify(seen)); con.execute("CREATE TABLE agents AS SELECT * FROM arriving")
for name in wanted:
    con.execute(QUESTIONS[name].replace("{raw}", raw)).fetchall()
"""


SAMPLE = """
import sys
from pathlib import Path
from benchmarks.night import DAY
from pipelines.sample.tables import write_sample_tables
from pipelines.settings import site_folder
from pipelines.site_folder import read_site_folder
site = read_site_folder(site_folder(Path("elektrum"))).site
topics = {topic.topic: topic for topic in site.topics}
write_sample_tables(Path(sys.argv[1]), DAY, site.time_zone, topics, events=int(sys.argv[2]), seed=1)
"""


def measured(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Wall seconds and peak memory (MB) of one whole process."""
    started = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"failed: {command[:4]}")
    return time.perf_counter() - started, used.ru_maxrss / 1024


def one_size(events: int, repeats: int) -> dict[str, float]:
    """Medians for one size; the three commands in turn, so that a slower minute hits all of them."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        # In a process of its own: a child's peak memory counts from its parent's size.
        subprocess.run([sys.executable, "-c", SAMPLE, str(home / "raw"), str(events)], check=True)
        environment = os.environ | {"KOOND_HOME": folder, "KOOND_SITE": str(site_folder(Path("elektrum")))}
        commands = {
            "night": [sys.executable, "-m", "pipelines.command_line", "night", str(DAY)],
            "plain": [sys.executable, "-c", PLAIN, str(home / "raw"), *QUESTIONS],
            "single": [sys.executable, "-c", PLAIN, str(home / "raw"), "topics"],
        }
        figures: dict[str, list[float]] = {}
        for _ in range(repeats):
            for name in ("published", "restricted", "dagster", "ledger.db"):
                shutil.rmtree(home / name, ignore_errors=True)
            (home / "ledger.db").unlink(missing_ok=True)
            for name, command in commands.items():
                seconds, memory = measured(command, environment)
                figures.setdefault(f"{name}_seconds", []).append(seconds)
                figures.setdefault(f"{name}_mb", []).append(memory)
        seconds, _ = measured(commands["night"], environment)
        figures["again_seconds"] = [seconds]
    medians = {name: statistics.median(values) for name, values in figures.items()}
    medians["ratio"] = statistics.median(
        a / b for a, b in zip(figures["night_seconds"], figures["plain_seconds"], strict=True)
    )
    medians["ratio_single"] = statistics.median(
        a / b for a, b in zip(figures["night_seconds"], figures["single_seconds"], strict=True)
    )
    return medians


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("events", nargs="*", type=int, default=SIZES)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    found = {}
    print("| events | night | peak MB | plain exact | peak MB | ratio | one GROUP BY | ratio | again |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for events in chosen.events:
        f = found[events] = one_size(events, chosen.repeats)
        print(
            f"| {events:,} | {f['night_seconds']:.1f} s | {f['night_mb']:.0f} | {f['plain_seconds']:.1f} s | {f['plain_mb']:.0f} "
            f"| {f['ratio']:.2f} | {f['single_seconds']:.1f} s | {f['ratio_single']:.2f} | {f['again_seconds']:.2f} s |",
            flush=True,
        )
    if chosen.json:
        chosen.json.write_text(json.dumps({str(events): figures for events, figures in found.items()}, indent=2) + "\n")


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
