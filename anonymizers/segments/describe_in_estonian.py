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
    "page_view": "ei vaadanud lehti", "ad_view": "ei näinud reklaame", "scroll_over": "ei kerinud üle reklaamide",
    "ad_click": "ei klõpsanud reklaamidel",
}  # fmt: skip
_NOUNS = {
    "page_view": "lehevaatamisi", "ad_view": "reklaami nägemisi", "scroll_over": "reklaamist ülekerimisi",
    "ad_click": "reklaamiklõpse",
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
    words = [_doings(count, negated=negated)]
    if count.topics:
        quoted = _listed([f"„{titles[topic]}“" for topic in count.topics])
        words.append(f"{'teemal' if len(count.topics) == 1 else 'teemadel'} {quoted}")
    if count.dayparts:
        words.append(_listed([_daypart(part) for part in DAYPARTS if part in count.dayparts]))
    times = f"vähemalt {count.days} eri päeval" if count.days else _times(count)
    return " ".join(words if negated and times == _ONCE else [*words, times])


def _doings(count: Count, *, negated: bool) -> str:
    actions = [action for action in ACTIONS if action in (count.actions or ACTIONS)]
    if len(actions) == 1:
        return (_DID_NOT if negated else _DID)[actions[0]]
    # With two verbs it would stay open whether the topic belongs to both.
    return f"{'ei teinud' if negated else 'tegid'} {_listed([_NOUNS[action] for action in actions])}"


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


def _listed(words: Sequence[str]) -> str:
    return " või ".join(filter(None, (", ".join(words[:-1]), words[-1])))
