"""A site: the public configuration of one web site, fixed before any of its data is read. Reading the YAML is not here."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import ConfigDict, Field, model_validator
from pydantic.dataclasses import dataclass
from pydantic.functional_validators import AfterValidator, BeforeValidator

from anonymizers.contract import Misplaced
from anonymizers.local_day import LocalDay
from anonymizers.policy import Policy, as_versions, in_force_on, in_order
from anonymizers.rehearsal import Rehearsal
from anonymizers.retention import Retention
from anonymizers.segments.check import check_segments, check_sentences
from anonymizers.segments.describe_in_estonian import describe_in_estonian
from anonymizers.segments.rule import Segment
from anonymizers.vocabulary import ACTIONS, OTHER, Action, Name

_STRICT = ConfigDict(extra="forbid")


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
    title_et: Annotated[str, Field(min_length=3, max_length=80)] | None = None
    """The title in Estonian."""


@dataclass(frozen=True, config=_STRICT)
class Budget:
    """The privacy loss that one release may cost one visitor. Of each daily, and of each weekly release."""

    epsilon: Annotated[float, Field(gt=0, le=10)]
    delta: Annotated[float, Field(gt=0, le=1e-5)]


@dataclass(frozen=True, config=_STRICT)
class Bound:
    """What one visitor may weigh in one measure of a table, and what telling it costs. `koond tune` writes them."""

    share: Annotated[float, Field(gt=0, le=1)]
    """Part of the release's zCDP budget."""
    norm: Annotated[float, Field(ge=1, le=10_000)] = 1.0
    """Largest L2 norm of one visitor's numbers over the measure's cells; a visitor with more counts with less in each."""
    spread: Annotated[float, Field(ge=0, le=1_000_000)] = 0.0
    """Variance that bounding adds, for each one counted, after correction: intervals are wider by it."""


@dataclass(frozen=True, config=_STRICT)
class Audience:
    """Bounds of a table that counts visitors."""

    visitors: Bound
    pairs: Bound | None = None
    """A generous bound for the number of cells that visitors touch, to which clipped cells are scaled."""


@dataclass(frozen=True, config=_STRICT)
class Traffic:
    """Bounds of a table that counts visitors and their events."""

    visitors: Bound
    events: Bound
    pairs: Bound | None = None
    """As in `Audience`."""


@dataclass(frozen=True, config=_STRICT)
class Accounts:
    """Bounds of a table that counts accounts; an account registers once."""

    registrations: Bound

    @model_validator(mode="after")
    def _once(self) -> "Accounts":
        if self.registrations.norm != 1:
            raise ValueError("an account registers once: leave out norm")
        return self


@dataclass(frozen=True, config=_STRICT)
class Daily:
    """Bounds of the tables of a daily release."""

    weights: Mapping[Action, Annotated[int, Field(ge=1, le=1000)]]
    """How much one event of an action weighs when events are bounded by action. A rare action's noise is smaller by as much."""
    totals: Traffic
    topics: Traffic
    hours: Traffic
    topic_dayparts: Traffic
    browsers: Traffic
    segments: Audience
    registrations: Accounts

    @model_validator(mode="after")
    def _within_the_whole(self) -> "Daily":
        _refuse_more_than_the_whole(self)
        return self


@dataclass(frozen=True, config=_STRICT)
class Weekly:
    """Bounds of the tables of a weekly release."""

    segments: Audience
    segment_frequency: Audience
    segment_topics: Audience
    segment_dayparts: Audience
    segment_browsers: Audience

    @model_validator(mode="after")
    def _within_the_whole(self) -> "Weekly":
        _refuse_more_than_the_whole(self)
        return self


def bounds_of(release: Daily | Weekly) -> dict[tuple[str, str], Bound]:
    """Every bound of a release, by table and measure."""
    return {
        (table, measure): bound
        for table, measures in vars(release).items()
        if isinstance(measures, Audience | Traffic | Accounts)
        for measure, bound in vars(measures).items()
        if isinstance(bound, Bound)
    }


def _refuse_more_than_the_whole(release: Daily | Weekly) -> None:
    total = sum(bound.share for bound in bounds_of(release).values())
    if total > 1 + 1e-9:
        raise ValueError(f"the shares add up to {total:.3f}; lower them to 1 or less")


@dataclass(frozen=True, config=_STRICT)
class Size:
    """The traffic that a site expects, for which `koond tune` chooses bounds. Never counted from real data."""

    visitors: Annotated[int, Field(ge=10, le=1_000_000_000)]
    """A day."""
    events: Annotated[int, Field(ge=10, le=100_000_000_000)]
    """A day."""


@dataclass(frozen=True, config=ConfigDict(extra="forbid", populate_by_name=True))
class Site:
    """The public configuration of one web site: all that a release may depend on besides counts with noise."""

    site: Name
    title: Annotated[str, Field(min_length=3, max_length=80)]
    time_zone: Annotated[str, AfterValidator(_known_zone)]
    first_day: date
    """The first night that can be run."""
    policies: Annotated[
        tuple[Policy, ...],
        Field(alias="policy", min_length=1),
        BeforeValidator(as_versions),
        AfterValidator(in_order),
    ]
    """Versions of the privacy policy, the oldest first; in YAML `policy`, where one version may stand alone."""
    unit: Annotated[str, Field(min_length=10, max_length=400)]
    """Who counts as one visitor on this site, in a sentence for readers of its releases."""
    size: Size
    budget: Budget
    corrections_per_week: Annotated[int, Field(ge=0, le=7)]
    """The reserve: how many corrections of one ISO week's releases may be paid for, each at a whole release's budget."""
    daily: Daily
    weekly: Weekly
    topics: Annotated[tuple[Topic, ...], Field(min_length=1)]
    actions: Annotated[tuple[Action, ...], Field(min_length=1)] = ACTIONS
    """What visitors of this site can do; a site without advertisements names page_view alone, or its tables fill with noise."""

    segments: tuple[Segment, ...] = ()
    """The audiences that releases count, by day or by ISO week."""
    sensitive: tuple[Annotated[str, Field(pattern=r"^\w[\w -]{1,38}\w$")], ...] = ()
    """Topics and beginnings of words of which no segment of this site may speak, besides those that no site may."""
    title_et: Annotated[str, Field(min_length=3, max_length=80)] | None = None
    """The title in Estonian. A site has its titles and its unit in Estonian, or none of them."""
    unit_et: Annotated[str, Field(min_length=10, max_length=400)] | None = None
    """The sentence of `unit` in Estonian."""
    rehearsal: Rehearsal | None = None
    """What `koond rehearse` told of the attacks on this site's releases, if it has been run."""
    retention: Retention = Field(default_factory=Retention)
    """How many days each store keeps what it holds."""

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
        if set(self.daily.weights) != set(self.actions):
            raise Misplaced("it names other actions than the site's; give each action one weight", "daily", "weights")
        if OTHER in words["topic"]:
            raise ValueError("the topic other always exists; remove it")
        return self

    @model_validator(mode="after")
    def _segments_fit(self) -> "Site":
        check_segments(self.segments, self.topic_titles, self.actions, self.sensitive)
        if self.in_estonian:
            check_sentences(self.segments, self.topic_titles_et, describe_in_estonian)
        return self

    @model_validator(mode="after")
    def _all_in_estonian_or_none(self) -> "Site":
        places: list[tuple[str | int, ...]] = [
            ("title_et",),
            ("unit_et",),
            *(("topics", number, "title_et") for number in range(len(self.topics))),
            *(("segments", number, "title_et") for number in range(len(self.segments))),
        ]
        of_topics, of_segments = ([each.title_et for each in them] for them in (self.topics, self.segments))
        titles = [self.title_et, self.unit_et, *of_topics, *of_segments]
        missing = [place for place, title in zip(places, titles, strict=True) if title is None]
        if missing and len(missing) < len(titles):
            sentence = f"{len(missing)} text(s) are not told in Estonian, and others are; write all title_et and unit_et, or none"
            raise Misplaced(sentence, *missing[0])
        return self

    @property
    def policy(self) -> Policy:
        """The newest version of the privacy policy."""
        return self.policies[-1]

    def under_policy_of(self, day: date) -> "Site":
        """The same site, with the version of its policy that was in force on a day and no other. Refuses where none was."""
        return replace(self, policies=(in_force_on(self.policies, day),))

    @property
    def topic_names(self) -> tuple[str, ...]:
        """The closed list of topics, in the order of the site's file, `other` last."""
        return (*(topic.topic for topic in self.topics), OTHER)

    @property
    def topic_titles(self) -> Mapping[str, str]:
        """What readers see for each topic of the closed list."""
        return {**{topic.topic: topic.title for topic in self.topics}, OTHER: "Other subjects"}

    @property
    def in_estonian(self) -> bool:
        """Whether the site tells its titles in Estonian, too."""
        return self.title_et is not None

    @property
    def topic_titles_et(self) -> Mapping[str, str]:
        """What readers of Estonian see for each topic of the closed list; of a site that tells none, nothing."""
        told = {topic.topic: topic.title_et for topic in self.topics if topic.title_et is not None}
        return {**told, OTHER: "Muud teemad"} if told else {}

    def day(self, text: str) -> LocalDay:
        """The local day that an ISO date names."""
        return LocalDay(date.fromisoformat(text), self.time_zone)
