"""The site's server in numbers: requests and errors by hour, status and network, for whoever runs it (promise 5).

The only step that sees an address. What comes out is stored for a few days in the restricted store, and never published.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv6Address

import pyarrow as pa

from anonymizers.engine import Table
from anonymizers.local_day import LocalDay

MOST_CLIENTS = 50
"""How many failing clients are told, those with most failures first."""
NO_STATUS = "none"

_NETWORKS_6 = 48

_COUNTED = """
SELECT source, $hour AS hour, ip,
       coalesce(nullif(regexp_extract(trim(status), '^([1-5][0-9][0-9])$$', 1), ''), '$none') AS status,
       CAST(count(*) AS BIGINT) AS requests
FROM (SELECT source, instant_us, trim(ip) AS ip, status FROM $requests WHERE instant_us IS NOT NULL) e
GROUP BY 1, 2, 3, 4
"""
_BY_NETWORK = """
SELECT source, hour, status,
       CASE WHEN regexp_extract(c.ip, '^([0-9]{1,3}[.][0-9]{1,3}[.][0-9]{1,3})[.][0-9]{1,3}$$', 1) <> ''
            THEN regexp_extract(c.ip, '^([0-9]{1,3}[.][0-9]{1,3}[.][0-9]{1,3})[.][0-9]{1,3}$$', 1) || '.0/24'
            ELSE coalesce(n.network, 'unknown') END AS network,
       CAST(sum(requests) AS BIGINT) AS requests
FROM $counted c LEFT JOIN $networks n ON c.ip = n.ip
GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
"""
_FAILING = """
SELECT ip AS client, CAST(sum(CASE WHEN status >= '400' THEN requests ELSE 0 END) AS BIGINT) AS failed,
       CAST(sum(requests) AS BIGINT) AS requests
FROM $counted WHERE status <> '$none' AND ip <> ''
GROUP BY ip HAVING sum(CASE WHEN status >= '400' THEN requests ELSE 0 END) > 0
ORDER BY 2 DESC, 3, 1 LIMIT $most
"""
_TOLD = """
SELECT CAST(coalesce(sum(requests), 0) AS BIGINT) AS requests,
       CAST(coalesce(sum(CASE WHEN status <> '$none' THEN requests ELSE 0 END), 0) AS BIGINT) AS with_status,
       CAST(coalesce(sum(CASE WHEN status >= '400' AND status < '500' THEN requests ELSE 0 END), 0) AS BIGINT) AS client_errors,
       CAST(coalesce(sum(CASE WHEN status >= '500' AND status < '600' THEN requests ELSE 0 END), 0) AS BIGINT) AS server_errors,
       CAST(count(DISTINCT network) AS BIGINT) AS networks
FROM $by_network
"""


@dataclass(frozen=True)
class Diagnostics:
    """A day of the server, for the restricted store."""

    by_network: pa.Table
    """source, hour, status (`none` where the source has none), network (/24, /48 or `unknown`), requests."""
    failing_clients: pa.Table
    """client (an address), failed, requests: at most `MOST_CLIENTS`."""
    told: Mapping[str, int]
    """Counts for people who run the site: requests, with_status, client_errors, server_errors, networks."""


def diagnose(requests: Table, day: LocalDay) -> Diagnostics:
    """Requests and errors of one day.

    `requests` has source, instant_us, ip, status, all of the day; ip and status may be NULL. An address is cut to its
    network, /24 for IPv4 and /48 for IPv6; only of those that fail most the whole address is kept.
    """
    engine = requests.engine
    counted = engine.keep(engine.query(_COUNTED, requests=requests, hour=day.hour_sql("e.instant_us"), none=NO_STATUS))
    long = engine.fetch(engine.query("SELECT DISTINCT ip FROM $counted WHERE ip LIKE '%:%'", counted=counted))
    addresses = [str(ip) for ip in long["ip"].to_pylist()]
    networks = pa.table(
        {
            "ip": pa.array(addresses, pa.string()),
            "network": pa.array([network_of(address) for address in addresses], pa.string()),
        }
    )
    by_network = engine.keep(engine.query(_BY_NETWORK, counted=counted, networks=engine.table(networks)))
    failing = engine.query(_FAILING, counted=counted, none=NO_STATUS, most=MOST_CLIENTS)
    told = engine.fetch(engine.query(_TOLD, by_network=by_network, none=NO_STATUS)).to_pylist()[0]
    return Diagnostics(engine.fetch(by_network), engine.fetch(failing), told)


def network_of(address: str) -> str | None:
    """The /48 of an IPv6 address, the /24 of an IPv4 one that is written as IPv6; None for what is no address."""
    try:
        found = IPv6Address(address.partition("%")[0])
    except AddressValueError:
        return None
    if found.ipv4_mapped is not None:
        return ".".join(str(found.ipv4_mapped).split(".")[:3]) + ".0/24"
    kept = int(found) >> (128 - _NETWORKS_6) << (128 - _NETWORKS_6)
    return f"{IPv6Address(kept)}/{_NETWORKS_6}"
