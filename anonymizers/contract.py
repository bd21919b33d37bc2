"""A source's contract: which columns exist, what class each is, and which purposes may read it (promises 1, 4, 5, 10).

Reading files is not here; this module decides which columns may be read at all.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, model_validator
from pydantic.dataclasses import dataclass

from anonymizers.consent_rules import Consent

_STRICT = ConfigDict(extra="forbid")


class Misplaced(ValueError):
    """A mistake in a contract, and its place below the value that was validated."""

    def __init__(self, sentence: str, *place: str | int) -> None:
        super().__init__(sentence)
        self.place = place


class ColumnClass(StrEnum):
    """What a column says about a person."""

    IDENTIFIER = "identifier"
    QUASI_IDENTIFIER = "quasi-identifier"
    PERSONAL = "personal"
    NON_PERSONAL = "non-personal"


class Purpose(StrEnum):
    """Why a step reads a source. A step has one purpose, and gets the columns of that purpose only."""

    AUDIENCE = "audience"
    REGISTRATION_STATISTICS = "registration_statistics"
    LEAK_SCAN = "leak_scan"
    MAILING = "mailing"
    DIAGNOSTICS = "diagnostics"
    COOKIE_AUDIT = "cookie_audit"
    DISCLOSURE = "disclosure"
    SUPPRESSION = "suppression"


class Role(StrEnum):
    """koond's own name of a column, whatever the source calls it."""

    EVENT_ID = "event_id"
    INSTANT = "instant"
    COOKIE_ID = "cookie_id"
    ACCOUNT_ID = "account_id"
    CLIENT = "client"
    IP = "ip"
    USER_AGENT = "user_agent"
    URL = "url"
    REFERRER = "referrer"
    PAGE_TITLE = "page_title"
    CONSENT = "consent"
    OPT_OUT = "opt_out"
    OBJECTION = "objection"
    DO_NOT_TRACK = "do_not_track"
    GPP = "gpp"
    COOKIES = "cookies"
    KIND = "kind"
    AD_ID = "ad_id"
    AD_TOPIC = "ad_topic"
    ACTION = "action"
    NAME = "name"
    COMPANY = "company"
    ISIKUKOOD = "isikukood"
    EMAIL = "email"
    PHONE = "phone"
    ADDRESS = "address"
    CUSTOMER_NUMBER = "customer_number"
    METERING_POINT = "metering_point"
    NEWSLETTER_CONSENT = "newsletter_consent"
    NEWSLETTER_SINCE = "newsletter_since"
    NEWSLETTER_SOURCE = "newsletter_source"
    OFFER_CONSENT = "offer_consent"
    OFFER_SINCE = "offer_since"
    OFFER_SOURCE = "offer_source"
    UPDATED_AT = "updated_at"
    STATUS = "status"
    BYTES = "bytes"


AUDIENCE_NEVER_READS = frozenset(
    {Role.IP, Role.COOKIES, Role.REFERRER, Role.PAGE_TITLE, Role.NAME, Role.COMPANY, Role.ISIKUKOOD, Role.EMAIL,
     Role.PHONE, Role.ADDRESS, Role.CUSTOMER_NUMBER, Role.METERING_POINT}
)  # fmt: skip


_OF_A_DAY = (Purpose.DIAGNOSTICS, Purpose.COOKIE_AUDIT, Purpose.DISCLOSURE)
"""What reads events by the day, and needs the instant to know the day."""


@dataclass(frozen=True, config=_STRICT)
class Column:
    """One column of a source."""

    purposes: tuple[Purpose, ...]
    """Who may read it. Empty: nobody; the column is known and never read."""
    column_class: Annotated[ColumnClass, Field(alias="class")]
    source: Annotated[str | None, Field(alias="from", max_length=120)] = None
    """Its name in the source, when that is not the role's own."""


Instant = Literal["timestamp", "epoch_seconds", "epoch_milliseconds", "text", "combined"]


@dataclass(frozen=True, config=_STRICT)
class Source:
    """One raw table: where it is, how it is written, and its contract."""

    format: Literal["parquet", "csv", "ndjson", "combined", "duckdb", "sqlite"]
    path: Annotated[str, Field(min_length=1)]
    """A file or a glob; `{date}` stands for the night, `$NAME` for an environment variable; relative to the home folder."""
    columns: Mapping[Role, Column]
    table: Annotated[str | None, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.]*$")] = None
    """The table, for duckdb and sqlite."""
    path_dates: Literal["site", "utc"] = "site"
    """Whose calendar cuts the files that `{date}` names."""
    instant_as: Instant = "timestamp"
    """How the source writes instants. Text is ISO 8601, in UTC unless it says otherwise."""
    visitor: tuple[Role, ...] = ()
    """Columns that name the visitor: the first that is present counts."""
    visitor_together: bool = False
    """The visitor is all of these columns together, and not the first that is present."""
    consent: Consent | None = None
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    """Between the values of a CSV line."""
    quoted: bool = True
    """Whether CSV values may be in double quotes. False where the exporter never quotes, or a stray quote takes lines with it."""
    not_pages: tuple[Annotated[str, Field(pattern=r"^[a-z0-9]{1,8}$")], ...] = ()
    """Endings of paths that are parts of pages, such as css and png; requests for them are no page views."""
    only: Mapping[Role, tuple[str, ...]] = Field(default_factory=dict)
    """Rows to take, by the values of a column; every other row is another kind of event."""
    opted_out: Mapping[Role, Annotated[tuple[str, ...], Field(min_length=1)]] = Field(default_factory=dict)
    """For registrations: the values of a column by which an account objects to being counted; case does not matter."""

    @model_validator(mode="after")
    def _holds_together(self) -> "Source":
        for role, column in self.columns.items():
            if role is Role.IP and set(column.purposes) - {Purpose.DIAGNOSTICS, Purpose.AUDIENCE}:
                sentence = "it serves the diagnosis of the server alone; remove every purpose but diagnostics"
                raise Misplaced(sentence, "columns", role.value, "purposes")
            if Purpose.AUDIENCE in column.purposes and role in AUDIENCE_NEVER_READS:
                raise Misplaced(
                    "it is never read for the purpose audience; remove that purpose", "columns", role.value, "purposes"
                )
            opened = {Purpose.AUDIENCE, Purpose.REGISTRATION_STATISTICS} & set(column.purposes)
            personal = column.column_class is not ColumnClass.NON_PERSONAL and role is not Role.INSTANT
            if opened and personal and Purpose.LEAK_SCAN not in column.purposes:
                sentence = f"it says something of a person and is opened to {min(opened)}; add the purpose leak_scan"
                raise Misplaced(sentence, "columns", role.value, "purposes")
        self._each_column_once()
        for key, roles in {"visitor": self.visitor, "only": tuple(self.only)}.items():
            for role in roles:
                if role not in self.columns:
                    raise Misplaced(f"the column {role} is used but not in the contract; add it to `columns`", key)
        if (self.format in ("duckdb", "sqlite")) != (self.table is not None):
            raise Misplaced("`table` belongs to the formats duckdb and sqlite, and they need it", "table")
        self._instants_fit()
        return self

    def _each_column_once(self) -> None:
        """Else a second name of the same column would open what the first one closes (promise 5)."""
        seen: dict[str, Role] = {}
        for role in self.columns:
            other = seen.setdefault(self.source_name(role).lower(), role)
            if other is not role:
                raise Misplaced(
                    f"it is the same column of the source as {other}; keep one of them", "columns", role.value
                )

    def _instants_fit(self) -> None:
        if self.format == "combined" and self.instant_as != "combined":
            raise Misplaced("logs in combined format need `instant_as: combined`", "instant_as")
        if self.instant_as == "timestamp" and self.format not in ("parquet", "duckdb"):
            raise Misplaced(
                f"{self.format} has no timestamps; write text, epoch_seconds or epoch_milliseconds", "instant_as"
            )

    def source_name(self, role: Role) -> str:
        """What the source itself calls a column."""
        return self.columns[role].source or role.value

    def readable(self, purpose: Purpose) -> tuple[Role, ...]:
        """The columns that a purpose may read, in the contract's order."""
        return tuple(role for role, column in self.columns.items() if purpose in column.purposes)


@dataclass(frozen=True, config=_STRICT)
class Sources:
    """The three raw tables of a site. A site may be without advertisements or registrations."""

    clickstream: Source
    ad_beacons: Source | None = None
    registrations: Source | None = None

    @model_validator(mode="after")
    def _events_can_be_counted(self) -> "Sources":
        needed = {
            "clickstream": (self.clickstream, {Role.INSTANT, Role.USER_AGENT, Role.URL}),
            "ad_beacons": (self.ad_beacons, {Role.INSTANT, Role.USER_AGENT, Role.AD_TOPIC, Role.ACTION}),
            "registrations": (self.registrations, {Role.ACCOUNT_ID, Role.INSTANT}),
        }
        for name, (source, roles) in needed.items():
            if source is None:
                continue
            purpose = Purpose.REGISTRATION_STATISTICS if name == "registrations" else Purpose.AUDIENCE
            missing = sorted(roles - set(source.readable(purpose)))
            if missing:
                raise Misplaced(
                    f"{name} needs the column {missing[0]} with the purpose {purpose}", name, "columns", missing[0]
                )
            if name == "registrations":
                _refuse_unreadable_opt_outs(source)
                continue
            if source.opted_out:
                raise Misplaced("accounts opt out in the registrations; move it there", name, "opted_out")
            for purpose_of_own in _OF_A_DAY:
                opened = set(source.readable(purpose_of_own))
                if opened and Role.INSTANT not in opened:
                    raise Misplaced(
                        f"{name} needs the column instant with the purpose {purpose_of_own}", name, "columns", "instant"
                    )
            if not source.visitor:
                raise Misplaced(f"{name} needs `visitor`, the columns that name the visitor", name)
            for role in (*source.visitor, *source.only):
                if role not in source.readable(purpose):
                    raise Misplaced(
                        f"{name} uses the column {role}; give it the purpose {purpose}", name, "columns", role.value
                    )
            if source.consent is None:
                raise Misplaced(f"{name} needs `consent`: without it no event may be counted", name)
            if source.consent.recorded and Role.CONSENT not in source.readable(purpose):
                raise Misplaced(
                    f"{name} needs the column consent with the purpose {purpose}", name, "columns", "consent"
                )
        return self

    def of(self, name: str) -> Source | None:
        """A source by the name of its raw table."""
        source: Source | None = getattr(self, name)
        return source


def _refuse_unreadable_opt_outs(source: Source) -> None:
    """An objection that nobody may read would not be honoured, and nobody would notice."""
    for role in (Role.ACCOUNT_ID, *source.opted_out) if source.opted_out else ():
        if role not in source.readable(Purpose.SUPPRESSION):
            sentence = f"`opted_out` uses the column {role}; give it the purpose {Purpose.SUPPRESSION}"
            raise Misplaced(sentence, "registrations", "columns", role.value)
