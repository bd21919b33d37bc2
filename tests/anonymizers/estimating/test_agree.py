"""The best estimate under sums that must be equal, against solvers that know nothing of ours."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from anonymizers.estimating.agree import EQUAL_SUMS, agree, project, project_above
from anonymizers.estimating.scale import margin, scaled_numbers
from anonymizers.vocabulary import DAY, WEEK
from tests.anonymizers.estimating.worlds import SHIPPED, any_draws, drawn, spent, traffic
from tests.anonymizers.trials import trials

SEEDS = st.integers(0, 2**32)


def problem(seed: int, cells: int = 8, sums: int = 3):
    """Drawn numbers, variances, and equations as tables have them; one of them says the same as two others."""
    draw = np.random.default_rng(seed)
    equations = draw.integers(-1, 2, (sums, cells)).astype(float)
    return draw.normal(20, 15, cells), draw.uniform(0.5, 50, cells), np.vstack([equations, equations[0] - equations[1]])


@given(seed=SEEDS)
@trials(60)
def test_the_linear_estimate_is_that_of_weighted_least_squares(seed):
    """Against lstsq over a basis of everything that agrees."""
    drawn, variances, equations = problem(seed)
    linear, covariance = project(drawn, variances, equations)
    _, found, basis = np.linalg.svd(equations)
    basis = basis[int((found > 1e-9).sum()) :].T
    weights = 1 / np.sqrt(variances)
    best = basis @ np.linalg.lstsq(basis * weights[:, None], drawn * weights, rcond=None)[0]
    assert np.allclose(linear, best, atol=1e-6)
    assert np.allclose(covariance, basis @ np.linalg.inv(basis.T @ (basis / variances[:, None])) @ basis.T, atol=1e-6)
    assert (np.diag(covariance) <= variances + 1e-9).all(), "agreeing never makes a number worse"


def test_the_covariance_is_that_of_many_draws():
    drawn, variances, equations = problem(3)
    noise = np.random.default_rng(0).normal(0, np.sqrt(variances), (40_000, len(drawn)))
    found = np.cov(np.array([project(drawn + each, variances, equations)[0] for each in noise[:4_000]]).T)
    _, covariance = project(drawn, variances, equations)
    assert np.abs(found - covariance).max() < 0.15 * variances.max()


def tree(seed: int):
    """Six parts and their sum, none below its least: what is drawn, variances, the equation, the least."""
    draw = np.random.default_rng(seed)
    parts = draw.normal(6, 8, 6)
    drawn = np.array([*parts, parts.sum() + draw.normal(0, 5)])
    lower = draw.uniform(0, 2, 7) * np.array([1] * 6 + [0])
    return drawn, draw.uniform(1, 30, 7), np.array([[1.0] * 6 + [-1.0]]), lower


def test_no_value_falls_below_its_least_and_what_needs_no_mending_is_the_linear_estimate():
    """The search holds for good what falls once: it finds an estimate nearly always, close to the best one."""
    found, losses = 0, []
    for seed in range(200):
        drawn, variances, equations, lower = tree(seed)
        values = project_above(drawn, variances, equations, lower)
        if values is None:
            continue
        found += 1
        assert (values >= lower - 1e-9).all() and abs(float((equations @ values)[0])) < 1e-6
        linear, _ = project(drawn, variances, equations)
        if (linear >= lower).all():
            assert np.allclose(values, linear)
        elif seed < 60:
            best = minimize(
                lambda x, drawn=drawn, variances=variances: float(((x - drawn) ** 2 / variances).sum()),
                np.maximum(values, lower),
                bounds=[(least, None) for least in lower],
                constraints={"type": "eq", "fun": lambda x, equations=equations: equations @ x},
                method="SLSQP",
            ).fun
            losses.append(((values - drawn) ** 2 / variances).sum() / best)
    assert found >= 190
    assert len(losses) > 20 and np.median(losses) < 1.02 and max(losses) < 1.5


def test_where_nothing_at_or_above_the_least_agrees_nothing_is_given():
    equations = np.array([[1.0, 1.0, -1.0]])
    assert project_above(np.array([1.0, 1.0, 2.0]), np.ones(3), equations, np.array([0.0, 0.0, 0.0])) is not None
    blocked = np.array([[1.0, 1.0, 0.0]])
    assert project_above(np.array([1.0, 1.0, 2.0]), np.ones(3), blocked, np.array([1.0, 1.0, 0.0])) is None


@pytest.mark.parametrize(("name", "window"), [("elektrum", DAY), ("elektrum", WEEK), ("weblog", DAY)])
@given(data=st.data(), least=st.sampled_from((0.0, 3.0, 1e6)))
@trials(6)
def test_all_tables_of_a_release_agree_before_rounding_whatever_was_drawn(name, window, data, least):
    plan = spent(name, window)
    numbers = scaled_numbers(plan, SHIPPED[name], data.draw(any_draws(name, window)))
    metric, equal = EQUAL_SUMS[window]
    tables = {table for one, other, _ in equal for table in (one, other)}
    agreed = agree(plan, numbers, {table: np.full(len(numbers[table, metric].values), least) for table in tables})
    keys = {statistic.name: statistic.keys for statistic in plan.statistics}
    size = 1 + max(np.abs(numbers[table, metric].values).max() for table in tables)
    assert (agreed.values >= -1e-9).all()
    for one, other, shared in equal:
        for place in (0, 2):
            sums = [margin(numbers[t, metric].cells, keys[t], shared) @ agreed.of(t)[place] for t in (one, other)]
            assert np.allclose(*sums, atol=1e-5 * size), (one, other)


def test_a_total_that_cells_were_not_scaled_to_widens_them_when_they_agree_with_it():
    """Cells without clipping know their sum better than the total does, yet must add up to it: so its error is theirs."""
    plan = spent("elektrum", DAY, spread=False)
    truth = dict(traffic("elektrum", DAY, 8_000))
    truth["totals", "events"] = truth["totals", "events"] * 0.9  # drawn low: no factor above one, nothing is scaled
    numbers = scaled_numbers(plan, SHIPPED["elektrum"], drawn("elektrum", plan, truth))
    metric, equal = EQUAL_SUMS[DAY]
    tables = {table for one, other, _ in equal for table in (one, other)}
    lower = {table: np.zeros(len(numbers[table, metric].values)) for table in tables}
    assert not numbers["topics", metric].common.any()
    covariance = agree(plan, numbers, lower).of("topics")[1]
    sums = margin(numbers["topics", metric].cells, ("topic", "action"), ("action",))
    own = numbers["totals", metric].variances
    assert np.allclose(np.diag(sums @ covariance @ sums.T), own, rtol=0.01)
    without = {key: replace(each, common=np.zeros_like(each.common)) for key, each in numbers.items()}
    blind = agree(plan, without, lower).of("topics")[1]
    assert (np.diag(sums @ blind @ sums.T) < 0.01 * own).all()
