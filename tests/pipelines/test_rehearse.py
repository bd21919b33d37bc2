"""`koond rehearse` attacks on made-up traffic alone, says what came of it, and writes one strict file."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from anonymizers.attacking.worlds import Effort
from anonymizers.counting.plan import plan
from anonymizers.refusal import Refusal
from anonymizers.rehearsal import Rehearsal
from anonymizers.site import Site
from anonymizers.vocabulary import DAY, WEEK
from pipelines import rehearse
from pipelines.command_line import app
from pipelines.rehearsal_file import REHEARSAL, read_rehearsal, rehearsal_text
from pipelines.site_folder import mistakes, read_site_folder, read_site_to_rehearse, read_site_to_tune
from tests.worlds import SITES

CLI = CliRunner()
FEW = rehearse.Scale(Effort(2, 40, 5, 3, 60), {DAY: 300, WEEK: 100})


def digests(site: Site) -> tuple[str, str]:
    return plan(site, DAY).digest, plan(site, WEEK).digest


@pytest.fixture(scope="module")
def told() -> Rehearsal:
    """One small rehearsal of a small site."""
    return rehearse.rehearse(read_site_to_rehearse(SITES / "weblog"), FEW)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = Path(shutil.copytree(SITES / "weblog", tmp_path / "site"))
    (folder / REHEARSAL).unlink(missing_ok=True)
    return folder


def answering(monkeypatch: pytest.MonkeyPatch, told: Rehearsal) -> None:
    monkeypatch.setattr(rehearse, "rehearse", lambda site, scale, **_: told)


def test_every_attack_fails_and_every_control_succeeds_on_a_shipped_site(told):
    assert told.good, [each for each in told.results if not each.good]
    assert told.fits(*digests(read_site_folder(SITES / "weblog").site))
    assert told.visitors == 250, "as many as the site has"


@pytest.mark.parametrize("name", sorted(path.name for path in SITES.iterdir()))
def test_the_shipped_rehearsals_are_good_and_of_the_shipped_plans(name):
    site = read_site_folder(SITES / name).site
    remedy = f"run koond rehearse --site {name} --write"
    assert site.rehearsal is not None and site.rehearsal.fits(*digests(site)), remedy
    assert site.rehearsal.good, remedy


def test_what_is_written_is_read_again_and_changes_no_plan(folder, told, monkeypatch):
    answering(monkeypatch, told)
    before = read_site_folder(folder).site
    assert before.rehearsal is None
    done = CLI.invoke(app, ["rehearse", "--site", str(folder), "--write"])
    assert done.exit_code == 0 and "SUCCEEDED" not in done.stdout and "held" in done.stdout
    after = read_site_folder(folder).site
    assert after.rehearsal == told and replace(after, rehearsal=None) == before
    assert digests(after) == digests(before)
    assert rehearsal_text(told) == (folder / REHEARSAL).read_text()
    assert sorted(path.name for path in folder.iterdir() if path.name.startswith(".")) == []


def test_without_write_nothing_is_written(folder, told, monkeypatch):
    answering(monkeypatch, told)
    assert CLI.invoke(app, ["rehearse", "--site", str(folder)]).exit_code == 0
    assert not (folder / REHEARSAL).exists()


@pytest.mark.parametrize(("bad", "says"), [({"value": 99.0}, "SUCCEEDED"), ({"control_value": 0.0}, "PROVES NOTHING")])
def test_an_attack_that_succeeds_or_a_control_that_fails_is_told_written_and_an_error(
    folder, told, monkeypatch, bad, says
):
    broken = replace(told, results=(replace(told.results[0], **bad), *told.results[1:]))
    answering(monkeypatch, broken)
    done = CLI.invoke(app, ["rehearse", "--site", str(folder), "--write"])
    assert done.exit_code == 1 and says.split()[0] in done.stdout
    rehearsal = read_rehearsal(folder)
    assert rehearsal is not None and not rehearsal.good


def test_another_size_is_refused(folder):
    done = CLI.invoke(app, ["rehearse", "--site", str(folder), "--size", "huge"])
    assert done.exit_code == 2 and "ci, full" in done.stderr


def spoil(text: str, how: str) -> str:
    told = json.loads(text)
    if how == "no JSON":
        return text[:-10]
    if how == "another key":
        told["seed"] = 7
    elif how == "a key less":
        del told["results"][2]["value"]
    elif how == "a number as text":
        told["results"][2]["value"] = "0.5"
    elif how == "no number":
        return text.replace('"value": ', '"value": NaN, "was": ', 1)
    elif how == "an attack less":
        del told["results"][2]
    return json.dumps(told)


@pytest.mark.parametrize(
    "how", ["no JSON", "another key", "a key less", "a number as text", "no number", "an attack less"]
)
def test_a_wrong_file_gets_one_sentence_with_its_remedy(folder, told, how):
    (folder / REHEARSAL).write_text(spoil(rehearsal_text(told), how))
    (found,) = mistakes(folder)
    assert str(found).startswith(f"{REHEARSAL}:1: ") and str(found).endswith("write it anew, or remove it")
    with pytest.raises(Refusal, match="write it anew"):
        read_site_folder(folder)
    assert read_site_to_rehearse(folder).rehearsal is None and read_site_to_tune(folder).rehearsal is None


def test_a_file_that_cannot_be_read_gets_one_sentence(folder):
    (folder / REHEARSAL).mkdir()
    (found,) = mistakes(folder)
    assert "cannot be read (IsADirectoryError)" in str(found)


def test_a_rehearsal_in_site_yaml_is_sent_to_its_own_file(folder):
    with (folder / "site.yaml").open("a") as file:
        file.write("\nrehearsal: {}\n")
    assert any("rehearsal: it stands in rehearsal.json" in str(found) for found in mistakes(folder))


def test_a_site_without_prefixes_is_refused_with_a_remedy(folder):
    site = read_site_to_rehearse(folder)
    bare = replace(site, topics=tuple(replace(each, prefixes=()) for each in site.topics), segments=())
    with pytest.raises(Refusal, match="give one a prefix"):
        rehearse.rehearse(bare, FEW)


def test_rehearse_knows_no_home_and_no_source():
    program = (
        "import sys, pipelines.rehearse\n"
        "print([name for name in sys.modules if name.startswith(('pipelines.', 'assets', 'dagster'))])"
    )
    known = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=os.environ)
    for name in ("home", "settings", "sources", "io_managers", "ledger", "resources", "published_store"):
        assert f"'pipelines.{name}'" not in known.stdout, name
    assert "'assets'" not in known.stdout and "'dagster'" not in known.stdout
