"""Edges of the mask."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from braggscope.api import Line, OverlayItem, OverlayScene

_MOST_EDGES = 20_000


def mask_outline(scene: OverlayScene) -> list[OverlayItem]:
    """Lines between pixels that count and pixels that don't."""
    mask = scene.image.mask
    if mask is None:
        return []
    (top, bottom), (left, right) = scene.visible
    rows = slice(max(int(top), 0), max(int(np.ceil(bottom)), 0))
    columns = slice(max(int(left), 0), max(int(np.ceil(right)), 0))
    points = edges(mask[rows, columns]) + np.array([rows.start, columns.start])
    if not len(points):
        return []
    return [Line(points, emphasis="plain")]


def edges(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(n, 2) points of a polyline along the mask's edges, the pen lifted between runs.

    Edges in one line are drawn as one run; of too many, as in a mask of single pixels, the first
    are.
    """
    level = _runs(mask[1:] != mask[:-1])
    upright = _runs((mask[:, 1:] != mask[:, :-1]).T)[:, [1, 0, 3, 2]]
    runs = np.concatenate([level, upright])[:_MOST_EDGES]
    lifted = np.full((len(runs), 3, 2), np.nan)
    lifted[:, 0], lifted[:, 1] = runs[:, :2], runs[:, 2:]
    return lifted.reshape(-1, 2)


def _runs(changes: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(n, 4) from and to of runs along the second axis; line i stands at i + 1 on the first."""
    if not changes.size:
        return np.empty((0, 4))
    padded = np.zeros((changes.shape[0], changes.shape[1] + 2), np.int8)
    padded[:, 1:-1] = changes
    steps = np.diff(padded, axis=1)
    lines, starts = np.nonzero(steps > 0)
    _, ends = np.nonzero(steps < 0)
    return np.stack([lines + 1, starts, lines + 1, ends], axis=1).astype(np.float64)
