"""Which figures the page has: of releases over time, by hour, by segment, topic, browser and frequency."""

from collections.abc import Callable, Mapping, Sequence

from anonymizers.cataloguing.changes import changes_between
from anonymizers.cataloguing.charts import Point, token, trend
from anonymizers.cataloguing.figure import Figure, Line, Ranked, Studio, bar_figure
from anonymizers.cataloguing.interval import Interval, read_interval
from anonymizers.cataloguing.means import Sum, mean_of_a_day
from anonymizers.cataloguing.opened import Opened, Row
from anonymizers.cataloguing.speech import Speech
from anonymizers.vocabulary import ALL_VISITORS, DAY, HOURS, OTHER

_MOST_BARS = 8
Told = Sequence[tuple[Opened, Interval]]
"""Releases and the reach of a segment in each, the oldest first."""


def reach_trend(studio: Studio, releases: Sequence[Opened], segment: str, title: str) -> Figure | None:
    """Visitors of a segment over the releases, from two on. `releases` has the newest first."""
    speech, daily = studio.speech, releases[0].listed.window == DAY
    told = [(each, reach) for each in reversed(releases) if (reach := each.reach(segment))]
    if len(told) < 2:
        return None
    drawing, height = studio.drawn(trend(points_of(told), _labels([each for each, _ in told])))
    return Figure(
        title,
        trend_message(speech, segment, told),
        drawing,
        height,
        (speech.say("day_column" if daily else "week_column"), speech.say("reach").capitalize()),
        tuple(Line(each.listed.period, speech.counted(each), (reach,)) for each, reach in reversed(told)),
        releases[0].listed.release,
        "segments",
    )


def points_of(told: Told) -> list[Point]:
    """The points of a trend. The line is broken where one is missing, and between weeks of other days."""
    points: list[Point] = []
    before: Opened | None = None
    for each, reach in told:
        place, step = each.start.toordinal(), 1 if each.listed.window == DAY else 7
        if before and (place - points[-1].place > step or (step > 1 and each.weekdays != before.weekdays)):
            points.append(Point(place - 1, None))
        points.append(Point(place, reach))
        before = each
    return points


def trend_message(speech: Speech, segment: str, told: Told) -> str:
    """From the first release that counts the same weekdays to the last, and whether that is more than noise; of days, from
    the first of all where none does. Then which weeks between them count fewer days."""
    last, reach = told[-1]
    daily = last.listed.window == DAY
    alike = [each for each in told[:-1] if each[0].weekdays == last.weekdays] or (told[:1] if daily else [])
    alone = speech.say("trend_newest", last=speech.enclosed(reach), period=speech.counted(last))
    said = [_from_to(speech, segment, alike[0], told[-1]) if alike else alone]
    named = (last, alike[0][0] if alike else last)
    said += [speech.counted_short(each) for each, _ in told if not each.whole and each not in named]
    whole = " ".join(said)
    return whole[0].upper() + whole[1:]


def _from_to(speech: Speech, segment: str, first: tuple[Opened, Interval], last: tuple[Opened, Interval]) -> str:
    moved = changes_between(last[0], first[0])[segment]
    words = "trend_rose" if moved.interval.number >= 0 else "trend_fell"
    noise = speech.say("more_than_noise" if moved.more_than_noise else "within_noise")
    return speech.say(
        "trend_message" if last[0].listed.window == DAY else "trend_message_weeks",
        first=speech.enclosed(first[1]),
        first_period=speech.counted(first[0]),
        last=speech.enclosed(last[1]),
        last_period=speech.counted(last[0]),
        change=speech.say(words, number=speech.number(abs(moved.interval.number)), noise=noise),
    )


def reach_of_segments(studio: Studio, release: Opened) -> Figure | None:
    """All segments of a release by their reach, the largest first."""
    rows = [
        Ranked(each.segment, title := studio.speech.tell(each.title), title, reach)
        for each in release.segments
        if (reach := release.reach(each.segment))
    ]
    ranked = sorted(rows, key=lambda row: (-row.interval.number, row.key))
    return bar_figure(studio, ("reach_of_all", "reach_message", "segment_column"), ranked, release, "segments")


def devices(studio: Studio, night: Opened) -> Figure | None:
    """What the day's visitors came with: the most frequent browsers, devices and systems."""
    rows = []
    for row in night.rows("browsers"):
        names = [str(row[key]) for key in ("browser", "device", "os")]
        label = " · ".join(studio.speech.name(name) for name in names)
        interval = read_interval(row, "visitors")
        if interval and set(names) != {OTHER}:
            rows.append(Ranked("|".join(names), label, token("word", "+".join(names)), interval))
    ranked = sorted(rows, key=lambda row: (-row.interval.number, row.key))[:_MOST_BARS]
    return bar_figure(studio, ("devices", "devices_message", "device_column"), ranked, night, "browsers")


def by_hour(studio: Studio, nights: Sequence[Opened], hours: Sequence[Sum], action: str) -> Figure | None:
    """Mean events of an action by hour of the day; only hours that every night tells, and none if their peak may be noise."""
    means = {each.row["hour"]: mean_of_a_day([each]) for each in hours if each.row["action"] == action}
    if len(means) < 2:
        return None
    speech, most = studio.speech, max(means, key=lambda hour: means[hour].number)
    if means[most].is_mostly_noise:
        return None
    labels = {hour: token("hour", hour) for hour in range(0, 24, 6)} | {23: token("hour", 23)}
    drawing, height = studio.drawn(trend([Point(hour, means.get(hour)) for hour in HOURS], labels, from_zero=True))
    told = speech.say("by_hour_message", nights=len(nights), hour=f"{most:02}", number=speech.enclosed(means[most]))
    lines = tuple(Line(str(hour), f"{hour:02}", (interval,)) for hour, interval in means.items())
    heads = (speech.say("hour_column"), speech.say("number_column"))
    title = speech.say(f"by_hour_{action}")
    return Figure(title, told, drawing, height, heads, lines, nights[0].listed.release, "hours", derived=True)


def related(studio: Studio, week: Opened, segment: str, own: Sequence[str]) -> Figure | None:
    """Affinity of a segment to the topics that are not its own, the highest first."""
    rows = [row for row in week.rows("segment_topics") if row["segment"] == segment]
    ranked = [
        Ranked(row["topic"], title := studio.speech.tell(week.topics[row["topic"]]), title, affinity)
        for row in rows
        if row["topic"] not in (*own, OTHER) and (affinity := read_interval(row, "affinity"))
    ]
    ranked.sort(key=lambda each: (-each.interval.number, each.key))
    return bar_figure(
        studio,
        ("related", "related_message", "topic_column"),
        ranked[:_MOST_BARS],
        week,
        "segment_topics",
        base=100,
        lines=_both(rows, "topic", lambda name: studio.speech.tell(week.topics[name])),
        columns=_heads(studio.speech),
    )


def related_topics(week: Opened, segment: str, own: Sequence[str], most: int = 4) -> list[str]:
    """The topics, by name, that are not its own and that the segment is on more often than all visitors, for certain."""
    rows = [
        (-affinity.number, row["topic"])
        for row in week.rows("segment_topics")
        if row["segment"] == segment and row["topic"] not in (*own, OTHER)
        if (affinity := read_interval(row, "affinity")) and affinity.low > 100
    ]
    return [name for _, name in sorted(rows)[:most]]


def browser_mix(studio: Studio, week: Opened, segment: str) -> Figure | None:
    """Visitors of a segment by browser, and the affinity."""
    rows = [row for row in week.rows("segment_browsers") if row["segment"] == segment]
    ranked = [
        Ranked(row["browser"], studio.speech.name(row["browser"]), token("word", row["browser"]), visitors)
        for row in rows
        if (visitors := read_interval(row, "visitors"))
    ]
    ranked.sort(key=lambda each: (each.key == OTHER, -each.interval.number, each.key))
    return bar_figure(
        studio,
        ("browsers", "browsers_message", "browser_column"),
        ranked,
        week,
        "segment_browsers",
        lines=_both(rows, "browser", studio.speech.name),
        columns=_heads(studio.speech),
    )


def frequency(studio: Studio, week: Opened, segment: str) -> Figure | None:
    """Visitors of a segment by how many events they had."""
    rows = [
        Ranked(row["band"], studio.speech.band(row["band"]), token("band", row["band"]), visitors)
        for row in week.rows("segment_frequency")
        if row["segment"] == segment and (visitors := read_interval(row, "visitors"))
    ]
    words = ("frequency", "frequency_message", "frequency_column")
    return bar_figure(studio, words, rows, week, "segment_frequency")


def all_visitors_trend(studio: Studio, releases: Sequence[Opened]) -> Figure | None:
    """Visitors of all releases of one kind."""
    if not releases:
        return None
    title = "trend_of_all" if releases[0].listed.window == DAY else "trend_of_weeks"
    return reach_trend(studio, releases, ALL_VISITORS, studio.speech.say(title))


def _both(rows: Sequence[Row], key: str, name: Callable[[str], str]) -> list[Line]:
    return [
        Line(row[key], name(row[key]), (read_interval(row, "visitors"), read_interval(row, "affinity"))) for row in rows
    ]


def _heads(speech: Speech) -> tuple[str, str]:
    return speech.say("reach").capitalize(), speech.say("affinity_column")


def _labels(releases: Sequence[Opened]) -> Mapping[int, str]:
    """At most four labels, the newest and the oldest among them, evenly over the time; a week says which days it lacks."""
    daily = releases[0].listed.window == DAY
    days = {each.start.toordinal(): len(each.days) for each in releases}
    places = range(min(days), max(days) + 1, 1 if daily else 7)
    last = len(places) - 1
    chosen = {round(last * part / 3) for part in range(4)} if last > 3 else range(last + 1)
    return {
        place: token("day", place) if daily else token("week", f"{place}+{days.get(place, 7)}")
        for place in (places[number] for number in sorted(chosen))
    }
