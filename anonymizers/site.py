"""A site: the public configuration of one web site, fixed before any of its data is read. Reading the YAML is not here."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import ConfigDict, Field, model_validator
from pydantic.dataclasses import dataclass
from pydantic.functional_validators import AfterValidator

from anonymizers.local_day import LocalDay
from anonymizers.vocabulary import ACTIONS, OTHER, Action

_STRICT = ConfigDict(extra="forbid")
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Positive = Annotated[int, Field(gt=0, le=10_000)]


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("not a time zone of the IANA list; write one such as Europe/Tallinn")
    return str(ZoneInfo(name))


def _prefix(path: str) -> str:
    if not re.fullmatch(r"/|(/[a-z0-9._~-]+){1,3}", path):
        raise ValueError(
            "a prefix is lower-case, starts with a slash, ends without one, and has at most three segments"
        )
    return path


@dataclass(frozen=True, config=_STRICT)
class Topic:
    """One subject of the site's closed list."""

    topic: Name
    """What is published."""
    title: Annotated[str, Field(min_length=3, max_length=80)]
    """What readers see beside it."""
    prefixes: tuple[Annotated[str, AfterValidator(_prefix)], ...] = ()
    """Paths of the topic's pages; the longest prefix wins, whole segments only."""
    ads: tuple[Annotated[str, Field(min_length=1, max_length=80)], ...] = ()
    """Subjects that the ad server reports for this topic."""


@dataclass(frozen=True, config=_STRICT)
class Policy:
    """The privacy policy in force (promise 13)."""

    version: Annotated[str, Field(min_length=1, max_length=40)]
    url: Annotated[str, Field(pattern=r"^https://")]


@dataclass(frozen=True, config=_STRICT)
class Budget:
    """The privacy loss that one release may cost one visitor."""

    epsilon: Annotated[float, Field(gt=0, le=10)]
    delta: Annotated[float, Field(gt=0, le=1e-5)]


@dataclass(frozen=True, config=_STRICT)
class Bound:
    """What one visitor may add to one table, and the table's share of the release's budget."""

    share: Annotated[float, Field(gt=0, le=1)]
    """Part of the release's zCDP budget."""
    cells: Positive = 1
    """Cells of the table that one visitor may touch."""
    events: Positive = 1
    """Events that one visitor may add to each of them."""


@dataclass(frozen=True, config=_STRICT)
class Bounds:
    """One bound for each table of the daily release."""

    topics: Bound
    hours: Bound
    topic_dayparts: Bound
    browsers: Bound
    registrations: Bound

    @model_validator(mode="after")
    def _within_the_whole(self) -> "Bounds":
        total = sum(bound.share for bound in vars(self).values() if isinstance(bound, Bound))
        if total > 1 + 1e-9:
            raise ValueError(f"the shares add up to {total:.3f}; lower them to 1 or less")
        if (self.registrations.cells, self.registrations.events) != (1, 1):
            raise ValueError("an account registers once: leave out cells and events of registrations")
        return self

    def of(self, table: str) -> Bound:
        """The bound of a table, by name."""
        bound: Bound = getattr(self, table)
        return bound


@dataclass(frozen=True, config=_STRICT)
class Site:
    """The public configuration of one web site: all that a release may depend on besides counts with noise."""

    site: Name
    title: Annotated[str, Field(min_length=3, max_length=80)]
    time_zone: Annotated[str, AfterValidator(_known_zone)]
    first_day: date
    """The first night that can be run."""
    policy: Policy
    unit: Annotated[str, Field(min_length=10, max_length=400)]
    """Who counts as one visitor on this site, in a sentence for readers of its releases."""
    budget: Budget
    tables: Bounds
    topics: Annotated[tuple[Topic, ...], Field(min_length=1)]
    actions: Annotated[tuple[Action, ...], Field(min_length=1)] = ACTIONS
    """What visitors of this site can do; a site without advertisements names page_view alone, or its tables fill with noise."""

    @model_validator(mode="after")
    def _each_word_once(self) -> "Site":
        words: Mapping[str, list[str]] = {
            "topic": [topic.topic for topic in self.topics],
            "prefix": [prefix for topic in self.topics for prefix in topic.prefixes],
            "ad subject": [ad for topic in self.topics for ad in topic.ads],
            "action": list(self.actions),
        }
        for kind, found in words.items():
            for word in sorted({word for word in found if found.count(word) > 1}):
                raise ValueError(f"the {kind} {word} stands twice; keep one")
        if OTHER in words["topic"]:
            raise ValueError("the topic other always exists; remove it")
        return self

    @property
    def topic_names(self) -> tuple[str, ...]:
        """The closed list of topics, in the order of the site's file, `other` last."""
        return (*(topic.topic for topic in self.topics), OTHER)

    def day(self, text: str) -> LocalDay:
        """The local day that an ISO date names."""
        return LocalDay(date.fromisoformat(text), self.time_zone)
