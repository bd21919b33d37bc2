"""Reading by purpose: a step names its purpose and gets the columns that the contract opens to it, and no others.

The projection stands in the scan, so bytes of a forbidden column are never read off a Parquet file (promise 5).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from anonymizers.consent.agreed import EVERYTHING, SILENT, refused
from anonymizers.consent.refused import Why
from anonymizers.contract import Purpose, Role, Source, Sources
from anonymizers.engine import Table
from anonymizers.local_day import LocalDay
from anonymizers.own_uses.mailing import KINDS
from anonymizers.refusal import Reason, Refusal
from anonymizers.searching.leak_scan import must_search
from assets.raw import Intake
from pipelines.engines import FileEngine
from pipelines.engines.duckdb_engine import DuckDBEngine
from pipelines.sources.columns import as_listed, name_visitor, refuse_missing, taken, text_list, trim
from pipelines.sources.consent import DecodedSignals, agreed_events
from pipelines.sources.files import files_of
from pipelines.sources.formats import RawFiles

_NAMES = ("account_id", "cookie_id")
"""By which a visitor may have asked to be left out; NULL where a source does not tell."""
_EVENT_COLUMNS = {
    "clickstream": ("instant_us", "visitor", "user_agent", "url", "agreed", "counted", *_NAMES),
    "ad_beacons": ("instant_us", "visitor", "user_agent", "ad_topic", "action", "agreed", "counted", *_NAMES),
}

_SAID = f"CAST(CASE WHEN counted OR agreed <> {SILENT} THEN agreed ELSE {EVERYTHING} END AS SMALLINT)"
"""SQL: an event of a kind that is not counted takes nothing back by saying nothing; its kind may never say anything."""
_ONE_OF_COPIES = f"CASE WHEN event_id IS NULL OR agreed = most THEN agreed ELSE {refused(Why.COPIES_DISAGREE)} END"

OWN_USES = {
    Purpose.MAILING: (Role.ACCOUNT_ID, Role.EMAIL, *(role for roles in KINDS.values() for role in roles)),
    Purpose.DIAGNOSTICS: (Role.INSTANT, Role.IP, Role.STATUS),
    Purpose.COOKIE_AUDIT: (Role.COOKIES,),
}
"""What the site's own uses read; a disclosure reads whatever the contract opens to it."""


@dataclass(frozen=True)
class RawReader:
    """Reads the raw tables of one night with one engine. `duckdb` reads what is not Parquet; it may be `engine` itself."""

    sources: Sources
    home: Path
    day: LocalDay
    engine: FileEngine
    duckdb: DuckDBEngine
    work: Path
    decoded: DecodedSignals = field(default_factory=DecodedSignals)

    def read(self, name: str, purpose: Purpose) -> Table:
        """The night's rows of a raw table for a purpose.

        AUDIENCE: `_EVENT_COLUMNS`; REGISTRATION_STATISTICS: account_id and customer_kind of the day's new accounts;
        LEAK_SCAN: the personal columns as text, of the day's events and those without a readable instant, or of all
        accounts; the site's own uses: the columns of `OWN_USES` as text with the instant as `instant_us`, NULL where
        the contract does not open one.
        """
        source = self.sources.of(name)
        match purpose:
            case Purpose.AUDIENCE:
                return self._events(name, source)
            case Purpose.REGISTRATION_STATISTICS:
                return self._registrations(source)
            case Purpose.LEAK_SCAN:
                return self._personal(name, source)
            case Purpose.SUPPRESSION:
                return self._opted_out(name, source)
            case Purpose.MAILING | Purpose.DIAGNOSTICS | Purpose.COOKIE_AUDIT | Purpose.DISCLOSURE:
                return self._for_own_use(name, source, purpose)
        raise Refusal(name, Reason.COLUMN_FORBIDDEN, f"no step of the night reads for {purpose}; name another purpose")

    def intake(self, name: str, purpose: Purpose) -> Intake:
        """What of a raw table cannot be taken in."""
        source = self.sources.of(name)
        if source is None:
            return Intake(self._empty(("source", "reason", "raw", *_NAMES)), ())
        rows, wanted = self._rows(name, source, purpose), self._wanted(source, purpose)
        undated = self.engine.query(
            "SELECT '$name' AS source, 'no_instant' AS reason, concat_ws(' ', $texts) AS raw, $account AS account_id, "
            "$cookie AS cookie_id FROM $rows WHERE instant_us IS NULL",
            name=name,
            rows=rows,
            account=_first_of(("account_id",), wanted),
            cookie=_first_of(("cookie_id", "client"), wanted),
            texts=", ".join(f"coalesce({role}, '')" for role in wanted if role != Role.INSTANT),
        )
        files = self._files(name, source)
        known = {source.source_name(role) for role in source.columns}
        unknown = dict.fromkeys(
            column for columns in files.columns().values() for column in columns if column not in known
        )
        if source.format == "parquet":
            return Intake(undated, tuple(unknown))
        broken = self.engine.scan([files.converted(wanted, self._label(name, purpose)).broken])
        both = self.engine.query(
            "SELECT source, reason, raw, CAST(NULL AS STRING) AS account_id, CAST(NULL AS STRING) AS cookie_id FROM $broken "
            "UNION ALL SELECT * FROM $undated",
            broken=broken,
            undated=undated,
        )
        return Intake(both, tuple(unknown))

    def _events(self, name: str, source: Source | None) -> Table:
        """All events of the day, for what a visitor refuses may stand in one of a kind that is not `counted`."""
        columns = _EVENT_COLUMNS[name]
        if source is None:
            return self._empty(columns)
        rows = self.engine.query(
            "SELECT *, $visitor AS visitor, coalesce($taken, FALSE) AS counted FROM $rows WHERE $day",
            rows=self._rows(name, source, Purpose.AUDIENCE),
            visitor=name_visitor(source),
            taken=" AND ".join(taken(source)) or "TRUE",
            day=self._in_day(),
        )
        events = agreed_events(rows, source, self.day, self.decoded)
        readable = source.readable(Purpose.AUDIENCE)
        selected = dict(zip(columns, columns, strict=True))
        selected |= {name: trim(name) if name in readable else "CAST(NULL AS STRING)" for name in _NAMES}
        if Role.EVENT_ID in readable:
            events = self._each_event_once(events)
            selected["agreed"] = _ONE_OF_COPIES
        if taken(source):
            selected["agreed"] = _SAID.replace("agreed", f"({selected['agreed']})")
        texts = ", ".join(f"{sql} AS {name}" for name, sql in selected.items())
        return self.engine.query("SELECT $columns FROM $events", events=events, columns=texts)

    def _each_event_once(self, events: Table) -> Table:
        """Collectors deliver at least once. One event id counts once *within a visitor*, never between visitors.

        Of copies that contradict each other one is kept, and it says no (`_ONE_OF_COPIES`).
        """
        copies = "OVER (PARTITION BY visitor, event_id, counted)"
        number = "row_number() OVER (PARTITION BY visitor, event_id, counted ORDER BY agreed, instant_us)"
        return self.engine.query(
            "SELECT * FROM (SELECT *, $number AS delivery, max(agreed) $copies AS most FROM $events) numbered "
            "WHERE delivery = 1 OR event_id IS NULL",
            events=events,
            number=number,
            copies=copies,
        )

    def _registrations(self, source: Source | None) -> Table:
        if source is None:
            return self._empty(("account_id", "customer_kind"))
        company = Role.COMPANY in source.readable(Purpose.REGISTRATION_STATISTICS)
        return self.engine.query(
            "SELECT * FROM (SELECT $account AS account_id, $kind AS customer_kind FROM $rows WHERE $day) accounts "
            "WHERE account_id IS NOT NULL",
            account=trim(Role.ACCOUNT_ID),
            rows=self._rows("registrations", source, Purpose.REGISTRATION_STATISTICS),
            kind="CASE WHEN coalesce(trim(company), '') = '' THEN 'private' ELSE 'business' END"
            if company
            else "'private'",
            day=self._in_day(),
        )

    def _opted_out(self, name: str, source: Source | None) -> Table:
        if source is None or not source.opted_out:
            return self._empty(("account_id",))
        objected = [f"{as_listed(role)} IN ({text_list(values)})" for role, values in source.opted_out.items()]
        return self.engine.query(
            "SELECT $account AS account_id FROM $rows WHERE $objected",
            account=trim(Role.ACCOUNT_ID),
            rows=self._typed(name, source, Purpose.SUPPRESSION, self._wanted(source, Purpose.SUPPRESSION)),
            objected=" OR ".join(objected),
        )

    def _personal(self, name: str, source: Source | None) -> Table:
        columns = must_search(self.sources).get(name, ())
        if source is None or not columns:
            return self._empty(columns or ("nothing",))
        wanted = {column: source.source_name(Role(column)) for column in columns}
        everything = name == "registrations" or Role.INSTANT not in source.readable(Purpose.LEAK_SCAN)
        if everything:
            return self._typed(name, source, Purpose.LEAK_SCAN, wanted)
        rows = self._typed(
            name, source, Purpose.LEAK_SCAN, wanted | {Role.INSTANT.value: source.source_name(Role.INSTANT)}
        )
        return self.engine.query(
            "SELECT $columns FROM $rows WHERE ($day) OR instant_us IS NULL",
            rows=rows,
            columns=", ".join(columns),
            day=self._in_day(),
        )

    def _for_own_use(self, name: str, source: Source | None, purpose: Purpose) -> Table:
        opened = source.readable(purpose) if source else ()
        roles = OWN_USES.get(purpose, opened)
        names = ["instant_us" if role is Role.INSTANT else role.value for role in roles]
        if source is None or not set(roles) & set(opened) - {Role.INSTANT}:
            return self._empty(names or ("nothing",))
        return self.engine.query(
            "SELECT $columns FROM $rows WHERE $taken",
            columns=", ".join(
                column if role in opened else f"CAST(NULL AS STRING) AS {column}"
                for role, column in zip(roles, names, strict=True)
            ),
            rows=self._rows(name, source, purpose),
            taken=self._in_day() if name != "registrations" else "TRUE",
        )

    def _rows(self, name: str, source: Source, purpose: Purpose) -> Table:
        return self._typed(name, source, purpose, self._wanted(source, purpose))

    def _wanted(self, source: Source, purpose: Purpose) -> dict[str, str]:
        return {role.value: source.source_name(role) for role in source.readable(purpose)}

    def _typed(self, name: str, source: Source, purpose: Purpose, wanted: dict[str, str]) -> Table:
        """The wanted columns as text, the instant as microseconds (`instant_us`)."""
        files = self._files(name, source)
        if source.format != "ndjson":
            refuse_missing(name, files.columns(), wanted.values())
        if source.format == "parquet" and self.engine is self.duckdb:
            return files.parquet(wanted)
        if source.format == "parquet":
            columns = {alias: "`" + column.replace("`", "``") + "`" for alias, column in wanted.items()}
            texts = [
                f"{self.engine.instant_us(column, source.instant_as)} AS instant_us"
                if alias == Role.INSTANT
                else f"CAST({column} AS STRING) AS {alias}"
                for alias, column in columns.items()
            ]
            return self.engine.query(
                "SELECT $texts FROM $rows", rows=self.engine.scan(files.paths), texts=", ".join(texts)
            )
        rows = self.engine.scan([files.converted(wanted, self._label(name, purpose)).rows])
        names = ", ".join("instant_us" if alias == Role.INSTANT else alias for alias in wanted)
        return self.engine.query("SELECT $names FROM $rows WHERE raw IS NULL", rows=rows, names=names)

    def _label(self, name: str, purpose: Purpose) -> str:
        return f"{name}-{purpose}-{self.day.date}"

    def _files(self, name: str, source: Source) -> RawFiles:
        return RawFiles(name, source, files_of(name, source, self.home, self.day), self.duckdb, self.work)

    def _in_day(self) -> str:
        return f"instant_us >= {self.day.start_us} AND instant_us < {self.day.end_us}"

    def _empty(self, columns: Sequence[str]) -> Table:
        types = {"instant_us": "BIGINT", "agreed": "SMALLINT", "counted": "BOOLEAN"}
        nothing = ", ".join(f"CAST(NULL AS {types.get(column, 'STRING')}) AS {column}" for column in columns)
        return self.engine.query(f"SELECT {nothing} WHERE 1 = 0")


def _first_of(names: Sequence[str], wanted: Collection[str]) -> str:
    """SQL for the first of some columns that a purpose may read."""
    there = [trim(name) for name in names if name in wanted]
    return f"coalesce({', '.join([*there, 'CAST(NULL AS STRING)', 'CAST(NULL AS STRING)'])})"
