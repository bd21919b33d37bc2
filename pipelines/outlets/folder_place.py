"""A partner's folder of this machine, by calls of the system that follow no link and wait for nobody. Others: `places.py`."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from errno import ELOOP, ENOTDIR, ENXIO
from stat import S_ISDIR, S_ISREG

from anonymizers.refusal import Reason, Refusal
from pipelines.outlets.patience import wait_for
from pipelines.outlets.places import Place, Result

_FOLDER = os.O_RDONLY | os.O_DIRECTORY
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL
_NO_LINK = os.O_NOFOLLOW
_NO_WAIT = os.O_NOFOLLOW | os.O_NONBLOCK


class FolderPlace(Place):
    """A folder in which somebody else writes too.

    Below its root only folders and plain files are opened, each from its own folder's descriptor: a link to a file of koond
    leads nowhere, even one that is put there in the middle of a delivery. Refuses (`Reason.STORE`) where anything else
    stands. Links on the way to the root are the operator's own.
    """

    renames = True

    def __init__(self, root: str) -> None:
        super().__init__()
        self._root = root

    def sizes(self, folder: str) -> Mapping[str, int] | None:
        def look() -> Mapping[str, int] | None:
            try:
                opened = self._open(folder)
            except FileNotFoundError:
                return None
            with _held(opened) as here:
                found = {name: _look(name, here) for name in _names(here)}
            if any(each and not S_ISREG(each.st_mode) and not S_ISDIR(each.st_mode) for each in found.values()):
                raise _odd(folder)
            return {name: each.st_size for name, each in found.items() if each and S_ISREG(each.st_mode)}

        return self._ask("looking", look)

    def size(self, name: str) -> int | None:
        def look() -> int | None:
            try:
                opened = self._open(_parent(name))
            except FileNotFoundError:
                return None
            with _held(opened) as here:
                found = _plain(name, here)
            return found.st_size if found else None

        return self._ask("looking", look)

    def read(self, name: str) -> bytes:
        def read() -> bytes:
            with _held(self._open(_parent(name))) as here, os.fdopen(_open_plain(name, here), "rb") as file:
                return file.read()

        return self._ask("reading back", read)

    def write(self, name: str, content: bytes) -> None:
        def write() -> None:
            with _held(self._open(_parent(name), make=True)) as here:
                if _plain(name, here):  # a new file: what stands there may have another name elsewhere
                    os.unlink(_last(name), dir_fd=here)
                with os.fdopen(os.open(_last(name), _NEW | _NO_LINK, 0o666, dir_fd=here), "wb") as file:
                    file.write(content)

        self._ask("writing", write)

    def remove(self, name: str) -> None:
        def remove() -> None:
            with _held(self._open(_parent(name))) as here:
                os.unlink(_last(name), dir_fd=here)

        self._ask("removing what is no part of the delivery", remove)

    def rename(self, old: str, new: str) -> None:
        """Rename within one file system."""

        def rename() -> None:
            with _held(self._open(_parent(old))) as here, _held(self._open(_parent(new))) as there:
                os.rename(_last(old), _last(new), src_dir_fd=here, dst_dir_fd=there)
                os.fsync(there)

        self._ask("renaming", rename)

    def settle(self, folder: str) -> None:
        """Files and names on the disk before the folder gets its own name."""

        def settle() -> None:
            with _held(self._open(folder)) as here:
                for name in _names(here):
                    found = _look(name, here)
                    if found and not S_ISDIR(found.st_mode):
                        with _held(_open_plain(f"{folder}/{name}", here)) as opened:
                            os.fsync(opened)
                os.fsync(here)

        self._ask("writing", settle)

    def _ask(self, doing: str, call: Callable[[], Result]) -> Result:
        return wait_for(call, self.within(doing))

    def _open(self, folder: str, *, make: bool = False) -> int:
        """The descriptor of a folder below the root, reached part by part, and made on the way if need be."""
        here = os.open(self._root, _FOLDER)
        try:
            for part in folder.split("/"):
                if make:
                    with suppress(FileExistsError):
                        os.mkdir(part, dir_fd=here)
                below = _open_folder(part, folder, here)
                os.close(here)
                here = below
        except BaseException:
            os.close(here)
            raise
        return here


def _open_folder(part: str, folder: str, here: int) -> int:
    try:
        return os.open(part, _FOLDER | _NO_WAIT, dir_fd=here)
    except OSError as error:
        if error.errno not in (ELOOP, ENOTDIR):
            raise
    raise _odd(folder)


def _open_plain(name: str, here: int) -> int:
    """The descriptor of a plain file. What it is, is looked at before it is opened, and again when nobody can swap it."""
    _plain(name, here)
    try:
        opened = os.open(_last(name), os.O_RDONLY | _NO_WAIT, dir_fd=here)
    except OSError as error:
        if error.errno not in (ELOOP, ENXIO):
            raise
    else:
        if S_ISREG(os.fstat(opened).st_mode):
            return opened
        os.close(opened)
    raise _odd(name)


def _plain(name: str, here: int) -> os.stat_result | None:
    """What is known of a plain file; None where nothing has its name."""
    found = _look(_last(name), here)
    if found and not S_ISREG(found.st_mode):
        raise _odd(name)
    return found


def _look(name: str, here: int) -> os.stat_result | None:
    with suppress(FileNotFoundError):
        return os.stat(name, dir_fd=here, follow_symlinks=False)
    return None


def _names(here: int) -> list[str]:
    with os.scandir(here) as found:
        return [each.name for each in found]


@contextmanager
def _held(descriptor: int) -> Iterator[int]:
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _parent(name: str) -> str:
    return name.rpartition("/")[0]


def _last(name: str) -> str:
    return name.rpartition("/")[2]


def _odd(path: str) -> Refusal:
    return Refusal(
        "delivery",
        Reason.STORE,
        f"folder outlet, {path}: there, or in it, stands what koond does not open, such as a link, a pipe, or a folder in the "
        "place of a file; let the partner remove it, then try again by koond deliver",
    )
