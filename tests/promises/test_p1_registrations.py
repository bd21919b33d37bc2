"""Promise 1: registration data is given voluntarily, and each step reads what its purpose needs and nothing else."""

from pathlib import Path

import dagster as dg

from anonymizers.contract import Purpose, Role
from assets.raw import RAW_TABLES
from pipelines.definitions import NIGHT_ASSETS, WEEK_ASSETS
from pipelines.engines.duckdb_engine import DuckDBEngine
from pipelines.site_folder import read_site_folder
from pipelines.sources.reading import RawReader
from tests.worlds import SITES, World, registration

READ_FOR = {
    "set_aside_rows": Purpose.REGISTRATION_STATISTICS,
    "registration_statistics": Purpose.REGISTRATION_STATISTICS,
    "leak_scan": Purpose.LEAK_SCAN,
    "weekly_leak_scan": Purpose.LEAK_SCAN,
    "outside_scan": Purpose.LEAK_SCAN,
    "weekly_outside_scan": Purpose.LEAK_SCAN,
    "mailing_list": Purpose.MAILING,
    "suppressions": Purpose.SUPPRESSION,
}
"""Every asset that reads registrations, with the one purpose that it reads them for."""
NOT_FOR_MAIL = ("name", "company", "isikukood", "phone", "address", "customer_number", "metering_point")


def purposes_of(asset: dg.AssetsDefinition, table: str) -> set[str]:
    inputs = asset.op.ins
    names = [name for name, key in asset.keys_by_input_name.items() if key == dg.AssetKey(f"raw_{table}")]
    return {inputs[name].metadata["purpose"] for name in names}


def test_p1_registrations_are_read_for_one_purpose_a_step_and_that_purposes_columns_alone(tmp_path: Path) -> None:
    found = {asset.key.path[-1]: purposes_of(asset, "registrations") for asset in (*NIGHT_ASSETS, *WEEK_ASSETS)}
    assert {name: told for name, told in found.items() if told} == {name: {each} for name, each in READ_FOR.items()}
    world = World(tmp_path, registrations=[registration(email="mari@marked.example", name="Mari Marked")])
    folder, work = read_site_folder(world.site), tmp_path / "work"
    work.mkdir()
    engine = DuckDBEngine(work)
    day = folder.site.day(world.day.isoformat())
    reader = RawReader(folder.sources, world.home.root, day, engine, engine, work)
    columns = engine.fetch(reader.read("registrations", Purpose.MAILING)).column_names
    engine.close()
    assert "email" in columns and not set(NOT_FOR_MAIL) & set(columns)


def test_p1_no_shipped_site_opens_registrations_to_the_statistics_of_events() -> None:
    for site in ("elektrum", "weblog", "snowplow"):
        sources = read_site_folder(SITES / site).sources
        for table in RAW_TABLES:
            source = sources.of(table)
            if source is not None and table == "registrations":
                assert Purpose.AUDIENCE not in {each for column in source.columns.values() for each in column.purposes}
                assert Role.EMAIL not in source.readable(Purpose.REGISTRATION_STATISTICS)
