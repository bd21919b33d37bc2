"""Promise 13: the policy changes from time to time, and every release names the version that was in force on its day."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from anonymizers.releasing.edition import daily_edition, weekly_edition
from anonymizers.releasing.release import compose_empty
from pipelines.site_folder import mistakes
from tests.worlds import DAY, World, page_view


def with_versions(world: World, versions: object) -> World:
    file = world.site / "site.yaml"
    site = yaml.safe_load(file.read_text(encoding="utf-8"))
    site.pop("policies", None)
    site["policy"] = versions
    file.write_text(yaml.safe_dump(site, sort_keys=False), encoding="utf-8")
    return world


def version(name: str, day: object) -> dict[str, object]:
    return {"version": name, "url": f"https://x.example/{name}", "in_force": day}


def named(release: dict[str, bytes]) -> set[str]:
    return {
        json.loads(release["privacy.json"])["policy"]["version"],
        json.loads(release["manifest.json"])["policy_version"],
    }


@pytest.mark.parametrize(("shift", "expected"), [(-1, "old"), (0, "new"), (1, "new")])
def test_p13_a_release_names_the_version_in_force_on_its_day(tmp_path: Path, shift: int, expected: str) -> None:
    versions = [
        version("old", DAY - timedelta(days=300)),
        version("new", DAY),
        version("next", DAY + timedelta(days=90)),
    ]
    site = with_versions(World(tmp_path), versions).settings
    release = compose_empty(site, daily_edition(DAY + timedelta(days=shift)))
    assert named(dict(release.files)) == {expected}
    for name in ("README.md", "segments.json"):
        text = release.files[name].decode()
        assert f"/{expected}" in text and not any(
            f"x.example/{other}" in text for other in {"old", "new", "next"} - {expected}
        )


def test_p13_a_weeks_release_names_the_version_of_its_last_day(tmp_path: Path) -> None:
    sunday = DAY + timedelta(days=7 - DAY.isoweekday())
    site = with_versions(World(tmp_path), [version("old", DAY - timedelta(days=300)), version("new", sunday)]).settings
    week = f"{sunday.isocalendar().year}-W{sunday.isocalendar().week:02}"
    assert named(dict(compose_empty(site, weekly_edition(week, (DAY,))).files)) == {"new"}


def test_p13_a_night_that_no_policy_speaks_of_is_refused_before_anything_is_read_or_spent(tmp_path: Path) -> None:
    world = with_versions(World(tmp_path, [page_view()]), [version("new", DAY + timedelta(days=1))])
    why = world.run()
    assert why is not None and f"no privacy policy was in force on {DAY}" in why
    assert not world.release.exists() and list(world.ledger.entries()) == []
    assert not list((world.home.root / "restricted" / "stripped_events").glob("*"))


def test_p13_one_version_may_stand_alone_and_several_need_their_days(tmp_path: Path) -> None:
    world = World(tmp_path)
    assert mistakes(with_versions(world, {"version": "1", "url": "https://x.example"}).site) == []
    file = world.site / "site.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("policy:", "policies:"), encoding="utf-8")
    assert any("no such key" in mistake.sentence for mistake in mistakes(world.site))
    twice = [version("1", DAY), version("2", DAY)]
    [mistake] = mistakes(with_versions(world, twice).site)
    assert mistake.file == "site.yaml" and "oldest first" in mistake.sentence
