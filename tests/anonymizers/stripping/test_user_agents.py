"""User agent -> (bot, browser, device, os): closed lists, no version, and right often enough on real ones.

The truth sets stand outside the project, in KOOND_REAL_DATA or `../shared/data` beside the checkout; without them the
tests that need them are skipped.
"""

import gzip
import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import crawleruseragents
import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.stripping.user_agents import AGENTS, classify
from anonymizers.vocabulary import BROWSERS, DEVICES, OTHER, SYSTEMS
from tests.anonymizers.trials import trials
from tests.worlds import CHROME, GOOGLEBOT, IPHONE, SITES

TRUTH = Path(os.environ.get("KOOND_REAL_DATA", SITES.parents[1] / "shared" / "data")).resolve() / "ua"
needs_truth = pytest.mark.skipif(
    not (TRUTH / "real_browsers_part0.parquet").is_file(),
    reason="no real data: set KOOND_REAL_DATA to the folder that holds ua/real_browsers_part0.parquet",
)

PEOPLE = (
    CHROME,
    IPHONE,
    "Mozilla/5.0 (X11; Linux x86_64; rv:139.0) Gecko/20100101 Firefox/139.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.2 Safari/605.1.15",
    f"{CHROME} Edg/135.0.3179.54",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile "
    "Safari/537.36",
    f"{CHROME} OPR/119.0.0.0",
    "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/135.0.0.0 Safari/537.36",
)  # fmt: skip
BROWSER_OF = {
    "Chrome": "chrome", "Chrome Mobile": "chrome", "Chrome Mobile iOS": "chrome", "Chrome Mobile WebView": "chrome",
    "Safari": "safari", "Mobile Safari": "safari", "Firefox": "firefox", "Firefox iOS": "firefox",
    "Firefox Mobile": "firefox", "Edge": "edge", "Opera": "opera", "Opera Mobile": "opera",
    "Samsung Internet": "samsung_internet",
}  # fmt: skip
SYSTEM_OF = {
    "Windows": "windows", "Mac OS X": "macos", "Linux": "linux", "Ubuntu": "linux", "Debian": "linux", "Fedora": "linux",
    "Gentoo": "linux", "Red Hat": "linux", "Mandriva": "linux", "Android": "android", "iOS": "ios",
    "Chrome OS": "chromeos",
}  # fmt: skip


def said(user_agents: Sequence[str]) -> Mapping[str, Mapping[str, str | bool]]:
    return {row["user_agent"]: row for row in classify(dict.fromkeys(user_agents)).to_pylist()}


def with_other_minor_versions(text: str, minor: int) -> str:
    """Each number after the first dot of a product's version replaced; as many parts as before."""
    return re.sub(r"(?<=/)(\d+)((?:\.\d+)+)", lambda found: found[1] + re.sub(r"\d+", str(minor), found[2]), text)


def share(right: Sequence[bool]) -> float:
    return sum(right) / len(right)


@pytest.fixture(scope="module")
def people() -> list[tuple[Mapping[str, str], Mapping[str, str | bool]]]:
    """What the truth set says of each real browser, and what we say."""
    truth = pq.read_table(TRUTH / "real_browsers_part0.parquet").to_pylist()
    ours = said([row["useragent"] for row in truth])
    return [(row, ours[row["useragent"]]) for row in truth]


def test_every_known_crawler_is_a_bot():
    crawlers = [text for entry in crawleruseragents.CRAWLER_USER_AGENTS_DATA for text in entry["instances"]]
    missed = sum(not row["bot"] for row in said(crawlers).values())
    assert len(crawlers) > 2000 and missed == 0


def test_everyday_browsers_are_told_apart_and_none_is_a_bot():
    told = said(PEOPLE)
    assert [(told[text]["browser"], told[text]["device"], told[text]["os"]) for text in PEOPLE] == [
        ("chrome", "desktop", "windows"),
        ("safari", "mobile", "ios"),
        ("firefox", "desktop", "linux"),
        ("safari", "desktop", "macos"),
        ("edge", "desktop", "windows"),
        ("samsung_internet", "mobile", "android"),
        ("opera", "desktop", "windows"),
        ("chrome", "desktop", "chromeos"),
    ]
    assert not any(row["bot"] for row in told.values())


PART = st.sampled_from(
    ["Mozilla/5.0 ", "(Linux; Android 9; ", "(iPhone; CPU iPhone OS 18_5)", "Chrome/142.0 ", "Windows Mobile 6.5 ", "Edg/1",
     "Opera/9 ", "bot", "mari.maasikas@naide.ee ", "TV ", "õäöü\n", "\x00", "🙂", "Version/18.5 ", "Firefox/139.0", "("]
)  # fmt: skip


@given(texts=st.lists(st.text() | st.lists(PART, max_size=8).map("".join), min_size=1, max_size=20))
@trials(40)
def test_no_text_whatever_leaves_the_closed_lists(texts):
    table = classify(dict.fromkeys(texts))
    assert table.schema.equals(AGENTS)
    for row in table.to_pylist():
        assert row["browser"] in BROWSERS and row["device"] in DEVICES and row["os"] in SYSTEMS
    assert table["user_agent"].to_pylist() == [text for text in dict.fromkeys(texts) if text]


def test_a_missing_agent_has_no_row_and_one_too_long_for_a_browser_is_a_bot():
    assert classify([None, ""]).num_rows == 0
    [long] = classify([CHROME.ljust(1001, "x")]).to_pylist()
    assert (long["bot"], long["browser"], long["device"], long["os"]) == (True, OTHER, OTHER, OTHER)
    assert said([GOOGLEBOT])[GOOGLEBOT]["bot"]


@given(minor=st.integers(0, 9999), text=st.sampled_from(PEOPLE))
@trials(60)
def test_a_changed_minor_version_changes_nothing(minor, text):
    changed = with_other_minor_versions(text, minor)
    assert changed != text or str(minor) in text
    told = said([text, changed])
    assert {**told[text], "user_agent": ""} == {**told[changed], "user_agent": ""}


@needs_truth
def test_a_changed_minor_version_changes_nothing_on_real_browsers(people):
    some = [(truth["useragent"], ours) for truth, ours in people[::4]]
    changed = said([with_other_minor_versions(text, 7) for text, _ in some])
    moved = sum(
        {**changed[with_other_minor_versions(text, 7)], "user_agent": ""} != {**ours, "user_agent": ""}
        for text, ours in some
    )
    assert moved == 0


@needs_truth
def test_at_most_two_real_browsers_in_a_thousand_are_called_bots(people):
    assert share([bool(ours["bot"]) for _, ours in people]) <= 0.002


@needs_truth
def test_browser_families_of_the_closed_list_agree_with_the_truth_set(people):
    listed = [
        (BROWSER_OF[truth["browser"]], ours["browser"]) for truth, ours in people if truth["browser"] in BROWSER_OF
    ]
    assert len(listed) > 4000
    assert share([theirs == ours for theirs, ours in listed]) >= 0.98


@needs_truth
def test_browsers_outside_the_closed_list_are_other(people):
    strangers = [ours["browser"] for truth, ours in people if truth["browser"] not in BROWSER_OF]
    assert strangers and share([browser == OTHER for browser in strangers]) >= 0.95


@needs_truth
def test_devices_and_systems_agree_with_the_truth_set(people):
    assert share([truth["type"] == ours["device"] for truth, ours in people]) >= 0.95
    assert share([SYSTEM_OF[truth["os"]] == ours["os"] for truth, ours in people]) >= 0.95


@needs_truth
def test_systems_agree_with_the_parsers_own_cases():
    """Every system that the closed list does not name is `other`, phones with Windows among them."""
    truth = cases("uap_core_test_os.yaml")
    ours = said([case["user_agent_string"] for case in truth])
    right = [SYSTEM_OF.get(case["family"], OTHER) == ours[case["user_agent_string"]]["os"] for case in truth]
    assert len(right) > 400 and share(right) >= 0.99


def cases(name: str) -> list[Mapping[str, str]]:
    """The parser's own test cases in one file."""
    content = (TRUTH / name).read_bytes()
    text = gzip.decompress(content) if name.endswith(".gz") else content
    return list(yaml.load(text, Loader=yaml.CSafeLoader)["test_cases"])


@needs_truth
def test_browser_families_agree_with_the_parsers_own_cases():
    """Of 49 cases of listed families all agree. Of the others 97.7 % are `other`: Opera Mini and Edge Mobile are not."""
    truth = cases("uap_core_test_ua.yaml.gz")
    ours = said([case["user_agent_string"] for case in truth])
    told = [(case["family"], ours[case["user_agent_string"]]["browser"]) for case in truth]
    listed = [BROWSER_OF[family] == browser for family, browser in told if family in BROWSER_OF]
    strangers = [browser == OTHER for family, browser in told if family not in BROWSER_OF]
    assert len(listed) > 40 and share(listed) >= 0.98
    assert len(strangers) > 1500 and share(strangers) >= 0.97


@needs_truth
def test_devices_agree_with_the_parsers_own_cases():
    """Of Apple's devices, whose families name the kind of device, 57 of 59 agree; and every spider is a bot."""
    truth = cases("uap_core_test_device.yaml.gz")
    kinds = {"iPad": "tablet", "iPhone": "mobile", "iPod": "mobile", "Mac": "desktop"}
    ours = said([case["user_agent_string"] for case in truth if case["family"] in {*kinds, "Spider"}])
    told = [(case["family"], ours[case["user_agent_string"]]) for case in truth if case["family"] in {*kinds, "Spider"}]
    right = [kinds[family] == row["device"] for family, row in told if family in kinds]
    spiders = [bool(row["bot"]) for family, row in told if family == "Spider"]
    assert len(right) > 50 and share(right) >= 0.95
    assert len(spiders) > 70 and all(spiders)


@needs_truth
def test_nineteen_of_twenty_crawlers_of_the_truth_set_are_caught():
    entries = json.loads(gzip.decompress((TRUTH / "crawler-user-agents.json.gz").read_bytes()))
    crawlers = [text for entry in entries for text in entry["instances"]]
    assert len(crawlers) > 2000 and share([bool(row["bot"]) for row in said(crawlers).values()]) >= 0.95
