"""P12: the proof of an erasure is written when everything was looked into, and for the one person whom it is about."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import dagster as dg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from anonymizers.erasing.sought import Sought
from anonymizers.refusal import Reason, Refusal
from anonymizers.requests import Request, Wish
from pipelines.definitions import build_defs
from pipelines.erasure import places_of
from pipelines.home import write_private
from pipelines.ledger import Kind
from pipelines.night import instance
from tests.promises.launched import addressed, launch
from tests.promises.strangers import person, world_of
from tests.promises.test_p2_objection import drop, office
from tests.worlds import World, page_view, registration

ACCOUNT, COOKIE, MAIL = "EE00012345", "kypsis-lahkuja", "lahkuja@naide.ee"
LEAVES = Request(1, Wish.ERASE, accounts=(ACCOUNT,))
STRIPPED = ("suppressions", "set_aside_rows", "stripped_events")


def with_one_who_leaves(root: Path) -> World:
    """A world in which somebody is counted and stands on the mailing list."""
    world = world_of(root, [person(COOKIE, account=ACCOUNT), person("stays")])
    world.registrations = [registration(account_id=ACCOUNT, email=MAIL, newsletter_consent=True)]
    world.write()
    assert launch(world, *STRIPPED, "mailing_list")
    assert addressed(world) == {("newsletter", MAIL)}
    return world


def visitors(world: World) -> int:
    """How many are counted."""
    return len({row["visitor"] for row in world.stripped()})


def proofs(world: World) -> Mapping[str, Mapping[str, int]]:
    """What the ledger tells of erasures, by request."""
    return {entry.release: entry.told for entry in world.ledger.entries() if entry.kind == Kind.ERASED}


@pytest.mark.parametrize("broken", ["registrations.parquet", "clickstream"])
def test_p12_what_cannot_be_read_keeps_the_proof_back_and_all_else_is_erased(tmp_path: Path, broken: str) -> None:
    world = with_one_who_leaves(tmp_path)
    raw = world.home.root / "raw"
    path = raw / broken if broken.endswith("parquet") else raw / broken / f"date={world.day}" / "part-000.parquet"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(Refusal) as refusal:
        office(world).carry_out(LEAVES)
    assert refusal.value.reason is Reason.SOURCE_UNREADABLE and ACCOUNT not in str(refusal.value)
    assert proofs(world) == {}
    assert places_of(world.home, Sought.of([MAIL])) == {}, "the line is known by its token"
    assert visitors(world) < 3


def test_p12_a_path_of_which_the_environment_knows_nothing_keeps_the_proof_back(tmp_path: Path) -> None:
    world = with_one_who_leaves(tmp_path)
    sources = world.site / "sources.yaml"
    sources.write_text(sources.read_text().replace("raw/registrations", "$KOOND_NOT_SET/registrations"))
    with pytest.raises(Refusal, match="KOOND_NOT_SET"):
        office(world).carry_out(LEAVES)
    assert proofs(world) == {}


def test_p12_where_raw_tables_are_gone_the_line_is_found_by_its_token_and_the_proof_tells_it(tmp_path: Path) -> None:
    world = with_one_who_leaves(tmp_path)
    (world.home.root / "raw" / "registrations.parquet").unlink()
    (world.home.root / "raw" / "clickstream" / f"date={world.day}" / "part-000.parquet").unlink()
    office(world).carry_out(LEAVES)
    assert places_of(world.home, Sought.of([MAIL, ACCOUNT])) == {} and addressed(world) == set()
    told = proofs(world)["request/1"]
    assert (told["left"], told["tables_not_searched"], told["too_short_to_search"]) == (0, 2, 0)


def test_p12_a_request_that_cannot_be_carried_out_keeps_no_other_one_waiting(tmp_path: Path) -> None:
    world = world_of(tmp_path, [])
    (world.home.dagster / "left.log").write_text("kypsis-kadunud")
    paths = [
        drop(world, request=1, wish="erase", cookies=["kypsis-kadunud"]),
        drop(world, request=2, wish="erase", accounts=["EE00000002"]),
        drop(world, request=3, wish="suppress", accounts=["EE00000003"]),
        drop(world, request=4, wish="suppres", accounts=["EE00000004"]),
    ]
    with pytest.raises(Refusal, match="2 requests still wait"):
        office(world).carry_out_waiting()
    assert [path.exists() for path in paths] == [True, False, False, True]
    assert proofs(world).keys() == {"request/2"}


def test_p12_the_sensor_starts_again_after_a_change_and_each_day(tmp_path: Path) -> None:
    world = world_of(tmp_path, [])
    path = drop(world, request=10, wish="erase", accounts=["EE00099999"])
    definitions = build_defs(world.site, world.home)

    def key() -> str:
        with instance(world.home) as opened:
            context = dg.build_sensor_context(opened, definitions=definitions)
            (asked,) = list(definitions.resolve_sensor_def("requests_wait")(context))
        return str(asked.run_key)

    first = key()
    assert key() == first and first.startswith("request 10 of ") and " on 20" in first
    path.write_text(path.read_text() + "\n")
    assert key() != first


def test_p12_a_number_used_again_for_somebody_else_is_refused_and_the_same_request_is_not(tmp_path: Path) -> None:
    world = with_one_who_leaves(tmp_path)
    for _ in range(2):
        office(world).carry_out(LEAVES)
    again = replace(LEAVES, accounts=("EE00000002",))
    with pytest.raises(Refusal, match="number 1 stands in the ledger for another request"):
        office(world).carry_out(again)
    assert len(proofs(world)) == 1
    office(world).carry_out(Request(1, Wish.SUPPRESS, accounts=("EE00000002",)))
    path = drop(world, request=1, wish="suppress", accounts=["EE00000003"])
    assert launch(world, "suppressions"), "a night honours it, and leaves it to somebody to give it a number"
    assert path.exists() and office(world).suppressions.excluded("account", ["EE00000003"])
    assert ACCOUNT not in str([entry.body for entry in world.ledger.entries()])


def test_p12_the_night_after_the_proof_does_not_set_the_person_aside(tmp_path: Path) -> None:
    world = with_one_who_leaves(tmp_path)
    office(world).carry_out(LEAVES)
    world.day += timedelta(days=1)
    world.page_views = [
        page_view(ts=None, account_id=ACCOUNT, cookie_id="uus", url=f"/?e={MAIL}"),
        page_view(ts=None, cookie_id=COOKIE),
        page_view(ts=None, cookie_id="stays"),
        page_view(ts=None, account_id="EE00000002", cookie_id=None),
    ]
    world.registrations = [registration(account_id=ACCOUNT, email=MAIL, created_at=None)]
    world.write()
    assert launch(world, *STRIPPED)
    assert places_of(world.home, Sought.of([ACCOUNT, COOKIE, MAIL])) == {}
    path = world.home.restricted("set_aside_rows") / f"date={world.day}.parquet"
    assert pq.read_table(path).num_rows == 2


def test_p12_a_cookie_of_today_is_known_before_any_night_has_seen_it(tmp_path: Path) -> None:
    world = world_of(tmp_path, [person("kypsis-täna", account=ACCOUNT), person("stays")])
    replace(office(world), day=lambda: world.day).carry_out(LEAVES)
    assert launch(world, *STRIPPED)
    assert visitors(world) == 1


def test_p12_what_a_killed_run_left_half_written_goes_first(tmp_path: Path) -> None:
    world = world_of(tmp_path, [])
    rows = pa.table({"raw": [f"p{number:05}@naide.ee" for number in range(1000)]})
    sink = pa.BufferOutputStream()
    pq.write_table(rows, sink, compression="zstd")
    halves = [
        world.home.restricted("set_aside_rows") / name
        for name in (".date=2026-11-20.parquet.half", ".date=2026-11-20.parquet.1a2b3c4d")
    ]
    for half in halves:
        write_private(half, sink.getvalue().to_pybytes())
    office(world).carry_out(Request(1, Wish.ERASE, accounts=(ACCOUNT,), values=("p00471@naide.ee",)))
    assert not any(half.exists() for half in halves)


def test_p12_forms_that_people_and_programs_write_are_found_in_every_store(tmp_path: Path) -> None:
    world = world_of(tmp_path, [])
    odd = ["+372 5551 2345", "380 0108 5718", "38ZEE00000001A", "&otilde;nne@naide.ee", "%F5nne%40naide.ee", "somebody"]
    path = world.home.restricted("set_aside_rows") / "date=2026-11-01.parquet"
    pq.write_table(pa.table({"raw": odd}), path)
    values = ("+37255512345", "38001085718", "38ZEE-00000001-A", "õnne@naide.ee")
    office(world).carry_out(Request(1, Wish.ERASE, accounts=("17",), values=values))
    assert pq.read_table(path)["raw"].to_pylist() == ["somebody"]
    assert proofs(world)["request/1"]["too_short_to_search"] == 1


def test_p12_who_is_known_by_a_short_number_can_be_proved_erased(tmp_path: Path) -> None:
    """Files of koond's own hold many short numbers: sizes, counts, parts of seconds."""
    world = world_of(tmp_path, [person("c1", account="000106"), person("stays")])
    assert launch(world, *STRIPPED)
    told = world.home.dagster / "sizes.log"
    told.write_text('{"bytes": 000106, "took": 0.000106, "of": [000106]}')
    pq.write_table(pa.table({"raw": ["000106;x", "1000106"]}), world.home.restricted("set_aside_rows") / "a.parquet")
    request = Request(1, Wish.ERASE, accounts=("000106",))
    told_of = office(world).carry_out(request)
    assert told_of["set_aside_rows"] == 1 and proofs(world).keys() == {"request/1"}
    told.write_text('{"account_id": "000106"}')
    with pytest.raises(Refusal, match=r"1 file\(s\) in dagster"):
        office(world).carry_out(request)
