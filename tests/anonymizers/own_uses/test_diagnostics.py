"""The server's day in numbers, against a count by hand; addresses only of those that fail most."""

import ipaddress
from collections import Counter
from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anonymizers.local_day import LocalDay
from anonymizers.own_uses.diagnostics import MOST_CLIENTS, diagnose, network_of
from pipelines.engines.duckdb_engine import DuckDBEngine

DAY = LocalDay(date(2026, 11, 20), "Europe/Tallinn")
SCHEMA = pa.schema([("source", pa.string()), ("instant_us", pa.int64()), ("ip", pa.string()), ("status", pa.string())])

V4, V6 = ("198.51.100.7", "198.51.100.8", "203.0.113.9"), ("2001:db8:5::1", "2001:db8:5:9::2", "::ffff:198.51.100.9")
addresses = st.sampled_from([*V4, *V6, "x", "1.2.3", "", None])
rows = st.lists(
    st.fixed_dictionaries(
        {
            "source": st.sampled_from(["clickstream", "ad_beacons"]),
            "instant_us": st.integers(DAY.start_us, DAY.end_us - 1),
            "ip": addresses,
            "status": st.sampled_from(["200", "304", "404", "500", " 503 ", "abc", "99", "20000", None]),
        }
    ),
    max_size=40,
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    opened = DuckDBEngine(tmp_path_factory.mktemp("work"))
    yield opened
    opened.close()


def network(ip: str | None) -> str:
    try:
        found = ipaddress.ip_address((ip or "").strip())
    except ValueError:
        return "unknown"
    if found.version == 6 and found.ipv4_mapped:
        found = found.ipv4_mapped
    return str(ipaddress.ip_network(f"{found}/{24 if found.version == 4 else 48}", strict=False))


def status(text: str | None) -> str:
    text = (text or "").strip()
    return text if len(text) == 3 and text.isdigit() and text[0] in "12345" else "none"


@settings(max_examples=25, deadline=None)
@given(found=rows)
def test_the_numbers_are_those_counted_by_hand(engine, found):
    diagnosed = diagnose(engine.table(pa.Table.from_pylist(found, schema=SCHEMA)), DAY)
    expected = Counter(
        (row["source"], (row["instant_us"] - DAY.start_us) // 3_600_000_000, status(row["status"]), network(row["ip"]))
        for row in found
    )
    told = {
        (row["source"], row["hour"], row["status"], row["network"]): row["requests"]
        for row in diagnosed.by_network.to_pylist()
    }
    assert told == expected
    failed = Counter(row["ip"] for row in found if status(row["status"])[0] in "45" and row["ip"])
    assert {row["client"]: row["failed"] for row in diagnosed.failing_clients.to_pylist()} == failed
    assert diagnosed.told["requests"] == len(found)
    assert diagnosed.told["client_errors"] == sum(status(row["status"])[0] == "4" for row in found)
    assert diagnosed.told["server_errors"] == sum(status(row["status"])[0] == "5" for row in found)


def test_no_address_is_kept_whole_but_of_those_that_fail_most(engine):
    found = [
        {
            "source": "clickstream",
            "instant_us": DAY.start_us,
            "ip": f"198.51.{n}.77",
            "status": "500" if n < 60 else "200",
        }
        for n in range(100)
    ]
    diagnosed = diagnose(engine.table(pa.Table.from_pylist(found, schema=SCHEMA)), DAY)
    assert diagnosed.failing_clients.num_rows == MOST_CLIENTS
    assert all(row["network"].endswith(".0/24") for row in diagnosed.by_network.to_pylist())


def test_a_source_without_status_is_counted_and_nobody_fails(engine):
    found = [{"source": "clickstream", "instant_us": DAY.start_us, "ip": "198.51.100.7", "status": None}]
    diagnosed = diagnose(engine.table(pa.Table.from_pylist(found, schema=SCHEMA)), DAY)
    assert diagnosed.told["with_status"] == 0 and diagnosed.told["requests"] == 1
    assert diagnosed.failing_clients.num_rows == 0


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("2001:db8:5:ffff::1", "2001:db8:5::/48"),
        ("fe80::1%eth0", "fe80::/48"),
        ("::ffff:198.51.100.9", "198.51.100.0/24"),
        (":", None),
        ("a:b", None),
    ],
)
def test_a_network_is_the_address_without_its_end(address, expected):
    assert network_of(address) == expected
