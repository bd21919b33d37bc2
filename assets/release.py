"""Releases, of a day and of a week: candidate, scan, gate, publication. Only what was drawn with noise comes in here."""

from collections.abc import Iterator, Sequence

import dagster as dg

from anonymizers.contract import Purpose, Sources
from anonymizers.counting.plan import plan
from anonymizers.engine import Table
from anonymizers.estimating.estimate import estimate
from anonymizers.refusal import Reason, Refusal
from anonymizers.releasing.edition import Edition
from anonymizers.releasing.gate import Cleared, Evidence, examine
from anonymizers.releasing.release import Release, caveats, compose, compose_empty
from anonymizers.releasing.rules import RULES
from anonymizers.searching.leak_scan import LeakReport, must_search, scan
from anonymizers.site import Site
from assets.editions import edition_of_day, edition_of_week
from assets.raw import RAW_TABLES, read_for
from assets.resources import Ledger
from assets.silence import counts, silent
from assets.statistics import daily_statistics, registration_statistics, weekly_segments


@dg.asset(
    deps=[daily_statistics, registration_statistics],
    io_manager_key="candidate_io_manager",
    group_name="noisy",
    kinds={"parquet", "csv"},
)
@silent
def release_candidate(
    context: dg.AssetExecutionContext,
    site: dg.ResourceParam[Site],
    sources: dg.ResourceParam[Sources],
    ledger: dg.ResourceParam[Ledger],
) -> Release:
    """The files of the day as they would be published, in the restricted store until the gate has seen them."""
    return _composed(context, edition_of_day(context, ledger), site, sources, ledger)


@dg.asset(deps=[weekly_segments], io_manager_key="candidate_io_manager", group_name="noisy", kinds={"parquet", "csv"})
@silent
def weekly_candidate(
    context: dg.AssetExecutionContext,
    site: dg.ResourceParam[Site],
    sources: dg.ResourceParam[Sources],
    ledger: dg.ResourceParam[Ledger],
) -> Release:
    """The files of the week as they would be published, in the restricted store until the gate has seen them."""
    return _composed(context, edition_of_week(context, ledger), site, sources, ledger)


@dg.asset(
    ins={table: read_for(table, Purpose.LEAK_SCAN) for table in RAW_TABLES},
    io_manager_key="report_io_manager",
    group_name="noisy",
    kinds={"json", "sql"},
)
@silent
def leak_scan(
    context: dg.AssetExecutionContext,
    release_candidate: Release,
    clickstream: Table,
    ad_beacons: Table,
    registrations: Table,
    site: dg.ResourceParam[Site],
    sources: dg.ResourceParam[Sources],
    ledger: dg.ResourceParam[Ledger],
) -> LeakReport:
    """Searches every byte of the candidate for every personal value of the night's raw tables. Tells counts only."""
    raw = (clickstream, ad_beacons, registrations)
    return _scanned(context, release_candidate, raw, edition_of_day(context, ledger), site, sources)


@dg.asset(
    ins={table: read_for(table, Purpose.LEAK_SCAN) for table in RAW_TABLES},
    io_manager_key="report_io_manager",
    group_name="noisy",
    kinds={"json", "sql"},
)
@silent
def weekly_leak_scan(
    context: dg.AssetExecutionContext,
    weekly_candidate: Release,
    clickstream: Table,
    ad_beacons: Table,
    registrations: Table,
    site: dg.ResourceParam[Site],
    sources: dg.ResourceParam[Sources],
    ledger: dg.ResourceParam[Ledger],
) -> LeakReport:
    """Searches every byte of the candidate for every personal value of the week's raw tables. Tells counts only."""
    raw = (clickstream, ad_beacons, registrations)
    return _scanned(context, weekly_candidate, raw, edition_of_week(context, ledger), site, sources)


def _check_specs(asset: str) -> Sequence[dg.AssetCheckSpec]:
    return [
        dg.AssetCheckSpec(name, asset=asset, blocking=True, description=rule.description)
        for name, rule in RULES.items()
    ]


@dg.asset(
    io_manager_key="published_io_manager",
    group_name="published",
    kinds={"parquet", "csv"},
    check_specs=_check_specs("published_release"),
)
@silent
def published_release(
    context: dg.AssetExecutionContext,
    release_candidate: Release,
    leak_scan: LeakReport,
    site: dg.ResourceParam[Site],
    sources: dg.ResourceParam[Sources],
    ledger: dg.ResourceParam[Ledger],
) -> Iterator[dg.AssetCheckResult | dg.Output[Cleared]]:
    """What partners may have of a day: the candidate, once every check of the gate has passed. Final from then on."""
    yield from _judged(release_candidate, leak_scan, edition_of_day(context, ledger), site, sources, ledger)


@dg.asset(
    io_manager_key="published_io_manager",
    group_name="published",
    kinds={"parquet", "csv"},
    check_specs=_check_specs("weekly_release"),
)
@silent
def weekly_release(
    context: dg.AssetExecutionContext,
    weekly_candidate: Release,
    weekly_leak_scan: LeakReport,
    site: dg.ResourceParam[Site],
    sources: dg.ResourceParam[Sources],
    ledger: dg.ResourceParam[Ledger],
) -> Iterator[dg.AssetCheckResult | dg.Output[Cleared]]:
    """What partners may have of a week. Once it stands, the week's key is destroyed."""
    edition = edition_of_week(context, ledger)
    yield from _judged(weekly_candidate, weekly_leak_scan, edition, site, sources, ledger)


def _composed(
    context: dg.AssetExecutionContext, edition: Edition, site: Site, sources: Sources, ledger: Ledger
) -> Release:
    tables = estimate(plan(site, edition.window), site, edition.period, ledger.draws(edition.release))
    candidate = compose(site, edition, tables, caveats(sources), must_search(sources))
    rows = {f"{table.statistic.name}_rows": table.rows.num_rows for table in tables}
    context.add_output_metadata(counts(rows | {"bytes": sum(map(len, candidate.files.values()))}))
    return candidate


def _scanned(
    context: dg.AssetExecutionContext,
    candidate: Release,
    tables: Sequence[Table],
    edition: Edition,
    site: Site,
    sources: Sources,
) -> LeakReport:
    columns = must_search(sources)
    raw = {name: (table, columns[name]) for name, table in zip(RAW_TABLES, tables, strict=True) if name in columns}
    report = scan(candidate, compose_empty(site, edition, caveats(sources), columns), raw)
    told = {
        "columns_searched": len(report.searched),
        "values_found": sum(report.hits.values()),
        "cut_short": report.cut_short,
    }
    context.add_output_metadata(counts(told))
    return report


def _judged(
    candidate: Release, report: LeakReport, edition: Edition, site: Site, sources: Sources, ledger: Ledger
) -> Iterator[dg.AssetCheckResult | dg.Output[Cleared]]:
    evidence = Evidence(
        site=site,
        edition=edition,
        draws=ledger.draws(edition.release),
        caveats=caveats(sources),
        must_search=must_search(sources),
        leak_report=report,
    )
    verdicts = examine(candidate, evidence)
    for verdict in verdicts:
        yield dg.AssetCheckResult(
            check_name=verdict.check,
            passed=verdict.passed,
            description=verdict.sentence,
            metadata=counts({"found": verdict.found}),
        )
    failed = [verdict for verdict in verdicts if not verdict.passed]
    if failed:
        ledger.record_refusal(edition.release, Reason.GATE)
        raise Refusal(edition.release, Reason.GATE, f"{failed[0].check}: {failed[0].sentence}")
    yield dg.Output(Cleared(candidate, evidence))
