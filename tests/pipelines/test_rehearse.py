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
from anonymizers.counting.rehearsed import marks_of, settings_of
from anonymizers.refusal import Refusal
from anonymizers.rehearsal import ATTACKS, MOST_VISITORS, Judgement, judge
from anonymizers.releasing.checks import checks_json, rehearsal_of
from anonymizers.releasing.edition import daily_edition
from anonymizers.vocabulary import DAY, WEEK
from pipelines import rehearse
from pipelines.command_line import app
from pipelines.rehearsal_file import REHEARSAL, read_rehearsal, rehearsal_text
from pipelines.site_folder import mistakes, read_site_folder, read_site_to_rehearse, read_site_to_tune
from tests.worlds import SITES

CLI = CliRunner()
FEW = rehearse.Scale(Effort(2, 40, 5, 3, 60), {DAY: 300, WEEK: 100})
MARI = "Mari Maasikas"


@pytest.fixture(scope="module")
def told() -> Judgement:
    """One small rehearsal of a small site."""
    return rehearse.rehearse(read_site_to_rehearse(SITES / "weblog"), FEW)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = Path(shutil.copytree(SITES / "weblog", tmp_path / "site"))
    (folder / REHEARSAL).unlink(missing_ok=True)
    return folder


def answering(monkeypatch: pytest.MonkeyPatch, told: Judgement) -> None:
    monkeypatch.setattr(rehearse, "rehearse", lambda site, scale, **_: told)


def test_every_attack_fails_and_every_control_succeeds_on_a_shipped_site(told):
    assert told.good, [each for each in told.results if not each.good]
    site = read_site_folder(SITES / "weblog").site
    assert told.rehearsal.fits(*settings_of(site))
    assert told.rehearsal.visitors == 250, "as many as the site has"
    assert judge(told.rehearsal, marks_of(site)) == told, "the file's figures are judged as the attacks were"
    assert not told.rehearsal.large_enough(250), "so few trials count for no release"


@pytest.mark.parametrize("size", rehearse.SIZES)
def test_every_size_of_the_command_tries_as_often_as_a_release_needs(size):
    effort, most = rehearse.SIZES[size].effort, rehearse.SIZES[size].most
    tried = (200 * effort.audits, 4, effort.trials, effort.trials, effort.plantings, effort.draws)
    assert all(trials >= each.least_trials for trials, each in zip(tried, ATTACKS, strict=True))
    assert most[DAY] == MOST_VISITORS


@pytest.mark.parametrize("name", sorted(path.name for path in SITES.iterdir()))
def test_the_shipped_rehearsals_are_good_and_of_the_shipped_plans(name):
    site = read_site_folder(SITES / name).site
    remedy = f"run koond rehearse --site {name} --write"
    judged = rehearsal_of(site)
    assert isinstance(judged, Judgement) and judged.good, remedy


def test_what_is_written_is_read_again_and_changes_no_plan(folder, told, monkeypatch):
    answering(monkeypatch, told)
    before = read_site_folder(folder).site
    assert before.rehearsal is None
    done = CLI.invoke(app, ["rehearse", "--site", str(folder), "--write"])
    assert done.exit_code == 0 and "SUCCEEDED" not in done.stdout and "held" in done.stdout
    after = read_site_folder(folder).site
    assert after.rehearsal == told.rehearsal and replace(after, rehearsal=None) == before
    assert settings_of(after) == settings_of(before)
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
    first, *others = told.rehearsal.results
    broken = replace(told.rehearsal, results=(replace(first, **bad), *others))
    marks = marks_of(read_site_folder(folder).site)
    answering(monkeypatch, judge(broken, marks))
    done = CLI.invoke(app, ["rehearse", "--site", str(folder), "--write"])
    assert done.exit_code == 1 and says.split()[0] in done.stdout
    rehearsal = read_rehearsal(folder)
    assert rehearsal is not None and not judge(rehearsal, marks).good


def test_another_size_is_refused(folder):
    done = CLI.invoke(app, ["rehearse", "--site", str(folder), "--size", "huge"])
    assert done.exit_code == 2 and "ci, full" in done.stderr


FORGED = {
    "name": MARI,
    "statistic": MARI,
    "control": MARI,
    "pass_mark": 100.0,
    "at_most": False,
    "control_pass_mark": 0.0,
}
"""What results may not say of themselves."""


def spoil(text: str, how: str) -> str:
    told = json.loads(text)
    if how == "no JSON":
        return text[:-10]
    if how == "another key":
        told[MARI] = 7
    elif how in FORGED:
        told["results"][0][how] = FORGED[how]
    elif how == "traffic":
        told["traffic"] = MARI
    elif how == "a person's number":
        told["visitors"] = 38001085718
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
    "how",
    ["no JSON", "another key", "a key less", "a number as text", "no number", "an attack less", *FORGED, "traffic",
     "a person's number"],
)  # fmt: skip
def test_a_wrong_or_forged_file_gets_one_sentence_with_its_remedy(folder, told, how):
    """Forged: its own words, pass marks or side of them. No word of it is repeated."""
    (folder / REHEARSAL).write_text(spoil(rehearsal_text(told), how))
    (found,) = mistakes(folder)
    assert str(found).startswith(f"{REHEARSAL}:1: ") and str(found).endswith("write it anew, or remove it")
    assert MARI not in str(found) and "38001085718" not in str(found)
    with pytest.raises(Refusal, match="write it anew"):
        read_site_folder(folder)
    assert read_site_to_rehearse(folder).rehearsal is None and read_site_to_tune(folder).rehearsal is None


@pytest.mark.parametrize(
    ("name", "lie", "says"),
    [("trials", 1, "too few trials or visitors"), ("version", 1, "made under other settings")],
)
def test_figures_of_one_trial_or_of_an_older_attack_count_for_no_release(folder, told, name, lie, says):
    forged = json.loads(rehearsal_text(enough(told)))
    (folder / REHEARSAL).write_text(json.dumps(forged))
    assert isinstance(rehearsal_of(read_site_folder(folder).site), Judgement)
    forged["results"][0][name] = lie
    (folder / REHEARSAL).write_text(json.dumps(forged))
    assert says in rehearsal_of(read_site_folder(folder).site)


def test_a_site_that_has_grown_since_counts_as_other_settings(folder, told):
    (folder / REHEARSAL).write_text(rehearsal_text(enough(told)))
    settings = folder / "site.yaml"
    settings.write_text(settings.read_text().replace("visitors: 250", "visitors: 2500"))
    site = read_site_folder(folder).site
    assert site.size.visitors == 2500 and "made under other settings" in rehearsal_of(site)


def test_a_published_checks_json_has_every_word_from_koond_and_none_from_the_file(folder, told):
    """Two rehearsals that differ in all figures differ in figures alone: each other value of checks.json is the same."""
    texts = []
    for value in (0.0, 0.0001):
        figures = [replace(each, value=value, interval=(0.0, 0.1)) for each in enough(told).rehearsal.results]
        other = replace(enough(told).rehearsal, results=tuple(figures))
        (folder / REHEARSAL).write_text(rehearsal_text(replace(told, rehearsal=other)))
        site = read_site_folder(folder).site
        entries = json.loads(checks_json(site, daily_edition(site.first_day), {}))
        texts.append(
            [{key: each[key] for key in each if key not in ("value", "interval", "verdict")} for each in entries]
        )
    assert texts[0] == texts[1]


def enough(told: Judgement) -> Judgement:
    """The same as if each attack had been tried as often as a release needs."""
    figures = [
        replace(told_, trials=each.least_trials) for told_, each in zip(told.rehearsal.results, ATTACKS, strict=True)
    ]
    return replace(told, rehearsal=replace(told.rehearsal, results=tuple(figures)))


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
