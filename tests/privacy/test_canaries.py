"""A1: planted visitors, each in or out by the flip of a coin, and an attacker who knows everything else.

One-run audit (Steinke, Nasr, Jagielski 2023) on the true path: raw tables, a whole night, published files. The attacker
knows the crowd, every canary's behaviour and the site folder, lays a model of it over all published tables, and guesses
the half of the canaries that it is surest of. The control is the same attack on a night whose noise is switched off.
"""

import random
from dataclasses import dataclass
from math import exp
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binom

from anonymizers.counting.mechanism import Noise, OpenDPNoise
from anonymizers.counting.plan import plan
from anonymizers.vocabulary import DAY as DAILY
from tests.worlds import HOST, ExactNoise, World, at, page_view

CANARIES, GUESSES, NIGHTS = 400, 200, 3
TABLES = ("topics", "hours", "topic_dayparts", "browsers")
AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
)
PATHS = (
    "/arved", "/naidud", "/paketid", "/borsihind", "/paikesepaneelid", "/soojuspumbad", "/laadimine", "/gaas", "/katkestused",
    "/kolimine", "/ari", "/energiasaast", "/nutikodu", "/kodumasinad", "/kindlustus", "/roheenergia", "/lepingud", "/abi",
    "/uudised",
)  # fmt: skip


def canary(number: int) -> list[dict[str, object]]:
    """A visitor with a pattern of topics and hours that no other has."""
    rng = random.Random(f"canary {number}")
    who = {"cookie_id": f"canary-{number:03}", "user_agent": rng.choice(AGENTS)}
    return [
        page_view(**who, url=HOST + rng.choice(PATHS), ts=at(rng.randrange(24), number % 60))
        for _ in range(rng.randint(2, 5))
    ]


CROWD = [
    page_view(cookie_id=f"crowd-{n}", user_agent=AGENTS[n % 3], url=HOST + PATHS[n % len(PATHS)], ts=at(n % 24, n % 60))
    for n in range(400 * len(PATHS))
]
"""Enough for every topic and browser to be told, whoever of the canaries is there."""
Published = NDArray[np.float64]


def published(root: Path, canaries: list[int], noise: Noise) -> tuple[World, dict[tuple[object, ...], float]]:
    """One whole night, and every published number by table, cell and metric."""
    views = [view for number in canaries for view in canary(number)]
    world = World(root, [*CROWD, *views], resources={"noise": noise})
    assert world.run() is None
    numbers: dict[tuple[object, ...], float] = {}
    for name in TABLES:
        keys = next(each for each in plan(world.settings, DAILY).statistics if each.name == name).keys
        for row in world.table(name):
            for metric in ("visitors", "events"):
                numbers[name, *(row[key] for key in keys), metric] = row[metric]
    return world, numbers


@dataclass
class Attacker:
    """Knows what each canary adds to each published number, and how the numbers look without any."""

    names: list[tuple[object, ...]]
    without: Published
    adds: Published
    """A row for each number, a column for each canary."""
    weights: Published
    """One over the standard deviation of each number's noise."""

    def guess(self, numbers: dict[tuple[object, ...], float], *, noisy: bool) -> Published:
        """How sure it is that each canary is there: above zero is yes. It is told whether there is noise."""
        weights = self.weights if noisy else np.full(len(self.weights), 2.0)  # rounding alone
        told = np.array([numbers.get(name, 0.0) for name in self.names]) - self.without
        model = self.adds * weights[:, None]
        # The most likely coins, taken as normal around one half: ridge regression.
        centred = told * weights - model.sum(axis=1) / 2
        surest: Published = np.linalg.solve(model.T @ model + 4 * np.eye(CANARIES), model.T @ centred)
        return surest


@pytest.fixture(scope="module")
def attacker(tmp_path_factory: pytest.TempPathFactory) -> Attacker:
    """Learns the model from nights of its own without noise: nobody there, everybody there, and each canary's own events."""
    root = tmp_path_factory.mktemp("attacker")
    world, nobody = published(root / "nobody", [], ExactNoise())
    everybody_world, everybody = published(root / "everybody", list(range(CANARIES)), ExactNoise())
    names = sorted({*nobody, *everybody}, key=str)
    spent = plan(world.settings, DAILY)
    adds = np.zeros((len(names), CANARIES))
    rows = {name: number for number, name in enumerate(names)}
    by_cookie = _cells_of_canaries(everybody_world)
    for number in range(CANARIES):
        for name, amount in by_cookie[number].items():
            if name in rows:
                adds[rows[name], number] = amount
    sigmas = {
        (statistic.name, measure): each.mechanism.sigma
        for statistic in spent.statistics
        for measure, each in spent.of(statistic).items()
    }
    weights = np.array([1 / sigmas[str(name[0]), str(name[-1])] for name in names])
    return Attacker(names, np.array([nobody.get(name, 0.0) for name in names]), adds, weights)


def _cells_of_canaries(world: World) -> list[dict[tuple[object, ...], float]]:
    """What each canary does, cell by cell, by the words of the release."""
    from anonymizers.stripping.topics import page_rules
    from anonymizers.stripping.user_agents import classify
    from anonymizers.vocabulary import DAYPART_OF_HOUR

    topics = {row["prefix"]: row["topic"] for row in page_rules(world.settings).to_pylist()}
    agents = {row["user_agent"]: row for row in classify(list(AGENTS)).to_pylist()}
    told = []
    for number in range(CANARIES):
        cells: dict[tuple[object, ...], float] = {}
        events = canary(number)
        for event in events:
            hour = event["ts"].hour  # type: ignore[attr-defined]
            topic, agent = _topic(str(event["url"]).removeprefix(HOST), topics), agents[event["user_agent"]]
            for name in (
                ("topics", topic, "page_view"), ("hours", hour, "page_view"), ("topic_dayparts", topic, DAYPART_OF_HOUR[hour]),
                ("browsers", agent["browser"], agent["device"], agent["os"]),
            ):  # fmt: skip
                cells[*name, "events"] = cells.get((*name, "events"), 0) + 1
                cells[*name, "visitors"] = 1
        told.append(cells)
    return told


def _topic(path: str, topics: dict[str, str]) -> str:
    return next((topic for prefix, topic in topics.items() if prefix.rstrip("/") == path), "other")


def correct_guesses(root: Path, attacker: Attacker, noise: Noise, night: int) -> int:
    """Of the half that the attacker is surest of, how many it has right."""
    coins = np.random.default_rng(night).random(CANARIES) < 0.5
    _, numbers = published(root, [int(number) for number in np.flatnonzero(coins)], noise)
    sure = attacker.guess(numbers, noisy=isinstance(noise, OpenDPNoise))
    half = np.argsort(-np.abs(sure))[:GUESSES]
    return int(((sure[half] > 0) == coins[half]).sum())


def epsilon_at_least(correct: int, guesses: int) -> float:
    """The largest epsilon at which so many right guesses are still less likely than 5 %, as if delta were zero."""
    low, high = 0.0, 20.0
    while high - low > 1e-6:
        middle = (low + high) / 2
        unlikely = binom.sf(correct - 1, guesses, exp(middle) / (1 + exp(middle))) < 0.05
        low, high = (middle, high) if unlikely else (low, middle)
    return low


def test_an_attacker_who_knows_everything_else_learns_no_more_than_the_declared_epsilon(tmp_path, attacker):
    correct = sum(correct_guesses(tmp_path / str(night), attacker, OpenDPNoise(), night) for night in range(NIGHTS))
    world = World(tmp_path / "declared")
    assert epsilon_at_least(correct, GUESSES * NIGHTS) <= world.settings.budget.epsilon, correct


def test_the_same_attack_succeeds_where_the_noise_is_switched_off(tmp_path, attacker):
    """The control: without noise it knows nearly every canary, far beyond the declared epsilon."""
    correct = correct_guesses(tmp_path / "exact", attacker, ExactNoise(), night=7)
    assert correct >= 0.9 * GUESSES
    assert epsilon_at_least(correct, GUESSES) > 2


def test_the_bound_of_the_audit_is_the_one_of_the_paper():
    """Hand-made points: half right tells nothing; all of 200 right rules out everything below 4.2."""
    assert epsilon_at_least(100, 200) == pytest.approx(0, abs=1e-5)
    assert epsilon_at_least(200, 200) == pytest.approx(4.19, abs=0.01)
