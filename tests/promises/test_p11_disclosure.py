"""Promise 11: personal data goes to lawful authorities alone, by hand, approved by a second person, sealed and on record."""

import json
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

import pyrage
import pytest
import yaml
from typer.testing import CliRunner

from pipelines.command_line import app
from pipelines.definitions import build_defs
from pipelines.disclosure import JOB
from pipelines.ledger import Kind
from tests.worlds import HOST, World, ad_event, at, page_view, registration

YESTERDAY = datetime.now(ZoneInfo("Europe/Tallinn")).date() - timedelta(days=1)
PERSON, COOKIE, EMAIL, OTHER = "EE77777771", "cookie-marked-9b1d77", "mari@marked.example", "EE00000002"
SHARED = "cookie-shared-4c0e12"
IDENTITY = pyrage.x25519.Identity.generate()
CASE = "kt-2026-0815"


def the_world(root: Path, day: date = YESTERDAY) -> World:
    views = [
        page_view(ts=at(9, day=day), account_id=PERSON, cookie_id=COOKIE, url=f"{HOST}/arved/hers"),
        page_view(ts=at(8, day=day), cookie_id=COOKIE, url=f"{HOST}/naidud/hers"),
        page_view(ts=at(7, day=day), account_id=PERSON, cookie_id=SHARED, url=f"{HOST}/arved/hers-at-home"),
        page_view(ts=at(10, day=day), account_id=OTHER, cookie_id=SHARED, url=f"{HOST}/arved/shared-browser"),
        page_view(ts=at(9, 30, day=day), cookie_id=SHARED, url=f"{HOST}/arved/before-the-other-logged-in"),
        page_view(ts=at(11, day=day), account_id=OTHER, cookie_id="cookie-2", url=f"{HOST}/arved/other"),
    ]
    people = [registration(account_id=PERSON, email=EMAIL), registration(account_id=OTHER, email="jaan@marked.example")]
    seen = [ad_event(ts=at(12, day=day), cookie_id=COOKIE), ad_event(ts=at(10, 5, day=day), cookie_id=SHARED)]
    return World(root, views, seen, people, day=day)


def write_request(world: World, **changes: str) -> Path:
    said = {
        "case": CASE, "authority": "ppa", "legal_basis": "krms-90-1", "requester": "a-tamm", "approver": "b-kask",
        "recipient": str(IDENTITY.to_public()), "account": PERSON, "cookies": f"[{COOKIE}, {SHARED}]",
    }  # fmt: skip
    path = world.root / "request.yaml"
    lines = [f"{key}: {value}\n" for key, value in {**said, **changes}.items() if value]
    path.write_text("".join(lines), encoding="utf-8")
    return path


def disclose(world: World, request: Path) -> tuple[int, str]:
    where = ["--site", str(world.site), "--home", str(world.home.root)]
    told = CliRunner().invoke(app, ["disclose", "--request", str(request), *where])
    return told.exit_code, told.output


def folder(world: World) -> Path:
    return world.home.root / "restricted" / "disclosures" / CASE


def test_p11_an_authority_gets_one_persons_data_sealed_and_the_ledger_keeps_the_case_without_the_person(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    world = the_world(tmp_path)
    code, output = disclose(world, write_request(world))
    assert code == 0, output
    [sealed] = folder(world).iterdir()
    told = json.loads(pyrage.decrypt(sealed.read_bytes(), [IDENTITY]))
    assert [row["email"] for row in told["registration"]] == [EMAIL]
    assert [row["url"] for row in told["events"]["clickstream"]] == [
        f"{HOST}/arved/hers-at-home", f"{HOST}/naidud/hers", f"{HOST}/arved/hers",
    ]  # fmt: skip
    assert [row["cookie_id"] for row in told["events"]["ad_beacons"]] == [COOKIE]
    assert YESTERDAY.isoformat() in told["days"] and YESTERDAY.isoformat() not in told["days_without_data"]
    assert "ip" not in told["events"]["clickstream"][0], "addresses serve the diagnosis of the server alone (promise 5)"
    [entry] = [entry for entry in world.ledger.entries() if entry.kind == Kind.DISCLOSED]
    assert entry.told["case"] == CASE and entry.told["approver"] == "b-kask" and world.ledger.verify() == []
    printed = capfd.readouterr()
    for path in (path for path in world.home.root.rglob("*") if path.is_file()):
        if not path.is_relative_to(world.home.root / "raw"):
            content = path.read_bytes()
            assert not any(mark.encode() in content for mark in (PERSON, COOKIE, EMAIL)), path.name
    assert not any(mark in output + printed.out + printed.err for mark in (PERSON, COOKIE, EMAIL))


@pytest.mark.parametrize(
    "changes",
    [
        {"approver": "a-tamm"},
        {"approver": ""},
        {"case": ""},
        {"authority": ""},
        {"legal_basis": ""},
        {"recipient": ""},
        {"recipient": "age1" + "q" * 58},
        {"account": ""},
        {"case": PERSON.lower()},
        {"case": "../../published"},
        {"marika": PERSON},
    ],
)
def test_p11_without_all_that_the_law_asks_for_nothing_is_given_and_nothing_is_told(
    tmp_path: Path, changes: dict[str, str]
) -> None:
    world = the_world(tmp_path)
    code, output = disclose(world, write_request(world, **changes))
    assert code == 1 and "refused: disclose" in output
    assert PERSON not in output and "marika" not in output
    restricted = world.home.root / "restricted"
    assert not restricted.exists() or not [path for path in restricted.rglob("*") if path.is_file()]
    assert not world.home.ledger.exists() or Kind.DISCLOSED not in {entry.kind for entry in world.ledger.entries()}


def test_p11_nothing_starts_a_disclosure_but_a_person(tmp_path: Path) -> None:
    world = World(tmp_path)
    repository = build_defs(world.site, world.home).get_repository_def()
    assert JOB in {job.name for job in repository.get_all_jobs()}
    assert JOB not in {schedule.job_name for schedule in repository.schedule_defs}
    assert JOB not in {target.job_name for sensor in repository.sensor_defs for target in sensor.targets}
    keys = {key.path[-1] for key in repository.asset_graph.get_all_asset_keys()}
    assert not any("disclos" in key for key in keys), "no asset is made of it, and it is made of none"


def test_p11_where_no_event_tells_the_account_of_a_cookie_cookies_are_refused(tmp_path: Path) -> None:
    world = the_world(tmp_path)
    file = world.site / "sources.yaml"
    sources = yaml.safe_load(file.read_text())
    sources["clickstream"]["columns"]["account_id"]["purposes"].remove("disclosure")
    file.write_text(yaml.safe_dump(sources, sort_keys=False))
    code, output = disclose(world, write_request(world))
    assert code == 1 and "who else used a cookie" in output
    assert not list(folder(world).glob("*.age"))


def test_p11_a_second_disclosure_of_a_case_takes_no_other_files_place(tmp_path: Path) -> None:
    world = the_world(tmp_path)
    for _ in range(2):
        code, output = disclose(world, write_request(world))
        assert code == 0, output
    digests = {sha256(path.read_bytes()).hexdigest() for path in folder(world).glob("*.age")}
    entries = [entry for entry in world.ledger.entries() if entry.kind == Kind.DISCLOSED]
    assert len(digests) == len(entries) == 2 and digests == {entry.told["digest"] for entry in entries}
