"""The catalogue as assets: after each release its pages are made anew. What they say, `anonymizers.cataloguing` says.

A catalogue that cannot be made fails a check and nothing else: the release stands before it begins.
"""

from collections.abc import Mapping

import dagster as dg

from anonymizers.refusal import Refusal
from assets.release import published_release, weekly_release
from assets.resources import CatalogueStore
from assets.silence import counts, silent

CHECK = "catalogue_tells_every_release"


def _check_spec(asset: str) -> list[dg.AssetCheckSpec]:
    told = "The pages were made anew, of every release as the ledger knows it."
    return [dg.AssetCheckSpec(CHECK, asset=asset, blocking=False, description=told)]


@dg.asset(
    deps=[published_release], group_name="published", kinds={"html", "json"}, check_specs=_check_spec("catalogue")
)
@silent
def catalogue(
    context: dg.AssetExecutionContext, catalogue_store: dg.ResourceParam[CatalogueStore]
) -> dg.MaterializeResult:
    """Makes the pages for people and latest.json for programs anew, of what stands published."""
    return _made(catalogue_store)


@dg.asset(
    deps=[weekly_release], group_name="published", kinds={"html", "json"}, check_specs=_check_spec("weekly_catalogue")
)
@silent
def weekly_catalogue(
    context: dg.AssetExecutionContext, catalogue_store: dg.ResourceParam[CatalogueStore]
) -> dg.MaterializeResult:
    """Makes the pages for people and latest.json for programs anew, with the week's release."""
    return _made(catalogue_store)


def _made(store: CatalogueStore) -> dg.MaterializeResult:
    told: Mapping[str, int] = {}
    sentence = ""
    try:
        told = store.write()
    except Refusal as refusal:
        sentence = str(refusal)
    result = dg.AssetCheckResult(
        check_name=CHECK, passed=not sentence, severity=dg.AssetCheckSeverity.WARN, description=sentence or None
    )
    return dg.MaterializeResult(metadata=counts(told), check_results=[result])
