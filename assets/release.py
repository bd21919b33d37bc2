"""The release: candidate, scan, gate, publication. Nothing but noise comes in from the left of these assets."""

from collections.abc import Iterator

import dagster as dg

from anonymizers.contract import Purpose, Sources
from anonymizers.counting.measure import NoisyTable
from anonymizers.engine import Table
from anonymizers.refusal import Reason, Refusal
from anonymizers.releasing.describe import release_name
from anonymizers.releasing.gate import CHECKS, Cleared, Evidence, examine
from anonymizers.releasing.leak_scan import LeakReport, must_search, scan
from anonymizers.releasing.release import Release, caveats, compose, compose_empty
from anonymizers.site import Site
from assets.raw import RAW_TABLES, read_for
from assets.resources import Ledger
from assets.silence import counts, silent


@dg.asset(io_manager_key="candidate_io_manager", group_name="noisy", kinds={"parquet", "csv"})
@silent
def release_candidate(
    context: dg.AssetExecutionContext,
    daily_topics: NoisyTable,
    daily_hours: NoisyTable,
    daily_topic_dayparts: NoisyTable,
    daily_browsers: NoisyTable,
    registration_statistics: NoisyTable,
    site: dg.ResourceParam[Site],
    sources: dg.ResourceParam[Sources],
) -> Release:
    """The files of the night as they would be published, in the restricted store until the gate has seen them."""
    tables = (daily_topics, daily_hours, daily_topic_dayparts, daily_browsers, registration_statistics)
    candidate = compose(site, site.day(context.partition_key), tables, caveats(sources))
    context.add_output_metadata(
        counts({"files": len(candidate.files), "bytes": sum(map(len, candidate.files.values()))})
    )
    return candidate


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
) -> LeakReport:
    """Searches every byte of the candidate for every personal value of the night's raw tables. Tells counts only."""
    raw = dict(zip(RAW_TABLES, (clickstream, ad_beacons, registrations), strict=True))
    columns = must_search(sources)
    empty = compose_empty(site, site.day(context.partition_key), caveats(sources))
    report = scan(release_candidate, empty, {name: (raw[name], columns[name]) for name in columns})
    context.add_output_metadata(
        counts({"columns_searched": len(report.searched), "values_found": sum(report.hits.values())})
    )
    return report


@dg.asset(
    io_manager_key="published_io_manager",
    group_name="published",
    kinds={"parquet", "csv"},
    check_specs=[
        dg.AssetCheckSpec(name, asset="published_release", blocking=True, description=check.__doc__)
        for name, check in CHECKS.items()
    ],
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
    """What partners may have: the candidate, once every check of the gate has passed. Final from then on."""
    day = site.day(context.partition_key)
    evidence = Evidence(
        site=site,
        day=day,
        seals=ledger.seals(release_name(day)),
        caveats=caveats(sources),
        must_search=must_search(sources),
        leak_report=leak_scan,
    )
    verdicts = examine(release_candidate, evidence)
    for verdict in verdicts:
        yield dg.AssetCheckResult(
            check_name=verdict.check,
            passed=verdict.passed,
            description=verdict.sentence,
            metadata=counts({"found": verdict.found}),
        )
    failed = [verdict for verdict in verdicts if not verdict.passed]
    if failed:
        raise Refusal("published_release", Reason.GATE, f"{failed[0].check}: {failed[0].sentence}")
    yield dg.Output(Cleared(release_candidate, evidence))
