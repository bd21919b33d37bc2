"""Launching single assets of a world, as the UI does, and what a mailing list holds afterwards."""

import csv

import dagster as dg

from pipelines.definitions import build_defs
from pipelines.night import instance
from tests.worlds import World


def launch(world: World, *names: str) -> bool:
    """Materialize some assets for the world's day, without the rest of the night; whether all ended well."""
    job = build_defs(world.site, world.home, resources=world.resources).resolve_implicit_global_asset_job_def()
    with instance(world.home) as opened:
        result = job.execute_in_process(
            partition_key=world.day.isoformat(),
            asset_selection=[dg.AssetKey(name) for name in names],
            instance=opened,
            raise_on_error=False,
        )
    return bool(result.success)


def mailing_list(world: World) -> list[dict[str, str]]:
    """The lines of the only list that stands."""
    [path] = (world.home.root / "restricted" / "mailing_list").glob("*.csv")
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def addressed(world: World) -> set[tuple[str, str]]:
    """Kind of mail and address of each line."""
    return {(line["kind"], line["email"]) for line in mailing_list(world)}
