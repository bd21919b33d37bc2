"""One table of one release, from the release's files; and one frame over many. Where files come from is not here."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa

from anonymizers.counting.statistic import STATISTICS, Statistic
from anonymizers.refusal import Reason, Refusal
from anonymizers.releasing.containers import read_csv, read_parquet
from anonymizers.releasing.verify import verify

_PARQUET, _CSV = ".parquet", ".csv.gz"
_WORDS_OF_NOW = {
    "band": {
        "1": "exactly 1", "2-3": "2 to 3", "4-7": "4 to 7", "8-15": "8 to 15", "16-31": "16 to 31",
    }
}  # fmt: skip
"""Column -> what older versions called a word of a closed list, and its name of now."""
RELEASE = "release"
"""The column that says which release a row is from."""


@dataclass(frozen=True)
class ReadTable:
    """One table of one release."""

    release: str
    """Its folder below the published store."""
    days: tuple[date, ...]
    """The days that are counted in it."""
    rows: pa.Table
    """With the columns that the table has in the newest version, and the words for bands of frequency."""
    spreads: Mapping[str, float]
    """Metric -> the variance, for each one counted, that bounding visitors leaves: an error that stays from day to day."""


def find_statistic(table: str, window: str) -> Statistic:
    """The table of that name. Refuses a name that no release of the window has."""
    for statistic in STATISTICS[window]:
        if statistic.name == table:
            return statistic
    names = ", ".join(statistic.name for statistic in STATISTICS[window])
    raise Refusal("read", Reason.REQUEST, f"releases of a {window} have no such table; choose one of {names}")


def read_table(release: str, files: Mapping[str, bytes], statistic: Statistic) -> ReadTable:
    """A table of a release of any version that stays readable. Refuses, in one sentence, a release that does not verify."""
    wrong = verify(files) or _misnamed(release, files, statistic)
    if wrong:
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        raise Refusal("read", Reason.STORE, f"{release} does not verify: {wrong[0]}{more}")
    told = json.loads(files["privacy.json"])
    measures, rows = told["implementation"]["tables"], _rows(files, statistic)
    spreads = {metric: spread_of(measures, statistic.name, metric) for metric in statistic.metrics}
    return ReadTable(release, tuple(map(date.fromisoformat, told["days"])), rows, spreads)


def frame(tables: Sequence[ReadTable], statistic: Statistic) -> pa.Table:
    """The rows of all releases under each other, the oldest first: `release`, then the table's own columns."""
    schema = pa.schema([pa.field(RELEASE, pa.string(), nullable=False), *statistic.schema()])
    parts = [
        table.rows.add_column(0, schema.field(0), pa.array([table.release] * len(table.rows), pa.string()))
        for table in sorted(tables, key=lambda table: table.days)
    ]
    return pa.concat_tables([schema.empty_table(), *(part.select(schema.names).cast(schema) for part in parts)])


def _misnamed(release: str, files: Mapping[str, bytes], statistic: Statistic) -> list[str]:
    if json.loads(files["manifest.json"])["release"] != release:
        return ["its folder was renamed, or is another release's; fetch it again under its own name"]
    delivered = any(f"{statistic.name}{ending}" in files for ending in (_PARQUET, _CSV))
    return [] if delivered else [f"{statistic.name} was not delivered with it; ask for it"]


def _rows(files: Mapping[str, bytes], statistic: Statistic) -> pa.Table:
    """From either of its two files, for a partner may have agreed on one alone."""
    parquet = files.get(f"{statistic.name}{_PARQUET}")
    if parquet is not None:
        return _in_words_of_now(read_parquet(parquet))
    return _in_words_of_now(read_csv(files[f"{statistic.name}{_CSV}"], statistic.schema()).cast(statistic.schema()))


def _in_words_of_now(rows: pa.Table) -> pa.Table:
    """So that releases of all versions join."""
    for column in _WORDS_OF_NOW.keys() & set(rows.column_names):
        now, place = _WORDS_OF_NOW[column], rows.schema.get_field_index(column)
        words = pa.array([now.get(str(word), word) for word in rows[column].to_pylist()], pa.string())
        rows = rows.set_column(place, rows.schema.field(place), words)
    return rows


def spread_of(measures: Mapping[str, Any], table: str, metric: str) -> float:
    """From the tables of a `privacy.json`, the spread of a metric, and of the totals that its cells are scaled to."""
    own = measures.get(table, {}).get("measures", {})
    totals = measures.get("totals", {}).get("measures", {}) if metric == "events" and table != "totals" else own
    scaled_to = totals.get("events" if totals is not own else "pairs", {})
    return float(own.get(metric, {}).get("spread", 0.0)) + float(scaled_to.get("spread", 0.0))
