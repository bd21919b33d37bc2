"""How many made-up cases a property is tried on. Never by the clock: these machines are busy."""

from hypothesis import HealthCheck, settings


def trials(number: int) -> settings:
    """Settings for `number` cases, without time limits and without a store of earlier failures."""
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    return settings(max_examples=number, deadline=None, database=None, suppress_health_check=slow)
