"""The distribution of the relative difference |B − A| / max(|A|, ε). No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from braggscope_plots.binning import LogAxis, LogGrid, Places
from braggscope_plots.pixels import Check, Floats, Pixels, go_on

POINTS: Final = 400
#: ε over the largest |A|; the difference map "relative" has the same.
RELATIVE_FLOOR: Final = 1e-6
#: What differs by less is counted as differing by this much: it is below float64's rounding.
_LEAST: Final = 2.0**-70
_MOST: Final = float(np.finfo(np.float64).max)


@dataclass(frozen=True, eq=False)
class Distribution:
    """How many pixels differ by how much.

    Attributes:
        value: (n,) relative differences, rising.
        below: (n,) int64, how many counted pixels differ by less than that.
        equal: how many do not differ at all.
        counted: pixels that count and are finite in both.
        floor: ε.
    """

    value: Floats
    below: Places
    equal: int
    counted: int
    floor: float

    def quantile(self, share: float) -> float | None:
        """The smallest listed difference that at least a share of the pixels stays below."""
        if self.counted == 0:
            return None
        if self.equal >= share * self.counted:
            return 0.0
        enough = np.flatnonzero(self.below >= share * self.counted)
        return float(self.value[enough[0]]) if enough.size else None


def distribution(pair: Pixels, *, points: int = POINTS, check: Check = go_on) -> Distribution:
    """Count how many pixels of two images differ by how much.

    Raises:
        Cancelled: check gave up.
    """
    largest = 0.0
    for a, _ in pair.finite(check):
        if a.size:
            largest = max(largest, float(a.max()), -float(a.min()))
    # Beside an image of zeros differences are absolute; as in the difference map.
    floor = RELATIVE_FLOOR * largest or 1.0
    grid = LogGrid(*_grid())
    cells = np.zeros(grid.size, dtype=np.int64)
    equal = counted = 0
    for a, b in pair.finite(check):
        different = _relative(a, b, floor)
        counted += a.size
        # A difference may vanish beside ε, and is one all the same.
        different = different[a != b]
        equal += a.size - different.size
        if different.size:
            np.clip(different, _LEAST, _MOST, out=different)
            index = grid.index(different)
            low = int(index.min())
            part = np.bincount(index - low)
            cells[low : low + part.size] += part
    value, below = _cumulated(grid, cells, points)
    return Distribution(value, below + equal, equal, counted, floor)


def _relative(a: Floats, b: Floats, floor: float) -> Floats:
    scale = np.maximum(np.abs(a), floor)
    # Two large numbers of opposite signs may differ by more than a float holds.
    with np.errstate(over="ignore"):
        different = np.subtract(b, a)
        np.abs(different, out=different)
        different /= scale
    return different


def _grid() -> tuple[int, int, int]:
    """1024 cells an octave over all that may occur."""
    shift = 42
    low, high = (int(bits) >> shift for bits in np.array([_LEAST, _MOST]).view(np.int64))
    return low, shift, high - low + 1


def _cumulated(grid: LogGrid, cells: Places, points: int) -> tuple[Floats, Places]:
    there = np.flatnonzero(cells)
    if not there.size:
        return np.zeros(0), np.zeros(0, dtype=np.int64)
    first, last = int(there[0]), int(there[-1])
    part = LogGrid(grid.first + first, grid.shift, last - first + 1)
    edges = part.edges()
    axis = LogAxis.over(float(edges[0]), float(edges[-1]), points)
    places = np.unique(np.searchsorted(edges, axis.edges))
    total = np.concatenate([[0], np.cumsum(cells[first : last + 1])])
    places = places[places < total.size]
    if places[-1] != total.size - 1:
        places = np.append(places, total.size - 1)
    return edges[places], total[places]
