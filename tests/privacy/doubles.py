"""Readers that break a promise on purpose: each lets something matter that must not, so that the tests are seen to see it."""

from collections.abc import Mapping
from typing import Any

from anonymizers.consent.agreed import EVERYTHING
from anonymizers.contract import Purpose, Source
from anonymizers.engine import Table
from pipelines.sources.reading import RawReader

PAGES, ADS = "clickstream", "ad_beacons"


def heeding(table: str, condition: str, **columns: str) -> type[RawReader]:
    """A reader that leaves out rows of a table by a condition in SQL, for which it reads `columns` as well."""

    class Heeding(RawReader):
        def _rows(self, name: str, source: Source, purpose: Purpose) -> Table:
            if name != table or purpose is not Purpose.AUDIENCE:
                return super()._rows(name, source, purpose)
            read = self._typed(name, source, purpose, self._wanted(source, purpose) | columns)
            return self.engine.query(
                "SELECT * FROM $rows WHERE coalesce($condition, FALSE)", rows=read, condition=condition
            )

    return Heeding


HEEDING: Mapping[str, type[RawReader]] = {
    "addresses permuted": heeding(PAGES, "ip LIKE '198.51.100.1%'", ip="ip"),
    "addresses empty": heeding(PAGES, "ip IS NOT NULL", ip="ip"),
    "addresses from elsewhere": heeding(ADS, "ip LIKE '203.0.113.%'", ip="ip"),
    "cookies relabelled": heeding(PAGES, "cookie_id NOT LIKE '%@%'"),
    "accounts relabelled": heeding(PAGES, "coalesce(account_id, '') NOT LIKE 'EE9%'"),
    "browsers a little newer": heeding(PAGES, "user_agent NOT LIKE '%142.0.7444%'"),
    "words of people in addresses, referrers and titles": heeding(
        PAGES,
        "referrer LIKE 'https://mail.%' AND page_title LIKE 'Tere%'",
        referrer="referrer",
        page_title="page_title",
    ),
    "ads by other names": heeding(ADS, "page_url LIKE '%email%'", page_url="page_url"),
}
"""Change -> a reader that heeds what the change changes."""


class Joining(RawReader):
    """Breaks promise 4: it leaves out the visits of people who are registered with a company."""

    def read(self, name: str, purpose: Purpose) -> Table:
        """The rows that the purpose may have, joined with what it may not."""
        rows = super().read(name, purpose)
        if (name, purpose) != (PAGES, Purpose.AUDIENCE):
            return rows
        return self.engine.query(
            "SELECT e.* FROM $rows e LEFT JOIN $people p ON e.visitor = 'account_id:' || p.account_id "
            "WHERE p.company IS NULL",
            rows=rows,
            people=super().read("registrations", Purpose.LEAK_SCAN),
        )


class Trusting(RawReader):
    """Breaks promise 6: whoever comes has consented."""

    def _events(self, name: str, source: Any) -> Table:
        events = super()._events(name, source)
        columns = f"instant_us, visitor, user_agent, CAST({EVERYTHING} AS SMALLINT) AS agreed, counted, account_id, cookie_id, "
        columns += "url" if name == PAGES else "ad_topic, action"
        return self.engine.query(f"SELECT {columns} FROM $events", events=events)
