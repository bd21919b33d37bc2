"""The house keeps its shape: imports run one way, the core touches nothing outside, assets explain themselves."""

import ast
import re
import subprocess
import tomllib
from pathlib import Path

import dagster as dg
import pytest
import yaml

from anonymizers.counting.measure import NoisyTable
from anonymizers.engine import Table
from anonymizers.releasing.gate import CHECKS
from anonymizers.releasing.leak_scan import LeakReport
from anonymizers.releasing.release import Release
from pipelines.definitions import ASSETS, build_defs
from pipelines.home import Home
from pipelines.settings import site_folder

ROOT = Path(__file__).parents[1]
FLOORS = {"anonymizers": 0, "assets": 1, "pipelines": 2, "benchmarks": 3}
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
    return sorted((ROOT / package).rglob("*.py"))


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


def called(path: Path) -> set[str]:
    calls = [node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    return {call.attr if isinstance(call, ast.Attribute) else getattr(call, "id", "") for call in calls}


@pytest.mark.parametrize("package", FLOORS)
def test_imports_run_downward(package):
    for path in modules(package):
        above = {name for name in imported(path) if FLOORS.get(name, -1) > FLOORS[package]}
        assert not above, f"{path.name} imports {above} from a floor above"
        assert "tests" not in imported(path), path.name


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


def specs(tmp_path: Path) -> list[dg.AssetSpec]:
    return list(build_defs(site_folder(), Home(tmp_path)).resolve_all_asset_specs())


def test_every_asset_says_who_owns_it_what_it_is_and_where_it_goes(tmp_path):
    for spec in specs(tmp_path):
        assert spec.owners and spec.kinds and spec.description, spec.key
        assert spec.group_name in {"raw_sources", "restricted", "noisy", "published"}, spec.key
        assert isinstance(spec.partitions_def, dg.DailyPartitionsDefinition), spec.key
        assert spec.partitions_def.timezone == "Europe/Tallinn"
        first_line = spec.description.split("\n")[0]
        assert first_line.endswith(".") and len(first_line) <= 160, spec.key


def test_every_table_asset_shows_its_columns(tmp_path):
    tables = {spec.key.path[-1]: spec for spec in specs(tmp_path)}
    for name in ("stripped_events", "daily_topics", "daily_hours", "daily_topic_dayparts", "daily_browsers"):
        assert "dagster/column_schema" in tables[name].metadata
        assert "dagster/column_lineage" in tables[name].metadata


def test_assets_return_tables_and_never_bare_values():
    """An asset annotated as a list or a string prints its rows when the type check fails."""
    kinds = {Table, NoisyTable, Release, LeakReport}
    for asset in ASSETS:
        for output in asset.op.output_defs:
            assert output.dagster_type.typing_type in kinds or asset.key.path[-1] == "published_release"
        assert asset.op.output_defs[0].io_manager_key != "io_manager"


def test_the_gates_checks_are_blocking_and_shown_beside_the_release():
    published = next(asset for asset in ASSETS if asset.key.path[-1] == "published_release")
    assert {spec.name for spec in published.check_specs} == set(CHECKS)
    assert all(spec.blocking for spec in published.check_specs)


def test_only_raw_assets_lead_into_the_strip_and_the_scan(tmp_path):
    """Registrations reach the registration statistics, the search for leaks and the broken rows, and nothing else (P4)."""
    readers = {
        spec.key.path[-1]
        for spec in specs(tmp_path)
        if any(d.asset_key.path == ["raw_registrations"] for d in spec.deps)
    }
    assert readers == {"registration_statistics", "leak_scan", "set_aside_rows"}


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
