"""Keys that sign releases: one at a time, made at first need; retired keys are destroyed, public keys stay published.

How a release is signed and checked is in `anonymizers/releasing/signature.py`; the days of each key are in the ledger.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from minisign import Error, KeyPair, PublicKey, SecretKey

from anonymizers.refusal import Reason, Refusal
from anonymizers.releasing.signature import KEYS, hand_over, key_id, public_text, sign, wrong_signature
from pipelines.home import FIXED_TIME, Home, destroy, sync_folder, write_private, write_public
from pipelines.ledger import Ledger


@dataclass(frozen=True)
class SigningKeyStore:
    """The secret key in a file of mode 0600 in the restricted store, the public keys in the published store."""

    home: Home
    ledger: Ledger

    def sign(self, manifest: bytes, release: str) -> bytes:
        """The signature of a release's manifest by the key of today. Makes the first key; refuses when the key is gone."""
        with self.home.alone("signing"), self._secret(self._current_or_new()) as key:
            signature, public = sign(manifest, release, key), key.get_public_key()
        if wrong_signature(signature, manifest, release, public):
            raise _gone(key_id(public))
        return signature

    def make(self) -> PublicKey:
        """Today's key, which is made if there is none yet. Refuses when it is gone: no contract should name it."""
        with self.home.alone("signing"), self._secret(self._current_or_new()) as key:
            return key.get_public_key()

    def rotate(self, *, without_handover: bool = False) -> PublicKey:
        """Make a new key, let the old one sign that it follows, and destroy the old one; gives the new one.

        An old key that is gone or damaged can sign nothing, and is refused: whoever knows it alone is lost, and must be given
        the new one by another way. `without_handover` says that this is known; then the old one is not asked, nor needed.
        """
        with self.home.alone("signing"):
            old = self._current()
            if old is None or without_handover:
                return self._make(None)
            with self._secret(old) as key:
                return self._make(key)

    def _current_or_new(self) -> str:
        current = self._current()
        return key_id(self._make(None)) if current is None else current

    def _current(self) -> str | None:
        """The key of today by the ledger; what a killed rotation left beside it is destroyed."""
        current = next((key.key for key in self.ledger.signing_keys() if key.last_day is None), None)
        if current is not None and self._path(current).is_file():
            for left in self.home.restricted("signing").iterdir():
                if left != self._path(current):
                    destroy(left)
        return current

    def _make(self, old: SecretKey | None) -> PublicKey:
        """The order matters: a key signs only once the ledger and every reader can know it, and an old one goes last."""
        pair = KeyPair.generate()
        made = key_id(pair.public_key)
        write_private(self._path(made), bytes(pair.secret_key) + b"\n")
        sync_folder(self._path(made).parent)
        self._publish(f"{made}.pub", public_text(pair.public_key))
        if old is not None:
            self._publish(f"{made}.pub.minisig", hand_over(pair.public_key, old))
        self.ledger.record_signing_key(made, _fingerprint(pair.public_key))
        self._current()
        return pair.public_key

    @contextmanager
    def _secret(self, current: str) -> Iterator[SecretKey]:
        """The secret key, wiped from memory afterwards. Refuses one that is gone, damaged, or not the one of the ledger, and
        in other words one that cannot be read just now."""
        known = next(key.fingerprint for key in self.ledger.signing_keys() if key.key == current)
        try:
            key = SecretKey.from_bytes(self._path(current).read_bytes())
        except (Error, FileNotFoundError, UnicodeDecodeError):
            key = None
        except OSError as error:
            raise Refusal(
                "signing_keys",
                Reason.STORE,
                f"the secret key {current} cannot be read ({type(error).__name__}); look at restricted/signing, and try again",
            ) from None
        if key is None or _fingerprint(key.get_public_key()) != known:
            raise _gone(current)
        with key:
            self._publish(f"{current}.pub", public_text(key.get_public_key()))
            yield key

    def _publish(self, name: str, content: bytes) -> None:
        folder = self.home.published / KEYS
        if (folder / name).is_file() and (folder / name).read_bytes() == content:
            return
        folder.mkdir(parents=True, exist_ok=True)
        half = self.home.restricted("signing") / f".{name}"
        half.unlink(missing_ok=True)
        write_public(half, content)
        half.replace(folder / name)
        for place in (folder, self.home.published):  # like every time in the published store, it tells nothing
            place.chmod(0o755)
            os.utime(place, (FIXED_TIME, FIXED_TIME))
            sync_folder(place)

    def _path(self, key: str) -> Path:
        return self.home.restricted("signing") / f"{key}.key"


def _fingerprint(key: PublicKey) -> str:
    return sha256(public_text(key)).hexdigest()


def _gone(key: str) -> Refusal:
    return Refusal(
        "signing_keys",
        Reason.STORE,
        f"the secret key {key} is gone or damaged; restore restricted/signing, or make another one with koond keys rotate "
        "--without-handover and give it to the partners by another way",
    )
