"""Where the ledger is kept: rows stay, hands from outside are found, files are private, errors show no password."""

import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from anonymizers.counting.draw import Draw
from anonymizers.refusal import Reason, Refusal
from pipelines.ledger import Kind, Ledger
from pipelines.settings import ledger_url
from tests.pipelines.ledger.nights import (
    CORRECTIONS,
    DAY,
    DIGEST,
    PLAN,
    WEEK,
    a_draw,
    change,
    day,
    never,
    publish,
    spend,
)


def execute(place: str, statement: str) -> None:
    with sa.create_engine(place, poolclass=sa.NullPool).begin() as connection:
        connection.execute(sa.text(statement))


@pytest.mark.parametrize("table", ["entries", "draws"])
@pytest.mark.parametrize("statement", ["UPDATE {0} SET {1} = {1}", "DELETE FROM {0}"])
def test_the_database_refuses_to_change_or_remove_a_row(
    ledger: Ledger, place: str, published: Path, table: str, statement: str
) -> None:
    publish(ledger, published)
    column = "at" if table == "entries" else "content"
    with pytest.raises(DBAPIError, match="only ever added to"):
        execute(place, statement.format(table, column))
    assert ledger.verify() == []


@pytest.mark.parametrize("table", ["entries", "draws"])
def test_the_database_refuses_to_empty_or_replace(ledger: Ledger, place: str, published: Path, table: str) -> None:
    publish(ledger, published)
    values = "1, 'x', 'x', 'x', NULL, 'x', 'x', 'x'" if table == "entries" else "(SELECT min(seal) FROM draws), 'x'"
    statement = f"INSERT OR REPLACE INTO {table} VALUES ({values})"
    if place.startswith("postgresql"):
        statement = f"TRUNCATE {table}"
    with pytest.raises(DBAPIError, match="only ever added to"):
        execute(place, statement)
    assert ledger.verify() == []


@pytest.mark.parametrize(
    ("number", "once", "previous"),
    [(2, "new", "new"), (4, "reserved:" + DAY, "new"), (4, "new", "0" * 64)],
    ids=["number", "once", "fork"],
)
@pytest.mark.parametrize("verb", ["INSERT", "INSERT OR REPLACE"])
def test_the_database_refuses_a_second_entry_and_a_fork(
    ledger: Ledger, place: str, published: Path, number: int, once: str, previous: str, verb: str
) -> None:
    publish(ledger, published)
    if place.startswith("postgresql"):
        verb = "INSERT"
    with pytest.raises(DBAPIError):
        execute(place, f"{verb} INTO entries VALUES ({number}, 'x', 'x', 'x', '{once}', 'x', '{previous}', 'x')")
    assert ledger.verify() == []


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("number", 9),
        ("at", "2020-01-01T00:00:00+00:00"),
        ("kind", "refused"),
        ("release", day(19)),
        ("once", None),
        ("body", "{}"),
        ("previous", "1" * 64),
        ("hash", "1" * 64),
    ],
)
@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_row_that_was_changed_around_the_triggers_is_found(
    ledger: Ledger, place: str, published: Path, number: int, column: str, value: str | int | None
) -> None:
    publish(ledger, published)
    assert ledger.verify() == []
    change(place, f"UPDATE entries SET {column} = :value WHERE number = :number", value=value, number=number)
    assert ledger.verify()


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_row_that_was_taken_away_is_found(ledger: Ledger, place: str, published: Path, number: int) -> None:
    """The last row too: its folder stands in the published store."""
    publish(ledger, published)
    change(place, "DELETE FROM entries WHERE number = :number", number=number)
    assert ledger.verify()


@pytest.mark.parametrize(
    ("statement", "told"),
    [("UPDATE draws SET content = replace(content, ',', ',1')", "was changed"), ("DELETE FROM draws", "is missing")],
)
def test_a_draw_that_was_taken_away_or_changed_is_found_and_not_used(
    ledger: Ledger, place: str, statement: str, told: str
) -> None:
    ledger.draw_once(spend(), "events", lambda: Draw(DAY, "events", PLAN, {"topics": {"visitors": (1, 2, 3)}}))
    change(place, statement)
    assert ledger.verify() == [f"the draw of entry 2 ({DAY}) {told}"]
    for use in (lambda: ledger.draws(DAY), lambda: ledger.draw_once(spend(), "events", never)):
        with pytest.raises(Refusal) as refused:
            use()
        assert refused.value.reason == Reason.STORE


def test_a_release_that_nothing_was_reserved_for_is_found(ledger: Ledger, published: Path) -> None:
    (published / DAY).mkdir(parents=True)
    ledger.record_release(DAY, DIGEST)
    assert ledger.verify() == [f"entry 1 ({DAY}) releases what was not reserved and drawn before"]


def test_a_ledger_with_a_broken_end_is_written_no_further(ledger: Ledger, place: str, published: Path) -> None:
    ledger.draw_once(spend(), "events", a_draw)
    change(place, "UPDATE entries SET release = :other WHERE number = 2", other=day(19))
    acts: list[Callable[[], object]] = [
        lambda: ledger.draw_once(spend(), "events", never),
        lambda: ledger.record_release(DAY, DIGEST),
        lambda: ledger.record_refusal(DAY, Reason.GATE),
    ]
    for act in acts:
        with pytest.raises(Refusal) as refused:
            act()
        assert refused.value.reason == Reason.STORE
    assert len(ledger.entries()) == 2


def test_a_cut_end_is_found_where_the_cut_leaves_a_draw_or_a_hole(ledger: Ledger, place: str, published: Path) -> None:
    ledger.draw_once(spend(), "events", a_draw)
    change(place, "DELETE FROM entries WHERE number = 2")
    assert ledger.verify() == ["1 draw(s) have no entry; entries were taken away"]
    change(place, "DELETE FROM draws")
    change(place, "UPDATE entries SET previous = :other", other="1" * 64)
    with pytest.raises(Refusal):
        ledger.record_refusal(DAY, Reason.GATE)


def test_an_entry_that_a_rule_rests_on_is_not_believed_when_it_was_changed(
    ledger: Ledger, place: str, published: Path
) -> None:
    publish(ledger, published)
    change(place, "UPDATE entries SET body = replace(body, '0.02', '0.01') WHERE number = 1")
    with pytest.raises(Refusal) as refused:
        ledger.reserve_correction(DAY, spend(), "wrong_input")
    assert refused.value.reason == Reason.STORE


def test_the_published_store_and_the_ledger_are_held_against_each_other(ledger: Ledger, published: Path) -> None:
    publish(ledger, published)
    (published / day(19)).mkdir()
    assert any(day(19) in sentence and "does not know" in sentence for sentence in ledger.verify())
    (published / day(19)).rmdir()
    (published / DAY).rmdir()
    assert ledger.verify() == [f"{DAY} was released and is not in the published store"]


def test_entries_tell_the_time_in_utc(place: str, published: Path) -> None:
    noon = datetime(2026, 11, 22, 12, tzinfo=timezone(timedelta(hours=2)))
    ledger = Ledger(place, published, CORRECTIONS, clock=lambda: noon)
    ledger.record_refusal(DAY, Reason.GATE)
    assert ledger.entries()[0].at == noon.astimezone(UTC).isoformat() == "2026-11-22T10:00:00+00:00"


def test_nothing_is_made_before_the_first_use_and_then_the_file_is_private(tmp_path: Path) -> None:
    file = tmp_path / "new" / "home" / "ledger.db"
    ledger = Ledger(file, tmp_path, CORRECTIONS)
    assert not file.parent.exists()
    assert ledger.entries() == []
    assert ledger.corrections_left(WEEK) == CORRECTIONS
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_file_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    file.touch(mode=0o644)
    file.chmod(0o644)
    Ledger(file, tmp_path, CORRECTIONS).record_refusal(DAY, Reason.GATE)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://koond:SECRET@127.0.0.1:1/ledger",
        "postgresql+asyncpg://koond:SECRET@127.0.0.1:1/ledger",
        "mysql://koond:SECRET@127.0.0.1/ledger",
        "postgresql//koond:SECRET@127.0.0.1/ledger",
        "sqlite://",
        "",
    ],
)
def test_a_ledger_that_cannot_be_reached_is_refused_without_its_password(url: str, tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refused:
        Ledger(url, tmp_path, CORRECTIONS).entries()
    assert refused.value.reason == Reason.STORE
    assert "KOOND_LEDGER_URL" in str(refused.value)
    assert "SECRET" not in str(refused.value)


def test_a_file_that_is_no_ledger_is_refused_and_stays(tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    file.write_bytes(b"SECRET is no database" * 99)
    with pytest.raises(Refusal) as refused:
        Ledger(file, tmp_path, CORRECTIONS).entries()
    assert "SECRET" not in str(refused.value)
    assert "sqlalche" not in str(refused.value), "messages of the library show statements"
    assert file.read_bytes().startswith(b"SECRET")
    with pytest.raises(Refusal, match=r"ledger\.db"):
        Ledger(tmp_path / "ledger.db" / "ledger.db", tmp_path, CORRECTIONS).entries()


def test_the_environment_says_where_the_ledger_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KOOND_LEDGER_URL", raising=False)
    assert ledger_url(tmp_path / "ledger.db") == tmp_path / "ledger.db"
    monkeypatch.setenv("KOOND_LEDGER_URL", "postgresql://host/ledger")
    assert ledger_url(tmp_path / "ledger.db") == "postgresql://host/ledger"


@pytest.mark.parametrize("place", ["postgresql"], indirect=True)
def test_a_role_that_may_only_read_and_add_is_enough(ledger: Ledger, place: str, published: Path) -> None:
    """On PostgreSQL the tables can belong to somebody else: koond then cannot take its own triggers away."""
    ledger.record_refusal(DAY, Reason.GATE)
    owner = sa.make_url(place)
    schema = str(owner.query["options"]).partition("search_path=")[2]
    execute(place, f"CREATE ROLE {schema} LOGIN; GRANT USAGE ON SCHEMA {schema} TO {schema}")
    execute(place, f"GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA {schema} TO {schema}")
    adder = owner.set(username=schema).render_as_string(hide_password=False)
    publish(Ledger(adder, published, CORRECTIONS), published)
    assert [entry.kind for entry in ledger.entries()] == [Kind.REFUSED, Kind.RESERVED, Kind.DRAWN, Kind.RELEASED]
    assert ledger.verify() == []
    with pytest.raises(DBAPIError):
        execute(adder, "ALTER TABLE entries DISABLE TRIGGER ALL")
