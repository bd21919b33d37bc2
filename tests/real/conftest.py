"""What these tests share: each site's nights, run once."""

import shutil
from collections.abc import Iterator

import pytest
import yaml

from tests.real.rehearsal import REAL_DATA, WIDE, Rehearsal
from tests.worlds import SITES


@pytest.fixture(scope="session", autouse=True)
def real_data() -> Iterator[None]:
    """KOOND_REAL_DATA as the site folders need it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KOOND_REAL_DATA", str(REAL_DATA))
        yield


@pytest.fixture(scope="session")
def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> Rehearsal:
    """The nights of all sites."""
    root = tmp_path_factory.mktemp("rehearsal")
    shutil.copytree(SITES / "snowplow", root / WIDE / "site")
    file = root / WIDE / "site" / "bounds.yaml"
    bounds = yaml.safe_load(file.read_text())
    for name, measures in bounds["daily"].items():
        for measure in () if name in ("weights", "registrations") else measures.values():
            measure["norm"] = 1_000
    file.write_text(yaml.safe_dump(bounds))
    return Rehearsal(root)
