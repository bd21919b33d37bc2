"""Retention as an asset: every night what is due is deleted, and the UI shows how much. What is due stands in `site.yaml`."""

import dagster as dg

from anonymizers.refusal import Reason, Refusal
from assets.resources import Stores
from assets.silence import counts, silent


@dg.asset(group_name="restricted", kinds={"file"})
@silent
def retention(context: dg.AssetExecutionContext, stores: dg.ResourceParam[Stores]) -> None:
    """Deletes what each store has kept for its days, and says how much. Depends on nothing, so that no failure delays it.

    Fails, once all else is deleted, where a week that is never released keeps its events for more than twice their days.
    """
    deleted = stores.delete_due()
    if overdue := deleted.get("stripped_events_overdue"):
        raise Refusal(
            "retention", Reason.STORE,
            f"what is due is deleted, but {overdue} file(s) of stripped events wait since twice their days for their week's "
            "release; publish the week's open days, or give them up with koond mark",
        )  # fmt: skip
    context.add_output_metadata(counts(deleted))
