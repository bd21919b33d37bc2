"""The made-up portal's customers: names, personal codes, addresses, metering points, and the registrations file.

Words stand in `sample_lists`; what leaks of the customers into page views stands in `sample_tables`.
"""

from dataclasses import dataclass
from pathlib import Path
from unicodedata import normalize

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from faker import Faker
from numpy.random import Generator

from pipelines.sample import lists
from pipelines.sample.lists import Numbers, Text, digits, join, keep, text
from pipelines.sample.visitors import NEVER, SECOND, Visitors, Window, skew, some, spread

NEW_SHARE = 0.0075  # of accounts, opened on the day itself
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
    """What leaks of account n: names by index into the pools, the other texts one an account."""

    first: Numbers
    last: Numbers
    firsts: Text
    lasts: Text
    email: Text
    code: Text
    phone: Text
    account_id: Text

    def name(self, accounts: Numbers) -> Text:
        """First and last name of each account."""
        return join(self.firsts.take(self.first[accounts]), " ", self.lasts.take(self.last[accounts]))


def register(rng: Generator, window: Window, visitors: Visitors, seed: int, path: Path) -> People:
    """Write the registrations, and keep what the day's page views can leak of them."""
    holders = np.flatnonzero(visitors.account >= 0)
    count = 2 * len(np.unique(visitors.account[holders]))
    login = rng.integers(0, window.seconds * SECOND, count)  # of those who did not visit: any time
    login[visitors.account[holders]] = NEVER
    np.minimum.at(login, visitors.account[holders], visitors.login[holders])
    created = (
        (login - rng.exponential(90 * SECOND, count)).clip(0).astype(np.int64)
    )  # first the account, then the login
    ages = 1 + rng.random(count) ** 1.7 * 15 * 365 * 86_400 * SECOND
    created = window.start + np.where(rng.random(count) < NEW_SHARE, created, -ages.astype(np.int64))
    later = (window.start + window.seconds * SECOND - created) * rng.random(count) * (rng.random(count) < 0.55)
    updated = created + later.astype(np.int64)
    people = _draw_people(rng, seed, count)
    customers = 10**9 + spread(rng, count, 9 * 10**9)
    points = _metering_points(2 * spread(rng, count, 5 * 10**7))
    with open_writer(path, REGISTRATIONS) as file:
        for begin in range(0, count, BATCH_ROWS):
            rows = np.arange(begin, min(begin + BATCH_ROWS, count))
            columns = [people.account_id.take(rows), people.name(rows), _draw_companies(rng, len(rows))]
            columns += [people.code.take(rows), people.email.take(rows), join("+372 ", people.phone.take(rows))]
            columns += [_draw_addresses(rng, len(rows)), digits(customers[rows], 10), points.take(rows)]
            consents = [pa.array(rng.random(len(rows)) < share) for share in (0.46, 0.31)]
            instants = [pa.array(each[rows], INSTANT) for each in (created, updated)]
            file.write_table(pa.table([*columns, *consents, *instants], schema=REGISTRATIONS))
    return people


def _draw_people(rng: Generator, seed: int, count: int) -> People:
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
    female = rng.random(count) < 0.53
    first = np.where(female, len(men) + skew(rng, len(women), count, 1.4), skew(rng, len(men), count, 1.4))
    last = skew(rng, len(lasts), count, 1.2)
    plain = [
        text([normalize("NFKD", name).encode("ascii", "ignore").decode().lower() for name in names])
        for names in (men + women, lasts)
    ]
    ends = ["", *(["."] * 3), "_"], [*([""] * 150), *map(str, range(1, 200)), *map(str, range(1940, 2008))]
    between, number, domain = (some(rng, pool, count) for pool in (*ends, lists.MAIL_DOMAINS))
    email = join(plain[0].take(first), between, plain[1].take(last), number, "@", domain)
    codes = digits(_personal_codes(female, spread(rng, count, 26_000 * 1000)), 11)
    phone = digits(spread(rng, count, 10**7), 7, "5")
    account_id = digits(spread(rng, count, 10**8), 8, "EE")
    return People(first, last, text(men + women), text(lasts), email, codes, phone, account_id)


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


def _draw_companies(rng: Generator, count: int) -> Text:
    words = (lists.COMPANY_HEADS, lists.COMPANY_BRANCHES, lists.COMPANY_FORMS)
    head, branch, form = (some(rng, pool, count) for pool in words)
    return keep(rng.random(count) < 0.12, join(head, " ", branch, " ", form))


def _draw_addresses(rng: Generator, count: int) -> Text:
    towns, postcodes = zip(*lists.TOWNS, strict=True)
    town = skew(rng, len(towns), count, 1.8)
    house = some(rng, [*map(str, range(1, 130)), "2a", "5b", "14a"], count)
    flat = some(rng, [*([""] * 60), *(f"-{number}" for number in range(1, 90))], count)
    postcode = digits(np.array(postcodes)[town] + rng.integers(1, 100, count), 5)
    return join(some(rng, lists.STREETS, count), " ", house, flat, ", ", text(towns).take(town), ", ", postcode)
