"""Made-up traffic of the demo site, small enough for tests, and the plan that is chosen on it."""

import pytest

from anonymizers.counting.plan import Plan
from anonymizers.site import Site
from anonymizers.tuning.choose import choose
from anonymizers.tuning.made_up import MadeUp
from anonymizers.vocabulary import DAY, WEEK
from pipelines import tune

FEW = {DAY: (2_000, 3_000), WEEK: (500, 800)}


@pytest.fixture(scope="session")
def traffic(site: Site) -> dict[str, MadeUp]:
    """A day and a week; each visitor stands for many, so that the site is as large as it says."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tune, "VISITORS", FEW)
        return {window: tune.make_up(site, window, seed=5) for window in FEW}


@pytest.fixture(scope="session")
def chosen(traffic: dict[str, MadeUp]) -> dict[str, Plan]:
    """What is chosen on it, without spreads."""
    return {window: choose(found.plan, found) for window, found in traffic.items()}
