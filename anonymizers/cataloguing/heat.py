"""The heat map of weekday by part of the day: a table whose cells are shaded, so that it needs no table behind it.

Made of the daily tables of topics by part of the day, for releases count no segment by weekday.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from anonymizers.cataloguing.interval import Interval, read_interval, total
from anonymizers.cataloguing.means import Sum, mean_of_a_day, mean_of_days, sums_over
from anonymizers.cataloguing.opened import Opened
from anonymizers.cataloguing.speech import Speech
from anonymizers.vocabulary import DAYPART_OF_HOUR, DAYPARTS

SHADES = 5
_FOUR_WEEKS = timedelta(days=28)


@dataclass(frozen=True)
class Cell:
    """One weekday and part of the day; no interval where a release does not tell it."""

    interval: Interval | None
    shade: int
    """From 1, the least, to `SHADES`; 0 where nothing is told."""


@dataclass(frozen=True)
class Heat:
    """The heat map in one language."""

    title: str
    message: str
    dayparts: tuple[tuple[str, str], ...]
    """Name and hours."""
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    """Weekday and its cells."""
    affinity: tuple[Interval | None, ...]
    """Of a segment by part of the day; empty where there is none."""
    affinity_message: str
    affinity_release: str
    release: str
    table: str = "topic_dayparts"


def last_four_weeks(nights: Sequence[Opened]) -> list[Opened]:
    """The nights of the four weeks up to the newest."""
    return [night for night in nights if night.start > nights[0].start - _FOUR_WEEKS]


def _sums_by_weekday(nights: Sequence[Opened]) -> Mapping[int, Sequence[Sum]]:
    """Weekday -> the events of each topic and part of the day."""
    by_weekday: dict[int, list[Opened]] = {}
    for night in nights:
        by_weekday.setdefault(night.start.weekday(), []).append(night)
    return {weekday: sums_over(same, "topic_dayparts") for weekday, same in by_weekday.items()}


@dataclass(frozen=True)
class Means:
    """What pages in every language are made of: means of the last four weeks, made once."""

    hours: Sequence[Sum]
    by_weekday: Mapping[int, Sequence[Sum]]

    def of_topics(self, topics: Sequence[str]) -> Mapping[tuple[int, str], Interval]:
        """(weekday, part of the day) -> mean events of a day on the topics, or on all where none are named.

        Only where every night of that weekday tells all of them: what stood in `other` once would be missing in the sum.
        """
        found: dict[tuple[int, str], list[Sum]] = {}
        for weekday, told in self.by_weekday.items():
            for each in told:
                if not topics or each.row["topic"] in topics:
                    found.setdefault((weekday, each.row["daypart"]), []).append(each)
        return {cell: mean_of_a_day(parts) for cell, parts in found.items() if len(parts) >= len(set(topics))}


def means_of(nights: Sequence[Opened]) -> Means:
    """The means of these nights; none where there is no night."""
    return Means(sums_over(nights, "hours") if nights else (), _sums_by_weekday(nights))


def heat_map(
    speech: Speech,
    nights: Sequence[Opened],
    means: Mapping[tuple[int, str], Interval],
    titles: Sequence[str] = (),
    affinity: tuple[Opened, Mapping[str, Interval]] | None = None,
) -> Heat | None:
    """The heat map of `means`, of the topics that `titles` name; with a segment's affinity by part of the day below it."""
    if not means:
        return None
    least, most = (pick(each.number for each in means.values()) for pick in (min, max))
    told = {
        "topics": ", ".join(f"“{title}”" if speech.language == "en" else f"„{title}“" for title in titles),
        "nights": len(nights),
        "most": _most(speech, means),
        "half": speech.number(max(each.half for each in means.values())),
    }
    rows = tuple(
        (speech.weekday_short(day), tuple(_cell(means.get((day, part)), least, most) for part in DAYPARTS))
        for day in range(7)
    )
    return Heat(
        speech.say("heat" if titles else "heat_of_all"),
        speech.say("heat_message" if titles else "heat_message_of_all", **told),
        tuple((speech.name(part), _hours(part)) for part in DAYPARTS),
        rows,
        tuple(affinity[1].get(part) for part in DAYPARTS) if affinity else (),
        speech.say("daypart_affinity_message", period=speech.counted(affinity[0])) if affinity else "",
        affinity[0].listed.release if affinity else "",
        nights[0].listed.release,
    )


def _most(speech: Speech, means: Mapping[tuple[int, str], Interval]) -> str:
    """Which part of the day has the most, over all weekdays, and whether that, and any weekday, is more than noise. Only
    weekdays of which every part is told; nothing where there is none, or but one part."""
    parts = [part for part in DAYPARTS if any(told == part for _, told in means)]
    days = [day for day in range(7) if all((day, part) in means for part in parts)]
    if not days or len(parts) < 2:
        return ""
    by_part = {part: mean_of_days([means[day, part] for day in days]) for part in parts}
    by_day = [total([means[day, part] for part in parts]) for day in days]
    first, second = sorted(parts, key=lambda part: -by_part[part].number)[:2]
    return speech.say(
        "heat_most",
        daypart=speech.name(first),
        number=speech.enclosed(by_part[first]),
        next=speech.name(second),
        noise=_noise(speech, by_part[first], by_part[second]),
        weekdays=_noise(speech, max(by_day, key=lambda day: day.number), min(by_day, key=lambda day: day.number)),
    )


def _noise(speech: Speech, more: Interval, less: Interval) -> str:
    """Of the largest and the smallest of many: only where their intervals do not meet, which is stricter than for one pair."""
    return speech.say("more_than_noise" if more.low > less.high else "within_noise")


def affinity_by_daypart(week: Opened, segment: str) -> Mapping[str, Interval]:
    """Part of the day -> affinity of a segment, where it is told."""
    return {
        row["daypart"]: affinity
        for row in week.rows("segment_dayparts")
        if row["segment"] == segment and (affinity := read_interval(row, "affinity"))
    }


def _cell(interval: Interval | None, least: int, most: int) -> Cell:
    if interval is None:
        return Cell(None, 0)
    return Cell(interval, 1 + min(SHADES - 1, SHADES * (interval.number - least) // max(most - least, 1)))


def _hours(part: str) -> str:
    hours = [hour for hour, of in DAYPART_OF_HOUR.items() if of == part]
    return f"{min(hours)}–{max(hours)}"
