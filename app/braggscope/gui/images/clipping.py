"""Polylines cut to what is on screen. No Qt.

Deep in an image, lines reach millions of screen pixels out; a painter would dash all of them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def joined(points: Floats) -> Floats:
    """A polyline (n, 2) as its sections (m, 4): x, y, x, y; NaN lifts the pen."""
    parts = np.concatenate([points[:-1], points[1:]], axis=1)
    return parts[np.isfinite(parts).all(axis=1)]


def clipped(parts: Floats, margin: float, width: float, height: float) -> Floats:
    """The parts of sections (m, 4) inside (0, 0, width, height), widened by a margin.

    Liang and Barsky's method: along a section, each border bounds where it enters and leaves.
    """
    if not len(parts):
        return parts
    start, along = parts[:, :2], parts[:, 2:] - parts[:, :2]
    low = np.array([-margin, -margin])
    high = np.array([width + margin, height + margin])
    with np.errstate(divide="ignore", invalid="ignore"):
        one, other = (low - start) / along, (high - start) / along
    still = along == 0.0
    outside = still & ((start < low) | (start > high))
    enter = np.where(still, -np.inf, np.minimum(one, other))
    leave = np.where(still, np.inf, np.maximum(one, other))
    first = np.maximum(enter.max(axis=1), 0.0)
    last = np.minimum(leave.min(axis=1), 1.0)
    kept = (first < last) & ~outside.any(axis=1)
    first, last = first[kept, np.newaxis], last[kept, np.newaxis]
    start, along = start[kept], along[kept]
    return np.concatenate([start + first * along, start + last * along], axis=1)
