"""The catalogue in the published store: which releases it may show, and its files put in their place. What the pages say
is in `anonymizers.cataloguing`.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from anonymizers.cataloguing.catalogue import catalogue
from anonymizers.cataloguing.standing import MANIFEST, NOTICE, Store, listed, shown
from anonymizers.refusal import Reason, Refusal
from anonymizers.releasing.release import SUCCESS
from pipelines.home import FIXED_TIME, Home, sync_folder, write_public
from pipelines.ledger import Kind, Ledger
from pipelines.published_store import read_release


@dataclass(frozen=True)
class CatalogueStore:
    """The catalogue of one home."""

    home: Home
    ledger: Ledger

    def write(self) -> Mapping[str, int]:
        """Make the catalogue anew and put it in its place, a file at a time and each whole; gives what it holds, in counts.

        Refuses (`Reason.STORE`) when it cannot be made, and then it stays as it was; and, once it stands, when a release was
        left out of it that is not as the ledger knows it.
        """
        try:
            with self.home.alone("cataloguing"):
                for left in self.home.restricted("cataloguing").iterdir():  # by a run that was killed
                    left.unlink()
                store, left_out = self._read()
                made = catalogue(store)
                for name, content in made.items():
                    self._put(name, content)
        except Exception as error:
            raise Refusal(
                "catalogue",
                Reason.STORE,
                f"the pages could not be made ({type(error).__name__}); they stay as they were, and every release stands",
            ) from None
        if left_out:
            raise Refusal(
                "catalogue",
                Reason.STORE,
                f"{left_out} release(s) are not as the ledger knows them, and the pages leave them out; run koond verify on each",
            )
        return {"releases": len(store.files), "bytes": sum(map(len, made.values()))}

    def _read(self) -> tuple[Store, int]:
        """What the ledger knows as released, and how many of them do not stand so."""
        published = self.home.published
        released = {
            entry.release: entry.told["digest"] for entry in self.ledger.entries() if entry.kind == Kind.RELEASED
        }
        standing = [name for name in released if (published / name / SUCCESS).exists()]
        notices = {name: published / f"{name}{NOTICE}" for name in standing}
        told = {name: path.read_bytes() for name, path in notices.items() if path.exists()}
        whole = {each.release for each in shown(listed(standing, told))}
        files: dict[str, Mapping[str, bytes]] = {}
        left_out = 0
        for name in standing:
            if name not in whole:
                files[name] = {MANIFEST: (published / name / MANIFEST).read_bytes()}
                continue
            release = read_release(published / name, name)
            if release.digest == released[name]:
                files[name] = release.files
            else:
                left_out += 1
        return Store(files, {name: notice for name, notice in told.items() if name in files}), left_out

    def _put(self, name: str, content: bytes) -> None:
        place = self.home.published / name
        if place.is_file() and place.read_bytes() == content:
            return
        half: Path = self.home.restricted("cataloguing") / token_hex(8)
        try:
            write_public(half, content)
            place.parent.mkdir(exist_ok=True)
            place.parent.chmod(0o755)
            half.replace(place)
        finally:
            half.unlink(missing_ok=True)
        os.utime(place.parent, (FIXED_TIME, FIXED_TIME))
        sync_folder(place.parent)
