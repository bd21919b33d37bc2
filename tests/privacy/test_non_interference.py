"""What must not matter does not matter: change it, and the published bytes stay equal (LEAKS A8)."""

from pathlib import Path
from typing import Any

import pytest

from tests.worlds import CHROME, DAY, HOST, REFUSED, World, ad_event, at, crowd, page_view, registration

PEOPLE = 60
NAMES_OF_REGISTRATIONS = {"registrations.parquet", "registrations.csv.gz"}
HASHES = {"datapackage.json", "manifest.json", "SHA256SUMS"}


class FixedKeys:
    """One key for all weeks, so that two nights can be compared byte for byte."""

    def of(self, iso_week: str) -> str:
        """Always the same key."""
        return "0f" * 32


def rows() -> dict[str, list[dict[str, Any]]]:
    """A crowd with addresses, accounts and registrations."""
    views, ads = crowd(PEOPLE)
    for number, view in enumerate(views):
        view |= {"ip": f"198.51.100.{number % 250}", "referrer": f"https://mail.example/?to=p{number}@example.ee"}
        view |= {"page_title": f"Tere, Mari {number}"} | (
            {"account_id": f"EE{number % 9:08}"} if number % 5 == 0 else {}
        )
    for number, ad in enumerate(ads):
        ad |= {"ip": f"203.0.113.{number % 250}", "page_url": f"{HOST}/?email=p{number}@example.ee"}
    people = [
        registration(account_id=f"EE{n:08}", name=f"Mari Mets {n}", company="Mets OÜ" if n % 4 == 0 else None)
        for n in range(9)
    ]
    return {"page_views": views, "ad_events": ads, "registrations": people}


def published(root: Path, changed: dict[str, list[dict[str, Any]]]) -> dict[str, bytes]:
    """The bytes of the release of a world."""
    world = World(root, **changed)
    world.resources["week_keys"] = FixedKeys()
    assert world.run() is None
    return {path.name: path.read_bytes() for path in world.release.iterdir()}


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return published(tmp_path_factory.mktemp("original"), rows())


def test_p4_swapping_the_registration_table_leaves_every_other_published_byte_equal(tmp_path, original):
    changed = rows()
    changed["registrations"] = [
        registration(account_id=f"EE{n:08}", name=f"Jaan Tamm {n}", email=f"jaan{n}@example.ee", company="Tamm AS")
        for n in range(50, 90)
    ]
    after = published(tmp_path, changed)
    assert {name for name in original if original[name] != after[name]} == NAMES_OF_REGISTRATIONS | HASHES


def test_p4_an_empty_registration_table_leaves_every_other_published_byte_equal(tmp_path, original):
    after = published(tmp_path, rows() | {"registrations": []})
    assert {name for name in original if original[name] != after[name]} <= NAMES_OF_REGISTRATIONS | HASHES


def test_p4_attributes_of_registered_people_change_nothing_at_all(tmp_path, original):
    changed = rows()
    for number, row in enumerate(changed["registrations"]):
        row |= {
            "name": f"Teine Nimi {number}",
            "email": f"teine{number}@example.ee",
            "phone": "+372 5555 0000",
            "address": "Pikk 1",
        }
    assert published(tmp_path, changed) == original


def test_p5_permuting_the_ip_column_leaves_every_published_byte_equal(tmp_path, original):
    changed = rows()
    for table in ("page_views", "ad_events"):
        addresses = [row["ip"] for row in changed[table]]
        for row, address in zip(changed[table], reversed(addresses), strict=True):
            row["ip"] = address
    assert published(tmp_path, changed) == original


def test_p5_an_empty_ip_column_leaves_every_published_byte_equal(tmp_path, original):
    changed = rows()
    for row in (*changed["page_views"], *changed["ad_events"]):
        row["ip"] = None
    assert published(tmp_path, changed) == original


def test_p6_events_without_consent_change_no_published_byte(tmp_path, original):
    changed = rows()
    refusing: list[dict[str, Any]] = [{"consent": REFUSED}, {"consent": None}, {"consent": "yes"}, {"gpc": True}]
    for number, refusal in enumerate(refusing):
        changed["page_views"].append(page_view(cookie_id=f"refusing-{number}", ts=at(15), **refusal))
        changed["ad_events"].append(ad_event(cookie_id=f"refusing-{number}", ts=at(15), action="ad_click", **refusal))
    assert published(tmp_path, changed) == original


def test_one_consented_click_more_does_change_the_published_bytes(tmp_path, original):
    """The control: with the tests' fixed noise, a difference that may matter does show."""
    changed = rows()
    changed["ad_events"].append(ad_event(cookie_id="one-more", action="ad_click"))
    assert published(tmp_path, changed) != original


def test_order_of_rows_changes_no_published_byte(tmp_path, original):
    changed = {table: list(reversed(found)) for table, found in rows().items()}
    assert published(tmp_path, changed) == original


def test_minor_versions_of_browsers_change_no_published_byte(tmp_path, original):
    changed = rows()
    for row in (*changed["page_views"], *changed["ad_events"]):
        row["user_agent"] = row["user_agent"].replace("142.0.0.0", "142.0.7444.176").replace("18_5", "18_5_1")
    assert published(tmp_path, changed) == original


def test_p10_personal_data_in_urls_titles_and_referrers_changes_no_published_byte(tmp_path, original):
    changed = rows()
    for number, row in enumerate(changed["page_views"]):
        row["url"] += f"?email=keegi{number}%40example.ee&isikukood=36805280109#mari-mets"
        row["referrer"], row["page_title"] = f"https://webmail.example/u/keegi{number}@example.ee", "Kirjad: Mari Mets"
    assert published(tmp_path, changed) == original


def test_bots_change_no_published_byte(tmp_path, original):
    changed = rows()
    bot = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
    changed["page_views"] += [page_view(cookie_id=f"bot-{n}", user_agent=bot) for n in range(40)]
    assert published(tmp_path, changed) == original


def test_other_days_in_the_same_files_change_no_published_byte(tmp_path, original):
    changed = rows()
    changed["page_views"] += [
        page_view(cookie_id="late", ts=at(23, 59, day=DAY.replace(day=DAY.day - 1))),
        page_view(cookie_id="early", ts=at(0, 0, day=DAY.replace(day=DAY.day + 1)), user_agent=CHROME),
    ]
    assert published(tmp_path, changed) == original
