"""Promise 10: no personal data to any third party. There is no way for it: a walk over the assets and over the code."""

import ast
from collections.abc import Iterator
from inspect import isfunction
from pathlib import Path
from typing import get_type_hints

import dagster as dg
import pytest

from anonymizers.delivering.delivery import Delivery
from anonymizers.delivering.key_file import KeyFile
from anonymizers.delivering.notice import Notice
from anonymizers.releasing.gate import Cleared
from anonymizers.releasing.release import Release
from anonymizers.searching.leak_scan import LeakReport
from pipelines.definitions import NIGHT_ASSETS, WEEK_ASSETS, build_defs
from pipelines.home import Home
from pipelines.io_managers import ReportIOManager
from pipelines.outlets.outlet import FsspecOutlet
from pipelines.settings import site_folder
from tests.test_structure import DRAWN, FLOORS, RELEASES, ROOT, imported_in_full, modules

NEVER_LEAVES = {"mailing_list", "server_diagnostics", "cookie_audit", "set_aside_rows", "retention"}
"""Assets that no other asset may be made from, however many come to be."""
DELIVERING = ("deliveries", "weekly_deliveries")
OUTLETS = {"pipelines/outlets/opening.py", "pipelines/outlets/places.py"}
READS_ONLY = {"pipelines/release_places.py"}
"""Opens releases of others, to check and read them; writes nothing (the next test)."""
WAYS_OUT = {
    "requests",
    "httpx",
    "smtplib",
    "ftplib",
    "paramiko",
    "boto3",
    "s3fs",
    "gcsfs",
    "adlfs",
    "sshfs",
    "asyncssh",
    "socket",
    "http",
    "urllib.request",
    "aiohttp",
}


def ways(specs: list[dg.AssetSpec]) -> dict[str, set[str]]:
    """Asset -> assets that are made from it."""
    found: dict[str, set[str]] = {spec.key.path[-1]: set() for spec in specs}
    for spec in specs:
        for dependency in spec.deps:
            found[dependency.asset_key.path[-1]].add(spec.key.path[-1])
    return found


def walk(below: dict[str, set[str]], start: str, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every way on from an asset."""
    yield (*path, start)
    for after in below[start]:
        yield from walk(below, after, (*path, start))


def calls_of(path: Path) -> set[str]:
    found = [node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    return {call.attr if isinstance(call, ast.Attribute) else getattr(call, "id", "") for call in found}


def test_p10_every_way_from_personal_data_to_a_release_goes_through_noise(tmp_path: Path) -> None:
    """Or through the search for leaks, which hands on a report of counts: the gate reads it, and no byte is made of it."""
    specs = list(build_defs(site_folder(), Home(tmp_path)).resolve_all_asset_specs())
    below = ways(specs)
    personal = {spec.key.path[-1] for spec in specs if spec.group_name in ("raw_sources", "restricted")}
    assert {"raw_clickstream", "raw_registrations", "stripped_events", "mailing_list"} <= personal
    reached = set()
    for start in personal:
        for way in walk(below, start):
            if way[-1] in RELEASES:
                reached.add(way[-1])
                assert set(way) & {*DRAWN, "leak_scan", "weekly_leak_scan"}, " -> ".join(way)
    assert reached == set(RELEASES), "the walk itself reaches releases"
    types = {asset.key.path[-1]: asset.op for asset in (*NIGHT_ASSETS, *WEEK_ASSETS)}
    for drawn in DRAWN:  # noise goes into the ledger, and no table on to anybody
        assert types[drawn].output_defs[0].dagster_type.is_nothing
    for scan in ("leak_scan", "weekly_leak_scan"):
        assert types[scan].output_def_named("result").io_manager_key == "report_io_manager"
    assert get_type_hints(ReportIOManager.handle_output)["obj"] is LeakReport
    assert Cleared.__annotations__["candidate"] in (Release, "Release")


def test_p10_what_the_site_keeps_for_itself_leads_nowhere(tmp_path: Path) -> None:
    below = ways(list(build_defs(site_folder(), Home(tmp_path)).resolve_all_asset_specs()))
    order = {"set_aside_rows"}  # others wait for it, and get nothing from it
    for name in NEVER_LEAVES - order:
        assert below[name] == set(), name
    for asset in (*NIGHT_ASSETS, *WEEK_ASSETS):
        taken = {key.path[-1] for key in asset.keys_by_input_name.values()}
        named = {name for name, key in asset.keys_by_input_name.items() if key.path[-1] in NEVER_LEAVES}
        assert not taken & NEVER_LEAVES or all(asset.op.ins[name].dagster_type.is_nothing for name in named), asset.key


def test_p10_deliveries_come_after_releases_alone_and_get_nothing_from_any_asset(tmp_path: Path) -> None:
    below = ways(list(build_defs(site_folder(), Home(tmp_path)).resolve_all_asset_specs()))
    for delivering, release in zip(DELIVERING, RELEASES, strict=True):
        assert {name for name, after in below.items() if delivering in after} == {release}
        assert below[delivering] == set()
        [asset] = [each for each in (*NIGHT_ASSETS, *WEEK_ASSETS) if each.key.path[-1] == delivering]
        assert all(asset.op.ins[name].dagster_type.is_nothing for name in asset.keys_by_input_name)


def test_p10_only_one_module_hands_anything_to_an_outlet_and_it_can_open_releases_only() -> None:
    senders, makers, stores, openers = set(), set(), set(), set()
    for package in FLOORS:
        for path in modules(package):
            if package == "benchmarks":
                continue
            calls, names, name = calls_of(path), imported_in_full(path), path.relative_to(ROOT).as_posix()
            senders |= {name} if "send" in calls else set()
            makers |= {name} if calls & {"Delivery", "Released"} else set()
            openers |= {name} if "pipelines.outlets.outlet" in names else set()
            stores |= {name} if "fsspec" in {each.split(".")[0] for each in names} else set()
            reaches = {way for way in WAYS_OUT for each in names if f"{each}.".startswith(f"{way}.")}
            assert not reaches or name in READS_ONLY | OUTLETS, f"{path.name} can reach other machines"
    door = "pipelines/deliveries.py"
    assert senders == {door}
    assert makers == {"anonymizers/delivering/delivery.py", door}
    assert openers == {"pipelines/definitions.py"}, "who gives the door its outlets"
    assert stores == OUTLETS | READS_ONLY
    own = {name for name in imported_in_full(ROOT / door) if name.startswith(("pipelines.", "assets."))}
    rooms = ("pipelines.home", "pipelines.ledger", "pipelines.published_store", "assets.silence")
    assert all(name.startswith(rooms) for name in own), own


def test_p10_an_outlet_takes_deliveries_notices_and_public_keys_and_nothing_else() -> None:
    """By the types that its public methods name; the first two are made of a release alone, the third refuses other files."""
    taken = {
        name: [kind for parameter, kind in get_type_hints(method).items() if parameter not in ("return", "self")]
        for name, method in vars(FsspecOutlet).items()
        if isfunction(method) and not name.startswith("_")
    }
    assert taken == {"holds": [Delivery], "send": [Delivery], "tell": [Notice | KeyFile]}


def test_p10_the_walk_finds_a_way_that_should_not_be() -> None:
    """The control: a mailing list read by a release is found."""
    below = {"raw_registrations": {"mailing_list"}, "mailing_list": {"published_release"}, "published_release": set()}
    found = [way for way in walk(below, "raw_registrations") if way[-1] in RELEASES]
    assert found == [("raw_registrations", "mailing_list", "published_release")]
    assert not set(found[0]) & set(DRAWN)


def test_p10_what_opens_releases_of_others_writes_nothing() -> None:
    writes = {
        "Request",
        "pipe_file",
        "pipe",
        "put",
        "put_file",
        "write",
        "write_bytes",
        "write_text",
        "mkdir",
        "makedirs",
        "mv",
        "touch",
    }
    for name in READS_ONLY:
        assert not calls_of(ROOT / name) & writes, name


@pytest.mark.parametrize("name", ["registrations", "mailing_list", "server_diagnostics"])
def test_p10_the_published_store_has_no_folder_for_anything_else(tmp_path: Path, name: str) -> None:
    from anonymizers.refusal import Refusal
    from pipelines.deliveries import open_released
    from tests.worlds import World

    world = World(tmp_path)
    (world.home.published / name).mkdir(parents=True)
    with pytest.raises(Refusal):
        open_released(world.home, world.ledger, name)
