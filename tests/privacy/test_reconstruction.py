"""A5: no program over all tables of a day gives small cells that no table tells; over exact tables it gives them all."""

import pytest

from anonymizers.attacking.attacks import reconstruct
from anonymizers.counting.mechanism import Mechanism, OpenDPNoise
from tests.privacy.stage import ATTACKED, DECLARED, EFFORT, Stage, stage_of
from tests.worlds import ExactNoise


class TooLittleNoise:
    """Noise of a thousandth of its scale: one that mistook units for counts."""

    def add(self, exact: list[int], mechanism: Mechanism) -> list[int]:
        """The numbers with next to no noise."""
        return OpenDPNoise().add(exact, Mechanism(mechanism.l2_sensitivity / 1024, mechanism.rho))


@pytest.fixture(scope="module", params=ATTACKED)
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return stage_of(request.param, tmp_path_factory.mktemp("engine"))


def test_a_linear_program_over_all_tables_is_right_no_oftener_than_a_guess_from_the_margins(stage):
    told = reconstruct(DECLARED["A5"], stage.worlds(), EFFORT)
    assert told.passed, told
    assert told.control_succeeded, told


@pytest.mark.parametrize("noise", [TooLittleNoise(), ExactNoise()], ids=["a-thousandth", "none"])
def test_the_same_program_succeeds_where_there_is_hardly_any_noise(stage, noise):
    told = reconstruct(DECLARED["A5"], stage.worlds(noise), EFFORT)
    assert not told.passed and told.value > 0.5
