"""The published sentence of a segment in Estonian, from its rule alone; `describe.py` says the same in English.

Titles of topics are quoted and numbers are digits, so that nothing of a site has to be inflected.
"""

from collections.abc import Mapping, Sequence

from anonymizers.segments.rule import AnyOf, Count, Not, Rule, Segment
from anonymizers.vocabulary import ACTIONS, DAYPART_OF_HOUR, DAYPARTS

_WINDOWS = {"day": "ühe päeva", "week": "ühe ISO nädala"}
_DID = {
    "page_view": "vaatasid lehti", "ad_view": "nägid reklaame", "scroll_over": "kerisid üle reklaamide",
    "ad_click": "klõpsasid reklaamidel",
}  # fmt: skip
_DID_NOT = {
    "page_view": "vaadanud lehti", "ad_view": "näinud reklaame", "scroll_over": "kerinud üle reklaamide",
    "ad_click": "klõpsanud reklaamidel",
}  # fmt: skip
_DAYPARTS = {
    "night": "öösel", "morning": "hommikul", "midday": "keskpäeval", "afternoon": "pärastlõunal", "evening": "õhtul",
    "late_evening": "hilisõhtul",
}  # fmt: skip
_ONCE = "vähemalt korra"


def describe_in_estonian(segment: Segment, topic_titles: Mapping[str, str]) -> str:
    """One sentence: who belongs to the segment. `topic_titles` is topic -> Estonian title for every topic of the rule."""
    return f"Külastajad, kes {_WINDOWS[segment.window]} jooksul {_told(segment.rule, topic_titles)}."


def _told(rule: Rule, titles: Mapping[str, str]) -> str:
    if isinstance(rule, Count):
        return _count(rule, titles)
    if isinstance(rule, Not):
        if isinstance(rule.rule, Count):
            return _count(rule.rule, titles, negated=True)
        return f"ei kuulu nende hulka, kes {_inside(rule.rule, titles)}"
    word, parts = ("või", rule.any) if isinstance(rule, AnyOf) else ("ja", rule.all)
    return f" {word} ".join(_inside(part, titles) for part in parts)


def _inside(rule: Rule, titles: Mapping[str, str]) -> str:
    told = _told(rule, titles)
    plain = rule.rule if isinstance(rule, Not) else rule
    return told if isinstance(plain, Count) else f"({told})"


def _count(count: Count, titles: Mapping[str, str], *, negated: bool = False) -> str:
    actions = [action for action in ACTIONS if action in (count.actions or ACTIONS)]
    if negated:
        doings = f"ei {_listed([_DID_NOT[action] for action in actions], 'ega')}"
    else:
        doings = _listed([_DID[action] for action in actions])
    where = []
    if count.topics:
        quoted = _listed([f"„{titles[topic]}“" for topic in count.topics])
        where.append(f"{'teemal' if len(count.topics) == 1 else 'teemadel'} {quoted}")
    if count.dayparts:
        where.append(_listed([_daypart(part) for part in DAYPARTS if part in count.dayparts]))
    times = f"vähemalt {count.days} eri päeval" if count.days else _times(count)
    told = [] if negated and times == _ONCE else [times]
    if len(actions) == 1:
        return " ".join([doings, *where, *told])
    # Else it would stay open whether topic and number belong to every verb, or to the nearest.
    return " ".join([*where, doings, *(each if each == _ONCE else f"kokku {each}" for each in told)])


def _daypart(part: str) -> str:
    hours = [hour for hour, of in DAYPART_OF_HOUR.items() if of == part]
    return f"{_DAYPARTS[part]} ({min(hours)}.00–{max(hours)}.59)"


def _times(count: Count) -> str:
    fewest = "korra" if count.fewest == 1 else f"{count.fewest} korda"
    if not count.at_most:
        return f"vähemalt {fewest}"
    if count.at_most == count.fewest:
        return f"täpselt {fewest}"
    return f"vähemalt {fewest} ja kõige rohkem {count.at_most} korda"


def _listed(words: Sequence[str], last: str = "või") -> str:
    return f" {last} ".join(filter(None, (", ".join(words[:-1]), words[-1])))
