"""A schema.org/Dataset block (JSON-LD) for search machines, from release files alone. Where it stands on a page: `page.py`.

Fields as schema.org defines them, with those that Google's guide to dataset markup asks for.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

_DESCRIPTION = (50, 5000)
"""Characters that Google takes."""


def dataset(
    releases: Mapping[str, Mapping[str, bytes]],
    *,
    name: str,
    description: str,
    language: str,
    days: Sequence[date] = (),
) -> dict[str, Any]:
    """The block for one release or a whole catalogue.

    `releases` is name -> files of those that are offered for download, the newest first; addresses are relative to the
    published store. `name` and `description` (50 to 5000 characters; a shorter one is completed) are what people read, in
    `language` (as `et`); `days` is the first and the last day that the whole catalogue covers.
    """
    packages = {release: json.loads(files["datapackage.json"]) for release, files in releases.items()}
    first = next(iter(releases.values()), None)
    return {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "name": name,
        "description": _long_enough(description),
        "inLanguage": language,
        "isAccessibleForFree": False,
        "measurementTechnique": "Differential privacy",
        **(_of_site(first) if first else {}),
        **({"temporalCoverage": f"{min(days)}/{max(days)}"} if days else {}),
        "variableMeasured": _variables(packages.values()),
        "distribution": [
            {
                "@type": "DataDownload",
                "name": resource["title"],
                "contentUrl": f"{release}/{resource['path']}",
                "encodingFormat": resource["mediatype"],
                "sha256": resource["hash"].removeprefix("sha256:"),
            }
            for release, package in packages.items()
            for resource in package["resources"]
        ],
    }


def _long_enough(description: str) -> str:
    least, most = _DESCRIPTION
    more = (
        "" if len(description) >= least else " Differentially private audience statistics: every number is an estimate."
    )
    return f"{description}{more}"[:most]


def _of_site(files: Mapping[str, bytes]) -> dict[str, Any]:
    labels = [told["data_label"] for told in json.loads(files["segments.json"])["segments"]]
    policy = json.loads(files["privacy.json"])["policy"]["url"]
    site = labels[0]["provider_name"] if labels else json.loads(files["manifest.json"])["site"]
    return {"creator": {"@type": "Organization", "name": site}, "usageInfo": policy}


def _variables(packages: Any) -> list[dict[str, Any]]:
    """The numbers that the tables hold, each once, without the ends of their intervals."""
    told = {
        field["name"]: field["description"]
        for package in packages
        for resource in package["resources"]
        for field in resource["schema"]["fields"]
        if "unit" in field and not field["name"].endswith(("_low", "_high"))
    }
    return [{"@type": "PropertyValue", "name": name, "description": words} for name, words in told.items()]
