"""A10: 95 % intervals hold the true number in 93 to 97 of 100 cells, so that privacy is not bought with useless data."""

from dataclasses import replace

import pytest

from anonymizers.attacking.attacks import cover
from anonymizers.counting.mechanism import Mechanism, OpenDPNoise
from tests.privacy.stage import ATTACKED, DECLARED, EFFORT, Stage, stage_of
from tests.worlds import ExactNoise


class TwiceTheNoise:
    """More noise than the plan says: good for privacy, but intervals do not know of it."""

    def add(self, exact: list[int], mechanism: Mechanism) -> list[int]:
        """The numbers with twice the noise."""
        return OpenDPNoise().add(exact, Mechanism(mechanism.l2_sensitivity * 2, mechanism.rho))


@pytest.fixture(scope="module", params=ATTACKED)
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return stage_of(request.param, tmp_path_factory.mktemp("engine"))


def test_intervals_hold_the_truth_as_often_as_they_say(stage):
    told = cover(DECLARED["A10"], stage.worlds(), EFFORT)
    assert told.passed, told
    assert told.control_succeeded, told


@pytest.mark.parametrize("noise", [TwiceTheNoise(), ExactNoise()], ids=["twice", "none"])
def test_intervals_that_do_not_fit_the_noise_are_found_out(stage, noise):
    """Too narrow, or for nothing wide."""
    assert not cover(DECLARED["A10"], stage.worlds(noise), replace(EFFORT, draws=4)).passed
