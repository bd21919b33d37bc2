"""What must not matter does not matter: change it, and all counts and published bytes stay equal (LEAKS A8).

Each night draws a key of its own for its pseudonyms, so that they do not matter either.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from anonymizers.counting.draw import Draw
from anonymizers.releasing.edition import daily_base, weekly_base
from tests.worlds import CHROME, DAY, HOST, REFUSED, World, ad_event, at, crowd, page_view, registration

PEOPLE = 60
NAMES_OF_REGISTRATIONS = {"registrations.parquet", "registrations.csv.gz"}
HASHES = {"datapackage.json", "manifest.json", "SHA256SUMS"}


def rows(day: date = DAY) -> dict[str, list[dict[str, Any]]]:
    """A crowd with addresses, accounts and registrations."""
    views, ads = crowd(PEOPLE, day=day)
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


@dataclass(frozen=True)
class Outcome:
    """What came of a night: the published bytes, and what was drawn, which under `ExactNoise` is what was counted."""

    files: dict[str, bytes]
    draws: dict[str, Draw]

    def changed(self, other: "Outcome") -> set[str]:
        """The files that are not equal."""
        assert self.files.keys() == other.files.keys()
        return {name for name, content in self.files.items() if other.files[name] != content}


def published(root: Path, changed: dict[str, list[dict[str, Any]]]) -> Outcome:
    """A night over a world, with a key for its pseudonyms of its own."""
    world = World(root, **changed)
    assert world.run() is None
    return outcome(world, daily_base(world.day))


def outcome(world: World, release: str) -> Outcome:
    folder = world.home.published / release
    return Outcome({path.name: path.read_bytes() for path in folder.iterdir()}, dict(world.ledger.draws(release)))


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return published(tmp_path_factory.mktemp("original"), rows())


def test_p4_swapping_the_registration_table_leaves_every_other_published_byte_equal(tmp_path, original):
    changed = rows()
    changed["registrations"] = [
        registration(account_id=f"EE{n:08}", name=f"Jaan Tamm {n}", email=f"jaan{n}@example.ee", company="Tamm AS")
        for n in range(50, 90)
    ]
    after = published(tmp_path, changed)
    assert original.changed(after) == NAMES_OF_REGISTRATIONS | HASHES
    assert after.draws["events"] == original.draws["events"]
    assert after.draws["registrations"] != original.draws["registrations"]


def test_p4_an_empty_registration_table_leaves_every_other_published_byte_equal(tmp_path, original):
    after = published(tmp_path, rows() | {"registrations": []})
    assert original.changed(after) <= NAMES_OF_REGISTRATIONS | HASHES
    assert after.draws["events"] == original.draws["events"]


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


def test_one_consented_click_more_does_change_what_is_counted(tmp_path, original):
    """The control: without noise, a difference that may matter does show."""
    changed = rows()
    changed["ad_events"].append(ad_event(cookie_id="one-more", action="ad_click"))
    assert published(tmp_path, changed).draws["events"] != original.draws["events"]


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


MONDAY = date(2026, 11, 9)
WEEK = "2026-W46"


def newer_browsers(row: dict[str, Any]) -> dict[str, Any]:
    agent = row["user_agent"].replace("142.0.0.0", "142.0.7444.176").replace("18_5", "18_5_1")
    return {**row, "user_agent": agent}


def as_it_was(day: date, found: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    found["registrations"] = [{**row, "created_at": at(9, day=day)} for row in found["registrations"]]
    return found


def without_difference(day: date, found: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """The same day where it matters: other people registered, other addresses, another order, newer browsers."""
    for table in ("page_views", "ad_events"):
        addresses = [row["ip"] for row in found[table]]
        found[table] = [
            newer_browsers({**row, "ip": address})
            for row, address in zip(found[table], reversed(addresses), strict=True)
        ]
        found[table].reverse()
    created = {"created_at": at(9, day=day)}
    # So many that the table tells them in spite of its noise, which its interval covers.
    found["registrations"] = [registration(account_id=f"EE{n:08}", name=f"Jaan {n}", **created) for n in range(900)]
    return found


def week(root: Path, change: Any = as_it_was) -> World:
    """A world after the nights of a week and the release of the week."""
    days = [MONDAY + timedelta(days=number) for number in range(7)]
    for day in days:
        # Fewer come on later days, so that visitors differ in how often they come.
        found = change(day, rows(day))
        keep = PEOPLE - 7 * (day - MONDAY).days
        views, ads = (
            [row for row in found[table] if row["cookie_id"] < f"cookie-{keep:05}"]
            for table in ("page_views", "ad_events")
        )
        world = World(root, views, ads, found["registrations"], day=day)
        assert world.run() is None
    assert world.run_week() is None
    return world


def test_p4_p5_over_a_whole_week_nothing_that_must_not_matter_changes_any_count_or_any_byte_of_the_week(tmp_path):
    """The registrations swapped, addresses permuted, rows in another order, newer browsers: on each of the seven days."""
    one, other = week(tmp_path / "one"), week(tmp_path / "other", without_difference)
    assert outcome(one, weekly_base(WEEK)) == outcome(other, weekly_base(WEEK))
    counted = one.drawn("segments", "visitors", weekly_base(WEEK))
    assert PEOPLE <= counted["all_visitors",] <= PEOPLE + 9, "cookies and accounts, each once a week"
    assert len(counted) > 3 and len(one.drawn("segment_frequency", "visitors", weekly_base(WEEK))) > 3
    for number in range(7):
        base = daily_base(MONDAY + timedelta(days=number))
        before, after = outcome(one, base), outcome(other, base)
        assert before.changed(after) == NAMES_OF_REGISTRATIONS | HASHES
        assert before.draws["events"] == after.draws["events"]
