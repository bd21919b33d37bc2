"""privacy.json: the guarantee of a release in numbers, from the site and its plans alone.

Its groups dp_variant, privacy_loss, deployment_model, accounting and implementation have the fields and the words of the
OpenDP Deployments Registry, so that releases can be compared with others' deployments; figures of our own stand beside them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from anonymizers.counting.accounting import composed_epsilon, epsilon_by_opendp, weeks_touched
from anonymizers.counting.draw import UNIT
from anonymizers.counting.plan import Measure, Plan, plan
from anonymizers.estimating.roll_up import CONFIDENCE
from anonymizers.releasing.describe import as_json
from anonymizers.releasing.edition import Edition
from anonymizers.site import Site
from anonymizers.vocabulary import DAY, WEEK

HORIZONS = (7, 30, 365)
"""Days in a row for which the loss of a visitor who comes every day is told."""
_WINDOW = {DAY: "one day", WEEK: "one ISO week"}


def privacy(site: Site, edition: Edition, caveats: Sequence[str]) -> bytes:
    """The guarantee of one release: unit, neighbours, mechanism, budget, and each measure's share, sensitivity and noise."""
    spent, window = plan(site, edition.window), _WINDOW[edition.window]
    return as_json(
        {
            "release": edition.release,
            "days": [day.isoformat() for day in edition.days],
            "policy": {"version": site.policy.version, "url": site.policy.url},
            "dp_variant": {
                "variant_name": "Approximate DP",
                "data_domain": f"The site's events of {window}, by visitor; accounts registered, by account.",
                "unprotected_quantities": " ".join(caveats) or "None.",
            },
            "privacy_loss": {
                "privacy_unit": f"visitor-{edition.window}",
                "privacy_unit_details": f"Neighbouring inputs differ by all events of one visitor in {window}, added or removed. "
                f"{site.unit}",
                "privacy_parameters": {
                    "epsilon": round(spent.epsilon, 6),
                    "delta": site.budget.delta,
                    "rho": spent.rho,
                },
                "privacy_parameters_details": "Of this release alone, accounted in rho (zero-concentrated DP). Epsilon by its "
                f"privacy loss distribution (dp-accounting); OpenDP's looser conversion from rho gives {_looser(spent):.3f}.",
                "budget": {"epsilon": site.budget.epsilon, "delta": site.budget.delta},
            },
            "deployment_model": {
                "model_name": "Central",
                "model_name_details": "The site counts and adds noise; readers see released files only.",
                "actors": "The site, which holds the raw events and is trusted with them; readers of releases, who are not "
                "trusted, and may hold all releases and know everything else about a visitor.",
                "release_type": "Many releases",
                "release_type_details": "One a day and one an ISO week, and corrections from a weekly reserve; no release is "
                "ever made anew. How the loss adds up stands in accounting.",
                "data_source_type": "Dynamic",
                "access_type": "Non-interactive",
            },
            "accounting": {
                "composition": _composition(site),
                "post_processing": "Cells are scaled to totals drawn apart, made to agree by weighted least squares, rolled "
                "up into `other` where too small, and rounded; all of it from the noisy numbers alone.",
            },
            "implementation": {
                "mechanisms": f"Discrete Gaussian on sums in units of 1/{UNIT} (OpenDP), every visitor's contribution "
                "shortened to a fixed L2 norm before counting.",
                "preprocessing_and_hyperparameter_tuning": "Bounds and shares were chosen by koond tune on made-up traffic; "
                "vocabularies are fixed before any data is read.",
                "confidence": CONFIDENCE,
                "intervals": "Around the true number: they cover noise, and what bounding is expected to distort (spread).",
                "tables": _tables(spent),
            },
        }
    )


def _looser(spent: Plan) -> float:
    return epsilon_by_opendp(spent.rho, spent.budget.delta)


def _composition(site: Site) -> dict[str, Any]:
    """What a visitor loses who comes every day, daily and weekly releases together (DESIGN 4)."""
    daily, weekly = plan(site, DAY).rho, plan(site, WEEK).rho
    corrections, delta = site.corrections_per_week, site.budget.delta
    return {
        "description": "Epsilon, at the same delta, of a visitor who comes every day, over all daily and weekly releases; "
        "and if every correction of the reserve had been made as well.",
        "corrections_per_week": corrections,
        "horizons": [
            {
                "days": days,
                "weekly_releases": weeks_touched(days),
                "epsilon": round(composed_epsilon(daily, weekly, days, delta), 3),
                "epsilon_with_all_corrections": round(composed_epsilon(daily, weekly, days, delta, corrections), 3),
                "delta": delta,
            }
            for days in HORIZONS
        ],
    }


def _tables(spent: Plan) -> Mapping[str, Any]:
    return {
        statistic.name: {
            "keys": list(statistic.keys),
            "measures": {name: _measure(measure) for name, measure in spent.of(statistic).items()},
        }
        for statistic in spent.statistics
    }


def _measure(measure: Measure) -> dict[str, Any]:
    told: dict[str, Any] = {
        "share": measure.bound.share,
        "l2_sensitivity": measure.mechanism.l2_sensitivity,
        "rho": measure.mechanism.rho,
        "sigma": round(measure.mechanism.sigma, 6),
        "spread": measure.bound.spread,
    }
    return told | ({"weights": dict(measure.weights)} if measure.weights else {})
