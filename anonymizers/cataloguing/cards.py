"""The segments of the page, each with its reach, its change, its figures and its words."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from anonymizers.cataloguing.changes import Change, changes_in_a_week
from anonymizers.cataloguing.charts import Point, runs
from anonymizers.cataloguing.figure import Figure, Studio
from anonymizers.cataloguing.figures import browser_mix, frequency, points_of, reach_trend, related, related_topics
from anonymizers.cataloguing.heat import Heat, Means, affinity_by_daypart, heat_map, last_four_weeks
from anonymizers.cataloguing.interval import Interval
from anonymizers.cataloguing.opened import Described, Opened, Shelf
from anonymizers.cataloguing.speech import Speech
from anonymizers.cataloguing.text import Text
from anonymizers.vocabulary import DAY

_SPARK_WIDTH, _SPARK_HEIGHT, _DASH = 120, 28, 4


@dataclass(frozen=True)
class Moved:
    """A change in a week, and its words."""

    change: Change
    words: str
    noise: str

    @property
    def kind(self) -> str:
        """`up`, `down`, or `same` where it may be noise."""
        return ("up" if self.change.interval.number > 0 else "down") if self.change.more_than_noise else "same"


@dataclass(frozen=True)
class Card:
    """A segment, in one language."""

    described: Described
    title: str
    description: str
    told_in: str
    """The language of title, description and topics."""
    period: str
    counted: str
    """The period, and how many of its days are counted if some are left out."""
    release: str
    reach: Interval | None
    moved: Moved | None
    spark: str
    """The path of a small line over time, from zero on; empty where no two releases stand side by side."""
    topics: tuple[str, ...]
    related: tuple[str, ...]
    figures: tuple[Figure, ...]
    not_drawn: tuple[str, ...]
    """Titles of figures that would say nothing but noise."""
    heat: Heat | None


def cards(studio: Studio, shelf: Shelf, means: Means) -> list[Card]:
    """The segments of the newest week, then those of the newest day; the largest first."""
    recent = last_four_weeks(shelf.nights)
    found = []
    for releases in (shelf.weeks, shelf.nights):
        if releases:
            changes = changes_in_a_week(releases)
            made = [
                _card(studio, releases, each, changes.get(each.segment), recent, means) for each in releases[0].segments
            ]
            found += sorted(made, key=lambda card: -(card.reach.number if card.reach else -1))
    return found


def moved(speech: Speech, change: Change | None) -> Moved | None:
    """A change, in words."""
    if change is None:
        return None
    number, low, high = (
        speech.signed(end) for end in (change.interval.number, change.interval.low, change.interval.high)
    )
    words = speech.say("in_a_week", number=number, low=low, high=high)
    if change.more_than_noise and change.percent:
        words = f"{words}, {speech.say('about_percent', percent=speech.signed(change.percent))}"
    return Moved(change, words, speech.say("more_than_noise" if change.more_than_noise else "within_noise"))


def _card(
    studio: Studio,
    releases: Sequence[Opened],
    described: Described,
    change: Change | None,
    recent: Sequence[Opened],
    means: Means,
) -> Card:
    newest, speech, segment = releases[0], studio.speech, described.segment
    own = described.topics
    titles = _titles(speech, newest, own)
    weekly = newest.listed.window != DAY
    of_week = (
        {
            "related": related(studio, newest, segment, own),
            "browsers": browser_mix(studio, newest, segment),
            "frequency": frequency(studio, newest, segment),
        }
        if weekly
        else {}
    )
    figures = [reach_trend(studio, releases, segment, speech.say("trend")), *of_week.values()]
    affinity = (newest, affinity_by_daypart(newest, segment)) if weekly else None
    return Card(
        described,
        speech.tell(described.title),
        speech.tell(described.description),
        speech.told_in(described.title),
        newest.listed.period,
        speech.counted(newest),
        newest.listed.release,
        newest.reach(segment),
        moved(speech, change),
        _spark(points_of([(each, reach) for each in reversed(releases) if (reach := each.reach(segment))])),
        tuple(titles),
        tuple(_titles(speech, newest, related_topics(newest, segment, own))) if weekly else (),
        tuple(figure for figure in figures if figure),
        tuple(speech.say(name) for name, figure in of_week.items() if figure is None),
        heat_map(speech, recent, means.of_topics(own), titles, affinity) if recent else None,
    )


def _titles(speech: Speech, release: Opened, topics: Sequence[str]) -> list[str]:
    return [speech.tell(release.topics.get(topic, Text(topic))) for topic in topics]


def _spark(points: Sequence[Point]) -> str:
    told = [(point.place, point.interval.number) for point in points if point.interval]
    pieces = [len(run) for run in runs(points)]
    if max(pieces, default=0) < 2:
        return ""
    first, last = told[0][0], told[-1][0]
    # From zero on: else noise would rise as high as growth.
    across, up = _SPARK_WIDTH / (last - first), (_SPARK_HEIGHT - 4) / max(*(number for _, number in told), 1)
    places = iter([((place - first) * across, _SPARK_HEIGHT - 2 - number * up) for place, number in told])
    return "".join(_line(list(islice(places, count))) for count in pieces)


def _line(places: Sequence[tuple[float, float]]) -> str:
    if len(places) == 1:
        [(x, y)] = places
        return f"M{x - _DASH / 2:.1f},{y:.1f}h{_DASH}"
    return f"M{'L'.join(f'{x:.1f},{y:.1f}' for x, y in places)}"
