"""The one outlet: a delivery becomes a finished folder at a partner's place, or stays invisible. What it holds is given.

Data first, then what speaks of them, then `_SUCCESS`; under a hidden name until it is whole where the place can rename.
A reader who trusts a folder only when `_SUCCESS` stands in it never sees a wrong byte.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import TypeVar

from anonymizers.delivering.delivery import Delivery
from anonymizers.delivering.destination import Destination
from anonymizers.delivering.key_file import KeyFile
from anonymizers.delivering.notice import Notice
from anonymizers.delivering.outcome import Unreachable
from anonymizers.refusal import Reason, Refusal
from anonymizers.releasing.release import SUCCESS
from pipelines.home import Home
from pipelines.outlets.opening import folder_of, open_place, same_place
from pipelines.outlets.patience import NoAnswer, try_again, wait_for
from pipelines.outlets.places import SECONDS, Place

Result = TypeVar("Result")

MINUTES = 15
"""For all that one partner is given in one go: others wait for it. A release of forty files takes some hundred answers."""


class Unsettled(Exception):
    """What was written does not stand there as it was written."""


@dataclass
class FsspecOutlet:
    """A way to a partner: a folder, SFTP, or an object store. A new connection for each attempt; none is made, and nothing
    is asked, when it is older than `MINUTES`.

    Refuses with `Unreachable` when the place does not answer at all, or that time is over.
    """

    to: Destination
    environment: Mapping[str, str] = field(repr=False)
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        self._until = self.clock() + 60 * MINUTES

    def holds(self, delivery: Delivery) -> bool:
        """Whether the delivery stands there, finished. Refuses (`Reason.FINAL`) when other bytes do."""
        return self._patiently(lambda place: _is_finished(place, delivery))

    def send(self, delivery: Delivery) -> int:
        """Make the delivery stand there; gives how many files were sent, 0 when it stood there already.

        What an earlier attempt left is used where its bytes are right, and replaced or removed where they are not.
        Refuses (`Reason.FINAL`) when it stands there with other bytes, and (`Reason.STORE`) when it did not arrive.
        """
        return self._patiently(lambda place: _send(place, delivery))

    def tell(self, told: Notice | KeyFile) -> None:
        """Make a notice stand beside the release that it speaks of, or a public key beside the releases."""
        self._patiently(lambda place: _tell(place, told))

    def _patiently(self, step: Callable[[Place], Result]) -> Result:
        doing = "connecting"

        def attempt() -> Result:
            nonlocal doing
            doing = "connecting"
            self._left()
            with closing(open_place(self.to, self.environment)) as place:
                place.left = self._left
                try:
                    place.greet()
                    return step(place)
                finally:
                    doing = place.doing

        try:
            return try_again(attempt, lambda: f"{self.to.kind} outlet, {doing}", self.sleep)
        except Refusal as refusal:
            if doing != "connecting":
                raise
            reason, sentence = refusal.reason, refusal.sentence
        raise Unreachable("delivery", reason, sentence)

    def _left(self) -> float:
        """The seconds that are left."""
        left = self._until - self.clock()
        if left <= 0:
            raise Unreachable(
                "delivery",
                Reason.STORE,
                f"{self.to.kind} outlet: its {MINUTES} minutes are over, so that no other waits longer; the next night goes "
                "on where it stopped, or koond deliver",
            )
        return left


def outlets(
    home: Home, environment: Mapping[str, str], every: Sequence[Destination] = ()
) -> Callable[[Destination], FsspecOutlet]:
    """What opens the way to a partner; `every` has all partners' outlets. Refuses (`Unreachable`) a folder inside the home,
    where stands what no partner may see, and a place that is another partner's too."""

    def open_outlet(to: Destination) -> FsspecOutlet:
        if to.kind == "folder" and _is_inside(home, to, environment):
            raise Unreachable(
                "delivery", Reason.SITE_FOLDER, "an outlet points into the home folder; give it one outside"
            )
        if any(other != to and same_place(other, to, environment) for other in every):
            raise Unreachable(
                "delivery",
                Reason.SITE_FOLDER,
                "another partner's deliveries go to the same place; mend the variables that partners.yaml names",
            )
        return FsspecOutlet(to, environment)

    return open_outlet


def _is_inside(home: Home, to: Destination, environment: Mapping[str, str]) -> bool:
    folder = folder_of(to, environment)
    try:
        return wait_for(lambda: folder.resolve().is_relative_to(home.root.resolve()), SECONDS)
    except NoAnswer:
        pass
    raise Unreachable(
        "delivery", Reason.STORE, "folder outlet: the folder does not answer; see what is mounted there, and its server"
    )


def _is_finished(place: Place, delivery: Delivery) -> bool:
    folder, standing = delivery.folder, place.sizes(delivery.folder) or {}
    if SUCCESS not in standing:
        return False
    for name, content in delivery.files.items():  # not the signature: the site may have another key by now
        if not _stands(place, f"{folder}/{name}", content, standing.get(name)):
            raise Refusal(
                "delivery",
                Reason.FINAL,
                f"{folder} stands at the partner's place, finished, with other bytes; it stays as it is",
            )
    return True


def _send(place: Place, delivery: Delivery) -> int:
    if _is_finished(place, delivery):
        return 0
    folder = delivery.folder
    hidden = place.renames and place.sizes(folder) is None
    here = _hidden(folder) if hidden else folder
    files = {name: content for name, content in delivery.written.items() if name != SUCCESS}
    standing = place.sizes(here) or {}
    for stranger in sorted(set(standing) - set(files)):  # _SUCCESS of a hidden folder among them
        place.remove(f"{here}/{stranger}")
    missing = {
        name: content
        for name, content in files.items()
        if not _stands(place, f"{here}/{name}", content, standing.get(name))
    }
    for name, content in missing.items():
        place.write(f"{here}/{name}", content)
    written = place.sizes(here) or {}
    if not all(_stands(place, f"{here}/{name}", content, written.get(name)) for name, content in missing.items()):
        raise Unsettled
    place.write(f"{here}/{SUCCESS}", delivery.written[SUCCESS])
    place.settle(here)
    if hidden:
        place.rename(here, folder)
    return len(missing) + 1


def _tell(place: Place, told: Notice | KeyFile) -> None:
    size = place.size(told.path)
    if _stands(place, told.path, told.content, size):
        return
    if not place.renames:
        place.write(told.path, told.content)
        return
    if size is not None:
        place.remove(told.path)
    place.write(_hidden(told.path), told.content)
    place.rename(_hidden(told.path), told.path)


def _stands(place: Place, name: str, content: bytes, size: int | None) -> bool:
    return size == len(content) and place.read(name) == content


def _hidden(path: str) -> str:
    folder, _, name = path.rpartition("/")
    return f"{folder}/.{name}.part"
