"""Who is left out of the statistics, as an asset: the one thing that crosses from registrations to events (promise 2, 9).

What crosses is an opaque exclusion, a list of keyed hashes: no attribute of anybody, and no name.
"""

import dagster as dg
import pyarrow as pa

from anonymizers.contract import Purpose
from anonymizers.engine import Table
from anonymizers.stripping.objections import exclude
from assets.raw import read_for
from assets.resources import Suppressions
from assets.silence import silent


@dg.asset(
    name="suppressions",
    ins={"registrations": read_for("registrations", Purpose.SUPPRESSION)},
    io_manager_key="restricted_io_manager",
    group_name="restricted",
    kinds={"parquet", "sql"},
    metadata={
        "dagster/column_schema": dg.TableSchema(
            [dg.TableColumn("who", "int64", "Keyed hash of an account or a cookie that is left out.")]
        )
    },
)
@silent
def suppressed_people(registrations: Table, suppressions: dg.ResourceParam[Suppressions]) -> Table:
    """Everybody who asked to be left out, by request or in the registration table, as keyed hashes. Restricted."""
    suppressions.take_in()
    engine = registrations.engine
    asked = engine.table(pa.table({"who": pa.array(sorted(suppressions.marks()), pa.int64())}))
    return exclude(registrations, asked, engine.table(pa.table({"key": [suppressions.key()]})))
