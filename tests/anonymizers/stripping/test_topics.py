"""URL -> topic: by whole leading segments of the path, from the site's closed list, and by nothing else."""

import re

from hypothesis import example, given
from hypothesis import strategies as st

from anonymizers.site import Site
from anonymizers.stripping.topics import ad_rules, page_rules
from anonymizers.vocabulary import OTHER
from tests.anonymizers.stripping.events import ad_event, pseudonym, stripped, topics_of
from tests.anonymizers.trials import trials
from tests.worlds import HOST

ODD = st.sampled_from("aõÄŠžẞİΣ🙂\u0301\u200b/?#:@.%;=&\\'\"$ \n\t\x00")
TEXTS = st.text(ODD, max_size=12) | st.text(max_size=30)
SEGMENT = st.text(st.characters(codec="utf-8", exclude_characters="/?#"), min_size=1, max_size=8)


def prefixes(site: Site) -> dict[str, str]:
    return {row["prefix"]: row["topic"] for row in page_rules(site).to_pylist()}


def longest_prefix(site: Site, path: str) -> str:
    """The rule in plain words: of all prefixes that the path begins with, whole segments only, the longest."""
    rules = prefixes(site)
    fits = [rule for rule in rules if rule != "/" and f"{path}/".startswith(f"{rule}/")]
    return rules[max(fits, key=len)] if fits else OTHER


def test_every_prefix_of_the_site_is_its_topics_with_and_without_a_host_slash_query_and_fragment(engine, site, day):
    rules = prefixes(site)
    for shape in (
        "{0}",
        HOST + "{0}",
        HOST + "{0}?a=/gaas",
        HOST + "{0}#/gaas",
        "http://u:p@h:8443{0}",
        "x-app+1://h{0}",
    ):
        assert topics_of(engine, site, day, [shape.format(rule) for rule in rules]) == list(rules.values()), shape
    deeper = [rule for rule in rules if rule != "/"]
    assert topics_of(engine, site, day, [f"{HOST}{rule}/" for rule in deeper]) == [rules[rule] for rule in deeper]


PATHS = st.builds(
    "/".join,
    st.lists(
        st.sampled_from(
            ("iseteenindus", "arved", "ari", "en", "gas", "lahendused", "paike", "arvedused", "2026", "õpi")
        ),
        min_size=1,
        max_size=4,
    ).map(lambda segments: ["", *segments]),
)


def many(kind: st.SearchStrategy) -> st.SearchStrategy:
    """Many cases at once: one run of the strip costs more than a hundred events in it."""
    return st.lists(kind, min_size=20, max_size=40)


@given(paths=many(PATHS))
@trials(6)
def test_the_longest_prefix_of_whole_segments_wins(engine, site, day, paths):
    assert topics_of(engine, site, day, [HOST + path for path in paths]) == [
        longest_prefix(site, path) for path in paths
    ]


@given(tails=many(SEGMENT))
@trials(6)
def test_a_word_that_only_begins_or_ends_as_a_prefix_does_is_other(engine, site, day, tails):
    known = {rule.split("/")[1] for rule in prefixes(site)}
    strange = ["x", *(tail for tail in tails if tail.lower() not in known)]
    for glued in (f"{HOST}/gaas{{0}}", f"{HOST}/{{0}}gaas", f"{HOST}/{{0}}/gaas"):
        assert set(topics_of(engine, site, day, [glued.format(tail) for tail in strange])) == {OTHER}


@given(
    noises=many(TEXTS), base=st.sampled_from(("/gaas", "/en/solar/", "/iseteenindus/arved/2026", "/tundmatu", "/", ""))
)
@trials(6)
def test_queries_fragments_and_deep_tokens_change_no_topic(engine, site, day, noises, base):
    shapes = (f"{HOST}{base}?{{0}}", f"{HOST}{base}#{{0}}", f"{HOST}{base}?a#{{0}}/gaas?")
    [plain] = topics_of(engine, site, day, [HOST + base])
    changed = [shape.format(noise) for shape in shapes for noise in noises]
    assert set(topics_of(engine, site, day, changed)) == {plain}
    tokens = [f"{HOST}/iseteenindus/arved/2026/{noise}" for noise in noises]
    assert set(topics_of(engine, site, day, tokens)) == {"invoices"}


@given(hosts=many(st.text(ODD, max_size=12) | st.sampled_from(("gaas", "mari:sala@gaas:1", "[2001:db8::1]", "a@b.ee"))))
@trials(6)
def test_host_userinfo_and_port_change_no_topic(engine, site, day, hosts):
    named = [re.sub(r"[/?#]", "", host) for host in hosts]
    urls = [f"https://{host}{path}" for host in named for path in ("", "/", "/gaas", "/tundmatu")]
    assert topics_of(engine, site, day, urls) == ["home_page", "home_page", "gas", OTHER] * len(hosts)


@given(ups=many(st.lists(st.booleans(), min_size=60, max_size=60)))
@trials(6)
def test_upper_case_changes_no_topic(engine, site, day, ups):
    rules = [rule for rule in prefixes(site) for _ in range(2)]
    mixed = [
        "".join(c.upper() if up else c for c, up in zip(f"{HOST}{rule}", flags, strict=False))
        for rule, flags in zip(rules, ups, strict=False)
    ]
    assert topics_of(engine, site, day, mixed) == [prefixes(site)[rule] for rule in rules[: len(mixed)]]


NO_PAGE = (
        None, "", " ", "?a=/gaas", "#/gaas", "gaas", "www.naide.ee/gaas", "//gaas", "///", f"{HOST}//gaas", f"{HOST}//",
        "mailto:mari@naide.ee", "javascript:void(0)", "about:blank", "data:text/html,/gaas", "tel:+3725123456",
        "://gaas/gaas", "1x://h/gaas", "view-source:https://h/gaas", "blob:https://h/gaas", f"{HOST}/%67aas",
        f"{HOST}/gaas;jsessionid=1", f"{HOST}/./gaas", f"{HOST}/ gaas", f"{HOST}/gaas%2Fpaketid",
)  # fmt: skip


def test_what_is_no_address_of_a_known_page_is_other(engine, site, day):
    assert dict(zip(NO_PAGE, topics_of(engine, site, day, NO_PAGE), strict=True)) == dict.fromkeys(NO_PAGE, OTHER)


@given(urls=many(TEXTS | st.builds("{}://{}/{}".format, TEXTS, TEXTS, TEXTS)))
@example(urls=[f"{HOST}/naidud?email=mari.maasikas@naide.ee&gclid=EAIaIQobChMI", f"{HOST}/unusta/8f14e45fceea167a"])
@trials(6)
def test_no_text_whatever_leaves_the_sites_closed_list(engine, site, day, urls):
    assert set(topics_of(engine, site, day, urls)) <= set(site.topic_names)


@given(said=many(st.one_of(st.none(), TEXTS, st.sampled_from(("heat-pump", "Heat-Pump", "gas", "other")))))
@trials(6)
def test_no_subject_whatever_leaves_the_sites_closed_list(engine, site, day, said):
    ads = [ad_event(day, visitor=f"cookie_id:{place}", ad_topic=subject) for place, subject in enumerate(said)]
    known = {row["ad_topic"]: row["topic"] for row in ad_rules(site).to_pylist()}
    topic = {row["visitor"]: row["topic"] for row in stripped(engine, site, day, [], ads)[0]}
    for place, subject in enumerate(said):
        assert topic[pseudonym(f"cookie_id:{place}")] == known.get(subject, OTHER)


def test_every_subject_of_the_site_is_its_topics(engine, site, day):
    known = {row["ad_topic"]: row["topic"] for row in ad_rules(site).to_pylist()}
    assert {topic.topic for topic in site.topics} <= set(known) and len(known) > len(site.topics)
    ads = [ad_event(day, visitor=subject, ad_topic=subject) for subject in known]
    topic = {row["visitor"]: row["topic"] for row in stripped(engine, site, day, [], ads)[0]}
    assert {subject: topic[pseudonym(subject)] for subject in known} == known
