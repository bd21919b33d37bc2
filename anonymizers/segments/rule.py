"""A segment and its rule, as a site's `segments.yaml` writes them. What a segment may be is here, and nothing that runs it.

What only the whole site can tell (known topics, sensitive subjects) is in `check.py`; the SQL is in `members.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator
from pydantic.dataclasses import dataclass

from anonymizers.contract import Misplaced
from anonymizers.segments.taxonomy import AD_PRODUCT, AUDIENCE, CONTENT
from anonymizers.vocabulary import ALL_VISITORS, DAYPARTS, Action, Name

Window = Literal["day", "week"]
DEPTH, COUNTS = 4, 24
"""How deep a rule may nest, and how many counts it may hold: what a reader of its sentence can still follow."""

_STRICT = ConfigDict(extra="forbid")
_SHAPE = "write `any`, `all`, `not`, or a count such as {topics: [solar], at_least: 2}"


def _daypart(name: str) -> str:
    if name not in DAYPARTS:
        raise ValueError(f"there is no such daypart; write one of {', '.join(DAYPARTS)}")
    return name


def _text(value: Any) -> Any:
    return str(value) if type(value) is int else value


# Not `min_length`: pydantic counts a wrong item as missing, and an operator would read of two mistakes.
def _some(words: tuple[Any, ...]) -> tuple[Any, ...]:
    if not words:
        raise ValueError("the list is empty; write at least one")
    return words


def _several(rules: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(rules) < 2:
        raise ValueError("there are fewer than two rules below it; add one, or write the rule without it")
    return rules


AudienceId = Annotated[str, BeforeValidator(_text), AfterValidator(AUDIENCE.check)]
ContentId = Annotated[str, BeforeValidator(_text), AfterValidator(CONTENT.check)]
AdProductId = Annotated[str, BeforeValidator(_text), AfterValidator(AD_PRODUCT.check)]


@dataclass(frozen=True, config=_STRICT)
class Count:
    """A leaf: enough of a visitor's events pass every filter. No filter lets everything pass; at least one is needed."""

    topics: Annotated[tuple[Name, ...], AfterValidator(_some)] = ()
    actions: Annotated[tuple[Action, ...], AfterValidator(_some)] = ()
    dayparts: Annotated[tuple[Annotated[str, AfterValidator(_daypart)], ...], AfterValidator(_some)] = ()
    at_least: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Events; 1 where neither this nor `days` stands."""
    at_most: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Events; beside `at_least` only, for "at most 3" alone would hold for a visitor who was never there."""
    days: Annotated[int, Field(ge=2, le=7)] | None = None
    """Different days on which such events were, instead of events."""

    @model_validator(mode="after")
    def _one_measure(self) -> Count:
        filters: Mapping[str, tuple[str, ...]] = {
            "topics": self.topics,
            "actions": self.actions,
            "dayparts": self.dayparts,
        }
        if not any(filters.values()):
            raise ValueError("a count needs at least one of topics, actions and dayparts; add one")
        for name, words in filters.items():
            for place, word in enumerate(words):
                if word in words[:place]:
                    raise Misplaced(f"{word} stands twice; keep one", name, place)
        if self.days and (self.at_least or self.at_most):
            raise ValueError("write either events (`at_least`) or `days`, not both")
        if self.at_most and not self.at_least:
            raise ValueError("`at_most` needs `at_least` beside it; add it")
        if self.at_most and self.at_most < self.fewest:
            raise ValueError("`at_most` is smaller than `at_least`; exchange them")
        return self

    @property
    def fewest(self) -> int:
        """The fewest events that are enough."""
        return self.at_least or 1


@dataclass(frozen=True, config=_STRICT)
class AnyOf:
    """At least one of the rules holds."""

    any: Annotated[tuple[Rule, ...], AfterValidator(_several)]


@dataclass(frozen=True, config=_STRICT)
class AllOf:
    """Each of the rules holds."""

    all: Annotated[tuple[Rule, ...], AfterValidator(_several)]


@dataclass(frozen=True, config=_STRICT)
class Not:
    """The rule does not hold."""

    rule: Annotated[Rule, Field(alias="not")]


def _kind(value: Any) -> str | None:
    if isinstance(value, Mapping):
        return next((f"[{word}]" for word in ("any", "all", "not") if word in value), "[count]")
    return {AnyOf: "[any]", AllOf: "[all]", Not: "[not]", Count: "[count]"}.get(type(value))


Rule = Annotated[
    Annotated[AnyOf, Tag("[any]")]
    | Annotated[AllOf, Tag("[all]")]
    | Annotated[Not, Tag("[not]")]
    | Annotated[Count, Tag("[count]")],
    Discriminator(_kind, custom_error_type="rule_shape", custom_error_message=_SHAPE),
]
"""A rule. Tags are in brackets: they name a kind, and no place in a file."""

Place = tuple[str | int, ...]


def parts(rule: Rule, place: Place = ()) -> Iterator[tuple[Place, Rule]]:
    """The rule and every rule inside it, each with its place below the first."""
    yield place, rule
    if isinstance(rule, Not):
        yield from parts(rule.rule, (*place, "not"))
    elif not isinstance(rule, Count):
        word, inner = ("any", rule.any) if isinstance(rule, AnyOf) else ("all", rule.all)
        for number, part in enumerate(inner):
            yield from parts(part, (*place, word, number))


def counts(rule: Rule) -> tuple[tuple[Place, Count], ...]:
    """The counts of a rule with their places."""
    return tuple((place, part) for place, part in parts(rule) if isinstance(part, Count))


def holds(rule: Rule, count_holds: Callable[[Count], bool]) -> bool:
    """Whether a rule holds for a visitor for whom each count holds as `count_holds` says."""
    if isinstance(rule, Count):
        return count_holds(rule)
    if isinstance(rule, Not):
        return not holds(rule.rule, count_holds)
    if isinstance(rule, AnyOf):
        return any(holds(part, count_holds) for part in rule.any)
    return all(holds(part, count_holds) for part in rule.all)


@dataclass(frozen=True, config=_STRICT)
class Iab:
    """Where a segment stands in the taxonomies of the IAB Tech Lab, by id."""

    audience: Annotated[tuple[AudienceId, ...], AfterValidator(_some)]
    content: tuple[ContentId, ...] = ()
    ad_product: tuple[AdProductId, ...] = ()


@dataclass(frozen=True, config=_STRICT)
class Segment:
    """An audience: the visitors for whom a rule holds in a window. Any member has at least one event in it."""

    segment: Name
    """What is published."""
    title: Annotated[str, Field(min_length=3, max_length=80)]
    window: Window
    """One local day, or one ISO week of seven local days."""
    rule: Rule
    iab: Iab
    title_et: Annotated[str, Field(min_length=3, max_length=80)] | None = None
    """The title in Estonian."""

    @model_validator(mode="after")
    def _can_be_counted(self) -> Segment:
        if self.segment == ALL_VISITORS:
            raise Misplaced(f"{ALL_VISITORS} stands for everybody in every table; choose another name", "segment")
        if len(counts(self.rule)) > COUNTS:
            raise Misplaced(f"a rule may hold {COUNTS} counts; make two segments of it", "rule")
        for place, part in parts(self.rule):
            if sum(isinstance(step, str) for step in place) >= DEPTH:
                raise Misplaced(f"a rule may nest {DEPTH} deep; write it flatter", "rule", *place)
            if isinstance(part, Count) and part.days and self.window == "day":
                raise Misplaced("a day has one day; write `at_least`, or the window week", "rule", *place, "days")
        # Whoever was never there would otherwise be a member, whom no event shows and no bound covers.
        if holds(self.rule, lambda _: False):
            raise Misplaced("the rule holds for visitors without any event; add what they must have done", "rule")
        return self
