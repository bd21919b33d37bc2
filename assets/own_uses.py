"""What the site does with personal data for itself: mailing lists, diagnosis of the server, audit of the cookies.

All of it ends here, in the restricted store: no asset reads these, so that none of them has a way to a partner.
"""

from collections.abc import Iterator

import dagster as dg

from anonymizers.contract import Purpose
from anonymizers.engine import Table
from anonymizers.own_uses.cookies import HIDDEN, CookieAudit, audit
from anonymizers.own_uses.diagnostics import Diagnostics, diagnose
from anonymizers.own_uses.mailing import MailingList, draw_up
from anonymizers.site import Site
from assets.raw import read_for
from assets.resources import MailingRecords, Suppressions
from assets.silence import column_names, counts, silent

COOKIES_CHECK = "cookies_hold_nothing_personal"


@dg.asset(
    ins={
        "registrations": read_for("registrations", Purpose.MAILING),
        "left_out": dg.AssetIn("suppressions"),
    },
    io_manager_key="own_use_io_manager",
    group_name="restricted",
    kinds={"parquet", "csv"},
)
@silent
def mailing_list(
    context: dg.AssetExecutionContext,
    registrations: Table,
    left_out: Table,
    suppressions: dg.ResourceParam[Suppressions],
    mailing_records: dg.ResourceParam[MailingRecords],
) -> MailingList:
    """Who asked for newsletters or offers and has not objected, for the site's own mail tool alone (promises 2 and 9)."""
    suppressions.take_in()  # this step may be launched alone, days after the one that made `left_out`
    accounts = registrations.engine.fetch(registrations).to_pylist()
    names = {(row["account_id"] or "").strip() for row in accounts} - {""}
    of_tonight = frozenset(int(who) for who in left_out.engine.fetch(left_out)["who"].to_pylist() if who is not None)
    excluded = suppressions.excluded("account", names, of_tonight)
    drawn = draw_up(accounts, excluded=excluded, unsubscribed=mailing_records.unsubscribed(), key=mailing_records.key())
    context.add_output_metadata(
        counts({**drawn.by_kind, "objected": drawn.objected, "without_address": drawn.without_address})
    )
    return drawn


@dg.asset(
    ins={
        "page_views": read_for("clickstream", Purpose.DIAGNOSTICS),
        "ad_events": read_for("ad_beacons", Purpose.DIAGNOSTICS),
    },
    io_manager_key="own_use_io_manager",
    group_name="restricted",
    kinds={"parquet", "sql"},
)
@silent
def server_diagnostics(
    context: dg.AssetExecutionContext, page_views: Table, ad_events: Table, site: dg.ResourceParam[Site]
) -> Diagnostics:
    """Requests and errors by hour, status and network; the one step that reads an address (promise 5). Counts only here."""
    requests = page_views.engine.query(
        "SELECT 'clickstream' AS source, * FROM $views UNION ALL SELECT 'ad_beacons' AS source, * FROM $ads",
        views=page_views, ads=ad_events,
    )  # fmt: skip
    diagnosed = diagnose(requests, site.day(context.partition_key))
    context.add_output_metadata(counts(diagnosed.told))
    return diagnosed


@dg.asset(
    ins={
        "page_views": read_for("clickstream", Purpose.COOKIE_AUDIT),
        "ad_events": read_for("ad_beacons", Purpose.COOKIE_AUDIT),
    },
    io_manager_key="own_use_io_manager",
    group_name="restricted",
    kinds={"json"},
    check_specs=[
        dg.AssetCheckSpec(
            COOKIES_CHECK,
            asset="cookie_audit",
            description="Cookies hold a user id and pages visited, never a password or other personal data (promise 6).",
        )
    ],
)
@silent
def cookie_audit(
    context: dg.AssetExecutionContext, page_views: Table, ad_events: Table
) -> Iterator[dg.AssetCheckResult | dg.Output[CookieAudit]]:
    """Whether the site's cookies hold what they must not, by cookie name and count (promise 6). It stops no release."""
    found = audit(page_views, ad_events)
    names = [name if name != HIDDEN else "" for name in found.names]
    told = counts({"cookies_found": len(found.names), "cookies_looked_at": found.looked_at} | _by_finding(found))
    yield dg.AssetCheckResult(
        check_name=COOKIES_CHECK,
        passed=not found.names,
        description=f"{len(found.names)} cookie(s) hold what they must not; mend the site that sets them"
        if found.names
        else "no cookie holds what it must not",
        metadata=told | {"cookies": column_names(names)},
    )
    yield dg.Output(found, metadata=told)


def _by_finding(found: CookieAudit) -> dict[str, int]:
    return {finding.name.lower(): number for finding, number in found.findings.items()}
