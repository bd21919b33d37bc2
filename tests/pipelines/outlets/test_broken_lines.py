"""Lines that break at any byte, disks that fill, servers that forget: who trusts `_SUCCESS` alone never sees a wrong byte."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anonymizers.refusal import Reason, Refusal
from anonymizers.releasing.release import SUCCESS
from anonymizers.vocabulary import DAY
from pipelines.outlets import outlet as outlets
from pipelines.outlets.folder_place import FolderPlace
from pipelines.outlets.patience import PAUSES
from pipelines.outlets.places import Place
from tests.anonymizers.delivering.made import delivery_of
from tests.pipelines.outlets.conftest import sftp_room_of
from tests.pipelines.outlets.rooms import FolderRoom, Room
from tests.pipelines.outlets.servers import SftpServer

DELIVERY = delivery_of(DAY, daily=("totals", "hours", "browsers"))
BREAKS = settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))


WHOLE: dict[str, int] = {}


def carried(room: Room) -> int:
    """The bytes that a line carries for a whole delivery; the room is empty afterwards."""
    assert room.line is not None
    room.empty()
    room.line.mend()
    if room.to.kind not in WHOLE:
        room.outlet().send(DELIVERY)
        WHOLE[room.to.kind] = room.line.carried
        room.empty()
    return WHOLE[room.to.kind]


def deliver_over(room: Room, breaks: list[float]) -> None:
    """Send over a line that breaks again and again, each time after a share of what a whole delivery takes; look each time.

    The line is mended right before the last attempt."""
    whole = carried(room)
    left = iter(breaks)

    def look_and_mend(_: float = 0) -> None:
        assert room.is_honest(DELIVERY)
        share = next(left, None)
        room.line.mend(None if share is None else int(share * whole))  # type: ignore[union-attr]

    look_and_mend()
    outlet = room.outlet()
    outlet.sleep = look_and_mend
    outlet.send(DELIVERY)
    assert room.files(DELIVERY.folder) == dict(DELIVERY.written)


SHARES = st.lists(st.floats(0, 1), min_size=1, max_size=len(PAUSES))


@given(breaks=SHARES)
@BREAKS
def test_an_sftp_line_may_break_at_any_byte(sftp_room: FolderRoom, breaks):
    deliver_over(sftp_room, breaks)


@given(breaks=SHARES)
@BREAKS
def test_a_line_to_s3_may_break_at_any_byte(s3_room: Room, breaks):
    deliver_over(s3_room, breaks)


@pytest.mark.parametrize("name", ["sftp_room", "s3_room"])
def test_attempts_end_and_the_next_delivery_goes_on_where_the_last_one_broke(request, name):
    room: Room = request.getfixturevalue(name)
    whole = carried(room)
    room.paused.clear()
    room.line.mend(whole // 2)  # type: ignore[union-attr]
    with pytest.raises(Refusal) as refused:
        room.outlet().send(DELIVERY)
    assert refused.value.reason is Reason.STORE and "4 attempt(s)" in refused.value.sentence
    assert room.paused == list(PAUSES)
    assert room.is_honest(DELIVERY) and SUCCESS not in (room.files(DELIVERY.folder) or {})
    room.line.mend()  # type: ignore[union-attr]
    assert 0 < room.outlet().send(DELIVERY) < len(DELIVERY.written), "what stood there right was not sent again"
    assert room.files(DELIVERY.folder) == dict(DELIVERY.written)


class Full(FolderPlace):
    """A disk that takes so many steps, and half of the file that comes then."""

    steps = 0

    def _step(self) -> bool:
        Full.steps -= 1
        return Full.steps >= 0

    def write(self, name: str, content: bytes) -> None:
        if self._step():
            return super().write(name, content)
        super().write(name, content[: len(content) // 2])
        raise OSError(errno.ENOSPC, "no space left on device", name)

    def rename(self, old: str, new: str) -> None:
        if not self._step():
            raise OSError(errno.EIO, "input/output error", new)
        super().rename(old, new)


@contextmanager
def disk(steps: int) -> Iterator[None]:
    Full.steps = steps
    opened = outlets.open_place

    def open_full(to, environment) -> Place:
        opened(to, environment).close()
        return Full(environment["OUT"])

    outlets.open_place = open_full
    try:
        yield
    finally:
        outlets.open_place = opened


@given(steps=st.integers(0, len(DELIVERY.written)))
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_disk_may_fill_at_any_file(folder_room: FolderRoom, steps):
    folder_room.empty()
    with disk(steps), pytest.raises(Refusal, match="OSError") as refused:
        folder_room.outlet().send(DELIVERY)
    assert folder_room.environment["OUT"] not in str(refused.value)
    assert folder_room.files(DELIVERY.folder) is None, "not even the folder appears before it is whole"
    assert folder_room.outlet().send(DELIVERY) <= len(DELIVERY.written) - min(steps, len(DELIVERY.written) - 1) + 1
    assert folder_room.files(DELIVERY.folder) == dict(DELIVERY.written)


def test_a_server_that_forgets_what_it_took_gets_no_success(tmp_path: Path):
    server = SftpServer(tmp_path, forgetful=True)
    room = sftp_room_of(server)
    try:
        with pytest.raises(Refusal, match="Unsettled"):
            room.outlet().send(DELIVERY)
        assert room.files(DELIVERY.folder) is None
        assert all(path.name != SUCCESS for path in tmp_path.rglob("*"))
    finally:
        server.close()
