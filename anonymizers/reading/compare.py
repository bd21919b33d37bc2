"""Two rows compared: how much more the one is, with an interval, and whether that is more than noise.

Intervals of differences and ratios are recovered from those of their parts (Zou and Donner 2008, MOVER), which need not be
alike on both sides. Parts count as independent, which is so for rows of different releases. Inside one release it is
so, or the errors go to the same side and the interval is too wide for it; but where numbers were made to agree
(`EQUAL_SUMS`), they may go to opposite sides: there half-widths add up as they are, the most that can be.
An interval that was cut at zero does not tell its own half-width, which judging many rows needs: it is taken from its table.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, exp, floor, hypot, log
from statistics import NormalDist
from typing import Any

from anonymizers.estimating.agree import EQUAL_SUMS
from anonymizers.estimating.roll_up import CONFIDENCE
from anonymizers.reading.sum_days import OF_INTERVALS, check_confidence, half_width
from anonymizers.reading.table import RELEASE
from anonymizers.refusal import Reason, Refusal
from anonymizers.vocabulary import DAY

Row = Mapping[str, Any]
_PERIODS = ("traffic_date", "iso_week", "since", "until", "days", OF_INTERVALS, RELEASE)
_EXACT = 1e-6


@dataclass(frozen=True)
class _Side:
    """A number as its row tells it."""

    middle: float
    low: float
    """From the middle to the lower end."""
    high: float
    """From the middle to the upper end."""
    half: float
    """Half-width where the interval was cut at zero: how far the upper end moves with the confidence. Else 0."""

    def down(self, times: float) -> float:
        return times * (max(self.low, self.half) if times > 1 else self.low)

    def up(self, times: float) -> float:
        return self.high + (times - 1) * self.half if self.half and times > 1 else times * self.high


def compare_rows(these: Sequence[Row], those: Sequence[Row], confidence: float = CONFIDENCE) -> list[dict[str, Any]]:
    """How much more `these` are than `those`, a row for each key that both tell and each metric.

    Columns: the keys that pair the rows (all but the one in which these and those differ as a whole, such as the segment
    or the week), `metric`, `this`, `that`, `difference` (this minus that) with `_low` and `_high`, `ratio` (this by that)
    with `_low` and `_high` (None where that cannot be told from nothing), and `more_than_noise`.

    `more_than_noise` is judged for all rows together: with probability `confidence` none of them says so by noise alone.
    Among many rows it asks for more than that one interval leaves out zero.
    """
    check_confidence("compare", confidence)
    keys = _keys(these, those)
    ones, others = _by_key(these, keys), _by_key(those, keys)
    pairs = [
        (key, metric, one, others[key])
        for key, one in ones.items()
        if key in others
        for metric in _metrics(one)
        if _told(one, metric) and _told(others[key], metric)
    ]
    strict = 1 - (1 - confidence) / max(1, len(pairs))
    widest = {metric: (_widest(these, metric), _widest(those, metric)) for metric in _metrics(these[0])}
    return [
        dict(zip(keys, key, strict=True))
        | {"metric": metric}
        | _compared(metric, one, other, widest[metric], (confidence, strict))
        for key, metric, one, other in pairs
    ]


def compare_at_once(these: Sequence[Row], those: Sequence[Row]) -> list[dict[str, Any]]:
    """As `compare_rows`, with intervals that hold for all rows together: a row is more than noise where its difference's
    leaves out zero."""
    rows = compare_rows(these, those)
    wide = compare_rows(these, those, 1 - (1 - CONFIDENCE) / max(1, len(rows)))
    verdict = "more_than_noise"
    return [each | {verdict: row[verdict]} for each, row in zip(wide, rows, strict=True)]


def count_alone(these: Sequence[Row], those: Sequence[Row]) -> tuple[int, int]:
    """How many rows of these, and of those, have no partner on the other side, and so are in no comparison."""
    keys = _keys(these, those)
    ones, others = _by_key(these, keys).keys(), _by_key(those, keys).keys()
    return len(ones - others), len(others - ones)


def _metrics(row: Row) -> list[str]:
    return [name for name in row if f"{name}_low" in row and f"{name}_high" in row]


def _keys(these: Sequence[Row], those: Sequence[Row]) -> list[str]:
    if not these or not those:
        raise Refusal("compare", Reason.REQUEST, "one side has no rows; look at what you chose")
    if list(these[0]) != list(those[0]):
        raise Refusal("compare", Reason.REQUEST, "the two sides have different columns; compare rows of one table")
    if RELEASE not in these[0] and not {"since", "until", OF_INTERVALS} <= set(these[0]):
        raise Refusal(
            "compare",
            Reason.REQUEST,
            f"the rows do not tell their release; keep the column {RELEASE}, and of sums since, until and {OF_INTERVALS}",
        )
    if any(row.get(OF_INTERVALS, CONFIDENCE) != CONFIDENCE for row in (*these, *those)):
        raise Refusal(
            "compare",
            Reason.REQUEST,
            f"sums have intervals of another confidence than {CONFIDENCE}; add up with that, and give compare the one you want",
        )
    named = {*_PERIODS, *(f"{metric}{end}" for metric in _metrics(these[0]) for end in ("", "_low", "_high"))}
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


def _compared(
    metric: str, one: Row, other: Row, widest: tuple[float, float], levels: tuple[float, float]
) -> dict[str, Any]:
    """`levels`: the confidence of the intervals, and that of the verdict."""
    opposed = _may_oppose(metric, one, other)
    sides = _side(metric, one, widest[0]), _side(metric, other, widest[1])
    (low, high), (sure_low, sure_high) = (_difference(*sides, level, opposed) for level in levels)
    number = int(one[metric] - other[metric])
    return {
        "this": int(one[metric]),
        "that": int(other[metric]),
        "difference": number,
        "difference_low": min(number, low),
        "difference_high": max(number, high),
        **_ratio(metric, one, other, levels[0], opposed),
        "more_than_noise": sure_low > 0 or sure_high < 0,
    }


def _side(metric: str, row: Row, widest: float) -> _Side:
    """An index is the middle of its own interval, in logarithms; what was cut at zero starts from its number."""
    number, low, high = (float(row[f"{metric}{end}"]) for end in ("", "_low", "_high"))
    if metric == "affinity":
        return _Side(number, number - low, high - number, 0.0)
    half = half_width(row, metric)
    if low == 0:
        return _Side(number, half, high - number, max(half, widest))
    return _Side((low + high) / 2, half, half, 0.0)


def _widest(rows: Sequence[Row], metric: str) -> float:
    """What the half-width of a row that was cut at zero may be: an estimate below zero shows only a part of its own.

    The widest that such a row shows, and no less than the narrowest of the others: noise alone is as large in a small row.
    """
    told = [row for row in rows if _told(row, metric)]
    cut = [half_width(row, metric) for row in told if row[f"{metric}_low"] == 0]
    others = [half_width(row, metric) for row in told if row[f"{metric}_low"] != 0]
    return max([*cut, min(others, default=0.0)], default=0.0)


def _difference(this: _Side, that: _Side, confidence: float, opposed: bool) -> tuple[int, int]:
    times = _times(confidence)
    low = this.middle - that.middle - _together(this.down(times), that.up(times), opposed)
    high = this.middle - that.middle + _together(this.up(times), that.down(times), opposed)
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
    return "band" in one and one.get("segment") == other.get("segment")


def _share_a_release(one: Row, other: Row) -> bool:
    if RELEASE in one:
        return bool(one[RELEASE] == other[RELEASE])
    return bool(one["since"] <= other["until"] and other["since"] <= one["until"])
