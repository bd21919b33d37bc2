"""The made-up portal's people: who there is, who comes on a day, what each keeps from day to day.

All of it is by lot, so any day can be made alone. What visitors do on a day: `visitors`; the customers' data: `people`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from pipelines.sample import lists
from pipelines.sample.draws import choose, lot, lot_octets
from pipelines.sample.lists import Numbers, Text, join, keep, overlay, text

ACCOUNT_SHARE = 0.475  # of browsers; what they view before they log in leaves 40 % of events
SECOND_BROWSERS = 8  # one in so many account holders' browsers is somebody's second
SHORTEST, LONGEST = 25, 5_000  # days until another takes a person's place, evenly by logarithm: 0.75 % are new each day
COOKIE_DAYS = 60  # a cookie's life: one in ten is cleared from a Monday to the Sunday after
DEVICE_DAYS = 360  # a device's life: one in sixty changes so
BUSINESS_SHARE, BUSINESS_WEEKDAY, BUSINESS_WEEKEND = 0.3, 1.15, 0.15
HABITS = (0.04, 0.16, 0.80)  # of people: nearly daily, often, rarely
PRESENCE = np.array((0.90, 0.45, 0.20))  # how likely each comes on a day
MEAN_PRESENCE = float(PRESENCE @ HABITS)
HOUSEHOLDS = 0.6  # for each place
NUMBERS = 10_000_000  # of accounts, as many as there are phone numbers
PERSONAL_CODES = 26_000_000  # a thousand for each birthday


@dataclass(frozen=True)
class Population:
    """Places for browsers, of whom the first `members` belong to the holders of `owners` accounts.

    Somebody new takes a person's place after a time of its own; then the account, all habits and traits are others'.
    """

    seed: int
    places: int
    members: int
    owners: int

    @property
    def generations(self) -> int:
        """How many accounts one after another a place may have, before a number would come again."""
        return max(2, NUMBERS // self.owners)

    def tenancy(self, owners: Numbers, day: date) -> tuple[Numbers, Numbers]:
        """Who has each owner's place on the day (counted from year 1), and since how many days."""
        days = (SHORTEST * (LONGEST / SHORTEST) ** self._lot("tenure", owners)).astype(np.int64)
        passed: Numbers = day.toordinal() + (self._lot("arrival", owners) * days).astype(np.int64)
        return passed // days, passed % days

    def account(self, owners: Numbers, tenant: Numbers) -> Numbers:
        """The account's number, distinct over `generations` tenants: below 10 million unless there are very many."""
        number: Numbers = owners + self.owners * (tenant % self.generations)
        return number

    def owner(self, places: Numbers) -> Numbers:
        """The person's place, by the browser's: second browsers stand after the members' first ones."""
        second = (places >= self.owners) & (places < self.members)
        owners: Numbers = places - self.owners * second
        return owners

    def people(self, places: Numbers, day: date) -> tuple[Numbers, Numbers, Numbers]:
        """Whose the browsers are on the day: person, tenant of the place, and since how many days."""
        owners = self.owner(places)
        tenant, since = self.tenancy(owners, day)
        return owners + self.places * tenant, tenant, since

    def accounts(self, days: Sequence[date]) -> tuple[Numbers, Numbers]:
        """All accounts that there are on one of the days (in order), and the day from year 1 when each was opened."""
        owners, parts, before = np.arange(self.owners), [], 0
        for day in days:
            tenant, since = self.tenancy(owners, day)
            new = np.flatnonzero((since < day.toordinal() - before) | (before == 0))
            parts.append(np.stack([self.account(new, tenant[new]), day.toordinal() - since[new]]))
            before = day.toordinal()
        account, opened = np.concatenate(parts, axis=1)
        return account, opened

    def arrive(self, day: date, count: int) -> Numbers:
        """The places of those who come on the day, in the order of their wish to come; at most `count`, at most all."""
        wishes = np.empty(self.places, np.float32)
        for begin in range(0, self.places, 500_000):
            places = np.arange(begin, min(begin + 500_000, self.places))
            person, _, since = self.people(places, day)
            habit = choose(HABITS, self._lot("habit", person))
            rate = -np.log1p(-PRESENCE)[habit]
            business = self._lot("business", person) < BUSINESS_SHARE
            rate *= np.where(business, BUSINESS_WEEKEND if day.weekday() > 4 else BUSINESS_WEEKDAY, 1)
            rate = np.where((since == 0) & (places < self.owners), 3, rate)  # who opens an account comes to do it
            wishes[places] = -np.log1p(-self._lot("coming", places, day.toordinal())) / rate
        # The first in a race of exponential times: a draw by weight of any number (Efraimidis and Spirakis, 2006).
        nearest = np.argpartition(wishes, count - 1)[:count] if count < self.places else np.arange(self.places)
        return nearest[np.argsort(wishes[nearest], kind="stable")]

    def zeal(self, places: Numbers, day: date) -> Numbers:
        """How much each person views, from the standard normal distribution (by Box and Muller)."""
        person, _, _ = self.people(places, day)
        length, turn = np.sqrt(-2 * np.log1p(-self._lot("zeal", person))), 2 * np.pi * self._lot("turn", person)
        zeal: Numbers = length * np.cos(turn)
        return zeal

    def describe(self, places: Numbers, robots: int, day: date, popularity: Numbers) -> "Traits":
        """The traits of those who came, by their places, and after them of the robots."""
        robot = -1 - np.arange(robots)
        person, tenant, since = self.people(places, day)
        account = np.where(places < self.members, self.account(self.owner(places), tenant), -1)
        opened = (places < self.members) & (since == 0)
        person, browser = np.append(person, robot), np.append(places + self.places * tenant, robot)
        human = browser >= 0
        refused = self._lot("refusal", browser) < np.where(human, 0.03, 0.92)
        device = np.where(human, (day.toordinal() + self._lot("device", browser) * DEVICE_DAYS) // DEVICE_DAYS, 0)
        cleared = (day.toordinal() + self._lot("cleared", browser) * COOKIE_DAYS) // COOKIE_DAYS
        agents = [share for _, share in lists.list_human_agents()]
        agent = self._lot("agent", browser, device)
        robot_agent = len(agents) + (len(lists.ROBOTS) * agent**2).astype(np.int64)
        favourites = [choose(popularity, self._lot("favourite", person, rank)) for rank in range(3)]
        household = (self._lot("household", person) * HOUSEHOLDS * self.places).astype(np.int64)
        return Traits(
            account=np.append(account, np.full(robots, -1)).astype(np.int32),
            opened=np.append(opened, np.zeros(robots, bool)),
            favourites=np.stack(favourites, axis=1).astype(np.uint8),
            english=self._lot("english", person) < 0.11,
            agent=np.where(human, choose(agents, agent), robot_agent).astype(np.int32),
            consent=np.where(refused, 3, choose((12, 28, 55, 5), self._lot("consent", browser))).astype(np.int8),
            gpc=human & (self._lot("gpc", browser) < 0.04),
            cookie=keep(~refused, lists.uuids(lot_octets(self.seed, "cookie", browser, device, cleared))),
            ip=_addresses(lot_octets(self.seed, "address", np.where(human, household, browser))),
        )

    def _lot(self, trait: str, *numbers: Numbers | int) -> Numbers:
        return lot(self.seed, trait, *numbers)


@dataclass(frozen=True)
class Traits:
    """What lasts, one entry a browser: account's number or -1, whether it is `opened` today, three topics, texts."""

    account: Numbers
    opened: Numbers
    favourites: Numbers
    english: Numbers
    agent: Numbers
    consent: Numbers
    gpc: Numbers
    cookie: Text
    ip: Text


def found(seed: int, visitors_a_day: float) -> Population:
    """The people of a portal with so many visitors a day: places for 3.7 times as many. Too many: ValueError."""
    places = 64 + int(visitors_a_day / MEAN_PRESENCE)
    members = int(places * ACCOUNT_SHARE)
    owners = members - members // SECOND_BROWSERS
    if 2 * owners > PERSONAL_CODES:
        raise ValueError(f"{2 * owners:,} accounts exceed the {PERSONAL_CODES:,} personal codes; ask for fewer events")
    return Population(seed, places, members, owners)


def _addresses(octets: Numbers) -> Text:
    """Addresses from blocks reserved for tests, nobody's real ones; households share them."""
    tens, hexes = text([str(octet) for octet in range(256)]), text([f"{group:x}" for group in range(1 << 16)])
    drawn = (64 + octets[:, 0] % 64, octets[:, 1], 1 + octets[:, 2] % 254)
    old = join("100.", tens.take(drawn[0]), ".", tens.take(drawn[1]), ".", tens.take(drawn[2]))
    new = np.flatnonzero(octets[:, 3] < 0.13 * 256)
    groups = [hexes.take(octets[new, at] * np.uint16(256) + octets[new, at + 1]) for at in (4, 6, 8)]
    return overlay(old, np.arange(len(octets)), [(new, join("2001:db8:", groups[0], ":", groups[1], "::", groups[2]))])
