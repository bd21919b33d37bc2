"""A partner's place as the partner sees it, whatever way leads there: what stands in it, and what was put there by others."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from anonymizers.delivering.delivery import Delivery
from anonymizers.delivering.destination import Destination
from anonymizers.releasing.release import SUCCESS
from pipelines.outlets.outlet import FsspecOutlet
from tests.pipelines.outlets.servers import BUCKET, Line


@dataclass
class Room:
    """A place that an outlet leads to, and the line to it, which can break; None where there is no line."""

    to: Destination
    environment: Mapping[str, str]
    line: Line | None = None
    paused: list[float] = field(default_factory=list)

    def outlet(self) -> FsspecOutlet:
        """The way there. It notes how long it would have waited, and does not wait."""
        return FsspecOutlet(self.to, self.environment, self.paused.append)

    def files(self, folder: str) -> dict[str, bytes] | None:
        """Name -> content of what stands in a folder; None where there is none."""
        raise NotImplementedError

    def content(self, path: str) -> bytes:
        """A file's content."""
        raise NotImplementedError

    def put(self, path: str, content: bytes) -> None:
        """Put a file there, past koond."""
        raise NotImplementedError

    def empty(self) -> None:
        """Take everything away."""
        raise NotImplementedError

    def is_honest(self, delivery: Delivery) -> bool:
        """Whether a reader who trusts `_SUCCESS` alone sees the delivery as it is, or nothing at all."""
        files = self.files(delivery.folder) or {}
        return SUCCESS not in files or files == dict(delivery.written)


@dataclass
class FolderRoom(Room):
    """A folder of this machine: the partner's own, or what an SFTP server shows."""

    folder: Path = Path()

    def is_honest(self, delivery: Delivery) -> bool:
        """Here the folder itself appears at once and whole."""
        return self.files(delivery.folder) in (None, dict(delivery.written))

    def files(self, folder: str) -> dict[str, bytes] | None:
        here = self.folder / folder
        return {path.name: path.read_bytes() for path in here.iterdir()} if here.is_dir() else None

    def content(self, path: str) -> bytes:
        return (self.folder / path).read_bytes()

    def put(self, path: str, content: bytes) -> None:
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_bytes(content)

    def empty(self) -> None:
        for path in self.folder.iterdir():
            shutil.rmtree(path)


@dataclass
class BucketRoom(Room):
    """A folder of a bucket."""

    client: Any = None
    prefix: str = "in"

    def _keys(self, prefix: str) -> list[str]:
        found = self.client.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])
        return [each["Key"] for each in found]

    def files(self, folder: str) -> dict[str, bytes] | None:
        keys = self._keys(f"{self.prefix}/{folder}/")
        return {key.rsplit("/", 1)[-1]: self.content(key.removeprefix(f"{self.prefix}/")) for key in keys} or None

    def content(self, path: str) -> bytes:
        return bytes(self.client.get_object(Bucket=BUCKET, Key=f"{self.prefix}/{path}")["Body"].read())

    def put(self, path: str, content: bytes) -> None:
        self.client.put_object(Bucket=BUCKET, Key=f"{self.prefix}/{path}", Body=content)

    def empty(self) -> None:
        for key in self._keys(f"{self.prefix}/"):
            self.client.delete_object(Bucket=BUCKET, Key=key)
