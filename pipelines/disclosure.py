"""Lawful disclosure: what the site holds of one person, encrypted to an authority (promise 11).

A job of its own, started by hand and never on a schedule; no asset, and no way to a partner. The person is named in the
request's file alone: not on the command line, not in the run's configuration, not in a tag, and not in the ledger.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow as pa
import pyrage

from anonymizers.contract import Purpose, Role, Sources
from anonymizers.disclosure import Disclosed, Request, as_document, find_by, shared_cookies, way_to
from anonymizers.engine import Table
from anonymizers.refusal import Reason, Refusal
from anonymizers.site import Site
from assets.silence import counts, silent
from pipelines.home import Home, write_private
from pipelines.ledger import Ledger
from pipelines.resources import Engines
from pipelines.sources.reading import RawReader
from pipelines.yaml_file import read_checked

JOB, OP = "lawful_disclosure", "disclose"
DISCLOSURES = "disclosures"
_REQUEST = "request.yaml"
_EVENTS = ("clickstream", "ad_beacons")


def accept_request(home: Home, file: Path) -> Request:
    """Check a request's file and put it into the case's own folder, where the job finds it by the case alone."""
    request = read_checked(file, Request, OP)
    _refuse_no_key(request)
    write_private(home.restricted(DISCLOSURES, request.case) / _REQUEST, file.read_bytes())
    return request


@dataclass(frozen=True)
class Disclosure:
    """Makes disclosures in one home."""

    home: Home
    site: Site
    sources: Sources
    ledger: Ledger
    today: Callable[[], date]

    def make(self, case: str, engines: Engines) -> Mapping[str, int]:
        """Read, encrypt, write `restricted/disclosures/CASE/disclosed=DATE.age`, and write it down in the ledger.

        The request is destroyed afterwards: it names the person. Gives counts of rows and days.
        """
        request = self._request(case)
        found = self._find(request, engines)
        sealed = pyrage.encrypt(as_document(request, found), [pyrage.x25519.Recipient.from_str(request.recipient)])
        path = self._free(self.home.restricted(DISCLOSURES, request.case))
        self.ledger.record_disclosure(request.case, request.told, sha256(sealed).hexdigest())
        write_private(path, sealed)
        path.with_name(_REQUEST).unlink(missing_ok=True)
        told = {f"{name}_events": len(rows) for name, rows in found.events.items()}
        told |= {"days": len(found.days), "days_without_data": len(found.days_without_data)}
        return told | {"registrations": len(found.registration)}

    def _free(self, folder: Path) -> Path:
        """A name that no sealed file has: the ledger keeps the digest of each."""
        number, path = 1, folder / f"disclosed={self.today()}.age"
        while path.exists():
            number += 1
            path = folder / f"disclosed={self.today()}.{number}.age"
        return path

    def _request(self, case: str) -> Request:
        known = {folder.name: folder for folder in self.home.restricted(DISCLOSURES).iterdir()}
        folder = known.get(case)
        if folder is None or not (folder / _REQUEST).exists():
            raise Refusal(
                OP, Reason.REQUEST, "no request of this case is there; koond disclose --request FILE puts one in"
            )
        request = read_checked(folder / _REQUEST, Request, OP)
        if request.case != case:
            raise Refusal(OP, Reason.REQUEST, "the request in the folder is of another case; put it in again")
        _refuse_no_key(request)
        return request

    def _find(self, request: Request, engines: Engines) -> Disclosed:
        self._refuse_cookies_of_unknown(request)
        today = self.today()
        days = request.days(today, self.site.retention.stripped_events)
        events: dict[str, list[Mapping[str, Any]]] = {name: [] for name in _EVENTS}
        missing = set()
        for day in days:
            for name in _EVENTS:
                rows = self._rows(name, day, request, engines)
                missing |= {day} if rows is None else set()
                events[name] += sorted(rows or (), key=lambda row: row.get("instant_us") or 0)
        shared = shared_cookies((row for rows in events.values() for row in rows), request)
        theirs = {name: [row for row in rows if way_to(row, request, shared)] for name, rows in events.items()}
        registration = self._rows("registrations", today, request, engines) or []
        return Disclosed(registration, theirs, days, sorted(missing))

    def _refuse_cookies_of_unknown(self, request: Request) -> None:
        """Who else used a cookie is known from events that tell both, and from nothing else."""
        sources = [source for name in _EVENTS if (source := self.sources.of(name)) is not None]
        both = {Role.ACCOUNT_ID, Role.COOKIE_ID}
        if request.cookies and not any(both <= set(source.readable(Purpose.DISCLOSURE)) for source in sources):
            raise Refusal(
                OP, Reason.REQUEST,
                "no source opens account_id and cookie_id together to disclosure, so that it is not known who else used a "
                "cookie; leave `cookies` out, or open both",
            )  # fmt: skip

    def _rows(self, name: str, day: date, request: Request, engines: Engines) -> Sequence[Mapping[str, Any]] | None:
        """Rows that carry the account or one of the cookies; None where the site has no files of the day any more."""
        source = self.sources.of(name)
        if source is None:
            return []
        reader = RawReader(
            self.sources, self.home.root, self.site.day(day.isoformat()), engines.engine, engines.duckdb, engines.work
        )
        try:
            rows = reader.read(name, Purpose.DISCLOSURE)
        except Refusal as refusal:
            if refusal.reason is Reason.SOURCE_MISSING:
                return None
            raise
        opened = source.readable(Purpose.DISCLOSURE)
        return [row for role in find_by(request) if role in opened for row in _matching(rows, role, request)]


def _matching(rows: Table, role: Role, request: Request) -> list[Mapping[str, Any]]:
    """Rows that carry what the request names in one column, and in none before it."""
    engine = rows.engine  # values come from a table, so that they never stand in a statement that an engine might log
    named = engine.table(pa.table({"value": pa.array(find_by(request)[role], pa.string())}))
    query = "SELECT r.* FROM $rows r JOIN $named n ON trim(r.$role) = n.value"
    found = engine.fetch(engine.query(query, rows=rows, named=named, role=role)).to_pylist()
    return [row for row in found if role is Role.ACCOUNT_ID or way_to(row, request) is not Role.ACCOUNT_ID]


def _refuse_no_key(request: Request) -> None:
    known = True
    try:
        pyrage.x25519.Recipient.from_str(request.recipient)
    except Exception:
        known = False
    if not known:
        raise Refusal(OP, Reason.REQUEST, "recipient is no public key of age; copy it from the authority's letter")


class DisclosureConfig(dg.Config):
    """What starts a disclosure: the case, and nothing about a person."""

    case: str


@dg.op(name=OP, out=dg.Out(dg.Nothing), required_resource_keys={"engines", "disclosure"})
@silent
def disclose(context: dg.OpExecutionContext, config: DisclosureConfig) -> None:
    """Gives an authority what the site holds of one person, encrypted; the request waits in the case's folder."""
    told = context.resources.disclosure.make(config.case, context.resources.engines)
    context.add_output_metadata(counts(told))


def lawful_disclosure() -> dg.Definitions:
    """The job. Nothing starts it but a person: by `koond disclose`, or in the UI with the case."""

    @dg.job(
        name=JOB,
        executor_def=dg.in_process_executor,
        description="Encrypts to an authority what the site holds of one person (promise 11). By hand only.",
    )
    def job() -> None:
        disclose()

    return dg.Definitions(jobs=[job])


def run_disclosure(site: Path, home: Home, file: Path) -> Path:
    """Put a request in and run its job in this process; gives the encrypted file. Raises Refusal when it was not made."""
    from pipelines.definitions import build_defs
    from pipelines.night import instance, why

    request = accept_request(home, file)
    with instance(home) as opened:
        result = (
            build_defs(site, home)
            .resolve_job_def(JOB)
            .execute_in_process(
                run_config={"ops": {OP: {"config": {"case": request.case}}}}, instance=opened, raise_on_error=False
            )
        )
    if failed := why(result):
        raise Refusal(OP, Reason.REQUEST, failed)
    sealed = home.restricted(DISCLOSURES, request.case).glob("disclosed=*.age")
    return max(sealed, key=lambda path: path.stat().st_mtime_ns)
