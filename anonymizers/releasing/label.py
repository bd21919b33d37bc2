"""The `segments.json` of a release: what partners read about its segments, laid out as IAB data labels.

Field names and values follow the IAB Tech Lab's Data Transparency Standard 1.2 ("data label"). A label is made for sold
lists of people: where a field asks for what a release has not, it says `N/A`, and `not_applicable` says why.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from anonymizers.releasing.describe import as_json
from anonymizers.segments.describe import describe
from anonymizers.segments.describe_in_estonian import describe_in_estonian
from anonymizers.segments.rule import Iab, Segment, counts
from anonymizers.segments.taxonomy import AD_PRODUCT, AUDIENCE, CONTENT
from anonymizers.site import Site

_STANDARD = {
    "name": "IAB Tech Lab Data Transparency Standard (data label)",
    "version": "1.2",
    "url": "https://iabtechlab.com/standards/the-data-transparency-standard-data-label/",
}
_REFRESH = {"day": "Daily", "week": "Weekly"}
_NONE = "N/A"
NOT_APPLICABLE = {
    "provider_email": "No address stands in a release, so that none of a visitor can; the privacy policy names the site's.",
    "audience_precision_levels": "Counts with noise: never an individual, a household, a device or a browser.",
    "audience_size": "It is a number of its own day or week: see the tables of segments, visitors with a 95 % interval.",
    "id_types": "Nothing in a release identifies anybody or anything.",
    "geocode_list": "No place is known of a visitor.",
    "onboarder_match_keys": "Nothing is matched with data from elsewhere.",
    "onboarder_audience_expansion": "Nothing is matched with data from elsewhere.",
    "onboarder_device_expansion": "Nothing is matched with data from elsewhere.",
    "onboarder_audience_precision_level": "Nothing is matched with data from elsewhere.",
}
"""Field -> why it says `N/A`. The standard itself foresees that for the onboarder alone."""


def segments_json(segments: Sequence[Segment], site: Site) -> bytes:
    """The labels of a release's segments, in their order, as JSON. From the site's configuration alone: no count of the data."""
    estonian = site.topic_titles_et
    topics = [
        {"topic": topic, "title": title} | ({"title_et": estonian[topic]} if estonian else {})
        for topic, title in site.topic_titles.items()
    ]
    labels = [_segment(segment, site) for segment in segments]
    of_site = {"site": site.site, "title": site.title, "unit": site.unit}
    of_site |= {"title_et": str(site.title_et), "unit_et": str(site.unit_et)} if estonian else {}
    told = {
        "standard": _STANDARD,
        "not_applicable": NOT_APPLICABLE,
        "site": of_site,
        "topics": topics,
        "segments": labels,
    }
    return as_json(told)


def _segment(segment: Segment, site: Site) -> dict[str, Any]:
    description = describe(segment, site.topic_titles)
    return {
        "segment": segment.segment,
        "title": segment.title,
        "description": description,
        **(_in_estonian(segment, site) if site.in_estonian else {}),
        "window": segment.window,
        "topics": _topics(segment),
        "taxonomies": _taxonomies(segment.iab),
        "data_label": _label(segment, site, description),
    }


def _in_estonian(segment: Segment, site: Site) -> dict[str, str | None]:
    return {"title_et": segment.title_et, "description_et": describe_in_estonian(segment, site.topic_titles_et)}


def _topics(segment: Segment) -> list[str]:
    """The topics that a member may have been on to become one, in the rule's order."""
    named = [topic for place, count in counts(segment.rule) if "not" not in place for topic in count.topics]
    return list(dict.fromkeys(named))


def _taxonomies(iab: Iab) -> list[dict[str, Any]]:
    used = ((AUDIENCE, iab.audience), (CONTENT, iab.content), (AD_PRODUCT, iab.ad_product))
    return [{"name": taxonomy.name, "version": taxonomy.version, "ids": list(ids)} for taxonomy, ids in used if ids]


def _label(segment: Segment, site: Site, description: str) -> dict[str, Any]:
    domain = urlsplit(site.policy.url).hostname
    nothing: dict[str, Any] = dict.fromkeys(NOT_APPLICABLE, _NONE)
    return {
        "provider_name": site.title,
        "provider_domain": domain,
        "provider_email": nothing["provider_email"],
        "audience_name": segment.title,
        "audience_id": segment.segment,
        "taxonomy_id_list": ";".join(segment.iab.audience),
        "audience_criteria": description,
        "audience_precision_levels": [nothing["audience_precision_levels"]],
        "audience_scope": "Single domain/App",
        "originating_domain": domain,
        "audience_size": nothing["audience_size"],
        "id_types": [nothing["id_types"]],
        "geocode_list": nothing["geocode_list"],
        # Differential privacy is on the standard's list by no other name; privacy.json tells of it.
        "privacy_compliance_mechanisms": ["Other (Not Listed)"],
        "privacy_policy_url": site.policy.url,
        "iab_techlab_compliant": "No",
        "data_sources": ["Web Usage"],
        "audience_inclusion_methodology": "Observed/Known",
        "audience_expansion": "No",
        "device_expansion": "No",
        "audience_refresh": _REFRESH[segment.window],
        "lookback_window": _REFRESH[segment.window],
        **{field: why for field, why in nothing.items() if field.startswith("onboarder_")},
    }
