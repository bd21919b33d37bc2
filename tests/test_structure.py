"""The house keeps its shape: imports run one way, the core touches nothing outside, assets explain themselves."""

import ast
import re
import subprocess
import tomllib
from datetime import date
from pathlib import Path

import dagster as dg
import pytest
import yaml

from anonymizers.engine import Table
from anonymizers.own_uses.diagnostics import Diagnostics
from anonymizers.own_uses.mailing import MailingList
from anonymizers.releasing.gate import CHECKS
from anonymizers.releasing.release import Release
from anonymizers.searching.leak_scan import LeakReport
from assets.raw import RAW_TABLES
from pipelines.definitions import NIGHT_ASSETS, WEEK_ASSETS, build_defs
from pipelines.home import Home
from pipelines.settings import site_folder

ROOT = Path(__file__).parents[1]
FLOORS = {"anonymizers": 0, "assets": 1, "pipelines": 2, "koond": 3, "benchmarks": 4}
STOREYS = {
    "consent": (),
    "own_uses": (),
    "segments": (),
    "stripping": ("consent",),
    "counting": ("segments",),
    "estimating": ("counting",),
    "searching": (),
    "erasing": ("searching",),
    "releasing": ("segments", "counting", "estimating", "searching"),
    "tuning": ("counting", "estimating"),
    "attacking": ("counting", "estimating"),
    "delivering": ("counting", "releasing"),
    "reading": ("counting", "estimating", "releasing"),
    "cataloguing": ("releasing", "reading"),
}
"""Sub-packages of the core, each with those that it may import besides the core's own modules."""
OUTSIDE_THE_CORE = {
    "dagster",
    "os",
    "pathlib",
    "tempfile",
    "shutil",
    "subprocess",
    "socket",
    "requests",
    "duckdb",
    "pyspark",
}
FILE_ACCESS = {"os", "pathlib", "tempfile", "shutil", "glob", "subprocess", "duckdb", "pyspark", "yaml", "sqlite3"}
CLOCKS = {"now", "today", "utcnow", "time_ns", "monotonic"}


def modules(package: str) -> list[Path]:
    """The package's own files; an environment that a benchmark made below it is somebody else's."""
    found = (ROOT / package).rglob("*.py")
    return sorted(path for path in found if not any(part.startswith(".") for part in path.relative_to(ROOT).parts))


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


def imported_in_full(path: Path) -> set[str]:
    """Dotted names of all modules that a file imports, at its top or inside a function."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def below(package: str, path: Path) -> set[str]:
    """The sub-packages of `package` that a file imports."""
    return {
        name.split(".")[1]
        for name in imported_in_full(path)
        if name.startswith(f"{package}.") and (ROOT / package / name.split(".")[1]).is_dir()
    }


def called(path: Path) -> set[str]:
    calls = [node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    return {call.attr if isinstance(call, ast.Attribute) else getattr(call, "id", "") for call in calls}


@pytest.mark.parametrize("package", FLOORS)
def test_imports_run_downward(package):
    for path in modules(package):
        above = {name for name in imported(path) if FLOORS.get(name, -1) > FLOORS[package]}
        assert not above, f"{path.name} imports {above} from a floor above"
        assert "tests" not in imported(path), path.name


def test_the_cores_storeys_are_all_named():
    found = {path.parent.name for path in (ROOT / "anonymizers").glob("*/__init__.py")}
    assert found == set(STOREYS)


@pytest.mark.parametrize("storey", STOREYS)
def test_imports_run_one_way_inside_the_core(storey):
    """Segments before counting, counting before estimating, estimating before releasing; nothing back."""
    for path in modules(f"anonymizers/{storey}"):
        back = below("anonymizers", path) - {storey, *STOREYS[storey]}
        assert not back, f"{storey}/{path.name} imports {back}"


def test_the_storeys_make_no_circle():
    order = list(STOREYS)
    assert all(order.index(lower) < order.index(storey) for storey, lowers in STOREYS.items() for lower in lowers)


def test_the_cores_own_modules_stand_below_its_storeys():
    """But for the site, which checks its segments."""
    for path in sorted((ROOT / "anonymizers").glob("*.py")):
        allowed = {"segments"} if path.name == "site.py" else set()
        assert below("anonymizers", path) <= allowed, path.name


def test_no_night_tunes_itself():
    """Bounds are chosen on made-up traffic and stand in the site folder: nothing that sees real data may choose them."""
    for package in ("assets", "anonymizers"):
        for path in modules(package):
            if path.parent.name != "tuning":
                assert "tuning" not in below("anonymizers", path), path.name


def test_no_night_attacks_itself():
    """Attacks count made-up visitors exactly: nothing that sees real data may call them."""
    for package in ("assets", "anonymizers"):
        for path in modules(package):
            if path.parent.name != "attacking":
                assert "attacking" not in below("anonymizers", path), path.name
    callers = [path.name for path in modules("pipelines") if "attacking" in below("anonymizers", path)]
    assert callers == ["rehearse.py"]


def test_what_sees_exact_numbers_is_called_by_counting_alone():
    """`bounded_sums` and `exact_numbers` give exact counts; whoever else imports them could let them out."""
    for package in FLOORS:
        for path in modules(package):
            if path.parent.name not in ("counting", "tuning", "attacking"):
                names = {name.split(".")[-1] for name in imported_in_full(path)}
                assert not names & {"bounded_sums", "exact_numbers"}, path.name


def test_the_core_knows_neither_dagster_nor_files_nor_environment_nor_clock():
    for path in modules("anonymizers"):
        assert not imported(path) & OUTSIDE_THE_CORE, path.name
        assert not called(path) & (CLOCKS | {"open", "getenv", "print"}), path.name


def test_assets_touch_no_file_and_no_clock():
    for path in modules("assets"):
        assert not imported(path) & FILE_ACCESS, path.name
        assert not called(path) & (CLOCKS | {"open", "getenv", "print"}), path.name


def test_no_error_is_chained_out_of_an_except_block():
    """A chained exception carries the first one's message into the event log, and rows with it."""
    for package in FLOORS:
        for path in modules(package):
            for handler in (
                node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ExceptHandler)
            ):
                for node in ast.walk(handler):
                    if isinstance(node, ast.Raise) and node.exc is not None:
                        quiet = isinstance(node.cause, ast.Constant) and node.cause.value is None
                        assert quiet, f"{path.name}:{node.lineno} raises inside except without `from None`"


def test_tests_doubles_for_noise_stand_in_tests_alone():
    implementations = [
        path for package in FLOORS for path in modules(package) if "def add(self, exact" in path.read_text()
    ]
    assert [path.name for path in implementations] == ["mechanism.py"]


def test_every_module_says_what_belongs_in_it():
    for package in FLOORS:
        for path in modules(package):
            assert ast.get_docstring(ast.parse(path.read_text())), path.name


MADE = (*NIGHT_ASSETS, *WEEK_ASSETS)


def specs(tmp_path: Path) -> list[dg.AssetSpec]:
    return list(build_defs(site_folder(), Home(tmp_path)).resolve_all_asset_specs())


def test_every_asset_that_exists_stands_in_the_plain_list(tmp_path):
    names = {asset.key for asset in MADE} | {dg.AssetKey(f"raw_{table}") for table in RAW_TABLES}
    assert {spec.key for spec in specs(tmp_path)} == names
    assert len({asset.key for asset in MADE}) == len(MADE)


def test_every_asset_says_who_owns_it_what_it_is_and_where_it_goes(tmp_path):
    weekly = {asset.key for asset in WEEK_ASSETS}
    for spec in specs(tmp_path):
        assert spec.owners and spec.kinds and spec.description, spec.key
        assert spec.group_name in {"raw_sources", "restricted", "noisy", "published"}, spec.key
        kind = dg.WeeklyPartitionsDefinition if spec.key in weekly else dg.DailyPartitionsDefinition
        assert isinstance(spec.partitions_def, kind), spec.key
        assert spec.partitions_def.timezone == "Europe/Tallinn"
        first_line = spec.description.split("\n")[0]
        assert first_line.endswith(".") and len(first_line) <= 160, spec.key


def test_a_week_begins_on_monday(tmp_path):
    weeks = next(spec for spec in specs(tmp_path) if spec.key == WEEK_ASSETS[0].key).partitions_def
    assert all(date.fromisoformat(key).isoweekday() == 1 for key in weeks.get_partition_keys())


def test_every_table_asset_shows_its_columns(tmp_path):
    tables = {spec.key.path[-1]: spec for spec in specs(tmp_path)}
    assert "dagster/column_schema" in tables["stripped_events"].metadata
    assert "dagster/column_lineage" in tables["stripped_events"].metadata
    for raw in RAW_TABLES:
        assert "dagster/column_schema" in tables[f"raw_{raw}"].metadata


RELEASES = ("published_release", "weekly_release")
DRAWN = ("daily_statistics", "registration_statistics", "weekly_segments")
OUTSIDE = ("outside_scan", "weekly_outside_scan")
"""They read all and give nothing but counts."""


def test_assets_return_tables_and_never_bare_values():
    """An asset annotated as a list or a string prints its rows when the type check fails."""
    kinds = {Table, Release, LeakReport, MailingList, Diagnostics}
    for asset in MADE:
        name = asset.key.path[-1]
        nothing = (*DRAWN, *OUTSIDE, "retention")
        results = ("catalogue", "weekly_catalogue", "deliveries", "weekly_deliveries")  # counts and sentences alone
        assert asset.op.output_defs[0].io_manager_key != "io_manager" or name in (*nothing, *results), name
        for output in asset.op.output_defs[: 1 if name in OUTSIDE else None]:  # a check has no type
            if name in nothing:
                assert output.dagster_type.is_nothing, name  # what was drawn stands in the ledger and nowhere else
            else:
                told = (*RELEASES, *results, "cookie_audit")
                assert output.dagster_type.typing_type in kinds or name in told, name


def test_the_gates_checks_are_blocking_and_shown_beside_both_releases():
    for name in RELEASES:
        released = next(asset for asset in MADE if asset.key.path[-1] == name)
        assert {spec.name for spec in released.check_specs} == set(CHECKS)
        assert all(spec.blocking for spec in released.check_specs)


def readers(tmp_path: Path, of: str) -> set[str]:
    return {spec.key.path[-1] for spec in specs(tmp_path) if any(each.asset_key.path == [of] for each in spec.deps)}


def test_registrations_lead_to_their_statistics_and_the_search_for_leaks_alone(tmp_path):
    """And to the broken rows; to nothing else (P4)."""
    found = readers(tmp_path, "raw_registrations")
    of_statistics = {"registration_statistics", "leak_scan", "weekly_leak_scan", *OUTSIDE, "set_aside_rows"}
    assert found == {*of_statistics, "mailing_list", "suppressions"}


def test_raw_events_lead_to_the_strip_and_the_search_for_leaks_alone(tmp_path):
    for raw in ("raw_clickstream", "raw_ad_beacons"):
        of_statistics = {"stripped_events", "leak_scan", "weekly_leak_scan", *OUTSIDE, "set_aside_rows"}
        assert readers(tmp_path, raw) == {*of_statistics, "server_diagnostics", "cookie_audit"}
    assert readers(tmp_path, "stripped_events") == {"daily_statistics", "weekly_segments"}
    assert readers(tmp_path, "suppressions") == {"stripped_events", "mailing_list", "set_aside_rows"}


def test_releases_lead_to_catalogue_and_deliveries_and_candidates_to_releases_alone(tmp_path):
    for release, before in zip(RELEASES, ("", "weekly_"), strict=True):
        assert readers(tmp_path, release) == {f"{before}catalogue", f"{before}deliveries"}
    assert readers(tmp_path, "release_candidate") == {"leak_scan", "published_release"}
    assert readers(tmp_path, "weekly_candidate") == {"weekly_leak_scan", "weekly_release"}


def test_both_descriptions_name_the_same_code_location():
    workspace = yaml.safe_load((ROOT / "workspace.yaml").read_text())["load_from"][0]["python_module"]["module_name"]
    tool = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["dg"]["project"]
    assert workspace == tool["code_location_target_module"] == "pipelines.definitions"


def test_lock_files_have_hashes_and_no_addresses():
    run, dev = ((ROOT / name).read_text() for name in ("requirements.lock", "requirements-dev.lock"))
    for lock in (run, dev):
        assert "://" not in lock
        pinned = re.findall(r"^[a-z0-9].*==.*$", lock, flags=re.M)
        assert len(pinned) > 50 and lock.count("--hash=sha256:") >= len(pinned)
    versions = [set(re.findall(r"^([a-z0-9._\[\]-]+==\S+)", lock, flags=re.M)) for lock in (run, dev)]
    assert versions[0] <= versions[1], "tests must run what operators run"


def test_no_tracked_file_names_a_secret_or_one_machines_folder():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
    texts = [ROOT / name for name in listed if not name.endswith((".png", ".lock"))]
    pattern = re.compile(
        r"(?<![\w.])/(?:" + "|".join(("wo" + "rk", "ho" + "me/[a-z]+", "ro" + "ot")) + r")/|BEGIN [A-Z ]*PRIVATE KEY"
    )
    for path in texts:
        if path.is_file():
            assert not pattern.search(path.read_text(errors="replace")), path.name
