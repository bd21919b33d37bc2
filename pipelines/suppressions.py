"""Who asked to be left out: keyed hashes of accounts and cookies under one long-lived key, and nothing else of anybody.

Requests themselves are read and carried out in `requests.py`; the night's exclusion is the asset `suppressions`.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from anonymizers.refusal import Reason, Refusal
from anonymizers.requests import Kind as NameKind
from anonymizers.requests import Request, Wish, digest, mark, marks, visitors
from pipelines.erasure import erase_events
from pipelines.home import Home, write_private
from pipelines.ledger import Kind, Ledger
from pipelines.request_files import waiting

_LETTERS = 64
_DIGEST = "keyed_digest"


@dataclass(frozen=True)
class SuppressionStore:
    """Key and hashes in files of mode 0600 in the restricted store."""

    home: Home
    ledger: Ledger
    unheard: frozenset[str] = frozenset()
    """Names of a request, as `cookies`, by which nobody can be known at this site."""

    def key(self) -> str:
        """256 random bits in hexadecimal, made at first use. Refuses when it is gone or broken while hashes are there."""
        path = self._folder / "suppressions.key"
        if not path.exists() and not self._list.exists():
            made = path.with_name(f".{path.name}.{token_hex(4)}")
            write_private(made, token_hex(_LETTERS // 2).encode())
            with suppress(FileExistsError):  # two first users at once: one key wins
                path.hardlink_to(made)
            made.unlink()
        key = path.read_text() if path.exists() else ""
        if len(key) != _LETTERS:
            raise Refusal(
                "suppressions",
                Reason.STORE,
                "its key is gone or broken, so that nobody who objected would be known; restore restricted/suppressed",
            )
        return key

    def marks(self) -> frozenset[int]:
        """The hashes of everybody who is left out. Refuses a list that cannot be read whole."""
        lines = self._list.read_text().splitlines() if self._list.exists() else []
        try:
            return frozenset(map(int, lines))
        except ValueError:
            told = "its list is broken, so that somebody who objected might be counted; restore restricted/suppressed"
        raise Refusal("suppressions", Reason.STORE, told)

    def add(self, more: Iterable[int]) -> int:
        """Leave some more out, from the next run on; gives how many are new."""
        self.key()
        with self.home.alone("suppressing"):
            before = self.marks()
            after = before | set(more)
            # In order of the hashes, so that the file does not tell who came when.
            write_private(self._list, "".join(f"{each}\n" for each in sorted(after)).encode())
        return len(after) - len(before)

    def excluded(self, kind: NameKind, ids: Iterable[str], of_tonight: frozenset[int] = frozenset()) -> frozenset[str]:
        """Those of `ids` that are left out, or whose hashes are among those `of_tonight`."""
        known = self.marks() | of_tonight
        if not known:
            return frozenset()
        key = self.key()
        return frozenset(name for name in ids if mark(key, kind, name) in known)

    def take_in(self) -> int:
        """Leave out whoever asks for it in a request that waits, and for an erasure that waits; gives how many are new.

        Called by each night before it counts, under the home's lock. A request to be left out is carried out by that; an
        erasure still waits, and so does a request that cannot be carried out to its end: the job `requests` says why.
        """
        new = 0
        for each in waiting(self.home):
            request = each.request
            if request.wish is Wish.RECTIFY:
                continue
            told = self.leave_out(request)
            new += told["new"]
            heard = not any(getattr(request, names) for names in self.unheard)
            if request.wish is Wish.SUPPRESS and heard and not self.is_anothers(Kind.SUPPRESSED, request):
                self.record(Kind.SUPPRESSED, request, told)
                each.remove()
        return new

    def leave_out(self, request: Request) -> dict[str, int]:
        """Leave out whom a request names, in the open weeks too; gives how many are new, and the events that go. Under the
        home's lock."""
        return {
            "new": self.add(marks(self.key(), request)),
            "stripped_events": erase_events(self.home, visitors(request.accounts, request.cookies)),
        }

    def is_anothers(self, kind: Kind, request: Request) -> bool:
        """Whether the ledger knows a request of the same kind and number that says something else."""
        known = self.ledger.request_told(kind, request.request)
        return known is not None and known.get(_DIGEST) != digest(self.key(), request)

    def record(self, kind: Kind, request: Request, told: Mapping[str, int]) -> None:
        """Write down that a request was carried out: its number, counts, and a keyed digest of what it said."""
        self.ledger.record_request(kind, request.request, {**told, _DIGEST: digest(self.key(), request)})

    @property
    def _folder(self) -> Path:
        return self.home.restricted("suppressed")

    @property
    def _list(self) -> Path:
        return self._folder / "suppressions"
