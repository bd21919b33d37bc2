"""The attacker's own arithmetic against the engine's, on any bounds; and what it makes of numbers with and without noise."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.attacking.membership import Attacker, attacker, right_guesses
from anonymizers.attacking.planted import canaries, strangers
from anonymizers.attacking.vectors import exact_vectors, joined, measures_of
from anonymizers.counting.draw import UNIT
from anonymizers.counting.plan import plan
from anonymizers.vocabulary import DAY, WEEK
from tests.anonymizers.counting.worlds import bounded_sites
from tests.anonymizers.trials import trials
from tests.privacy.stage import DAYS
from tests.worlds import ExactNoise


@pytest.mark.parametrize("window", [DAY, WEEK])
@given(data=st.data(), seed=st.integers(0, 2**32))
@trials(8)
def test_what_the_attacker_works_out_is_what_the_engine_counts_whoever_is_in(engine, site, window, data, seed):
    """By other code, to the rounding of each visitor's weight: random norms, weights and segment rules."""
    site = data.draw(bounded_sites(site, window))
    rng, spent, days = np.random.default_rng(seed), plan(site, window), DAYS[window]
    planted, crowd = canaries(site, days, 12, rng), strangers(site, days, 20, rng)
    known = attacker(engine.table(planted), exact_vectors(engine.table(crowd), site, spent), site=site, spent=spent)
    inside = rng.random(12) < 0.5
    there = planted.filter(pa.array(inside[planted["visitor"].to_numpy() - 1]))
    counted = exact_vectors(engine.table(pa.concat_tables([crowd, there])), site, spent)
    off = joined(counted, measures_of(spent)) - known.without - known.adds @ inside
    assert np.abs(off * UNIT).max() <= 2 * 12


def test_without_noise_it_knows_everybody_and_with_very_much_it_knows_nothing(engine, site):
    rng, spent, days = np.random.default_rng(4), plan(site, DAY), DAYS[DAY]
    planted, crowd = canaries(site, days, 100, rng), strangers(site, days, 200, rng)
    known = attacker(engine.table(planted), exact_vectors(engine.table(crowd), site, spent), site=site, spent=spent)
    coins = rng.random(100) < 0.5
    there = planted.filter(pa.array(coins[planted["visitor"].to_numpy() - 1]))
    exact = exact_vectors(engine.table(pa.concat_tables([crowd, there])), site, spent)
    assert right_guesses(known, coins, exact, spent, ExactNoise()) == 50
    loud = [
        right_guesses(
            known, coins, {key: rng.permutation(numbers) * 50 for key, numbers in exact.items()}, spent, ExactNoise()
        )
        for _ in range(10)
    ]
    assert 15 < np.mean(loud) < 35


@pytest.mark.parametrize("missing", [1, 10**0.5, 10**1.5])
def test_it_finds_out_how_much_of_the_noise_is_missing_and_then_believes_the_numbers_so_much_more(missing):
    """Against the formula of the most likely coins, each normal around one half, where the noise is known to be so little."""
    rng = np.random.default_rng(11)
    adds, sigmas, without = rng.normal(0, 2, (600, 12)), rng.uniform(1, 3, 600), rng.normal(0, 100, 600)
    told = without + adds @ (rng.random(12) < 0.5) + rng.normal(0, sigmas / missing)
    known = Attacker(dict.fromkeys([("a table", "events")]), without, adds, sigmas, np.ones(600))
    each = adds / sigmas[:, None]
    off = (told - without) / sigmas - each.sum(axis=1) / 2
    expected = each.T @ np.linalg.solve(each @ each.T / 4 + np.eye(600) / missing**2, off)
    np.testing.assert_allclose(known.guess({("a table", "events"): told * UNIT}), expected, rtol=1e-6)
