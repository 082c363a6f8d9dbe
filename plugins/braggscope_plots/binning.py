"""Axes cut into bins: equal steps of the value or of its logarithm. No Qt.

A logarithmic bin is found by the leading bits of a float64, which grow with the value. So an edge
is an exact number, no rounding of a logarithm moves a pixel across it, and a pixel costs a
nanosecond.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from braggscope_plots.pixels import Floats

Places = NDArray[np.int64]
#: Cells of a fine grid: enough that edges between them are as good as evenly spaced.
_MOST_CELLS: Final = 1 << 17
_MANTISSA_BITS: Final = 52
_LARGEST: Final = float(np.finfo(np.float64).max)
_SMALLEST: Final = 5e-324
#: Relative width of an axis at least.
_NARROWEST: Final = 1e-3


class Axis(Protocol):
    """An axis cut into bins.

    Attributes:
        edges: (bins + 1,) rising; a bin holds its lower edge, the last one both.
        is_log: whether the steps are logarithmic.
    """

    @property
    def edges(self) -> Floats: ...

    @property
    def is_log(self) -> bool: ...

    def index(self, values: Floats) -> Places:
        """The bins of finite values within the edges; −1 for values that the axis cannot have."""
        ...


@dataclass(frozen=True)
class LogGrid:
    """Fine cells by leading bits of float64, from a first cell on.

    Attributes:
        first: bits of the first cell, shifted.
        shift: how many of the 64 bits are dropped.
        size: number of cells.
    """

    first: int
    shift: int
    size: int

    @classmethod
    def over(cls, low: float, high: float) -> LogGrid:
        """The finest grid over 0 < low ≤ high that has no more cells than are useful."""
        bits = [int(b) for b in np.array([low, high]).view(np.int64)]
        shift = 0
        while (bits[1] >> shift) - (bits[0] >> shift) >= _MOST_CELLS:
            shift += 1
        first = bits[0] >> shift
        return cls(first, shift, (bits[1] >> shift) - first + 1)

    def index(self, values: Floats) -> Places:
        """The cells of values > 0 within the grid."""
        cells = np.ascontiguousarray(values).view(np.int64) >> self.shift
        cells -= self.first
        return cells

    def edges(self) -> Floats:
        """(size + 1,) lower edges of the cells, and the upper one of the last."""
        cells = np.arange(self.first, self.first + self.size + 1, dtype=np.int64)
        edges = (cells << self.shift).view(np.float64)
        return np.clip(edges, _SMALLEST, _LARGEST)

    def count(self, values: Floats) -> Places:
        """(size,) how many of the values > 0 are in each cell."""
        return np.bincount(self.index(values), minlength=self.size)


@dataclass(frozen=True, eq=False)
class LogAxis:
    """Bins of nearly equal logarithmic width; their edges are edges of a grid.

    Attributes:
        grid: the fine cells.
        starts: (bins + 1,) the first cell of each bin, and the grid's size.
        edges: (bins + 1,) the values there.
    """

    grid: LogGrid
    starts: Places
    edges: Floats
    is_log: bool = True

    @classmethod
    def over(cls, low: float, high: float, bins: int) -> LogAxis:
        """At most `bins` bins over 0 < low ≤ high."""
        if high <= low * (1.0 + _NARROWEST):
            # One value alone would have a bin too narrow to be seen.
            low = max(low * (1.0 - _NARROWEST), _SMALLEST)
            high = min(high * (1.0 + _NARROWEST), _LARGEST)
        grid = LogGrid.over(low, high)
        edges = grid.edges()
        wanted = np.linspace(np.log(edges[0]), np.log(edges[-1]), bins + 1)[1:-1]
        inner = np.searchsorted(edges, np.exp(wanted))
        starts = np.unique(np.concatenate([[0], inner, [grid.size]])).astype(np.int64)
        starts = starts[starts <= grid.size]
        return cls(grid, starts, edges[starts])

    def grouped(self, cells: Places) -> Places:
        """(bins,) sums over the cells of each bin."""
        total: Places = np.concatenate([[0], np.cumsum(cells)])
        return np.diff(total[self.starts])

    def index(self, values: Floats) -> Places:
        """The bins of values; −1 for those that are not above zero."""
        above = values > 0.0
        table = np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))
        if above.all():
            return table[self.grid.index(values)]
        found = np.full(values.shape, -1, dtype=np.int64)
        found[above] = table[self.grid.index(values[above])]
        return found


@dataclass(frozen=True, eq=False)
class LinearAxis:
    """Bins of equal width.

    Attributes:
        edges: (bins + 1,).
    """

    edges: Floats
    is_log: bool = False

    @classmethod
    def over(cls, low: float, high: float, bins: int) -> LinearAxis:
        """`bins` bins over low ≤ high."""
        if not high * 0.5 - low * 0.5 > abs(low) * 1e-12 * 0.5:
            wide = max(abs(low) * 1e-3, 1e-300)
            low, high = max(low - wide, -_LARGEST), min(high + wide, _LARGEST)
        share = np.linspace(0.0, 1.0, bins + 1)
        # As a sum of shares the width itself, which may be more than a float holds, never occurs.
        return cls(low * (1.0 - share) + high * share)

    def index(self, values: Floats) -> Places:
        """The bins of values."""
        low, high = float(self.edges[0]) * 0.5, float(self.edges[-1]) * 0.5
        bins = len(self.edges) - 1
        with np.errstate(over="ignore"):
            place = (values * 0.5 - low) / (high - low) * bins
        return np.clip(place.astype(np.int64), 0, bins - 1)


def axis_over(low: float, high: float, bins: int, *, log: bool) -> Axis:
    """A logarithmic or a linear axis."""
    return LogAxis.over(low, high, bins) if log else LinearAxis.over(low, high, bins)
