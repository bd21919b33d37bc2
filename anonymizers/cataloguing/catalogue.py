"""The whole catalogue: from the files of releases to the files of the published store's front."""

from collections.abc import Mapping
from dataclasses import asdict

from anonymizers.cataloguing.charts import Chart
from anonymizers.cataloguing.drawing import draw
from anonymizers.cataloguing.figure import Draw, Studio
from anonymizers.cataloguing.heat import last_four_weeks, means_of
from anonymizers.cataloguing.opened import open_store
from anonymizers.cataloguing.page import PAGES, page
from anonymizers.cataloguing.speech import LANGUAGES, Speech
from anonymizers.cataloguing.standing import Store, latest_json
from anonymizers.releasing.describe import as_json

LATEST = "latest.json"
FILES = (*PAGES.values(), LATEST)
"""The names of the catalogue's files."""


def catalogue(store: Store) -> Mapping[str, bytes]:
    """File name -> content. From the bytes of releases and notices alone: no clock, no place, so that the same releases
    give the same bytes, and whoever holds the releases could make the page."""
    shelf = open_store(store)
    means = means_of(last_four_weeks(shelf.nights))
    drawing = _drawing_once()
    pages = {PAGES[language]: page(Studio(Speech(language), drawing), shelf, means) for language in LANGUAGES}
    return {**pages, LATEST: latest_json(store)}


def _drawing_once() -> Draw:
    """Each chart is drawn once for all languages; what differs between them stands in tokens."""
    drawn: dict[bytes, str] = {}

    def drawing(chart: Chart) -> str:
        key = as_json(asdict(chart))
        if key not in drawn:
            drawn[key] = draw(chart)
        return drawn[key]

    return drawing
