"""What anybody can check of a release with nothing but the release: no site folder, no key, no network."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import pyarrow as pa

from anonymizers.releasing.checks import wrong_in
from anonymizers.releasing.containers import csv_text, inflated, parquet_bytes, read_csv, read_parquet
from anonymizers.releasing.describe import SCHEMA_VERSION
from anonymizers.releasing.release import SUCCESS
from anonymizers.releasing.versions import LAYOUTS

_UNSUMMED = {"SHA256SUMS", SUCCESS}


def verify(files: Mapping[str, bytes]) -> list[str]:
    """What is wrong with the files of one release folder, a sentence each; empty when all is well.

    Checks completeness, digests, the data package's types, closed lists, keys and intervals, that each CSV says what its
    Parquet says, that neither holds a byte more than its rows need, and that checks.json tells of every check and passed
    all that block.
    """
    try:
        return _edition(files) or _completeness(files) or _digests(files) + _manifest(files) or _content(files)
    except Exception as error:
        return [f"a file cannot be read ({type(error).__name__}); fetch the release again"]


def _edition(files: Mapping[str, bytes]) -> list[str]:
    """What files there are, and what is in them, belongs to a version of the layout."""
    known = _version(files) in LAYOUTS
    return [] if known else ["the release is laid out by another version of koond; verify it with that one"]


def _version(files: Mapping[str, bytes]) -> str:
    told = json.loads(files["manifest.json"])["schema_version"] if "manifest.json" in files else SCHEMA_VERSION
    return str(told)


def _completeness(files: Mapping[str, bytes]) -> list[str]:
    needed = LAYOUTS[_version(files)].words
    return [f"{name} is missing; the release is not complete" for name in needed if name not in files]


def _digests(files: Mapping[str, bytes]) -> list[str]:
    lines = (line.split("  ", 1) for line in files["SHA256SUMS"].decode().splitlines())
    sums = {name: digest for digest, name in lines}
    wrong = [f"{name} stands in SHA256SUMS and is missing" for name in sums if name not in files]
    wrong += [f"{name} is not named in SHA256SUMS" for name in files if name not in sums and name not in _UNSUMMED]
    wrong += [
        f"{name} was changed: its SHA-256 is not the one in SHA256SUMS"
        for name, digest in sums.items()
        if name in files and sha256(files[name]).hexdigest() != digest
    ]
    if files["SHA256SUMS"] != "".join(f"{digest}  {name}\n" for name, digest in sums.items()).encode():
        wrong.append("SHA256SUMS is not written as sha256sum writes it")
    return wrong + ([f"{SUCCESS} is not empty"] if files[SUCCESS] else [])


def _manifest(files: Mapping[str, bytes]) -> list[str]:
    told = {entry["path"]: entry for entry in json.loads(files["manifest.json"])["files"]}
    odd = set(told) ^ (set(files) - _UNSUMMED - {"manifest.json"})
    return [f"{name} is in the manifest or in the folder, but not in both" for name in sorted(odd)] + [
        f"{name} is not as the manifest says"
        for name, entry in told.items()
        if name in files and (sha256(files[name]).hexdigest(), len(files[name])) != (entry["sha256"], entry["bytes"])
    ]


def _content(files: Mapping[str, bytes]) -> list[str]:
    checks, names = json.loads(files["checks.json"]), LAYOUTS[_version(files)].checks
    return [f"checks.json: {sentence}" for sentence in wrong_in(checks, names)] + _tables(files)


def _tables(files: Mapping[str, bytes]) -> list[str]:
    wrong: list[str] = []
    for resource in json.loads(files["datapackage.json"])["resources"]:
        path = resource["path"]
        if resource["hash"] != f"sha256:{sha256(files[path]).hexdigest()}":
            wrong.append(f"{path} is not as the data package says")
        if path.endswith(".parquet"):
            rows = read_parquet(files[path])
            wrong += [f"{path}: {sentence}" for sentence in _rows(rows, resource["schema"])]
            twin = path.removesuffix(".parquet") + ".csv.gz"
            if read_csv(files[twin], rows.schema).to_pylist() != rows.to_pylist():
                wrong.append(f"{twin} says something else than {path}")
            wrong += [
                f"{name} holds more or less than its rows" for name in (path, twin) if not _bare(name, files, rows)
            ]
    return wrong


def _rows(rows: pa.Table, schema: Mapping[str, Any]) -> list[str]:
    names = [field["name"] for field in schema["fields"]]
    if rows.column_names != names:
        return ["its columns are not those of the data package"]
    wrong = []
    for field in schema["fields"]:
        values, constraints = rows[field["name"]].to_pylist(), field["constraints"]
        if "enum" in constraints and not set(values) <= set(constraints["enum"]):
            wrong.append(f"{field['name']} holds a value outside its closed list")
        absent = any(value is None for value in values) and constraints.get("required", False)
        if absent or any(value < constraints.get("minimum", value) for value in values if value is not None):
            wrong.append(f"{field['name']} holds an empty or negative number")
    keys = [tuple(row[key] for key in schema["primaryKey"]) for row in rows.to_pylist()]
    if len(set(keys)) < len(keys):
        wrong.append("a key stands twice")
    return wrong + [f"{metric} lies outside its interval" for metric, found in outside_intervals(rows).items() if found]


def _bare(name: str, files: Mapping[str, bytes], rows: pa.Table) -> bool:
    """Whether a file is nothing but its rows. How gzip shortens a text may differ between machines; the text may not."""
    if name.endswith(".parquet"):
        return files[name] == parquet_bytes(rows)
    return inflated(files[name]) == csv_text(rows)


def outside_intervals(rows: pa.Table) -> Mapping[str, int]:
    """Metric -> how many of its numbers are negative, lie outside their interval, or are empty in part."""
    metrics = [name for name in rows.column_names if f"{name}_low" in rows.column_names]
    return {metric: sum(not _inside(row, metric) for row in rows.to_pylist()) for metric in metrics}


def _inside(row: Mapping[str, Any], metric: str) -> bool:
    low, number, high = row[f"{metric}_low"], row[metric], row[f"{metric}_high"]
    if None in (low, number, high):
        return low is number is high is None
    return bool(0 <= low <= number <= high)
