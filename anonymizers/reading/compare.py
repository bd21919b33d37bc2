"""Two rows compared: how much more the one is, with an interval, and whether that is more than noise.

Intervals of differences and ratios are recovered from those of their parts (Zou and Donner 2008, MOVER), which need not be
alike on both sides. Parts count as independent, which is so for rows of different releases. Inside one release it is
so, or the errors go to the same side and the interval is too wide for it; but where numbers were made to agree
(`EQUAL_SUMS`), they may go to opposite sides: there half-widths add up as they are, the most that can be.
"""

from collections.abc import Mapping, Sequence
from math import ceil, exp, floor, hypot, log
from statistics import NormalDist
from typing import Any

from anonymizers.estimating.agree import EQUAL_SUMS
from anonymizers.estimating.roll_up import CONFIDENCE
from anonymizers.reading.table import RELEASE
from anonymizers.refusal import Reason, Refusal
from anonymizers.vocabulary import DAY

Row = Mapping[str, Any]
_PERIODS = ("traffic_date", "iso_week", "since", "until", "days", RELEASE)
_EXACT = 1e-6


def compare_rows(these: Sequence[Row], those: Sequence[Row], confidence: float = CONFIDENCE) -> list[dict[str, Any]]:
    """How much more `these` are than `those`, a row for each key that both tell and each metric.

    Columns: the keys that pair the rows (all but the one in which these and those differ as a whole, such as the segment
    or the week), `metric`, `this`, `that`, `difference` (this minus that) with `_low` and `_high`, `ratio` (this by that)
    with `_low` and `_high` (None where that cannot be told from nothing), and `more_than_noise`.

    `more_than_noise` is judged for all rows together: with probability `confidence` none of them says so by noise alone.
    Among many rows it asks for more than that one interval leaves out zero.
    """
    if not these or not those:
        raise Refusal("compare", Reason.REQUEST, "one side has no rows; look at what you chose")
    keys, metrics = _keys(these, those), _metrics(these[0])
    ones, others = _by_key(these, keys), _by_key(those, keys)
    pairs = [
        (key, metric, one, others[key])
        for key, one in ones.items()
        if key in others
        for metric in metrics
        if _told(one, metric) and _told(others[key], metric)
    ]
    strict = 1 - (1 - confidence) / max(1, len(pairs))
    return [
        dict(zip(keys, key, strict=True)) | {"metric": metric} | _compared(metric, one, other, confidence, strict)
        for key, metric, one, other in pairs
    ]


def _metrics(row: Row) -> list[str]:
    return [name for name in row if f"{name}_low" in row and f"{name}_high" in row]


def _keys(these: Sequence[Row], those: Sequence[Row]) -> list[str]:
    metrics = _metrics(these[0])
    named = {*_PERIODS, *(f"{metric}{end}" for metric in metrics for end in ("", "_low", "_high"))}
    if list(these[0]) != list(those[0]):
        raise Refusal("compare", Reason.REQUEST, "the two sides have different columns; compare rows of one table")
    return [name for name in these[0] if name not in named and not _apart(name, these, those)]


def _apart(name: str, these: Sequence[Row], those: Sequence[Row]) -> bool:
    """Whether these have one value there and those another."""
    one, other = {row[name] for row in these}, {row[name] for row in those}
    return len(one) == len(other) == 1 and one != other


def _by_key(rows: Sequence[Row], keys: Sequence[str]) -> dict[tuple[Any, ...], Row]:
    found = {tuple(row[key] for key in keys): row for row in rows}
    if len(found) < len(rows):
        raise Refusal(
            "compare", Reason.REQUEST, "several rows of one side have the same keys; choose one release or key each"
        )
    return found


def _told(row: Row, metric: str) -> bool:
    """Whether there is a number; an empty one is None, or NaN where a frame made it so."""
    return row[metric] is not None and row[metric] == row[metric]


def _compared(metric: str, one: Row, other: Row, confidence: float, strict: float) -> dict[str, Any]:
    opposed = _may_oppose(metric, one, other)
    low, high = _difference(metric, one, other, confidence, opposed)
    sure_low, sure_high = _difference(metric, one, other, strict, opposed)
    number = int(one[metric] - other[metric])
    return {
        "this": int(one[metric]),
        "that": int(other[metric]),
        "difference": number,
        "difference_low": min(number, low),
        "difference_high": max(number, high),
        **_ratio(metric, one, other, confidence, opposed),
        "more_than_noise": sure_low > 0 or sure_high < 0,
    }


def _sides(metric: str, row: Row) -> tuple[float, float, float]:
    """The middle of an interval and its two sides. An index is the middle of its own, in logarithms."""
    number, low, high = (float(row[f"{metric}{end}"]) for end in ("", "_low", "_high"))
    if metric == "affinity":
        return number, number - low, high - number
    return (low + high) / 2, (high - low) / 2, (high - low) / 2


def _difference(metric: str, one: Row, other: Row, confidence: float, opposed: bool) -> tuple[int, int]:
    (this, this_low, this_high), (that, that_low, that_high) = _sides(metric, one), _sides(metric, other)
    times = _times(confidence)
    low = this - that - times * _together(this_low, that_high, opposed)
    high = this - that + times * _together(this_high, that_low, opposed)
    return floor(low + _EXACT), ceil(high - _EXACT)


def _ratio(metric: str, one: Row, other: Row, confidence: float, opposed: bool) -> dict[str, float | None]:
    ends = [float(row[f"{metric}{end}"]) for row in (one, other) for end in ("", "_low", "_high")]
    if min(ends) <= 0:
        return {"ratio": None, "ratio_low": None, "ratio_high": None}
    this, this_low, this_high, that, that_low, that_high = map(log, ends)
    times = _times(confidence)
    down = times * _together(this - this_low, that_high - that, opposed)
    up = times * _together(this_high - this, that - that_low, opposed)
    ratio = this - that
    return {"ratio": exp(ratio), "ratio_low": exp(ratio - down), "ratio_high": exp(ratio + up)}


def _together(side: float, other: float, opposed: bool) -> float:
    return side + other if opposed else hypot(side, other)


def _times(confidence: float) -> float:
    """How much wider intervals of `confidence` are than published ones."""
    return NormalDist().inv_cdf((1 + confidence) / 2) / NormalDist().inv_cdf((1 + CONFIDENCE) / 2)


def _may_oppose(metric: str, one: Row, other: Row) -> bool:
    """Whether errors may go to opposite sides: of one release, numbers that were made to agree with the same sum."""
    if not _share_a_release(one, other):
        return False
    if metric == EQUAL_SUMS[DAY][0]:
        return True
    return "band" in one and one["segment"] == other["segment"]


def _share_a_release(one: Row, other: Row) -> bool:
    if RELEASE in one:
        return bool(one[RELEASE] == other[RELEASE])
    return bool(one["since"] <= other["until"] and other["since"] <= one["until"])
