"""The home folder: the one place that holds koond's state, with its folders, their modes and safe writing."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_bytes, token_hex

PRIVATE = 0o700
FIXED_TIME = 315_532_800
"""1980-01-01 UTC, the first that every archive format can write: times in the published store tell nothing."""


@dataclass(frozen=True)
class Home:
    """`raw/`, `restricted/` (0700, files 0600), `published/`, `ledger.db`, `dagster/` below one root."""

    root: Path

    @property
    def published(self) -> Path:
        """Releases, for everybody."""
        return self.root / "published"

    @property
    def ledger(self) -> Path:
        """The ledger's database."""
        return self.root / "ledger.db"

    @property
    def dagster(self) -> Path:
        """Dagster's own home."""
        return self.private("dagster")

    def restricted(self, *parts: str) -> Path:
        """A folder of the restricted store, made if need be."""
        return self.private("restricted", *parts)

    def private(self, *parts: str) -> Path:
        """A folder below the root that nobody else may enter, made if need be; each part of the way is 0700."""
        folder = self.root
        folder.mkdir(parents=True, exist_ok=True)
        for part in parts:
            folder = folder / part
            folder.mkdir(mode=PRIVATE, exist_ok=True)
            if folder.stat().st_mode & 0o077:
                folder.chmod(PRIVATE)
        return folder

    @contextmanager
    def one_run(self) -> Iterator[None]:
        """Wait until no other run goes on in this home, then hold it."""
        with self.alone("running"):
            yield

    @contextmanager
    def alone(self, doing: str) -> Iterator[None]:
        """Wait until nobody else does this in this home. The system lets go when a process ends, however it ends."""
        descriptor = os.open(self.restricted(doing), os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    @contextmanager
    def work_folder(self) -> Iterator[Path]:
        """A folder for one run's spill and hand-over files, gone afterwards; what a killed run left goes at the next start."""
        works = self.restricted("work")
        for left in works.iterdir():
            with _locked(left) as free:
                if free:
                    shutil.rmtree(left, ignore_errors=True)
        work = works / token_hex(8)
        work.mkdir(mode=PRIVATE)
        with _locked(work):
            try:
                yield work
            finally:
                shutil.rmtree(work, ignore_errors=True)


@contextmanager
def _locked(folder: Path) -> Iterator[bool]:
    """Hold a folder's lock, if nobody else does. The system frees it when its holder ends, however it ends."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        free = True
    except BlockingIOError:
        free = False
    try:
        yield free
    finally:
        os.close(descriptor)


def write_private(path: Path, content: bytes) -> None:
    """Write a file of mode 0600 whole or not at all."""
    half = path.with_name(f".{path.name}.{token_hex(4)}")
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    half.replace(path)


def write_public(path: Path, content: bytes) -> None:
    """Write a new file that everybody may read and whose time tells nothing."""
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    path.chmod(0o644)
    os.utime(path, (FIXED_TIME, FIXED_TIME))


def put_public(place: Path, content: bytes, halves: Path) -> None:
    """Make a public file stand in its place, whole or as it was; where it stands already, it is left alone. `halves` is a
    folder of the restricted store in which it is written."""
    if place.is_file() and place.read_bytes() == content:
        return
    half = halves / token_hex(8)
    try:
        write_public(half, content)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.parent.chmod(0o755)
        half.replace(place)
    finally:
        half.unlink(missing_ok=True)
    os.utime(place.parent, (FIXED_TIME, FIXED_TIME))
    sync_folder(place.parent)


def destroy(path: Path, *, overwrite: bool = True) -> None:
    """Overwrite and remove a file. What a solid-state disk or a snapshot keeps of it is for disk encryption to cover."""
    if overwrite:
        with path.open("r+b", buffering=0) as file:
            file.write(token_bytes(path.stat().st_size))
            os.fsync(file.fileno())
    path.unlink()
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Let what stands in a folder outlive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
