"""The strip as an asset: the last place that sees a visitor's URL, user agent, cookie or account."""

import dagster as dg
import pyarrow as pa

from anonymizers.contract import Purpose
from anonymizers.engine import Table
from anonymizers.site import Site
from anonymizers.stripping.objections import Excluded
from anonymizers.stripping.strip import STRIPPED_EVENTS, strip
from assets.editions import edition_of_day
from assets.raw import read_for, set_aside_rows
from assets.resources import Ledger, Suppressions, WeekKeys
from assets.silence import counts, silent

_SCHEMA = dg.TableSchema([dg.TableColumn(name, kind, meaning) for name, (kind, meaning) in STRIPPED_EVENTS.items()])
_LINEAGE = dg.TableColumnLineage(
    {
        "traffic_date": [
            dg.TableColumnDep("raw_clickstream", "instant"),
            dg.TableColumnDep("raw_ad_beacons", "instant"),
        ],
        "hour": [dg.TableColumnDep("raw_clickstream", "instant"), dg.TableColumnDep("raw_ad_beacons", "instant")],
        "visitor": [
            dg.TableColumnDep("raw_clickstream", "account_id"),
            dg.TableColumnDep("raw_clickstream", "cookie_id"),
            dg.TableColumnDep("raw_ad_beacons", "cookie_id"),
        ],
        "topic": [dg.TableColumnDep("raw_clickstream", "url"), dg.TableColumnDep("raw_ad_beacons", "ad_topic")],
        "action": [dg.TableColumnDep("raw_ad_beacons", "action")],
        **{
            flag: [dg.TableColumnDep("raw_clickstream", "consent"), dg.TableColumnDep("raw_ad_beacons", "consent")]
            for flag in ("for_tables", "for_segments")
        },
        **{
            column: [
                dg.TableColumnDep("raw_clickstream", "user_agent"),
                dg.TableColumnDep("raw_ad_beacons", "user_agent"),
            ]
            for column in ("browser", "device", "os")
        },
    }
)


@dg.asset(
    ins={
        "page_views": read_for("clickstream", Purpose.AUDIENCE),
        "ad_events": read_for("ad_beacons", Purpose.AUDIENCE),
        "left_out": dg.AssetIn("suppressions"),
    },
    deps=[set_aside_rows],  # what cannot be read is put aside before anything is counted
    io_manager_key="restricted_io_manager",
    group_name="restricted",
    kinds={"parquet", "sql"},
    metadata={"dagster/column_schema": _SCHEMA, "dagster/column_lineage": _LINEAGE},
)
@silent
def stripped_events(
    context: dg.AssetExecutionContext,
    page_views: Table,
    ad_events: Table,
    left_out: Table,
    site: dg.ResourceParam[Site],
    week_keys: dg.ResourceParam[WeekKeys],
    ledger: dg.ResourceParam[Ledger],
    suppressions: dg.ResourceParam[Suppressions],
) -> Table:
    """Events in which every word is from a closed list: no URL, user agent, cookie or account. Restricted.

    A published day is not stripped again: its week counts the events that the day counted, and no late ones.
    """
    edition_of_day(context, ledger)
    day = site.day(context.partition_key)
    excluded = Excluded(left_out, left_out.engine.table(pa.table({"key": [suppressions.key()]})))
    stripped, report = strip(
        page_views, ad_events, site=site, day=day, key=week_keys.of(day.iso_week), excluded=excluded
    )
    context.add_output_metadata(counts(report.numbers))
    return stripped
