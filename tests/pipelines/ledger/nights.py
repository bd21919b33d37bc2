"""Small nights for the ledger's tests: spends, draws of which no two are equal, and processes of their own."""

import multiprocessing
import os
import secrets
import signal
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from queue import Empty
from typing import Any

import sqlalchemy as sa

from anonymizers.counting.draw import Draw, Spend
from anonymizers.refusal import Reason, Refusal
from pipelines.ledger import Ledger
from pipelines.ledger.entries import ReleaseName

WEEK = "2026-W47"
DAY = "daily/date=2026-11-18"
"""The Wednesday of the week."""
WEEKLY = f"weekly/week={WEEK}"
PLAN = "a" * 64
DIGEST = "d" * 64
CORRECTIONS = 2
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload([__name__])


def day(number: int) -> str:
    """The release of a November day; 16 to 22 are the week's."""
    return f"daily/date=2026-11-{number:02}"


def spend(release: str = DAY, *, rho: float = 0.02, epsilon: float = 0.99, plan: str = PLAN, week: str = WEEK) -> Spend:
    return Spend(release, week, rho, epsilon, 1e-7, plan)


def a_draw(release: str = DAY, part: str = "events", plan: str = PLAN) -> Draw:
    """A draw unlike every other, as noise is."""
    return Draw(release, part, plan, {"topics": {"visitors": tuple(secrets.randbelow(2**60) for _ in range(3))}})


def never() -> Draw:
    """Stands where nothing may be drawn."""
    raise AssertionError("drawn again")


def publish(ledger: Ledger, published: Path, release: str = DAY, plan: str = PLAN) -> Draw:
    """A whole night: reserve, draw, put a folder in place, write it down."""
    cost = spend(release, plan=plan, week=ReleaseName.read(release).week)
    drawn = ledger.draw_once(cost, "events", lambda: a_draw(release, plan=plan))
    (published / release).mkdir(parents=True, exist_ok=True)
    ledger.record_release(release, DIGEST)
    return drawn


def change(place: str, statement: str, **values: Any) -> None:
    """Change the tables from outside, as somebody would who owns the database and takes the triggers away first."""
    engine = sa.create_engine(place, poolclass=sa.NullPool)
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            for name in connection.execute(sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars():
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        else:
            connection.exec_driver_sql("ALTER TABLE entries DISABLE TRIGGER ALL")
            connection.exec_driver_sql("ALTER TABLE draws DISABLE TRIGGER ALL")
        connection.execute(sa.text(statement), values)


def at_once(work: Callable[..., None], *arguments: Any) -> list[Any]:
    """Run `work(barrier, queue, ...)` in two processes; gives what each put into the queue."""
    barrier, queue = PROCESSES.Barrier(2), PROCESSES.Queue()
    both = [PROCESSES.Process(target=work, args=(barrier, queue, *arguments), daemon=True) for _ in range(2)]
    for process in both:
        process.start()
    answers: list[Any] = []
    while len(answers) < len(both):
        with suppress(Empty):
            answers.append(queue.get(timeout=1))
        assert all(process.exitcode in (None, 0) for process in both)
    for process in both:
        process.join(60)
        assert process.exitcode == 0
    return answers


def draw_twenty_nights(barrier: Any, queue: Any, place: str, published: Path) -> None:
    ledger, seals = Ledger(place, published, CORRECTIONS), []
    for number in range(1, 21):
        release = day(number)
        cost = spend(release, week=ReleaseName.read(release).week)
        barrier.wait(60)
        seals.append(ledger.draw_once(cost, "events", partial(a_draw, release)).seal)
    queue.put(seals)


def add_two_hundred_entries(barrier: Any, queue: Any, place: str, published: Path) -> None:
    ledger = Ledger(place, published, CORRECTIONS)
    barrier.wait(60)
    for _ in range(200):
        ledger.record_refusal(DAY, Reason.GATE)
    queue.put(None)


def ask_for_the_last_correction(barrier: Any, queue: Any, place: str, published: Path, bases: list[str]) -> None:
    ledger = Ledger(place, published, 1)
    place_in_line = barrier.wait(60)
    try:
        queue.put(ledger.reserve_correction(bases[place_in_line], spend(), "wrong_input"))
    except Refusal as refusal:
        queue.put(refusal.reason)


MOMENTS = (
    "at commit 1",  # of the tables
    "at commit 2",  # of the reservation
    "while drawing",
    "at commit 3",  # of the draw
    "after the draw",
    "after the folder",
    "at commit 4",  # of the release
    "after the release",
)
"""When a night may be killed."""


def night(place: str, published: Path, seen: Path, dies: str = "") -> None:
    """A night that is killed at one of `MOMENTS`, or ends well. What it saw of the draw goes to `seen`, as a leak would."""

    def reach(moment: str) -> None:
        if moment == dies:
            os.kill(os.getpid(), signal.SIGKILL)

    def drawing() -> Draw:
        reach("while drawing")
        return a_draw()

    commits = iter(range(1, 100))
    if dies:
        sa.event.listen(sa.Engine, "commit", lambda _connection: reach(f"at commit {next(commits)}"))
    ledger = Ledger(place, published, CORRECTIONS)
    if not (published / DAY).exists():
        drawn = ledger.draw_once(spend(), "events", drawing)
        with seen.open("a") as file:
            file.write(f"{drawn.seal}\n")
        reach("after the draw")
        (published / DAY).mkdir(parents=True)
        reach("after the folder")
    ledger.record_release(DAY, DIGEST)
    reach("after the release")
