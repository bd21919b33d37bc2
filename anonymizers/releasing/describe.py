"""The words around the numbers: datapackage.json, privacy.json and README.md, from the site and the mechanisms alone."""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

import pyarrow as pa

from anonymizers.counting.measure import NoisyTable
from anonymizers.counting.mechanism import CONFIDENCE, release_epsilon
from anonymizers.counting.statistic import MEANINGS, Statistic, vocabulary
from anonymizers.local_day import LocalDay
from anonymizers.site import Site

SCHEMA_VERSION = "1"
_ENDS = {"_low": "Lower end of the 95 % interval of", "_high": "Upper end of the 95 % interval of"}


def as_json(value: object) -> bytes:
    """JSON for people and programs: two spaces, keys as given, a newline at the end."""
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def datapackage(site: Site, day: LocalDay, tables: Sequence[NoisyTable], data: Mapping[str, bytes]) -> bytes:
    """A Frictionless data package: every file's fields, types, closed lists, keys and digest."""
    resources = [
        _resource(site, table.statistic, f"{table.statistic.name}{ending}", data[f"{table.statistic.name}{ending}"])
        for table in tables
        for ending in (".parquet", ".csv.gz")
    ]
    return as_json(
        {
            "$schema": "https://datapackage.org/profiles/1.0/datapackage.json",
            "name": f"{site.site.replace('_', '-')}-daily-{day.date.isoformat()}",
            "title": f"{site.title}: audience statistics of {day.date.isoformat()}",
            "description": "Differentially private audience statistics; see privacy.json for the guarantee.",
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
    return {
        "name": f"{statistic.name.replace('_', '-')}-{'parquet' if parquet else 'csv'}",
        "path": path,
        "profile": "tabular-data-resource",
        "title": statistic.title,
        **shape,
        "hash": f"sha256:{sha256(content).hexdigest()}",
        "schema": {
            "fields": [_field(site, field) for field in statistic.schema()],
            "primaryKey": ["traffic_date", *statistic.keys],
        },
    }


def _field(site: Site, field: pa.Field) -> dict[str, Any]:
    described: dict[str, Any] = {
        "name": field.name,
        "type": _frictionless_type(field.type),
        "description": meaning(field.name),
    }
    constraints: dict[str, Any] = {"required": True}
    if field.name in vocabulary(site):
        constraints["enum"] = list(vocabulary(site)[field.name])
    elif field.type == pa.int64():
        constraints["minimum"] = 0
        described["unit"] = "count"
    return {**described, "constraints": constraints}


def _frictionless_type(kind: pa.DataType) -> str:
    return {pa.string(): "string", pa.date32(): "date"}.get(kind, "integer")


def meaning(column: str) -> str:
    """One sentence on a published column."""
    for end, text in _ENDS.items():
        if column.endswith(end):
            return f"{text} {column.removesuffix(end)}."
    return MEANINGS[column]


def privacy(site: Site, day: LocalDay, tables: Sequence[NoisyTable], caveats: Sequence[str]) -> bytes:
    """The guarantee of this release in numbers: unit, neighbours, mechanism, budget, and each metric's noise."""
    spent = sum(mechanism.rho for table in tables for mechanism in table.mechanisms)
    return as_json(
        {
            "release": release_name(day),
            "policy": {"version": site.policy.version, "url": site.policy.url},
            "unit": f"All events of one visitor in one day. {site.unit}",
            "neighbours": "Two days that differ by all events of one visitor, added or removed.",
            "mechanism": "Discrete Gaussian on bounded counts (OpenDP), zero-concentrated differential privacy.",
            "budget": {"epsilon": site.budget.epsilon, "delta": site.budget.delta},
            "spent": {
                "rho": spent,
                "epsilon": round(release_epsilon(spent, site.budget.delta), 6),
                "delta": site.budget.delta,
            },
            "confidence": CONFIDENCE,
            "tables": {table.statistic.name: _table_privacy(site, table) for table in tables},
            "not_protected": list(caveats),
        }
    )


def _table_privacy(site: Site, table: NoisyTable) -> dict[str, Any]:
    bound = site.tables.of(table.statistic.name)
    return {
        "keys": list(table.statistic.keys),
        "bound": {"cells": bound.cells, "events": bound.events},
        "share": bound.share,
        "metrics": {
            mechanism.metric: {
                "l2_sensitivity": mechanism.l2_sensitivity,
                "rho": mechanism.rho,
                "sigma": mechanism.sigma,
                "interval": f"± {mechanism.half_width}",
            }
            for mechanism in table.mechanisms
        },
    }


def release_name(day: LocalDay) -> str:
    """Where a day's release stands below the published folder."""
    return f"daily/date={day.date.isoformat()}"


def readme(site: Site, day: LocalDay, tables: Sequence[NoisyTable]) -> bytes:
    """What a reader who has never heard of koond needs first."""
    lines = [
        f"# {site.title}: audience statistics of {day.date.isoformat()}",
        "",
        "Every number here is an estimate: random noise has been added, so that nobody can tell from these files whether",
        "any one visitor was on the site that day "
        f"(differential privacy, epsilon {site.budget.epsilon:g}, delta {site.budget.delta:g}).",
        "Every word comes from a list that was fixed before the day's data was read.",
        "",
        "| table | one row for each | numbers |",
        "| --- | --- | --- |",
    ]
    lines += [
        f"| `{table.statistic.name}` | {', '.join(('traffic_date', *table.statistic.keys))} | "
        + ", ".join(f"{mechanism.metric} ± {mechanism.half_width}" for mechanism in table.mechanisms)
        + " |"
        for table in tables
    ]
    lines += [
        "",
        "- Each table is here twice: `.parquet`, and `.csv.gz` for spreadsheets. `datapackage.json` explains every column.",
        "- `<number>_low` and `<number>_high` enclose the bounded count in 95 of 100 cases.",
        "- A row that is missing is too small to tell from nothing. A row that stands is more than noise alone makes anywhere",
        "  in its table, in 95 of 100 tables.",
        "- Do not add up `visitors` over rows or days: the same visitor stands in several. `events` may be added up.",
        "- The same number may differ between two tables: each table has noise of its own.",
        f"- Privacy policy of the site: version {site.policy.version}, {site.policy.url}",
        "",
        "Read it: `SELECT * FROM 'topics.parquet'` in DuckDB, `pandas.read_parquet('topics.parquet')` in Python.",
        "Check it: `sha256sum --check SHA256SUMS`, or `koond verify` with this folder's name.",
        "",
    ]
    return "\n".join(lines).encode()
