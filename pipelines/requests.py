"""Carrying out what people ask for: by the command line, by the job `requests`, and by the sensor that watches for files.

Wherever one is told of, it is by its number: run keys, metadata and the ledger know no more.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pyarrow as pa

from anonymizers.contract import Purpose, Role, Sources
from anonymizers.refusal import Refusal
from anonymizers.requests import Request, Wish, mark, marks
from anonymizers.searching.leak_scan import must_search
from anonymizers.site import Site
from anonymizers.sought import Sought
from assets.silence import silent
from pipelines.erasure import EVENTS, change_rows, erase_events, refuse_if_found
from pipelines.home import Home
from pipelines.ledger import Kind, Ledger
from pipelines.request_files import waiting, waiting_numbers
from pipelines.resources import MakeEngines
from pipelines.sources.reading import RawReader
from pipelines.suppressions import SuppressionStore

REQUESTS = "requests"
_NAMING = frozenset({Role.EMAIL, Role.PHONE, Role.ISIKUKOOD, Role.CUSTOMER_NUMBER, Role.METERING_POINT})
"""Columns of an account that name one person and nobody else; a name or a company may be another's too."""
_OF_ACCOUNTS = "SELECT DISTINCT $columns FROM $rows WHERE account_id IN (SELECT name FROM $accounts)"
_VISITOR_OF = {"accounts": (Role.ACCOUNT_ID,), "cookies": (Role.COOKIE_ID, Role.CLIENT)}


@dataclass(frozen=True)
class Requests:
    """What carrying out requests takes: one site, one home folder, its ledger, and engines for looking into raw tables."""

    site: Site
    sources: Sources
    home: Home
    ledger: Ledger
    make_engines: MakeEngines

    @property
    def suppressions(self) -> SuppressionStore:
        """Who is left out."""
        return SuppressionStore(self.home, self.ledger)

    def carry_out_waiting(self) -> int:
        """Carry out every request in the drop folder and remove its file; gives how many."""
        found = waiting(self.home)
        for path, request in found:
            self.carry_out(request)
            path.unlink(missing_ok=True)
        return len(found)

    def carry_out(self, request: Request) -> dict[str, int]:
        """Carry out one request; gives counts by store. Raises Refusal when something of it could not be done.

        It may be done twice. Nothing is published again.
        """
        match request.wish:
            case Wish.SUPPRESS:
                told = {"new": self.suppressions.add(marks(self.suppressions.key(), request))}
                self.ledger.record_request(Kind.SUPPRESSED, request.request, told)
            case Wish.ERASE:
                self.suppressions.add(marks(self.suppressions.key(), request))
                told = self._erase(request)
                self.ledger.record_request(Kind.ERASED, request.request, {"stores": len(told), "left": 0})
            case Wish.RECTIFY:
                told = self._rectify(request)
                self.ledger.record_request(Kind.RECTIFIED, request.request, {"stores": len(told), "left": 0})
        return told

    def _erase(self, request: Request) -> dict[str, int]:
        with self.home.one_run(), self.home.work_folder() as work:
            cookies, values = self._known_of(request, work)
            self.suppressions.add(mark(self.suppressions.key(), "cookie", name) for name in cookies)
            names = {"accounts": set(request.accounts), "cookies": set(request.cookies) | cookies}
            visitors = {
                f"{role}:{name.strip()}"
                for kind, found in names.items()
                for role in _VISITOR_OF[kind]
                for name in found
            }
            sought = Sought.of([*names["accounts"], *names["cookies"], *request.values, *values])
            told = {EVENTS: erase_events(self.home, visitors)}
            told |= change_rows(self.home, lambda text: None if sought.stands_in_text(text) else text)
        refuse_if_found(self.home, sought)
        return told

    def _rectify(self, request: Request) -> dict[str, int]:
        sought = Sought.of(request.corrections)

        def corrected(text: str) -> str | None:
            for old, new in request.corrections.items():
                text = new if text.strip().casefold() == old.strip().casefold() else text.replace(old, new)
            return None if sought.stands_in_text(text) else text

        with self.home.one_run(), self.home.work_folder():
            told = change_rows(self.home, corrected)
        refuse_if_found(self.home, sought)
        return told

    def _known_of(self, request: Request, work: Path) -> tuple[set[str], set[str]]:
        """The cookies under which the accounts came on days whose events are kept, and what names their holders."""
        days = sorted(path.stem.removeprefix("date=") for path in self.home.restricted(EVENTS).glob("date=*.parquet"))
        made = self.make_engines(work)
        try:
            accounts = made.engine.table(pa.table({"name": pa.array(list(request.accounts), pa.string())}))

            def found(day: str, table: str, purpose: Purpose, columns: Iterable[str]) -> set[str]:
                reader = RawReader(
                    self.sources, self.home.root, self.site.day(day), made.engine, made.duckdb, made.work
                )
                with suppress(Refusal):  # raw tables that are gone know nobody
                    rows = reader.read(table, purpose)
                    asked = made.engine.query(_OF_ACCOUNTS, columns=", ".join(columns), rows=rows, accounts=accounts)
                    told = made.engine.fetch(asked)
                    return {str(value) for name in told.column_names for value in told[name].to_pylist() if value}
                return set()

            cookies = {name for day in days for name in found(day, "clickstream", Purpose.AUDIENCE, ("cookie_id",))}
            searched = must_search(self.sources).get("registrations", ())
            naming = [column for column in searched if column in _NAMING]
            last = days[-1] if days else self.site.first_day.isoformat()
            values = found(last, "registrations", Purpose.LEAK_SCAN, naming) if naming else set()
        finally:
            made.engine.close()
            made.duckdb.close()
        return cookies, values


def requests_job(requests: Requests) -> dg.Definitions:
    """The job that carries out what waits in the drop folder, and the sensor that starts it once for each number."""

    @dg.op(description="Carries out every request in the drop folder; tells how many, and nothing of anybody.")
    @silent
    def carry_out_requests(context: dg.OpExecutionContext) -> None:
        context.log.info(f"{requests.carry_out_waiting()} request(s) carried out")

    @dg.job(
        name=REQUESTS,
        executor_def=dg.in_process_executor,
        description="Leaves out, erases or corrects people who asked for it, in every store, with a proof in the ledger.",
    )
    def carry_out() -> None:
        carry_out_requests()

    @dg.sensor(name="requests_wait", job=carry_out, minimum_interval_seconds=60)
    def requests_wait() -> Iterator[dg.RunRequest]:
        """Starts the job for each new request in restricted/requests; a run's key is the request's number alone."""
        for number in waiting_numbers(requests.home):
            yield dg.RunRequest(run_key=f"request {number}")

    return dg.Definitions(jobs=[carry_out], sensors=[requests_wait])
