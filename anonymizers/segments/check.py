"""What only the whole site can tell about its segments: known words, names once, no sensitive subject, a sentence of fair length.

What a segment alone must be is in `rule.py`; the sensitive words are in `sensitive.py`.
"""

from collections.abc import Callable, Mapping, Sequence

from anonymizers.contract import Misplaced
from anonymizers.segments.describe import describe
from anonymizers.segments.rule import Count, Place, Segment, counts
from anonymizers.segments.sensitive import sensitive_word

LONGEST = 500
"""Characters of a description: what the Data Transparency Standard gives to the criteria of an audience."""


def check_segments(
    segments: Sequence[Segment], topic_titles: Mapping[str, str], actions: Sequence[str], sensitive: Sequence[str] = ()
) -> None:
    """Raises Misplaced, with the place below the site, at the first segment that does not fit the site.

    `topic_titles` is topic -> title of every topic of the site, `actions` what its visitors can do, `sensitive` the
    site's own topics and beginnings of words of which no segment may speak.
    """
    names: set[str] = set()
    for number, segment in enumerate(segments):
        here: Place = ("segments", number)
        if segment.segment in names:
            raise Misplaced(f"the segment {segment.segment} stands twice; keep one", *here, "segment")
        names.add(segment.segment)
        for place, count in counts(segment.rule):
            _check_words(count, (*here, "rule", *place), topic_titles, actions, sensitive)
        for field in ("segment", "title", "title_et"):
            _refuse_sensitive(getattr(segment, field) or "", sensitive, "choose another segment", *here, field)
    check_sentences(segments, topic_titles, describe)


def check_sentences(
    segments: Sequence[Segment], topic_titles: Mapping[str, str], told: Callable[[Segment, Mapping[str, str]], str]
) -> None:
    """Raises Misplaced at the first segment whose sentence, as `told` of it and the titles of topics, is too long."""
    for number, segment in enumerate(segments):
        length = len(told(segment, topic_titles))
        if length > LONGEST:
            sentence = f"the rule's sentence has {length} characters, {LONGEST} are allowed; make the rule shorter"
            raise Misplaced(sentence, "segments", number, "rule")


def _check_words(
    count: Count, place: Place, topic_titles: Mapping[str, str], actions: Sequence[str], sensitive: Sequence[str]
) -> None:
    for number, topic in enumerate(count.topics):
        if topic not in topic_titles:
            raise Misplaced("the site has no such topic; write one of topics.yaml", *place, "topics", number)
        for text in (topic, topic_titles[topic]):
            _refuse_sensitive(text, sensitive, "take the topic out of the rule", *place, "topics", number)
    for number, action in enumerate(count.actions):
        if action not in actions:
            known = ", ".join(actions)
            raise Misplaced(f"visitors of this site cannot do this; write one of {known}", *place, "actions", number)


def _refuse_sensitive(text: str, own: Sequence[str], remedy: str, *place: str | int) -> None:
    found = sensitive_word(text, own)
    if found:
        subject, word = found
        raise Misplaced(f"the word {word} speaks of {subject}, which no segment may; {remedy}", *place)
