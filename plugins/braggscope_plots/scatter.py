"""A against B as a two-dimensional histogram. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from braggscope_plots.binning import Axis, Places, axis_over
from braggscope_plots.pixels import Check, Floats, Pixels, all_finite, go_on

BINS: Final = 160


@dataclass(frozen=True, eq=False)
class Scatter:
    """How many pixels have which values in A and B.

    Attributes:
        axis: the same bins for both images; None where no value can be shown.
        counts: (bins + 1, bins + 1) int64 [B, A]; index 0 holds what is not above zero on a
            logarithmic axis, and nothing on a linear one; bin n of the axis has index n + 1.
        counted: pixels that count and are finite in both.
    """

    axis: Axis | None
    counts: Places
    counted: int


@dataclass(frozen=True)
class Cells:
    """A rectangle of bins, both ends inclusive; −1 is the bin of what is not above zero."""

    a_first: int
    a_last: int
    b_first: int
    b_last: int


def scatter(pair: Pixels, *, log: bool, bins: int = BINS, check: Check = go_on) -> Scatter:
    """Count the pixels of two images.

    Raises:
        Cancelled: check gave up.
    """
    low, high, counted = _range(pair, log, check)
    if low is None:
        return Scatter(None, np.full((1, 1), counted, dtype=np.int64), counted)
    axis = axis_over(low, high, bins, log=log)
    rows = len(axis.edges)
    total = np.zeros(rows * rows, dtype=np.int64)
    for a, b in pair.finite(check):
        total += np.bincount((axis.index(b) + 1) * rows + axis.index(a) + 1, minlength=total.size)
    return Scatter(axis, total.reshape(rows, rows), counted)


def pixels_in(pair: Pixels, axis: Axis, cells: Cells, check: Check = go_on) -> NDArray[np.int64]:
    """(n,) raster indices of the pixels in a rectangle of bins, rising.

    Raises:
        Cancelled: check gave up.
    """
    found = []
    for place, (a, b) in pair.pieces(check):
        good = np.flatnonzero(all_finite((a, b)))
        in_a, in_b = axis.index(a[good]), axis.index(b[good])
        inside = (in_a >= cells.a_first) & (in_a <= cells.a_last)
        inside &= (in_b >= cells.b_first) & (in_b <= cells.b_last)
        found.append(good[inside] + place.start)
    return np.concatenate(found).astype(np.int64) if found else np.zeros(0, dtype=np.int64)


def _range(pair: Pixels, log: bool, check: Check) -> tuple[float | None, float, int]:
    lows, highs, counted = [], [], 0
    for values in pair.finite(check):
        counted += values[0].size
        for piece in values:
            low = _lowest(piece, log)
            if low is not None:
                lows.append(low)
                highs.append(float(piece.max()))
    return min(lows, default=None), max(highs, default=0.0), counted


def _lowest(values: Floats, log: bool) -> float | None:
    if not values.size:
        return None
    low = float(values.min())
    if log and low <= 0.0:
        above = values[values > 0.0]
        return float(above.min()) if above.size else None
    return low
