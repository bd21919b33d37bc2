"""Promise 7: aggregated statistics may serve advertisers; they never get personal data."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from anonymizers.counting.draw import UNIT
from anonymizers.counting.plan import plan
from anonymizers.counting.statistic import vocabulary
from anonymizers.estimating.estimate import estimate
from anonymizers.releasing.edition import daily_edition
from anonymizers.releasing.release import caveats, compose
from anonymizers.searching.leak_scan import must_search
from anonymizers.vocabulary import DAY as DAILY
from pipelines.published_store import read_release
from pipelines.site_folder import read_site_folder
from tests.worlds import DAY, World, crowd, registration

PEOPLE = [registration(account_id="EE00000007", name="Mari Maasikas", email="mari.maasikas@marked.example")]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A night with the noise of production."""
    world = World(tmp_path_factory.mktemp("world"), *crowd(90), PEOPLE, resources={})
    assert world.run() is None
    return world


def test_p7_all_that_advertisers_get_follows_from_noisy_draws_and_the_site_folder(world: World) -> None:
    """No byte of it comes from anywhere else."""
    folder, edition = read_site_folder(world.site), daily_edition(DAY)
    tables = estimate(plan(folder.site, DAILY), folder.site, edition.period, world.ledger.draws(edition.release))
    made = compose(folder.site, edition, tables, caveats(folder.sources), must_search(folder.sources))
    assert made.files == read_release(world.release, edition.release).files


def test_p7_every_word_was_fixed_before_the_night(world: World) -> None:
    words = vocabulary(world.settings, DAILY)
    for path in world.release.glob("*.parquet"):
        for name, values in pq.read_table(path).to_pydict().items():
            if name in words:
                assert set(values) <= set(words[name])
            else:
                assert all(value is None or value == DAY or isinstance(value, int) for value in values)


def test_p7_no_number_was_drawn_without_noise(tmp_path: Path, world: World) -> None:
    """Beside a night without noise over the same people: what was counted there is drawn here nowhere exactly."""
    exact = World(tmp_path, world.page_views, world.ad_events, world.registrations)
    assert exact.run() is None
    release = daily_edition(DAY).release
    without, drawn = exact.ledger.draws(release), world.ledger.draws(release)
    apart = total = 0
    for part, draw in drawn.items():
        for table, measures in draw.numbers.items():
            for measure, numbers in measures.items():
                same = without[part].numbers[table][measure]
                apart += sum(one != other for one, other in zip(numbers, same, strict=True))
                total += len(numbers)
    assert apart > 0.99 * total > 0, f"a number is counted in {UNIT} parts of one, so that noise of nought is rare"
