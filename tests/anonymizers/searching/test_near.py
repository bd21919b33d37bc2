"""Short cuts of the search beside the long way round: the same values are near, the same places found, the same escapes seen."""

from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anonymizers.searching.decoders import decoded
from anonymizers.searching.near import Near
from anonymizers.searching.sought import parts_of
from anonymizers.searching.strange_places import GRAM, Occurrences, StrangePlaces, grams_around
from anonymizers.searching.suspects import bare_grams
from anonymizers.searching.written_forms import _HIDES, canonical, plain_readings, run_together
from tests.anonymizers.searching.planting import CANNOT, FORMS, VALUES

OTHERS = {"other name": "Pille-Riin Käärik", "other phone": "+372 5987 6543", "words": "vaata ka hinnakirja"}
ALL = {**VALUES, **OTHERS}
SOUGHT = frozenset(part for value in VALUES.values() for part in parts_of(value))
GRAMS = sorted({gram for value in VALUES.values() for gram in grams_around(canonical(value), 0, len(value))})
written = st.builds(
    lambda label, form, around: (label, form, around.replace("*", FORMS[form](ALL[label]))),
    st.sampled_from(sorted(ALL)),
    st.sampled_from(sorted(FORMS)),
    st.sampled_from(["*", "https://a.ee/?u=*&x=1", "%41%42 *", "a * b", "%2F* &amp;"]),
).filter(lambda each: each[:2] not in CANNOT)


def tells(parts) -> bool:
    return not SOUGHT.isdisjoint(parts)


def found_alone(value: str) -> bool:
    """The long way: each value decoded by itself, and all its parts compared."""
    forms = list(chain.from_iterable((form, run_together(form)) for form in plain_readings(value)))
    return any(gram in form for gram in bare_grams(GRAMS) for form in forms) and tells(parts_of(value))


@settings(max_examples=60, deadline=None)
@given(st.lists(written, max_size=45))
def test_values_in_groups_tell_as_each_would_alone(values):
    texts = list(dict.fromkeys(text for _, _, text in values))
    assert sorted(Near(GRAMS).telling(texts, tells)) == sorted(filter(found_alone, texts))


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_every_value_tells_among_many_that_do_not(form):
    values = [FORMS[form](value) for label, value in VALUES.items() if (form, label) not in CANNOT]
    values = list(filter(found_alone, values))
    crowd = [f"https://a.ee/%41?page={number}&u=Y2xpY2s{number}" for number in range(700)]
    assert set(Near(GRAMS).telling([*crowd[:350], *values, *crowd[350:]], tells)) == set(values)
    assert len(values) >= 5


@given(
    st.lists(st.text("ab", min_size=8, max_size=30), min_size=1, max_size=4, unique=True),
    st.text("ab", min_size=4, max_size=8),
)
def test_a_part_is_found_at_every_place_where_it_stands(phrases, part):
    grams = {gram for phrase in phrases for gram in grams_around(phrase, 0, len(phrase))}
    there = {
        (phrase, place)
        for phrase in phrases
        for place in range(len(phrase))
        if phrase.startswith(part, place) and len(part) >= GRAM
    }
    assert set(Occurrences(StrangePlaces(tuple(phrases), tuple(sorted(grams)))).of(part)) == there


@settings(max_examples=300)
@given(st.text("%&=\\;#x?-nuäA41 tmlb@\r\n", max_size=12))
def test_where_a_decoder_takes_something_off_there_is_a_sign_of_it(text):
    """A text without such a sign is not given to the decoders at all."""
    if any(new != text for new in decoded(text)):
        assert _HIDES.search(text)
