"""`koond rehearse`: attacks the releases of a site on made-up traffic of the same site folder, and tells what came of it.

Like `koond tune` it cannot see real data: no home folder, no source, and an engine that may open no file. The attacks
themselves stand in `anonymizers/attacking/`.
"""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from anonymizers.attacking.attacks import attack_all
from anonymizers.attacking.worlds import Effort, open_world
from anonymizers.counting.mechanism import OpenDPNoise
from anonymizers.counting.plan import plan
from anonymizers.counting.rehearsed import settings_of
from anonymizers.refusal import Reason, Refusal
from anonymizers.rehearsal import MOST_VISITORS, Judged, Judgement, Rehearsal
from anonymizers.site import Site
from anonymizers.vocabulary import DAY, WEEK
from pipelines.engines.duckdb_engine import DuckDBEngine
from pipelines.tune import MONDAY, make_up_events

SEED = 1_002
"""Of visitors and coins, never of noise; another than that of `koond tune`, which chose the bounds on its own visitors."""
_DAYS = {DAY: 1, WEEK: 7}


@dataclass(frozen=True)
class Scale:
    """How large a rehearsal is."""

    effort: Effort
    most: Mapping[str, int]
    """The most visitors a day that are made up, by window; a smaller site gets as many as it has."""


SIZES = {
    "ci": Scale(
        Effort(audits=16, trials=1_200, sticky_trials=20, plantings=12, draws=48), {DAY: MOST_VISITORS, WEEK: 10_000}
    ),
    "full": Scale(
        Effort(audits=60, trials=6_000, sticky_trials=200, plantings=60, draws=100), {DAY: MOST_VISITORS, WEEK: 30_000}
    ),
}


def rehearse(
    site: Site, scale: Scale, *, seed: int = SEED, progress: Callable[[str], None] = lambda line: None
) -> Judgement:
    """Run every attack on the daily and the weekly release of a site."""
    if not any(topic.prefixes for topic in site.topics):
        raise Refusal(
            "rehearse", Reason.SITE_FOLDER, "no topic has a prefix, so that nobody can be made up; give one a prefix"
        )
    plans = {window: plan(site, window) for window in _DAYS}
    with tempfile.TemporaryDirectory() as work:
        engine = DuckDBEngine(Path(work), memory="2GB")
        engine.run("SET enable_external_access = false")
        try:
            worlds = {}
            for number, (window, spent) in enumerate(plans.items()):
                progress(f"making up {'a day' if window == DAY else 'a week'} of visitors ...")
                days = [MONDAY + timedelta(day) for day in range(_DAYS[window])]
                visitors = min(site.size.visitors, scale.most[window])
                made_up = engine.keep(make_up_events(site, days, engine, visitors=visitors, seed=seed))
                worlds[window] = open_world(
                    made_up,
                    site=site,
                    spent=spent,
                    days=days,
                    noise=OpenDPNoise(),
                    rng=np.random.default_rng([seed, number]),
                )
            results = attack_all(worlds, scale.effort, progress)
        finally:
            engine.close()
    rehearsal = Rehearsal(
        *settings_of(site),
        visitors=min(site.size.visitors, scale.most[DAY]),
        seed=seed,
        made_on=datetime.now(UTC).date().isoformat(),
        results=tuple(each.figures for each in results),
    )
    return Judgement(rehearsal, tuple(results))


def as_lines(judgement: Judgement) -> Iterator[tuple[str, ...]]:
    """What the command prints: a line of words for each attack, after one of headings."""
    yield "attack", "statistic", "value", "interval", "pass mark", "control", "verdict"
    for each in judgement.results:
        ends = each.figures.interval
        interval = f"{ends[0]:.3f} to {ends[1]:.3f}" if ends else ""
        yield (
            each.attack,
            each.declared.statistic,
            f"{each.value:.3f}",
            interval,
            f"at most {each.pass_mark:.3f}",
            f"{each.figures.control_value:.3f}, at least {each.declared.control_pass_mark:.3f}",
            verdict(each),
        )


def verdict(result: Judged) -> str:
    """In a word or two."""
    if not result.control_succeeded:
        return "PROVES NOTHING"
    return "held" if result.passed else "SUCCEEDED"
