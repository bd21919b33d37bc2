"""Carrying out what people ask for: by the command line, by the job `requests`, and by the sensor that watches for files.

Wherever one is told of, it is by its number: run keys, metadata and the ledger know no more.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import dagster as dg

from anonymizers.contract import Role, Source, Sources
from anonymizers.erasing.sought import Sought
from anonymizers.erasing.whole_values import replaced
from anonymizers.refusal import Reason, Refusal
from anonymizers.requests import Request, Wish, mark, marks, visitors
from anonymizers.site import Site
from assets.silence import silent
from pipelines.erasure import EVENTS, change_rows, erase_events, refuse_if_found, remove_halves
from pipelines.home import Home
from pipelines.ledger import Kind, Ledger
from pipelines.request_files import readable, waiting_numbers
from pipelines.resources import MakeEngines
from pipelines.suppressions import SuppressionStore
from pipelines.traces import NAMING, Looking

REQUESTS = "requests"
_KINDS = {Wish.SUPPRESS: Kind.SUPPRESSED, Wish.ERASE: Kind.ERASED, Wish.RECTIFY: Kind.RECTIFIED}
_IDENTIFIERS = NAMING | {Role.ACCOUNT_ID, Role.COOKIE_ID, Role.CLIENT}


@dataclass(frozen=True)
class Requests:
    """What carrying out requests takes: one site, one home folder, its ledger, and engines for looking into raw tables."""

    site: Site
    sources: Sources
    home: Home
    ledger: Ledger
    make_engines: MakeEngines
    day: Callable[[], date] | None = None
    """The day that it is; as the clock where the site is says, if not named."""

    @property
    def suppressions(self) -> SuppressionStore:
        """Who is left out."""
        return SuppressionStore(self.home, self.ledger, frozenset({"cookies"} if self._visitors_are_several else ()))

    def carry_out_waiting(self) -> int:
        """Carry out every request in the drop folder and remove its file; gives how many.

        One that is refused keeps none of the others waiting; the first refusal is raised at the end.
        """
        found, refusals = readable(self.home)
        done = 0
        for each in found:
            try:
                self.carry_out(each.request)
            except Refusal as refusal:
                refusals = [*refusals, refusal]
            else:
                each.remove()
                done += 1
        if len(refusals) > 1:
            first = refusals[0]
            raise Refusal(
                first.step, first.reason, f"{len(refusals)} requests still wait, of which the first: {first.sentence}"
            )
        if refusals:
            raise refusals[0]
        return done

    def carry_out(self, request: Request) -> dict[str, int]:
        """Carry out one request; gives counts by store, and of what could not be looked for.

        Raises Refusal when something of it could not be done. It may be done twice. Nothing is published again.
        """
        store, kind = self.suppressions, _KINDS[request.wish]
        if store.is_anothers(kind, request):
            told = f"number {request.request} stands in the ledger for another request; give this one its own"
            raise Refusal("requests", Reason.REQUEST, told)
        match request.wish:
            case Wish.SUPPRESS:
                self._refuse_unheard(bool(request.cookies))
                new = store.add(marks(store.key(), request))  # at once: a night that goes on need not be waited for
                with self.home.one_run():
                    left_out = {**store.leave_out(request), "new": new}
                store.record(kind, request, left_out)
                return left_out
            case Wish.ERASE:
                self._refuse_unheard(True)
                store.add(marks(store.key(), request))
                stores, proof = self._erase(request)
            case Wish.RECTIFY:
                stores, proof = self._rectify(request)
        store.record(kind, request, {"stores": len(stores), "left": 0, **proof})
        return stores | proof

    def _erase(self, request: Request) -> tuple[dict[str, int], dict[str, int]]:
        with self.home.one_run(), self.home.work_folder() as work:
            remove_halves(self.home)
            looking = Looking(self.site, self.sources, self.home, self.make_engines, self._today)
            traces = looking.find(request.accounts, work)
            self.suppressions.add(mark(self.suppressions.key(), "cookie", name) for name in traces.cookies)
            cookies = {*request.cookies, *traces.cookies}
            sought = Sought.of([*request.accounts, *cookies, *request.values, *traces.values], self._fields)
            told = {EVENTS: erase_events(self.home, visitors(request.accounts, cookies))}
            told |= change_rows(self.home, lambda text: None if sought.stands_in_text(text) else text)
        if traces.refusals:  # all that is known is erased by now, but not all was known
            raise traces.refusals[0]
        refuse_if_found(self.home, sought)
        return told, {"tables_not_searched": traces.not_searched, "too_short_to_search": sought.too_short}

    def _rectify(self, request: Request) -> tuple[dict[str, int], dict[str, int]]:
        corrections = request.corrections
        stays = {
            old for old in corrections if any(Sought.of([old]).stands_in_text(new) for new in corrections.values())
        }
        sought = Sought.of(set(corrections) - stays, self._fields)

        def corrected(text: str) -> str | None:
            new = replaced(text, corrections)
            return None if sought.stands_in_text(new) else new

        with self.home.one_run(), self.home.work_folder():
            remove_halves(self.home)
            told = change_rows(self.home, corrected)
        refuse_if_found(self.home, sought)
        return told, {"too_short_to_search": sought.too_short + len(stays)}

    def _refuse_unheard(self, by_name: bool) -> None:
        if by_name and self._visitors_are_several:
            raise Refusal(
                "requests", Reason.REQUEST,
                "sources.yaml names visitors by several columns together (visitor_together), so that nobody is found by one of "
                "them; name visitors by an account or a cookie, or let retention end the events",
            )  # fmt: skip

    @property
    def _sources_of_events(self) -> list[Source]:
        return [source for source in (self.sources.clickstream, self.sources.ad_beacons) if source]

    @property
    def _visitors_are_several(self) -> bool:
        return any(source.visitor_together for source in self._sources_of_events)

    @property
    def _fields(self) -> set[str]:
        """What the raw tables call the columns of identifiers."""
        sources = [*self._sources_of_events, *([self.sources.registrations] if self.sources.registrations else [])]
        return {source.source_name(role) for source in sources for role in source.columns if role in _IDENTIFIERS}

    @property
    def _today(self) -> date:
        return self.day() if self.day else datetime.now(ZoneInfo(self.site.time_zone)).date()


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
        """Starts the job for each request in restricted/requests: once for each change of its file, and once a day.

        A run's key tells the request's number alone; a run that failed does not keep the request from its next try.
        """
        today = datetime.now(ZoneInfo(requests.site.time_zone)).date()
        for number, changed in waiting_numbers(requests.home):
            yield dg.RunRequest(run_key=f"request {number} of {changed} on {today}")

    return dg.Definitions(jobs=[carry_out], sensors=[requests_wait])
