"""A1: planted visitors, each in or out by the flip of a coin, and an attacker who knows everything else.

Most of it on draws, for all that is published is made of them. One night runs whole, from raw tables to the ledger, to
show that what a night draws is what the attack was tried on.
"""

import random
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from anonymizers.attacking.attacks import audit_membership
from anonymizers.attacking.inference import epsilon_between
from anonymizers.attacking.membership import CANARIES, GUESSES, Attacker, attacker, right_guesses
from anonymizers.attacking.vectors import Vectors, measures_of
from anonymizers.counting.mechanism import Noise, OpenDPNoise
from anonymizers.counting.plan import plan
from anonymizers.counting.statistic import EVENTS
from anonymizers.releasing.edition import daily_base
from anonymizers.stripping.topics import page_rules
from anonymizers.stripping.user_agents import classify
from anonymizers.vocabulary import DAY as DAILY
from pipelines.engines.duckdb_engine import DuckDBEngine
from tests.privacy.stage import ATTACKED, DECLARED, EFFORT, ENOUGH, AThirdOfTheNoise, Stage, stage_of
from tests.worlds import DAY, HOST, ExactNoise, World, at, page_view

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
CROWD = [
    page_view(cookie_id=f"crowd-{n}", user_agent=AGENTS[n % 3], url=HOST + PATHS[n % len(PATHS)], ts=at(n % 24, n % 60))
    for n in range(400 * len(PATHS))
]


@pytest.fixture(scope="module", params=ATTACKED)
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return stage_of(request.param, tmp_path_factory.mktemp("engine"))


def test_an_attacker_who_knows_everything_else_learns_no_more_than_the_declared_epsilon(stage):
    """Nor more than the best attack can: a quarter of the declared epsilon, in the half that it is surest of."""
    told = audit_membership(DECLARED["A1"], stage.worlds(), EFFORT)
    assert told.passed and 0.2 < told.pass_mark < 0.3 * stage.site.budget.epsilon, told
    assert told.control_succeeded, told


def test_the_same_attack_succeeds_where_the_noise_is_switched_off(stage):
    told = audit_membership(DECLARED["A1"], stage.worlds(ExactNoise()), EFFORT)
    assert not told.passed and told.value > 2


def test_noise_of_a_third_of_what_is_declared_is_caught_by_as_many_guesses_as_a_rehearsal_needs(stage):
    told = audit_membership(DECLARED["A1"], stage.worlds(AThirdOfTheNoise()), ENOUGH)
    assert told.figures.trials == DECLARED["A1"].least_trials
    assert not told.passed and told.value < stage.site.budget.epsilon, "the declared epsilon alone would let it pass"


# --- a whole night -----------------------------------------------------------------------------------------------------


def canary(number: int) -> list[dict[str, object]]:
    """A visitor with a pattern of topics and hours that no other has."""
    rng = random.Random(f"canary {number}")
    who = {"cookie_id": f"canary-{number:03}", "user_agent": rng.choice(AGENTS)}
    return [
        page_view(**who, url=HOST + rng.choice(PATHS), ts=at(rng.randrange(24), number % 60))
        for _ in range(rng.randint(2, 5))
    ]


def night(root: Path, inside: list[int], noise: Noise) -> tuple[World, Vectors]:
    """One whole night of the crowd and some canaries, and what it drew, from its ledger."""
    views = [view for number in inside for view in canary(number)]
    world = World(root, [*CROWD, *views], resources={"noise": noise})
    assert world.run() is None
    drawn = world.ledger.draws(daily_base(DAY))[EVENTS].numbers
    measures = measures_of(plan(world.settings, DAILY))
    return world, {(table, name): np.array(drawn[table][name], dtype=np.int64) for table, name in measures}


def stripped(world: World) -> pa.Table:
    """What the strip must make of every canary, in plain Python: visitor n + 1 is canary n."""
    topics = {row["prefix"].rstrip("/"): row["topic"] for row in page_rules(world.settings).to_pylist()}
    agents = {row["user_agent"]: row for row in classify(list(AGENTS)).to_pylist()}
    rows = []
    for number in range(CANARIES):
        for event in canary(number):
            agent = agents[event["user_agent"]]
            rows.append(
                {"traffic_date": DAY, "hour": event["ts"].hour, "visitor": number + 1, "action": "page_view"}  # type: ignore[attr-defined]
                | {"topic": topics.get(str(event["url"]).removeprefix(HOST), "other")}
                | {key: agent[key] for key in ("browser", "device", "os")}
            )
    return pa.Table.from_pylist(rows)


@pytest.fixture(scope="module")
def coins() -> NDArray[np.bool_]:
    return np.random.default_rng(7).random(CANARIES) < 0.5


@pytest.fixture(scope="module")
def knowing(tmp_path_factory: pytest.TempPathFactory) -> Attacker:
    """Learns how a night looks without any canary from a night of its own without noise; what they add it works out."""
    world, nobody = night(tmp_path_factory.mktemp("nobody"), [], ExactNoise())
    canaries = DuckDBEngine(tmp_path_factory.mktemp("engine")).table(stripped(world))
    return attacker(canaries, nobody, site=world.settings, spent=plan(world.settings, DAILY))


@pytest.mark.parametrize("noise", [OpenDPNoise(), ExactNoise()], ids=["noise", "none"])
def test_a_whole_night_tells_no_more_and_without_noise_it_tells_them_all(tmp_path, knowing, coins, noise):
    world, drawn = night(tmp_path, [int(number) for number in np.flatnonzero(coins)], noise)
    spent = plan(world.settings, DAILY)
    right = right_guesses(knowing, coins, drawn, spent, ExactNoise())  # nothing more is added: the night did
    epsilon, _ = epsilon_between(right, GUESSES)
    if isinstance(noise, OpenDPNoise):
        assert epsilon <= world.settings.budget.epsilon
    else:
        assert epsilon > 2 and right >= 0.9 * GUESSES
        control = right_guesses(knowing, coins, drawn, spent, None)
        assert control >= 0.9 * GUESSES, "exact counts of fifty and more"
        off = (knowing.without + knowing.adds @ coins) * 1024 - np.concatenate([drawn[key] for key in knowing.measures])
        assert np.abs(off).max() < 2, "the attack on draws is one on other numbers than a night's"
