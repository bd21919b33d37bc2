"""Promises 2 and 9: the mailing list follows the newest word of everybody, whatever of the night was done before."""

from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from typer.testing import CliRunner

from pipelines.command_line import app
from tests.promises.launched import addressed, launch
from tests.promises.strangers import change_sources, person, with_opt_outs, world_of
from tests.promises.test_p2_objection import drop
from tests.worlds import REGISTRATIONS, World, registration

MARI = {"account_id": "EE01", "email": "mari@marked.example"}
DRAWN = ("suppressions", "set_aside_rows", "stripped_events", "daily_statistics")
LIST = ("suppressions", "mailing_list")


def subscribed(root: Path) -> World:
    world = world_of(root, [person("c1", account="EE01"), person("c2")])
    world.registrations = [registration(**MARI, newsletter_consent=True)]
    world.write()
    return world


def write_registrations_of(world: World, days_later: int, agrees: bool) -> None:
    """The registration table of one day, where the site writes one a day."""
    day = world.day + timedelta(days=days_later)
    rows = [registration(**MARI, newsletter_consent=agrees)]
    path = world.home.root / "raw" / "registrations" / f"date={day}.parquet"
    path.parent.mkdir(exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows, schema=REGISTRATIONS), path)


def test_p2_who_objects_after_a_draw_is_on_no_list_when_the_unfinished_night_is_run_again(tmp_path: Path) -> None:
    world = subscribed(tmp_path)
    with_opt_outs(world, {})
    assert launch(world, *DRAWN, "mailing_list")
    assert addressed(world) == {("newsletter", MARI["email"])}
    events = world.stripped()
    rows = pa.Table.from_pylist(list(world.registrations), schema=REGISTRATIONS)
    objected = rows.append_column("objection", pa.array(["yes"], pa.string()))
    pq.write_table(objected, world.home.root / "raw" / "registrations.parquet")
    assert launch(world, *DRAWN, "mailing_list")
    assert addressed(world) == set()
    assert world.stripped() == events, "what was drawn stays, for the week counts the same"


def test_p2_a_late_night_draws_the_list_from_the_newest_registrations(tmp_path: Path) -> None:
    world = world_of(tmp_path, [])
    change_sources(world, {"registrations": {"path": "raw/registrations/date={date}.parquet"}})
    write_registrations_of(world, 0, agrees=True)
    assert launch(world, *LIST)
    assert addressed(world) == {("newsletter", MARI["email"])}, "no newer table is there"
    write_registrations_of(world, 2, agrees=False)
    assert launch(world, *LIST)
    assert addressed(world) == set()


def test_p9_a_mailing_list_drawn_alone_hears_an_objection_that_waits(tmp_path: Path) -> None:
    world = subscribed(tmp_path)
    assert launch(world, *LIST)
    assert addressed(world) == {("newsletter", MARI["email"])}
    path = drop(world, request=3, wish="suppress", accounts=["EE01"])
    assert launch(world, "mailing_list")
    assert addressed(world) == set() and not path.exists()


def test_p2_a_night_whose_list_failed_has_not_ended_well_and_the_same_night_makes_it_good(tmp_path: Path) -> None:
    world = subscribed(tmp_path)
    old = world.home.restricted("mailing_list") / "drawn=2026-11-19.csv"
    old.write_text("kind,email\nnewsletter,opted-out-since@marked.example\n")
    key = world.home.restricted("mailing") / "token.key"
    key.write_bytes(b"short")

    def night() -> tuple[int, str]:
        where = ["--site", str(world.site), "--home", str(world.home.root)]
        told = CliRunner().invoke(app, ["night", str(world.day), *where])
        return told.exit_code, told.output

    for _ in range(2):
        code, output = night()
        assert code == 1 and "stands published, but" in output and "mailing_list failed" in output
        assert "restore restricted/mailing/token.key" in output
        assert (world.release / "_SUCCESS").exists() and old.exists()
    spent = len(world.ledger.entries())
    key.unlink()
    assert night()[0] == 0
    assert addressed(world) == {("newsletter", MARI["email"])} and not old.exists()
    code, output = night()
    assert code == 0 and "is final" in output
    assert len(world.ledger.entries()) == spent


def test_p9_an_objection_is_heard_with_a_tab_behind_the_account_and_as_a_number_with_a_point(tmp_path: Path) -> None:
    """By request, by the registration table, and from a file that begins with a byte order mark."""
    names = ["EE01\t", "EE02\u00a0", "EE03"]
    world = world_of(tmp_path, [person(f"c{name}", account=name, ads=0) for name in names])
    world.registrations = [
        registration(account_id=name, email=f"p{place}@marked.example", newsletter_consent=True)
        for place, name in enumerate(names)
    ]
    world.write()
    with_opt_outs(world, {})
    change_sources(world, {"registrations": {"opted_out": {"objection": ["1"]}}})
    rows = pa.Table.from_pylist(list(world.registrations), schema=REGISTRATIONS)
    objected = rows.append_column("objection", pa.array([1.0, None, 0.0], pa.float64()))
    pq.write_table(objected, world.home.root / "raw" / "registrations.parquet")
    told = tmp_path / "names.txt"
    told.write_bytes(b"\xef\xbb\xbfEE02\r\nEE03\r\n")
    where = ["--site", str(world.site), "--home", str(world.home.root)]
    asked = CliRunner().invoke(app, ["suppress", "--number", "1", "--account", str(told), *where])
    assert asked.exit_code == 0, asked.output
    assert launch(world, "suppressions", "set_aside_rows", "stripped_events", "mailing_list")
    assert world.stripped() == [] and addressed(world) == set()
