"""Keys of the pseudonyms, one for each ISO week: made at first use, and destroyed once the week's release stands.

Without its key nobody can make or trace a pseudonym of the week, not the site either.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from secrets import token_hex

from anonymizers.local_day import days_of_week
from anonymizers.refusal import Reason, Refusal
from anonymizers.releasing.edition import weekly_base
from pipelines.home import Home, destroy, write_private
from pipelines.ledger import Ledger

_LETTERS = 64


@dataclass(frozen=True)
class WeekKeyStore:
    """Keys in files of mode 0600 in the restricted store."""

    home: Home
    ledger: Ledger
    first_day: date
    """The site's first; a week that began before it has no release."""

    def of(self, iso_week: str) -> str:
        """The week's key: 256 random bits in hexadecimal, made at first use. Refuses once it was destroyed."""
        if self.ledger.key_destroyed(iso_week) or self.ledger.released(weekly_base(iso_week)):
            raise Refusal(
                "week_keys",
                Reason.FINAL,
                f"{iso_week} is released and its key destroyed; days of it cannot be run any more",
            )
        path, known = self._path(iso_week), self.ledger.key_fingerprint(iso_week)
        if not path.exists() and known is None:
            made = path.with_name(f".{path.name}.{token_hex(4)}")
            write_private(made, token_hex(_LETTERS // 2).encode())
            with suppress(FileExistsError):  # two first users at once: one key wins
                path.hardlink_to(made)
            destroy(made, overwrite=False)
        key = path.read_text() if path.exists() else ""
        fingerprint = sha256(f"koond week key {key}".encode()).hexdigest()
        # With a second key a visitor of the week would be two in its release, and lose twice what it tells.
        if len(key) != _LETTERS or known not in (None, fingerprint):
            raise Refusal(
                "week_keys",
                Reason.STORE,
                f"the key of {iso_week} is gone or another one; restore restricted/keys, or mark the week's other days missing",
            )
        if known is None:
            self.ledger.record_key_made(iso_week, fingerprint)
        return key

    def destroy(self, iso_week: str) -> None:
        """Overwrite and remove the week's key, and write that down in the ledger. It may be done twice."""
        for left in self.home.restricted("keys").glob(f"*{iso_week}.key*"):
            destroy(left)
        if not self.ledger.key_destroyed(iso_week):
            self.ledger.record_key_destroyed(iso_week)

    def destroy_all_of_closed_weeks(self) -> None:
        """Destroy every key whose week is released, or can have no release any more.

        Called after each release and before each run, so that a run killed between release and destruction is made good.
        """
        files = self.home.restricted("keys").glob("????-W??.key")
        closed = [week for week in sorted(file.name.removesuffix(".key") for file in files) if self.is_closed(week)]
        for week in dict.fromkeys([*closed, *self.ledger.weeks_with_a_key_to_destroy()]):
            self.destroy(week)

    def is_closed(self, week: str) -> bool:
        """Whether a week is released, or can have no release any more; nothing of it is needed then."""
        if self.ledger.released(weekly_base(week)):
            return True
        days, told = days_of_week(week), self.ledger.days_told(week)
        if days[0] < self.first_day:
            return all(day.isoformat() in told for day in days if day >= self.first_day)
        return all(told.get(day.isoformat()) == "marked" for day in days)

    def _path(self, iso_week: str) -> Path:
        return self.home.restricted("keys") / f"{iso_week}.key"
