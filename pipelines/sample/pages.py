"""The made-up portal's pages and advertisements: which there are for each topic, and how much each is wanted.

Their words stand in `lists`; who looks at what, in `events`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.random import Generator

from pipelines.sample import lists
from pipelines.sample.lists import Numbers, Text, text


class TopicPaths(Protocol):
    """What a topic brings: the paths of its pages, and the subjects an ad server reports for its advertisements."""

    @property
    def prefixes(self) -> Sequence[str]: ...
    @property
    def ads(self) -> Sequence[str]: ...


@dataclass(frozen=True)
class Pages:
    """All pages. Those of topic t in variant v (0 Estonian, 1 English, 2 logged in): size[t, v] from first[t, v] on."""

    url: Text
    title: Text
    popularity: Numbers
    first: Numbers
    size: Numbers
    invoices: int
    strays: int


def list_pages(topics: Mapping[str, TopicPaths]) -> Pages:
    """All pages by topic and variant. Raises ValueError when no topic has a path."""
    if not any(paths.prefixes for paths in topics.values()):
        raise ValueError("no topic has a path; give at least one topic a prefix")
    urls = [f"{lists.SITE}{path}" for path in (lists.RESET_PAGE, *lists.STRAY_PAGES)]
    titles: list[str | None] = ["Taasta parool"] + [None] * len(lists.STRAY_PAGES)
    first, size = np.zeros((2, len(topics), 3), np.int64)
    for number, (topic, paths) in enumerate(topics.items()):
        english = topic.replace("_", " ").capitalize()
        estonian = lists.TITLES.get(topic, english)
        for variant, pages in enumerate(lists.list_pages(paths.prefixes)):
            first[number, variant], size[number, variant] = len(urls), len(pages)
            urls += [f"{lists.SITE}{page}" for page in pages]
            leaves = (page.rsplit("/", 1)[-1].replace("-", " ").capitalize() for page in pages)
            titles += [f"{leaf} | {english if variant == 1 else estonian} | Elektrum portaal" for leaf in leaves]
    weights = [
        lists.POPULARITY.get(name, lists.OTHER_POPULARITY) * bool(paths.prefixes) for name, paths in topics.items()
    ]
    invoices = list(topics).index("invoices") if "invoices" in topics else -1
    return Pages(text(urls), text(titles), np.array(weights), first, size, invoices, len(lists.STRAY_PAGES))


@dataclass(frozen=True)
class Ads:
    """Advertisements by their subjects; those of topic t are first[t] and the size[t] - 1 after."""

    subject: Text
    first: Numbers
    size: Numbers
    weights: Numbers


def draw_ads(rng: Generator, topics: Mapping[str, TopicPaths]) -> Ads:
    """Twelve advertisements a subject, and ten of subjects that no topic has, some wanted far more than others."""
    subjects: list[str] = []
    first, size = np.zeros((2, len(topics)), np.int64)
    for number, paths in enumerate(topics.values()):
        first[number], size[number] = len(subjects), 12 * len(paths.ads)
        subjects += [subject for subject in paths.ads for _ in range(12)]
    known = np.arange(len(subjects) + 10) < len(subjects)
    weights = rng.lognormal(0, 1, len(known))
    weights = np.where(known, weights / max(weights[known].sum(), 1e-9), 0.06 * weights / weights[~known].sum())
    return Ads(text(subjects + 2 * list(lists.STRAY_AD_TOPICS)), first, size, weights)
