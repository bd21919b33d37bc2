"""partners.yaml is read strictly; a night delivers what was agreed, and nothing but a published release."""

import shutil
from datetime import date
from pathlib import Path

import dagster as dg
import pytest
from typer.testing import CliRunner

from anonymizers.delivering.outcome import Outcome, State
from anonymizers.refusal import Refusal
from assets.deliveries import CHECK
from pipelines.command_line import app
from pipelines.definitions import courier_of
from pipelines.deliveries import open_released
from pipelines.ledger import Kind
from pipelines.night import instance
from pipelines.site_folder import mistakes, read_site_folder
from tests.worlds import SITES, World, crowd

PARTNERS = """\
partners:
  - partner: solar_shop
    title: Solar shop
    contract: KL-2026-014
    valid_from: 2026-01-01
    valid_until: 2026-12-31
    daily: [topics, hours]
    weekly: [segments]
    segments: [SEGMENT]
    outlet: {kind: folder, to: OUT}
"""


def a_segment() -> str:
    return read_site_folder(SITES / "elektrum").site.segments[0].segment


def written(site: Path, text: str, out: Path = Path("/srv/partners")) -> None:
    told = text.replace("SEGMENT", a_segment()).replace("OUT", str(out))
    (site / "partners.yaml").write_text(told, encoding="utf-8")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    shutil.copytree(SITES / "elektrum", tmp_path / "site")
    return tmp_path / "site"


def test_a_site_may_have_no_partners(site):
    (site / "partners.yaml").unlink(missing_ok=True)
    assert mistakes(site) == [] and read_site_folder(site).partners.partners == ()


def test_a_contract_is_read(site):
    written(site, PARTNERS)
    assert mistakes(site) == []
    [partner] = read_site_folder(site).partners.partners
    assert partner.contract == "KL-2026-014" and partner.is_valid_on(date(2026, 12, 31))


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("contract: KL-2026-014", "kontract: KL-2026-014", 4, "no such key"),
        ("    contract: KL-2026-014\n", "", 2, "contract: it is missing"),
        ("2026-12-31", "2025-12-31", 6, "before valid_from"),
        ("valid_from: 2026-01-01", "valid_from: soon", 5, "write a day"),
        ("[topics, hours]", "[topics, mailing_list]", 7, "no such table"),
        ("weekly: [segments]", "weekly: [topics]", 8, "no such table"),
        ("[SEGMENT]", "[people_named_mari]", 9, "no such segment"),
        ("kind: folder", "kind: pigeon", 10, "'folder'"),
        ("kind: folder", "kind: https", 10, "'folder'"),
        ("{kind: folder, to: OUT}", "{kind: sftp, to: koond@sftp.example/in}", 10, "known_hosts: it is missing"),
        (
            "{kind: folder, to: OUT}",
            "{kind: sftp, to: 'me:secret@sftp.example/in', known_hosts: /etc/k}",
            10,
            "never here",
        ),
        ("    outlet:", "    formats: [parquet, xlsx]\n    outlet:", 10, "'parquet' or 'csv'"),
        ("    outlet:", "    formats: []\n    outlet:", 10, "formats: it is empty"),
        ("segments: [SEGMENT]", "segments: []", 8, "no segment was agreed"),
        ("partner: solar_shop", "partner: Solar Shop", 2, "must match"),
        ("title: Solar shop", "title: yes", 3, "put quotes around"),
        ("partners:", "partnres:", 1, "no such key"),
        ("partners:", "partners: 1\npartners:", 2, "stands twice"),
        ("    outlet:", "\toutlet:", 10, "not valid YAML"),
    ],
)
def test_a_mistake_is_told_with_file_line_and_remedy(site, old, new, line, says):
    written(site, PARTNERS.replace(old, new))
    found = [str(mistake) for mistake in mistakes(site)]
    assert any(each.startswith(f"partners.yaml:{line}: ") and says in each for each in found), found


def test_a_file_that_an_outlet_needs_is_missed_by_the_check_and_stops_no_night(site, tmp_path):
    sftp = "{kind: sftp, to: 'koond@sftp.example/in', known_hosts: FILE}"
    written(site, PARTNERS.replace("{kind: folder, to: OUT}", sftp.replace("FILE", str(tmp_path / "known_hosts"))))
    [found] = map(str, mistakes(site))
    assert found.startswith("partners.yaml:10: ") and "known_hosts: there is no such file" in found
    assert read_site_folder(site).partners.partners[0].outlet.kind == "sftp"
    (tmp_path / "known_hosts").touch()
    assert mistakes(site) == []


SECOND = """\
  - partner: heat_shop
    title: Heat shop
    contract: KL-2026-015
    valid_from: 2026-01-01
    valid_until: 2099-12-31
    daily: [totals]
    formats: [csv]
    outlet: {kind: folder, to: $HEAT_SHOP}
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    made = World(tmp_path_factory.mktemp("partners"), *crowd(20))
    (made.root / "out").mkdir()
    written(made.site, PARTNERS.replace("2026-12-31", "2099-12-31") + SECOND, made.root / "out")
    assert made.run() is None
    return made


def last_check(world: World) -> dg.AssetCheckEvaluation:
    with instance(world.home) as opened:
        key = dg.AssetCheckKey(dg.AssetKey("deliveries"), CHECK)
        [record] = opened.event_log_storage.get_asset_check_execution_history(key, limit=1)
    return record.event.dagster_event.asset_check_evaluation_data


def test_a_night_delivers_and_a_partner_that_cannot_be_served_stops_nothing(world):
    """The second partner's variable is not set; the release stands all the same, and the check says who waits, and why."""
    folder = world.root / "out" / f"daily/date={world.day}"
    assert (folder / "topics.parquet").read_bytes() == (world.release / "topics.parquet").read_bytes()
    assert not (folder / "registrations.parquet").exists() and (world.release / "_SUCCESS").exists()
    seen = last_check(world)
    told = {name: value.value for name, value in seen.metadata.items()}
    assert not seen.passed and not seen.blocking and seen.severity == dg.AssetCheckSeverity.WARN
    assert told == {
        "delivered": 1, "already_there": 0, "told_wrong": 0, "failed": 1, "missed": 0,
        "files_sent": len(list(folder.iterdir())),
    }  # fmt: skip
    assert seen.description == (
        "heat_shop: $HEAT_SHOP is not set; set it in the environment of koond, or mend partners.yaml"
    )
    kinds = [entry.kind for entry in world.ledger.entries()]
    assert kinds.index(Kind.RELEASED) < kinds.index(Kind.SENDING) < kinds.index(Kind.DELIVERED)


def test_what_failed_is_delivered_by_the_command_once_it_can_be(world, monkeypatch):
    out = world.root / "heat"
    out.mkdir()
    monkeypatch.setenv("HEAT_SHOP", str(out))
    where = ["--site", str(world.site), "--home", str(world.home.root)]
    result = CliRunner().invoke(app, ["deliver", *where])
    assert result.exit_code == 0, result.output
    assert result.output.startswith(f"heat_shop daily/date={world.day}: delivered")
    found = {path.name: path.read_bytes() for path in (out / f"daily/date={world.day}").iterdir()}
    tables = {name for name in found if name.endswith((".parquet", ".csv.gz"))}
    assert tables == {"totals.csv.gz"}


def deliver(world: World, release: str) -> list[Outcome]:
    folder = read_site_folder(world.site)
    return list(courier_of(folder, world.home, world.ledger).deliver_release(release, "solar_shop"))


@pytest.mark.parametrize(
    "place",
    ["restricted/mailing_list", "../restricted", "daily/../../restricted/mailing_list", "", "daily/date=2026-11-19"],
)
def test_nothing_but_a_published_release_can_be_asked_for(world, place):
    before = len(world.ledger.entries())
    try:
        [outcome] = deliver(world, place)
    except Refusal:
        pass
    else:
        assert outcome.state is State.FAILED
    assert len(world.ledger.entries()) == before


def test_a_release_with_a_changed_byte_is_not_delivered(world):
    readme = world.release / "README.md"
    content = readme.read_bytes()
    readme.write_bytes(content + b"mari@marked.example")
    try:
        with pytest.raises(Refusal, match="as the ledger knows it"):
            open_released(world.home, world.ledger, f"daily/date={world.day}")
    finally:
        readme.write_bytes(content)
