"""A file beside a partner's releases by which they can be verified: a public key, or what the key before it said of it."""

import re
from dataclasses import dataclass

from anonymizers.refusal import Reason, Refusal
from anonymizers.releasing.signature import key_id, public_text, read_public, signed_by

_PATH = re.compile(r"keys/([0-9A-F]{16})\.pub(\.minisig)?")


@dataclass(frozen=True)
class KeyFile:
    """`keys/<KEYID>.pub` or `keys/<KEYID>.pub.minisig`, as they stand published."""

    path: str
    content: bytes

    def __post_init__(self) -> None:
        named = _PATH.fullmatch(self.path)
        if not named or not (signed_by(self.content) if named[2] else self._is_key(named[1])):
            raise Refusal("delivery", Reason.GATE, "a key file holds a public key or a signature, and nothing else")

    def _is_key(self, named: str) -> bool:
        key = read_public(self.content)
        return key_id(key) == named and public_text(key) == self.content
