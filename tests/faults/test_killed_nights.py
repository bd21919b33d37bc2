"""Nights that are killed, and nights that run at once: one release, one spend, in every case."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipelines.ledger import Kind
from tests.pipelines.test_night import digests
from tests.worlds import DAY, World, crowd

KILLS = 10
NAME = f"daily/date={DAY}"


def start(world: World) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "pipelines.command_line", "night", str(DAY)]
    environment = os.environ | {"KOOND_SITE": str(world.site), "KOOND_HOME": str(world.home.root)}
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def one_release_and_one_spend(world: World) -> None:
    kinds = [entry.kind for entry in world.ledger.entries()]
    assert kinds.count(Kind.RESERVED) == 1
    assert kinds.count(Kind.DRAWN) == 2  # events and registrations, each once
    assert kinds.count(Kind.RELEASED) == 1
    assert world.ledger.verify() == []
    assert [path.name for path in (world.home.published / "daily").iterdir()] == [f"date={DAY}"]
    for folder in ("work", "publishing"):
        assert list((world.home.root / "restricted" / folder).iterdir()) == []


@pytest.fixture(scope="module")
def seconds(tmp_path_factory: pytest.TempPathFactory) -> float:
    """How long a whole night takes here and now."""
    world, began = World(tmp_path_factory.mktemp("whole"), *crowd(60)), time.monotonic()
    assert start(world).wait(timeout=300) == 0
    return time.monotonic() - began


@pytest.mark.parametrize("number", range(KILLS))
def test_a_night_killed_at_any_moment_is_resumed_and_paid_once(tmp_path: Path, seconds: float, number: int):
    world = World(tmp_path, *crowd(60))
    night = start(world)
    # One moment in each tenth of the night, so that all of its steps are met.
    time.sleep(seconds * (number + random.random()) / KILLS)
    night.send_signal(signal.SIGKILL)
    night.wait()
    drawn = dict(world.ledger.draws(NAME)) if world.home.ledger.exists() else {}
    before = digests(world.home.published) if world.home.published.exists() else {}
    assert start(world).wait(timeout=300) == 0
    one_release_and_one_spend(world)
    after = world.ledger.draws(NAME)
    assert all(after[part] == draw for part, draw in drawn.items()), "what was drawn before the kill was drawn again"
    assert all(digests(world.home.published)[name] == digest for name, digest in before.items())


def test_two_nights_of_one_day_started_together_give_one_release_and_one_spend(tmp_path: Path):
    world = World(tmp_path, *crowd(60))
    nights = [start(world) for _ in range(2)]
    assert [night.wait(timeout=300) for night in nights] == [0, 0]
    one_release_and_one_spend(world)


def test_two_nights_without_the_homes_lock_still_spend_once(tmp_path: Path):
    """The ledger alone: two runs that do not know of each other, as on two machines with one database."""
    world = World(tmp_path, *crowd(60))
    script = (
        "import contextlib, sys; from pathlib import Path; from pipelines.home import Home; "
        "Home.one_run = lambda self: contextlib.nullcontext(); from pipelines.night import run_night; "
        f"run_night(Path({str(world.site)!r}), Home(Path({str(world.home.root)!r})), {str(DAY)!r})"
    )
    nights = [subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.DEVNULL) for _ in range(2)]
    for night in nights:
        night.wait(timeout=300)
    kinds = [entry.kind for entry in world.ledger.entries()]
    assert kinds.count(Kind.RESERVED) == 1 and kinds.count(Kind.DRAWN) == 2
    assert start(world).wait(timeout=300) == 0
    assert world.ledger.verify() == []
