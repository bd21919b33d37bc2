"""Privacy in one place: the frozen description of a release, from which sensitivity, noise, intervals and privacy.json follow.

A number that no measure of a plan stands for cannot be drawn (`measure.py` walks the plan), sealed, or pass the gate.
"""

from dataclasses import dataclass
from hashlib import sha256

from anonymizers.counting.accounting import LEAST_STEPS, epsilon_of, release_rho
from anonymizers.counting.draw import UNIT, Spend
from anonymizers.counting.mechanism import Mechanism
from anonymizers.counting.statistic import STATISTICS, Statistic
from anonymizers.refusal import Reason, Refusal
from anonymizers.site import Bound, Budget, Site, bounds_of
from anonymizers.vocabulary import ALL_VISITORS, DAY


@dataclass(frozen=True)
class Measure:
    """One noisy vector: a table's `visitors`, `events`, `pairs` or `registrations`, over all cells of `keys`."""

    statistic: Statistic
    name: str
    keys: tuple[str, ...]
    bound: Bound
    mechanism: Mechanism
    weights: tuple[tuple[str, int], ...] = ()
    """Action -> how much one event or pair of it weighs; empty where all weigh the same."""

    def weight(self, cell: tuple[str | int, ...]) -> int:
        """By how much the drawn number of a cell must be divided."""
        return dict(self.weights)[str(cell[self.keys.index("action")])] if self.weights else 1


@dataclass(frozen=True)
class Plan:
    """All that a release spends, on what."""

    window: str
    budget: Budget
    measures: tuple[Measure, ...]
    rules: str
    """Digest of the closed lists and of all other rules by which events were counted, so that a draw fits them."""

    @property
    def rho(self) -> float:
        """zCDP of the whole release."""
        return sum(measure.mechanism.rho for measure in self.measures)

    @property
    def epsilon(self) -> float:
        """Epsilon at the budget's delta, each mechanism composed by dp-accounting from the bound's norm and its noise."""
        return epsilon_of(tuple((each.bound.norm, each.mechanism) for each in self.measures), self.budget.delta)

    @property
    def digest(self) -> str:
        """SHA-256 of the plan: another bound, share or closed list is another plan."""
        return sha256(repr(self).encode()).hexdigest()

    @property
    def statistics(self) -> tuple[Statistic, ...]:
        """Its tables, in the order of publication."""
        return STATISTICS[self.window]

    def of(self, statistic: Statistic) -> dict[str, Measure]:
        """The measures of one table, by name."""
        return {measure.name: measure for measure in self.measures if measure.statistic == statistic}

    def spend(self, release: str, week: str) -> Spend:
        """What the ledger reserves for a release under this plan. Refuses a plan that costs more than its budget."""
        if self.epsilon > self.budget.epsilon:
            raise Refusal(
                "plan",
                Reason.BUDGET,
                "by dp-accounting the release would cost more than its budget; a bound and its noise do not fit together",
            )
        return Spend(release, week, self.rho, round(self.epsilon, 6), self.budget.delta, self.digest)


def plan(site: Site, window: str) -> Plan:
    """The plan of a site's daily (`DAY`) or weekly (`WEEK`) release."""
    bounds = bounds_of(site.daily if window == DAY else site.weekly)
    rho = release_rho(site.budget.epsilon, site.budget.delta)
    measures = tuple(
        _measure(statistic, name, bounds[statistic.name, name], rho, site)
        for statistic in STATISTICS[window]
        for name in statistic.measures
        if (statistic.name, name) in bounds
    )
    # Not the words for readers: whoever mends a title counts as before.
    topics = [(each.topic, each.prefixes, each.ads) for each in site.topics]
    segments = [(each.segment, each.rule) for each in site.segments if each.window == window]
    rules = (ALL_VISITORS, site.site, site.time_zone, topics, site.actions, segments)
    return Plan(window, site.budget, measures, sha256(repr(rules).encode()).hexdigest())


def _measure(statistic: Statistic, name: str, bound: Bound, rho: float, site: Site) -> Measure:
    mechanism = Mechanism(bound.norm, rho * bound.share)
    if mechanism.sigma * UNIT < LEAST_STEPS:
        raise Refusal(
            "plan", Reason.BUDGET, f"{statistic.name}.{name} gets so much budget that its noise is too coarse"
        )
    keys = statistic.within or () if name == "pairs" else statistic.keys
    weighed = name in ("events", "pairs") and "action" in keys
    weights = tuple((action, site.daily.weights[action]) for action in site.actions) if weighed else ()
    return Measure(statistic, name, keys, bound, mechanism, weights)
