"""Worlds in which some people agree, object, withdraw or leave, beside a crowd that stays as it is."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from tests.worlds import REGISTRATIONS, World, ad_event, at, page_view, registration


def change_sources(world: World, change: Mapping[str, Mapping[str, Any]]) -> None:
    """Change keys of some sources of the world's own site folder."""
    file = world.site / "sources.yaml"
    sources = yaml.safe_load(file.read_text())
    for name, keys in change.items():
        for key, value in keys.items():
            sources[name][key] = {**sources[name][key], **value} if key == "columns" else value
    file.write_text(yaml.safe_dump(sources, sort_keys=False))


def with_strings(world: World, **rules: Any) -> World:
    """The world's site with TC strings in its `consent` column."""
    consent = {"as": "tcf", **rules}
    change_sources(world, {"clickstream": {"consent": consent}, "ad_beacons": {"consent": consent}})
    return world


def with_opt_outs(world: World, objections: Mapping[str, str | None]) -> World:
    """The world's site with an `objection` column in its registrations: account -> what stands there."""
    column = {"objection": {"class": "non-personal", "purposes": ["suppression"]}}
    file = world.site / "sources.yaml"
    account = yaml.safe_load(file.read_text())["registrations"]["columns"]["account_id"]
    account = {**account, "purposes": [*account["purposes"], "suppression"]}
    change_sources(
        world,
        {"registrations": {"columns": column | {"account_id": account}, "opted_out": {"objection": ["yes", "Jah"]}}},
    )
    rows = pa.Table.from_pylist(list(world.registrations), schema=REGISTRATIONS)
    told = [objections.get(row["account_id"]) for row in rows.to_pylist()]
    pq.write_table(
        rows.append_column("objection", pa.array(told, pa.string())), world.home.root / "raw" / "registrations.parquet"
    )
    return world


def person(name: str, *, account: str | None = None, views: int = 3, ads: int = 2, **row: Any) -> tuple[Any, Any]:
    """Page views all over the day, and advertisement events, of one person."""
    who = {"cookie_id": name, **row}
    return (
        [page_view(**who, account_id=account, ts=at(8 + 2 * visit)) for visit in range(views)],
        [ad_event(**who, ts=at(9 + 2 * visit)) for visit in range(ads)],
    )


def world_of(root: Path, people: Sequence[tuple[Any, Any]], accounts: Sequence[str] = ()) -> World:
    """A world of some people."""
    views = [event for seen, _ in people for event in seen]
    ads = [event for _, seen in people for event in seen]
    return World(root, views, ads, [registration(account_id=account) for account in accounts])


def counted(world: World) -> dict[str, float]:
    """Events by action, and visitors of the day by their consent to segments, as counted without noise."""
    found = {str(cell[0]): number for cell, number in world.drawn("totals", "events").items()}
    segments = world.drawn("segments", "visitors")
    return {**found, "all_visitors": segments.get(("all_visitors",), 0)}
