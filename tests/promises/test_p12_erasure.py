"""P12: on request a person is erased from every store, a wrong value replaced; proof stands in the ledger, without a name."""

import base64
import re
import time
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import dagster as dg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from anonymizers.erasing.sought import Sought
from anonymizers.refusal import Refusal
from anonymizers.requests import Request, Wish
from anonymizers.searching.marks import find
from pipelines.definitions import build_defs
from pipelines.erasure import places_of
from pipelines.home import write_private
from pipelines.ledger import Kind
from pipelines.night import instance
from pipelines.requests import REQUESTS
from tests.promises.strangers import person, world_of
from tests.promises.test_p2_objection import drop, office
from tests.worlds import REGISTRATIONS, World, page_view, registration

ACCOUNT, COOKIE, MAIL = "EE00012345", "kypsis-lahkuja", "lahkuja.õnne@naide.ee"
OTHER = "jaaja@naide.ee"
LEAVER = Sought.of([ACCOUNT, COOKIE, MAIL])


@pytest.fixture(scope="module")
def after_a_night(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A night in which somebody stands in every store; and rows that could not be read, in odd forms."""
    root = tmp_path_factory.mktemp("erasure")
    world = world_of(root, [person(COOKIE, account=ACCOUNT), person("stays")])
    both = [(ACCOUNT, MAIL), ("EE00000002", OTHER)]
    world.registrations = [
        registration(account_id=account, email=mail, newsletter_consent=True, offer_consent=True, name="Mari Maasikas")
        for account, mail in both
    ]
    world.page_views = [*world.page_views, page_view(cookie_id=COOKIE, ts=None, url=f"/?e={quote(MAIL)}")]
    world.write()
    assert world.run() is None
    odd = [
        MAIL.upper(),
        quote(MAIL),
        quote(quote(MAIL)),
        base64.b64encode(b"e=" + MAIL.encode()).decode(),
        f"'{ACCOUNT}'",
    ]
    rows = pa.table({"source": ["c"] * 6, "reason": ["not_csv"] * 6, "raw": [*odd, "somebody else"]})
    pq.write_table(rows, world.home.restricted("set_aside_rows") / "date=2026-11-01.parquet")
    write_private(world.home.restricted("new_store") / "notes.csv", f"email,kind\n{MAIL},a\n{OTHER},b\n".encode())
    return world


def hold(world: World, folder: str) -> bool:
    """Whether a store holds the one who leaves."""
    return f"restricted/{folder}" in places_of(world.home, LEAVER)


def test_p12_erasing_leaves_nothing_of_a_person_below_the_home_folder_and_everything_of_the_others(
    after_a_night: World,
) -> None:
    world = after_a_night
    before, published = world.stripped(), {path: path.read_bytes() for path in world.release.iterdir()}
    assert all(hold(world, store) for store in ("mailing_list", "set_aside_rows", "new_store")), "else nothing is shown"
    assert len({row["visitor"] for row in before}) == 3
    path = drop(world, request=7, wish="erase", accounts=[ACCOUNT])  # the cookie and the e-mail are found by koond
    job = build_defs(world.site, world.home).resolve_job_def(REQUESTS)
    with instance(world.home) as opened:
        assert job.execute_in_process(instance=opened).success
    assert not path.exists()
    assert places_of(world.home, LEAVER) == {}
    files = (path for path in sorted(world.home.root.rglob("*")) if path.is_file())
    kept = [(str(path.relative_to(world.home.root)), path.read_bytes()) for path in files]
    marks = {"account": ACCOUNT, "cookie": COOKIE, "mail": MAIL}
    assert find(marks, [each for each in kept if not each[0].startswith("raw/")]) == [], "in whatever written form"
    assert {each.label for each in find(marks, [each for each in kept if each[0].startswith("raw/")])} == set(marks)
    assert len({row["visitor"] for row in world.stripped()}) == 1
    others = pq.read_table(world.home.restricted("set_aside_rows") / "date=2026-11-01.parquet")
    assert others["raw"].to_pylist() == ["somebody else"]
    assert (world.home.restricted("new_store") / "notes.csv").read_text() == f"email,kind\n{OTHER},b\n"
    assert places_of(world.home, Sought.of([OTHER])).keys() == {"restricted/mailing_list", "restricted/new_store"}
    assert {path: path.read_bytes() for path in world.release.iterdir()} == published, "nothing is published again"
    (proof,) = [entry for entry in world.ledger.entries() if entry.kind == Kind.ERASED]
    assert proof.release == "request/7" and proof.told["left"] == 0 and world.ledger.verify() == []
    assert office(world).suppressions.excluded("account", [ACCOUNT, "EE00000002"]) == {ACCOUNT}


def test_p12_a_corrected_value_takes_the_place_of_the_old_one_in_every_store(after_a_night: World) -> None:
    world = after_a_night
    new = "uus.aadress@naide.ee"
    office(world).carry_out(Request(8, Wish.RECTIFY, corrections={OTHER: new}))
    assert places_of(world.home, Sought.of([OTHER])) == {}
    assert places_of(world.home, Sought.of([new])).keys() == {"restricted/mailing_list", "restricted/new_store"}
    assert [entry.release for entry in world.ledger.entries() if entry.kind == Kind.RECTIFIED] == ["request/8"]


def test_p12_what_cannot_be_erased_is_refused_and_not_written_down_as_done(after_a_night: World) -> None:
    world = after_a_night
    left = world.home.dagster / "left.log"
    left.write_text("kypsis-kadunud")
    with pytest.raises(Refusal, match=r"1 file\(s\) in dagster") as refusal:
        office(world).carry_out(Request(9, Wish.ERASE, cookies=("kypsis-kadunud",)))
    assert "kadunud" not in str(refusal.value)
    assert not [entry for entry in world.ledger.entries() if entry.release == "request/9"]
    left.unlink()


def test_p12_the_sensor_tells_numbers_alone(after_a_night: World) -> None:
    world = after_a_night
    path = drop(world, request=10, wish="erase", accounts=["EE00099999"])
    definitions = build_defs(world.site, world.home)
    with instance(world.home) as opened:
        context = dg.build_sensor_context(opened, definitions=definitions)
        (asked,) = list(definitions.resolve_sensor_def("requests_wait")(context))
    assert re.fullmatch(r"request 10 of \d+ on [\d-]{10}", asked.run_key)
    assert (asked.run_config, asked.partition_key) == ({}, None)
    assert not any("EE00099999" in value for value in asked.tags.values())
    path.unlink()


def test_p12_one_of_100_000_people_is_erased_in_less_than_30_seconds(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.run()
    people = 100_000
    names = [f"EE{n:08}" for n in range(people)]
    raw = [{"account_id": name, "email": f"p{n}@naide.ee"} for n, name in enumerate(names)]
    pq.write_table(pa.Table.from_pylist(raw, schema=REGISTRATIONS), world.home.root / "raw" / "registrations.parquet")
    for day in range(7):
        stripped = world.home.restricted("stripped_events") / f"date={world.day - timedelta(days=day)}.parquet"
        columns = {"visitor": pa.array(range(people * 5), pa.int64()), "topic": ["solar"] * people * 5}
        pq.write_table(pa.table(columns), stripped)
    lists = pa.table({"email": [f"p{n}@naide.ee" for n in range(people)], "kind": ["newsletter"] * people})
    pq.write_table(lists, world.home.restricted("mailing_list") / f"drawn={world.day}.parquet")
    aside = pa.table({"raw": [f"{name},p{n}@naide.ee,/arved" for n, name in enumerate(names)]})
    pq.write_table(aside, world.home.restricted("set_aside_rows") / f"date={world.day}.parquet")
    started = time.monotonic()
    told = office(world).carry_out(Request(11, Wish.ERASE, accounts=(names[4_711],)))
    took = time.monotonic() - started
    assert (told["mailing_list"], told["set_aside_rows"]) == (1, 1)
    assert places_of(world.home, Sought.of([names[4_711], "p4711@naide.ee"])) == {}
    assert took < 30, took
