"""What the site still knows of a person who leaves: cookies of the account, what names its holder, the address on the list.

Looking only; what becomes of it is in `requests.py`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from anonymizers.contract import Purpose, Role, Sources
from anonymizers.own_uses.mailing import token_of
from anonymizers.refusal import Reason, Refusal
from anonymizers.searching.leak_scan import must_search
from anonymizers.site import Site
from pipelines.erasure import EVENTS
from pipelines.home import Home
from pipelines.mailing_records import MailingRecordStore
from pipelines.own_use_stores import MAILING_LIST
from pipelines.resources import Engines, MakeEngines
from pipelines.sources.columns import trim
from pipelines.sources.reading import RawReader

NAMING = frozenset({Role.EMAIL, Role.PHONE, Role.ISIKUKOOD, Role.CUSTOMER_NUMBER, Role.METERING_POINT})
"""Columns of an account that name one person and nobody else; a name or a company may be another's too."""
_OF_ACCOUNTS = "SELECT DISTINCT $columns FROM $rows WHERE $account IN (SELECT name FROM $accounts)"


@dataclass
class Traces:
    """What was found, and where nothing could be looked for."""

    cookies: set[str] = field(default_factory=set)
    values: set[str] = field(default_factory=set)
    not_searched: int = 0
    """Days of which events are kept and raw tables are gone, and registrations that are gone."""
    refusals: list[Refusal] = field(default_factory=list)
    """Why something that is there could not be read."""


@dataclass(frozen=True)
class Looking:
    """One look through one site's raw tables and lists."""

    site: Site
    sources: Sources
    home: Home
    make_engines: MakeEngines
    today: date

    def find(self, accounts: Iterable[str], work: Path) -> Traces:
        """The cookies under which the accounts came, and what names their holders."""
        found, names = Traces(), sorted({account.strip() for account in accounts})
        if not names:
            return found
        engines = self.make_engines(work)
        try:
            for day, needed in self._days().items():
                cookies = self._rows(found, engines, names, day, "clickstream", Purpose.AUDIENCE, ("cookie_id",))
                found.cookies |= cookies or set()
                found.not_searched += cookies is None and needed
            self._find_holders(found, engines, names)
        finally:
            engines.engine.close()
            engines.duckdb.close()
        self._find_addresses(found, names)
        return found

    def _days(self) -> dict[date, bool]:
        """Each day whose events are kept or may still be read, with whether they are kept."""
        paths = self.home.restricted(EVENTS).glob("date=*.parquet")
        kept = {date.fromisoformat(path.stem.removeprefix("date=")) for path in paths}
        first = min([*kept, self.today - timedelta(days=self.site.retention.stripped_events)])
        days = (first + timedelta(days=number) for number in range((self.today - first).days + 1))
        return {day: day in kept for day in sorted({*kept, *days}) if day >= self.site.first_day or day in kept}

    def _find_holders(self, found: Traces, engines: Engines, names: Sequence[str]) -> None:
        """From the newest registration table that there is."""
        searched = must_search(self.sources).get("registrations", ())
        naming = [column for column in searched if column in NAMING]
        if not naming or Role.ACCOUNT_ID not in searched:
            return
        for day in sorted(self._days(), reverse=True):
            values = self._rows(found, engines, names, day, "registrations", Purpose.LEAK_SCAN, naming)
            if values is not None:
                found.values |= values
                return
        found.not_searched += 1

    def _find_addresses(self, found: Traces, names: Sequence[str]) -> None:
        """From the mailing list: a line has no account, and its token is made of one."""
        lists = sorted(self.home.restricted(MAILING_LIST).glob("*.parquet"))
        lines = [line for path in lists for line in pq.read_table(path).to_pylist() if line.get("unsubscribe_token")]
        if not lines:
            return
        try:
            key = MailingRecordStore(self.home).key()
        except Refusal as refusal:
            found.refusals.append(refusal)
            return
        for line in lines:
            tokens = (token_of(key, line["kind"], name, line["opted_in_at"]) for name in names)
            if line["unsubscribe_token"] in tokens:
                found.values.add(line["email"])

    def _rows(
        self, found: Traces, engines: Engines, names: Sequence[str],
        day: date, table: str, purpose: Purpose, columns: Iterable[str],
    ) -> set[str] | None:  # fmt: skip
        """What stands in some columns of the accounts' rows; None where the raw table is gone."""
        engine = engines.engine
        reader = RawReader(
            self.sources, self.home.root, self.site.day(day.isoformat()), engine, engines.duckdb, engines.work
        )
        try:
            rows = reader.read(table, purpose)
            accounts = engine.table(pa.table({"name": pa.array(names, pa.string())}))
            asked = {"columns": ", ".join(columns), "account": trim("account_id")}
            told = engine.fetch(engine.query(_OF_ACCOUNTS, **asked, rows=rows, accounts=accounts))
        except Refusal as refusal:
            if refusal.reason is Reason.SOURCE_MISSING:
                return None
            found.refusals.append(refusal)
            return set()
        return {str(value) for name in told.column_names for value in told[name].to_pylist() if value}
