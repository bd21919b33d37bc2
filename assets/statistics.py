"""What is drawn, once for each release: bounded, counted and given noise in one step.

Exact counts exist only inside these bodies. A draw stands in the ledger, beside what it cost; the files are made from there.
"""

import dagster as dg

from anonymizers.contract import Purpose
from anonymizers.counting.draw import Draw
from anonymizers.counting.measure import measure_events, measure_registrations
from anonymizers.counting.mechanism import Noise
from anonymizers.counting.plan import plan
from anonymizers.counting.statistic import EVENTS, REGISTRATIONS_PART
from anonymizers.engine import Table
from anonymizers.site import Site
from anonymizers.vocabulary import DAY, WEEK
from assets.editions import edition_of_day, edition_of_week
from assets.raw import read_for, set_aside_rows
from assets.resources import Ledger
from assets.silence import counts, silent


def _tell(context: dg.AssetExecutionContext, draw: Draw, rho: float) -> None:
    numbers = sum(len(drawn) for measures in draw.numbers.values() for drawn in measures.values())
    context.add_output_metadata(counts({"numbers_drawn": numbers, "rho": rho}))


@dg.asset(group_name="noisy", kinds={"opendp", "sql"})
@silent
def daily_statistics(
    context: dg.AssetExecutionContext,
    stripped_events: Table,
    site: dg.ResourceParam[Site],
    noise: dg.ResourceParam[Noise],
    ledger: dg.ResourceParam[Ledger],
) -> None:
    """Every daily table that counts events, with noise; in the ledger, paid for before it was drawn."""
    edition, spent = edition_of_day(context, ledger), plan(site, DAY)
    draw = ledger.draw_once(
        spent.spend(edition.release, edition.iso_week),
        EVENTS,
        lambda: measure_events(stripped_events, site=site, plan=spent, release=edition.release, noise=noise),
    )
    _tell(context, draw, spent.rho)


@dg.asset(
    ins={"registrations": read_for("registrations", Purpose.REGISTRATION_STATISTICS)},
    deps=[set_aside_rows],
    group_name="noisy",
    kinds={"opendp", "sql"},
)
@silent
def registration_statistics(
    context: dg.AssetExecutionContext,
    registrations: Table,
    site: dg.ResourceParam[Site],
    noise: dg.ResourceParam[Noise],
    ledger: dg.ResourceParam[Ledger],
) -> None:
    """New accounts by kind of customer, with noise; counted apart from the events (promise 4)."""
    edition, spent = edition_of_day(context, ledger), plan(site, DAY)
    draw = ledger.draw_once(
        spent.spend(edition.release, edition.iso_week),
        REGISTRATIONS_PART,
        lambda: measure_registrations(registrations, site=site, plan=spent, release=edition.release, noise=noise),
    )
    _tell(context, draw, spent.rho)


@dg.asset(group_name="noisy", kinds={"opendp", "sql"})
@silent
def weekly_segments(
    context: dg.AssetExecutionContext,
    stripped_events: Table,
    site: dg.ResourceParam[Site],
    noise: dg.ResourceParam[Noise],
    ledger: dg.ResourceParam[Ledger],
) -> None:
    """Every weekly table, with noise: each visitor once a week, by the pseudonym of the week."""
    edition, spent = edition_of_week(context, ledger), plan(site, WEEK)
    draw = ledger.draw_once(
        spent.spend(edition.release, edition.iso_week),
        EVENTS,
        lambda: measure_events(stripped_events, site=site, plan=spent, release=edition.release, noise=noise),
    )
    _tell(context, draw, spent.rho)
