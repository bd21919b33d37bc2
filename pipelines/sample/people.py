"""The made-up portal's customers: names, personal codes, addresses, metering points, and the registrations file.

Words stand in `lists`; who of them comes, in `population`; what leaks of them into page views, in `events`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from unicodedata import normalize
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from faker import Faker

from pipelines.sample import lists
from pipelines.sample.draws import distinct, lot
from pipelines.sample.lists import Numbers, Text, digits, join, keep, text
from pipelines.sample.population import NUMBERS, PERSONAL_CODES, Population
from pipelines.sample.visitors import SECOND, open_window, opening_seconds

BATCH_ROWS = 250_000

INSTANT = pa.timestamp("us", tz="UTC")
_TYPES: dict[str, pa.DataType] = {
    **dict.fromkeys(("ts", "created_at", "updated_at"), INSTANT),
    **dict.fromkeys(("gpc", "newsletter_consent", "offer_consent"), pa.bool_()),
}


def schema(names: str) -> pa.Schema:
    """Columns by their names: instants, truths, and texts."""
    return pa.schema([(name, _TYPES.get(name, pa.string())) for name in names.split()])


REGISTRATIONS = schema(
    "account_id name company isikukood email phone address customer_number metering_point_eic newsletter_consent "
    "offer_consent created_at updated_at"
)


def open_writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    """A zstd Parquet file; columns of unique values go without a dictionary."""
    unique = ("event_id", "email", "isikukood", "phone", "customer_number", "metering_point_eic")
    repeated = [name for name in schema.names if name not in unique]
    return pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=repeated)  # type: ignore[arg-type]


@dataclass(frozen=True)
class People:
    """The customers' data by account number: the same number has the same data on any day."""

    seed: int
    men: int
    firsts: Text
    lasts: Text

    def account_id(self, accounts: Numbers) -> Text:
        """EE and eight digits."""
        return digits(distinct(self.seed, "account", accounts, 10**8), 8, "EE")

    def name(self, accounts: Numbers) -> Text:
        """First and last name."""
        first, last = self._names(accounts)
        return join(self.firsts.take(first), " ", self.lasts.take(last))

    def email(self, accounts: Numbers) -> Text:
        """Plain letters of the name, often a number, a domain that can reach nobody."""
        pools = (self.firsts, self.lasts)
        first, last = (_plain(names).take(at) for names, at in zip(pools, self._names(accounts), strict=True))
        numbers = [*([""] * 150), *map(str, range(1, 200)), *map(str, range(1940, 2008))]
        between, number, domain = (
            self._one_of(trait, pool, accounts)
            for trait, pool in (
                ("between", ["", *(["."] * 3), "_"]),
                ("number", numbers),
                ("domain", lists.MAIL_DOMAINS),
            )
        )
        return join(first, between, last, number, "@", domain)

    def code(self, accounts: Numbers) -> Text:
        """Isikukood, distinct."""
        serial = distinct(self.seed, "code", accounts, PERSONAL_CODES)
        return digits(_personal_codes(self._female(accounts), serial), 11)

    def phone(self, accounts: Numbers) -> Text:
        """Eight digits of a mobile phone; distinct up to ten million accounts."""
        return digits(distinct(self.seed, "phone", accounts, NUMBERS), 7, "5")

    def register(self, accounts: Numbers, created: Numbers, end: int) -> pa.Table:
        """Rows of the registrations as at `end`; instants are microseconds."""
        later = (end - created) * self._lot("later", accounts) * (self._lot("updated", accounts) < 0.55)
        customers = 10**9 + distinct(self.seed, "customer", accounts, 9 * 10**9)
        points = 2 * distinct(self.seed, "metering point", accounts, 5 * 10**7)
        columns = [self.account_id(accounts), self.name(accounts), self._company(accounts), self.code(accounts)]
        columns += [self.email(accounts), join("+372 ", self.phone(accounts)), self._address(accounts)]
        columns += [digits(customers, 10), _metering_points(points)]
        consents = [pa.array(self._lot(trait, accounts) < share) for trait, share in (("news", 0.46), ("offers", 0.31))]
        instants = [pa.array(each, INSTANT) for each in (created, created + later.astype(np.int64))]
        return pa.table([*columns, *consents, *instants], schema=REGISTRATIONS)

    def _names(self, accounts: Numbers) -> tuple[Numbers, Numbers]:
        female, first, last = self._female(accounts), self._lot("first", accounts), self._lot("last", accounts)
        begin, count = np.where(female, self.men, 0), np.where(female, len(self.firsts) - self.men, self.men)
        return begin + (count * first**1.4).astype(np.int64), (len(self.lasts) * last**1.2).astype(np.int64)

    def _female(self, accounts: Numbers) -> Numbers:
        female: Numbers = self._lot("sex", accounts) < 0.53
        return female

    def _company(self, accounts: Numbers) -> Text:
        words = (lists.COMPANY_HEADS, lists.COMPANY_BRANCHES, lists.COMPANY_FORMS)
        head, branch, form = (self._one_of(f"company {at}", pool, accounts) for at, pool in enumerate(words))
        return keep(self._lot("company", accounts) < 0.12, join(head, " ", branch, " ", form))

    def _address(self, accounts: Numbers) -> Text:
        towns, postcodes = zip(*lists.TOWNS, strict=True)
        town = (len(towns) * self._lot("town", accounts) ** 1.8).astype(np.int64)
        street = self._one_of("street", lists.STREETS, accounts)
        house = self._one_of("house", [*map(str, range(1, 130)), "2a", "5b", "14a"], accounts)
        flat = self._one_of("flat", [*([""] * 60), *(f"-{number}" for number in range(1, 90))], accounts)
        nearby = 1 + (99 * self._lot("postcode", accounts)).astype(np.int64)
        postcode = digits(np.array(postcodes)[town] + nearby, 5)
        return join(street, " ", house, flat, ", ", text(towns).take(town), ", ", postcode)

    def _one_of(self, trait: str, pool: Sequence[str], accounts: Numbers) -> Text:
        return text(pool).take((len(pool) * self._lot(trait, accounts)).astype(np.int64))

    def _lot(self, trait: str, accounts: Numbers) -> Numbers:
        return lot(self.seed, trait, accounts)


def name_people(seed: int) -> People:
    """The names that customers may have."""
    faker = Faker("et_EE")
    faker.seed_instance(seed)
    men, women, lasts = (
        [*dict.fromkeys(draw() for _ in range(2000)), *more]
        for draw, more in (
            (faker.first_name_male, lists.MORE_MEN),
            (faker.first_name_female, lists.MORE_WOMEN),
            (faker.last_name, [f"{faker.last_name()}-{faker.last_name()}" for _ in range(40)]),
        )
    )
    return People(seed, len(men), text(men + women), text(lasts))


def write_registrations(path: Path, population: Population, people: People, days: Sequence[date], zone: str) -> int:
    """Write all accounts that there are on one of the days (in order), as at the end of the last; gives how many."""
    accounts, opened = population.accounts(days)
    ordinals, which = np.unique(opened, return_inverse=True)
    nights = [
        datetime.combine(date.fromordinal(each), time(), ZoneInfo(zone)).astimezone(UTC) for each in ordinals.tolist()
    ]
    starts = np.array([int(night.timestamp()) for night in nights], np.int64)
    last = open_window(days[-1], zone)
    with open_writer(path, REGISTRATIONS) as file:
        for begin in range(0, len(accounts), BATCH_ROWS):
            rows = slice(begin, begin + BATCH_ROWS)
            seconds = starts[which[rows]] + opening_seconds(population.seed, accounts[rows])
            created = (seconds * SECOND).astype(np.int64)
            file.write_table(people.register(accounts[rows], created, last.start + last.seconds * SECOND))
    return len(accounts)


def _plain(names: Text) -> Text:
    """Names in small plain letters, as in e-mail addresses."""
    return text(
        [normalize("NFKD", name or "").encode("ascii", "ignore").decode().lower() for name in names.to_pylist()]
    )


def _personal_codes(female: Numbers, serial: Numbers) -> Numbers:
    """Isikukood: century and sex, birth date, serial number, check digit by two rounds of weights (EVS 585:2007)."""
    born = np.datetime64("1935-01-01") + serial // 1000
    years, months = born.astype("datetime64[Y]"), born.astype("datetime64[M]")
    year, month, day = years.astype(int) + 1970, months.astype(int) % 12 + 1, (born - months).astype(int) + 1
    code = (np.where(year < 2000, 3, 5) + female) * 10**9 + year % 100 * 10**7 + month * 10**5 + day * 1000
    code += serial % 1000
    places = lists.digit_matrix(code, 10)
    one, two = (places @ np.array(weights) % 11 for weights in ((*range(1, 10), 1), (*range(3, 10), 1, 2, 3)))
    checked: Numbers = code * 10 + np.where(one < 10, one, np.where(two < 10, two, 0))
    return checked


def _metering_points(even: Numbers) -> Text:
    """EIC 38ZEE-########-C: weights 16 to 2, modulo 37. A check sign of 36 is forbidden: such numbers go up by one."""
    head = sum(weight * sign for weight, sign in zip(range(16, 10, -1), (3, 8, 35, 14, 14, 36), strict=True)) + 2 * 36

    def check(numbers: Numbers) -> Numbers:
        return 36 - (head + lists.digit_matrix(numbers, 8) @ np.arange(10, 2, -1) - 1) % 37

    numbers = even + (check(even) == 36)
    signs = text(list("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    return join(digits(numbers, 8, "38ZEE-"), "-", signs.take(check(numbers)))
