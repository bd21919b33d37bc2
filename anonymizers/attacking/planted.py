"""Visitors that an attacker plants or knows: rows of `stripped_events` over the whole vocabulary of a site. No counting."""

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import pyarrow as pa

from anonymizers.attacking.vectors import Integers
from anonymizers.site import Site
from anonymizers.vocabulary import BROWSERS, DEVICES, HOURS, SYSTEMS

FIRST_STRANGER = 1_000_000
"""Numbers of visitors below are those of planted ones."""
_FEWEST, _MOST = 2, 40
_HABITS = 6


def canaries(site: Site, days: Sequence[date], number: int, rng: np.random.Generator) -> pa.Table:
    """Visitors 1 to `number`, each with 2 to 40 events of up to six habits (topic, hour, action) on one browser.

    Out: the columns of `STRIPPED_EVENTS`. No two do the same, so that each leaves a pattern of its own in the tables.
    """
    return _random_rows(site, days, np.arange(1, number + 1), rng)


def strangers(site: Site, days: Sequence[date], number: int, rng: np.random.Generator) -> pa.Table:
    """Visitors of the same behaviour, so many that most cells hold some; the attacker knows them all."""
    return _random_rows(site, days, np.arange(FIRST_STRANGER, FIRST_STRANGER + number), rng)


def dominant(site: Site, days: Sequence[date], events: int) -> pa.Table:
    """Visitor 0, who has so many events, spread over all topics, actions, hours and days, two browsers, two systems."""
    n = np.arange(events)
    topics, actions = len(site.topic_names), len(site.actions)
    return _rows(
        site,
        days,
        visitor=np.zeros(events, dtype=np.int64),
        day=n % len(days),
        hour=n % 24,
        topic=n // 24 % topics,
        action=n // 7 % actions,
        browser=n // 5 % 2,
        device=np.zeros(events, dtype=np.int64),
        system=n // 3 % 2,
    )


def _random_rows(site: Site, days: Sequence[date], visitors: Integers, rng: np.random.Generator) -> pa.Table:
    often = rng.integers(_FEWEST, _MOST + 1, len(visitors))
    who = np.repeat(np.arange(len(visitors)), often)
    habit = who * _HABITS + rng.integers(0, _HABITS, len(who))

    def habits(words: int) -> Integers:
        chosen: Integers = rng.integers(0, words, len(visitors) * _HABITS)[habit]
        return chosen

    def own(words: int) -> Integers:
        chosen: Integers = rng.integers(0, words, len(visitors))[who]
        return chosen

    return _rows(
        site,
        days,
        visitor=visitors[who],
        day=habits(len(days)),
        hour=habits(len(HOURS)),
        topic=habits(len(site.topic_names)),
        action=habits(len(site.actions)),
        browser=own(len(BROWSERS)),
        device=own(len(DEVICES)),
        system=own(len(SYSTEMS)),
    )


def rows_from(site: Site, day: date, visitor: Integers, topic: Integers, hour: Integers, action: Integers) -> pa.Table:
    """One day's events by the places of their words in the site's lists; all on the first browser."""
    none = np.zeros(len(visitor), dtype=np.int64)
    return _rows(
        site,
        [day],
        visitor=visitor,
        day=none,
        hour=hour,
        topic=topic,
        action=action,
        browser=none,
        device=none,
        system=none,
    )


def _rows(site: Site, days: Sequence[date], **places: Integers) -> pa.Table:
    words: Mapping[str, Sequence[str]] = {
        "topic": site.topic_names,
        "action": site.actions,
        "browser": BROWSERS,
        "device": DEVICES,
        "system": SYSTEMS,
    }
    columns = {
        name: pa.array(np.array(list(some), dtype=object)[places[name]], pa.string()) for name, some in words.items()
    }
    return pa.table(
        {
            "traffic_date": pa.array([days[place] for place in places["day"]], pa.date32()),
            "hour": pa.array(places["hour"], pa.int16()),
            "visitor": pa.array(places["visitor"], pa.int64()),
            "topic": columns["topic"],
            "action": columns["action"],
            "browser": columns["browser"],
            "device": columns["device"],
            "os": columns["system"],
            "for_tables": pa.array(np.ones(len(places["visitor"]), dtype=bool)),
            "for_segments": pa.array(np.ones(len(places["visitor"]), dtype=bool)),
        }
    )
