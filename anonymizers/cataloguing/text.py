"""Words of a site as its releases tell them, in one language or two. The page's own words are in `words.py`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Text:
    """Words of the site, as its releases tell them."""

    en: str
    et: str | None = None
    """None where a release does not tell them in Estonian."""


def text_of(told: Mapping[str, Any], key: str) -> Text:
    """The words of a key of a release's JSON, and what stands in Estonian beside them."""
    return Text(told[key], told.get(f"{key}_et"))
