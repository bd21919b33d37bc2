"""Part of a release, as a folder that explains and checks itself: agreed tables, formats and rows, with documents of its own.

Post-processing of published numbers: it costs no privacy. It reads the release and nothing else.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from anonymizers.delivering.subset_readme import subset_readme
from anonymizers.releasing.containers import csv_bytes, parquet_bytes, read_parquet
from anonymizers.releasing.describe import as_json
from anonymizers.releasing.release import SUCCESS, Release
from anonymizers.vocabulary import ALL_VISITORS

ENDINGS: Mapping[str, str] = {"parquet": ".parquet", "csv": ".csv.gz"}
_MANIFEST, _SUMS, _PACKAGE, _SEGMENTS, _README = (
    "manifest.json", "SHA256SUMS", "datapackage.json", "segments.json", "README.md"
)  # fmt: skip


@dataclass(frozen=True)
class Agreed:
    """What of a release was agreed."""

    partner: str
    tables: Collection[str]
    formats: Collection[str]
    segments: Collection[str]
    """Their rows of tables by segment; `all_visitors`, what they compare with, goes along."""


def subset(release: Release, agreed: Agreed) -> Mapping[str, bytes]:
    """Name -> content of the agreed part of a release, in the order of writing: the release's own files where all of it was
    agreed; else the agreed tables with only the agreed rows, and documents that speak of them alone.

    `manifest.json` of a part names, below `delivery`, the partner, the release's digest, and the SHA-256 in the release of
    each file that it was made from.
    """
    package = json.loads(release.files[_PACKAGE])
    paths = [resource["path"] for resource in package["resources"]]
    kept = [path for path in paths if _is_agreed(path, agreed)]
    data = {path: _agreed_rows(release, path, agreed) for path in kept}
    manifest = json.loads(release.files[_MANIFEST])
    told = [entry["path"] for entry in manifest["files"]]
    if kept == paths and all(release.files[path] == content for path, content in data.items()):
        return {name: release.files[name] for name in (*told, _MANIFEST, _SUMS, SUCCESS)}
    described = _package(package, data, agreed)
    made = {
        _SEGMENTS: _segments(release.files[_SEGMENTS], agreed),
        _PACKAGE: as_json(described),
        _README: subset_readme(release.name, described, agreed.formats),
    }
    files = data | {name: made.get(name, release.files[name]) for name in told if name not in paths}
    files[_MANIFEST] = _manifest(manifest, release, files, agreed)
    files[_SUMS] = "".join(f"{sha256(content).hexdigest()}  {name}\n" for name, content in files.items()).encode()
    return files | {SUCCESS: b""}


def _is_agreed(path: str, agreed: Agreed) -> bool:
    table, _, ending = path.partition(".")
    return table in agreed.tables and f".{ending}" in {ENDINGS[name] for name in agreed.formats}


def _agreed_rows(release: Release, path: str, agreed: Agreed) -> bytes:
    """The file as it is where all its rows were agreed: how zlib shortens a text differs between machines."""
    whole = read_parquet(release.files[f"{path.partition('.')[0]}{ENDINGS['parquet']}"])
    if "segment" not in whole.column_names:
        return release.files[path]
    rows = whole.filter(pc.is_in(whole["segment"], pa.array([ALL_VISITORS, *agreed.segments], pa.string())))
    if rows.num_rows == whole.num_rows:
        return release.files[path]
    return parquet_bytes(rows) if path.endswith(ENDINGS["parquet"]) else csv_bytes(rows)


def _package(package: Mapping[str, Any], data: Mapping[str, bytes], agreed: Agreed) -> dict[str, Any]:
    resources = [
        _resource(resource, data[resource["path"]], agreed)
        for resource in package["resources"]
        if resource["path"] in data
    ]
    return {**package, "name": f"{package['name']}-{agreed.partner.replace('_', '-')}", "resources": resources}


def _resource(resource: Mapping[str, Any], content: bytes, agreed: Agreed) -> dict[str, Any]:
    size = {"bytes": len(content)} if "bytes" in resource else {}
    schema = {**resource["schema"], "fields": [_field(field, agreed) for field in resource["schema"]["fields"]]}
    return {**resource, **size, "hash": f"sha256:{sha256(content).hexdigest()}", "schema": schema}


def _field(field: Mapping[str, Any], agreed: Agreed) -> Mapping[str, Any]:
    if field["name"] != "segment":
        return field
    words = [word for word in field["constraints"]["enum"] if word in (ALL_VISITORS, *agreed.segments)]
    return {**field, "constraints": {**field["constraints"], "enum": words}}


def _segments(content: bytes, agreed: Agreed) -> bytes:
    told = json.loads(content)
    return as_json({**told, "segments": [each for each in told["segments"] if each["segment"] in agreed.segments]})


def _manifest(told: Mapping[str, Any], release: Release, files: Mapping[str, bytes], agreed: Agreed) -> bytes:
    made_from = {name: sha256(release.files[name]).hexdigest() for name in (*files, _MANIFEST)}
    delivery = {"partner": agreed.partner, "release_digest": release.digest, "made_from": made_from}
    entries = [
        {"path": name, "bytes": len(content), "sha256": sha256(content).hexdigest()} for name, content in files.items()
    ]
    return as_json({**told, "delivery": delivery, "files": entries})
