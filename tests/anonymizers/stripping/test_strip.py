"""The strip: what it keeps, what it drops and counts, and that nothing of a visitor but closed words comes out."""

import itertools
from hashlib import md5, sha1, sha256, sha512

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.consent.agreed import EVERYTHING, SILENT, reason_of, refused
from anonymizers.consent.refused import Why
from anonymizers.stripping.strip import STRIPPED_EVENTS, strip
from anonymizers.vocabulary import ACTIONS, AD_ACTIONS, BROWSERS, DEVICES, SYSTEMS
from tests.anonymizers.stripping.events import KEY, PAGE_VIEWS, ad_event, page_view, pseudonym, stripped
from tests.anonymizers.trials import trials
from tests.worlds import CHROME, GOOGLEBOT, HOST, IPHONE

HOUR_US = 3_600_000_000
TYPES = {"date": pa.date32(), "int16": pa.int16(), "int64": pa.int64(), "string": pa.string(), "boolean": pa.bool_()}
VISITORS = ("cookie_id:kypsis-4711", "account_id:EE00000001", "account_id:Õie Šmidt", "cookie_id:", None)
AGENTS = (CHROME, IPHONE, GOOGLEBOT, "Mari Maasikas 1.0", "", None)
URLS = (f"{HOST}/arved?email=mari@naide.ee", f"{HOST}/en/solar", "/gaas", "/tundmatu/38101010009", None)
SAID_NO = refused(Why.NOT_GRANTING)
CONSENTS = (EVERYTHING,) * 6 + (1, 3, 5, SILENT, SAID_NO, refused(Why.OBJECTED), None)

VIEWS = st.lists(
    st.fixed_dictionaries(
        {
            "after_us": st.one_of(st.integers(0, 24 * HOUR_US - 1), st.sampled_from((0, 12 * HOUR_US))),
            "visitor": st.sampled_from(VISITORS),
            "user_agent": st.sampled_from(AGENTS),
            "url": st.sampled_from(URLS),
            "agreed": st.sampled_from(CONSENTS),
        }
    ),
    max_size=25,
)
ADS = st.lists(
    st.fixed_dictionaries(
        {
            "after_us": st.one_of(st.integers(0, 24 * HOUR_US - 1), st.sampled_from((0, 12 * HOUR_US))),
            "visitor": st.sampled_from(VISITORS),
            "user_agent": st.sampled_from(AGENTS),
            "ad_topic": st.sampled_from(("heat-pump", "solar", "Mari Maasikas", "", None)),
            "action": st.sampled_from((*ACTIONS, "AD_VIEW", "purchase", "", None)),
            "agreed": st.sampled_from(CONSENTS),
        }
    ),
    max_size=25,
)


def placed(day, events):
    """The made-up events at their instants of the day."""
    return [
        {name: value for name, value in event.items() if name != "after_us"}
        | {"instant_us": day.start_us + event["after_us"]}
        for event in events
    ]


def kept(event, both, use):
    """What an event may serve, by plain reading: (tables, segments), or None where it is dropped."""
    if event["visitor"] is None or event["user_agent"] in (GOOGLEBOT, "", None):
        return None
    own = [each for each in both if each["visitor"] == event["visitor"]]
    if (event["agreed"] or 0) < 1 or any(
        each["agreed"] == SILENT and each["after_us"] >= event["after_us"] for each in own
    ):
        return None
    left = EVERYTHING
    for each in own:
        if each["agreed"] != SILENT:
            left &= max(each["agreed"] or 0, 0)
    uses = (bool(left & use), bool(left & 4))
    return uses if any(uses) else None


def stays(views, ads):
    """visitor, hour, uses of all events that stay."""
    both = [*views, *ads]
    found = [(event, kept(event, both, 1)) for event in views]
    found += [(event, kept(event, both, 2)) for event in ads if event["action"] in AD_ACTIONS]
    return sorted((pseudonym(event["visitor"]), event["after_us"] // HOUR_US, *uses) for event, uses in found if uses)


@given(views=VIEWS, ads=ADS)
@trials(8)
def test_stripped_events_have_exactly_the_declared_columns_and_only_closed_words(engine, site, day, views, ads):
    rows, _ = stripped(engine, site, day, placed(day, views), placed(day, ads))
    for row in rows:
        assert list(row) == list(STRIPPED_EVENTS)
        assert row["traffic_date"] == day.date and row["hour"] in range(24) and isinstance(row["visitor"], int)
        assert row["topic"] in site.topic_names and row["action"] in ACTIONS
        assert row["browser"] in BROWSERS and row["device"] in DEVICES and row["os"] in SYSTEMS


def test_a_night_without_events_has_the_declared_columns_and_types_too(engine, site, day):
    nothing = engine.table(PAGE_VIEWS.empty_table())
    table, report = strip(nothing, None, site=site, day=day, key=KEY)
    declared = pa.schema({name: TYPES[kind] for name, (kind, _) in STRIPPED_EVENTS.items()})
    assert engine.fetch(table).equals(declared.empty_table()) and set(report.numbers.values()) == {0}


@given(views=VIEWS, ads=ADS)
@trials(16)
def test_an_event_serves_what_its_visitor_agreed_to_in_all_events_of_the_day(engine, site, day, views, ads):
    rows, report = stripped(engine, site, day, placed(day, views), placed(day, ads))
    both = [*views, *ads]
    flags = ("for_tables", "for_segments")
    assert sorted((row["visitor"], row["hour"], *(row[flag] for flag in flags)) for row in rows) == stays(views, ads)
    assert report.numbers == {
        "read": len(both),
        "without_consent": sum((event["agreed"] or 0) < 1 for event in both),
        "without_visitor": sum(event["visitor"] is None for event in both),
        "by_bots": sum(event["user_agent"] in (GOOGLEBOT, "", None) for event in both),
        "unknown_action": sum(event["action"] not in AD_ACTIONS for event in ads),
        "suppressed_visitors": 0,
        **{f"refused_{why}": told for why in Why if (told := sum(reason_of(e["agreed"]) == why for e in both))},
    }


def test_an_event_that_says_nothing_takes_back_what_its_visitor_did_before_it_and_nothing_else(engine, site, day):
    views = [page_view(day, instant_us=day.start_us + hour * HOUR_US) for hour in (1, 2, 4, 5)]
    views += [page_view(day, visitor="cookie_id:2", instant_us=day.start_us + hour * HOUR_US) for hour in (1, 5)]
    silent = [ad_event(day, agreed=SILENT, instant_us=day.start_us + hour * HOUR_US) for hour in (0, 2, 3)]
    rows, _ = stripped(engine, site, day, views, silent)
    one, two = pseudonym("cookie_id:1"), pseudonym("cookie_id:2")
    assert sorted((row["visitor"], row["hour"]) for row in rows) == sorted([(one, 4), (one, 5), (two, 1), (two, 5)])


def test_where_no_event_has_two_faults_what_is_read_is_what_is_kept_and_dropped(engine, site, day):
    views = [
        page_view(day),
        page_view(day, visitor="cookie_id:2", agreed=SAID_NO),
        page_view(day, visitor="cookie_id:3", agreed=SILENT),
        page_view(day, visitor=None),
        page_view(day, user_agent=GOOGLEBOT),
        page_view(day, user_agent=None),
        page_view(day, user_agent=""),
    ]
    ads = [
        ad_event(day),
        ad_event(day, action="purchase"),
        ad_event(day, action=None),
        ad_event(day, action="page_view"),
    ]
    rows, report = stripped(engine, site, day, views, ads)
    assert len(rows) == 2
    dropped = {"without_consent": 2, "without_visitor": 1, "by_bots": 3, "unknown_action": 3}
    assert report.numbers == dropped | {
        "read": 11, "suppressed_visitors": 0, "refused_absent": 1, "refused_not_granting": 1
    }  # fmt: skip
    assert report.read == len(rows) + sum(dropped.values())


@given(views=VIEWS, ads=ADS, leaver=st.sampled_from(VISITORS))
@trials(8)
def test_a_visitor_who_leaves_changes_no_row_of_another(engine, site, day, views, ads, leaver):
    views, ads = placed(day, views), placed(day, ads)
    rows, _ = stripped(engine, site, day, views, ads)
    left, _ = stripped(
        engine, site, day, [e for e in views if e["visitor"] != leaver], [e for e in ads if e["visitor"] != leaver]
    )
    assert left == [row for row in rows if leaver is None or row["visitor"] != pseudonym(leaver)]


@given(views=VIEWS, ads=ADS, seed=st.randoms())
@trials(6)
def test_the_order_of_events_does_not_matter(engine, site, day, views, ads, seed):
    views, ads = placed(day, views), placed(day, ads)
    rows, report = stripped(engine, site, day, views, ads)
    seed.shuffle(views)
    seed.shuffle(ads)
    assert stripped(engine, site, day, views, ads) == (rows, report)


def pseudonyms(engine, site, day, visitors, key):
    """Each visitor's pseudonym, told apart by the hour in which the visitor comes."""
    views = [page_view(day, visitor=who, instant_us=day.start_us + n * HOUR_US) for n, who in enumerate(visitors)]
    rows, _ = stripped(engine, site, day, views, key=key)
    return [row["visitor"] for row in sorted(rows, key=lambda row: row["hour"])]


def test_a_visitor_has_one_pseudonym_within_a_key_and_every_event_a_row_however_alike_they_are(engine, site, day):
    views = [page_view(day, instant_us=day.start_us + n * HOUR_US, url=f"{HOST}/{n}") for n in range(10)]
    rows, _ = stripped(engine, site, day, views * 2, [ad_event(day, user_agent=IPHONE)] * 3)
    assert len(rows) == 23 and len({row["visitor"] for row in rows}) == 1


@given(visitors=st.lists(st.text(max_size=40), min_size=2, max_size=24, unique=True))
@trials(6)
def test_different_visitors_and_different_keys_give_different_pseudonyms(engine, site, day, visitors):
    first, again, other = (pseudonyms(engine, site, day, visitors, key) for key in (KEY, KEY, "a7" * 32))
    assert first == again
    assert len({*first, *other}) == 2 * len(visitors)


def test_a_pseudonym_is_no_plain_hash_of_the_visitor(engine, site, day):
    """Plain hashes of small domains fall to a list of all visitors (NYC taxi)."""
    visitors = [f"account_id:EE{number:08}" for number in range(20)]
    given_out = {number % 2**64 for number in pseudonyms(engine, site, day, visitors, KEY)}
    for visitor in visitors:
        for text in (visitor, visitor.split(":")[1], f"{visitor}{KEY}", KEY):
            for digest in (hashed(text.encode()).digest() for hashed in (md5, sha1, sha256, sha512)):
                for place in range(0, len(digest) - 7):
                    for order in ("big", "little"):
                        plain = int.from_bytes(digest[place : place + 8], order)
                        assert plain not in given_out and (plain - 2**63) % 2**64 not in given_out


def test_visitors_who_stand_side_by_side_have_pseudonyms_that_do_not(engine, site, day):
    """Half the bits differ on average, whatever the visitors have in common."""
    numbers = pseudonyms(engine, site, day, [f"cookie_id:{number:06}" for number in range(24)], KEY)
    changed = [((one ^ two) % 2**64).bit_count() for one, two in itertools.pairwise(numbers)]
    assert 26 < sum(changed) / len(changed) < 38
    assert numbers != sorted(numbers)


@pytest.mark.parametrize("action", AD_ACTIONS)
def test_no_word_of_the_input_is_in_the_output_unless_it_is_in_a_closed_list(engine, site, day, action):
    marked = "Maasikas-4711"
    views = [
        page_view(day, visitor=f"cookie_id:{marked}", url=f"https://{marked}/{marked}/{marked}?{marked}#{marked}"),
        page_view(day, visitor=marked, user_agent=f"{CHROME} {marked}"),
    ]
    rows, _ = stripped(engine, site, day, views, [ad_event(day, visitor=marked, ad_topic=marked, action=action)])
    words = {value for row in rows for value in row.values() if isinstance(value, str)}
    assert len(rows) == 3 and words <= {*site.topic_names, *ACTIONS, *BROWSERS, *DEVICES, *SYSTEMS}
    assert marked not in repr(rows) and KEY not in repr(rows)
