"""koond for analysts: `koond.read` many releases as one pandas frame, `koond.compare` two parts of it. Nothing else is here.

>>> import koond
>>> weeks = koond.read("segments", window="week", published="published")
"""

import warnings
from datetime import date

import pandas as pd
import pyarrow as pa

from anonymizers.estimating.roll_up import CONFIDENCE
from anonymizers.reading.compare import compare_rows, count_alone
from anonymizers.refusal import Reason
from anonymizers.refusal import Refusal as Refusal
from anonymizers.releasing.signature import read_public
from pipelines.reading import read_published

__all__ = ["Refusal", "compare", "read"]


def read(
    table: str,
    since: date | str | None = None,
    until: date | str | None = None,
    *,
    window: str = "day",
    published: str = "published",
    sum_over: str | None = None,
    confidence: float = CONFIDENCE,
    key: str | None = None,
) -> pd.DataFrame:
    """One table of all releases from `since` to `until`, of each day (or week) the newest revision.

    Columns: `release`, then the table's own, as `datapackage.json` explains them. `since` and `until` are days, as
    2026-11-21, or ISO weeks, as 2026-W47, both included; without them all that stands is read. `published` is a folder
    or an address (s3://, https://, ...). `key`: the site's public key, in one line; every release
    must be signed by it.

    `sum_over="days"` adds up: columns `since`, `until`, `days`, `confidence`, the table's keys, and each number with its
    interval of that confidence. `visitors` become `visitor_days`, for nobody knows how many of them are the same.

    Warns of days that are missing, marked wrong, or corrected, and has the same sentences in `frame.attrs["told"]`.
    Raises `koond.Refusal` for a release that does not verify.
    """
    reading = read_published(
        table, since, until,
        window=window, published=published, sum_over=sum_over, confidence=confidence, key=key and read_public(key.encode()),
    )  # fmt: skip
    for sentence in reading.told:
        warnings.warn(sentence, stacklevel=2)
    frame = reading.rows.to_pandas(date_as_object=False)
    indices = [field.name for field in reading.rows.schema if field.type == pa.int64() and field.nullable]
    frame = frame.astype(dict.fromkeys(indices, "Int64"))
    frame.attrs["told"] = list(reading.told)
    return frame


def compare(this: pd.DataFrame, that: pd.DataFrame, confidence: float = CONFIDENCE) -> pd.DataFrame:
    """How much more the rows of `this` are than those of `that`: two segments, two weeks, two sums. Both are parts of frames
    of one table that `read` gave.

    A row for each key on both sides and each metric: `this`, `that`, `difference` (this minus that) with its interval,
    `ratio` (this by that) with its interval, empty where it cannot be told, and `more_than_noise`, which is judged for all rows
    together: the more you compare, the more it asks for. Raises `koond.Refusal` where nothing can be compared. Warns of rows that
    stand on one side only, and has the same sentence in `frame.attrs["told"]`.
    """
    these, those = (pa.Table.from_pandas(side, preserve_index=False).to_pylist() for side in (this, that))
    compared = compare_rows(these, those, confidence)
    if not compared:
        raise Refusal("compare", Reason.REQUEST, "no row stands on both sides; look at what you chose")
    frame, alone = pd.DataFrame(compared), count_alone(these, those)
    frame.attrs["told"] = [f"rows without a partner are not compared: {alone[0]} of this, {alone[1]} of that"] * any(
        alone
    )
    for sentence in frame.attrs["told"]:
        warnings.warn(sentence, stacklevel=2)
    return frame
