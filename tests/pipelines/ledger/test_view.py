"""What `koond ledger` shows: a table, a plot and a verdict; JSON for programs; the exit code."""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from pipelines.command_line import app
from pipelines.ledger import Ledger
from pipelines.ledger.view import Overview, as_json, plot, show, spent
from tests.pipelines.ledger.nights import DAY, DIGEST, WEEK, WEEKLY, a_draw, change, day, publish, spend


@pytest.fixture
def seen(ledger: Ledger, published: Path) -> Overview:
    """Two days, of which one was corrected and cost half, a week, a refusal, and a delivery."""
    publish(ledger, published, day(17))
    publish(ledger, published)
    ledger.reserve_correction(DAY, spend(rho=0.01, epsilon=0.5), "wrong_input")
    ledger.draw_once(spend(WEEKLY), "events", lambda: a_draw(WEEKLY))
    ledger.record_delivery(DAY, "acme", DIGEST, 12)
    return Overview(ledger.entries(), ledger.verify(), WEEK, ledger.corrections_left(WEEK))


def shown(overview: Overview, *, terminal: bool) -> str:
    console = Console(
        file=io.StringIO(), force_terminal=terminal, width=120, color_system="standard" if terminal else None
    )
    show(overview, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_epsilon_is_added_up_by_day_and_week(seen: Overview) -> None:
    assert spent(seen.entries) == {day(17): (0.99, 0.0), DAY: (0.99, 0.5), WEEKLY: (0.99, 0.0)}


def test_bars_are_as_long_as_the_loss(seen: Overview) -> None:
    lines = plot(seen.entries, full="#", more="+")[1:]
    assert [line.split()[0] for line in lines] == ["2026-11-17", "2026-11-18", "2026-W47"]
    assert [(line.count("#"), line.count("+")) for line in lines] == [(27, 0), (27, 13), (27, 0)]
    assert plot([], full="#", more="+") == ["nothing was spent yet"]


def test_people_see_every_entry_the_plot_and_the_verdict(seen: Overview) -> None:
    text = shown(seen, terminal=False)
    assert text.isascii()
    for word in ("reserved", "drawn", "released", "delivered", "0.99", "wrong_input", "acme", f"{DAY}.r2", "####"):
        assert word in text
    assert "every entry holds" in text
    assert seen.entries[-1].hash in text
    assert f"corrections left for {WEEK}: 1" in text
    assert "█" in shown(seen, terminal=True)


def test_an_entry_that_was_changed_is_shown_as_such(seen: Overview, ledger: Ledger, place: str) -> None:
    change(place, "UPDATE entries SET body = :body WHERE number = 1", body="not JSON [red]")
    entries, wrong = ledger.entries(), ledger.verify()
    text = shown(Overview(entries, wrong, WEEK, None), terminal=False)
    assert "changed from outside" in text
    assert "1 thing(s) wrong" in text
    assert f"corrections left for {WEEK}: not known" in text
    assert as_json(Overview(entries, wrong, WEEK, None))["whole"] is False


def test_programs_see_every_entry_and_no_draw(seen: Overview, ledger: Ledger) -> None:
    told = json.loads(json.dumps(as_json(seen)))
    assert [entry["number"] for entry in told["entries"]] == list(range(1, len(seen.entries) + 1))
    assert told["whole"] is True
    assert told["wrong"] == []
    assert told["corrections_left"] == {"week": WEEK, "count": 1}
    numbers = ledger.draws(DAY)["events"].numbers["topics"]["visitors"]
    assert not any(str(number) in json.dumps(told) for number in numbers)


def koond_ledger(home: Path, *more: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["ledger", "--home", str(home), "--site", "elektrum", *more])
    return result.exit_code, result.stdout, result.stderr


def test_the_command_ends_well_only_if_the_ledger_is_whole(
    seen: Overview, place: str, published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = published.parent
    if place.startswith("postgresql"):
        monkeypatch.setenv("KOOND_LEDGER_URL", place)
    code, text, _ = koond_ledger(home)
    assert (code, "every entry holds" in text) == (0, True)
    change(place, "UPDATE entries SET at = 'x' WHERE number = 1")
    code, text, _ = koond_ledger(home, "--json")
    assert (code, json.loads(text)["whole"]) == (1, False)


def test_a_home_without_a_ledger_is_said_so_and_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KOOND_LEDGER_URL", raising=False)
    code, text, error = koond_ledger(tmp_path)
    assert (code, text) == (2, "")
    assert "not there" in error
    assert list(tmp_path.iterdir()) == []
