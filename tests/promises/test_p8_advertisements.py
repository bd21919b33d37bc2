"""Promise 8: of third-party advertisements: clicks, browser type, time and date, and the subject of the advertisement."""

from pathlib import Path
from typing import Any

from anonymizers.counting.statistic import vocabulary
from anonymizers.vocabulary import DAY as DAILY
from tests.worlds import IPHONE, World, ad_event, at

MORE: dict[str, Any] = {
    "ip": "203.0.113.77",
    "page_url": "https://other.example/mari.maasikas?mail=mari%40x.example",
    "ad_id": "campaign-for-mari-maasikas",
}


def of_the_event(root: Path, **told: Any) -> dict[str, Any]:
    """What is kept of one advertisement's event; but for the pseudonym, of which the key is another in every home."""
    world = World(root, ad_events=[ad_event(**told)])
    assert world.run() is None
    [row] = world.stripped()
    words = {key: set(values) for key, values in vocabulary(world.settings, DAILY).items()}
    assert all(row[key] in words[key] for key in row if key in words)
    del row["visitor"]
    return row


def test_p8_nothing_else_of_an_advertisement_is_kept(tmp_path: Path) -> None:
    plain = of_the_event(tmp_path / "plain")
    assert of_the_event(tmp_path / "more", **MORE) == plain
    assert not {"ip", "page_url", "ad_id", "user_agent", "cookie_id"} & set(plain)


def test_p8_click_browser_hour_and_subject_are_told(tmp_path: Path) -> None:
    """The control: what may be told is told."""
    plain = of_the_event(tmp_path / "plain")
    other = of_the_event(tmp_path / "other", action="ad_click", user_agent=IPHONE, ts=at(20), ad_topic="solar")
    assert {key for key in plain if plain[key] != other[key]} == {"action", "browser", "device", "os", "hour", "topic"}
