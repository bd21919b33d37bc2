"""Events that came after their day was released: they are counted, and left out. A published release is final."""

from pathlib import Path

import dagster as dg

from anonymizers.contract import Purpose, Sources
from anonymizers.refusal import Reason, Refusal
from anonymizers.site import Site
from pipelines.definitions import engines_from_environment
from pipelines.home import Home
from pipelines.site_folder import read_site_folder
from pipelines.sources.reading import RawReader


def count_late_events(site: Path, home: Home, day: str, instance: dg.DagsterInstance) -> int | None:
    """How many events of a published day the raw tables hold beyond those that its night read; None when nobody can tell,
    because the raw tables or the record of the night are gone."""
    folder = read_site_folder(site)
    then = instance.fetch_materializations(
        dg.AssetRecordsFilter(dg.AssetKey("stripped_events"), asset_partitions=[day]), limit=1
    ).records
    read = then[0].asset_materialization.metadata.get("read") if then and then[0].asset_materialization else None
    if not isinstance(read, dg.IntMetadataValue) or read.value is None:
        return None
    try:
        return max(0, _count(folder.site, folder.sources, home, day) - read.value)
    except Refusal as refusal:
        if refusal.reason is Reason.SOURCE_MISSING:
            return None
        raise


def _count(site: Site, sources: Sources, home: Home, day: str) -> int:
    with home.one_run(), home.work_folder() as work:
        made = engines_from_environment()(work)
        try:
            reader = RawReader(sources, home.root, site.day(day), made.engine, made.duckdb, made.work)
            counted = [
                made.engine.fetch(made.engine.query("SELECT count(*) AS events FROM $rows WHERE counted", rows=rows))
                for rows in (reader.read(table, Purpose.AUDIENCE) for table in ("clickstream", "ad_beacons"))
            ]
        finally:
            made.engine.close()
            made.duckdb.close()
    return sum(int(table["events"][0].as_py()) for table in counted)
