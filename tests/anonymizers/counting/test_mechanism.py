"""The mechanism: its scale, its law, its interval and its price, each against a computation of our own."""

from collections import Counter
from math import exp, fsum, log, log1p, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.counting.mechanism import CONFIDENCE, Mechanism, OpenDPNoise, mechanisms, release_epsilon, release_rho
from anonymizers.counting.statistic import STATISTICS
from anonymizers.site import Bound, Budget
from tests.anonymizers.trials import trials

BUDGETS = st.sampled_from([Budget(1.0, 1e-7), Budget(0.1, 1e-9), Budget(3.0, 1e-5), Budget(10.0, 1e-7)])
BOUNDS = st.builds(Bound, share=st.floats(0.01, 1), cells=st.integers(1, 50), events=st.integers(1, 100))
SMALL = Mechanism("events", l2_sensitivity=1.0, rho=1 / (2 * 2.0**2), sigma=2.0)


def law(sigma: float) -> dict[int, float]:
    """The discrete Gaussian's own probabilities, to beyond 14 sigma: exp(-k^2 / 2 sigma^2) over their sum."""
    reach = range(-int(14 * sigma) - 3, int(14 * sigma) + 4)
    weight = {k: exp(-(k * k) / (2 * sigma * sigma)) for k in reach}
    whole = fsum(weight.values())
    return {k: part / whole for k, part in weight.items()}


def own_epsilon(rho: float, delta: float) -> float:
    """Epsilon of rho-zCDP at delta by Canonne, Kamath, Steinke 2020, Proposition 7, minimised over a fine grid of alpha."""
    alphas = (1 + exp(n / 1000) for n in range(-4000, 9000))
    return min(a * rho + log1p(-1 / a) - (log(delta) + log(a)) / (a - 1) for a in alphas)


@given(bound=BOUNDS, budget=BUDGETS, statistic=st.sampled_from(STATISTICS))
@trials(40)
def test_scale_share_and_sensitivity_follow_from_the_bound_and_the_budget(bound, budget, statistic):
    drawn = mechanisms(statistic, bound, budget)
    assert [mechanism.metric for mechanism in drawn] == list(statistic.metrics)
    for mechanism in drawn:
        one_cell = bound.events if mechanism.metric == "events" else 1
        worst = sqrt(fsum(one_cell**2 for _ in range(bound.cells)))
        assert mechanism.l2_sensitivity == pytest.approx(worst)
        assert mechanism.rho == pytest.approx(release_rho(budget.epsilon, budget.delta) * bound.share / len(drawn))
        assert mechanism.rho == pytest.approx(worst**2 / (2 * mechanism.sigma**2))


def test_the_tables_of_a_release_spend_no_more_than_the_release_may(site):
    rho = release_rho(site.budget.epsilon, site.budget.delta)
    drawn = [m for statistic in STATISTICS for m in mechanisms(statistic, site.tables.of(statistic.name), site.budget)]
    spent = fsum(mechanism.rho for mechanism in drawn)
    assert 0.99 * rho < spent <= rho * (1 + 1e-9)
    assert release_epsilon(spent, site.budget.delta) <= site.budget.epsilon * (1 + 1e-9)
    assert own_epsilon(spent, site.budget.delta) <= site.budget.epsilon * (1 + 1e-3)


@given(budget=BUDGETS)
@trials(4)
def test_a_release_uses_its_epsilon_up_and_never_more(budget):
    rho = release_rho(budget.epsilon, budget.delta)
    assert 0.999 * budget.epsilon <= release_epsilon(rho, budget.delta) <= budget.epsilon * (1 + 1e-9)
    assert own_epsilon(rho, budget.delta) == pytest.approx(budget.epsilon, rel=0.01)


def delta_of_the_sum(epsilon: float, shift: int, sigma: float) -> float:
    """The exact delta of adding discrete Gaussian noise to counts that differ by `shift`, term by term."""
    chances = law(sigma)
    return fsum(max(0.0, p - exp(epsilon) * chances.get(k - shift, 0.0)) for k, p in chances.items())


@pytest.mark.parametrize(("epsilon", "delta"), [(1.0, 1e-7), (0.5, 1e-5), (3.0, 1e-6)])
def test_the_noise_of_a_whole_release_on_one_count_keeps_epsilon_and_delta_exactly(epsilon, delta):
    """No accounting in between: the two laws side by side."""
    sigma = 1 / sqrt(2 * release_rho(epsilon, delta))
    assert delta_of_the_sum(epsilon, 1, sigma) <= delta
    assert delta_of_the_sum(epsilon, 1, sigma / 2) > delta, "half the noise must not do"


@given(sigma=st.floats(0.05, 300))
@trials(40)
def test_the_half_width_is_the_smallest_that_holds_95_of_100_draws(sigma):
    half = Mechanism("events", 1.0, 1.0, sigma).half_width
    chances = law(sigma)

    def inside(width: int) -> float:
        return fsum(chances[k] for k in range(-width, width + 1))

    assert inside(half) >= CONFIDENCE - 1e-12
    assert half == 0 or inside(half - 1) < CONFIDENCE + 1e-12


@given(sigma=st.floats(0.3, 300), cells=st.integers(1, 10_000))
@trials(40)
def test_the_least_told_number_is_made_by_noise_in_no_more_than_5_of_100_empty_tables(sigma, cells):
    least = Mechanism("visitors", 1.0, 1.0, sigma).least_told(cells)
    chances = law(sigma)

    def reached(number: int) -> float:
        return fsum(chance for k, chance in chances.items() if k >= number)

    assert reached(least) * cells <= 1 - CONFIDENCE + 1e-9
    assert least == 1 or reached(least - 1) * cells > 1 - CONFIDENCE - 1e-9


def chance_of_a_larger_chi_square(statistic: float, freedom: int) -> float:
    """For an even number of degrees of freedom: exp(-x/2) times the first terms of the series of exp(x/2)."""
    assert freedom % 2 == 0
    term, total = 1.0, 1.0
    for n in range(1, freedom // 2):
        term *= statistic / 2 / n
        total += term
    return exp(-statistic / 2) * total


def chi_square_p(draws: list[int], sigma: float) -> float:
    """How likely draws from the stated law are to lie as far off as these: 11 single numbers and two tails."""
    chances = law(sigma)
    bins = {k: chances[k] for k in range(-5, 6)}
    below, above = fsum(p for k, p in chances.items() if k < -5), fsum(p for k, p in chances.items() if k > 5)
    seen = Counter("below" if k < -5 else "above" if k > 5 else k for k in draws)
    expected = {**bins, "below": below, "above": above}
    statistic = fsum((seen[k] - len(draws) * p) ** 2 / (len(draws) * p) for k, p in expected.items())
    return chance_of_a_larger_chi_square(statistic, len(expected) - 1)


def test_the_noise_follows_the_stated_law():
    assert chi_square_p(OpenDPNoise().add([0] * 20_000, SMALL), SMALL.sigma) > 1e-6


def test_the_comparison_with_the_law_would_notice_a_wrong_scale():
    """The control: one tenth more noise than stated fails the same comparison."""
    wide = Mechanism("events", 1.0, 1 / (2 * 2.2**2), 2.2)
    assert chi_square_p(OpenDPNoise().add([0] * 20_000, wide), SMALL.sigma) < 1e-6


def test_two_draws_differ_and_neither_is_the_exact_count():
    exact = list(range(200))
    first, second = (OpenDPNoise().add(exact, SMALL) for _ in range(2))
    assert first != second and exact not in (first, second)


@given(factor=st.floats(0.01, 0.999))
@trials(20)
def test_noise_that_does_not_cover_its_share_is_refused_before_anything_is_drawn(factor):
    weak = Mechanism("visitors", SMALL.l2_sensitivity, SMALL.rho, SMALL.sigma * factor)
    with pytest.raises(ValueError, match="does not cover its share"):
        OpenDPNoise().add([1, 2, 3], weak)
    with pytest.raises(ValueError, match="does not cover its share"):
        OpenDPNoise().add([1, 2, 3], Mechanism("visitors", SMALL.l2_sensitivity / factor, SMALL.rho, SMALL.sigma))


@given(exact=st.lists(st.integers(-(10**15), 10**15), max_size=30))
@trials(30)
def test_noise_stays_near_any_count_large_negative_or_none(exact):
    """Beyond 60 sigma lies no draw in the life of the universe: exp(-60^2 / 2) is 1e-782."""
    noisy = OpenDPNoise().add(exact, SMALL)
    assert len(noisy) == len(exact) and all(isinstance(number, int) for number in noisy)
    assert all(abs(a - b) <= 60 * SMALL.sigma for a, b in zip(noisy, exact, strict=True))
