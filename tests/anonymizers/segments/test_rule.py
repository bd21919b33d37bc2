"""What a segment may be: a rule that says what it means, for people who were there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from anonymizers.segments.rule import COUNTS, DEPTH, AllOf, AnyOf, Count, Iab, Not, Segment, counts, parts
from tests.anonymizers.segments.worlds import IAB, belongs, segment, written_rules
from tests.anonymizers.trials import trials

SOLAR = {"topics": ["solar"]}


def refusal(rule, **fields) -> str:
    """What is said of a segment, place first."""
    written = {"segment": "a_segment", "title": "A segment", "window": "week", "rule": rule, "iab": IAB, **fields}
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(Segment).validate_python(written)
    (detail,) = refused.value.errors()
    place = (*detail["loc"], *getattr(detail.get("ctx", {}).get("error"), "place", ()))
    return f"{'.'.join(str(step) for step in place if not str(step).startswith('['))}: {detail['msg']}"


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ({}, "rule: Value error, a count needs at least one of topics, actions and dayparts"),
        ({"at_least": 2}, "rule: Value error, a count needs at least one of"),
        ({"topics": []}, "rule.topics: Value error, the list is empty"),
        ({"topics": None}, "rule.topics: "),
        ({"topics": ["Solar panels"]}, "rule.topics.0: String should match"),
        ({"topics": ["solar'); DROP TABLE x; --"]}, "rule.topics.0: String should match"),
        ({"topics": ["solar", "gas", "solar"]}, "rule.topics.2: Value error, solar stands twice"),
        ({"actions": ["purchase"]}, "rule.actions.0: Input should be 'page_view'"),
        ({"dayparts": ["teatime"]}, "rule.dayparts.0: Value error, there is no such daypart; write one of night, "),
        ({**SOLAR, "at_least": 0}, "rule.at_least: Input should be greater than or equal to 1"),
        ({**SOLAR, "at_least": 1001}, "rule.at_least: "),
        ({**SOLAR, "at_most": 3}, "rule: Value error, `at_most` needs `at_least`"),
        ({**SOLAR, "at_least": 3, "at_most": 2}, "rule: Value error, `at_most` is smaller"),
        ({**SOLAR, "days": 1}, "rule.days: "),
        ({**SOLAR, "days": 8}, "rule.days: "),
        ({**SOLAR, "days": 2, "at_least": 2}, "rule: Value error, write either events"),
        ({**SOLAR, "urls": ["/x"]}, "rule.urls: Unexpected keyword"),
        ({"any": [SOLAR]}, "rule.any: Value error, there are fewer than two rules"),
        ({"all": []}, "rule.all: Value error, there are fewer than two rules"),
        ({"any": [SOLAR, SOLAR], "topics": ["gas"]}, "rule.topics: Unexpected keyword"),
        ({"any": [SOLAR, {"all": [SOLAR, 7]}]}, "rule.any.1.all.1: write `any`, `all`, `not`, or a count"),
        ("solar", "rule: write `any`, `all`, `not`, or a count"),
        (None, "rule: write `any`, `all`, `not`, or a count"),
        ({"not": SOLAR}, "rule: Value error, the rule holds for visitors without any event"),
        ({"any": [SOLAR, {"not": {"topics": ["gas"]}}]}, "rule: Value error, the rule holds for visitors without any"),
        ({"all": [{"not": SOLAR}, {"not": {"topics": ["gas"]}}]}, "rule: Value error, the rule holds for visitors"),
        ({"not": {"all": [SOLAR, {"topics": ["gas"]}]}}, "rule: Value error, the rule holds for visitors"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused_at_its_place(rule, says):
    assert refusal(rule).startswith(says)


def test_a_day_cannot_ask_for_days_however_deep_they_stand():
    rule = {"any": [SOLAR, {"all": [SOLAR, {"topics": ["gas"], "days": 2}]}]}
    assert refusal(rule, window="day").startswith("rule.any.1.all.1.days: Value error, a day has one day")
    assert segment(rule).window == "week"


def test_nesting_and_length_are_limited():
    deep = SOLAR
    for _ in range(DEPTH - 1):
        deep = {"any": [SOLAR, deep]}
    assert len(counts(segment(deep).rule)) == DEPTH
    assert f"may nest {DEPTH} deep" in refusal({"any": [SOLAR, deep]})
    assert f"may hold {COUNTS} counts" in refusal({"any": [SOLAR] * (COUNTS + 1)})
    assert segment({"any": [SOLAR] * COUNTS})


def test_a_rule_inside_itself_is_refused_and_not_followed():
    rule: dict = {"any": [SOLAR]}
    rule["any"].append(rule)
    with pytest.raises(ValidationError):
        segment(rule)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"segment": "Solar Fans"}, "segment: String should match"),
        ({"segment": "all_visitors"}, "segment: Value error, all_visitors stands for everybody"),
        ({"title": ""}, "title: "),
        ({"window": "month"}, "window: Input should be 'day' or 'week'"),
        ({"iab": {}}, "iab.audience: "),
        ({"iab": {"audience": []}}, "iab.audience: "),
        ({"iab": {"audience": [9999]}}, "iab.audience.0: Value error, the IAB Audience Taxonomy 1.1 has no such id"),
        (
            {"iab": {"audience": [1482, 1454]}},
            "iab.audience.1: Value error, in the IAB Audience Taxonomy 1.1 this id spe",
        ),
        ({"iab": {**IAB, "content": [45]}}, "iab.content.0: Value error, the IAB Content Taxonomy 3.1 has no such id"),
        ({"iab": {**IAB, "content": ["v9i3On"]}}, "iab.content.0: Value error, in the IAB Content Taxonomy 3.1 this"),
        (
            {"iab": {**IAB, "ad_product": [418]}},
            "iab.ad_product.0: Value error, the IAB Ad Product Taxonomy 2.0 has no",
        ),
        ({"iab": {**IAB, "ad_product": [1474]}}, "iab.ad_product.0: Value error, in the IAB Ad Product Taxonomy 2.0"),
        ({"reach": 10}, "reach: Unexpected keyword"),
    ],
)
def test_the_rest_of_a_segment_is_checked_too(fields, says):
    assert refusal(SOLAR, **fields).startswith(says)


@given(rule=written_rules("week"))
@trials(150)
def test_a_rule_is_refused_exactly_when_it_holds_for_somebody_without_events(rule):
    """The proof in code agrees with the meaning of the rule; too deep rules aside."""
    try:
        assert not belongs(segment(rule).rule, [])
    except ValidationError as refused:
        said = refused.errors()[0]["msg"]
        assert "without any event" in said or "nest" in said
        if "without any event" in said:
            assert belongs(read(rule), [])


def read(rule):
    """A rule beside something that was done, and so in a segment that may be."""
    for kind, made in (("any", AnyOf), ("all", AllOf)):
        if kind in rule:
            return made(tuple(read(part) for part in rule[kind]))
    return Not(read(rule["not"])) if "not" in rule else TypeAdapter(Count).validate_python(rule)


@given(rule=written_rules("week"), data=st.data())
@trials(30)
def test_a_rule_knows_its_parts_and_their_places(rule, data):
    place, part = data.draw(st.sampled_from(list(parts(read(rule)))))
    for step in place:
        rule = rule[step]
    assert read(rule) == part


def test_a_segment_can_be_made_without_yaml():
    rule = AllOf((Count(topics=("solar",)), Not(Count(topics=("gas",)))))
    made = Segment("a_segment", "A segment", "week", rule, Iab(("1482",)))
    assert made == segment({"all": [SOLAR, {"not": {"topics": ["gas"]}}]})
