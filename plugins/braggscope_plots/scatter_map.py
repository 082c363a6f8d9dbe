"""Where the bins of A against B are drawn, and which bins a place or a rectangle means. No Qt.

On a logarithmic axis, pixels that are not above zero have a band of their own beside the bins.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from braggscope_plots.figure import AxisText
from braggscope_plots.figures import PHOTONS
from braggscope_plots.pixels import Floats
from braggscope_plots.scatter import Cells, Scatter
from braggscope_plots.tables import Column
from braggscope_plots.wording import count, number

#: Width of the band and of the gap before it, over that of all bins.
_BAND: Final = 0.035
_GAP: Final = 0.015


@dataclass(frozen=True, eq=False)
class ScatterMap:
    """Places of bins on one axis; the other axis is the same.

    Attributes:
        found: the counts.
        text: of the axis, without "A" or "B".
    """

    found: Scatter
    text: AxisText

    @classmethod
    def of(cls, found: Scatter) -> ScatterMap:
        """The map of counts."""
        is_log = found.axis is not None and found.axis.is_log
        return cls(found, AxisText("Value", PHOTONS, "log" if is_log else "linear"))

    @property
    def edges(self) -> Floats:
        """(bins + 1,) places of the bins' edges."""
        axis = self.found.axis
        return np.array([0.0, 1.0]) if axis is None else self.text.placed(axis.edges)

    @property
    def band(self) -> tuple[float, float] | None:
        """From and to of the band for what is not above zero; None where there is no such pixel."""
        counts = self.found.counts
        if not (counts[0].any() or counts[:, 0].any()):
            return None
        edges = self.edges
        wide = float(edges[-1] - edges[0])
        high = float(edges[0]) - _GAP * wide
        return high - _BAND * wide, high

    @property
    def range(self) -> tuple[float, float]:
        """From and to of everything."""
        band = self.band
        edges = self.edges
        return (float(edges[0]) if band is None else band[0]), float(edges[-1])

    def bin_at(self, place: float) -> int | None:
        """The bin at a place; −1 in the band, None where there is nothing."""
        edges, band = self.edges, self.band
        if self.found.axis is not None and edges[0] <= place <= edges[-1]:
            return min(int(np.searchsorted(edges, place, side="right")), len(edges) - 1) - 1
        return -1 if band is not None and band[0] <= place <= band[1] else None

    def cells_between(self, x: tuple[float, float], y: tuple[float, float]) -> Cells | None:
        """The bins that a rectangle touches; x is A, y is B. None where there are none."""
        along, up = self._bins_between(*sorted(x)), self._bins_between(*sorted(y))
        return None if along is None or up is None else Cells(*along, *up)

    def rectangle_of(self, cells: Cells) -> tuple[float, float, float, float]:
        """(x from, x to, y from, y to) of bins."""
        a = self._places(cells.a_first, cells.a_last)
        b = self._places(cells.b_first, cells.b_last)
        return (*a, *b)

    def count_in(self, cells: Cells) -> int:
        """How many pixels are in bins."""
        rows = slice(cells.b_first + 1, cells.b_last + 2)
        columns = slice(cells.a_first + 1, cells.a_last + 2)
        return int(self.found.counts[rows, columns].sum())

    def words(self, cells: Cells) -> str:
        """The values of bins in words."""
        a = self._words(cells.a_first, cells.a_last)
        b = self._words(cells.b_first, cells.b_last)
        return f"A {a}, B {b} {PHOTONS}"

    def summary(self) -> str:
        """One line about the counts."""
        found = self.found
        parts = [count(found.counted)]
        low = int(found.counts[0].sum() + found.counts[1:, 0].sum())
        if low:
            parts.append(f"{count(low)} ≤ 0 in A or B")
        parts.append("click a bin, or Shift+drag over several, to mark their pixels in the images")
        return "   ·   ".join(parts)

    def columns(self) -> tuple[Column, ...]:
        """The bins with pixels."""
        rows, columns = np.nonzero(self.found.counts)
        edges = np.zeros(0) if self.found.axis is None else self.found.axis.edges
        # Before the first bin is the band: from −∞ to 0.
        low = np.concatenate([[-np.inf], edges[:-1]])
        high = np.concatenate([[0.0], edges[1:]])
        return (
            Column(f"A from ({PHOTONS})", low[columns]),
            Column(f"A to ({PHOTONS})", high[columns]),
            Column(f"B from ({PHOTONS})", low[rows]),
            Column(f"B to ({PHOTONS})", high[rows]),
            Column("pixels", self.found.counts[rows, columns]),
        )

    def _bins_between(self, low: float, high: float) -> tuple[int, int] | None:
        edges, band = self.edges, self.band
        found: list[int] = []
        if band is not None and low <= band[1] and high >= band[0]:
            found.append(-1)
        if self.found.axis is not None and low <= edges[-1] and high >= edges[0]:
            found += [self._clipped(low), self._clipped(high)]
        return (min(found), max(found)) if found else None

    def _clipped(self, place: float) -> int:
        edges = self.edges
        return int(np.clip(np.searchsorted(edges, place, side="right") - 1, 0, len(edges) - 2))

    def _places(self, first: int, last: int) -> tuple[float, float]:
        edges, band = self.edges, self.band
        low = band[0] if first < 0 and band is not None else float(edges[max(first, 0)])
        high = band[1] if last < 0 and band is not None else float(edges[max(last, 0) + 1])
        return low, high

    def _words(self, first: int, last: int) -> str:
        axis = self.found.axis
        if last < 0 or axis is None:
            return "≤ 0"
        low = "≤ 0" if first < 0 else number(float(axis.edges[first]), 5)
        return f"{low} to {number(float(axis.edges[last + 1]), 5)}"


def pooled_rows(counts: NDArray[np.int64], factor: int) -> NDArray[np.int64]:
    """The largest count of every `factor` rows; the last ones may be fewer."""
    if factor < 2:
        return counts
    return np.maximum.reduceat(counts, np.arange(0, len(counts), factor), axis=0)
