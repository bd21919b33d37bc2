"""A published CSV opens in a spreadsheet with the right types: dates as dates, numbers as numbers, words as words."""

import re
import shutil
import subprocess
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pyarrow as pa
import pytest

from anonymizers.releasing.containers import inflated, read_parquet

COMMA, QUOTE, UTF_8 = 44, 34, 76
"""As LibreOffice's CSV filter counts them."""
_IS = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_IN = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_ALMOST = r"[0-9][0-9 eE./-]*|true|false"
"""Words that a spreadsheet takes for a number, a date, a time or a truth: `2-3` is the third of February."""
_NUMBER, _DAY, _WORD = r"0|[1-9][0-9]*", r"[0-9]{4}-[0-9]{2}-[0-9]{2}", r"[a-z0-9][A-Za-z0-9_ -]*"


@pytest.fixture(scope="module")
def texts(release) -> dict[str, str]:
    """Table -> the text of its CSV."""
    names = [name for name in release.files if name.endswith(".csv.gz")]
    return {name.removesuffix(".csv.gz"): inflated(release.files[name]).decode() for name in names}


def rows_of(release, table: str) -> pa.Table:
    return read_parquet(release.files[f"{table}.parquet"])


def expected(release, table: str) -> list[list[object]]:
    rows = rows_of(release, table)
    return [list(rows.column_names), *([*row.values()] for row in rows.to_pylist())]


def test_no_field_can_be_read_in_two_ways(release, texts):
    """No quotes, blanks, signs, marks for thousands or decimals, leading zeros; so no country's settings change a number."""
    for table, text in texts.items():
        schema = rows_of(release, table).schema
        assert text.endswith("\r\n") and not text.startswith("\ufeff")
        header, *lines = text.removesuffix("\r\n").split("\r\n")
        assert header.split(",") == schema.names
        for line in lines:
            for field, value in zip(schema, line.split(","), strict=True):
                if pa.types.is_date(field.type):
                    assert re.fullmatch(_DAY, value), (table, field.name)
                elif pa.types.is_integer(field.type):
                    assert re.fullmatch(_NUMBER, value) or (field.nullable and not value), (table, field.name)
                else:
                    assert re.fullmatch(_WORD, value) and not re.fullmatch(_ALMOST, value), (table, field.name, value)


def test_libreoffice_reads_every_cell_with_its_type(release, texts, tmp_path: Path):
    """With a comma as separator and nothing else chosen. Where LibreOffice is not installed, the strict form above stands
    alone, and this test says so."""
    office = shutil.which("soffice")
    if office is None:
        print("LibreOffice is not installed here: only the form of the files was judged")
        assert texts
        return
    for table, text in texts.items():
        (tmp_path / f"{table}.csv").write_bytes(text.encode())
    subprocess.run(
        [
            office, f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless",
            f"--infilter=CSV:{COMMA},{QUOTE},{UTF_8},1", "--convert-to", "fods", "--outdir", str(tmp_path),
            *(str(tmp_path / f"{table}.csv") for table in texts),
        ],
        check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    for table in texts:
        assert cells(tmp_path / f"{table}.fods") == expected(release, table), table


def cells(path: Path) -> list[list[object]]:
    """The cells of the first sheet as LibreOffice understood them, up to the last that is filled."""
    sheet = next(ElementTree.parse(path).iter(f"{_IN}table"))
    rows = []
    for row in sheet.iter(f"{_IN}table-row"):
        found: list[object] = []
        for cell in row.iter(f"{_IN}table-cell"):
            found += [value(cell)] * int(cell.get(f"{_IN}number-columns-repeated", "1"))
        rows += [found] * int(row.get(f"{_IN}number-rows-repeated", "1"))
    filled = [row for row in rows if any(each is not None for each in row)]
    width = len([each for each in filled[0] if each is not None])
    return [(row + [None] * width)[:width] for row in filled]


def value(cell: ElementTree.Element) -> object:
    kind = cell.get(f"{_IS}value-type")
    if kind == "float":
        return int(cell.attrib[f"{_IS}value"])
    if kind == "date":
        return date.fromisoformat(cell.attrib[f"{_IS}date-value"])
    return None if kind is None else "".join(cell.itertext()).strip()
