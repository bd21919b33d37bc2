"""From a chart's specification to the SVG that stands in the page: drawn by Vega, slimmed, and said in a language."""

import re
from collections.abc import Callable
from html import escape

import vl_convert

from anonymizers.cataloguing.charts import TOKEN, TOKEN_END, WIDTH, Chart, Label

_SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
_TOKEN = re.compile(f"{TOKEN}([a-z]+):(.*?){TOKEN_END}")
_NEEDLESS = re.compile(
    r'<path class="(?:back|fore)ground"[^>]*/>|<rect[^>]*fill="white"/>|'
    r' (?:class|role|aria-[a-z]+|pointer-events|font-family|xmlns:xlink|version|stroke-miterlimit)="[^"]*"'
    r'| (?:opacity|stroke-width)="1"| fill="none"| stroke-dashoffset="0"| [xy]2="0"'
)
_EMPTY = re.compile(r"<g(?: [^>]*)?></g>|<g(?: [^>]*)?/>")
_LONG = re.compile(r"(\d+\.\d)\d+")
_OPENING = re.compile(r"<svg[^>]*viewBox=\"0 0 (\d+) (\d+)\">")


def draw(chart: Chart) -> str:
    """A chart as SVG without its outer element and what every text has alike: those are the page's. Nothing is fetched."""
    drawn = vl_convert.vegalite_to_svg({"$schema": _SCHEMA, **chart.spec}, allowed_base_urls=[])
    slim = _LONG.sub(r"\1", _NEEDLESS.sub("", drawn))
    while (emptied := _EMPTY.sub("", slim)) != slim:
        slim = emptied
    found = _OPENING.match(slim)
    if found is None or (int(found[1]), int(found[2])) != (WIDTH, chart.height):
        raise ValueError("Vega drew another size than it was asked for")
    padding = chart.spec["padding"]
    labels = "".join(map(_text, chart.labels))
    return (
        f'{slim[found.end() : -len("</svg>")]}<g transform="translate({padding["left"]},{padding["top"]})">{labels}</g>'
    )


def _text(label: Label) -> str:
    anchor = "" if label.anchor == "start" else f' text-anchor="{label.anchor}"'
    strong = ' class="strong"' if label.strong else ""
    return f'<text x="{label.x:.1f}" y="{label.y:.1f}"{anchor}{strong}>{escape(label.text)}</text>'


def speak(drawn: str, say: Callable[[str, str], str]) -> str:
    """A drawing with each token replaced by what `say(kind, what)` gives."""
    return _TOKEN.sub(lambda found: say(found[1], found[2]), drawn)
