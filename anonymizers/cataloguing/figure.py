"""A figure of the page: a drawing, what it says in words and numbers, the table behind it. Which figures there are is in
`figures.py`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from anonymizers.cataloguing.charts import Bar, Chart, bars
from anonymizers.cataloguing.drawing import speak
from anonymizers.cataloguing.interval import Interval
from anonymizers.cataloguing.opened import Opened
from anonymizers.cataloguing.speech import Speech

Draw = Callable[[Chart], str]
_WITH_TITLES = ("topic_column", "segment_column", "device_column")
"""The bars whose labels are long."""


@dataclass(frozen=True)
class Line:
    """A row of the table behind a figure."""

    key: str
    """The row's keys in its release, joined by `|`."""
    label: str
    intervals: tuple[Interval | None, ...]


@dataclass(frozen=True)
class Figure:
    """One chart with all that belongs to it, in one language."""

    title: str
    message: str
    """What the chart says: its alternative text, which everybody sees."""
    drawing: str
    height: int
    columns: tuple[str, ...]
    """Headings of the table: the rows', then of each interval."""
    lines: tuple[Line, ...]
    release: str
    table: str
    derived: bool = False
    """Whether the numbers are means over several releases, and stand in no single one."""


@dataclass(frozen=True)
class Studio:
    """What figures are made with: a language, and a way to draw."""

    speech: Speech
    draw: Draw

    def drawn(self, chart: Chart) -> tuple[str, int]:
        """A spoken drawing and its height."""
        return speak(self.draw(chart), self.speech.token), chart.height


@dataclass(frozen=True)
class Ranked:
    """A row of a bar figure."""

    key: str
    label: str
    drawn_as: str
    """The label as the chart carries it; a token where languages differ."""
    interval: Interval


def bar_figure(
    studio: Studio,
    words: tuple[str, str, str],
    rows: Sequence[Ranked],
    release: Opened,
    table: str,
    *,
    base: int = 0,
    lines: Sequence[Line] = (),
    columns: Sequence[str] = (),
) -> Figure | None:
    """Bars. `words` are the keys of title, message and first column; `lines` the table where it tells more than the bars."""
    if not rows:
        return None
    speech = studio.speech
    title, message, column = words
    chart = bars([Bar(row.drawn_as, row.interval) for row in rows], base, wide=column in _WITH_TITLES)
    drawing, height = studio.drawn(chart)
    most = max(rows, key=lambda row: row.interval.number)
    told = speech.say(
        message,
        label=most.label,
        title=most.label,
        number=speech.enclosed(most.interval),
        period=speech.counted(release),
    )
    heads = (speech.say(column), *(columns or [speech.say("reach").capitalize()]))
    whole = tuple(lines) or tuple(Line(row.key, row.label, (row.interval,)) for row in rows)
    return Figure(speech.say(title), told, drawing, height, heads, whole, release.listed.release, table)
