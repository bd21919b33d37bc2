"""P2, P9: whoever objects is out from the next run on, earlier the same day too; and nothing else of them crosses over."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml

from anonymizers.refusal import Refusal
from anonymizers.requests import Request, Wish, mark
from anonymizers.stripping.strip import strip
from pipelines.definitions import engines_from_environment
from pipelines.ledger import Kind
from pipelines.requests import Requests
from pipelines.resources import Engines
from pipelines.site_folder import read_site_folder
from pipelines.suppressions import SuppressionStore
from tests.promises.launched import launch
from tests.promises.strangers import counted, person, with_opt_outs, world_of
from tests.worlds import World, page_view

STAYS = {"page_view": 3, "ad_view": 2, "all_visitors": 1}


def office(world: World) -> Requests:
    """Where requests are carried out."""
    folder = read_site_folder(world.site)
    return Requests(folder.site, folder.sources, world.home, world.ledger, engines_from_environment())


def drop(world: World, **asked: Any) -> Path:
    """A request in the drop folder, under a name that must not be told."""
    path = (
        world.home.restricted("requests") / f"{asked.get('request')}-{'-'.join(asked.get('accounts', ['nobody']))}.yaml"
    )
    path.write_text(yaml.safe_dump(asked))
    return path


def test_objections_by_account_by_cookie_by_file_and_in_the_registrations_are_honoured_by_the_next_run(
    tmp_path: Path,
) -> None:
    """By account: views under it. By cookie: views and advertisements. Of a visitor any event of whom is named, the day."""
    people = [
        person("c1", account="EE01", ads=0),  # a request
        person("kypsis-2"),  # the command
        person("c3", account="EE03", ads=0),  # the drop folder
        person("c4", account="EE04", ads=0),  # the registrations
        person("stays"),
    ]
    seen, _ = person("c5", account="EE05", ads=0)
    seen[2]["cookie_id"] = "c5b"  # one browser of two is named
    world = world_of(tmp_path, [*people, (seen, [])], accounts=["EE03", "EE04", "EE06"])
    with_opt_outs(world, {"EE04": " YES", "EE03": "no", "EE06": None})
    office(world).carry_out(Request(1, Wish.SUPPRESS, accounts=("EE01",), cookies=("c5b",)))
    subprocess.run(
        [sys.executable, "-m", "pipelines.command_line", "suppress", "--number", "2", "--cookie", "-",
         "--site", str(world.site), "--home", str(world.home.root)],
        input="kypsis-2\n", text=True, check=True, capture_output=True,
    )  # fmt: skip
    path = drop(world, request=3, wish="suppress", accounts=["EE03"])
    assert world.run() is None
    assert counted(world) == STAYS
    assert not path.exists(), "a request that was carried out holds a person, and goes"
    recorded = [entry for entry in world.ledger.entries() if entry.kind == Kind.SUPPRESSED]
    assert [entry.release for entry in recorded] == ["request/1", "request/2", "request/3"]
    assert world.ledger.verify() == []
    assert not any(name in entry.body for entry in world.ledger.entries() for name in ("EE0", "kypsis", 'c5b"'))


def test_what_is_kept_of_those_who_objected_is_a_keyed_hash_and_nothing_else(tmp_path: Path) -> None:
    world = world_of(tmp_path, [])
    store = SuppressionStore(world.home, world.ledger)
    names = tuple(f"kypsis-{number:04}" for number in range(50))
    office(world).carry_out(Request(4, Wish.SUPPRESS, cookies=names))
    assert store.excluded("cookie", [*names, "another"]) == frozenset(names)
    assert store.excluded("account", names) == frozenset()
    for path in world.home.restricted("suppressed").iterdir():
        assert path.stat().st_mode & 0o777 == 0o600
        assert b"kypsis" not in path.read_bytes()
    (key,) = world.home.restricted("suppressed").glob("*.key")
    key.unlink()
    with pytest.raises(Refusal, match="nobody who objected would be known"):
        store.key()


def test_the_engine_and_the_store_make_the_same_hash(engines: Engines) -> None:
    for name in ("EE00000001", "kypsis õ", "'; DROP"):
        asked = engines.engine.query(
            "SELECT $hash AS found FROM (SELECT '$key' AS key, '$name' AS name) t",
            hash=engines.engine.keyed_hash("key", "('account:' || name)"), key="ab" * 32, name=name.replace("'", "''"),
        )  # fmt: skip
        assert engines.engine.fetch(asked)["found"].to_pylist() == [mark("ab" * 32, "account", name)]


@pytest.fixture
def engines(tmp_path: Path) -> Engines:
    return engines_from_environment()(tmp_path)


def test_a_request_that_cannot_be_read_may_be_an_objection_so_nothing_is_counted(tmp_path: Path) -> None:
    world = world_of(tmp_path, [person("somebody")])
    drop(world, request=5, wish="suppress", acounts=["EE07"])
    told = world.run()
    assert told is not None and "request file" in told and "EE07" not in told
    assert not world.release.exists()


def test_of_an_account_that_objected_no_attribute_crosses_to_the_events(tmp_path: Path) -> None:
    """All attributes swapped between those who objected and those who did not: every published byte of events is equal."""
    people = [person(f"c{n}", account=f"EE0{n}", ads=0) for n in range(6)]
    outcomes = []
    for swapped in (False, True):
        world = world_of(tmp_path / str(swapped), people, accounts=[f"EE0{n}" for n in range(6)])
        for number, row in enumerate(world.registrations):
            owner = 5 - number if swapped else number
            row.update(
                name=f"Nimi {owner}", email=f"p{owner}@naide.ee", address=f"Tee {owner}", phone=f"+37255500{owner}"
            )
        world.write()
        with_opt_outs(world, {"EE01": "yes", "EE02": "jah"})
        assert world.run() is None
        assert counted(world) == {"page_view": 12, "all_visitors": 4}
        outcomes.append(
            {path.name: path.read_bytes() for path in world.release.iterdir() if path.suffix in (".parquet", ".gz")}
        )
        who = world.home.restricted("suppressions") / f"date={world.day}.parquet"
        assert pq.read_schema(who).names == ["who"] and pq.read_table(who).num_rows == 2
    assert outcomes[0] == outcomes[1] and len(outcomes[0]) > 6


def test_the_strip_takes_an_opaque_exclusion_and_no_registrations() -> None:
    names = set(strip.__annotations__)
    assert names == {"page_views", "ad_events", "site", "day", "key", "excluded", "return"}


def test_an_objection_reaches_the_days_of_the_open_week_that_were_counted_already(tmp_path: Path) -> None:
    """By request, and by a file that the next night finds."""
    people = [person("c1", account="EE01"), person("c2", account="EE02", ads=0), person("c3"), person("stays")]
    world = world_of(tmp_path, people)
    assert launch(world, "suppressions", "set_aside_rows", "stripped_events")
    assert len({row["visitor"] for row in world.stripped()}) == 5, "EE01 comes under an account and under a cookie"
    told = office(world).carry_out(Request(1, Wish.SUPPRESS, accounts=("EE01",), cookies=("c3",)))
    assert told == {"new": 2, "stripped_events": 8}
    path = drop(world, request=2, wish="suppress", accounts=["EE02"], cookies=["c1"])
    day, world.day = world.day, world.day + timedelta(days=1)
    world.page_views, world.ad_events = [], []
    world.write()
    assert launch(world, "suppressions")
    world.day = day
    assert len({row["visitor"] for row in world.stripped()}) == 1 and not path.exists()


def with_clients(world: World, *, together: bool) -> World:
    """The world's site with visitors known by what stands in the column `referrer`, where they have no cookie."""
    file = world.site / "sources.yaml"
    sources = yaml.safe_load(file.read_text())
    clicks = sources["clickstream"]
    del clicks["columns"]["referrer"]
    clicks["columns"]["client"] = {"class": "identifier", "purposes": ["audience", "leak_scan"], "from": "referrer"}
    clicks |= {"visitor": ["client", "user_agent"], "visitor_together": True} if together else {
        "visitor": ["cookie_id", "client"]
    }  # fmt: skip
    file.write_text(yaml.safe_dump(sources, sort_keys=False))
    return world


def test_who_is_known_as_a_client_alone_is_left_out_and_erased_as_a_cookie(tmp_path: Path) -> None:
    seen = [page_view(cookie_id=None, referrer=name) for name in ("klient-1", "klient-2", "klient-3")]
    world = with_clients(world_of(tmp_path, [(seen, [])]), together=False)
    office(world).carry_out(Request(1, Wish.SUPPRESS, cookies=("klient-1",)))
    assert launch(world, "suppressions", "set_aside_rows", "stripped_events")
    assert len(world.stripped()) == 2
    office(world).carry_out(Request(2, Wish.ERASE, cookies=("klient-2",)))
    assert len(world.stripped()) == 1
    assert launch(world, "suppressions", "set_aside_rows", "stripped_events")
    assert len(world.stripped()) == 1


def test_where_visitors_are_several_columns_together_a_request_by_one_is_refused_and_not_told_as_done(
    tmp_path: Path,
) -> None:
    seen = [page_view(cookie_id=None, referrer="klient-1")]
    world = with_clients(world_of(tmp_path, [(seen, [])]), together=True)
    for wish in (Wish.SUPPRESS, Wish.ERASE):
        with pytest.raises(Refusal, match="visitor_together"):
            office(world).carry_out(Request(1, wish, cookies=("klient-1",)))
    path = drop(world, request=2, wish="suppress", cookies=["klient-1"])
    assert launch(world, "suppressions")
    assert path.exists(), "it still waits for somebody to look at it"
    assert not [entry for entry in world.ledger.entries() if entry.kind in (Kind.SUPPRESSED, Kind.ERASED)]
