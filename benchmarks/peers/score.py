"""How near an answer is to the exact numbers, by the true size of the cells. Pure: cells in, figures out."""

from collections.abc import Collection, Mapping
from statistics import median

Cells = Mapping[tuple[str, ...], tuple[float, float]]
"""Cell -> visitors, events."""

BANDS: Mapping[str, tuple[float, float]] = {
    "50-100": (50, 100), "100-500": (100, 500), "500-2000": (500, 2000), ">2000": (2000, float("inf")),
}  # fmt: skip
"""True visitors of a cell, from (inclusive) to (exclusive)."""
LARGE = 500
METRICS = ("visitors", "events")


def score(exact: Mapping[str, Cells], told: Mapping[str, Cells]) -> dict[str, object]:
    """Figures of one run over its tables (name -> cells).

    Error is |published - true| / true, true being the number without any bound; numbers below 0 count as 0, as any reader
    would take them. A cell that was not published has no error; the share of large cells that were published tells it.
    """
    cells = {(table, *cell): numbers for table, found in exact.items() for cell, numbers in found.items()}
    published = {(table, *cell): numbers for table, found in told.items() for cell, numbers in found.items()}
    errors: dict[str, dict[str, float | None]] = {}
    bands = {
        band: [cell for cell, true in cells.items() if low <= true[0] < high] for band, (low, high) in BANDS.items()
    }
    for place, metric in enumerate(METRICS):
        errors[metric] = {}
        for band, inside in bands.items():
            found = [
                abs(max(0.0, published[cell][place]) - cells[cell][place]) / cells[cell][place]
                for cell in inside
                if cell in published
            ]
            errors[metric][band] = median(found) if found else None
    large = [cell for cell, true in cells.items() if true[0] >= LARGE]
    return {
        "error": errors,
        "share_published": {band: _share(inside, published) for band, inside in bands.items()},
        "large_published": _share(large, published),
        "published": len(published),
        "published_without_visitors": sum(cell not in cells for cell in published),
    }


def _share(cells: Collection[tuple[str, ...]], published: Collection[tuple[str, ...]]) -> float | None:
    return sum(cell in published for cell in cells) / len(cells) if cells else None


def sizes(exact: Mapping[str, Cells]) -> dict[str, int]:
    """How many cells there truly are in each band."""
    reach = [true[0] for found in exact.values() for true in found.values()]
    return {band: sum(low <= visitors < high for visitors in reach) for band, (low, high) in BANDS.items()}
