"""The published words: made from the rule, different for different rules, and nothing but the site's configuration."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.releasing.label import segments_json
from anonymizers.segments.check import LONGEST
from anonymizers.segments.describe import describe
from anonymizers.segments.describe_in_estonian import describe_in_estonian
from anonymizers.segments.rule import AnyOf, Count, Not, Rule
from anonymizers.segments.taxonomy import AD_PRODUCT, AUDIENCE, CONTENT
from anonymizers.vocabulary import ACTIONS, DAYPARTS
from tests.anonymizers.segments.worlds import TOPICS, accepted, segment, written_rules
from tests.anonymizers.trials import trials

SOLAR = {"topics": ["solar"]}


LANGUAGES = pytest.mark.parametrize("say", [describe, describe_in_estonian])


def told(rule, window="week", say=describe) -> str:
    return say(segment(rule, window=window), TOPICS)


def test_the_sentence_of_a_rule():
    rule = {
        "any": [
            {**SOLAR, "actions": ["page_view"], "at_least": 2},
            {"topics": ["solar", "gas"], "actions": ["ad_click"]},
        ]
    }
    assert told(rule) == (
        "Visitors who, within one ISO week, viewed pages on “Solar panels and batteries” at least twice, "
        "or clicked an advertisement on “Solar panels and batteries” or “Natural gas”."
    )


def test_the_sentence_in_estonian():
    view = {**SOLAR, "actions": ["page_view"]}
    on = "teemal „Solar panels and batteries“"
    for rule, says in (
        (view, f"vaatasid lehti {on} vähemalt korra."),
        ({**view, "at_least": 2, "at_most": 3}, f"vaatasid lehti {on} vähemalt 2 korda ja kõige rohkem 3 korda."),
        ({**view, "at_least": 1, "at_most": 1}, f"vaatasid lehti {on} täpselt korra."),
        ({**view, "days": 3}, f"vaatasid lehti {on} vähemalt 3 eri päeval."),
        (
            {**SOLAR, "actions": ["ad_click", "page_view"]},
            f"{on} vaatasid lehti või klõpsasid reklaamidel vähemalt korra.",
        ),
        (
            {"all": [view, {"not": {"actions": ["ad_click"]}}]},
            f"vaatasid lehti {on} vähemalt korra ja ei klõpsanud reklaamidel.",
        ),
        (
            {"all": [view, {"not": {**SOLAR, "actions": ["ad_view", "page_view", "ad_click"], "at_least": 2}}]},
            f"vaatasid lehti {on} vähemalt korra ja {on} ei vaadanud lehti, näinud reklaame ega klõpsanud "
            "reklaamidel kokku vähemalt 2 korda.",
        ),
        (
            {"all": [{**view, "dayparts": ["night"]}, {"not": {"all": [view, {"actions": ["ad_view"]}]}}]},
            f"vaatasid lehti {on} öösel (0.00–5.59) vähemalt korra ja (ei kuulu nende hulka, kes (vaatasid lehti {on} "
            "vähemalt korra ja nägid reklaame vähemalt korra)).",
        ),
    ):
        assert told(rule, say=describe_in_estonian) == f"Külastajad, kes ühe ISO nädala jooksul {says}"


def test_each_word_of_the_language_of_rules():
    view = {**SOLAR, "actions": ["page_view"]}
    on = "on “Solar panels and batteries”"
    for rule, says in (
        (view, f"viewed a page {on}."),
        ({**view, "at_least": 1, "at_most": 1}, f"viewed pages {on} exactly once."),
        ({**view, "at_least": 2, "at_most": 3}, f"viewed pages {on} at least twice and at most 3 times."),
        ({**view, "days": 3}, f"viewed pages {on} on at least 3 different days."),
        ({**view, "dayparts": ["evening"]}, f"viewed a page {on} in the evening (18:00 to 21:59)."),
        (
            {"actions": ["ad_view", "scroll_over"], "dayparts": ["midday", "night"], "at_least": 4},
            "saw or scrolled over advertisements at night (0:00 to 5:59) or at midday (10:00 to 13:59) at least 4 times.",
        ),
        ({**SOLAR, "actions": ["ad_click", "page_view"]}, f"had a page view or ad click {on}."),
        ({**SOLAR, "at_least": 2}, f"had page views, ad views, ad scroll-overs or ad clicks {on} at least twice."),
        (
            {"all": [view, {"not": {"topics": ["gas"], "actions": ["page_view"], "at_least": 2}}]},
            f"viewed a page {on}, and did not view pages on “Natural gas” at least twice.",
        ),
        (
            {"all": [view, {"not": {"any": [{"actions": ["ad_click"]}, {"actions": ["ad_view"]}]}}]},
            f"viewed a page {on}, and (are not among those who (clicked an advertisement, or saw an advertisement)).",
        ),
    ):
        assert told(rule) == f"Visitors who, within one ISO week, {says}"
    assert told(view, "day") == f"Visitors who, within one day, viewed a page {on}."


def meaning(rule: Rule):
    """The rule without what makes no difference: order of lists, and words left out for their defaults."""
    if isinstance(rule, Count):
        hours = sorted(rule.dayparts, key=DAYPARTS.index)
        return rule.topics, sorted(rule.actions or ACTIONS), hours, rule.days or (rule.fewest, rule.at_most), rule.days
    if isinstance(rule, Not):
        return "not", meaning(rule.rule)
    word, inner = ("any", rule.any) if isinstance(rule, AnyOf) else ("all", rule.all)
    return word, [meaning(part) for part in inner]


@LANGUAGES
@given(one=written_rules("week").filter(accepted), other=written_rules("week").filter(accepted), data=st.data())
@trials(300)
def test_two_rules_that_differ_read_differently(say, one, other, data):
    """Near misses are tried too: the same rule with one count changed, or with `any` and `all` exchanged."""
    other = data.draw(st.sampled_from([other, nearly(one, data)]))
    if not accepted(other):
        return
    same = meaning(segment(one).rule) == meaning(segment(other).rule)
    assert (told(one, say=say) == told(other, say=say)) == same


def nearly(rule, data):
    for word, opposite in (("any", "all"), ("all", "any")):
        if word in rule:
            if data.draw(st.booleans()):
                return {opposite: rule[word]}
            place = data.draw(st.integers(0, len(rule[word]) - 1))
            return {word: [nearly(part, data) if n == place else part for n, part in enumerate(rule[word])]}
    if "not" in rule:
        return nearly(rule["not"], data)
    changed = {**rule, data.draw(st.sampled_from(["topics", "actions", "dayparts"])): None}
    changed |= {name: words for name, words in {"at_least": 3, "at_most": 4}.items() if "days" not in rule}
    return {name: words for name, words in changed.items() if words} | {"topics": ["gas"]}


@LANGUAGES
def test_two_orders_of_brackets_read_differently(say):
    a, b, c = ({"topics": [topic], "actions": ["page_view"]} for topic in ("solar", "gas", "moving_home"))
    rules = [
        {"any": [a, {"all": [b, c]}]},
        {"all": [{"any": [a, b]}, c]},
        {"any": [{"all": [a, b]}, c]},
        {"any": [a, {"any": [b, c]}]},
        {"any": [{"any": [a, b]}, c]},
    ]
    assert len({told(rule, say=say) for rule in rules}) == len(rules)


def test_the_labels_of_the_shipped_segments(site):
    label = json.loads(segments_json(site.segments, site))
    assert label["standard"]["version"] == "1.2"
    assert "never an individual" in label["not_applicable"]["audience_precision_levels"]
    found = {each["segment"]: each for each in label["segments"]}
    assert list(found) == [each.segment for each in site.segments]
    for each in site.segments:
        said = found[each.segment]
        assert said["description"] == said["data_label"]["audience_criteria"] == describe(each, site.topic_titles)
        assert len(said["description"]) <= LONGEST and len(said["description_et"]) <= LONGEST
        assert said["title_et"] == each.title_et
        assert said["description_et"] == describe_in_estonian(each, site.topic_titles_et)
        assert said["data_label"]["privacy_policy_url"] == site.policy.url
        assert said["data_label"]["audience_refresh"] == {"day": "Daily", "week": "Weekly"}[each.window]
        for taxonomy, ids in (
            (AUDIENCE, each.iab.audience),
            (CONTENT, each.iab.content),
            (AD_PRODUCT, each.iab.ad_product),
        ):
            stated = [used for used in said["taxonomies"] if used["name"] == taxonomy.name]
            assert stated == ([{"name": taxonomy.name, "version": taxonomy.version, "ids": list(ids)}] if ids else [])


def test_the_labels_are_the_same_bytes_every_time(site):
    assert segments_json(site.segments, site) == segments_json(tuple(site.segments), site)
    assert segments_json(site.segments, site).endswith(b"}\n")
    assert json.loads(segments_json([], site))["segments"] == []
