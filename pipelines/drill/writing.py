"""One row of a made-up person: the usual values of every column, each with a mark of its own.

Which rows there are, and why, stands in `people`.
"""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from anonymizers.contract import Role, Source
from anonymizers.site import Site
from anonymizers.stripping.user_agents import classify
from anonymizers.vocabulary import AD_ACTIONS
from pipelines.drill import marks as made
from pipelines.drill.marks import MarkBook
from pipelines.drill.rows import Holds, PlantedRow, RawColumn, Value

SECOND = 1_000_000
LINES = ("csv", "ndjson", "combined")
"""Formats of lines, which can be broken; in the others a row without an instant is what cannot be read."""
_HOST = "https://drill.example"
_CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
)
_NUMBERS = {
    "personal code": made.make_isikukood,
    "phone": made.make_phone,
    "bank account": made.make_iban,
    "metering point": made.make_metering_point,
}
_AROUND = {
    Role.USER_AGENT: _CHROME + " {0}/9.9",
    Role.REFERRER: "https://webmail.drill.example/?to={0}&kiri=1",
    Role.PAGE_TITLE: "Tere, {0} - Minu lehed",
    Role.EMAIL: "{0}@drill.example",
    Role.NAME: "Kana {0}",
    Role.COMPANY: "{0} OÜ",
    Role.ADDRESS: "{0} 7-7, Tartu 50777",
    Role.CLIENT: "{0}.drill.example",
}
"""What stands around a mark, so that the value looks as it does in life."""
_NUMBERED = {Role.ISIKUKOOD: "personal code", Role.PHONE: "phone", Role.METERING_POINT: "metering point"}
_TRUTHS = (Role.OPT_OUT, Role.NEWSLETTER_CONSENT, Role.OFFER_CONSENT)
_LASTING = (Role.COOKIE_ID, Role.ACCOUNT_ID, Role.CLIENT, Role.IP, Role.USER_AGENT)
"""What a visitor has the whole day."""
_HASHED = ("active", "registered", "refused")
"""Whose identifiers are searched for as hashes too."""
_WHEN = (Role.INSTANT, Role.UPDATED_AT)


@dataclass
class Writer:
    """Writes rows of one raw table, each at the next of the `instants`, and their marks into the book."""

    site: Site
    table: str
    source: Source
    columns: Sequence[RawColumn]
    book: MarkBook
    instants: Iterator[int]

    def __post_init__(self) -> None:
        """Find the columns of the contract, and a page of a topic."""
        self.roles: Mapping[Role, RawColumn] = {column.role: column for column in self.columns if column.role}
        self.root = "" if self.source.format == "combined" else _HOST
        prefixes = (prefix for topic in self.site.topics for prefix in topic.prefixes if prefix != "/")
        self.prefix = next(prefixes, "/drill")
        self.kinds_of_numbers = tuple(_NUMBERS)
        self._known: dict[tuple[str, Role], str] = {}

    def holds(self, role: Role) -> Holds:
        """What the column of a role can hold; nothing where there is none."""
        return self.roles[role].holds if role in self.roles else "nothing"

    def row(
        self,
        person: str,
        *,
        counts: bool = True,
        account: bool = False,
        unnamed: bool = False,
        given: Mapping[Role, Value] | None = None,
    ) -> PlantedRow:
        """A row in which every column that `given` does not name has its usual value.

        `account`: the person has one. `unnamed`: the columns that the contract does not name are filled too.
        """
        values = {role: value for role, value in (given or {}).items() if role in self.roles}
        values |= {role: self._usual(person, role, account) for role in self.roles if role not in values}
        others = [column.name for column in self.columns if column.role is None and column.holds == "text"]
        filled = {name: self.book.word(person, self.table, name) for name in others} if unnamed else {}
        counted = counts and self.table != "registrations" and self._is_a_visitor(values)
        return PlantedRow(person, self.table, values, self._next_instant(person), counted, filled)

    def again(self, row: PlantedRow, other: Mapping[Role, Value]) -> PlantedRow:
        """The same row later."""
        return replace(row, values={**row.values, **other}, instant_us=next(self.instants))

    def broken_row(self, person: str) -> PlantedRow:
        """A line that no parser can read; where there are no lines, a row without an instant."""
        if self.source.format in LINES:
            word = self.book.word(person, self.table, "the whole line")
            return PlantedRow(person, self.table, {}, None, counts=False, broken=word)
        return replace(self.row(person, counts=False, account=True), instant_us=None)

    def word(self, person: str, role: Role, form: str = "plain", *, accented: bool = False) -> str:
        """A new word for a column."""
        return self.book.word(person, self.table, role.value, form, accented=accented)

    def number(self, person: str, role: Role, kind: str, form: str = "plain") -> str:
        """A new number of a kind for a column, valid by its check digits."""
        written = kind if form == "plain" else f"{kind}, {form}"
        return self.book.note(person, self.table, role.value, written, _NUMBERS[kind]())

    def around(self, role: Role, text: str) -> str:
        """A text as a value of a column: an address, a title, a user agent."""
        if role is Role.URL:
            return f"{self.root}{self.prefix}?q={text}".replace(" ", "%20")
        return _AROUND.get(role, "{0}").replace("{0}", text)

    def _usual(self, person: str, role: Role, account: bool) -> Value:
        holds, source = self.holds(role), self.source
        if role in source.only:
            return source.only[role][0]
        if holds == "nothing" or role in _WHEN or (role is Role.ACCOUNT_ID and not account and self._has_other_names()):
            return None
        if role in _TRUTHS:
            value = role is not Role.OPT_OUT
            return value if holds == "truth" else str(value).lower()
        match holds:
            case "text" if role in _LASTING and self.table != "registrations":
                if (person, role) not in self._known:
                    self._known[person, role] = self._text(person, role)
                return self._known[person, role]
            case "text":
                return self._text(person, role)
            case "number":
                return self.book.note(person, self.table, role.value, "plain", made.make_digits(15))
            case "uuid":
                return self.book.note(person, self.table, role.value, "plain", made.make_uuid())
        return None

    def _text(self, person: str, role: Role) -> str:
        match role:
            case Role.CONSENT if self.source.consent and self.source.consent.granting:
                return self.source.consent.granting[0]
            case Role.AD_TOPIC:
                return self.site.topic_names[0]
            case Role.ACTION:
                return AD_ACTIONS[0]
            case Role.IP:
                return self.book.note(person, self.table, role.value, "plain", made.make_address())
            case Role.URL:
                return f"{self.around(role, self.word(person, role))}#{self.word(person, role, 'fragment')}"
            case Role.ISIKUKOOD | Role.PHONE | Role.METERING_POINT:
                return self.number(person, role, _NUMBERED[role])
            case Role.COOKIE_ID | Role.ACCOUNT_ID | Role.CLIENT | Role.EMAIL if person in _HASHED:
                return self.around(role, self.book.identifier(person, self.table, role.value))
            case _:
                return self.around(role, self.word(person, role))

    def _has_other_names(self) -> bool:
        """Whether a visitor without an account is somebody all the same."""
        names = self.source.visitor
        return Role.ACCOUNT_ID in names and len(names) > 1 and not self.source.visitor_together

    def _is_a_visitor(self, values: Mapping[Role, Value]) -> bool:
        named = [values.get(role) is not None for role in self.source.visitor]
        agent = str(values.get(Role.USER_AGENT))
        somebody = all(named) if self.source.visitor_together else any(named)
        return somebody and not classify([agent])["bot"][0].as_py()

    def _next_instant(self, person: str) -> int:
        instant = next(self.instants)
        if self.source.instant_as in ("timestamp", "text"):
            instant += 100_000 + secrets.randbelow(900_000)
        if person in ("active", "registered"):
            when = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=instant)
            written = {"time": when.strftime("%H:%M:%S.%f"), "microseconds": str(instant)}
            for form, text in written.items():
                if instant % SECOND:
                    self.book.note(person, self.table, Role.INSTANT.value, form, text, planted=False)
        return instant
