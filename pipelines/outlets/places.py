"""A partner's place over fsspec: list, read, write, remove, rename, each within a time. In what order, how often: `outlet.py`."""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from fsspec.asyn import AsyncFileSystem, sync
from fsspec.spec import AbstractFileSystem

SECONDS = 60
"""For one answer of a store. A release's largest file has some hundred kilobytes."""


class Place:
    """A folder of an object store, where a file appears whole or not at all, and nothing can be renamed."""

    renames = False
    """Whether a folder can get its name at the end, so that it appears at once."""

    def __init__(self, store: AbstractFileSystem, root: str) -> None:
        self.store, self._root = store, root.rstrip("/")
        self._within = {"timeout": SECONDS} if isinstance(store, AsyncFileSystem) else {}
        self.doing = "looking"
        """What is being done, for whoever tells of an error."""

    def sizes(self, folder: str) -> Mapping[str, int] | None:
        """Name -> bytes of the files in a folder; None where there is no such folder."""
        self.doing = "looking"
        try:
            found = self.store.ls(self.path(folder), detail=True, **self._within)
        except FileNotFoundError:
            return None
        return {each["name"].rsplit("/", 1)[-1]: each["size"] for each in found if each["type"] == "file"}

    def read(self, name: str) -> bytes:
        """A file's content."""
        self.doing = "reading back"
        content: bytes = self.store.cat_file(self.path(name), **self._within)
        return content

    def write(self, name: str, content: bytes) -> None:
        """A file, in the place of what stood there."""
        self.doing = "writing"
        self.store.pipe_file(self.path(name), content, **self._within)

    def remove(self, name: str) -> None:
        """Remove a file."""
        self.doing = "removing what is no part of the delivery"
        self.store.rm_file(self.path(name), **self._within)

    def rename(self, old: str, new: str) -> None:
        """Give a finished file or folder its name. Only where `renames`; fails where something has that name."""
        raise NotImplementedError

    def settle(self, folder: str) -> None:
        """Make sure that what was written outlives a power cut, as far as that is ours to do."""

    def close(self) -> None:
        """End the connection."""

    def path(self, name: str) -> str:
        """The store's own path."""
        return f"{self._root}/{name}"


class FolderPlace(Place):
    """A folder that is mounted here."""

    renames = True

    def rename(self, old: str, new: str) -> None:
        """Rename within one file system."""
        self.doing = "renaming"
        Path(self.path(old)).rename(self.path(new))
        _sync(Path(self.path(new)).parent)

    def settle(self, folder: str) -> None:
        """Files and names on the disk before the folder gets its own name."""
        for path in Path(self.path(folder)).iterdir():
            _sync(path)
        _sync(Path(self.path(folder)))


class SftpPlace(Place):
    """A folder of an SFTP server."""

    renames = True

    def rename(self, old: str, new: str) -> None:
        """By SFTP's own rename, which overwrites nothing; sshfs would copy in a shell where the server lacks OpenSSH's."""
        self.doing = "renaming"

        async def rename() -> None:
            async with self.store.client.start_sftp_client() as client:
                await client.rename(self.path(old), self.path(new))

        sync(self.store.loop, rename, timeout=SECONDS)

    def close(self) -> None:
        """Hang up."""

        async def hang_up() -> None:
            self.store.client.abort()

        with suppress(Exception):
            sync(self.store.loop, hang_up, timeout=5)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
