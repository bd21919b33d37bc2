"""Public keys beside releases: at every kind of place they stand whole, and are told once."""

from minisign import KeyPair

from anonymizers.delivering.key_file import KeyFile
from anonymizers.releasing.signature import key_id, public_text
from tests.pipelines.outlets.rooms import Room

KEY = KeyPair.generate().public_key


def test_a_key_stands_beside_the_releases_and_takes_the_place_of_half_a_one(room: Room) -> None:
    file = KeyFile(f"keys/{key_id(KEY)}.pub", public_text(KEY))
    for _ in range(2):
        room.outlet().tell(file)
        assert room.content(file.path) == file.content
    room.put(file.path, b"half of a k")
    room.outlet().tell(file)
    assert room.content(file.path) == file.content
