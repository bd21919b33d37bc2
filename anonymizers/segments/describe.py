"""The published sentence of a segment, generated from its rule alone, so that the two cannot drift apart.

Topics are quoted by title, and a rule inside a rule stands in brackets: two rules that differ read differently. What
surrounds the sentence in a release is in `releasing/label.py`.
"""

from collections.abc import Mapping, Sequence

from anonymizers.segments.rule import AnyOf, Count, Not, Rule, Segment
from anonymizers.vocabulary import ACTIONS, DAYPART_OF_HOUR, DAYPARTS

_WINDOWS = {"day": "one day", "week": "one ISO week"}
_PAST = {"page_view": "viewed", "ad_view": "saw", "scroll_over": "scrolled over", "ad_click": "clicked", "any": "had"}
_PLAIN = {"page_view": "view", "ad_view": "see", "scroll_over": "scroll over", "ad_click": "click", "any": "have"}
_NOUNS = {"page_view": "page view", "ad_view": "ad view", "scroll_over": "ad scroll-over", "ad_click": "ad click"}
_WORDS = {1: "once", 2: "twice"}
_ONCE = "at least once"
_IN_THE = {"night": "at night", "midday": "at midday"}


def describe(segment: Segment, topic_titles: Mapping[str, str]) -> str:
    """One sentence: who belongs to the segment. `topic_titles` is topic -> title for every topic of the rule."""
    return f"Visitors who, within {_WINDOWS[segment.window]}, {_told(segment.rule, topic_titles)}."


def _told(rule: Rule, titles: Mapping[str, str]) -> str:
    if isinstance(rule, Count):
        return _count(rule, titles, _PAST)
    if isinstance(rule, Not):
        if isinstance(rule.rule, Count):
            return f"did not {_count(rule.rule, titles, _PLAIN)}"
        return f"are not among those who {_inside(rule.rule, titles)}"
    word, parts = ("or", rule.any) if isinstance(rule, AnyOf) else ("and", rule.all)
    return f", {word} ".join(_inside(part, titles) for part in parts)


def _inside(rule: Rule, titles: Mapping[str, str]) -> str:
    told = _told(rule, titles)
    plain = rule.rule if isinstance(rule, Not) else rule
    return told if isinstance(plain, Count) else f"({told})"


def _count(count: Count, titles: Mapping[str, str], verbs: Mapping[str, str]) -> str:
    words = _doings(count, verbs)
    if count.topics:
        words.append(f"on {_listed([f'“{titles[topic]}”' for topic in count.topics])}")
    if count.dayparts:
        words.append(_listed([_daypart(part) for part in DAYPARTS if part in count.dayparts]))
    if count.days:
        words.append(f"on at least {count.days} different days")
    elif _times(count) != _ONCE:
        words.append(_times(count))
    return " ".join(words)


def _doings(count: Count, verbs: Mapping[str, str]) -> list[str]:
    actions = [action for action in ACTIONS if action in (count.actions or ACTIONS)]
    one = not count.days and _times(count) == _ONCE
    if actions == ["page_view"]:
        return [verbs["page_view"], "a page" if one else "pages"]
    if "page_view" not in actions:
        return [_listed([verbs[action] for action in actions]), "an advertisement" if one else "advertisements"]
    # With two verbs it would stay open whether the topic belongs to both.
    nouns = _listed([_NOUNS[action] + ("" if one else "s") for action in actions])
    return [verbs["any"], f"a {nouns}" if one else nouns]


def _daypart(part: str) -> str:
    hours = [hour for hour, of in DAYPART_OF_HOUR.items() if of == part]
    when = _IN_THE.get(part, f"in the {part.replace('_', ' ')}")
    return f"{when} ({min(hours)}:00 to {max(hours)}:59)"


def _times(count: Count) -> str:
    fewest, most = (_WORDS.get(number, f"{number} times") for number in (count.fewest, count.at_most or 0))
    if not count.at_most:
        return f"at least {fewest}"
    return f"exactly {fewest}" if fewest == most else f"at least {fewest} and at most {most}"


def _listed(words: Sequence[str]) -> str:
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))
