"""The raw tables, as Dagster sees them: outside assets that are read by purpose, and the rows that could not be read.

How a source is read stands in `pipelines/sources`; here stands only what it is and who may ask.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg
import pyarrow as pa

from anonymizers.contract import Purpose, Source, Sources
from anonymizers.engine import Table
from anonymizers.stripping.objections import Excluded, without_excluded
from assets.resources import Suppressions
from assets.silence import column_names, counts, silent

RAW_TABLES = ("clickstream", "ad_beacons", "registrations")
_TITLES = {
    "clickstream": "Page views of the site as its collector wrote them. Full of personal data; read by purpose only.",
    "ad_beacons": "Views, scroll-overs and clicks of advertisements as the beacon wrote them. Read by purpose only.",
    "registrations": "Accounts with name, e-mail and address. Never linked with the statistics (promise 4).",
}


@dataclass(frozen=True)
class Intake:
    """What of a raw table could not be taken in: broken rows, and columns that its contract does not name."""

    broken: Table
    """source, reason, raw; and account_id and cookie_id, where a row could be read so far."""
    unknown_columns: tuple[str, ...]


def raw_asset(table: str, source: Source | None) -> dg.AssetSpec:
    """The outside asset of one raw table, with its contract as column schema."""
    return dg.AssetSpec(
        f"raw_{table}",
        description=_TITLES[table],
        group_name="raw_sources",
        kinds={source.format if source else "none"},
        metadata={"dagster/column_schema": _schema(source)} if source else {},
    ).with_io_manager_key("source_io_manager")


def raw_assets(sources: Sources) -> Sequence[dg.AssetSpec]:
    """The three raw tables of a site; one that the site does not have is there and empty."""
    return [raw_asset(table, sources.of(table)) for table in RAW_TABLES]


def _schema(source: Source) -> dg.TableSchema:
    return dg.TableSchema(
        [
            dg.TableColumn(
                role.value,
                type=column.column_class.value,
                description=f"read for: {', '.join(column.purposes) or 'nothing'}",
            )
            for role, column in source.columns.items()
        ]
    )


def read_for(table: str, purpose: Purpose, **more: str) -> dg.AssetIn:
    """The input that gives an asset the columns of a raw table that its purpose may read, and no others."""
    return dg.AssetIn(f"raw_{table}", metadata={"purpose": purpose.value, **more})


@dg.asset(
    ins={
        "clickstream": read_for("clickstream", Purpose.AUDIENCE, rows="broken"),
        "ad_beacons": read_for("ad_beacons", Purpose.AUDIENCE, rows="broken"),
        "registrations": read_for("registrations", Purpose.REGISTRATION_STATISTICS, rows="broken"),
        "left_out": dg.AssetIn("suppressions"),
    },
    io_manager_key="restricted_io_manager",
    group_name="restricted",
    kinds={"parquet"},
)
@silent
def set_aside_rows(
    context: dg.AssetExecutionContext,
    clickstream: Intake,
    ad_beacons: Intake,
    registrations: Intake,
    left_out: Table,
    suppressions: dg.ResourceParam[Suppressions],
) -> Table:
    """Rows of the raw tables that could not be read, each with a reason code; without those of people who are left out.

    Nothing else is lost, and nothing stops the night.
    """
    intakes = {"clickstream": clickstream, "ad_beacons": ad_beacons, "registrations": registrations}
    engine = clickstream.broken.engine
    everybodys = engine.query(
        "SELECT * FROM $one UNION ALL SELECT * FROM $two UNION ALL SELECT * FROM $three",
        one=clickstream.broken, two=ad_beacons.broken, three=registrations.broken,
    )  # fmt: skip
    key = engine.table(pa.table({"key": [suppressions.key()]}))
    broken = engine.query(
        "SELECT source, reason, raw FROM $rows", rows=without_excluded(everybodys, Excluded(left_out, key))
    )
    by_source = engine.fetch(
        engine.query("SELECT source, count(*) AS rows FROM $broken GROUP BY source", broken=broken)
    )
    told: dict[str, Any] = counts({f"{row['source']}_set_aside": row["rows"] for row in by_source.to_pylist()})
    told |= {f"{name}_never_read": column_names(intake.unknown_columns) for name, intake in intakes.items()}
    context.add_output_metadata(told)
    return broken
