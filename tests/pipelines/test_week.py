"""The week: counted once all its days are told, each visitor once; then its key is destroyed."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from anonymizers.local_day import days_of_week, iso_week
from anonymizers.vocabulary import ALL_VISITORS
from pipelines.ledger import Kind
from tests.pipelines.test_night import koond
from tests.worlds import DAY, HOST, World, at, page_view

WEEK = iso_week(DAY - timedelta(days=7))  # over, and so are its days
DAYS = days_of_week(WEEK)
MISSING = DAYS[3]


def views_of(day: date) -> list[dict[str, object]]:
    """Thirty who come every day, and ten who come on that day alone; everybody of the former looks at solar panels."""
    faithful = [
        page_view(cookie_id=f"faithful-{n}", ts=at(12, day=day), url=f"{HOST}/paikesepaneelid") for n in range(30)
    ]
    return faithful + [page_view(cookie_id=f"{day}-{n}", ts=at(20, day=day)) for n in range(10)]


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> tuple[World, bytes]:
    """A home after a week in which one day is given up and six are published, and the key that the week had."""
    world = World(tmp_path_factory.mktemp("week"))
    key = b""
    for day in DAYS:
        if day == MISSING:
            continue
        world.day, world.page_views = day, views_of(day)
        world.write()
        assert world.run() is None
        key = key or next((world.home.root / "restricted" / "keys").glob("*.key")).read_bytes()
    world.day = MISSING
    refused = world.run_week()
    assert refused and str(MISSING) in refused and "neither published nor marked" in refused
    assert koond("mark", MISSING, "--site", world.site, "--home", world.home.root)[0] == 0
    assert world.run_week() is None
    return world, key


def test_each_visitor_counts_once_a_week(week):
    world, _ = week
    segments = world.drawn("segments", "visitors", f"weekly/week={WEEK}")
    assert segments[(ALL_VISITORS,)] == 30 + 6 * 10
    assert segments[("solar_intenders",)] == 30


def test_frequency_bands_of_a_segment_add_up_to_its_reach(week):
    world, _ = week
    bands = world.drawn("segment_frequency", "visitors", f"weekly/week={WEEK}")
    assert {cell: number for cell, number in bands.items() if cell[0] == ALL_VISITORS} == {
        (ALL_VISITORS, "exactly 1"): 60,
        (ALL_VISITORS, "4 to 7"): 30,
    }


def test_the_release_says_which_days_it_counts(week):
    world, _ = week
    readme = (world.home.published / "weekly" / f"week={WEEK}" / "README.md").read_text()
    assert str(DAYS[2]) in readme and str(MISSING) not in readme
    assert koond("verify", world.home.published / "weekly" / f"week={WEEK}")[0] == 0


def test_p3_the_disk_holds_the_destroyed_key_no_more(week):
    world, key = week
    assert len(key) == 64
    forms = (key, key.upper(), bytes.fromhex(key.decode()))
    for path in world.home.root.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        assert not any(form in content for form in forms), path.name
    assert list((world.home.root / "restricted" / "keys").iterdir()) == []
    assert [entry.kind for entry in world.ledger.entries()][-1] == Kind.KEY_DESTROYED


def test_the_search_for_the_key_finds_one_that_is_left(week, tmp_path):
    """The control: the same search on a home that kept its key."""
    _, key = week
    (tmp_path / "kept").write_bytes(b"..." + key + b"...")
    assert any(key in path.read_bytes() for path in tmp_path.iterdir())


def test_the_key_file_is_overwritten_before_it_is_removed(tmp_path):
    world = World(tmp_path, views_of(DAYS[0]), day=DAYS[0])
    assert world.run() is None
    path = next((world.home.root / "restricted" / "keys").glob("*.key"))
    twin = tmp_path / "twin"
    twin.hardlink_to(path)
    key = path.read_bytes()
    from pipelines.week_keys import WeekKeyStore

    WeekKeyStore(world.home, world.ledger, world.settings.first_day).destroy(WEEK)
    assert not path.exists() and key not in twin.read_bytes()


def test_a_run_killed_between_release_and_destruction_is_made_good_at_the_next_start(tmp_path, monkeypatch):
    from pipelines.week_keys import WeekKeyStore

    world = World(tmp_path)
    for day in DAYS:
        world.day, world.page_views = day, views_of(day)
        world.write()
        if day in DAYS[:2]:
            assert world.run() is None
        else:
            world.ledger.mark_missing(f"daily/date={day}")
    with monkeypatch.context() as patched:
        patched.setattr(WeekKeyStore, "destroy", lambda *words: None)
        assert world.run_week() is None
        assert list((world.home.root / "restricted" / "keys").glob("*.key"))
    world.day, world.page_views = DAYS[-1] + timedelta(days=1), views_of(DAYS[-1] + timedelta(days=1))
    world.write()
    assert world.run() is None
    assert [path.name for path in (world.home.root / "restricted" / "keys").iterdir()] == [f"{iso_week(world.day)}.key"]


def test_a_closed_week_can_be_neither_run_nor_corrected_nor_released_again(week):
    world, _ = week
    before = sorted(path.stat().st_mtime_ns for path in world.home.published.rglob("*"))
    assert "final" in (world.run_week() or "")
    assert koond("week", WEEK, "--site", world.site, "--home", world.home.root)[0] == 0
    assert koond("night", MISSING, "--site", world.site, "--home", world.home.root)[0] == 1
    assert before == sorted(path.stat().st_mtime_ns for path in world.home.published.rglob("*"))


def test_a_week_that_does_not_exist_is_refused_in_one_line(tmp_path):
    world = World(tmp_path)
    code, printed = koond("week", "2026-W60", "--site", world.site, "--home", world.home.root)
    assert code == 1 and "no such ISO week" in printed and "Traceback" not in printed


def test_the_sensor_starts_a_complete_week_and_no_other(tmp_path: Path):
    import dagster as dg

    from pipelines.definitions import build_defs

    world = World(tmp_path)
    last = iso_week(date.today() - timedelta(weeks=2))
    defs = build_defs(world.site, world.home, resources=world.resources)
    sensor = defs.resolve_sensor_def("week_is_complete")
    context = dg.build_sensor_context(definitions=defs)
    for number, day in enumerate(days_of_week(last)):
        assert list(sensor.evaluate_tick(context).run_requests or []) == [], number
        if number == 0:
            world.day, world.page_views = day, views_of(day)
            world.write()
            assert world.run() is None
        else:
            world.ledger.mark_missing(f"daily/date={day}")
    requests = sensor.evaluate_tick(context).run_requests or []
    assert [request.partition_key for request in requests] == [days_of_week(last)[0].isoformat()]


def test_a_week_never_gets_a_second_key(tmp_path):
    """With two, a visitor of the week would be two in its release, and lose twice what the release tells."""
    world = World(tmp_path, views_of(DAYS[0]), day=DAYS[0])
    assert world.run() is None
    path = next((world.home.root / "restricted" / "keys").glob("*.key"))
    key = path.read_bytes()
    world.day, world.page_views = DAYS[1], views_of(DAYS[1])
    world.write()
    path.rename(tmp_path / "moved")
    assert "is gone or another one" in (world.run() or "")
    path.write_bytes(key[::-1])
    assert "is gone or another one" in (world.run() or "")
    path.write_bytes(key)
    assert world.run() is None


def test_days_that_were_stripped_by_other_rules_are_not_counted_together(tmp_path):
    world = World(tmp_path)
    for day in DAYS[:2]:
        world.day, world.page_views = day, views_of(day)
        world.write()
        assert world.run() is None
    for day in DAYS[2:]:
        world.ledger.mark_missing(f"daily/date={day}")
    topics = world.site / "topics.yaml"
    topics.write_text(topics.read_text().replace("[/gaas, ", "[/gaas, /biogaas, "))
    assert "made under other topics" in (world.run_week() or "")
    assert not (world.home.published / "weekly").exists()


def test_a_week_waits_for_a_correction_that_is_paid_and_not_published(tmp_path):
    world = World(tmp_path)
    for day in DAYS:
        world.day, world.page_views = day, views_of(day)
        world.write()
        if day in DAYS[:2]:
            assert world.run() is None
        else:
            world.ledger.mark_missing(f"daily/date={day}")
    from pipelines.night import reserve_correction

    reserve_correction(world.site, world.home, DAYS[0], "wrong_input")
    assert f"{DAYS[0]} neither published nor marked" in (world.run_week() or "")
    world.day = DAYS[0]
    world.page_views = views_of(DAYS[0])
    world.write()
    assert world.run() is None
    assert world.run_week() is None


def test_the_ledger_learns_that_a_key_is_gone_although_a_run_was_killed_before_it_could_say_so(tmp_path, monkeypatch):
    from pipelines.ledger import Ledger

    world = World(tmp_path)
    for day in DAYS:
        world.day, world.page_views = day, views_of(day)
        world.write()
        if day == DAYS[0]:
            assert world.run() is None
        else:
            world.ledger.mark_missing(f"daily/date={day}")
    with monkeypatch.context() as patched:
        patched.setattr(Ledger, "record_key_destroyed", lambda *words: None)
        assert world.run_week() is None
    assert not world.ledger.key_destroyed(WEEK)
    world.day, world.page_views = DAYS[-1] + timedelta(days=1), views_of(DAYS[-1] + timedelta(days=1))
    world.write()
    assert world.run() is None
    assert world.ledger.key_destroyed(WEEK)
