"""A3 and A4: two releases do not tell whether a visitor left between them, and would if their noise were the same."""

import numpy as np
import pytest

from anonymizers.attacking.attacks import compare_releases
from anonymizers.attacking.difference import Periods, part_of_budget
from anonymizers.attacking.planted import dominant
from anonymizers.counting.mechanism import Mechanism
from anonymizers.vocabulary import DAY, WEEK
from tests.privacy.stage import ATTACKED, DECLARED, EFFORT, ENOUGH, AThirdOfTheNoise, Stage, stage_of
from tests.worlds import ExactNoise

each_attack = pytest.mark.parametrize("attack", ["A3", "A4"])


class NoiseOfTheDate:
    """Noise seeded by the date: the same measure of the same day gets the same for ever. What koond must never do."""

    def add(self, exact: list[int], mechanism: Mechanism) -> list[int]:
        """The numbers with their for ever equal noise, however many more are asked for at once."""
        noise = np.random.default_rng(20261120).normal(0, mechanism.sigma * 1024, len(exact))
        return [number + round(off) for number, off in zip(exact, noise, strict=True)]


@pytest.fixture(scope="module", params=ATTACKED)
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return stage_of(request.param, tmp_path_factory.mktemp("engine"))


@each_attack
def test_two_releases_do_not_tell_whether_a_visitor_left_between_them(stage, attack):
    """A3: a release and its correction. A4: two periods, between which all others change as the attacker knows."""
    told = compare_releases(DECLARED[attack], stage.worlds(), EFFORT)
    assert told.passed and told.pass_mark == pytest.approx(0.5425, abs=1e-3), told
    assert told.control_succeeded, told


@each_attack
@pytest.mark.parametrize("noise", [NoiseOfTheDate(), ExactNoise()], ids=["seeded-by-the-date", "none"])
def test_the_same_attack_succeeds_on_noise_that_stays_the_same_and_on_none(stage, attack, noise):
    told = compare_releases(DECLARED[attack], stage.worlds(noise), EFFORT)
    assert not told.passed and told.value > 0.9


@each_attack
def test_noise_of_a_third_of_what_is_declared_is_caught_by_as_many_trials_as_a_rehearsal_needs(stage, attack):
    told = compare_releases(DECLARED[attack], stage.worlds(AThirdOfTheNoise()), ENOUGH)
    assert told.figures.trials == DECLARED[attack].least_trials
    assert not told.passed and told.value < 0.731, "the declared epsilon alone would let it pass"


def test_the_target_uses_up_nearly_all_that_the_bounds_allow(stage):
    """Else the attack would be one on somebody who hardly counts."""
    for window in (DAY, WEEK):
        world = stage.worlds()[window]
        there, without = world.exact(dominant(world.site, world.days, 10_000)), world.exact()
        used = part_of_budget(Periods(there, there, without), world.spent)
        # Of what it weighs the attacker looks at 97 %; registrations are attacked by nobody.
        assert 0.95 < used <= 1
