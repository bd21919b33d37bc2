"""Promise 5: the address serves only to diagnose server problems and to run the site."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from pydantic import TypeAdapter, ValidationError

from anonymizers.contract import Purpose, Role, Sources
from assets.raw import RAW_TABLES
from pipelines.definitions import NIGHT_ASSETS, WEEK_ASSETS
from pipelines.published_store import read_release
from pipelines.site_folder import read_site_folder
from tests.promises.test_p1_registrations import purposes_of
from tests.worlds import SITES, World, page_view

SHIPPED = ("elektrum", "weblog", "snowplow")


def test_p5_the_address_is_read_by_the_diagnosis_of_the_server_alone(tmp_path: Path) -> None:
    readers = {
        asset.key.path[-1]
        for asset in (*NIGHT_ASSETS, *WEEK_ASSETS)
        for table in RAW_TABLES
        if Purpose.DIAGNOSTICS in purposes_of(asset, table)
    }
    assert readers == {"server_diagnostics"}
    for site in SHIPPED:
        sources = read_site_folder(SITES / site).sources
        for source in filter(None, map(sources.of, RAW_TABLES)):
            for purpose in set(Purpose) - {Purpose.DIAGNOSTICS}:
                assert Role.IP not in source.readable(purpose), f"{site}: {purpose}"


@pytest.mark.parametrize("purpose", sorted(set(Purpose) - {Purpose.DIAGNOSTICS}))
def test_p5_a_contract_that_opens_the_address_to_anything_else_is_refused(purpose: Purpose) -> None:
    written = yaml.safe_load((SITES / "elektrum" / "sources.yaml").read_text(encoding="utf-8"))
    TypeAdapter(Sources).validate_python(written)
    written["clickstream"]["columns"]["ip"]["purposes"].append(str(purpose))
    with pytest.raises(ValidationError, match=r"diagnosis of the server alone|never read for the purpose audience"):
        TypeAdapter(Sources).validate_python(written)


def test_p5_another_address_changes_no_published_byte_and_diagnostics_go_after_seven_days(tmp_path: Path) -> None:
    published = []
    for address in ("198.51.100.77", "203.0.113.1"):
        world = World(tmp_path / address, [page_view(ip=address, status="500")])
        assert world.run() is None
        published.append(read_release(world.release, "").files)  # the signature's key is each home's own
    assert published[0] == published[1]
    assert world.settings.retention.server_diagnostics == 7
    names = [path.name for path in (world.home.root / "restricted" / "server_diagnostics").iterdir()]
    assert names and all(re.search(str(world.day), name) for name in names)
    assert timedelta(days=world.settings.retention.server_diagnostics) == timedelta(weeks=1)
