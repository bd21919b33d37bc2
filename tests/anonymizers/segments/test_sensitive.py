"""Sensitive subjects are refused in ids, names, titles and topics, and whatever a site adds to them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.contract import Misplaced
from anonymizers.segments.check import LONGEST, check_segments
from anonymizers.segments.rule import Segment
from anonymizers.segments.sensitive import BEGINNINGS, sensitive_word
from anonymizers.segments.taxonomy import AD_PRODUCT, AUDIENCE, CONTENT, spread_out
from anonymizers.vocabulary import ACTIONS
from tests.anonymizers.segments.worlds import TOPICS, segment
from tests.anonymizers.trials import trials

SOLAR = {"topics": ["solar"]}


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("Diabetes patients", "health"), ("mental_health", "health"), ("Vähihaiged", "health"), ("Terviseteenused", "health"),
        ("Puudega inimesed", "health"), ("Rasedad", "health"), ("Arstide otsijad", "health"),
        ("Voters of a party", "politics"), ("Valimised 2027", "politics"), ("erakonna_toetajad", "politics"),
        ("Catholic readers", "religion"), ("Kirikulised", "religion"), ("Usk ja lootus", "religion"),
        ("Parents of toddlers", "children and family"), ("families", "children and family"),
        ("Lastega pered", "children and family"),
        ("Lapsed", "children and family"), ("School starters", "children and family"), ("Koolilapsed", "children and family"),
        ("People in debt", "financial distress"), ("Payday loans", "financial distress"), ("Võlgnikud", "financial distress"),
        ("Kodulaenu otsijad", "financial distress"), ("Kiirlaen", "financial distress"), ("low_income", "financial distress"),
        ("Töötud", "financial distress"), ("Overdue invoices", "financial distress"), ("Maksehäired", "financial distress"),
        ("Ethnic minorities", "ethnicity"), ("Rahvusvähemused", "ethnicity"), ("Russian-speakers", "ethnicity"),
        ("LGBT readers", "sexual life"), ("Seksuaalsus", "sexual life"), ("Dating", "sexual life"),
        ("Gambling", "addiction, crime or death"), ("Hasartmängud", "addiction, crime or death"),
        ("SMOKERS", "addiction, crime or death"),
        ("Vangla", "addiction, crime or death"),
    ],
)  # fmt: skip
def test_words_of_sensitive_subjects_are_found(text, subject):
    for written in (text, text.upper(), text.replace(" ", "_"), unicodedata.normalize("NFD", text)):
        assert sensitive_word(written)[0] == subject, written


@pytest.mark.parametrize(
    "text",
    [
        "Surge prices", "Hospitality", "Fertilizer", "Familiar brands", "Transparent prices", "Volatile prices",
        "Usually at night",
        "International visitors", "Rahvusvaheline elektribörs", "Puuküte", "Koolitused", "Ravioli", "Jewellery",
        "Air conditioning",
        "Moving home", "Home insurance", "Natural gas", "Insulation", "Period prices", "Perennial plants", "Sunday readers",
    ],
)  # fmt: skip
def test_plain_words_that_look_alike_are_not(text):
    assert sensitive_word(text) is None


def test_no_topic_of_the_demo_site_that_a_segment_uses_is_sensitive(site):
    for text in (*site.topic_titles, *site.topic_titles.values()):
        assert sensitive_word(text) is None, text


def test_every_sensitive_subject_has_words_in_both_languages_and_ids():
    assert set(BEGINNINGS) == set(AUDIENCE.sensitive) == set(CONTENT.sensitive) == set(AD_PRODUCT.sensitive)


@pytest.mark.parametrize("taxonomy", [AUDIENCE, CONTENT, AD_PRODUCT], ids=lambda taxonomy: taxonomy.name)
def test_an_id_is_good_refused_or_unknown(taxonomy):
    refused = frozenset().union(*taxonomy.sensitive_ids.values())
    assert refused < taxonomy.ids, "a refused id must exist"
    for id_ in taxonomy.ids - refused:
        assert taxonomy.check(id_) == id_
    for id_ in refused:
        with pytest.raises(ValueError, match=r"speaks of .*; choose another"):
            taxonomy.check(id_)
    for id_ in ("0", "-1", "01", "1.0", "", "IAB1", "1e3", "20000", "१"):
        with pytest.raises(ValueError, match="has no such id; look it up"):
            taxonomy.check(id_)


@given(ids=st.sets(st.integers(0, 300)), words=st.sets(st.sampled_from(["6i4dB6", "80DV8O", "KHPC5A"])))
@trials(50)
def test_runs_are_spread_out_to_their_ids(ids, words):
    first = {id_ for id_ in ids if id_ - 1 not in ids}
    last = {min(id_ for id_ in range(start, 302) if id_ + 1 not in ids) for start in first}
    runs = [f"{a}-{b}" if a != b else str(a) for a, b in zip(sorted(first), sorted(last), strict=True)]
    assert spread_out(" ".join([*runs, *words])) == {str(id_) for id_ in ids} | words


# --- what only the whole site can tell ------------------------------------------------------------------------------


def refused(*segments: Segment, titles=TOPICS, actions=ACTIONS, sensitive=()) -> tuple[tuple[str | int, ...], str]:
    """Place and sentence of the refusal."""
    with pytest.raises(Misplaced) as found:
        check_segments(segments, titles, actions, sensitive)
    return found.value.place, str(found.value)


def test_a_segment_of_known_words_passes():
    check_segments([segment(SOLAR, "one"), segment({"topics": ["other"], "days": 2}, "two")], TOPICS, ACTIONS, ["gas"])


def test_names_stand_once():
    place, sentence = refused(segment(SOLAR, "one"), segment(SOLAR, "two"), segment(SOLAR, "one"))
    assert (place, "stands twice" in sentence) == (("segments", 2, "segment"), True)


def test_unknown_topics_and_actions_are_refused_where_they_stand():
    rule = {"any": [SOLAR, {"all": [SOLAR, {"topics": ["solar", "sunshine"]}]}]}
    assert refused(segment(rule))[0] == ("segments", 0, "rule", "any", 1, "all", 1, "topics", 1)
    rule = {"all": [SOLAR, {"not": {"actions": ["page_view", "ad_click"]}}]}
    place, sentence = refused(segment(rule), actions=["page_view"])
    assert place == ("segments", 0, "rule", "all", 1, "not", "actions", 1)
    assert "write one of page_view" in sentence


@pytest.mark.parametrize(
    ("made", "titles", "place"),
    [
        (segment(SOLAR, "debtors"), TOPICS, ("segment",)),
        (segment(SOLAR, "solar_for_parents"), TOPICS, ("segment",)),
        (segment({"topics": ["gas", "solar"]}), {**TOPICS, "solar": "Loans for solar panels"}, ("rule", "topics", 1)),
        (
            segment({"any": [SOLAR, {"topics": ["health_tips"]}]}), {**TOPICS, "health_tips": "Tips"},
            ("rule", "any", 1, "topics", 0),
        ),
    ],
)  # fmt: skip
def test_a_name_or_a_topic_that_speaks_of_a_sensitive_subject_is_refused(made, titles, place):
    found, sentence = refused(made, titles=titles)
    assert found == ("segments", 0, *place)
    assert "speaks of" in sentence and ";" in sentence


def test_a_title_that_speaks_of_a_sensitive_subject_is_refused():
    made = Segment("fine", "Visitors in debt", "week", segment(SOLAR).rule, segment(SOLAR).iab)
    assert refused(made)[0] == ("segments", 0, "title")


@pytest.mark.parametrize("own", ["moving_home", "Moving", "moving home", "MOVING_H"])
def test_what_a_site_lists_is_refused_too(own):
    rule = {"any": [SOLAR, {"topics": ["moving_home"]}]}
    check_segments([segment(rule)], TOPICS, ACTIONS)
    place, sentence = refused(segment(rule), sensitive=["gas pipe", own])
    assert place == ("segments", 0, "rule", "any", 1, "topics", 0)
    assert "what this site lists" in sentence


def test_a_sentence_that_nobody_would_read_to_its_end_is_refused():
    long = {"any": [{"topics": list(TOPICS), "dayparts": ["night", "midday"], "at_least": n} for n in range(1, 9)]}
    place, sentence = refused(segment(long))
    assert place == ("segments", 0, "rule")
    assert f"{LONGEST} are allowed; make the rule shorter" in sentence
