"""docs/threats.md and the tests stay in step: a promise that names a test which is gone is no promise."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = ("docs/threats.md",)


def test_every_test_that_a_page_names_exists():
    written = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    there = set(re.findall(r"^def (test_\w+)", written, re.MULTILINE))
    named = {name for page in PAGES for name in re.findall(r"`(test_\w+)`", (ROOT / page).read_text())}
    assert len(named) > 20 and named - there == set()


def test_every_channel_and_every_attacker_has_a_line():
    """As many channels as are known, each with what closes it and a test."""
    channels = (ROOT / "docs/threats.md").read_text().split("## Channels")[1].split("\n## ")[0]
    lines = [line for line in channels.splitlines() if line.startswith("| ")][2:]
    assert len(lines) >= 22
    assert all(re.search(r"`test_\w+`", line) and len(line.split(" | ")) == 3 for line in lines)
