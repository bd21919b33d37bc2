"""The plot of the README: error by cell size, one panel for each piece of work and metric. SVG by hand, figures in."""

from collections.abc import Mapping
from math import log10
from typing import Any

from benchmarks.peers.score import BANDS, METRICS

WIDE, HIGH, LEFT, TOP, GAP, BETWEEN = 250, 190, 58, 100, 28, 46
LOWEST, HIGHEST = 0.004, 2.5
COLOURS = {"PipelineDP": "#8a6d3b", "Tumult": "#7a5195", "OpenDP": "#2f7ebc", "koond": "#d1495b"}
TITLES = {
    "cross": "one wide cross table",
    "cross, best bounds": "the same, best bounds",
    "small tables": "small tables",
}


def plot(figures: Mapping[str, Any]) -> str:
    """An SVG: columns are pieces of work, rows are metrics, lines are tools."""
    works = list(dict.fromkeys(result["work"] for result in figures["results"]))
    width, height = LEFT + len(works) * (WIDE + GAP), TOP + 2 * (HIGH + BETWEEN) - 18
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="11">',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        _text(LEFT, 24, "Median relative error of published numbers, by true visitors of a cell", size=15, weight="bold"),
        _text(LEFT, 42, f"epsilon {figures['epsilon']:g}, delta {figures['delta']:g}, {figures['stripped']['visitors']:,} "
              f"made-up visitors, {figures['stripped']['events']:,} events; lower is better; koond: the cells that it tells"),
    ]  # fmt: skip
    for number, (tool, colour) in enumerate(COLOURS.items()):
        x = LEFT + number * 130
        parts += [f'<circle cx="{x + 5}" cy="60" r="4" fill="{colour}"/>', _text(x + 14, 64, tool)]
    for row, metric in enumerate(METRICS):
        for column, work in enumerate(works):
            results = [result for result in figures["results"] if result["work"] == work]
            x, y = LEFT + column * (WIDE + GAP), TOP + row * (HIGH + BETWEEN)
            parts += _panel(x, y, f"{metric}: {TITLES.get(work, work)}", results, metric, first=column == 0)
    return "\n".join([*parts, "</svg>", ""])


def _panel(x: int, y: int, title: str, results: list[dict[str, Any]], metric: str, *, first: bool) -> list[str]:
    parts = [f'<rect x="{x}" y="{y}" width="{WIDE}" height="{HIGH}" fill="#fafafa" stroke="#ddd"/>']
    parts.append(_text(x, y - 7, title, weight="bold"))
    for tick in (0.01, 0.1, 1.0):
        level = _level(y, tick)
        parts.append(f'<line x1="{x}" x2="{x + WIDE}" y1="{level}" y2="{level}" stroke="#e4e4e4"/>')
        if first:
            parts.append(_text(x - 6, level + 4, f"{100 * tick:g} %", anchor="end"))
    places = {band: round(x + WIDE * (n + 0.5) / len(BANDS), 1) for n, band in enumerate(BANDS)}
    parts += [
        _text(place, y + HIGH + 14, band.replace(">", "over "), anchor="middle") for band, place in places.items()
    ]
    for result in results:
        colour = next(colour for tool, colour in COLOURS.items() if result["participant"].startswith(tool))
        known = {band: error for band, error in result["error"][metric].items() if error is not None}
        points = [(places[band], _level(y, error)) for band, error in known.items()]
        line = " ".join(f"{px},{py}" for px, py in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2" opacity="0.85"/>')
        parts += [f'<circle cx="{px}" cy="{py}" r="3.5" fill="{colour}"/>' for px, py in points]
    return parts


def _level(y: int, error: float) -> float:
    inside = min(max(error, LOWEST), HIGHEST)
    return round(y + HIGH * (log10(HIGHEST) - log10(inside)) / (log10(HIGHEST) - log10(LOWEST)), 1)


def _text(x: float, y: float, text: str, *, size: int = 11, weight: str = "normal", anchor: str = "start") -> str:
    told = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f'<text x="{x}" y="{y}" font-size="{size}" font-weight="{weight}" text-anchor="{anchor}" fill="#222">{told}</text>'
