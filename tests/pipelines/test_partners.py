"""partners.yaml is read strictly; a delivery stands in the ledger before it leaves, and never leaves from elsewhere."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from anonymizers.refusal import Refusal
from pipelines.deliveries import deliver, open_released, refuse_own_folders
from pipelines.ledger import Kind
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


def test_an_outlet_inside_the_home_is_refused(site, tmp_path):
    written(site, PARTNERS, tmp_path / "home" / "restricted" / "mailing_list")
    [partner] = read_site_folder(site).partners.partners
    world = World(tmp_path)
    with pytest.raises(Refusal, match="into the home folder"):
        refuse_own_folders(partner.outlet, world.home)


class Remembers:
    """An outlet that keeps what it was given, and what the ledger held by then."""

    def __init__(self, world: World) -> None:
        self._world, self.sent = world, []

    def send(self, delivery):
        self.sent.append((delivery, [entry.kind for entry in self._world.ledger.entries()]))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    made = World(tmp_path_factory.mktemp("partners"), *crowd(20))
    written(made.site, PARTNERS, made.root / "out")
    assert made.run() is None
    return made


def give(world: World, release: str, partner: str = "solar_shop", today: date = date(2026, 11, 22)) -> Remembers:
    outlet, partners = Remembers(world), read_site_folder(world.site).partners
    deliver(world.home, world.ledger, partners, partner, release, open_outlet=lambda to: outlet, today=today)
    return outlet


def deliveries(world: World) -> int:
    return sum(entry.kind == Kind.DELIVERED for entry in world.ledger.entries())


def test_a_delivery_stands_in_the_ledger_before_it_leaves(world):
    before = deliveries(world)
    [(delivery, kinds)] = give(world, f"daily/date={world.day}").sent
    assert kinds[-1] == Kind.DELIVERED and deliveries(world) == before + 1
    assert delivery.files["topics.parquet"] == (world.release / "topics.parquet").read_bytes()
    assert "registrations.parquet" not in delivery.files


@pytest.mark.parametrize("today", [date(2025, 12, 31), date(2027, 1, 1)])
def test_no_valid_contract_no_delivery_and_no_entry(world, today):
    before = deliveries(world)
    with pytest.raises(Refusal, match="the contract of solar_shop runs"):
        give(world, f"daily/date={world.day}", today=today)
    assert deliveries(world) == before


@pytest.mark.parametrize(
    "place",
    ["restricted/mailing_list", "../restricted", "daily/../../restricted/mailing_list", "", "daily/date=2026-11-19"],
)
def test_nothing_but_a_published_release_can_be_asked_for(world, place):
    before = deliveries(world)
    with pytest.raises(Refusal):
        give(world, place)
    assert deliveries(world) == before


def test_a_release_with_a_changed_byte_is_not_delivered(world):
    readme = world.release / "README.md"
    content = readme.read_bytes()
    readme.write_bytes(content + b"mari@marked.example")
    try:
        with pytest.raises(Refusal, match="as the ledger knows it"):
            open_released(world.home, world.ledger, f"daily/date={world.day}")
    finally:
        readme.write_bytes(content)
