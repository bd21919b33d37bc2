"""privacy.json tells the guarantee in numbers that anybody can compute again, laid out as deployments are registered."""

import json
from datetime import date, timedelta
from itertools import pairwise
from math import exp, log, sqrt

import pytest
from scipy.optimize import brentq
from scipy.stats import norm

from anonymizers.counting.plan import plan
from anonymizers.local_day import iso_week
from anonymizers.releasing.privacy import HORIZONS, privacy
from anonymizers.releasing.release import caveats
from anonymizers.site import bounds_of
from anonymizers.vocabulary import DAY, WEEK
from pipelines.site_folder import read_site_folder
from tests.anonymizers.releasing.candidates import EDITIONS
from tests.worlds import SITES

SHIPPED = ("elektrum", "weblog", "snowplow")


@pytest.fixture(scope="module")
def told(site, edition):
    return json.loads(privacy(site, edition, ()))


def epsilon_of_gaussians(rho: float, delta: float) -> float:
    """Epsilon of Gaussian noise that costs `rho` in all, by the closed form of its privacy curve (Balle, Wang 2018)."""
    mu = sqrt(2 * rho)

    def beyond(epsilon: float) -> float:
        return float(norm.cdf(mu / 2 - epsilon / mu) - exp(epsilon + norm.logcdf(-mu / 2 - epsilon / mu)))

    return float(brentq(lambda epsilon: log(max(beyond(epsilon), 1e-300)) - log(delta), 1e-6, 500))


def weeks_of(first: date, days: int) -> int:
    return len({iso_week(first + timedelta(days=number)) for number in range(days)})


TEXT = None
REGISTRY: dict[str, dict[str, tuple[str, ...] | None]] = {
    "dp_variant": {
        "variant_name": ("Pure DP", "Approximate DP", "Zero-concentrated DP", "Renyi DP", "Custom"),
        "data_domain": TEXT,
        "unprotected_quantities": TEXT,
    },
    "privacy_loss": {"privacy_unit": TEXT, "privacy_unit_details": TEXT, "privacy_parameters_details": TEXT},
    "deployment_model": {
        "model_name": ("Local", "Central", "Shuffle", "Federated", "Varies"),
        "model_name_details": TEXT,
        "actors": TEXT,
        "release_type": ("One release", "Many releases"),
        "release_type_details": TEXT,
        "data_source_type": ("Static", "Dynamic"),
        "access_type": ("Interactive", "Non-interactive"),
    },
    "accounting": {"post_processing": TEXT},
    "implementation": {"preprocessing_and_hyperparameter_tuning": TEXT, "mechanisms": TEXT},
}
"""Group -> its fields that we fill, each a text, or one of a list: schemas/deployments-schema.yaml of July 2026 in
github.com/opendp/deployments-registry-data. Beside them: `privacy_parameters` (numbers), and the figures of `OWN`."""
OWN = {
    "dp_variant": set(),
    "privacy_loss": {"privacy_parameters", "budget"},
    "deployment_model": set(),
    "accounting": {"composition"},  # a text in the registry; here a text and what it speaks of
    "implementation": {"confidence", "intervals", "tables"},
}


def test_it_has_the_groups_fields_and_words_of_the_registry(told):
    assert list(told)[-len(REGISTRY) :] == list(REGISTRY)
    for group, fields in REGISTRY.items():
        assert set(told[group]) == set(fields) | OWN[group], group
        for name, words in fields.items():
            value = told[group][name]
            assert isinstance(value, str) and (words is TEXT or value in words), name
    parameters = told["privacy_loss"]["privacy_parameters"]
    assert set(parameters) == {"epsilon", "delta", "rho"} and all(
        isinstance(each, float) for each in parameters.values()
    )
    assert isinstance(told["accounting"]["composition"]["description"], str)


def test_it_says_of_which_release_days_and_policy_it_speaks(told, site, edition):
    assert told["release"] == edition.release
    assert told["days"] == [day.isoformat() for day in edition.days]
    assert told["policy"] == {"version": site.policy.version, "url": site.policy.url}
    assert told["privacy_loss"]["privacy_unit"] == {DAY: "visitor-day", WEEK: "visitor-week"}[edition.window]
    assert site.unit in told["privacy_loss"]["privacy_unit_details"]


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize("edition", EDITIONS, ids=("day", "week"))
def test_every_measure_of_the_plan_is_told_with_its_share_sensitivity_and_noise(name, edition):
    site = read_site_folder(SITES / name).site
    told = json.loads(privacy(site, edition, ()))
    tables = told["implementation"]["tables"]
    found = {(table, measure): what for table, each in tables.items() for measure, what in each["measures"].items()}
    bounds = bounds_of(site.daily if edition.window == DAY else site.weekly)
    assert list(found) == list(bounds)
    assert list(tables) == [statistic.name for statistic in plan(site, edition.window).statistics]
    whole = told["privacy_loss"]["privacy_parameters"]["rho"] / sum(bound.share for bound in bounds.values())
    for place, bound in bounds.items():
        what = found[place]
        assert (what["share"], what["l2_sensitivity"], what["spread"]) == (bound.share, bound.norm, bound.spread)
        assert what["rho"] == pytest.approx(bound.share * whole)
        assert what["sigma"] == pytest.approx(bound.norm / sqrt(2 * what["rho"]), abs=1e-6)
        weighed = "action" in tables[place[0]]["keys"] and place[1] in ("events", "pairs")
        assert what.get("weights") == (dict(site.daily.weights) if weighed else None)
    for spent in plan(site, edition.window).measures:
        assert found[spent.statistic.name, spent.name]["sigma"] == round(spent.mechanism.sigma, 6)


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize("edition", EDITIONS, ids=("day", "week"))
def test_the_loss_of_a_release_is_what_its_noise_gives_and_within_its_budget(name, edition):
    site = read_site_folder(SITES / name).site
    told = json.loads(privacy(site, edition, ()))
    spent = told["privacy_loss"]["privacy_parameters"]
    measures = [what for table in told["implementation"]["tables"].values() for what in table["measures"].values()]
    rho = sum((what["l2_sensitivity"] / what["sigma"]) ** 2 / 2 for what in measures)
    assert spent["rho"] == pytest.approx(rho, rel=1e-6)
    assert spent["delta"] == site.budget.delta == told["privacy_loss"]["budget"]["delta"]
    assert spent["epsilon"] == pytest.approx(epsilon_of_gaussians(rho, site.budget.delta), abs=2e-3)
    assert spent["epsilon"] <= site.budget.epsilon == told["privacy_loss"]["budget"]["epsilon"]
    looser = float(told["privacy_loss"]["privacy_parameters_details"].split()[-1].rstrip("."))
    assert spent["epsilon"] < looser < 1.1 * spent["epsilon"] + 0.01


def test_the_loss_of_a_visitor_who_comes_every_day_grows_with_the_days_and_counts_both_kinds_of_release(told, site):
    composition = told["accounting"]["composition"]
    horizons = composition["horizons"]
    assert tuple(each["days"] for each in horizons) == HORIZONS == (7, 30, 365)
    for shorter, longer in pairwise(horizons):
        assert shorter["epsilon"] < longer["epsilon"]
        assert shorter["epsilon_with_all_corrections"] < longer["epsilon_with_all_corrections"]
    daily, weekly = plan(site, DAY).rho, plan(site, WEEK).rho
    for each in horizons:
        weeks = max(weeks_of(date(2026, 1, 1) + timedelta(days=start), each["days"]) for start in range(14))
        assert each["weekly_releases"] == weeks
        rho = each["days"] * daily + weeks * weekly
        reserve = composition["corrections_per_week"] * weeks * max(daily, weekly)
        assert each["delta"] == site.budget.delta
        assert each["epsilon"] == pytest.approx(epsilon_of_gaussians(rho, site.budget.delta), abs=5e-3)
        with_corrections = epsilon_of_gaussians(rho + reserve, site.budget.delta)
        assert each["epsilon_with_all_corrections"] == pytest.approx(with_corrections, abs=5e-3)
    assert composition["corrections_per_week"] == site.corrections_per_week == 1


def test_a_day_and_its_week_tell_the_same_composed_loss(site):
    one, other = (json.loads(privacy(site, edition, ()))["accounting"]["composition"] for edition in EDITIONS)
    assert one == other


def test_what_the_guarantee_does_not_cover_is_told_where_a_site_says_so(site, edition):
    assert json.loads(privacy(site, edition, ()))["dp_variant"]["unprotected_quantities"] == "None."
    weblog = read_site_folder(SITES / "weblog")
    told = json.loads(privacy(weblog.site, edition, caveats(weblog.sources)))["dp_variant"]["unprotected_quantities"]
    assert told == " ".join(caveats(weblog.sources)) and "consent is not recorded" in told
