"""Releases opened for the page: rows of their tables, and the words that they bring along. Nothing is computed here."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from anonymizers.cataloguing.interval import Interval, read_interval
from anonymizers.cataloguing.standing import Listed, Store, listed, shown
from anonymizers.cataloguing.text import Text, text_of
from anonymizers.local_day import days_of_week
from anonymizers.releasing.containers import read_parquet
from anonymizers.vocabulary import ALL_VISITORS, DAY, WEEK

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Described:
    """A segment, as a release describes it."""

    segment: str
    title: Text
    description: Text
    window: str
    topics: tuple[str, ...]
    """Those that its rule names; empty where the release does not say."""
    taxonomies: tuple[tuple[str, str, tuple[str, ...]], ...]
    """Name, version and ids."""


@dataclass(frozen=True)
class Opened:
    """One release, opened."""

    listed: Listed
    files: Mapping[str, bytes]

    @cached_property
    def _rows(self) -> dict[str, list[Row]]:
        return {}

    def rows(self, table: str) -> list[Row]:
        """The rows of a table."""
        if table not in self._rows:
            self._rows[table] = list(read_parquet(self.files[f"{table}.parquet"]).to_pylist())
        return self._rows[table]

    def words(self, name: str) -> Any:
        """What a JSON file of the release says."""
        return json.loads(self.files[name])

    def reach(self, segment: str = ALL_VISITORS) -> Interval | None:
        """Visitors of a segment, or of all; None where the release does not tell."""
        found = (read_interval(row, "visitors") for row in self.rows("segments") if row["segment"] == segment)
        return next(found, None)

    @property
    def start(self) -> date:
        """The day, or the week's Monday."""
        period = self.listed.period
        return date.fromisoformat(period) if self.listed.window == DAY else days_of_week(period)[0]

    @cached_property
    def days(self) -> tuple[date, ...]:
        """The days that are counted: of a week fewer than seven, where one is wrong or missing."""
        return tuple(map(date.fromisoformat, self.words("privacy.json")["days"]))

    @property
    def whole(self) -> bool:
        """Whether no day is left out of it."""
        return len(self.days) == (1 if self.listed.window == DAY else len(days_of_week(self.listed.period)))

    @property
    def weekdays(self) -> frozenset[int]:
        """Those counted; Monday is 0. Only releases of the same ones tell whether an audience grew."""
        return frozenset(day.weekday() for day in self.days)

    @cached_property
    def segments(self) -> tuple[Described, ...]:
        """The segments of the release, in its order."""
        return tuple(_described(told) for told in self.words("segments.json")["segments"])

    @cached_property
    def title(self) -> Text | None:
        """The site's title; None where the release does not tell it."""
        told = self.words("segments.json").get("site")
        return text_of(told, "title") if told else None

    @property
    def unit(self) -> Text | None:
        """Who counts as one visitor; None where the release does not tell it by itself."""
        told = self.words("segments.json").get("site")
        return text_of(told, "unit") if told else None

    @cached_property
    def topics(self) -> Mapping[str, Text]:
        """What readers see for each topic; for a topic without a title, its name."""
        told = {each["topic"]: text_of(each, "title") for each in self.words("segments.json").get("topics", [])}
        fields = [field for each in self.words("datapackage.json")["resources"] for field in each["schema"]["fields"]]
        names = [name for field in fields if field["name"] == "topic" for name in field["constraints"]["enum"]]
        return {name: told.get(name, Text(name.replace("_", " ").capitalize())) for name in names}


@dataclass(frozen=True)
class Shelf:
    """All that a page is made of."""

    every: tuple[Listed, ...]
    """Every release with its state."""
    nights: tuple[Opened, ...]
    """Final releases of days, the newest first."""
    weeks: tuple[Opened, ...]
    """Final releases of weeks, the newest first."""

    @property
    def newest(self) -> tuple[Opened, ...]:
        """The newest week and the newest day, as far as there are any."""
        return (*self.weeks[:1], *self.nights[:1])


def open_store(store: Store) -> Shelf:
    """The releases of a store as the page reads them."""
    every = listed(store.files, store.notices, store.left_out)
    opened = [Opened(each, store.files[each.release]) for each in shown(every)]
    nights, weeks = (tuple(each for each in opened if each.listed.window == window) for window in (DAY, WEEK))
    return Shelf(every, nights, weeks)


def _described(told: Mapping[str, Any]) -> Described:
    taxonomies = tuple((each["name"], each["version"], tuple(each["ids"])) for each in told["taxonomies"])
    topics = tuple(told.get("topics", ()))
    title, description = text_of(told, "title"), text_of(told, "description")
    return Described(told["segment"], title, description, told["window"], topics, taxonomies)
