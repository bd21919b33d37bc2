"""A partner's place: list, read, write, remove, rename, each within a time. In what order, how often: `outlet.py`.

Here are the places that are reached over fsspec; a folder of this machine is in `folder_place.py`.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, TypeVar

from fsspec.asyn import AsyncFileSystem, sync
from fsspec.spec import AbstractFileSystem

Result = TypeVar("Result")

SECONDS = 60.0
"""For one answer of a place. A release's largest file has some hundred kilobytes."""


class Place(ABC):
    """Where deliveries go, by names below its root."""

    renames = False
    """Whether a folder can get its name at the end, so that it appears at once."""

    def __init__(self) -> None:
        self.doing = "connecting"
        """What is being done, for whoever tells of an error."""
        self.left: Callable[[], float] = lambda: SECONDS
        """Gives the seconds that are left for this partner, or refuses when there are none."""

    def within(self, doing: str) -> float:
        """The seconds for one answer; and what it is about."""
        seconds = min(SECONDS, self.left())
        self.doing = doing
        return seconds

    @abstractmethod
    def sizes(self, folder: str) -> Mapping[str, int] | None:
        """Name -> bytes of the files in a folder; None where there is no such folder."""

    @abstractmethod
    def size(self, name: str) -> int | None:
        """A file's bytes; None where there is none."""

    @abstractmethod
    def read(self, name: str) -> bytes:
        """A file's content."""

    @abstractmethod
    def write(self, name: str, content: bytes) -> None:
        """A file, in the place of what stood there."""

    @abstractmethod
    def remove(self, name: str) -> None:
        """Remove a file."""

    @abstractmethod
    def rename(self, old: str, new: str) -> None:
        """Give a finished file or folder its name. Only where `renames`."""

    def greet(self) -> None:  # noqa: B027
        """See that somebody answers, where opening alone does not show it."""

    def settle(self, folder: str) -> None:  # noqa: B027
        """Make sure that what was written outlives a power cut, as far as that is ours to do."""

    def close(self) -> None:  # noqa: B027
        """End the connection."""


class StorePlace(Place):
    """A folder of an object store, where a file appears whole or not at all, and nothing can be renamed."""

    def __init__(self, store: AbstractFileSystem, root: str) -> None:
        super().__init__()
        self.store, self._root = store, root.rstrip("/")

    def greet(self) -> None:
        with suppress(FileNotFoundError):  # nothing stands there yet
            self.store.ls(self._root, detail=False, **self._within("connecting"))

    def sizes(self, folder: str) -> Mapping[str, int] | None:
        try:
            found = self.store.ls(self.path(folder), detail=True, **self._within("looking"))
        except FileNotFoundError:
            return None
        return {each["name"].rsplit("/", 1)[-1]: each["size"] for each in found if each["type"] == "file"}

    def size(self, name: str) -> int | None:
        try:
            found = self.store.info(self.path(name), **self._within("looking"))
        except FileNotFoundError:
            return None
        return int(found["size"]) if found["type"] == "file" else None

    def read(self, name: str) -> bytes:
        content: bytes = self.store.cat_file(self.path(name), **self._within("reading back"))
        return content

    def write(self, name: str, content: bytes) -> None:
        self.store.pipe_file(self.path(name), content, **self._within("writing"))

    def remove(self, name: str) -> None:
        self.store.rm_file(self.path(name), **self._within("removing what is no part of the delivery"))

    def rename(self, old: str, new: str) -> None:
        raise NotImplementedError

    def path(self, name: str) -> str:
        """The store's own path."""
        return f"{self._root}/{name}"

    def _within(self, doing: str) -> dict[str, Any]:
        seconds = self.within(doing)
        return {"timeout": seconds} if isinstance(self.store, AsyncFileSystem) else {}


class SftpPlace(StorePlace):
    """A folder of an SFTP server."""

    renames = True

    def greet(self) -> None:
        """Opening it was an answer."""

    def rename(self, old: str, new: str) -> None:
        """By SFTP's own rename, which overwrites nothing; sshfs would copy in a shell where the server lacks OpenSSH's."""

        async def rename() -> None:
            async with self.store.client.start_sftp_client() as client:
                await client.rename(self.path(old), self.path(new))

        sync(self.store.loop, rename, timeout=self.within("renaming"))

    def close(self) -> None:
        """Hang up."""

        async def hang_up() -> None:
            self.store.client.abort()

        with suppress(Exception):
            sync(self.store.loop, hang_up, timeout=5)
