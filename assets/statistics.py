"""The day's tables, each bounded, counted and given noise in one step. Exact counts exist only inside these bodies."""

from collections.abc import Callable

import dagster as dg

from anonymizers.contract import Purpose
from anonymizers.counting.measure import NoisyTable, measure, measure_registrations
from anonymizers.counting.mechanism import Noise
from anonymizers.counting.statistic import EVENT_STATISTICS, MEANINGS, REGISTRATIONS, Statistic
from anonymizers.engine import Table
from anonymizers.local_day import LocalDay
from anonymizers.releasing.describe import meaning, release_name
from anonymizers.site import Site
from assets.raw import read_for, set_aside_rows
from assets.resources import Ledger
from assets.silence import counts, silent

_STRIPPED_COLUMN = {"daypart": "hour"}


def _schema(statistic: Statistic) -> dg.TableSchema:
    return dg.TableSchema(
        [dg.TableColumn(field.name, str(field.type), meaning(field.name)) for field in statistic.schema()]
    )


def _lineage(statistic: Statistic) -> dg.TableColumnLineage:
    keys = ("traffic_date", *statistic.keys)
    keys_from = {key: [dg.TableColumnDep("stripped_events", _STRIPPED_COLUMN.get(key, key))] for key in keys}
    return dg.TableColumnLineage(
        keys_from | {metric: [dg.TableColumnDep("stripped_events", "visitor")] for metric in statistic.metrics}
    )


def _drawn(
    context: dg.AssetExecutionContext, site: Site, ledger: Ledger, draw: Callable[[LocalDay], NoisyTable]
) -> NoisyTable:
    """A table drawn once the ledger allows it, and written down there before anybody sees it."""
    day = site.day(context.partition_key)
    ledger.refuse_if_final(release_name(day))
    table = draw(day)
    ledger.record_draw(release_name(day), table)
    noise = {"cells_published": table.rows.num_rows, "rho": sum(mechanism.rho for mechanism in table.mechanisms)}
    context.add_output_metadata(counts(noise | {f"sigma_{m.metric}": round(m.sigma, 3) for m in table.mechanisms}))
    return table


def _daily_statistic(statistic: Statistic) -> dg.AssetsDefinition:
    @dg.asset(
        name=f"daily_{statistic.name}",
        description=f"{statistic.title}, with noise and 95 % intervals.\n\n{MEANINGS['events']}",
        io_manager_key="noisy_io_manager",
        group_name="noisy",
        kinds={"opendp", "parquet"},
        metadata={"dagster/column_schema": _schema(statistic), "dagster/column_lineage": _lineage(statistic)},
    )
    @silent
    def daily_statistic(
        context: dg.AssetExecutionContext,
        stripped_events: Table,
        site: dg.ResourceParam[Site],
        noise: dg.ResourceParam[Noise],
        ledger: dg.ResourceParam[Ledger],
    ) -> NoisyTable:
        return _drawn(
            context, site, ledger, lambda day: measure(stripped_events, statistic, site=site, day=day, noise=noise)
        )

    return daily_statistic


daily_statistics = [_daily_statistic(statistic) for statistic in EVENT_STATISTICS]


@dg.asset(
    ins={"registrations": read_for("registrations", Purpose.REGISTRATION_STATISTICS)},
    deps=[set_aside_rows],
    io_manager_key="noisy_io_manager",
    group_name="noisy",
    kinds={"opendp", "parquet"},
    metadata={"dagster/column_schema": _schema(REGISTRATIONS)},
)
@silent
def registration_statistics(
    context: dg.AssetExecutionContext,
    registrations: Table,
    site: dg.ResourceParam[Site],
    noise: dg.ResourceParam[Noise],
    ledger: dg.ResourceParam[Ledger],
) -> NoisyTable:
    """New accounts by kind of customer, with noise; counted apart from the events (promise 4)."""
    return _drawn(
        context, site, ledger, lambda day: measure_registrations(registrations, site=site, day=day, noise=noise)
    )


STATISTIC_OF_ASSET = {f"daily_{statistic.name}": statistic for statistic in EVENT_STATISTICS} | {
    "registration_statistics": REGISTRATIONS
}
"""Which statistic an asset of this module makes, for the IO manager that stores it."""
