"""Charts as Vega-Lite specifications: plain dictionaries of numbers and marks. No drawing, no sentence, no colour value.

Colours are custom properties of the page's style, so that one drawing serves light and dark. Words that differ between
languages stand as tokens (`token`), which `drawing.speak` replaces. Places are fixed, and nothing is measured by a font:
the same numbers give the same bytes on every machine. Axes are marks of their own, for Vega's cost twice the rest (26 of
39 ms a chart).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, log10
from typing import Any

from anonymizers.cataloguing.interval import Interval

Spec = dict[str, Any]

WIDTH = 344
"""Of every chart, in its own units: a phone's column, so that text is as large as on the page."""
_ROW, _WIDE_ROW, _MANY = 22, 30, 12
_LABEL, _WIDE_LABEL, _VALUE = 104, 186, 50
_LETTER = 6.4
"""How wide a letter is at most, on average, in the fonts that browsers have."""
TOKEN, TOKEN_END = "\ue000", "\ue001"
"""Around what is replaced by a language's own words: letters that Unicode leaves to private use."""


def token(kind: str, what: object) -> str:
    """A place for a word of the reader's language: `number`, `day`, `daypart`, `weekday` and the like."""
    return f"{TOKEN}{kind}:{what}{TOKEN_END}"


@dataclass(frozen=True)
class Bar:
    """A row of a bar chart."""

    label: str
    interval: Interval


def bars(rows: Sequence[Bar], base: int = 0, *, wide: bool = False) -> Spec:
    """Horizontal bars from `base` on with error bars, the number beside each. `wide` leaves more room for labels."""
    label = _WIDE_LABEL if wide else _LABEL
    values = [
        {
            "row": place,
            "label": _shortened(bar.label, label),
            "number": bar.interval.number,
            "low": bar.interval.low,
            "high": bar.interval.high,
            "told": token("number", bar.interval.number),
            "base": base,
        }
        for place, bar in enumerate(rows)
    ]
    ends = [base, *(bar.interval.low for bar in rows), *(bar.interval.high for bar in rows)]
    scale = {"domain": [min(0, *ends), max(1, *ends)], "nice": False}
    height = (_WIDE_ROW if len(rows) > _MANY else _ROW) * len(rows)
    across = {"field": "number", "type": "quantitative", "axis": None, "scale": scale}
    return _chart(
        {"width": WIDTH - label - _VALUE, "height": height},
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
            {**_text("right"), "encoding": {"x": {"value": -8}, "text": {"field": "label"}}},
            {
                **_text("left", "var(--ink)"),
                "encoding": {"x": {"value": WIDTH - label - _VALUE + 6}, "text": {"field": "told"}},
            },
        ],
    )


@dataclass(frozen=True)
class Point:
    """A point of a trend. `place` counts days or hours; without an interval the line is broken."""

    place: int
    interval: Interval | None


def trend(points: Sequence[Point], labels: Mapping[int, str], from_zero: bool = False) -> Spec:
    """A line over time with its 95 % band. `labels` is place -> what stands below it."""
    width, height = WIDTH - 46 - 22, 132
    told = [point.interval for point in points if point.interval]
    ticks = nice_ticks(0 if from_zero else min(each.low for each in told), max(each.high for each in told))
    up = {"domain": [ticks[0], ticks[-1]], "nice": False, "zero": False}
    first, last = points[0].place, points[-1].place
    along = {"domain": [first - (first == last), last + (first == last)], "nice": False, "zero": False}
    x = {"field": "place", "type": "quantitative", "axis": None, "scale": along}
    y = {"field": "number", "type": "quantitative", "axis": None, "scale": up}
    values = [
        {"place": point.place}
        | ({"number": each.number, "low": each.low, "high": each.high} if (each := point.interval) else {})
        for point in points
    ]
    low, high = {"y": {**y, "field": "low"}}, {"y2": {"field": "high"}}
    few = len(told) <= 14
    spread = (
        {"mark": {"type": "rule", "stroke": "var(--mark)", "strokeWidth": 1.5}, "encoding": {"x": x, **low, **high}}
        if few
        else {"mark": {"type": "area", "fill": "var(--mark)", "fillOpacity": 0.22}, "encoding": {"x": x, **low, **high}}
    )
    line = {"type": "line", "stroke": "var(--mark)", "strokeWidth": 2, "strokeJoin": "round"}
    if few:
        line["point"] = {"fill": "var(--mark)", "size": 34, "opacity": 1}
    return _chart(
        {"width": width, "height": height},
        {"left": 46, "right": 22, "top": 8, "bottom": 20},
        values,
        {},
        [
            _level(ticks, up),
            {
                **_text("right"),
                "data": {"values": [{"number": tick, "told": token("number", tick)} for tick in ticks]},
                "encoding": {"x": {"value": -6}, "y": y, "text": {"field": "told"}},
            },
            spread,
            {"mark": line, "encoding": {"x": x, "y": y}},
            {
                **_text("center"),
                "data": {"values": [{"place": place, "told": told} for place, told in labels.items()]},
                "encoding": {"x": x, "y": {"value": height + 12}, "text": {"field": "told"}},
            },
        ],
    )


def nice_ticks(low: float, high: float) -> list[int]:
    """Three to six round whole numbers at equal distances that enclose `low` and `high`."""
    rough = max((high - low) / 4, 1)
    power = 10 ** floor(log10(rough))
    step = next(int(factor * power) for factor in (1, 2, 5, 10) if factor * power >= rough and factor * power >= 1)
    first, last = floor(low / step), max(ceil(high / step), floor(low / step) + 1)
    ticks = [step * place for place in range(first, last + 1)]
    assert all(after - before == step for before, after in pairwise(ticks))
    return ticks


def _chart(size: Spec, padding: Spec, values: Sequence[Spec], encoding: Spec, layer: Sequence[Spec]) -> Spec:
    return {
        **size,
        "padding": padding,
        "autosize": "none",
        "background": None,
        "config": {"aria": False, "view": {"stroke": None}},
        "data": {"values": list(values)},
        "encoding": encoding,
        "layer": list(layer),
    }


def _text(align: str, fill: str = "var(--quiet)") -> Spec:
    return {"mark": {"type": "text", "align": align, "fontSize": 11.5, "fill": fill, "limit": 0}}


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


def _shortened(text: str, width: int) -> str:
    most = int((width - 8) / _LETTER)
    if text.startswith(TOKEN) or len(text) <= most:
        return text
    return text[: most - 1].rstrip() + "…"
