"""The catalogue in the published store: which releases it may show, and its files put in their place. What the pages say
is in `anonymizers.cataloguing`.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from anonymizers.cataloguing.catalogue import catalogue
from anonymizers.cataloguing.standing import MANIFEST, NOTICE, Store, listed, shown
from anonymizers.refusal import Reason, Refusal
from anonymizers.releasing.release import SUCCESS, Release
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
                store = self._read()
                made = catalogue(store)
                for name, content in made.items():
                    self._put(name, content)
        except Exception as error:
            raise Refusal(
                "catalogue",
                Reason.STORE,
                f"the pages could not be made ({type(error).__name__}); they stay as they were, and every release stands",
            ) from None
        if store.left_out:
            raise Refusal(
                "catalogue",
                Reason.STORE,
                f"{len(store.left_out)} release(s) are not as the ledger knows them, and the pages leave them out; "
                "run koond verify on each",
            )
        return {"releases": len(store.files), "bytes": sum(map(len, made.values()))}

    def _read(self) -> Store:
        """What the ledger knows as released: whole where the pages show it, and apart what does not stand so."""
        released = {
            entry.release: entry.told["digest"] for entry in self.ledger.entries() if entry.kind == Kind.RELEASED
        }
        manifests = {name: self._manifest(name) for name in released}
        files = {name: {MANIFEST: manifest} for name, manifest in manifests.items() if manifest is not None}
        notices = {name: path for name in files if (path := self.home.published / f"{name}{NOTICE}").exists()}
        told = {name: path.read_bytes() for name, path in notices.items()}
        whole: dict[str, Mapping[str, bytes]] = {}
        left_out = released.keys() - files.keys()
        # Where one turns out broken, an older one is shown in its place, which may be broken too.
        while wanted := {each.release for each in shown(listed(files, told, left_out))} - whole.keys():
            for name in wanted:
                release = self._release(name, released[name])
                if release is None:
                    left_out = {*left_out, name}
                else:
                    whole[name] = release.written
        standing = {name: whole.get(name, manifest) for name, manifest in files.items() if name not in left_out}
        return Store(standing, {name: notice for name, notice in told.items() if name in standing}, left_out)

    def _manifest(self, name: str) -> bytes | None:
        """None where the release is not finished, or says nothing of itself."""
        folder = self.home.published / name
        try:
            manifest = (folder / MANIFEST).read_bytes()
            json.loads(manifest)
        except (OSError, ValueError):
            return None
        return manifest if (folder / SUCCESS).exists() else None

    def _release(self, name: str, digest: str) -> Release | None:
        """None where it does not stand as it was released."""
        try:
            release = read_release(self.home.published / name, name)
        except OSError:
            return None
        return release if release.digest == digest else None

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
