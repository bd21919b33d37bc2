"""What was agreed arrives, whole and once, at a folder, an SFTP server and an S3 server; nothing of it is ever overwritten."""

import pytest

from anonymizers.delivering.notice import Notice
from anonymizers.delivering.outcome import Unreachable
from anonymizers.refusal import Reason, Refusal
from anonymizers.releasing.release import SUCCESS
from anonymizers.releasing.verify import verify
from anonymizers.vocabulary import DAY, WEEK
from tests.anonymizers.delivering.made import delivery_of, segments_of
from tests.pipelines.outlets.rooms import FolderRoom, Room

DAILY = delivery_of(DAY)
WEEKLY = delivery_of(WEEK, weekly=("segments", "segment_topics"), segments=segments_of(WEEK)[:2], formats=("csv",))


@pytest.mark.parametrize("delivery", [DAILY, WEEKLY], ids=("day", "week"))
def test_exactly_the_delivery_arrives(room: Room, delivery):
    assert not room.outlet().holds(delivery)
    assert room.outlet().send(delivery) == len(delivery.written)
    found = room.files(delivery.folder)
    assert found == dict(delivery.written) and verify(found) == []
    assert room.paused == []


def test_the_same_bytes_again_are_no_news(room: Room):
    room.outlet().send(DAILY)
    assert room.outlet().holds(DAILY)
    before = room.line.carried if room.line else 0
    assert room.outlet().send(DAILY) == 0
    if room.line:
        assert room.line.carried > before, "the control: it was looked at"
    assert room.files(DAILY.folder) == dict(DAILY.written)


def test_other_bytes_never_take_the_place_of_a_finished_delivery(room: Room):
    room.outlet().send(DAILY)
    other = delivery_of(DAY, start=5000)
    assert other.folder == DAILY.folder
    for attempt in (room.outlet().send, room.outlet().holds):
        with pytest.raises(Refusal, match="with other bytes") as refused:
            attempt(other)
        assert refused.value.reason is Reason.FINAL
    assert room.files(DAILY.folder) == dict(DAILY.written) and room.paused == []


def test_what_an_earlier_attempt_left_is_used_or_goes(room: Room):
    """A right file stays, a wrong one is replaced, one that was not agreed goes before anybody sees it."""
    left = f"{DAILY.folder}" if not isinstance(room, FolderRoom) else "daily/.date=2026-11-20.part"
    right, wrong = "topics.parquet", "hours.parquet"
    room.put(f"{left}/{right}", DAILY.files[right])
    room.put(f"{left}/{wrong}", b"x" * len(DAILY.files[wrong]))
    room.put(f"{left}/segments.parquet", b"not agreed any more")
    assert room.outlet().send(DAILY) == len(DAILY.written) - 1
    assert room.files(DAILY.folder) == dict(DAILY.written)
    assert room.files(left) == (None if left != DAILY.folder else dict(DAILY.written))


def test_a_folder_that_somebody_began_is_finished_in_its_place(room: Room):
    room.put(f"{DAILY.folder}/topics.parquet", b"wrong")
    assert room.outlet().send(DAILY) == len(DAILY.written)
    assert room.files(DAILY.folder) == dict(DAILY.written)


def test_a_notice_stands_beside_the_release_and_is_told_once(room: Room):
    room.outlet().send(DAILY)
    notice = Notice(DAILY.folder, "wrong_input")
    for _ in range(2):
        room.outlet().tell(notice)
        assert room.content(notice.path) == notice.content
    room.put(notice.path, b"half of a not")
    room.outlet().tell(notice)
    assert room.content(notice.path) == notice.content
    assert room.files(DAILY.folder) == dict(DAILY.written)


def test_who_does_not_answer_is_told_from_what_cannot_be_written(room: Room):
    """The first keeps all else of the partner back for that night, the second only itself."""
    if room.line is None:
        assert isinstance(room, FolderRoom)
        gone = FolderRoom(room.to, {"OUT": str(room.folder / "gone")}, folder=room.folder / "gone")
    else:
        room.line.mend(0)
        gone = room
    for attempt in (lambda: gone.outlet().send(DAILY), lambda: gone.outlet().tell(Notice(DAILY.folder, "wrong_input"))):
        with pytest.raises(Unreachable):
            attempt()
    if room.line is not None:
        room.line.mend()
    if not isinstance(room, FolderRoom):
        return  # a bucket has no folders that could stand in the way of a name
    room.put(f"{Notice(DAILY.folder, 'wrong_input').path}/in_the_way", b"")
    with pytest.raises(Refusal) as refused:
        room.outlet().tell(Notice(DAILY.folder, "wrong_input"))
    assert not isinstance(refused.value, Unreachable)
    assert room.outlet().send(DAILY) == len(DAILY.written)


def test_success_is_written_last(room: Room):
    """Right before it: the manifest and the sums, after all data."""
    order = list(DAILY.written)
    assert order[-1] == SUCCESS and order[-3:-1] == ["manifest.json", "SHA256SUMS"]
    assert all(name.endswith((".parquet", ".csv.gz")) for name in order[:4])
