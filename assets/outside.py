"""The search outside the restricted store, after every night and week: it reads raw tables and Dagster's home, and tells counts.

It depends on no step of the night, so that a night that failed is searched too: errors are where rows get out.
"""

from collections.abc import Sequence
from datetime import date

import dagster as dg

from anonymizers.contract import Purpose, Sources
from anonymizers.engine import Table
from anonymizers.local_day import iso_week
from anonymizers.releasing.edition import Edition, daily_edition, weekly_edition
from anonymizers.releasing.release import caveats, compose_empty
from anonymizers.searching.leak_scan import must_search
from anonymizers.searching.outside_scan import scan_outside
from anonymizers.site import Site
from assets.raw import RAW_TABLES, read_for
from assets.resources import Outside
from assets.silence import counts, silent

NOTHING_OUTSIDE = "nothing_personal_outside"
_LAST = {"dagster/priority": "-100"}
"""The executor takes what is ready by priority: so this comes after all that can still run, whatever failed before."""


def _spec(asset: str) -> Sequence[dg.AssetCheckSpec]:
    """Not blocking: a stranger may choose a page title that equals a line of a log, and must not stop a release by it."""
    told = "No personal value of the raw tables stands in the event store, the ledger, published files or logs."
    return [dg.AssetCheckSpec(NOTHING_OUTSIDE, asset=asset, blocking=False, description=told)]


@dg.asset(
    ins={table: read_for(table, Purpose.LEAK_SCAN) for table in RAW_TABLES},
    op_tags=_LAST,
    group_name="restricted",
    kinds={"sql"},
    check_specs=_spec("outside_scan"),
)
@silent
def outside_scan(
    context: dg.AssetExecutionContext,
    clickstream: Table,
    ad_beacons: Table,
    registrations: Table,
    site: dg.ResourceParam[Site],
    sources: dg.ResourceParam[Sources],
    outside: dg.ResourceParam[Outside],
) -> dg.MaterializeResult:
    """Searches all that the night left outside the restricted store for its personal values. Runs last; stops nothing."""
    edition = daily_edition(date.fromisoformat(context.partition_key))
    return _scanned((clickstream, ad_beacons, registrations), edition, site, sources, outside)


@dg.asset(
    ins={table: read_for(table, Purpose.LEAK_SCAN) for table in RAW_TABLES},
    op_tags=_LAST,
    group_name="restricted",
    kinds={"sql"},
    check_specs=_spec("weekly_outside_scan"),
)
@silent
def weekly_outside_scan(
    context: dg.AssetExecutionContext,
    clickstream: Table,
    ad_beacons: Table,
    registrations: Table,
    site: dg.ResourceParam[Site],
    sources: dg.ResourceParam[Sources],
    outside: dg.ResourceParam[Outside],
) -> dg.MaterializeResult:
    """Searches all that the week left outside the restricted store for its personal values. Runs last; stops nothing."""
    edition = weekly_edition(iso_week(date.fromisoformat(context.partition_key)), ())
    return _scanned((clickstream, ad_beacons, registrations), edition, site, sources, outside)


def _scanned(
    tables: Sequence[Table], edition: Edition, site: Site, sources: Sources, outside: Outside
) -> dg.MaterializeResult:
    columns = must_search(sources)
    raw = {name: (table, columns[name]) for name, table in zip(RAW_TABLES, tables, strict=True) if name in columns}
    report = scan_outside(outside.files(), compose_empty(site, edition, caveats(sources), columns).files, raw)
    if report.clean:
        outside.settle()
    told = {
        "values_found": sum(report.hits.values()),
        "look_personal": sum(report.looks.values()),
        "files": report.files,
        "unreadable": report.unreadable,
    }
    check = dg.AssetCheckResult(check_name=NOTHING_OUTSIDE, passed=report.clean, metadata=counts(told))
    return dg.MaterializeResult(metadata=counts(told), check_results=[check])
