"""The ledger that assets, the published store and the command line use: each method is one transaction, or two around a draw.

The rules themselves are in `rules.py`, rows and locks in `database.py`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from anonymizers.counting.draw import Draw, Spend
from anonymizers.local_day import days_of_week
from anonymizers.refusal import Reason, Refusal
from pipelines.ledger.database import ENTRIES, Database, entries_where, every_draw
from pipelines.ledger.entries import (
    Entry,
    Kind,
    ReleaseName,
    broken_links,
    hexadecimal,
    lost_draws,
    plain,
    read_base,
    unpaid_releases,
    weekly,
)
from pipelines.ledger.rules import Book, refuse_unless_reason
from pipelines.ledger.signing import OF_KEYS, SigningKey, of_key, signing_keys


def _now() -> datetime:
    return datetime.now(UTC)


def _is_count(told: tuple[str, int]) -> bool:
    name, number = told
    return plain(name, "a count") == name and type(number) is int


class Ledger:
    """The ledger of one site in SQLite or PostgreSQL, beside the published store that it speaks of."""

    def __init__(
        self, where: str | Path, published: Path, corrections_per_week: int, clock: Callable[[], datetime] = _now
    ) -> None:
        """`where` is the SQLite file or a SQLAlchemy URL; `corrections_per_week` is the reserve of each ISO week."""
        self._database, self._published = Database(where), published
        self._corrections_per_week, self._clock = corrections_per_week, clock

    def open_release(self, base: str) -> str:
        """The release of a day or week that may be drawn now: `base` itself, or its correction that is reserved and not
        yet published. Refuses (`Reason.FINAL`) when all there is stands published, and a day that is marked missing."""
        read_base(base)
        with self._reading() as book:
            open_one = book.open_correction(base) or book.newest(base)
            book.refuse_if_final(open_one)
        return open_one

    def newest_release(self, base: str) -> str:
        """The newest release of a day or week that stands published; `base` itself while there is none."""
        read_base(base)
        with self._reading() as book:
            return book.newest(base)

    def draw_once(self, spend: Spend, part: str, draw: Callable[[], Draw]) -> Draw:
        """The one draw of a part of a release. The spend is reserved before `draw` is called; a draw that exists is given
        as it is, and `draw` is not called.

        Two runs at once, or a run after a crash, get the same draw and pay once: the first draw that is written down
        wins, any other is thrown away unseen. Refuses with `Reason.FINAL` when the release stands published or its day is
        marked missing, and with `Reason.BUDGET` when the spend is another than the reserved one, or of a correction that
        is not reserved.
        """
        plain(part, "a part")
        with self._writing() as book:
            book.refuse_if_final(spend.release)
            refusal = book.reserve(spend)
            drawn = book.draw_of(spend.release, part)
        if refusal is not None:
            raise refusal
        if drawn is not None:
            return drawn
        made = draw()
        if (made.release, made.part, made.plan) != (spend.release, part, spend.plan):
            raise Refusal(
                "ledger", Reason.BUDGET, f"the draw of {part} is not what {spend.release} was reserved for; run again"
            )
        with self._writing() as book:
            return book.keep(made)

    def draws(self, release: str) -> Mapping[str, Draw]:
        """Part -> the draw of a release."""
        with self._reading() as book:
            drawn = book.entries(ENTRIES.c.kind == Kind.DRAWN, ENTRIES.c.release == release)
            return {entry.told["part"]: book.stored(entry) for entry in drawn}

    def days_told(self, iso_week: str) -> Mapping[str, str]:
        """Day -> `published` or `marked`, by ISO date, for the days of a week of which either is true; the newest entry
        of a day says which. A day whose correction is paid and not yet published is left out: its week waits for it.

        From the reservation of the week's release on it is what it was then: its draw counts those days and no others.
        """
        days = {f"daily/date={day}": day.isoformat() for day in days_of_week(iso_week)}
        with self._reading() as book:
            told = [*book.of_bases(Kind.RELEASED, *days), *book.of_bases(Kind.MARKED, *days)]
            unfinished = [base for base in days if book.open_correction(base) is not None]
            reserved = book.only(f"reserved:{weekly(iso_week)}")
        return {
            days[ReleaseName.read(entry.release).base]: "marked" if entry.kind == Kind.MARKED else "published"
            for entry in sorted(told, key=lambda entry: entry.number)
            if (reserved is None and ReleaseName.read(entry.release).base not in unfinished)
            or (reserved is not None and entry.number < reserved.number)
        }

    def record_release(self, release: str, digest: str) -> None:
        """Write down that a release was published. The same again is no news; with another digest it is refused
        (`Reason.FINAL`)."""
        ReleaseName.read(release)
        with self._writing() as book:
            known = book.only(f"released:{release}")
            if known is None:
                book.add(Kind.RELEASED, release, {"digest": hexadecimal(digest)}, f"released:{release}")
            elif known.told["digest"] != digest:
                raise Refusal("ledger", Reason.FINAL, f"{release} was released with other bytes; it stays as it was")

    def released(self, release: str) -> str | None:
        """The digest of a published release, or None."""
        with self._reading() as book:
            known = book.only(f"released:{release}")
        return None if known is None else str(known.told["digest"])

    def record_refusal(self, release: str, reason_code: Reason) -> None:
        """Write down that a release was refused, as by the gate. What the ledger itself refuses over budget and
        corrections is written down already."""
        with self._writing() as book:
            book.add(Kind.REFUSED, ReleaseName.read(release).text, {"reason": reason_code.name.lower()})

    def record_sending(self, release: str, partner: str, digest: str) -> None:
        """Write down that a release is about to leave to a partner, by its registered name; `digest` is of what leaves.
        Refuses one that was never released."""
        self._record_of_partner(Kind.SENDING, release, partner, {"digest": hexadecimal(digest)})

    def record_delivery(self, release: str, partner: str, digest: str, files: int) -> None:
        """Write down that it arrived: so many files stand at the partner's place, finished."""
        self._record_of_partner(Kind.DELIVERED, release, partner, {"digest": hexadecimal(digest), "files": int(files)})

    def record_told_wrong(self, release: str, partner: str) -> None:
        """Write down that a partner was told that a release it has is marked wrong."""
        self._record_of_partner(Kind.TOLD_WRONG, release, partner, {})

    def record_disclosure(self, case: str, told: Mapping[str, str], digest: str) -> None:
        """Write down that an authority was given what the site holds of one person. `told` has plain names alone, and none
        is the person's; `digest` is of the encrypted file."""
        body = {name: plain(text, name) for name, text in told.items()} | {"digest": hexadecimal(digest)}
        with self._writing() as book:
            book.add(Kind.DISCLOSED, f"disclosures/{plain(case, 'a case')}", body)

    def record_request(self, kind: Kind, number: int, told: Mapping[str, int]) -> None:
        """Write down that a request was carried out, by its number and with counts alone. The same again is no news."""
        once = f"{kind}:request/{number}"
        if kind not in (Kind.SUPPRESSED, Kind.ERASED, Kind.RECTIFIED) or not all(map(_is_count, told.items())):
            raise Refusal("ledger", Reason.STORE, "of a request only its number and counts under plain names are told")
        with self._writing() as book:
            if book.only(once) is None:
                book.add(kind, f"request/{number}", told, once)

    def request_told(self, kind: Kind, number: int) -> Mapping[str, int] | None:
        """What stands of a request that was carried out; None where it was not."""
        with self._reading() as book:
            known = book.only(f"{kind}:request/{number}")
        return None if known is None else known.told

    def reserve_correction(self, base: str, spend: Spend, reason: str) -> str:
        """Pay for a correction of a day or week from its week's reserve; gives the new release's name.

        `spend` is what the release costs, whatever release it names; `reason` is a `Correction`.
        Refuses, and writes the refusal down: another reason (`Reason.FINAL`), nothing
        published yet (`Reason.DAY`); a correction not yet published, a higher cost than the release's own, no reserve
        left, or the week closed (`Reason.BUDGET`). In the last two cases the release is marked wrong.
        """
        read_base(base)
        with self._writing() as book:
            given = book.correct(base, spend, reason)
        if isinstance(given, Refusal):
            raise given
        return given

    def corrections_left(self, iso_week: str) -> int:
        """How many corrections of a week's releases can still be paid."""
        weekly(iso_week)
        with self._reading() as book:
            return book.left(iso_week)

    def mark_wrong(self, base: str, reason: str) -> None:
        """Write down that the newest release of a day or week is wrong and stays so. `reason` is a `Correction`."""
        read_base(base)
        refuse_unless_reason(reason)
        with self._writing() as book:
            standing = book.standing(base)
            if not standing:
                raise Refusal("ledger", Reason.DAY, f"{base} is not published; run its night, or mark it missing")
            book.mark(standing[-1], "wrong", reason)

    def mark_missing(self, day_base: str, reason: Reason = Reason.DAY) -> None:
        """Write down that a day is given up, so that its week need not wait for it; it is never drawn afterwards.

        Refuses (`Reason.FINAL`) a day that stands published."""
        if not read_base(day_base).is_daily:
            raise Refusal("ledger", Reason.DAY, f"{day_base} is no day; only days are marked missing")
        with self._writing() as book:
            if book.standing(day_base):
                raise Refusal("ledger", Reason.FINAL, f"{day_base} stands published; if it is wrong, correct it")
            book.mark(day_base, "missing", reason.name.lower())

    def record_key_made(self, iso_week: str, fingerprint: str) -> None:
        """Write down which key a week's pseudonyms are made with; the week never gets another one.

        Refuses (`Reason.STORE`) when it has one with another fingerprint."""
        once = f"key_made:{weekly(iso_week)}"
        with self._writing() as book:
            known = book.only(once)
            if known is None:
                book.add(Kind.KEY_MADE, weekly(iso_week), {"fingerprint": hexadecimal(fingerprint)}, once)
            elif known.told["fingerprint"] != fingerprint:
                raise Refusal("ledger", Reason.STORE, f"{iso_week} has another key already; restore restricted/keys")

    def key_fingerprint(self, iso_week: str) -> str | None:
        """The fingerprint of a week's key, once it was made."""
        with self._reading() as book:
            known = book.only(f"key_made:{weekly(iso_week)}")
        return None if known is None else str(known.told["fingerprint"])

    def weeks_with_a_key_to_destroy(self) -> Sequence[str]:
        """The weeks that are released, and of whose key's end nothing is written down."""
        with self._reading() as book:
            released = book.entries(ENTRIES.c.kind == Kind.RELEASED, ENTRIES.c.release.like("weekly/%"))
            weeks = dict.fromkeys(ReleaseName.read(entry.release).week for entry in released)
            return [week for week in weeks if book.only(f"key_destroyed:{weekly(week)}") is None]

    def record_key_destroyed(self, iso_week: str) -> None:
        """Write down that the key of a week's pseudonyms is gone."""
        once = f"key_destroyed:{weekly(iso_week)}"
        with self._writing() as book:
            if book.only(once) is None:
                book.add(Kind.KEY_DESTROYED, weekly(iso_week), {}, once)

    def key_destroyed(self, iso_week: str) -> bool:
        """Whether the key of a week's pseudonyms is gone."""
        with self._reading() as book:
            return book.only(f"key_destroyed:{weekly(iso_week)}") is not None

    def record_signing_key(self, key: str, fingerprint: str) -> None:
        """Write down the key that signs releases from now on, by its id; the one before it is retired."""
        with self._writing() as book:
            for known in signing_keys(book.entries(ENTRIES.c.kind.in_(OF_KEYS))):
                if known.last_day is None:
                    book.add(Kind.SIGNING_KEY_RETIRED, of_key(known.key), {}, f"signing_key_retired:{known.key}")
            told = {"fingerprint": hexadecimal(fingerprint)}
            book.add(Kind.SIGNING_KEY_MADE, of_key(key), told, f"signing_key_made:{key}")

    def signing_keys(self) -> Sequence[SigningKey]:
        """The keys that sign releases, or did, oldest first; the last is the one of today."""
        with self._reading() as book:
            return signing_keys(book.entries(ENTRIES.c.kind.in_(OF_KEYS)))

    def entries(self) -> Sequence[Entry]:
        """All entries, oldest first, whether they hold or not."""
        with self._database.reading() as connection:
            return entries_where(connection)

    def verify(self) -> list[str]:
        """What is wrong with the chain, the draws and the published folders; a sentence each, empty when all is well."""
        with self._database.reading() as connection:
            entries = entries_where(connection)
            draws = {seal: sha256(content.encode()).hexdigest() for seal, content in every_draw(connection)}
        return [
            *broken_links(entries),
            *lost_draws(entries, draws),
            *unpaid_releases(entries),
            *self._strange_folders(entries),
        ]

    def _strange_folders(self, entries: Sequence[Entry]) -> list[str]:
        """Releases of the ledger without a folder, and folders without an entry."""
        recorded = {entry.release for entry in entries if entry.kind == Kind.RELEASED}
        standing = {
            folder.relative_to(self._published).as_posix()
            for folders in ("daily/date=*", "weekly/week=*")
            for folder in self._published.glob(folders)
            if folder.is_dir()
        }
        return [
            *(f"{release} was released and is not in the published store" for release in sorted(recorded - standing)),
            *(
                f"{release} stands published and the ledger does not know; run its night again to write it down"
                for release in sorted(standing - recorded)
            ),
        ]

    def _record_of_partner(self, kind: Kind, release: str, partner: str, told: Mapping[str, str | int]) -> None:
        body = {"partner": plain(partner, "a partner's name"), **told}
        with self._writing() as book:
            if book.only(f"released:{ReleaseName.read(release).text}") is None:
                raise Refusal("ledger", Reason.GATE, f"{release} was never released; only releases are delivered")
            book.add(kind, release, body)

    @contextmanager
    def _reading(self) -> Iterator[Book]:
        with self._database.reading() as connection:
            yield Book(connection, self._published, self._corrections_per_week, self._clock)

    @contextmanager
    def _writing(self) -> Iterator[Book]:
        with self._database.writing() as connection:
            yield Book(connection, self._published, self._corrections_per_week, self._clock)
