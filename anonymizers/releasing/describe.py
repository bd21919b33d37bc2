"""The words around the numbers, for programs: datapackage.json, from the site and the plan alone."""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

import pyarrow as pa

from anonymizers.counting.statistic import Statistic, vocabulary
from anonymizers.estimating.estimate import NoisyTable
from anonymizers.releasing.edition import Edition
from anonymizers.site import Site

SCHEMA_VERSION = "4"
"""Of a release's layout: raised when files, columns or checks come, go or change their meaning."""
MEANINGS: Mapping[str, str] = {
    "traffic_date": "Day of the traffic, in the site's time zone.",
    "iso_week": "ISO 8601 week of the traffic, in the site's time zone.",
    "topic": "Subject of the page or of the advertisement, from the site's closed list; other: all that are not told apart.",
    "action": "What the visitor did: viewed a page, was shown an ad, scrolled over an ad, or clicked it.",
    "hour": "Hour on the wall where the site is. When the clocks go back, both hours 3 count as hour 3.",
    "daypart": "Part of the day: night 0-5, morning 6-9, midday 10-13, afternoon 14-17, evening 18-21, late evening 22-23.",
    "browser": "Browser family; other: all that are not told apart.",
    "device": "Kind of device; other: all that are not told apart.",
    "os": "Operating system; other: all that are not told apart.",
    "segment": "Audience segment, described in segments.json; all_visitors: everybody who was there.",
    "band": "How many events the visitor had in the week.",
    "customer_kind": "Whether a private person or a company registered.",
    "visitors": "Different visitors, estimated. In rows of other, a visitor of several small cells counts in each.",
    "events": "Events, estimated; they add up alike in all tables of the release.",
    "registrations": "Accounts registered on the day, estimated.",
    "affinity": "Share of the segment's visitors in the row over the share of all visitors in it, times 100; empty where the "
    "noise does not support it.",
}
_ENDS = {"_low": "Lower end of the 95 % interval of", "_high": "Upper end of the 95 % interval of"}


def as_json(value: object) -> bytes:
    """JSON for people and programs: two spaces, keys as given, a newline at the end."""
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def datapackage(site: Site, edition: Edition, tables: Sequence[NoisyTable], data: Mapping[str, bytes]) -> bytes:
    """A Frictionless data package: every file's fields, types, closed lists, keys and digest."""
    resources = [
        _resource(site, table.statistic, f"{table.statistic.name}{ending}", data[f"{table.statistic.name}{ending}"])
        for table in tables
        for ending in (".parquet", ".csv.gz")
    ]
    name = edition.release.replace("/", "-").replace("=", "-").lower()
    return as_json(
        {
            "$schema": "https://datapackage.org/profiles/1.0/datapackage.json",
            "name": f"{site.site.replace('_', '-')}-{name}",
            "title": f"{site.title}: audience statistics of {edition.period}",
            "description": "Differentially private audience statistics; see privacy.json for the guarantee, and checks.json "
            "for what the release was judged by.",
            "version": SCHEMA_VERSION,
            "resources": resources,
        }
    )


def _resource(site: Site, statistic: Statistic, path: str, content: bytes) -> dict[str, Any]:
    parquet = path.endswith(".parquet")
    # frictionless 5.21 does not count a Parquet file's bytes and calls any stated number wrong; the manifest has it.
    shape: dict[str, Any] = {"format": "parquet", "mediatype": "application/vnd.apache.parquet"}
    if not parquet:
        shape = {
            "format": "csv",
            "mediatype": "text/csv",
            "encoding": "utf-8",
            "compression": "gz",
            "bytes": len(content),
        }
    schema = statistic.schema()
    # Readers that turn an empty number of a Parquet file into NaN, as frictionless 5.21 does, mean the same by both.
    missing = {"missingValues": ["", "nan"]} if parquet and any(field.nullable for field in schema) else {}
    return {
        "name": f"{statistic.name.replace('_', '-')}-{'parquet' if parquet else 'csv'}",
        "path": path,
        "profile": "tabular-data-resource",
        "title": statistic.title,
        **shape,
        "hash": f"sha256:{sha256(content).hexdigest()}",
        "schema": {
            "fields": [_field(vocabulary(site, statistic.window), field) for field in schema],
            "primaryKey": [schema.names[0], *statistic.keys],
            **missing,
        },
    }


def _field(words: Mapping[str, Sequence[str | int]], field: pa.Field) -> dict[str, Any]:
    described: dict[str, Any] = {
        "name": field.name,
        "type": _frictionless_type(field.type),
        "description": meaning(field.name),
    }
    constraints: dict[str, Any] = {"required": True} if not field.nullable else {}
    if field.name in words:
        constraints["enum"] = list(words[field.name])
    elif field.type == pa.int64():
        constraints["minimum"] = 0
        described["unit"] = "index" if field.nullable else "count"
    return {**described, "constraints": constraints}


def _frictionless_type(kind: pa.DataType) -> str:
    return {pa.string(): "string", pa.date32(): "date"}.get(kind, "integer")


def meaning(column: str) -> str:
    """One sentence on a published column."""
    for end, text in _ENDS.items():
        if column.endswith(end):
            return f"{text} {column.removesuffix(end)}."
    return MEANINGS[column]
