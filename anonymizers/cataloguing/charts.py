"""Charts as Vega-Lite specifications, plain dictionaries of numbers and marks, with their labels beside them. No drawing,
no sentence, no colour value.

Colours are custom properties of the page's style, so that one drawing serves light and dark. Words that differ between
languages stand as tokens (`token`), which `drawing.speak` replaces. Labels and axes are no marks of Vega: it measures every
text by the machine's fonts, which took 25 of 30 ms a chart, and could move a byte from one machine to the next.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from math import ceil, floor, log10
from textwrap import wrap
from typing import Any, Literal

from anonymizers.cataloguing.interval import Interval

Spec = dict[str, Any]

WIDTH = 344
"""Of every chart, in its own units: a phone's column, so that text is as large as on the page."""
_ROW, _WIDE_ROW, _MANY = 22, 30, 12
_FEW = 14
"""The most points that each have a dot and an error bar; more have a band."""
_LABEL, _WIDE_LABEL, _VALUE = 104, 186, 50
_MIDDLE = 4
"""How far below the middle of a line its letters stand."""
_LINE = 13
"""From one line of a label to the next."""
_LETTER = 6.4
"""How wide a letter is at most, on average, in the fonts that browsers have."""
TOKEN, TOKEN_END = "\ue000", "\ue001"
"""Around what is replaced by a language's own words: letters that Unicode leaves to private use."""


def token(kind: str, what: object) -> str:
    """A place for a word of the reader's language: `number`, `day`, `daypart`, `weekday` and the like."""
    return f"{TOKEN}{kind}:{what}{TOKEN_END}"


@dataclass(frozen=True)
class Label:
    """A text in a chart, in the units of its plot."""

    x: float
    y: float
    text: str
    anchor: Literal["start", "middle", "end"]
    strong: bool = False
    """A number, and not what it is of."""


@dataclass(frozen=True)
class Chart:
    """What is drawn by Vega, and the labels that are laid over it."""

    spec: Spec
    labels: tuple[Label, ...]

    @property
    def height(self) -> int:
        """In the units of its width."""
        padding = self.spec["padding"]
        return int(self.spec["height"] + padding["top"] + padding["bottom"])


@dataclass(frozen=True)
class Bar:
    """A row of a bar chart."""

    label: str
    interval: Interval


def bars(rows: Sequence[Bar], base: int = 0, *, wide: bool = False) -> Chart:
    """Horizontal bars from `base` on with error bars, the number beside each. `wide` leaves more room for labels."""
    label = _WIDE_LABEL if wide else _LABEL
    values = [
        {
            "row": place,
            "number": bar.interval.number,
            "low": bar.interval.low,
            "high": bar.interval.high,
            "base": base,
        }
        for place, bar in enumerate(rows)
    ]
    ends = [base, *(bar.interval.low for bar in rows), *(bar.interval.high for bar in rows)]
    scale = {"domain": [min(0, *ends), max(1, *ends)], "nice": False}
    lines = [_lines(bar.label, label) for bar in rows]
    row = _WIDE_ROW if len(rows) > _MANY or any(len(each) > 1 for each in lines) else _ROW
    width, height = WIDTH - label - _VALUE, row * len(rows)
    labels = []
    for place, bar in enumerate(rows):
        y = row * (place + 0.5) + _MIDDLE
        above = (len(lines[place]) - 1) * _LINE / 2
        labels += [Label(-8, y - above + _LINE * number, line, "end") for number, line in enumerate(lines[place])]
        labels.append(Label(width + 6, y, token("number", bar.interval.number), "start", strong=True))
    across = {"field": "number", "type": "quantitative", "axis": None, "scale": scale}
    return _chart(
        {"width": width, "height": height},
        {"left": label, "right": _VALUE, "top": 2, "bottom": 2},
        values,
        {"y": {"field": "row", "type": "ordinal", "axis": None, "scale": {"padding": 0}}},
        [
            {
                "mark": {"type": "bar", "height": 12, "fill": "var(--mark)"},
                "encoding": {"x": across, "x2": {"field": "base"}},
            },
            {
                "mark": {"type": "rule", "stroke": "var(--ink)", "strokeWidth": 1.5},
                "encoding": {"x": {**across, "field": "low"}, "x2": {"field": "high"}},
            },
            *([_upright({"datum": base}, scale, height)] if base else []),
        ],
        labels,
    )


@dataclass(frozen=True)
class Point:
    """A point of a trend. `place` counts days or hours; without an interval the line is broken."""

    place: int
    interval: Interval | None


def trend(points: Sequence[Point], labels: Mapping[int, str], from_zero: bool = False) -> Chart:
    """A line over time with its 95 % band, from two points on. `labels` is place -> what stands below it.

    A point with no neighbour is a dot with an error bar, for a line and a band of one point paint nothing.
    """
    width, height = WIDTH - 46 - 22, 132
    told = [point.interval for point in points if point.interval]
    ticks = nice_ticks(0 if from_zero else min(each.low for each in told), max(each.high for each in told))
    up = {"domain": [ticks[0], ticks[-1]], "nice": False, "zero": False}
    first, last = points[0].place, points[-1].place
    along = {"domain": [first, last], "nice": False, "zero": False}
    x = {"field": "place", "type": "quantitative", "axis": None, "scale": along}
    y = {"field": "number", "type": "quantitative", "axis": None, "scale": up}
    values = [_value(point) for point in points]
    across, up_by = width / (last - first), height / (ticks[-1] - ticks[0])
    places = [
        *(Label(-6, height - (tick - ticks[0]) * up_by + _MIDDLE, token("number", tick), "end") for tick in ticks),
        *(Label((place - first) * across, height + 16, told_as, "middle") for place, told_as in labels.items()),
    ]
    low, high = {"y": {**y, "field": "low"}}, {"y2": {"field": "high"}}
    rule: Spec = {
        "mark": {"type": "rule", "stroke": "var(--mark)", "strokeWidth": 1.5},
        "encoding": {"x": x, **low, **high},
    }
    area = {"mark": {"type": "area", "fill": "var(--mark)", "fillOpacity": 0.22}, "encoding": {"x": x, **low, **high}}
    line: Spec = {"type": "line", "stroke": "var(--mark)", "strokeWidth": 2, "strokeJoin": "round"}
    dot = {"fill": "var(--mark)", "size": 34, "opacity": 1}
    if len(told) <= _FEW:
        spread, line["point"] = [rule], dot
    else:
        spread = [area]
        if lone := [_value(run[0]) for run in runs(points) if len(run) == 1]:
            mark: Spec = {"mark": {"type": "circle", **dot}, "encoding": {"x": x, "y": y}}
            spread += [{"data": {"values": lone}, **each} for each in (rule, mark)]
    return _chart(
        {"width": width, "height": height},
        {"left": 46, "right": 22, "top": 8, "bottom": 20},
        values,
        {},
        [
            _level(ticks, up),
            *spread,
            {"mark": line, "encoding": {"x": x, "y": y}},
        ],
        places,
    )


def runs(points: Sequence[Point]) -> list[list[Point]]:
    """The points between which the line is not broken."""
    told = groupby(points, lambda point: point.interval is not None)
    return [list(run) for has, run in told if has]


def _value(point: Point) -> Spec:
    each = point.interval
    return {"place": point.place} | ({"number": each.number, "low": each.low, "high": each.high} if each else {})


def nice_ticks(low: float, high: float) -> list[int]:
    """Three to six round whole numbers at equal distances that enclose `low` and `high`."""
    rough = max((high - low) / 4, 1)
    power = 10 ** floor(log10(rough))
    step = next(int(factor * power) for factor in (1, 2, 5, 10) if factor * power >= rough and factor * power >= 1)
    first, last = floor(low / step), max(ceil(high / step), floor(low / step) + 1)
    ticks = [step * place for place in range(first, last + 1)]
    assert all(after - before == step for before, after in pairwise(ticks))
    return ticks


def _chart(
    size: Spec, padding: Spec, values: Sequence[Spec], encoding: Spec, layer: Sequence[Spec], labels: Sequence[Label]
) -> Chart:
    spec = {
        **size,
        "padding": padding,
        "autosize": "none",
        "background": None,
        "config": {"aria": False, "view": {"stroke": None}},
        "data": {"values": list(values)},
        "encoding": encoding,
        "layer": list(layer),
    }
    return Chart(spec, tuple(labels))


def _level(ticks: Sequence[int], scale: Spec) -> Spec:
    return {
        "mark": {"type": "rule", "stroke": "var(--line)"},
        "data": {"values": [{"tick": tick} for tick in ticks]},
        "encoding": {"y": {"field": "tick", "type": "quantitative", "axis": None, "scale": scale}},
    }


def _upright(at: Spec, scale: Spec, height: int) -> Spec:
    mark = {"type": "rule", "stroke": "var(--quiet)", "strokeDash": [3, 3]}
    return {
        "mark": mark,
        "data": {"values": [{}]},
        "encoding": {"x": {**at, "type": "quantitative", "scale": scale}, "y": {"value": 0}, "y2": {"value": height}},
    }


def _lines(text: str, width: int) -> list[str]:
    """One line, or two where it is too long for one; what is too long for two is cut."""
    if text.startswith(TOKEN):
        return [text]
    return wrap(text, int((width - 8) / _LETTER), max_lines=2, placeholder="…")
