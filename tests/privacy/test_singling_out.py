"""A6: rows that an attacker makes of a release's tables neither single out nor link nor tell what people did.

Anonymeter (Giomi and others 2023) attacks them, in an environment of its own, which `make test` sets up: its pins exclude
koond's. Each attack is measured against people who are not in the release, and has to succeed on the raw rows.
"""

import json
import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from anonymizers.site import Site
from anonymizers.stripping.user_agents import classify
from anonymizers.vocabulary import DAYPART_OF_HOUR, HOURS
from pipelines.home import Home
from pipelines.night import run_night
from pipelines.sample.tables import write_sample_tables
from pipelines.site_folder import read_site_folder
from tests.worlds import SITES

PROOF = os.environ.get("KOOND_PROOF") == "1"
EVENTS, ATTACKS = (300_000, 2_000) if PROOF else (60_000, 600)
MOST_ATTEMPTS = 100 * ATTACKS
DAY, FOLDER = date(2026, 11, 20), SITES / "elektrum"
PYTHON = Path(sys.prefix) / "anonymeter" / "bin" / "python"
ATTACK = Path(__file__).parent / "anonymeter" / "attack.py"


def rows_of_people(raw: pd.DataFrame, site: Site) -> pd.DataFrame:
    """A row for each visitor whose page views count: second of the first and last, topic of the first, how many, agent."""
    views = raw[raw["consent"].fillna("").str.contains("statistics") & ~raw["gpc"] & raw["user_agent"].notna()]
    agents = classify(views["user_agent"].unique()).to_pandas().set_index("user_agent")
    views = views.join(agents, on="user_agent").query("not bot").sort_values("ts")
    local = views["ts"].dt.tz_convert(site.time_zone)
    views = views.assign(
        visitor=views["account_id"].fillna(views["cookie_id"]),
        second=local.dt.hour * 3600 + local.dt.minute * 60 + local.dt.second,
        topic=[topic_of(url, site) for url in views["url"]],
    )
    return (
        views.groupby("visitor")
        .agg(
            first_second=("second", "first"), last_second=("second", "last"), topic=("topic", "first"),
            pages=("second", "size"), browser=("browser", "first"), device=("device", "first"), os=("os", "first"),
        )
        .reset_index(drop=True)
    )  # fmt: skip


def topic_of(url: str, site: Site) -> str:
    """The topic with the longest prefix of whole segments, by a reading of the rule that is this test's own."""
    path = "/" + url.split("//", 1)[-1].partition("/")[2].split("?")[0].split("#")[0].strip("/").lower()
    fitting = [
        (len(prefix), topic.topic)
        for topic in site.topics
        for prefix in topic.prefixes
        if path == prefix or (prefix != "/" and path.startswith(prefix + "/"))
    ]
    return max(fitting, default=(0, "other"))[1]


def rows_of_release(folder: Path, rng: np.random.Generator) -> pd.DataFrame:
    """As many rows as the release tells visitors, with all that its tables tell of them and guesses for the rest."""
    names = ("browsers", "topic_dayparts", "hours", "totals")
    table = {name: pq.read_table(folder / f"{name}.parquet").to_pandas() for name in names}
    agents = table["browsers"]
    rows = agents.loc[np.repeat(agents.index, agents["visitors"]), ["browser", "device", "os"]].reset_index(drop=True)
    parts, hours = table["topic_dayparts"], table["hours"].query("action == 'page_view'").set_index("hour")["visitors"]
    drawn = parts.loc[rng.choice(parts.index, len(rows), p=parts["visitors"] / parts["visitors"].sum())]
    hour = np.zeros(len(rows), int)
    for part, at in drawn.reset_index().groupby("daypart").groups.items():
        weight = hours.reindex([each for each in HOURS if DAYPART_OF_HOUR[each] == part] or HOURS, fill_value=0) + 1e-9
        hour[at] = rng.choice(weight.index, len(at), p=weight / weight.sum())
    views = table["totals"].set_index("action").loc["page_view"]
    pages = rng.geometric(min(1, views["visitors"] / views["events"]), len(rows))
    first = hour * 3600 + rng.integers(0, 3600, len(rows))
    stay = (rng.exponential(120, len(rows)) * (pages - 1)).astype(int)
    return rows.assign(
        first_second=first, last_second=np.minimum(first + stay, 86_399), topic=drawn["topic"].to_numpy(), pages=pages
    )


@pytest.fixture(scope="module")
def risks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, dict[str, float | list[float]]]]:
    """A night over half of the made-up people; anonymeter's figures for rows of its release and for the raw rows."""
    if not PYTHON.exists():
        pytest.fail("anonymeter's environment is missing: `make anonymeter` makes it, and so does `make test`")
    root, site = tmp_path_factory.mktemp("singled"), read_site_folder(FOLDER).site
    home, topics = Home(root / "home"), {topic.topic: topic for topic in site.topics}
    write_sample_tables(home.root / "raw", DAY, site.time_zone, topics, events=EVENTS, seed=6)
    everybody = halved(home.root / "raw")
    assert run_night(FOLDER, home, DAY.isoformat()) is None
    release = rows_of_release(home.published / "daily" / f"date={DAY}", np.random.default_rng(6))
    people, control = (rows_of_people(everybody[everybody["released"] == half], site) for half in (True, False))
    size = min(len(people), len(control))
    for name, rows in {"people": people[:size], "control": control[:size], "release": release}.items():
        rows[people.columns].to_parquet(root / f"{name}.parquet", index=False)
    ran = subprocess.run(
        [PYTHON, "-W", "ignore", ATTACK, root, str(ATTACKS), str(MOST_ATTEMPTS)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    return json.loads(ran.stdout)


def halved(raw: Path) -> pd.DataFrame:
    """All page views, with `released` by a coin for each person; the others' views and beacons are taken off the disk."""
    files = sorted(raw.glob("clickstream/*/*.parquet"))
    views = pd.concat([pq.read_table(file).to_pandas() for file in files])
    account_of = views.dropna(subset=["account_id", "cookie_id"]).groupby("cookie_id")["account_id"].first()
    person = views["account_id"].fillna(views["cookie_id"].map(account_of)).fillna(views["cookie_id"])
    views["released"] = pd.util.hash_array(person.fillna("").to_numpy(object)) % 2 == 0
    cookies = set(views.loc[views["released"], "cookie_id"].dropna())
    for file in [*files, *sorted(raw.glob("ad_beacons/*/*.parquet"))]:
        rows = pq.read_table(file)
        kept = [cookie in cookies for cookie in rows["cookie_id"].to_pylist()]
        pq.write_table(rows.filter(kept), file)
    return views


ATTACKED = ("singling out by one column", "singling out", "linkability", "inference")


@pytest.mark.parametrize("attack", ATTACKED)
def test_an_attack_on_rows_made_of_the_tables_does_no_better_than_on_people_who_are_not_in_them(risks, attack):
    found = risks[attack]["release"]
    (success, margin), (by_chance, its_margin) = found["success"], found["control"]
    assert found["interval"][1] <= 0.10, found
    assert success - margin <= by_chance + its_margin, found


@pytest.mark.parametrize("attack", ATTACKED)
def test_the_same_attack_on_the_raw_rows_succeeds(risks, attack):
    """The control: published as they are, rows are at risk."""
    assert risks[attack]["raw"]["interval"][0] > 0.5, risks[attack]["raw"]


def test_the_environment_of_the_attack_is_locked_by_hashes_and_by_no_address():
    lock = (ATTACK.parent / "requirements.lock").read_text()
    pinned = re.findall(r"^[a-z0-9].*==.*$", lock, flags=re.M)
    assert "://" not in lock and len(pinned) > 10
    assert all(f"{name}==" in lock for name in ("anonymeter", "numpy", "numba", "pandas"))
    assert all("--hash=sha256:" in each for each in re.split(r"\n(?=[a-z0-9])", lock))
