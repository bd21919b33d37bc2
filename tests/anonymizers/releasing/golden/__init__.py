"""A small fixed table and the very bytes that it becomes, as text that a reviewer can read.

Whoever means to change the layout raises `parquet.CREATED_BY` and `describe.SCHEMA_VERSION`, writes the bytes anew with
`python -m tests.anonymizers.releasing.golden`, and looks at the difference.
"""

from datetime import date
from pathlib import Path

import pyarrow as pa

FOLDER = Path(__file__).parent
PARQUET, CSV = FOLDER / "table.parquet.txt", FOLDER / "table.csv.txt"

TABLE = pa.table(
    {
        "traffic_date": [date(2026, 11, 20)] * 9,
        "topic": ["invoices", "solar", "other"] * 3,
        "hour": pa.array([0, 7, 23] * 3, pa.int8()),
        "visitors": [0, 1, 127, 128, 255, 65_536, 2**31, 2**53 + 1, 2**63 - 1],
        "affinity": [100, None, 0, None, None, 150, 99, None, 7],
    },
    schema=pa.schema(
        [
            pa.field("traffic_date", pa.date32(), nullable=False),
            pa.field("topic", pa.string(), nullable=False),
            pa.field("hour", pa.int8(), nullable=False),
            pa.field("visitors", pa.int64(), nullable=False),
            pa.field("affinity", pa.int64(), nullable=True),
        ]
    ),
)
"""Every type that is published, with and without empty values, in more than eight rows."""


def dumped(content: bytes) -> str:
    """Bytes as lines of sixteen: place, hexadecimal, and the letters among them."""
    lines = []
    for place in range(0, len(content), 16):
        piece = content[place : place + 16]
        letters = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in piece)
        lines.append(f"{place:06x}  {piece.hex(' '):<47}  {letters}\n")
    return "".join(lines)
