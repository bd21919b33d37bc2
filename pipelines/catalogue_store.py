"""The catalogue in the published store: which releases it may show, and its files put in their place. What the pages say
is in `anonymizers.cataloguing`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from anonymizers.cataloguing.catalogue import catalogue
from anonymizers.cataloguing.standing import MANIFEST, NOTICE, Store, listed, shown
from anonymizers.delivering.notice import Notice
from anonymizers.refusal import Reason, Refusal
from anonymizers.releasing.release import SUCCESS, Release
from anonymizers.releasing.signature import SIGNATURE
from pipelines.home import Home, put_public
from pipelines.ledger import Kind, Ledger
from pipelines.ledger.signing import SigningKey
from pipelines.ledger.waiting import marked_wrong
from pipelines.published_store import is_signed, read_release, tell_what_is_wrong


@dataclass(frozen=True)
class CatalogueStore:
    """The catalogue of one home."""

    home: Home
    ledger: Ledger

    def write(self) -> Mapping[str, int]:
        """Make the catalogue anew and put it in its place, a file at a time and each whole; gives what it holds, in counts.
        Before it, the notices beside releases that are marked wrong.

        Refuses (`Reason.STORE`) when it cannot be made, and then it stays as it was; and, once it stands, when a release was
        left out of it that is not as the ledger knows it, or a notice could not be written.
        """
        lacking = []
        try:
            try:
                tell_what_is_wrong(self.home, self.ledger)
            except Refusal as refusal:
                lacking.append(refusal.sentence)
            with self.home.alone("cataloguing"):
                halves = self.home.restricted("cataloguing")
                for left in halves.iterdir():  # by a run that was killed
                    left.unlink()
                store = self._read()
                made = catalogue(store)
                for name, content in made.items():
                    put_public(self.home.published / name, content, halves)
        except Exception as error:
            raise Refusal(
                "catalogue",
                Reason.STORE,
                f"the pages could not be made ({type(error).__name__}); they stay as they were, and every release stands",
            ) from None
        if store.left_out:
            lacking.append(
                f"{len(store.left_out)} release(s) are not as the ledger knows them, and the pages leave them out; "
                "run koond verify on each"
            )
        if lacking:
            raise Refusal("catalogue", Reason.STORE, "; ".join(lacking))
        return {"releases": len(store.files), "bytes": sum(map(len, made.values()))}

    def _read(self) -> Store:
        """What the ledger knows as released: whole where the pages show it, and apart what does not stand so."""
        entries = self.ledger.entries()
        released = {entry.release: entry.told["digest"] for entry in entries if entry.kind == Kind.RELEASED}
        keys = self.ledger.signing_keys()
        manifests = {name: self._manifest(name, digest, keys) for name, digest in released.items()}
        files = {name: {MANIFEST: manifest} for name, manifest in manifests.items() if manifest is not None}
        told = {name: Notice(name, reason).content for name, reason in marked_wrong(entries).items() if name in files}
        # A ledger restored from a backup may know less than the notices beside the releases.
        taken_back = {name for name in files.keys() - told.keys() if (self.home.published / f"{name}{NOTICE}").exists()}
        whole: dict[str, Mapping[str, bytes]] = {}
        left_out = (released.keys() - files.keys()) | taken_back
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

    def _manifest(self, name: str, digest: str, keys: Sequence[SigningKey]) -> bytes | None:
        """None where the release is not finished, or is neither signed nor as it was released: whoever is not shown is
        not read whole, where there is a signature that vouches for its manifest."""
        folder = self.home.published / name
        try:
            manifest, signature = (folder / MANIFEST).read_bytes(), folder / SIGNATURE
            signed = Release(name, {MANIFEST: manifest}, signature.read_bytes() if signature.is_file() else None)
        except OSError:
            return None
        if not (folder / SUCCESS).exists():
            return None
        return manifest if is_signed(self.home, keys, signed) or self._release(name, digest) else None

    def _release(self, name: str, digest: str) -> Release | None:
        """None where it does not stand as it was released."""
        try:
            release = read_release(self.home.published / name, name)
        except OSError:
            return None
        return release if release.digest == digest else None
