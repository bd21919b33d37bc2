"""The second net over whole releases: silent on clean ones, of every shipped site, and awake wherever something is planted."""

import secrets
from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.counting.draw import Draw
from anonymizers.counting.mechanism import OpenDPNoise
from anonymizers.counting.plan import plan
from anonymizers.counting.statistic import STATISTICS, vocabulary
from anonymizers.releasing.edition import Edition
from anonymizers.releasing.release import Release, caveats, compose, files
from anonymizers.searching.detectors import Kind, kinds
from anonymizers.searching.leak_scan import must_search
from anonymizers.searching.second_net import Suspicion, suspicions
from anonymizers.site import Site
from pipelines.site_folder import read_site_folder
from tests.anonymizers.releasing.candidates import EDITIONS, draws_of, tables_of
from tests.anonymizers.searching.detectable import ISIKUKOOD, OF_A_PERSON
from tests.anonymizers.trials import trials
from tests.worlds import SITES

SHIPPED = {"elektrum": 20, "snowplow": 5, "weblog": 5}
"""Site folder -> how many releases of each window are looked at."""


def noisy(site: Site, edition: Edition) -> dict[str, Draw]:
    """Draws with real noise on made-up counts."""
    measures = {(measure.statistic.name, measure.name): measure for measure in plan(site, edition.window).measures}
    noise, start = OpenDPNoise(), secrets.randbelow(9_000)
    return {
        part: replace(
            draw,
            numbers={
                table: {name: tuple(noise.add(exact, measures[table, name].mechanism)) for name, exact in drawn.items()}
                for table, drawn in draw.numbers.items()
            },
        )
        for part, draw in draws_of(site, edition, start=start).items()
    }


def clean(name: str, edition: Edition) -> Release:
    folder = read_site_folder(SITES / name)
    made = tables_of(folder.site, edition, noisy(folder.site, edition))
    return compose(folder.site, edition, made, caveats(folder.sources), must_search(folder.sources))


@pytest.mark.parametrize("edition", EDITIONS, ids=("day", "week"))
@pytest.mark.parametrize("name", SHIPPED)
def test_no_clean_release_of_any_shipped_site_is_suspected_and_none_needs_an_exemption(name, edition):
    """Besides the digests of its own files: not even the address of the policy is given as declared."""
    for _ in range(SHIPPED[name]):
        release = clean(name, edition)
        assert len(release.files) > 10
        assert suspicions(release.files) == []


@pytest.mark.parametrize("name", SHIPPED)
def test_no_word_that_a_shipped_site_may_publish_is_suspected(name):
    site = read_site_folder(SITES / name).site
    words = {
        str(word) for edition in EDITIONS for closed in vocabulary(site, edition.window).values() for word in closed
    }
    words |= {text for topic in site.topics for text in (topic.topic, topic.title, *topic.prefixes, *topic.ads)}
    words |= {text for segment in site.segments for text in (segment.segment, segment.title)}
    words |= {site.title, site.unit, site.policy.url, site.policy.version}
    words |= {text for each in STATISTICS.values() for statistic in each for text in statistic.schema().names}
    assert len(words) > 50
    assert {word for word in words if kinds(word)} == set()


@pytest.fixture(scope="module")
def release() -> Release:
    return clean("elektrum", EDITIONS[0])


LINES, KNOWN = b"\nSeen: %s.\n", files(EDITIONS[0].window)


@given(data=st.data())
@trials(25)
def test_whatever_is_planted_in_a_release_is_suspected_at_its_place_and_never_told(release, data):
    what = data.draw(st.sampled_from(sorted(OF_A_PERSON)))
    planted = data.draw(OF_A_PERSON[what][1])
    found = suspicions(
        {**release.files, "README.md": release.files["README.md"] + LINES % planted.encode()}, known=KNOWN
    )
    lines = release.files["README.md"].count(b"\n") + 2
    assert f"README.md, line {lines}" in {suspicion.place for suspicion in found}, what
    assert planted.lower() not in repr(found).lower(), what


@given(code=ISIKUKOOD)
@trials(5)
def test_a_number_in_the_name_of_a_file_is_suspected_and_its_place_is_a_number(release, code):
    found = suspicions({**release.files, f"{code}.md": b"hello"}, known=KNOWN)
    assert found and {suspicion.place for suspicion in found} <= {
        f"file {len(release.files) + 1}, {inside}" for inside in ("name", "line 1")
    }


def test_only_the_digests_of_these_very_files_are_exempt(release):
    """A digest of anything else, such as of an e-mail, is one too many, however it looks."""
    stranger = sha256(b"mari.maasikas@naide.ee").hexdigest()
    own = sha256(release.files["README.md"]).hexdigest()
    sums = release.files["SHA256SUMS"]
    assert own.encode() in sums
    changed = {**release.files, "SHA256SUMS": sums.replace(own.encode(), stranger.encode())}
    assert {suspicion.kind for suspicion in suspicions(changed, known=KNOWN)} == {Kind.DIGEST}
    manifest = {**release.files, "README.md": b"Another text.\n"}
    assert {suspicion.kind for suspicion in suspicions(manifest, known=KNOWN)} == {Kind.DIGEST}
    assert Suspicion("a.md, line 2", Kind.DIGEST) in suspicions({"a.md": f"\n{own[:40]}".encode()}, known=("a.md",))


def test_what_a_site_declares_is_exempt_as_it_is_and_as_a_whole_word_alone():
    url = "https://www.naide.example/policy/12345678"
    declared = {"a.md": f"Policy: version 2, {url}\n{url}/99\n{url}9\nsee 12345678".encode()}
    found = suspicions(declared, known=("a.md",), declared=(url,))
    assert [suspicion.place for suspicion in found] == ["a.md, line 2", "a.md, line 3", "a.md, line 4"]
    assert len(suspicions(declared, known=("a.md",))) == 4
