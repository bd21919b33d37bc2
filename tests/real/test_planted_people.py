"""No person of public test data comes out of a night, in whatever column and form they stand: not a name, not a number."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from anonymizers.releasing.release import files
from anonymizers.releasing.signature import SIGNATURE
from anonymizers.releasing.verify import verify
from anonymizers.searching.second_net import suspicions
from anonymizers.vocabulary import DAY
from pipelines.home import Home
from tests.real.planted import estonian_names, personal_values, planted_world, registered, sentences
from tests.real.rehearsal import NEEDS_REAL_DATA, found_in

pytestmark = NEEDS_REAL_DATA


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The home of the night, published; without its rows, which a failing test would print."""
    world = planted_world(tmp_path_factory.mktemp("planted"))
    published = world.run() is None
    assert published
    return world.home


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_thousands_of_people_were_planted_and_all_are_found_where_they_do_stand(night):
    planted = (len(sentences()), len(registered()), len(estonian_names()) > 300, len(personal_values()) > 9_000)
    assert planted == (1_500, 1_500, True, True)
    values = personal_values()
    found = found_in({"all.txt": "\n".join(sorted(values)).encode()}, values)
    assert found == len(values)
    raw = found_in(contents(night.root / "raw"), values)
    assert raw > 0.85 * len(values), f"{raw} of {len(values)} stand in the raw tables"


def test_nobody_stands_in_any_published_byte(night):
    found = found_in(contents(night.published), personal_values())
    assert found == 0


def test_the_release_is_whole_and_nothing_in_it_looks_personal(night):
    release = {Path(name).name: content for name, content in contents(night.published / "daily").items()}
    assert verify(release) == [] and release.pop(SIGNATURE)
    assert suspicions(release, known=files(DAY)) == []


def test_nobody_stands_in_what_dagster_keeps_nor_in_the_ledger(night):
    outside = {
        name: content for name, content in contents(night.root).items() if not name.startswith(("raw/", "restricted/"))
    }
    found = found_in(outside, personal_values())
    assert len(outside) > len(files(DAY)) + 2
    assert found == 0


def test_nobody_stands_in_what_is_left_after_the_first_step(night):
    """In the restricted store too, but for rows set aside, which are kept as they came. Without the pseudonyms: among the
    digits of thousands of them seven stand by chance that are somebody's telephone."""
    [table] = (night.root / "restricted" / "stripped_events").glob("*.parquet")
    rows = pq.read_table(table).drop_columns(["visitor"])
    found = found_in({"rows.csv": rows.to_pandas().to_csv().encode()}, personal_values())
    assert (rows.num_rows > 2_000, found) == (True, 0)
