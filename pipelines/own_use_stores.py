"""Where the site's own uses are kept: mailing lists, diagnostics and cookie audits, each in its folder of the restricted store.

Written and never loaded: no asset gets them, so that nothing of them has a way to a partner. How long: `retention.py`.
"""

import csv
import json
from collections.abc import Callable
from datetime import date
from io import BytesIO, StringIO

import dagster as dg
import pyarrow as pa
import pyarrow.parquet as pq

from anonymizers.own_uses.cookies import CookieAudit
from anonymizers.own_uses.diagnostics import Diagnostics
from anonymizers.own_uses.mailing import MailingList
from anonymizers.retention import Retention, is_due
from assets.silence import counts, silent
from pipelines.home import Home, write_private

MAILING_LIST, DIAGNOSTICS, COOKIE_AUDIT = "mailing_list", "server_diagnostics", "cookie_audit"
"""Folders of the restricted store; each is the name of its asset, and of its days in `retention`."""


class OwnUseIOManager(dg.IOManager):
    """Writes the site's own uses into the restricted store, and gives them to nobody."""

    def __init__(self, home: Home, retention: Retention, today: Callable[[], date]) -> None:
        self._home, self._retention, self._today = home, retention, today

    @silent
    def handle_output(self, context: dg.OutputContext, obj: MailingList | Diagnostics | CookieAudit) -> None:
        """Write it, unless what is of that day is due already."""
        match obj:
            case MailingList():
                write_mailing_list(self._home, obj.lines, self._today())
                return
            case Diagnostics():
                folder, files = DIAGNOSTICS, {".parquet": obj.by_network, ".failing.parquet": obj.failing_clients}
                written = {ending: _parquet(rows) for ending, rows in files.items()}
            case CookieAudit():
                folder, told = COOKIE_AUDIT, {"cookies_looked_at": obj.looked_at, "found": obj.found}
                written = {".json": json.dumps(told, indent=2).encode()}
        day = date.fromisoformat(context.partition_key)
        if is_due(day, getattr(self._retention, folder), self._today()):
            context.add_output_metadata(counts({"due_already": 1}))
            return
        for ending, content in written.items():
            write_private(self._home.restricted(folder) / f"date={day}{ending}", content)

    def load_input(self, context: dg.InputContext) -> object:
        """Refuse: these are for the site alone."""
        raise dg.Failure("no asset reads what the site keeps for its own use", allow_retries=False)


def write_mailing_list(home: Home, lines: pa.Table, day: date) -> None:
    """The list as CSV and Parquet. It takes the place of every older one, so that none of those is used by mistake."""
    folder = home.restricted(MAILING_LIST)
    stale = [path for path in folder.iterdir() if path.is_file()]
    text = StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(lines.column_names)
    writer.writerows(zip(*(column.to_pylist() for column in lines.columns), strict=True))
    written = {f"drawn={day}.csv": text.getvalue().encode(), f"drawn={day}.parquet": _parquet(lines)}
    for name, content in written.items():
        write_private(folder / name, content)
    for path in stale:
        if path.name not in written:
            path.unlink(missing_ok=True)


def _parquet(rows: pa.Table) -> bytes:
    buffer = BytesIO()
    pq.write_table(rows, buffer, compression="zstd")
    return buffer.getvalue()
