"""Made-up people who join, consent, object, correct and leave from night to night, and what they ask of the site.

What follows for koond's outputs belongs to `oracle.py`: here is only what people do and what the raw tables then say.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from anonymizers.requests import Request, Wish
from tests.anonymizers.consent.strings import tc_string
from tests.worlds import ad_event, at, page_view, registration

Row = dict[str, Any]
MOODS: Mapping[str, tuple[int, ...]] = {
    "all": (1, 7, 8, 9), "pages": (1, 8), "ads": (1, 7), "segments": (1, 9), "storage": (1,), "without_storage": (7, 8, 9),
    "nothing": (),
}  # fmt: skip
"""What people agree to: TCF purposes."""
HOURS = 24
"""As many people live at once as a day has hours: each comes in an hour of the day that is nobody else's."""


@dataclass
class Person:
    """Somebody as they are today."""

    number: int
    hour: int
    mood: str = "all"
    account: str | None = None
    cookie: str = ""
    email: str = ""
    newsletter: bool | None = None
    offers: bool | None = None
    objects: str | None = None
    """What the registration table says."""
    no_tracking: bool = False

    @property
    def ip(self) -> str:
        """An address for each hour of the day."""
        return f"198.51.100.{100 + self.hour}"


@dataclass(frozen=True)
class Asked:
    """A request and the way that it comes: carried out at once, or a file that waits for the sensor."""

    request: Request
    waits: bool


@dataclass
class Lives:
    """All people, the raw tables that they leave behind, and what they asked for today."""

    chance: Random
    people: list[Person] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    unsubscribing: set[tuple[str, str]] = field(default_factory=set)
    """Kind of mail and account of those who follow the link of the last list today."""
    leaving: list[Person] = field(default_factory=list)
    """Those who leave today: what they did before they left stands in today's raw tables."""
    gone: list[str] = field(default_factory=list)
    """Values of those who left, and values that were corrected on request: they may stand nowhere any more."""
    done: dict[str, int] = field(default_factory=dict)
    """What people did -> how often."""
    accounts: dict[str, date] = field(default_factory=dict)
    """Account -> the day on which it was made."""
    requests: int = 0
    """How many were made."""
    _numbers: int = 0

    def live(self, day: date) -> None:
        """A day of everybody: changes of mind, and what is asked for."""
        self.asked, self.unsubscribing, self.leaving = [], set(), []
        while len(self.people) < 14 or (len(self.people) < HOURS and self._happens(0.3)):
            self._join(day)
        for person in list(self.people):
            for act, often in _ACTS.items():
                if self._happens(often) and person in self.people:
                    act(self, person, day)
        self.people.sort(key=lambda person: person.number)

    def page_views(self, day: date) -> list[Row]:
        """Three views of each, one of them failed now and then; one of somebody's without an instant."""
        rows = [row for person in self._seen for row in self._visit(person, day)]
        lost = self.chance.choice(self.people)
        return [*rows, page_view(**self._who(lost, day), account_id=lost.account, ts=None)]

    def ad_events(self, day: date) -> list[Row]:
        """Two of each under the cookie."""
        return [
            ad_event(**self._who(person, day), ts=at(person.hour, minute, day))
            for person in self._seen
            for minute in (40, 50)
        ]

    def registrations(self) -> list[Row]:
        """Everybody with an account."""
        return [
            registration(
                account_id=person.account, email=person.email, newsletter_consent=person.newsletter, offer_consent=person.offers,
                created_at=at(9, day=self.accounts[person.account]), company="OÜ Näide" if person.number % 3 == 0 else None,
            )
            for person in self.people
            if person.account
        ]  # fmt: skip

    def objections(self) -> dict[str, str | None]:
        """Account -> what stands in the column by which the registration table says that it objects."""
        return {person.account: person.objects for person in self.people if person.account}

    @property
    def _seen(self) -> list[Person]:
        return [*self.people, *self.leaving]

    def _visit(self, person: Person, day: date) -> Iterator[Row]:
        change = self.chance.random()
        for minute in (10, 20, 30):
            row = page_view(
                **self._who(person, day), account_id=person.account, ts=at(person.hour, minute, day),
                ip=person.ip, status="404" if self._happens(0.1) else "200",
            )  # fmt: skip
            if change < 0.06 and minute == 20:
                row["consent"] = string("nothing", day)  # withdrawn, and given again
            elif change > 0.94 and minute == 20:
                row["consent"] = None  # deleted, and given again
            yield row

    def _who(self, person: Person, day: date) -> Row:
        return {"cookie_id": person.cookie, "consent": string(person.mood, day), "gpc": person.no_tracking}

    def _happens(self, often: float) -> bool:
        return self.chance.random() < often

    def _count(self, what: str) -> None:
        self.done[what] = self.done.get(what, 0) + 1

    def _number(self) -> int:
        self._numbers += 1
        return self._numbers

    def _ask(self, wish: Wish, *, waits: bool, **asked: Any) -> None:
        self.requests += 1
        self.asked.append(Asked(Request(self.requests, wish, **asked), waits))

    def _join(self, day: date) -> None:
        number = self._number()
        hour = self.chance.choice(sorted(set(range(HOURS)) - {person.hour for person in self._seen}))
        person = Person(number, hour, self.chance.choice(["all", "all", *MOODS]), cookie=f"kypsis-{number:03}-a")
        self.people.append(person)
        self._count("joined")
        if self._happens(0.7):
            self._register(person, day)

    def _register(self, person: Person, day: date) -> None:
        if person.account is None:
            person.account, person.email = f"konto-{person.number:03}", f"inimene.{person.number:03}@naide.ee"
            person.newsletter, person.offers = (self.chance.choice((True, True, False, None)) for _ in range(2))
            self.accounts[person.account] = day
            self._count("registered")

    def _change_mood(self, person: Person, day: date) -> None:
        person.mood = self.chance.choice(list(MOODS))
        self._count("consent changed")

    def _switch_tracking(self, person: Person, day: date) -> None:
        person.no_tracking = not person.no_tracking
        self._count("GPC")

    def _change_cookie(self, person: Person, day: date) -> None:
        if person.account:
            person.cookie = person.cookie[:-1] + chr(ord(person.cookie[-1]) + 1)
            self._count("cookie changed")

    def _object_by_request(self, person: Person, day: date) -> None:
        by_account = person.account is not None and self._happens(0.5)
        named = {"accounts": (person.account,)} if by_account else {"cookies": (person.cookie,)}
        self._ask(Wish.SUPPRESS, waits=self._happens(0.5), **named)
        self._count("objected by account" if by_account else "objected by cookie")

    def _object_in_the_table(self, person: Person, day: date) -> None:
        if person.account:
            person.objects = self.chance.choice(["yes", "no", None]) if person.objects else "yes"
            self._count("objected in the table")

    def _change_mail(self, person: Person, day: date) -> None:
        if person.account:
            person.newsletter, person.offers = (self.chance.choice((True, False)) for _ in range(2))
            self._count("opted in or out")

    def _unsubscribe(self, person: Person, day: date) -> None:
        if person.account:
            self.unsubscribing.add((self.chance.choice(("newsletter", "offers")), person.account))
            self._count("unsubscribed")

    def _correct(self, person: Person, day: date) -> None:
        if person.account:
            old, person.email = person.email, f"parem.{self._number():03}@naide.ee"
            if self._happens(0.7):
                self._ask(Wish.RECTIFY, waits=False, corrections={old: person.email})
                self.gone.append(old)
                self._count("corrected on request")
            else:
                self._count("corrected in the table")

    def _leave(self, person: Person, day: date) -> None:
        """Cookies are found by koond where the account came under them; the e-mail, while yesterday's table stands there."""
        known = person.account is not None and self.accounts[person.account] < day
        waits = self._happens(0.5)
        named = {"accounts": (person.account,)} if person.account else {}
        named |= {} if known else {"cookies": (person.cookie,)}
        self._ask(
            Wish.ERASE, waits=waits, **named, values=(person.ip, *([person.email] if waits and person.email else []))
        )
        self.people.remove(person)
        self.leaving.append(person)
        self.gone += [value for value in (person.account, person.cookie, person.email) if value]
        self._count("left" if known else "left by cookie")


_ACTS = {
    Lives._register: 0.05, Lives._change_mood: 0.08, Lives._switch_tracking: 0.02, Lives._change_cookie: 0.03,
    Lives._object_by_request: 0.008, Lives._object_in_the_table: 0.015, Lives._change_mail: 0.04, Lives._unsubscribe: 0.01,
    Lives._correct: 0.012, Lives._leave: 0.012,
}  # fmt: skip


def string(mood: str, day: date) -> str:
    """The TC string of a mood, given on the day before."""
    made = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=1)
    return tc_string(MOODS[mood], created=made)
