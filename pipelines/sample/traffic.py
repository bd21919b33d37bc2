"""Made-up traffic of a site: how much of it, of which shape, and its days in memory.

Who comes and what is seen stand in `visitors` and `events`; the files, in `tables`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import pyarrow as pa

from pipelines.sample.events import Portal, draw_events, open_portal
from pipelines.sample.pages import TopicPaths, draw_ads, list_pages
from pipelines.sample.people import BATCH_ROWS, name_people
from pipelines.sample.population import Population, found
from pipelines.sample.visitors import ROBOT_SHARE, draw_visitors, open_window

AD_SHARE = 0.30  # of events
VIEWS_A_VISITOR = 8.0


@dataclass(frozen=True)
class Traffic:
    """A site's made-up traffic; equal fields give equal events. Raises ValueError when a number is out of range.

    `ad_share` of `events_a_day` are advertisements' beacons (0 for a site without any). Of the page views robots bring
    4 %, and people `views_a_visitor` each on the average (by default: median 3, at most 900), so that a day has
    events_a_day * (1 - ad_share) * 0.96 / views_a_visitor of people's browsers.
    """

    time_zone: str
    topics: Mapping[str, TopicPaths]
    events_a_day: int
    seed: int
    ad_share: float = AD_SHARE
    views_a_visitor: float = VIEWS_A_VISITOR

    def __post_init__(self) -> None:
        """Check the numbers."""
        if self.events_a_day < 1:
            raise ValueError("events must be positive")
        if not 0 <= self.ad_share < 1 or not 1 <= self.views_a_visitor <= 100:
            raise ValueError("ad_share must be from 0 to below 1, views_a_visitor from 1 to 100")

    @property
    def views_a_day(self) -> int:
        """Page views of each day; the other events are beacons."""
        return max(1, round(self.events_a_day * (1 - self.ad_share)))

    @cached_property
    def population(self) -> Population:
        """The people, the same on all days. Raises ValueError if they are too many."""
        return found(self.seed, self.views_a_day * (1 - ROBOT_SHARE) / self.views_a_visitor)

    @cached_property
    def portal(self) -> Portal:
        """Pages, advertisements and names. Raises ValueError when no topic has a path."""
        pages, rng = list_pages(self.topics), np.random.default_rng(self.seed)
        return open_portal(pages, draw_ads(rng, self.topics), name_people(self.seed))

    def draw(self, day: date, batch: int = BATCH_ROWS) -> Iterator[tuple[pa.Table, pa.Table]]:
        """Give a local day's page views (CLICKSTREAM), `batch` rows at once, in order of time, each with its beacons.

        A day is the same whatever other days are drawn, but for `batch`, which changes the pages and not the visitors.
        """
        rng, window, portal = (
            np.random.default_rng([self.seed, day.toordinal()]),
            open_window(day, self.time_zone),
            self.portal,
        )
        popularity, views = portal.pages.popularity, self.views_a_day
        visitors = draw_visitors(rng, self.population, day, window, views, self.views_a_visitor, popularity)
        return draw_events(rng, portal, window, visitors, self.events_a_day - views, batch)
