"""What the mailing list remembers: the key of its tokens, and the tokens that came back because somebody had enough.

A token says nothing without the key, so that whoever sees one, in a link or in a log, knows nobody by it.
"""

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_bytes, token_hex

from anonymizers.refusal import Reason, Refusal
from pipelines.home import Home, write_private

_BYTES = 32
_TOKEN = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class MailingRecordStore:
    """Key and returned tokens in files of mode 0600 in the restricted store."""

    home: Home

    def key(self) -> bytes:
        """256 random bits, made at first use and kept: a new key would make every link in older mail useless."""
        path = self._folder / "token.key"
        if not path.exists():
            made = path.with_name(f".{path.name}.{token_hex(4)}")
            write_private(made, token_bytes(_BYTES))
            with suppress(FileExistsError):  # two first users at once: one key wins
                path.hardlink_to(made)
            made.unlink()
        key = path.read_bytes()
        if len(key) != _BYTES:
            raise Refusal("mailing_list", Reason.STORE, "its key is no whole one; restore restricted/mailing/token.key")
        return key

    def unsubscribed(self) -> frozenset[str]:
        """The tokens that came back."""
        path = self._path
        return frozenset(path.read_text().split()) if path.exists() else frozenset()

    def unsubscribe(self, tokens: Iterable[str]) -> int:
        """Write down tokens that came back; gives how many are new. The next run leaves their lines out.

        Raises Refusal, and writes none down, where one is no token.
        """
        given = [token.strip() for token in tokens if token.strip()]
        odd = sum(not _TOKEN.fullmatch(token) for token in given)
        if odd:
            raise Refusal(
                "unsubscribe", Reason.STORE, f"{odd} of {len(given)} lines are no token; copy them from the links"
            )
        with self.home.alone("unsubscribing"):
            before = self.unsubscribed()
            after = before | set(given)
            write_private(self._path, "".join(f"{token}\n" for token in sorted(after)).encode())
        return len(after) - len(before)

    @property
    def _folder(self) -> Path:
        return self.home.restricted("mailing")

    @property
    def _path(self) -> Path:
        return self._folder / "unsubscribed"
