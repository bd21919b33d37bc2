"""Promise 2: newsletters go only to those who subscribed, who can stop at any time; the list is the site's own."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines.command_line import app
from tests.promises.launched import addressed, launch, mailing_list
from tests.worlds import World, registration

MARI, JAAN = "mari@marked.example", "jaan@marked.example"
LIST = ("suppressions", "mailing_list")


def subscriber(account: str, email: str, agrees: bool = True) -> dict[str, object]:
    return registration(account_id=account, email=email, newsletter_consent=agrees, offer_consent=False)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(
        tmp_path, registrations=[subscriber("EE1", MARI), subscriber("EE2", JAAN), subscriber("EE3", "uku@x.ee", False)]
    )


def test_p2_newsletters_go_to_those_who_subscribed_and_whoever_stops_is_out_at_the_next_run(world: World) -> None:
    assert launch(world, *LIST)
    assert addressed(world) == {("newsletter", MARI), ("newsletter", JAAN)}
    [token] = [line["unsubscribe_token"] for line in mailing_list(world) if line["email"] == MARI]
    told = CliRunner().invoke(app, ["unsubscribe", "-", "--home", str(world.home.root)], input=f"{token}\n")
    assert told.exit_code == 0 and MARI not in told.output
    assert launch(world, *LIST)
    assert addressed(world) == {("newsletter", JAAN)}
    world.registrations = [subscriber("EE1", MARI), subscriber("EE2", JAAN, False)]
    world.write()
    assert launch(world, *LIST)
    assert addressed(world) == set()
