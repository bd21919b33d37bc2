"""A night of a site's own uses: what stands in the restricted store afterwards, and what Dagster was told of it."""

import csv
import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import dagster as dg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from anonymizers.own_uses.diagnostics import Diagnostics
from anonymizers.own_uses.mailing import LINES, MailingList
from anonymizers.retention import Retention
from pipelines.mailing_records import MailingRecordStore
from pipelines.night import instance
from pipelines.own_use_stores import OwnUseIOManager
from tests.worlds import DAY, World, crowd, page_view, registration

ADDRESS = "198.51.100.77"
SUBSCRIBER, OFFERED, REFUSER = "mari@marked.example", "jaan@marked.example", "uku@marked.example"


def the_world(root: Path) -> World:
    views, ads = crowd(20)
    views += [page_view(ip=ADDRESS, status="404", cookies="portal_id=cookie-1; mail=mari%40marked.example")] * 3
    views += [
        page_view(ip="2001:db8:5::77", status="500", cookies="portal_id=cookie-1"),
        page_view(ip=ADDRESS, status="200"),
    ]
    people = [
        registration(account_id="EE1", email=SUBSCRIBER, newsletter_consent=True, offer_consent=False),
        registration(account_id="EE2", email=OFFERED, newsletter_consent=False, offer_consent=True),
        registration(account_id="EE3", email=REFUSER, newsletter_consent=False, offer_consent=False),
        registration(account_id="EE4", email="nobody@marked.example"),
    ]
    return World(root, views, ads, people)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = the_world(tmp_path_factory.mktemp("own"))
    assert world.run() is None
    return world


@pytest.fixture(scope="module")
def told(ran: World) -> Iterator[dg.DagsterInstance]:
    with instance(ran.home) as opened:
        yield opened


def stored(world: World, folder: str, ending: str) -> Path:
    [path] = [path for path in (world.home.root / "restricted" / folder).iterdir() if path.name.endswith(ending)]
    return path


def metadata(opened: dg.DagsterInstance, asset: str) -> dict[str, object]:
    event = opened.get_latest_materialization_event(dg.AssetKey(asset))
    assert event and event.asset_materialization
    return {name: value.value for name, value in event.asset_materialization.metadata.items()}


def test_the_list_holds_those_who_opted_in(ran):
    with stored(ran, "mailing_list", ".csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert {(line["kind"], line["email"]) for line in lines} == {("newsletter", SUBSCRIBER), ("offers", OFFERED)}
    rows = pq.read_table(stored(ran, "mailing_list", ".parquet")).to_pylist()
    assert [row["unsubscribe_token"] for row in rows] == [line["unsubscribe_token"] for line in lines]


def test_the_ui_is_told_counts_of_the_list_and_no_address(told):
    numbers = metadata(told, "mailing_list")
    assert numbers["newsletter"] == numbers["offers"] == 1
    assert all(isinstance(number, int) for number in numbers.values())


def test_the_server_is_told_by_network_and_the_failing_clients_in_a_file_of_their_own(ran):
    clients = pq.read_table(stored(ran, "server_diagnostics", ".failing.parquet")).to_pylist()
    assert clients == [
        {"client": ADDRESS, "failed": 3, "requests": 4},
        {"client": "2001:db8:5::77", "failed": 1, "requests": 1},
    ]
    whole = stored(ran, "server_diagnostics", f"{ran.day}.parquet")
    networks = {row["network"] for row in pq.read_table(whole).to_pylist()}
    assert networks == {"198.51.100.0/24", "2001:db8:5::/48", "unknown"}


def test_the_ui_is_told_counts_of_the_server_and_no_address(told):
    numbers = metadata(told, "server_diagnostics")
    assert numbers["client_errors"] == 3 and numbers["server_errors"] == 1 and numbers["with_status"] == 5
    assert all(isinstance(number, int) for number in numbers.values())


def test_the_cookie_check_is_red_names_the_cookie_and_lets_the_release_stand(ran, told):
    assert (ran.release / "_SUCCESS").exists()
    audited = json.loads(stored(ran, "cookie_audit", ".json").read_text())
    assert audited["found"] == {"mail": {"e-mail-like": 3}}
    key = dg.AssetCheckKey(dg.AssetKey("cookie_audit"), "cookies_hold_nothing_personal")
    [record] = told.event_log_storage.get_asset_check_execution_history(key, limit=1)
    check = record.event.dagster_event.asset_check_evaluation_data
    assert not check.passed and check.severity is dg.AssetCheckSeverity.ERROR and not check.blocking
    assert check.metadata["cookies"].value == "mail" and check.metadata["email"].value == 3


def test_files_are_the_owners_alone(ran):
    for folder in ("mailing_list", "server_diagnostics", "cookie_audit", "mailing"):
        for path in (ran.home.root / "restricted" / folder).rglob("*"):
            assert path.stat().st_mode & 0o077 == 0, path.name


def test_no_asset_can_load_what_the_site_keeps_for_itself(ran):
    from pipelines.definitions import build_defs

    for spec in build_defs(ran.site, ran.home).resolve_all_asset_specs():
        for dependency in spec.deps:
            assert dependency.asset_key.path[-1] not in ("mailing_list", "server_diagnostics", "cookie_audit"), spec.key


def write(manager: OwnUseIOManager, obj: object, day: date) -> None:
    context = dg.build_output_context(asset_key=dg.AssetKey("any"), partition_key=day.isoformat())
    manager.handle_output(context, obj)


def test_a_new_list_takes_the_place_of_the_old_one(tmp_path):
    home, lines = World(tmp_path).home, LINES.empty_table()
    for today in (date(2026, 11, 20), date(2026, 11, 22)):
        write(OwnUseIOManager(home, Retention(), lambda today=today: today), MailingList(lines, 0, 0), DAY)
    kept = sorted(path.name for path in home.restricted("mailing_list").iterdir())
    assert kept == ["drawn=2026-11-22.csv", "drawn=2026-11-22.parquet"]


@pytest.mark.parametrize(("age", "files"), [(7, 2), (8, 0)])
def test_a_late_night_does_not_store_what_is_due_already(tmp_path, age, files):
    home, nothing = World(tmp_path).home, pa.table({"requests": []})
    manager = OwnUseIOManager(home, Retention(), lambda: DAY + timedelta(days=age))
    write(manager, Diagnostics(nothing, nothing, {}), DAY)
    assert len(list(home.restricted("server_diagnostics").iterdir())) == files


def test_the_key_of_the_tokens_stays_and_a_broken_one_is_refused(tmp_path):
    records = MailingRecordStore(World(tmp_path).home)
    assert records.key() == records.key() and len(records.key()) == 32
    (tmp_path / "home" / "restricted" / "mailing" / "token.key").write_bytes(b"short")
    with pytest.raises(Exception, match="no whole one"):
        records.key()


def test_what_is_no_token_is_refused_whole(tmp_path):
    records = MailingRecordStore(World(tmp_path).home)
    with pytest.raises(Exception, match="1 of 2 lines are no token"):
        records.unsubscribe(["a" * 40, "mari@marked.example"])
    assert records.unsubscribed() == frozenset()
    assert records.unsubscribe(["a" * 40, "", " " + "b" * 40]) == 2
    assert records.unsubscribe(["a" * 40]) == 0
