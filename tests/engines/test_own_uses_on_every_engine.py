"""The site's own uses give the same numbers on every engine."""

from collections.abc import Mapping
from datetime import date

import pyarrow as pa
import pytest

from anonymizers.local_day import LocalDay
from anonymizers.own_uses.cookies import audit
from anonymizers.own_uses.diagnostics import diagnose
from pipelines.engines import FileEngine

pytestmark = pytest.mark.xdist_group("spark")

DAY = LocalDay(date(2026, 11, 20), "Europe/Tallinn")
ADDRESSES = ("198.51.100.7", " 198.51.100.8 ", "2001:db8:5::1", "::ffff:198.51.100.9", "x", "", None)
STATUSES = ("200", "404", "500", " 503", "abc", None)
COOKIES = ("sid=1; mail=mari%40x.example", "sid=1;sid=2;;", "kes=36805280109; a'b\\c", "", None)


def test_the_server_is_diagnosed_alike(engines: Mapping[str, FileEngine]) -> None:
    rows = [
        {"source": "clickstream", "instant_us": DAY.start_us + hour * 3_600_000_000, "ip": address, "status": status}
        for address in ADDRESSES
        for status in STATUSES
        for hour in (0, 23)
    ]
    kinds = [("source", pa.string()), ("instant_us", pa.int64()), ("ip", pa.string()), ("status", pa.string())]
    table = pa.Table.from_pylist(rows, schema=pa.schema(kinds))
    first, second = (diagnose(engine.table(table), DAY) for engine in engines.values())
    assert first.told == second.told and first.told["requests"] == len(rows)
    for one, other in ((first.by_network, second.by_network), (first.failing_clients, second.failing_clients)):
        assert sorted(map(str, one.to_pylist())) == sorted(map(str, other.to_pylist()))


def test_cookies_are_cut_and_audited_alike(engines: Mapping[str, FileEngine]) -> None:
    table = pa.table({"cookies": pa.array(COOKIES, pa.string())})
    first, second = (audit(engine.table(table), engine.table(table)) for engine in engines.values())
    assert first == second
    assert first.looked_at == 5 and first.names == ("kes", "mail")
