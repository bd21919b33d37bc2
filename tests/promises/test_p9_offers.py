"""Promise 9: own offers only on expressed interest; removal from the list on request."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines.command_line import app
from tests.promises.launched import addressed, launch
from tests.promises.strangers import with_opt_outs
from tests.worlds import World, registration

LIST = ("suppressions", "mailing_list")


def account(number: int, offers: bool | None) -> dict[str, object]:
    who = {"account_id": f"EE{number}", "email": f"m{number}@x.example"}
    return registration(**who, offer_consent=offers, newsletter_consent=False)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, registrations=[account(1, True), account(2, True), account(3, False), account(4, None)])


def test_p9_offers_go_to_those_who_want_them_and_whoever_objects_is_out_at_the_next_run(world: World) -> None:
    assert launch(world, *LIST)
    assert addressed(world) == {("offers", "m1@x.example"), ("offers", "m2@x.example")}
    where = ["--site", str(world.site), "--home", str(world.home.root)]
    told = CliRunner().invoke(app, ["suppress", "--number", "1", "--account", "-", *where], input="EE1\n")
    assert told.exit_code == 0, told.output
    assert launch(world, *LIST)
    assert addressed(world) == {("offers", "m2@x.example")}


def test_p9_whoever_objects_in_the_registration_table_gets_no_offers(world: World) -> None:
    """However the table writes the account."""
    world.registrations = [account(1, True), {**account(2, True), "account_id": " EE2 "}, account(5, True)]
    world.write()
    assert launch(with_opt_outs(world, {"EE1": "yes", " EE2 ": "yes", "EE5": "no"}), *LIST)
    assert addressed(world) == {("offers", "m5@x.example")}
