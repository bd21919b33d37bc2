"""What anybody can check of a release with nothing but its files and the public key of its site: no site folder, no network."""

import json
from collections.abc import Collection, Mapping, Sequence
from hashlib import sha256
from typing import Any

import pyarrow as pa
from minisign import PublicKey

from anonymizers.releasing.checks import wrong_in
from anonymizers.releasing.containers import csv_text, inflated, parquet_bytes, read_csv, read_parquet
from anonymizers.releasing.describe import SCHEMA_VERSION
from anonymizers.releasing.release import SUCCESS
from anonymizers.releasing.signature import MANIFEST, SIGNATURE, signed_by, wrong_signature
from anonymizers.releasing.versions import LAYOUTS

_SUMS = "SHA256SUMS"
_AGAIN, _TELL = "fetch the release again", "do not use it, and tell the site"
MOST_IN_A_FILE, MOST_IN_ALL, MOST_FILES = 16_000_000, 64_000_000, 200
"""Bytes and files beyond which nothing is read. The largest file of a release has some hundred kilobytes."""


def verify_signed(
    files: Mapping[str, bytes],
    key: PublicKey | None,
    folder: str,
    *,
    unsigned: bool = False,
    strange: Collection[str] = (),
) -> list[str]:
    """What is wrong with a release whose folder is called `folder`, a sentence each; empty when the owner of `key` signed
    just these files as just this release, and `verify` finds nothing.

    With `unsigned`, a release without a signature is judged by the rest alone. `strange` names what is in the folder beside
    `files`. Nothing but the manifest is looked at before `verify_maker` found it good.
    """
    wrong = verify_maker(files, key, folder, unsigned=unsigned)
    if wrong:
        return wrong
    beside = [f"{name} is in the folder and not in the release; remove it, or {_AGAIN}" for name in strange]
    return beside + verify(files)


def verify_maker(
    files: Mapping[str, bytes], key: PublicKey | None, folder: str, *, unsigned: bool = False
) -> list[str]:
    """What is wrong with the manifest and its signature, a sentence each; empty when the owner of `key` made them for the
    folder where they stand, and the files that they name can be read. Of `files` no other is looked at, or needed."""
    if MANIFEST not in files:
        return [f"{MANIFEST} is missing; this is no release, or {_AGAIN}"]
    release = _release(files)
    if release is None:
        return [f"{MANIFEST} cannot be read; {_AGAIN}"]
    if SIGNATURE in files and signed_by(files[SIGNATURE]) is None:
        return [f"{SIGNATURE} is no signature of minisign; {_AGAIN}"]
    if SIGNATURE in files and key is None:
        return [f"{SIGNATURE} was made with a key that is not known here; give the site's key with --key"]
    if (
        SIGNATURE in files
        and key is not None
        and (wrong := wrong_signature(files[SIGNATURE], files[MANIFEST], release, key))
    ):
        return wrong
    if SIGNATURE not in files and not unsigned:
        return [f"{SIGNATURE} is missing: {_why_unsigned(files)}"]
    # A good signature that stands beside another release is an old release passed off as a new one.
    if release.split("/")[-1] != folder.rstrip("/").split("/")[-1]:
        return [f"{MANIFEST} is of {release}, and stands in a folder of another name; {_AGAIN}"]
    try:
        named_files(files[MANIFEST])
    except ValueError as error:
        return [f"{MANIFEST} names {error}; {_TELL}"]
    return []


def verify(files: Mapping[str, bytes]) -> list[str]:
    """What is wrong with the files of one release folder, a sentence each; empty when all is well. Whether the manifest
    is the site's own is for `verify_signed`.

    Checks completeness, digests, the data package's types, closed lists, keys and intervals, that each CSV says what its
    Parquet says, that neither holds a byte more than its rows need, and that checks.json tells of every check and passed
    all that block.
    """
    try:
        return _edition(files) or _completeness(files) or _digests(files) or _content(files)
    except Exception as error:
        return [f"a file cannot be read ({type(error).__name__}); {_AGAIN}"]


def named_files(manifest: bytes) -> Mapping[str, int]:
    """The files that a manifest stands for, each with the bytes that it may have at most. Raises ValueError for a manifest that
    cannot be read, that names anything but plain files beside it, or more of them than any release has."""
    try:
        told = {str(entry["path"]): int(entry["bytes"]) for entry in json.loads(manifest)["files"]}
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError):
        raise ValueError("no files") from None
    if any(
        most < 0 or not name.replace(".", "").replace("_", "").isalnum() or name.startswith(".")
        for name, most in told.items()
    ):
        raise ValueError("a file of another place")
    sizes = told.values()
    if len(sizes) > MOST_FILES or sum(sizes) > MOST_IN_ALL or max(sizes, default=0) > MOST_IN_A_FILE:
        raise ValueError("more than a release has")
    return told | {_SUMS: sum(len(name) + 67 for name in (*told, MANIFEST)), SUCCESS: 0}


def _release(files: Mapping[str, bytes]) -> str | None:
    try:
        return str(json.loads(files[MANIFEST])["release"])
    except (KeyError, TypeError, ValueError, RecursionError):
        return None


def _why_unsigned(files: Mapping[str, bytes]) -> str:
    if not LAYOUTS.get(_version(files), LAYOUTS[SCHEMA_VERSION]).signed:
        return "the release is from before releases were signed, and nothing shows who made it; check the rest with --unsigned"
    return f"nothing shows who made the release; {_AGAIN}, or check the rest with --unsigned"


def _edition(files: Mapping[str, bytes]) -> list[str]:
    """What files there are, and what is in them, belongs to a version of the layout."""
    known = _version(files) in LAYOUTS
    return [] if known else ["the release is laid out by another version of koond; verify it with that one"]


def _version(files: Mapping[str, bytes]) -> str:
    told = json.loads(files[MANIFEST]).get("schema_version") if MANIFEST in files else SCHEMA_VERSION
    return str(told)


def _completeness(files: Mapping[str, bytes]) -> list[str]:
    needed = {*LAYOUTS[_version(files)].words, *(named_files(files[MANIFEST]) if MANIFEST in files else ())}
    return [f"{name} is missing; the release is not complete, {_AGAIN}" for name in sorted(needed - set(files))]


def _digests(files: Mapping[str, bytes]) -> list[str]:
    """The manifest vouches for each file, and for what SHA256SUMS must say to the byte."""
    entries: Sequence[Mapping[str, Any]] = json.loads(files[MANIFEST])["files"]
    told = {entry["path"]: (entry["sha256"], entry["bytes"]) for entry in entries}
    apart = {MANIFEST, _SUMS, SUCCESS} | ({SIGNATURE} if LAYOUTS[_version(files)].signed else set())
    wrong = [f"{name} is not in {MANIFEST}; remove it, or {_AGAIN}" for name in sorted(set(files) - set(told) - apart)]
    wrong += [
        f"{name} was changed: its SHA-256 or length is not the one in {MANIFEST}; {_AGAIN}"
        for name, stated in told.items()
        if (sha256(files[name]).hexdigest(), len(files[name])) != stated
    ]
    sums = {name: stated[0] for name, stated in told.items()} | {MANIFEST: sha256(files[MANIFEST]).hexdigest()}
    if files[_SUMS] != "".join(f"{digest}  {name}\n" for name, digest in sums.items()).encode():
        wrong.append(f"{_SUMS} was changed: it does not say what {MANIFEST} says; {_AGAIN}")
    return wrong + ([f"{SUCCESS} was changed: it is not empty; {_AGAIN}"] if files[SUCCESS] else [])


def _content(files: Mapping[str, bytes]) -> list[str]:
    checks, names = json.loads(files["checks.json"]), LAYOUTS[_version(files)].checks
    found = [f"checks.json: {sentence}" for sentence in wrong_in(checks, names)] + _tables(files)
    return [f"{sentence}; {_TELL}" for sentence in found]


def _tables(files: Mapping[str, bytes]) -> list[str]:
    wrong: list[str] = []
    for resource in json.loads(files["datapackage.json"])["resources"]:
        path, schema = resource["path"], resource["schema"]
        if resource["hash"] != f"sha256:{sha256(files[path]).hexdigest()}":
            wrong.append(f"{path} is not as the data package says")
        parquet = path.endswith(".parquet")
        twin = f"{path.removesuffix('.csv.gz')}.parquet"
        rows = read_parquet(files[path]) if parquet else read_csv(files[path], _schema(schema))
        if parquet or twin not in files:
            wrong += [f"{path}: {sentence}" for sentence in _rows(rows, schema)]
        elif rows.to_pylist() != read_parquet(files[twin]).to_pylist():
            wrong.append(f"{path} says something else than {twin}")
        if not _bare(path, files, rows):
            wrong.append(f"{path} holds more or less than its rows")
    return wrong


def _schema(told: Mapping[str, Any]) -> pa.Schema:
    """The types of a CSV's columns, from the data package."""
    kinds: Mapping[str, pa.DataType] = {"string": pa.string(), "date": pa.date32()}
    return pa.schema([(field["name"], kinds.get(field["type"], pa.int64())) for field in told["fields"]])


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
