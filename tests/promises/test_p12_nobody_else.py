"""P12, P2: a correction or an erasure of one person leaves everybody else's rows as they are."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from anonymizers.own_uses.mailing import LINES
from anonymizers.requests import Request, Wish
from pipelines.own_use_stores import write_mailing_list
from tests.promises.launched import addressed
from tests.promises.test_p2_objection import office
from tests.worlds import World


def with_list(world: World, emails: Sequence[str]) -> World:
    """The world with a mailing list of some addresses."""
    usual = {"kind": "newsletter", "unsubscribe_token": "0" * 40, "opted_in_at": None, "opted_in_by": None}
    lines = pa.Table.from_pylist([{**usual, "email": email} for email in emails], schema=LINES)
    write_mailing_list(world.home, lines, world.day - timedelta(days=1))
    return world


def written_to(world: World) -> list[str]:
    """The addresses of the list."""
    return sorted(email for _, email in addressed(world))


@pytest.mark.parametrize(
    ("corrections", "before", "after"),
    [
        (
            {"mari@naide.ee": "uus@mujal.ee"},
            ["mari@naide.ee", "anne-mari@naide.ee"],
            ["anne-mari@naide.ee", "uus@mujal.ee"],
        ),
        ({"mari@gmail.co": "mari@gmail.com"}, ["mari@gmail.com", "x@naide.ee"], ["mari@gmail.com", "x@naide.ee"]),
        (
            {"Tamm": "Kask"},
            ["jaan.tamm@naide.ee", "tammsaare@naide.ee"],
            ["jaan.tamm@naide.ee", "tammsaare@naide.ee"],
        ),
        ({"mari@naide.ee": "mari@naide.ee.com"}, ["mari@naide.ee"], ["mari@naide.ee.com"]),
    ],
)
def test_p12_a_correction_touches_whole_values_alone(
    tmp_path: Path, corrections: dict[str, str], before: list[str], after: list[str]
) -> None:
    world = with_list(World(tmp_path), before)
    request = Request(1, Wish.RECTIFY, corrections=corrections)
    for _ in range(2):
        office(world).carry_out(request)
        assert written_to(world) == after


def test_p12_who_has_a_value_that_begins_as_that_of_the_one_who_leaves_stays(tmp_path: Path) -> None:
    others = ["p01471@naide.ee", "anne-p0147@naide.ee", "p0147@naide.ee.com"]
    world = with_list(World(tmp_path), ["p0147@naide.ee", *others])
    told = office(world).carry_out(Request(1, Wish.ERASE, accounts=("p0147",), values=("p0147@naide.ee",)))
    assert written_to(world) == sorted(others) and told["mailing_list"] == 2, "a line in each of two files"
