"""Promise 4: usage statistics are under no circumstances linked with the personal data saved at registration."""

from pathlib import Path

from pipelines.published_store import read_release
from tests.worlds import World, crowd, page_view, registration


def test_p4_swapping_the_registration_table_leaves_every_published_byte_equal(tmp_path: Path) -> None:
    views, ads = crowd(40)
    views += [page_view(account_id=f"EE{number:08}") for number in range(1, 9)]
    people = [
        {
            "account_id": f"EE{number:08}",
            "name": f"Mari {number}",
            "email": f"m{number}@x.example",
            "newsletter_consent": True,
        }
        for number in range(1, 9)
    ]
    others = [{"account_id": f"XX{number:08}", "name": "Jaan", "isikukood": "36805280109"} for number in range(8)]
    published = []
    for name, table in (("one", people), ("two", others)):
        world = World(tmp_path / name, views, ads, [registration(**row) for row in table])
        assert world.run() is None
        published.append(read_release(world.release, "").files)  # the signature's key is each home's own
    assert published[0] == published[1]
