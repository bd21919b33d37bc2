"""Retention as an asset: every night what is due is deleted, and the UI shows how much. What is due stands in `site.yaml`."""

import dagster as dg

from assets.resources import Stores
from assets.silence import counts, silent


@dg.asset(group_name="restricted", kinds={"file"})
@silent
def retention(context: dg.AssetExecutionContext, stores: dg.ResourceParam[Stores]) -> None:
    """Deletes what each store has kept for its days, and says how much. Depends on nothing, so that no failure delays it."""
    context.add_output_metadata(counts(stores.delete_due()))
