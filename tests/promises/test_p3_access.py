"""Promise 3: what is personal stands in the restricted store of its owner, and in no log, event store or ledger."""

from pathlib import Path

from tests.worlds import World, crowd, page_view, registration

MARKS = ("mari.marked@x.example", "198.51.100.77", "jaan.marked%40x.example", "jaan.marked@x.example")


def test_p3_no_personal_value_of_the_sites_own_uses_leaves_the_restricted_store(tmp_path: Path, capfd: object) -> None:
    views, ads = crowd(10)
    views.append(page_view(ip=MARKS[1], status="500", cookies=f"mail={MARKS[2]}"))
    world = World(tmp_path, views, ads, [registration(email=MARKS[0], newsletter_consent=True, offer_consent=True)])
    assert world.run() is None
    printed = capfd.readouterr()  # type: ignore[attr-defined]
    restricted, holding = world.home.root / "restricted", set()
    for path in (path for path in world.home.root.rglob("*") if path.is_file()):
        content = path.read_bytes()
        if not path.is_relative_to(world.home.root / "raw") and any(mark.encode() in content for mark in MARKS):
            assert path.is_relative_to(restricted), path.name
            holding.add(path.relative_to(restricted).parts[0])
        if path.is_relative_to(restricted):
            assert all(
                each.stat().st_mode & 0o077 == 0 for each in (path, *path.parents) if each.is_relative_to(restricted)
            )
    assert holding == {"mailing_list", "server_diagnostics"}
    assert not any(mark in printed.out + printed.err for mark in MARKS)
