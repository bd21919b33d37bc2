"""What a file tells before its rows: names of columns, whether it is whole. An error names the file, never a value."""

import csv
import gzip
import shutil
import sqlite3
import zlib
from collections.abc import Callable
from io import TextIOWrapper
from pathlib import Path
from typing import IO, TypeVar, cast

import pyarrow as pa
import pyarrow.parquet as pq

from anonymizers.refusal import Reason, Refusal

Found = TypeVar("Found")
_UNREADABLE = (OSError, ValueError, EOFError, zlib.error, csv.Error, pa.ArrowException, sqlite3.Error)


def readable(name: str, path: Path, read: Callable[[Path], Found]) -> Found:
    """What `read` gives of a file. Raises Refusal without the error's own message, which may show a value."""
    failure = ""
    try:
        return read(path)
    except _UNREADABLE as error:
        failure = type(error).__name__
    raise unreadable(name, path, failure)


def unreadable(name: str, path: Path, failure: str) -> Refusal:
    """The refusal of a source because of one file."""
    return Refusal(
        name,
        Reason.SOURCE_UNREADABLE,
        f"{path.name} ({failure}); is it whole, and is `format` right? If it is cut, fetch it again",
    )


def parquet_columns(path: Path) -> tuple[str, ...]:
    """From the file's footer."""
    return tuple(pq.read_schema(path).names)


def csv_header(path: Path, delimiter: str) -> tuple[str, ...]:
    """From the first line; empty for an empty file. Bytes behind that line are not decoded, for they may be broken."""
    with _opened(path) as file:
        first = file.readline().decode("utf-8-sig").rstrip("\r\n").split("\r")[0]
        misplaced = not first and bool(file.read(1 << 20).strip())
    if misplaced:
        raise ValueError("the first line is blank")
    return tuple(next(csv.reader([first], delimiter=delimiter), []))


def read_through(path: Path) -> None:
    """Read a file to its end. Raises EOFError, OSError or zlib.error where a compressed file is cut or damaged."""
    with _opened(path) as file:
        while file.read(1 << 20):
            pass


def even_line_ends(path: Path, copy: Path) -> Path:
    """A copy in which every line ends in \\n; all other bytes as they are."""
    with (
        TextIOWrapper(_opened(path), encoding="latin-1", newline=None) as file,
        copy.open("w", encoding="latin-1", newline="\n") as even,
    ):
        shutil.copyfileobj(file, even, 1 << 20)
    return copy


def _opened(path: Path) -> IO[bytes]:
    return cast(IO[bytes], gzip.open(path)) if path.suffix == ".gz" else path.open("rb")
