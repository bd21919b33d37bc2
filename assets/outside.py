"""The search outside the restricted store, after every night and week: it reads raw tables and Dagster's home, and tells counts.

It depends on no step of the night, so that a night that failed is searched too: errors are where rows get out.
"""

from collections.abc import Mapping, Sequence
from datetime import date

import dagster as dg

from anonymizers.cataloguing.catalogue import catalogue
from anonymizers.cataloguing.speech import own_words
from anonymizers.cataloguing.standing import Store
from anonymizers.contract import Purpose, Sources
from anonymizers.engine import Table
from anonymizers.local_day import iso_week
from anonymizers.releasing.edition import daily_edition, weekly_edition
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
    return _scanned((clickstream, ad_beacons, registrations), context, site, sources, outside)


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
    return _scanned((clickstream, ad_beacons, registrations), context, site, sources, outside)


def _scanned(
    tables: Sequence[Table], context: dg.AssetExecutionContext, site: Site, sources: Sources, outside: Outside
) -> dg.MaterializeResult:
    columns = must_search(sources)
    raw = {name: (table, columns[name]) for name, table in zip(RAW_TABLES, tables, strict=True) if name in columns}
    empty = _empty_store(date.fromisoformat(context.partition_key), site, sources)
    report = scan_outside(outside.files(), empty, raw)
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


def _empty_store(day: date, site: Site, sources: Sources) -> Mapping[str, bytes]:
    """What would stand published if nobody had come: a night's and a week's release, their catalogue, and its words."""
    columns = must_search(sources)
    releases = {
        edition.release: compose_empty(site, edition, caveats(sources), columns).files
        for edition in (daily_edition(day), weekly_edition(iso_week(day), ()))
    }
    files = {f"{release}/{name}": content for release, found in releases.items() for name, content in found.items()}
    return {**files, **catalogue(Store(releases, {})), "words": own_words().encode()}
