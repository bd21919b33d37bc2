"""The `segments.json` of a release: what partners read about its segments, laid out as IAB data labels.

Field names and values follow the IAB Tech Lab's Data Transparency Standard 1.2 ("data label"); a label is made for sold
lists of people, so that fields on identifiers, places and onboarding say that there are none.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from anonymizers.releasing.describe import as_json
from anonymizers.segments.describe import describe
from anonymizers.segments.rule import Iab, Segment, counts
from anonymizers.segments.taxonomy import AD_PRODUCT, AUDIENCE, CONTENT
from anonymizers.site import Site

_STANDARD = {
    "name": "IAB Tech Lab Data Transparency Standard (data label)",
    "version": "1.2",
    "url": "https://iabtechlab.com/standards/the-data-transparency-standard-data-label/",
}
_REFRESH = {"day": ("Daily", "1 day"), "week": ("Weekly", "7 days")}
_NONE = "N/A"
_NEVER_INDIVIDUAL = "N/A: counts with noise; never an individual, a household, a device or a browser"


def segments_json(segments: Sequence[Segment], site: Site) -> bytes:
    """The labels of a release's segments, in their order, as JSON. From the site's configuration alone: no count of the data."""
    topics = [{"topic": topic, "title": title} for topic, title in site.topic_titles.items()]
    labels = [_segment(segment, site) for segment in segments]
    return as_json({"standard": _STANDARD, "topics": topics, "segments": labels})


def _segment(segment: Segment, site: Site) -> dict[str, Any]:
    description = describe(segment, site.topic_titles)
    return {
        "segment": segment.segment,
        "title": segment.title,
        "description": description,
        "window": segment.window,
        "topics": _topics(segment),
        "taxonomies": _taxonomies(segment.iab),
        "data_label": _label(segment, site, description),
    }


def _topics(segment: Segment) -> list[str]:
    """The topics that a member may have been on to become one, in the rule's order."""
    named = [topic for place, count in counts(segment.rule) if "not" not in place for topic in count.topics]
    return list(dict.fromkeys(named))


def _taxonomies(iab: Iab) -> list[dict[str, Any]]:
    used = ((AUDIENCE, iab.audience), (CONTENT, iab.content), (AD_PRODUCT, iab.ad_product))
    return [{"name": taxonomy.name, "version": taxonomy.version, "ids": list(ids)} for taxonomy, ids in used if ids]


def _label(segment: Segment, site: Site, description: str) -> dict[str, Any]:
    domain = urlsplit(site.policy.url).hostname
    refresh, lookback = _REFRESH[segment.window]
    return {
        "provider_name": site.title,
        "provider_domain": domain,
        "audience_name": segment.title,
        "audience_id": segment.segment,
        "taxonomy_id_list": ",".join(segment.iab.audience),
        "audience_criteria": description,
        "audience_precision_levels": [_NEVER_INDIVIDUAL],
        "audience_scope": "Single domain/App",
        "originating_domain": domain,
        "audience_size": "the release's tables of segments: visitors, with a 95 % interval",
        "id_types": [_NONE],
        "geocode_list": _NONE,
        "privacy_compliance_mechanisms": ["Differential privacy: privacy.json of the release"],
        "privacy_policy_url": site.policy.url,
        "iab_techlab_compliant": "No",
        "data_provenance": "First party",
        "data_sources": ["Web Usage"],
        "audience_inclusion_methodology": "Observed/Known",
        "audience_expansion": "No",
        "device_expansion": "No",
        "audience_refresh": refresh,
        "lookback_window": lookback,
        "onboarder_match_keys": _NONE,
        "onboarder_audience_expansion": _NONE,
        "onboarder_device_expansion": _NONE,
        "onboarder_audience_precision_level": _NONE,
    }
