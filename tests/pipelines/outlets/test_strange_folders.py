"""Whatever a partner puts into its folder, koond reads, writes and removes nothing outside it, and no other partner waits."""

import contextlib
import os
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from anonymizers.delivering.destination import Destination
from anonymizers.delivering.notice import Notice
from anonymizers.delivering.outcome import State, Unreachable
from anonymizers.refusal import Reason, Refusal
from anonymizers.releasing.release import SUCCESS
from anonymizers.vocabulary import DAY
from pipelines.outlets import outlet as outlets
from pipelines.outlets.folder_place import FolderPlace
from pipelines.outlets.outlet import MINUTES
from pipelines.outlets.patience import NoAnswer, wait_for
from tests.anonymizers.delivering.made import delivery_of, partner
from tests.pipelines.market import DAILY, Market
from tests.pipelines.outlets.rooms import FolderRoom, Room

DELIVERY = delivery_of(DAY)
HIDDEN = "daily/.date=2026-11-20.part"
NOTICE = Notice(DELIVERY.folder, "wrong_input")


@pytest.fixture
def here(tmp_path_factory: pytest.TempPathFactory) -> FolderRoom:
    folder = tmp_path_factory.mktemp("partner")
    return FolderRoom(Destination(kind="folder", to="$OUT"), {"OUT": str(folder)}, folder=folder)


def snapshot(folder: Path) -> dict[str, bytes | None]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


def refuses(way: Callable[[], object]) -> None:
    with pytest.raises(Refusal, match="does not open") as refused:
        way()
    assert refused.value.reason is Reason.STORE


@pytest.mark.parametrize("place", [HIDDEN, "daily", DELIVERY.folder])
@pytest.mark.parametrize("to_a_file", [False, True], ids=("to_a_folder", "to_a_file"))
def test_a_link_in_the_place_of_a_folder_is_not_followed(here: FolderRoom, tmp_path: Path, place, to_a_file):
    (tmp_path / "signing").mkdir()
    (tmp_path / "signing" / "secret.key").write_bytes(b"the only one")
    before = snapshot(tmp_path)
    (here.folder / place).parent.mkdir(parents=True, exist_ok=True)
    (here.folder / place).symlink_to(tmp_path / "signing" / ("secret.key" if to_a_file else ""))
    refuses(lambda: here.outlet().send(DELIVERY))
    if place == "daily":
        refuses(lambda: here.outlet().tell(NOTICE))
    assert snapshot(tmp_path) == before and here.paused == []


@pytest.mark.parametrize("folder", [HIDDEN, DELIVERY.folder])
@pytest.mark.parametrize("name", ["topics.parquet", SUCCESS, "a_stranger"])
def test_a_link_in_the_place_of_a_file_is_not_followed(here: FolderRoom, tmp_path: Path, folder, name):
    (tmp_path / "ledger.db").write_bytes(DELIVERY.files.get(name, b"the ledger"))
    before = snapshot(tmp_path)
    (here.folder / folder).mkdir(parents=True)
    (here.folder / folder / name).symlink_to(tmp_path / "ledger.db")
    refuses(lambda: here.outlet().send(DELIVERY))
    refuses(lambda: here.outlet().holds(DELIVERY)) if folder == DELIVERY.folder else None
    assert snapshot(tmp_path) == before and (here.folder / folder / name).is_symlink()


def test_a_second_name_of_a_file_is_not_written_through(here: FolderRoom, tmp_path: Path):
    """A hard link looks like any other file: what is written is a new one."""
    (tmp_path / "ledger.db").write_bytes(b"the ledger")
    (here.folder / HIDDEN).mkdir(parents=True)
    os.link(tmp_path / "ledger.db", here.folder / HIDDEN / "topics.parquet")
    assert here.outlet().send(DELIVERY) == len(DELIVERY.written)
    assert (tmp_path / "ledger.db").read_bytes() == b"the ledger"
    assert here.files(DELIVERY.folder) == dict(DELIVERY.written)


@pytest.mark.parametrize("name", [NOTICE.path, "daily/.date=2026-11-20.wrong.json.part"])
def test_a_notice_is_written_through_no_link(here: FolderRoom, tmp_path: Path, name):
    here.outlet().send(DELIVERY)
    (tmp_path / "ledger.db").write_bytes(b"the ledger")
    (here.folder / name).symlink_to(tmp_path / "ledger.db")
    refuses(lambda: here.outlet().tell(NOTICE))
    assert (tmp_path / "ledger.db").read_bytes() == b"the ledger"


def test_a_link_that_comes_in_the_middle_of_a_delivery_leads_nowhere(here: FolderRoom, tmp_path: Path, monkeypatch):
    """Right after koond looked: the folder that it writes to is swapped before each write."""
    (tmp_path / "signing").mkdir()
    written = FolderPlace.write

    def swap_and_write(place: FolderPlace, name: str, content: bytes) -> None:
        hidden = here.folder / HIDDEN
        if hidden.is_dir() and not hidden.is_symlink():
            hidden.rename(here.folder / "away")
            hidden.symlink_to(tmp_path / "signing")
        written(place, name, content)

    monkeypatch.setattr(FolderPlace, "write", swap_and_write)
    refuses(lambda: here.outlet().send(DELIVERY))
    assert snapshot(tmp_path / "signing") == {}


def test_a_partners_own_links_beside_its_deliveries_are_its_own(here: FolderRoom):
    """The control: what koond need not open may be anything."""
    here.outlet().send(DELIVERY)
    (here.folder / "daily" / "latest").symlink_to("date=2026-11-20")
    (here.folder / "newest").symlink_to("daily")
    here.outlet().tell(NOTICE)
    assert here.content(NOTICE.path) == NOTICE.content


def make_fifo(path: Path) -> None:
    os.mkfifo(path)


def make_socket(path: Path) -> None:
    with contextlib.chdir(path.parent), socket.socket(socket.AF_UNIX) as made:
        made.bind(path.name)  # a socket's whole path has at most some hundred characters


@pytest.mark.parametrize("make", [make_fifo, make_socket])
@pytest.mark.parametrize("name", [f"{HIDDEN}/topics.parquet", f"{HIDDEN}/a_stranger", HIDDEN, "daily", DELIVERY.folder])
def test_what_is_neither_file_nor_folder_is_refused_at_once(here: FolderRoom, make, name):
    path = here.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    make(path)
    refuses(lambda: wait_for(lambda: here.outlet().send(DELIVERY), 20))


@contextlib.contextmanager
def a_mount_that_hangs(name: str) -> Iterator[None]:
    """Nobody can list a folder below one of this name, and nobody is told so, as with a server that is gone."""
    over, scan = threading.Event(), os.scandir

    def hang(folder: int | str) -> "os._ScandirIterator[str]":
        if isinstance(folder, int) and name in Path(f"/proc/self/fd/{folder}").readlink().parts:
            over.wait(60)
        return scan(folder)  # type: ignore[type-var]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "scandir", hang)
        yield
        over.set()


def test_a_folder_that_hangs_keeps_no_other_partner_waiting(tmp_path: Path, monkeypatch):
    monkeypatch.setattr("pipelines.outlets.places.SECONDS", 3)
    market = Market(tmp_path, partner(partner="dead_shop"), partner())
    market.publish(DAILY)
    (market.out / "dead_shop" / HIDDEN).mkdir(parents=True)
    with a_mount_that_hangs("dead_shop"):
        outcomes = market.courier.deliver_waiting()
    assert [(each.partner, each.state) for each in outcomes] == [
        ("dead_shop", State.FAILED), ("solar_shop", State.DELIVERED),
    ]  # fmt: skip
    assert "NoAnswer" in outcomes[0].sentence


def test_a_call_that_hangs_is_left_behind():
    go_on = threading.Event()
    with pytest.raises(NoAnswer):
        wait_for(lambda: go_on.wait(60), 0.1)
    go_on.set()
    assert wait_for(lambda: 7, 10) == 7
    with pytest.raises(TimeoutError, match="its own"):
        wait_for(lambda: (_ for _ in ()).throw(TimeoutError("its own")), 10)


def test_a_partner_has_so_many_minutes_and_the_next_night_goes_on(room: Room):
    """Whatever the place: a clock that goes on at every look, so that the time is over in the middle."""
    now = iter(range(0, 60 * MINUTES * 1000, 60))
    slow = room.outlet()
    slow.clock = lambda: float(next(now))
    slow.__post_init__()
    with pytest.raises(Unreachable, match=f"its {MINUTES} minutes are over"):
        slow.send(DELIVERY)
    assert room.is_honest(DELIVERY) and room.paused == []
    sent = room.outlet().send(DELIVERY)
    assert 0 < sent < len(DELIVERY.written), "what arrived in time was not sent again"


def test_when_the_minutes_are_over_nothing_else_of_the_partner_is_tried(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(outlets, "MINUTES", 0)
    market = Market(tmp_path)
    market.publish(DAILY)
    market.publish(type(DAILY)("daily/date=2026-11-21", DAILY.files))
    outcomes = market.courier.deliver_waiting()
    assert [each.state for each in outcomes] == [State.FAILED] * 2 and len(market.told()) == 1
