"""Changes of raw tables that must not matter, each alone: of registrations, addresses, cookies, order, words and columns.

What each may change in what is published stands beside it; which promise forbids the rest is in the tests.
"""

import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.privacy.interference import EVENT_TABLES, HASHES, REGISTRATION_FILES, Change, Row, Rows, Tables, every
from tests.worlds import GOOGLEBOT, REFUSED, ad_event, page_view, registration

PERSONAL = ("name", "email", "phone", "address", "isikukood", "customer_number", "metering_point_eic")


def each(*tables: str, **told: Callable[[int, Row], Any]) -> Change:
    """A change that gives columns of every row of some tables another value, by the row's number and the row."""

    def change(rows: Rows) -> Rows:
        changed = {
            table: [row | {column: tell(number, row) for column, tell in told.items()} for number, row in enumerate(found)]
            for table, found in rows.items()
            if table in tables
        }  # fmt: skip
        return rows | changed

    return Change(change)


def of_registrations(change: Callable[[list[Row]], list[Row]]) -> Change:
    """A change of who is registered, which only the table of registrations may show."""

    def changed(rows: Rows) -> Rows:
        return rows | {"registrations": change(rows["registrations"])}

    return Change(changed, may_differ=REGISTRATION_FILES | HASHES)


def _permuted(found: list[Row], columns: tuple[str, ...], seed: int) -> list[Row]:
    """Each person gets what another has in these columns."""
    order = random.Random(seed).sample(range(len(found)), len(found))
    return [
        row | {column: found[place].get(column) for column in columns} for row, place in zip(found, order, strict=True)
    ]


def _permuted_addresses(rows: Rows) -> Rows:
    return rows | {table: _permuted(rows[table], ("ip",), 7) for table in EVENT_TABLES}


def _exchanged_people(rows: Rows) -> Rows:
    return rows | {"registrations": _permuted(rows["registrations"], (*PERSONAL, "company"), 11)}


def _strangers(found: list[Row]) -> list[Row]:
    since = {"created_at": found[0]["created_at"]} if found else {}
    return [
        registration(account_id=f"EE{number:08}", name=f"Jaan Tamm {number}", company="Tamm AS", **since)
        for number in range(50, 350)
    ]


def _shuffled(rows: Rows) -> Rows:
    return {table: random.Random(5).sample(found, len(found)) for table, found in rows.items()}


def _relabelled(column: str, name: Callable[[int], str], *tables: str) -> Change:
    """Every value of a column under another name, the same name for the same value in all these tables."""

    def change(rows: Rows) -> Rows:
        old = sorted({row[column] for table in tables for row in rows[table] if row.get(column)})
        new = dict(zip(old, map(name, range(len(old))), strict=True))
        return rows | {
            table: [row | ({column: new[row[column]]} if row.get(column) else {}) for row in rows[table]]
            for table in tables
        }

    return Change(change)


def newer_browser(number: int, row: Row) -> str | None:
    """The same browser, some minor versions later."""
    agent: str | None = row.get("user_agent")
    return agent and agent.replace("142.0.0.0", f"142.0.7444.{number % 200}").replace("18_5", "18_5_1")


def _with(view: Row, ad: Row, many: int = 5) -> Callable[[Rows], Rows]:
    """More events, at instants of those that are there, each by a visitor of its own."""

    def change(rows: Rows) -> Rows:
        instants = [row["ts"] for table in EVENT_TABLES for row in rows[table]][:many]
        views = [page_view(ts=ts, **({"cookie_id": f"more-{n}"} | view)) for n, ts in enumerate(instants)]
        ads = [
            ad_event(ts=ts, **({"cookie_id": f"more-{n}", "action": "ad_click"} | ad)) for n, ts in enumerate(instants)
        ]
        return rows | {"page_views": rows["page_views"] + views, "ad_events": rows["ad_events"] + ads}

    return change


def _other_days(rows: Rows) -> Rows:
    return rows | {
        table: rows[table] + [row | {"ts": row["ts"] + timedelta(days=days)} for row in rows[table] for days in (-3, 3)]
        for table in EVENT_TABLES
    }


def _cut_into_files(tables: Tables) -> None:
    """Each table in small row groups, the events in several files whose names sort the other way round."""
    for table, path in tables.items():
        found = pq.read_table(path)
        if table == "registrations":
            pq.write_table(found, path, row_group_size=3, compression="none", use_dictionary=False)
            continue
        third = max(1, found.num_rows // 3)
        for number, start in enumerate(range(0, max(1, found.num_rows), third)):
            piece = path.with_name(f"part-{900 - number}.parquet")
            pq.write_table(found.slice(start, third), piece, row_group_size=7, compression="gzip")
        path.unlink()


def make_unreadable(column: str, *tables: str, stops: str) -> Change:
    """The bytes of a column are no pages any more: whoever reads them fails, which the own use `stops` alone does."""

    def spoil(found: Tables) -> None:
        for table in tables:
            for path in found[table].parent.glob("*.parquet"):
                _spoil(path, column)

    return Change(files=spoil, stops=frozenset({stops}))


def _spoil(path: Path, column: str) -> None:
    content, footer = bytearray(path.read_bytes()), pq.read_metadata(path)
    place = footer.schema.names.index(column)
    for number in range(footer.num_row_groups):
        chunk = footer.row_group(number).column(place)
        start = min((at for at in (chunk.dictionary_page_offset, chunk.data_page_offset) if at), default=0)
        content[start : start + chunk.total_compressed_size] = b"\xff" * chunk.total_compressed_size
    path.write_bytes(content)


def are_unreadable(tables: Tables, table: str, *columns: str) -> bool:
    """Whether reading any of these columns fails, and the other columns can be read."""
    pq.read_table(tables[table], columns=[name for name in pq.read_schema(tables[table]).names if name not in columns])
    return all(_fails(tables[table], column) for column in columns)


def _fails(path: Path, column: str) -> bool:
    try:
        pq.read_table(path, columns=[column])
    except (OSError, pa.ArrowException):
        return True
    return False


REGISTRATIONS = {
    "emptied": of_registrations(lambda found: []),
    "of strangers": of_registrations(_strangers),
    "exchanged between accounts": Change(_exchanged_people),
    "with other attributes": each(
        "registrations", **{column: lambda n, row, column=column: f"Teine {column} {n}" for column in PERSONAL}
    ),
}
SUBSCRIPTIONS = {
    "turned": each(
        "registrations",
        newsletter_consent=lambda n, row: not row.get("newsletter_consent"),
        offer_consent=lambda n, row: n % 2 == 0,
        updated_at=lambda n, row: row["updated_at"] + timedelta(days=n),
    ),
    "unreadable": make_unreadable("newsletter_consent", "registrations", stops="mailing_list").then(
        make_unreadable("offer_consent", "registrations", stops="mailing_list")
    ),
}
ADDRESSES = {
    "permuted": Change(_permuted_addresses),
    "empty": each(*EVENT_TABLES, ip=lambda n, row: None),
    "from elsewhere": each(*EVENT_TABLES, ip=lambda n, row: (f"2001:db8::{n:x}", "203.0.113.9", "Tartu")[n % 3]),
    "unreadable": make_unreadable("ip", *EVENT_TABLES, stops="server_diagnostics"),
}
COOKIES = {"relabelled": _relabelled("cookie_id", lambda n: f"mari.mets{n}@naide.ee", *EVENT_TABLES)}
ACCOUNTS = {"relabelled": _relabelled("account_id", lambda n: f"EE9{n * 7919:07}", "page_views")}
EVENTS = {
    f"{what} added": Change(_with(told, told))
    for what, told in {
        "refused": {"consent": REFUSED},
        "without consent": {"consent": None},
        "of unknown consent": {"consent": "jah"},
        "of objectors": {"gpc": True},
        "of bots": {"user_agent": GOOGLEBOT},
    }.items()
} | {"of other days added": Change(_other_days)}
ADS = {
    "by other names": each(
        "ad_events",
        ad_id=lambda n, row: f"ad-of-mari-{n}",
        page_url=lambda n, row: f"https://naide.ee/minu/36805280109/{n}",
        ts=lambda n, row: row["ts"].replace(minute=n % 60, second=59 - n % 60),
    )
}
BROWSERS = {"a little newer": each(*EVENT_TABLES, user_agent=newer_browser)}
WORDS = {
    "of people in addresses, referrers and titles": each(
        "page_views",
        url=lambda n, row: row["url"] + f"?email=keegi{n}%40example.ee&isikukood=36805280109#mari-mets",
        referrer=lambda n, row: f"https://webmail.example/u/keegi{n}@example.ee",
        page_title=lambda n, row: f"Kirjad: Mari Mets {n}",
    )
}
ORDER = {"of rows": Change(_shuffled), "of files and row groups": Change(files=_cut_into_files)}
COLUMNS = {
    "that no contract names": each(
        *EVENT_TABLES,
        "registrations",
        mother_tongue=lambda n, row: "eesti",
        partner_email=lambda n, row: f"mari{n}@naide.ee",
        **{"Mari Mets 36805280109": lambda n, row: f"38ZEE-{n:08}-C"},
    )
}
HARMLESS = {
    f"{what} {how}": change
    for what, changes in {
        "registrations": REGISTRATIONS, "subscriptions": SUBSCRIPTIONS, "addresses": ADDRESSES, "cookies": COOKIES,
        "accounts": ACCOUNTS, "events": EVENTS, "ads": ADS, "browsers": BROWSERS, "words": WORDS, "order": ORDER,
        "columns": COLUMNS,
    }.items()
    for how, change in changes.items()
}  # fmt: skip
"""Every change by name."""


def all_at_once() -> Change:
    """Every change, the bytes of columns last, for nobody can cut a file that cannot be read."""
    spoiled = [change for name, change in HARMLESS.items() if name.endswith("unreadable")]
    return every([change for change in HARMLESS.values() if change not in spoiled] + spoiled)
