"""A3 and A4: the difference of two releases. One visitor is in the second or not, and nothing else has changed.

The attacker knows everybody else's events exactly, sees the draws themselves (all that is published is made of them, so
nothing published can tell more), and uses the best test there is: what the difference should be, weighed by the noise.
"""

from collections.abc import Mapping
from math import exp, sqrt
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from anonymizers.counting.accounting import epsilon_of_rho
from anonymizers.counting.measure import cells_of, exact_numbers
from anonymizers.counting.mechanism import Mechanism, Noise, OpenDPNoise
from anonymizers.counting.plan import Plan, plan
from anonymizers.counting.rows import audience, rows_of
from anonymizers.counting.statistic import EVENTS
from anonymizers.site import Site
from anonymizers.vocabulary import DAY
from pipelines.engines.duckdb_engine import DuckDBEngine
from pipelines.settings import site_folder
from pipelines.site_folder import read_site_folder

TRIALS = 300
Exact = Mapping[tuple[str, str], NDArray[np.int64]]


class StickyNoise:
    """Noise that hangs on the measure alone: the same measure gets the same noise for ever. What koond must never do."""

    def add(self, exact: list[int], mechanism: Mechanism) -> list[int]:
        """The numbers with their for ever equal noise."""
        noise = np.random.default_rng(len(exact)).normal(0, mechanism.sigma * 1024, len(exact))
        return [number + round(off) for number, off in zip(exact, noise, strict=True)]


def stripped(visitors: range) -> pa.Table:
    """Events of some visitors; visitor 0 does as much as the bounds let count, and more."""
    rows = []
    for visitor in visitors:
        for event in range(60 if visitor == 0 else 1 + visitor % 5):
            topic = ("solar", "invoices", "packages", "gas", "business")[(visitor + event) % 5]
            action = ("page_view", "ad_view", "scroll_over", "ad_click")[event % 4]
            rows.append({"visitor": visitor, "topic": topic, "action": action, "hour": (visitor + event) % 24})
    table = pa.Table.from_pylist(rows)
    fixed = {"browser": "chrome", "device": "desktop", "os": "windows", "traffic_date": "2026-11-20"}
    for name, word in fixed.items():
        table = table.append_column(name, pa.array([word] * len(rows)))
    return table


def exact(engine: DuckDBEngine, site: Site, spent: Plan, visitors: range) -> Exact:
    """The exact bounded numbers of a day, by table and measure."""
    events = engine.table(stripped(visitors))
    everybody = audience(events, [segment for segment in site.segments if segment.window == DAY])
    numbers = {}
    for statistic in spent.statistics:
        if statistic.part != EVENTS:
            continue
        told = exact_numbers(rows_of(statistic, events, everybody), statistic, spent)
        for name, measure in spent.of(statistic).items():
            cells = cells_of(measure, site, spent)
            numbers[statistic.name, name] = np.array([told[name].get(cell, 0) for cell in cells])
    return numbers


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> tuple[Plan, Exact, Exact]:
    """The plan of the demo site, and a day's exact numbers without visitor 0 and with."""
    engine = DuckDBEngine(Path(tmp_path_factory.mktemp("engine")))
    site = read_site_folder(site_folder(Path("elektrum"))).site
    spent = plan(site, DAY)
    return spent, exact(engine, site, spent, range(1, 200)), exact(engine, site, spent, range(200))


def mechanism_of(spent: Plan, key: tuple[str, str]) -> Mechanism:
    return next(each.mechanism for each in spent.measures if (each.statistic.name, each.name) == key)


def drawn(spent: Plan, numbers: Exact, noise: Noise) -> dict[tuple[str, str], NDArray[np.int64]]:
    return {key: np.array(noise.add(column.tolist(), mechanism_of(spent, key))) for key, column in numbers.items()}


def accuracy(day: tuple[Plan, Exact, Exact], noise: Noise) -> float:
    """How often the attacker is right about the coin of the second release. In the first the visitor is for sure."""
    spent, without, there = day
    coins = np.random.default_rng(1).random(TRIALS) < 0.5
    right = 0
    for coin in coins:
        first, second = drawn(spent, there, noise), drawn(spent, there if coin else without, noise)
        score = whole = 0.0
        for key, column in there.items():
            adds = (column - without[key]) / (mechanism_of(spent, key).sigma * 1024) ** 2
            score += float(((first[key] - second[key]) * adds).sum())
            whole += float(((column - without[key]) * adds).sum())
        right += (score < whole / 2) == coin
    return right / TRIALS


def most(epsilon: float, delta: float) -> float:
    """The most that any attack on one visitor at even odds can have right (LEAKS)."""
    return exp(epsilon) / (1 + exp(epsilon)) + delta


def surely_at_least(found: float) -> float:
    """The lower end of the 95 % interval of an accuracy."""
    return found - 1.645 * sqrt(max(found * (1 - found), 1e-9) / TRIALS)


def test_a_correction_does_not_tell_whether_a_visitor_was_taken_out(day):
    """A3: a first release with the visitor, then a correction with or without."""
    spent = day[0]
    both = epsilon_of_rho(2 * spent.rho, spent.budget.delta)
    assert surely_at_least(accuracy(day, OpenDPNoise())) <= most(both, spent.budget.delta)


def test_two_nights_do_not_tell_whether_a_visitor_stayed_away_on_the_second(day):
    """A4: everybody else does the same on both nights. One night's loss is the bound, for the first night is known."""
    spent = day[0]
    assert surely_at_least(accuracy(day, OpenDPNoise())) <= most(spent.epsilon, spent.budget.delta)


def test_the_same_attack_succeeds_on_sticky_noise(day):
    """The control: with noise that stays the same, the difference gives the visitor away every time."""
    assert accuracy(day, StickyNoise()) == 1.0


def test_the_same_attack_succeeds_without_noise(day):
    """The control: so do exact counts."""

    class NoNoise:
        def add(self, exact: list[int], mechanism: Mechanism) -> list[int]:
            return exact

    assert accuracy(day, NoNoise()) == 1.0


def test_the_target_uses_up_nearly_all_that_the_bounds_allow(day):
    """Else the attack would be one on somebody who hardly counts."""
    spent, without, there = day
    used = sum(
        0.5 * float((((there[key] - without[key]) / (mechanism_of(spent, key).sigma * 1024)) ** 2).sum())
        for key in there
    )
    assert 0.5 * spent.rho < used <= spent.rho
