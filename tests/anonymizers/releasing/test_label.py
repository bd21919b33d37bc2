"""segments.json against the IAB Tech Lab's data label: its fields, all of them and no others, and the values that it allows."""

import json
import re
from dataclasses import dataclass

import pytest

from anonymizers.releasing.label import NOT_APPLICABLE, segments_json
from anonymizers.segments.taxonomy import AUDIENCE
from pipelines.site_folder import read_site_folder
from tests.worlds import SITES

NONE = "N/A"


@dataclass(frozen=True)
class Text:
    """A field of free text."""

    longest: int = 100
    pattern: str = r"\S.*"


@dataclass(frozen=True)
class OneOf:
    """A field with a closed list."""

    values: tuple[str, ...]


@dataclass(frozen=True)
class Several:
    """A field with some of a closed list."""

    values: tuple[str, ...]


_DOMAIN = r"[a-z0-9-]+(\.[a-z0-9-]+)+"
_YES_NO, _YES_NO_NONE = OneOf(("Yes", "No")), OneOf(("Yes", "No", NONE))
_CADENCE = OneOf(
    (
        "Intra-day", "Daily", "Weekly", "Monthly", "Bi-Monthly", "Quarterly", "Bi-Annually", "Annually", "Static", NONE,
    )
)  # fmt: skip
_PRECISION = ("Individual", "Household", "Business", "Device", "Browser", "Geography")
FIELDS: dict[str, Text | OneOf | Several] = {
    # Core
    "provider_name": Text(),
    "provider_domain": Text(pattern=_DOMAIN),
    "provider_email": Text(pattern=r"[^@\s]+@[^@\s]+"),
    "audience_name": Text(),
    "audience_id": Text(),
    "taxonomy_id_list": Text(pattern=r"(\d+(\|\w+)*(;\d+(\|\w+)*)*)?"),
    "audience_criteria": Text(longest=500),
    "audience_precision_levels": Several(_PRECISION),
    "audience_scope": OneOf(
        ("Single domain/App", "Cross-domain within O&O", "Cross-domain outside O&O", "N/A (Offline)")
    ),
    "originating_domain": Text(pattern=_DOMAIN),
    "audience_size": Text(pattern=r"\d+"),
    "id_types": Several(("Cookie", "Mobile ID", "Platform ID", "User-enabled ID")),
    "geocode_list": Text(pattern=r"[A-Z]{3}(\|[A-Z]{3})*"),
    "privacy_compliance_mechanisms": Several(
        (
            "TCF (Europe)", "GPP", "MSPA", "USPrivacy", "NAI Opt Out", "DAA", "EDAA", "DAAC", "GPC", "Other (Not Listed)",
            "None",
        )
    ),
    "privacy_policy_url": Text(pattern=r"https://\S+"),
    "iab_techlab_compliant": _YES_NO,
    # Audience details
    "data_sources": Several(
        (
            "App Behavior", "App Usage", "Web Usage", "Geo Location", "Email", "TV OTT or STB Device", "Online Ecommerce",
            "Credit Data", "Loyalty Card Transaction", "Online Survey", "Offline Survey", "Public Record: Census",
            "Public Record: Voter File", "Public Record: Other", "Offline Transaction",
        )
    ),
    "audience_inclusion_methodology": OneOf(("Observed/Known", "Declared", "Derived", "Inferred", "Modeled")),
    "audience_expansion": _YES_NO,
    "device_expansion": _YES_NO,
    "audience_refresh": _CADENCE,
    "lookback_window": _CADENCE,
    # Onboarder details: where data came from offline
    "onboarder_match_keys": Text(),
    "onboarder_audience_expansion": _YES_NO_NONE,
    "onboarder_device_expansion": _YES_NO_NONE,
    "onboarder_audience_precision_level": OneOf((*_PRECISION, NONE)),
}  # fmt: skip
"""Field -> what it may hold, in the standard's order.

Names, lists of values and the semicolons of a list of ids: DataLabel.org's description of its upload interface (app-api.
datalabel.org/docs/audience and /docs/enums); lengths: the spec sheet of DataLabel.org; the lists on precision, scope,
privacy, cadence and onboarding of version 1.2 ("Privacy Update", 2024): a public implementation of it, for IAB Tech Lab's own
tables of 1.2 are behind a login.
"""
FORESEEN = {name for name in FIELDS if name.startswith("onboarder_")}
"""Where the standard itself foresees N/A."""


@pytest.fixture(scope="module", params=["elektrum", "weblog", "snowplow"])
def told(request):
    site = read_site_folder(SITES / request.param).site
    return json.loads(segments_json(site.segments, site))


@pytest.fixture(scope="module")
def demo(site):
    return json.loads(segments_json(site.segments, site))["segments"]


def wrong_values(label: dict[str, object]) -> list[str]:
    """The fields whose value the standard does not allow."""
    return [name for name, rule in FIELDS.items() if not _allowed(rule, label[name])]


def _allowed(rule: Text | OneOf | Several, value: object) -> bool:
    if isinstance(rule, Several):
        return isinstance(value, list) and bool(value) and set(value) <= set(rule.values)
    if isinstance(rule, OneOf):
        return value in rule.values
    return isinstance(value, str) and len(value) <= rule.longest and bool(re.fullmatch(rule.pattern, value))


def test_every_label_has_all_fields_of_the_standard_and_no_other(told):
    assert told["standard"]["version"] == "1.2"
    for each in told["segments"]:
        assert set(each["data_label"]) == set(FIELDS), each["segment"]


def test_every_value_is_allowed_but_for_those_that_are_explained(told):
    assert told["not_applicable"] == NOT_APPLICABLE and set(NOT_APPLICABLE) <= set(FIELDS)
    assert all(len(why) > 20 for why in NOT_APPLICABLE.values())
    for each in told["segments"]:
        label = each["data_label"]
        assert set(wrong_values(label)) == set(NOT_APPLICABLE) - FORESEEN, each["segment"]
        for name in NOT_APPLICABLE:
            assert label[name] in (NONE, [NONE]), name
        assert not any(NONE in (value, *value) for name, value in label.items() if name not in NOT_APPLICABLE)


def test_a_label_names_ids_of_the_standards_own_taxonomy(demo):
    labels = [each["data_label"] for each in demo]
    ids = [one for label in labels for one in label["taxonomy_id_list"].split(";") if one]
    assert ids and all(AUDIENCE.check(one) for one in ids)
    for each in demo:
        own = [used["ids"] for used in each["taxonomies"] if used["name"] == AUDIENCE.name]
        assert each["data_label"]["taxonomy_id_list"] == ";".join(own[0] if own else [])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("audience_refresh", "1 day"), ("lookback_window", "7 days"), ("data_sources", ["Weblog"]), ("data_sources", []),
        ("audience_criteria", "x" * 501), ("privacy_policy_url", "http://x"), ("iab_techlab_compliant", "Maybe"),
        ("taxonomy_id_list", "1,2"), ("provider_domain", "https://x.ee"), ("audience_scope", "Everywhere"),
    ],
)  # fmt: skip
def test_the_table_of_fields_refuses_what_the_standard_has_not(demo, field, value):
    """The control."""
    label = demo[0]["data_label"]
    assert field not in wrong_values(label) and field in wrong_values({**label, field: value})
