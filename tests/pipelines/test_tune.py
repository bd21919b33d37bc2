"""`koond tune` chooses on made-up traffic alone: it cannot see a home, changes nothing unless told to, and repeats."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from anonymizers.refusal import Refusal
from anonymizers.site import Size
from anonymizers.vocabulary import DAY, WEEK
from pipelines import tune
from pipelines.command_line import app
from pipelines.engines.duckdb_engine import DuckDBEngine
from pipelines.site_folder import mistakes, read_site_folder, read_site_to_tune
from tests.worlds import SITES

FEW = {DAY: (300, 400), WEEK: (80, 100)}
CLI = CliRunner()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of a small site; few visitors are made up for it."""
    monkeypatch.setattr(tune, "VISITORS", FEW)
    return Path(shutil.copytree(SITES / "weblog", tmp_path / "site"))


def test_without_write_the_text_is_printed_and_the_file_stays(folder):
    before = (folder / "bounds.yaml").read_bytes()
    shown = CLI.invoke(app, ["tune", "--site", str(folder), "--seed", "3"])
    assert shown.exit_code == 0
    assert shown.stdout == tune.tune(read_site_to_tune(folder), seed=3)
    assert "daily.topics.visitors.share: " in shown.stderr and "if written (--write)" in shown.stderr
    assert (folder / "bounds.yaml").read_bytes() == before


def test_what_is_written_is_a_good_site_and_the_same_bytes_again(folder):
    written = []
    for _ in range(2):
        done = CLI.invoke(app, ["tune", "--site", str(folder), "--write"])
        assert done.exit_code == 0 and mistakes(folder) == []
        written.append((folder / "bounds.yaml").read_bytes())
    assert written[0] == written[1]
    assert "no bound changed" in done.stderr
    assert sorted(path.name for path in folder.iterdir()) == sorted(path.name for path in (SITES / "weblog").iterdir())


@pytest.mark.parametrize("old", [None, "daily: {}\n", "no: [yaml", "daily: 7\nweekly: 2026-02-30\n"])
def test_a_site_is_tuned_whatever_its_bounds_are_now(folder, old):
    good = read_site_to_tune(folder)
    (folder / "bounds.yaml").unlink() if old is None else (folder / "bounds.yaml").write_text(old)
    assert mistakes(folder) and read_site_to_tune(folder) == good
    assert CLI.invoke(app, ["tune", "--site", str(folder), "--write"]).exit_code == 0
    assert mistakes(folder) == []


def test_missing_bounds_are_told_with_their_remedy(folder):
    (folder / "bounds.yaml").unlink()
    assert [str(mistake) for mistake in mistakes(folder)] == [
        f"bounds.yaml:1: the file is missing in {folder}; koond tune --write writes it"
    ]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("share: 0.", "share: 9.", "less than or equal to 1"),
        ("norm: 1", "norm: yes", "true or false"),
        ("  totals:", "  total:", "no such key"),
        ("weights: {page_view: 1}", "weights: {page_view: 0}", "greater than or equal to 1"),
        ("weekly:", "monthly:", "write the keys `daily` and `weekly`"),
    ],
)
def test_a_mistake_in_bounds_is_told_with_its_line(folder, old, new, says):
    text = (folder / "bounds.yaml").read_text()
    assert old in text
    (folder / "bounds.yaml").write_text(text.replace(old, new, 1))
    line = text[: text.index(old)].count("\n") + 1
    assert any(f"bounds.yaml:{line}:" in str(found) and says in str(found) for found in mistakes(folder))


def test_bounds_in_site_yaml_are_sent_to_their_own_file(folder):
    with (folder / "site.yaml").open("a") as file:
        file.write("\ndaily: {}\n")
    assert any("daily stand in bounds.yaml; remove them here" in str(found) for found in mistakes(folder))


def test_a_home_full_of_raw_tables_changes_no_byte_and_is_never_opened(folder, tmp_path, monkeypatch):
    site = read_site_to_tune(folder)
    alone = tune.tune(site, seed=4)
    home = tmp_path / "home"
    for name in ("raw", "restricted/stripped_events"):
        (home / name).mkdir(parents=True)
        pq.write_table(pa.table({"visitor": [1], "topic": ["solar"]}), home / name / "part.parquet")
    monkeypatch.setenv("KOOND_HOME", str(home))
    monkeypatch.chdir(home)
    opened: list[str] = []
    watching = [True]
    sys.addaudithook(
        lambda event, given: (
            opened.append(str(given[0]))
            if watching[0] and event in ("open", "os.listdir", "os.scandir") and str(given[0]).startswith(str(home))
            else None
        )
    )
    (home / "raw" / "part.parquet").read_bytes()
    assert opened, "the watch sees nothing"
    opened.clear()
    again = tune.tune(site, seed=4)
    watching[0] = False
    assert again == alone and opened == []


def test_the_engine_of_tune_may_open_no_file(folder, tmp_path, monkeypatch):
    raw = tmp_path / "raw.parquet"
    pq.write_table(pa.table({"visitor": [1]}), raw)
    asked: list[int] = []
    make_up_events = tune.make_up_events

    def ask_for_a_file(site, days, engine: DuckDBEngine, **size):
        for statement in (f"SELECT * FROM read_parquet('{raw}')", "SET enable_external_access = true"):
            with pytest.raises(Refusal):
                engine.run(statement)
            asked.append(1)
        return make_up_events(site, days, engine, **size)

    monkeypatch.setattr(tune, "make_up_events", ask_for_a_file)
    tune.make_up(read_site_to_tune(folder), DAY, seed=1)
    assert len(asked) == 2


def test_tune_knows_no_home_and_no_source():
    program = (
        "import sys, pipelines.tune\n"
        "print([name for name in sys.modules if name.startswith(('pipelines.', 'assets', 'dagster'))])"
    )
    known = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=os.environ)
    for name in (
        "home",
        "settings",
        "sources",
        "io_managers",
        "ledger",
        "resources",
        "published_store",
        "assets",
        "dagster",
    ):
        assert f"'pipelines.{name}'" not in known.stdout and f"'{name}'" not in known.stdout, name


def test_a_site_without_prefixes_is_refused_with_a_remedy(folder):
    site = read_site_to_tune(folder)
    bare = type(site)(
        **{**vars(site), "topics": tuple(type(each)(each.topic, each.title) for each in site.topics), "segments": ()}
    )
    with pytest.raises(Refusal, match="give one a prefix"):
        tune.tune(bare)


def test_made_up_traffic_has_the_size_that_the_site_declares(folder):
    site = read_site_to_tune(folder)
    for visitors, events in ((250, 1_500), (1_000_000, 4_000_000)):
        sized = type(site)(**{**vars(site), "size": Size(visitors, events)})
        found = tune.make_up(sized, DAY, seed=1)
        totals = {each.name: found.truth(each).sum() for each in found.plan.measures if each.statistic.name == "totals"}
        # A sixth refuse or do not answer, and some turn into two by logging in.
        assert 0.5 * visitors < totals["visitors"] < 1.2 * visitors
        assert 0.5 * events < totals["events"] < events


def test_the_shipped_bounds_name_the_size_that_their_site_declares():
    for folder in sorted(SITES.iterdir()):
        size = read_site_folder(folder).site.size
        told = f"for a site of {size.visitors:,} visitors and {size.events:,} events a day"
        assert told in (folder / "bounds.yaml").read_text(), f"run koond tune --site {folder.name} --write"
