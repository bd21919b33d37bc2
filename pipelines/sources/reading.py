"""Reading by purpose: a step names its purpose and gets the columns that the contract opens to it, and no others.

The projection stands in the scan, so bytes of a forbidden column are never read off a Parquet file (promise 5).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from anonymizers.contract import Purpose, Role, Source, Sources
from anonymizers.engine import Table
from anonymizers.local_day import LocalDay
from anonymizers.refusal import Reason, Refusal
from anonymizers.searching.leak_scan import must_search
from assets.raw import Intake
from pipelines.engines import FileEngine
from pipelines.engines.duckdb_engine import DuckDBEngine, literal
from pipelines.sources.files import files_of
from pipelines.sources.formats import RawFiles

_EVENT_COLUMNS = {
    "clickstream": ("instant_us", "visitor", "user_agent", "url", "consented"),
    "ad_beacons": ("instant_us", "visitor", "user_agent", "ad_topic", "action", "consented"),
}
_NO_OPT_OUT = "('false', '0', 'no', '')"


@dataclass(frozen=True)
class RawReader:
    """Reads the raw tables of one night with one engine. `duckdb` reads what is not Parquet; it may be `engine` itself."""

    sources: Sources
    home: Path
    day: LocalDay
    engine: FileEngine
    duckdb: DuckDBEngine
    work: Path

    def read(self, name: str, purpose: Purpose) -> Table:
        """The night's rows of a raw table for a purpose.

        AUDIENCE: `_EVENT_COLUMNS`; REGISTRATION_STATISTICS: account_id and customer_kind of the day's new accounts;
        LEAK_SCAN: the personal columns as text, of the day's events and those without a readable instant, or of all accounts.
        """
        source = self.sources.of(name)
        match purpose:
            case Purpose.AUDIENCE:
                return self._events(name, source)
            case Purpose.REGISTRATION_STATISTICS:
                return self._registrations(source)
            case Purpose.LEAK_SCAN:
                return self._personal(name, source)
        raise Refusal(name, Reason.COLUMN_FORBIDDEN, f"no step of the night reads for {purpose}; name another purpose")

    def intake(self, name: str, purpose: Purpose) -> Intake:
        """What of a raw table cannot be taken in."""
        source = self.sources.of(name)
        if source is None:
            return Intake(self.engine.query("SELECT '' AS source, '' AS reason, '' AS raw WHERE 1 = 0"), ())
        rows, wanted = self._rows(name, source, purpose), self._wanted(source, purpose)
        undated = self.engine.query(
            "SELECT '$name' AS source, 'no_instant' AS reason, concat_ws(' ', $texts) AS raw FROM $rows WHERE instant_us IS NULL",
            name=name,
            rows=rows,
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
            "SELECT * FROM $broken UNION ALL SELECT * FROM $undated", broken=broken, undated=undated
        )
        return Intake(both, tuple(unknown))

    def _events(self, name: str, source: Source | None) -> Table:
        columns = _EVENT_COLUMNS[name]
        if source is None:
            return self._empty(columns)
        events = self.engine.query(
            "SELECT *, $visitor AS visitor, $consented AS consented FROM $rows WHERE $taken",
            rows=self._rows(name, source, Purpose.AUDIENCE),
            visitor=_visitor(source),
            consented=_consented(source),
            taken=" AND ".join([self._in_day(), *_only(source)]),
        )
        if Role.EVENT_ID in source.readable(Purpose.AUDIENCE):
            events = self._each_event_once(events)
        return self.engine.query("SELECT $columns FROM $events", events=events, columns=", ".join(columns))

    def _each_event_once(self, events: Table) -> Table:
        """Collectors deliver at least once. One event id counts once *within a visitor*, never between visitors.

        Of copies that contradict each other the one without consent counts.
        """
        number = "row_number() OVER (PARTITION BY visitor, event_id ORDER BY consented, instant_us)"
        return self.engine.query(
            "SELECT * FROM (SELECT *, $delivery AS delivery FROM $events) numbered WHERE delivery = 1 OR event_id IS NULL",
            events=events,
            delivery=number,
        )

    def _registrations(self, source: Source | None) -> Table:
        if source is None:
            return self._empty(("account_id", "customer_kind"))
        company = Role.COMPANY in source.readable(Purpose.REGISTRATION_STATISTICS)
        return self.engine.query(
            "SELECT * FROM (SELECT $account AS account_id, $kind AS customer_kind FROM $rows WHERE $day) accounts "
            "WHERE account_id IS NOT NULL",
            account=_trimmed(Role.ACCOUNT_ID),
            rows=self._rows("registrations", source, Purpose.REGISTRATION_STATISTICS),
            kind="CASE WHEN coalesce(trim(company), '') = '' THEN 'private' ELSE 'business' END"
            if company
            else "'private'",
            day=self._in_day(),
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

    def _rows(self, name: str, source: Source, purpose: Purpose) -> Table:
        return self._typed(name, source, purpose, self._wanted(source, purpose))

    def _wanted(self, source: Source, purpose: Purpose) -> dict[str, str]:
        return {role.value: source.source_name(role) for role in source.readable(purpose)}

    def _typed(self, name: str, source: Source, purpose: Purpose, wanted: dict[str, str]) -> Table:
        """The wanted columns as text, the instant as microseconds (`instant_us`)."""
        files = self._files(name, source)
        if source.format != "ndjson":
            _refuse_missing(name, files.columns(), wanted.values())
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
        types = {"instant_us": "BIGINT", "consented": "BOOLEAN"}
        nothing = ", ".join(f"CAST(NULL AS {types.get(column, 'STRING')}) AS {column}" for column in columns)
        return self.engine.query(f"SELECT {nothing} WHERE 1 = 0")


def _refuse_missing(name: str, columns_of: Mapping[str, Sequence[str]], wanted: Iterable[str]) -> None:
    """Engines do not tell `URL` from `url`, so a column that stands twice but for its case is as bad as none."""
    for file, columns in columns_of.items():
        lower = [column.lower() for column in columns]
        missing = [column for column in wanted if column not in columns or lower.count(column.lower()) > 1]
        if missing:
            more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
            raise Refusal(
                name,
                Reason.COLUMN_MISSING,
                f"{file} lacks the column {missing[0]}{more}, or has it twice; mend the export or sources.yaml",
            )


def _visitor(source: Source) -> str:
    """SQL for the privacy unit: prefixed with the column it came from, so that no account can equal a cookie."""
    present = {role: _trimmed(role) for role in source.visitor}
    if source.visitor_together:  # each with its length before it, so that ('a|b', 'c') is not ('a', 'b|c')
        return (
            "("
            + " || '|' || ".join(f"CAST(length({value}) AS STRING) || ':' || {value}" for value in present.values())
            + ")"
        )
    return "coalesce(" + ", ".join(f"'{role}:' || {value}" for role, value in present.items()) + ")"


def _trimmed(column: str) -> str:
    """SQL for a value without blanks around it, NULL when nothing is left; trims only what needs it, for the time."""
    return (
        f"CASE WHEN {column} = '' OR {column} LIKE ' %' OR {column} LIKE '% ' "
        f"THEN nullif(trim({column}), '') ELSE {column} END"
    )


def _consented(source: Source) -> str:
    """SQL, never NULL: TRUE only where consent is on record and nothing objects."""
    clauses = ["TRUE"]
    if source.consent is None:
        clauses = ["FALSE"]
    elif source.consent.granting:
        clauses = [f"coalesce(consent IN ({', '.join(map(literal, source.consent.granting))}), FALSE)"]
    if Role.OPT_OUT in source.readable(Purpose.AUDIENCE):
        # NDJSON has no header that could tell an empty column from a missing or renamed key: absent there means objected.
        absent = "FALSE" if source.format == "ndjson" else "TRUE"
        clauses.append(
            f"CASE WHEN opt_out IS NULL THEN {absent} WHEN opt_out = 'false' THEN TRUE "
            f"ELSE lower(trim(opt_out)) IN {_NO_OPT_OUT} END"  # the usual values first: a third of the time
        )
    return "(" + " AND ".join(clauses) + ")"


def _only(source: Source) -> list[str]:
    kept = [f"{role} IN ({', '.join(map(literal, values))})" for role, values in source.only.items()]
    if source.not_pages:
        endings = "|".join(source.not_pages)
        kept.append(f"NOT coalesce(regexp_extract(lower(url), '[.]({endings})([?#]|$)', 1) <> '', FALSE)")
    return kept
