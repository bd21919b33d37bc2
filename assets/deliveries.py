"""Deliveries as assets: after each release, every partner gets what was agreed. What that is, `anonymizers.delivering` says.

A partner that cannot be served fails a check and nothing else: neither the other partners nor the release.
"""

from collections import Counter

import dagster as dg

from anonymizers.delivering.outcome import State
from assets.release import published_release, weekly_release
from assets.resources import Courier
from assets.silence import counts, silent

CHECK = "every_partner_was_served"


def _check_spec(asset: str) -> list[dg.AssetCheckSpec]:
    told = "Every partner with a valid contract has the agreed part of every release of the last two weeks."
    return [dg.AssetCheckSpec(CHECK, asset=asset, blocking=False, description=told)]


@dg.asset(deps=[published_release], group_name="published", kinds={"file"}, check_specs=_check_spec("deliveries"))
@silent
def deliveries(context: dg.AssetExecutionContext, courier: dg.ResourceParam[Courier]) -> dg.MaterializeResult:
    """Gives every partner the agreed part of what was released, and tries again what failed before."""
    return _served(courier)


@dg.asset(deps=[weekly_release], group_name="published", kinds={"file"}, check_specs=_check_spec("weekly_deliveries"))
@silent
def weekly_deliveries(context: dg.AssetExecutionContext, courier: dg.ResourceParam[Courier]) -> dg.MaterializeResult:
    """Gives every partner the agreed part of the week's release, and tries again what failed before."""
    return _served(courier)


def _served(courier: Courier) -> dg.MaterializeResult:
    outcomes = courier.deliver_waiting()
    by_state = Counter(outcome.state for outcome in outcomes)
    told = {state.value: by_state[state] for state in State} | {"files_sent": sum(outcome.sent for outcome in outcomes)}
    failed = Counter(f"{each.partner}: {each.sentence}" for each in outcomes if each.sentence)
    result = dg.AssetCheckResult(
        check_name=CHECK,
        passed=not failed,
        severity=dg.AssetCheckSeverity.WARN,
        description="; ".join(f"{why} ({many} releases)" if many > 1 else why for why, many in failed.items())
        or "nothing is waiting",
        metadata=counts(told),
    )
    return dg.MaterializeResult(metadata=counts(told), check_results=[result])
