"""The rules of the ledger inside one transaction: what stands, what may be reserved, drawn, corrected and marked (DESIGN 4).

Because each rule reads and writes in the same transaction, two runs at once obey it too. Transactions are in `ledger.py`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from anonymizers.counting.draw import Draw, Spend
from anonymizers.local_day import days_of_week
from anonymizers.refusal import Reason, Refusal
from pipelines.ledger.database import ENTRIES, add_entry, content_of, entries_where, keep_draw
from pipelines.ledger.entries import Entry, Kind, ReleaseName, weekly


class Correction(StrEnum):
    """Why a published release may be corrected: the closed list. None of them speaks of a person."""

    WRONG_INPUT = "wrong_input"
    """The raw tables were wrong, for everybody."""
    WRONG_RULES = "wrong_rules"
    """The site folder was wrong."""
    LATE_EVENTS = "late_events"
    """A part of the events came after the night."""


def refuse_unless_reason(reason: str) -> None:
    """Refuses (`Reason.FINAL`) whatever is no `Correction`; says why, and not what was given."""
    if reason not in set(Correction):
        raise Refusal(
            "ledger",
            Reason.FINAL,
            f"a correction is for {', '.join(Correction)} alone, never for an erasure or a suppression: the "
            "difference of the two releases would point at the person, who is in no release from the next night on",
        )


@dataclass(frozen=True)
class Book:
    """The ledger as one transaction sees it. Refuses (`Reason.STORE`) an entry or a draw that is not what its hash says."""

    connection: sa.Connection
    published: Path
    corrections_per_week: int
    clock: Callable[[], datetime]

    def add(self, kind: Kind, release: str, body: Mapping[str, Any], once: str | None = None) -> None:
        """Add an entry; what is named by `once` can be added only once."""
        at = self.clock().astimezone(UTC).isoformat(timespec="seconds")
        add_entry(self.connection, at, kind, release, body, once)

    def entries(self, *conditions: sa.ColumnElement[bool]) -> list[Entry]:
        """Entries that meet all conditions, oldest first."""
        found = entries_where(self.connection, *conditions)
        for entry in found:
            if not entry.holds:
                raise Refusal("ledger", Reason.STORE, f"entry {entry.number} was changed; see koond ledger")
        return found

    def only(self, once: str) -> Entry | None:
        """The entry of what happens only once, if it happened."""
        return next(iter(self.entries(ENTRIES.c.once == once)), None)

    def of_bases(self, kind: Kind, *bases: str) -> list[Entry]:
        """Entries of a kind that speak of some days or weeks or of their corrections."""
        family = [test for base in bases for test in (ENTRIES.c.release == base, ENTRIES.c.release.like(f"{base}.r%"))]
        return self.entries(ENTRIES.c.kind == kind, sa.or_(*family))

    def standing(self, base: str) -> list[str]:
        """The releases of a day or week that stand published, by the ledger or as a folder; corrections in their order.

        A folder alone counts: a crash may come after the folder and before its entry.
        """
        whole = self.published / base
        folders = [f"{base}{folder.name.removeprefix(whole.name)}" for folder in whole.parent.glob(f"{whole.name}*")]
        recorded = [entry.release for entry in self.of_bases(Kind.RELEASED, base)]
        names = [name for text in {*folders, *recorded} if (name := ReleaseName.find(text)) is not None]
        return [name.text for name in sorted(names, key=lambda name: name.revision)]

    def newest(self, base: str) -> str:
        """The newest release that stands published, or the base."""
        return next(reversed(self.standing(base)), base)

    def open_correction(self, base: str) -> str | None:
        """The correction of a day or week that is reserved and does not stand published yet."""
        reserved = [entry.release for entry in self._corrections(base)]
        return next((release for release in reserved if release not in self.standing(base)), None)

    def refuse_if_final(self, release: str) -> None:
        """Refuses when the release stands published, and when its day is given up."""
        base = ReleaseName.read(release).base
        if self.only(f"marked:missing:{base}") is not None:
            raise Refusal("ledger", Reason.FINAL, f"{base} is marked missing; it is never drawn afterwards")
        if release in self.standing(base):
            raise Refusal(
                "ledger",
                Reason.FINAL,
                f"{release} stands published; a published release is final and is never drawn again",
            )

    def reserve(self, spend: Spend) -> Refusal | None:
        """Pay for a release unless it is paid. Gives, and writes down, the refusal of another spend than the one paid."""
        name, reserved = ReleaseName.read(spend.release), self.only(f"reserved:{spend.release}")
        if reserved is not None:
            if all(reserved.told[name] == told for name, told in _cost(spend).items()):
                return None
            return self.refused(
                spend.release,
                Reason.BUDGET,
                f"{spend.release} is reserved under another plan, so the site folder was changed between its reservation "
                f"and its draw; restore the site folder and run again{_or_give_up(name)}",
            )
        if name.revision > 1:
            return self.refused(
                spend.release,
                Reason.BUDGET,
                f"{spend.release} is not reserved; ask for a correction of {name.base} first",
            )
        if name.week != spend.week:
            return self.refused(
                spend.release, Reason.BUDGET, f"{spend.release} lies in {name.week}, and the spend names another week"
            )
        self.add(Kind.RESERVED, spend.release, _cost(spend), f"reserved:{spend.release}")
        return None

    def draw_of(self, release: str, part: str) -> Draw | None:
        """The draw of a part of a release, if it was drawn."""
        drawn = self.only(f"drawn:{release}:{part}")
        return None if drawn is None else self.stored(drawn)

    def stored(self, drawn: Entry) -> Draw:
        """The draw that an entry speaks of."""
        content = content_of(self.connection, drawn.told["seal"])
        if content is None or sha256(content.encode()).hexdigest() != drawn.told["seal"]:
            raise Refusal("ledger", Reason.STORE, f"the draw of entry {drawn.number} was changed; see koond ledger")
        return Draw.read(content)

    def keep(self, made: Draw) -> Draw:
        """Write a draw down, unless another run's draw is there already: then that one is given, and `made` is gone."""
        first = self.draw_of(made.release, made.part)
        if first is not None:
            return first
        self.refuse_if_final(made.release)
        keep_draw(self.connection, made)
        once = f"drawn:{made.release}:{made.part}"
        self.add(Kind.DRAWN, made.release, {"part": made.part, "seal": made.seal}, once)
        return Draw.read(made.content)

    def correct(self, base: str, spend: Spend, reason: str) -> str | Refusal:
        """Reserve the next correction of a day or week; gives its name, or the refusal, which is written down."""
        name = ReleaseName.read(base)
        try:
            refuse_unless_reason(reason)
        except Refusal as refusal:
            return self.refused(base, refusal.reason, refusal.sentence)
        standing = self.standing(base)
        if not standing:
            return self.refused(
                base, Reason.DAY, f"{base} is not published; run its night, there is nothing to correct"
            )
        unfinished = self.open_correction(base)
        if unfinished is not None:
            return self.refused(
                base, Reason.BUDGET, f"{unfinished} is reserved and not yet published; run its night to finish it first"
            )
        paid = self.only(f"reserved:{base}")
        if (
            spend.week != name.week
            or paid is None
            or any(paid.told[limit] < getattr(spend, limit) for limit in ("rho", "epsilon", "delta"))
        ):
            return self.refused(
                base,
                Reason.BUDGET,
                f"a correction may cost no more than {base} did; restore the site folder's budget",
            )
        closed = self._closed(name)
        if closed is not None:
            self.mark(standing[-1], "wrong", reason)
            return self.refused(base, Reason.BUDGET, f"{closed}; {standing[-1]} is marked wrong and stays as it is")
        revision = 1 + max(ReleaseName.read(text).revision for text in standing)
        correction = f"{base}.r{revision}"
        self.add(
            Kind.RESERVED,
            correction,
            _cost(spend) | {"correction": reason},
            f"reserved:{correction}",
        )
        return correction

    def left(self, week: str) -> int:
        """How many corrections of a week's releases can still be paid."""
        bases = (weekly(week), *(f"daily/date={day}" for day in days_of_week(week)))
        paid = {entry.release for entry in self._corrections(*bases)}
        # A ledger restored from a backup may know less than the published store.
        stand = {name for base in bases for name in self.standing(base) if ReleaseName.read(name).revision > 1}
        return max(0, self.corrections_per_week - len(paid | stand))

    def mark(self, release: str, state: str, reason: str) -> None:
        """Mark a release; the same mark again is no news."""
        once = f"marked:{state}:{release}"
        if self.only(once) is None:
            self.add(Kind.MARKED, release, {"state": state, "reason": reason}, once)

    def refused(self, release: str, reason: Reason, sentence: str) -> Refusal:
        """A refusal, written down."""
        self.add(Kind.REFUSED, release, {"reason": reason.name.lower()})
        return Refusal("ledger", reason, sentence)

    def _corrections(self, *bases: str) -> list[Entry]:
        return [entry for entry in self.of_bases(Kind.RESERVED, *bases) if ReleaseName.read(entry.release).revision > 1]

    def _closed(self, name: ReleaseName) -> str | None:
        """Why nothing of this release's week can be corrected any more, or None."""
        if self.only(f"key_destroyed:{weekly(name.week)}") is not None:
            return f"the key of {name.week} is destroyed"
        if name.is_daily and (self.only(f"reserved:{weekly(name.week)}") or self.standing(weekly(name.week))):
            return f"the release of the whole week {name.week} is drawn already"
        if self.left(name.week) == 0:
            return f"all {self.corrections_per_week} correction(s) of {name.week} are used up"
        return None


def _or_give_up(name: ReleaseName) -> str:
    return ", or mark the day missing" if name.is_daily and name.revision == 1 else ""


def _cost(spend: Spend) -> dict[str, Any]:
    return {
        "week": spend.week,
        "rho": spend.rho,
        "epsilon": spend.epsilon,
        "delta": spend.delta,
        "plan": spend.plan,
    }
