"""The tour for advertisers shows what its commands print: each is run on a folder made for it, and compared line by line.

`KOOND_WRITE_TOUR=1` writes what they print into the page instead.
"""

import contextlib
import doctest
import io
import os
import re
import shlex
import warnings
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines.command_line import app
from tests.pipelines.tour import write_tour

PAGE = Path(__file__).parents[2] / "docs" / "advertisers.md"
BLOCK = re.compile(r"```(console|pycon)\n(.*?)```", flags=re.S)


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tour")
    write_tour(folder / "published")
    return folder


def printed_by(command: str) -> str:
    """What a command prints, with its warnings first, as a terminal shows them; a line without trailing blanks."""
    words = shlex.split(command)
    assert words[:2] == ["koond", "read"]
    done = CliRunner().invoke(app, words[1:])
    lines = [*done.stderr.splitlines(), *done.stdout.splitlines()]
    return "".join(f"{line.rstrip()}\n" for line in lines)


def run(kind: str, block: str, names: dict[str, object]) -> str:
    """The block as it must be."""
    if kind == "console":
        commands = [line.removeprefix("$ ") for line in block.splitlines() if line.startswith("$ ")]
        return "".join(f"$ {command}\n{printed_by(command)}" for command in commands)
    shown = []
    for example in doctest.DocTestParser().get_examples(block):
        out = io.StringIO()
        with contextlib.redirect_stdout(out), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(compile(example.source, "tour", "single"), names)
        lines = example.source.splitlines()
        shown += [f">>> {lines[0]}", *(f"... {line}" for line in lines[1:])]
        shown += [line.rstrip() for line in out.getvalue().splitlines()]
    return "".join(f"{line}\n" for line in shown)


def test_every_example_of_the_tour_prints_what_the_page_shows(published, monkeypatch):
    monkeypatch.chdir(published)
    text, names = PAGE.read_text(encoding="utf-8"), {}
    blocks = BLOCK.findall(text)
    assert len(blocks) >= 10
    real = [(kind, block, run(kind, block, names)) for kind, block in blocks]
    if os.environ.get("KOOND_WRITE_TOUR"):
        for kind, block, now in real:
            text = text.replace(f"```{kind}\n{block}```", f"```{kind}\n{now}```", 1)
        PAGE.write_text(text, encoding="utf-8")
    for kind, block, now in real:
        assert os.environ.get("KOOND_WRITE_TOUR") or block == now, f"a {kind} example prints something else"


def test_what_the_page_says_in_words_stands_in_its_examples():
    text = PAGE.read_text(encoding="utf-8")
    shown = "".join(block for _, block in BLOCK.findall(text))
    prose = BLOCK.sub("", text)
    for words, stands in SAID.items():
        assert words in re.sub(r"\s+", " ", prose), words
        assert re.search(stands, shown), stands


SAID = {
    "859 movers (769 to 947)": r"movers +859 +769 +947",
    "Solar intenders grew by about 9 %; it is more than noise": r"solar_intenders +1\.09",
    "124 to 128 lies wholly above 100": r"evening +\d+ +126 +124 +128",
    "79 to 151 has 100 inside": r"night +\d+ +109 +79 +151",
    "That 20 is better than 19 is noise.": r"visitor_days +1295 +1213 .*False",
    "That more visitors click at 20 than at 17 is not": r"visitor_days +1295 +878 .*True",
    "whether they click more often, these seven days do not tell": r"events +5442 +3344 .*False",
    "82 (77 to 86)": r"morning +\d+ +82 +77 +86",
    "Week 45 counts 5 of its 7 days": r"2026-W45 counts 5 of 7 days",
    "The reach of the whole week was 260,000": r"all_visitors +260018",
}
