"""Every string that a release publishes, with its place: what the detectors look at.

Numbers of number columns and JSON numbers are no strings: that they follow from mechanisms is the gate's to check. A
place never holds a name that the release made up: files and columns that are not of the closed lists go by number.
"""

import csv
import gzip
import io
import json
import re
from collections.abc import Collection, Iterator, Mapping
from itertools import zip_longest
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from anonymizers.searching.opened import texts

PlacedString = tuple[str, str]
_NUMBER = re.compile(r"(?:-?[0-9]{1,18}(?:\.[0-9]{1,18})?)?")


def published_strings(files: Mapping[str, bytes], known: Collection[str] = ()) -> Iterator[PlacedString]:
    """(place, string) of all names of files and of all that stands in them; in tables each string once a column.

    Files whose names are `known` are told by name, others by their number. A CSV's numbers are those of the number
    columns of the Parquet file of the same name; without one, every cell is a string. Raises what the readers raise:
    a file that cannot be read is not passed over.
    """
    numbers = {
        name.removesuffix(".parquet"): _number_columns(content) for name, content in files.items() if _is_table(name)
    }
    for number, (name, content) in enumerate(files.items(), start=1):
        place = name if name in known else f"file {number}"
        yield f"{place}, name", name
        for inside, string in _strings(name, content, numbers.get(name.removesuffix(".csv.gz"), frozenset())):
            yield f"{place}, {inside}", string


def _strings(name: str, content: bytes, numbers: frozenset[str]) -> Iterator[PlacedString]:
    if _is_table(name):
        return _of_parquet(content)
    if name.endswith(".csv.gz"):
        return _of_csv(gzip.decompress(content).decode(), numbers)
    if name.endswith(".json"):
        return _of_json(content)
    return _of_text(name, content)


def _is_table(name: str) -> bool:
    return name.endswith(".parquet")


def _number_columns(content: bytes) -> frozenset[str]:
    schema = pq.read_schema(pa.BufferReader(content))
    return frozenset(
        field.name for field in schema if pa.types.is_integer(field.type) or pa.types.is_floating(field.type)
    )


def _of_parquet(content: bytes) -> Iterator[PlacedString]:
    file = pq.ParquetFile(pa.BufferReader(content))
    yield "writer", str(file.metadata.created_by)
    for metadata in (
        file.metadata.metadata,
        file.schema_arrow.metadata,
        *(each.metadata for each in file.schema_arrow),
    ):
        for word in (word for pair in (metadata or {}).items() for word in pair):
            yield "metadata", word.decode("utf-8", errors="replace")
    rows = file.read()
    for number, (name, column) in enumerate(zip(rows.column_names, rows.columns, strict=True), start=1):
        yield f"name of column {number}", name
        if not pa.types.is_primitive(column.type):
            yield from ((f"column {number}", string) for string in _inside(column.to_pylist()))


def _of_csv(text: str, numbers: frozenset[str]) -> Iterator[PlacedString]:
    rows = list(csv.reader(io.StringIO(text, newline="")))
    for number, column in enumerate(zip_longest(*rows, fillvalue=""), start=1):
        yield f"name of column {number}", column[0]
        numeric = column[0] in numbers
        cells = {cell for cell in column[1:] if not (numeric and _NUMBER.fullmatch(cell))}
        yield from ((f"column {number}", cell) for cell in sorted(cells))


def _of_json(content: bytes) -> Iterator[PlacedString]:
    """Keys too, and those that stand twice: a dictionary would keep the last alone."""
    document = json.loads(content, object_pairs_hook=list)
    yield from ((f"string {number}", string) for number, string in enumerate(_inside(document), start=1))


def _of_text(name: str, content: bytes) -> Iterator[PlacedString]:
    for _, text in texts(name, content):
        yield from ((f"line {number}", line) for number, line in enumerate(text.splitlines(), start=1))


def _inside(value: Any) -> Iterator[str]:
    """All strings in nested lists and mappings, each once in a list of strings alone."""
    if isinstance(value, str | bytes):
        yield value if isinstance(value, str) else value.decode("utf-8", errors="replace")
    elif isinstance(value, dict):
        yield from _inside(list(value.items()))
    elif isinstance(value, list) and all(isinstance(each, str) for each in value):
        yield from dict.fromkeys(value)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _inside(each)
