"""The map as lines and marks over the images. No Qt."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from braggscope.api import Line, Marks, OverlayItem
from braggscope.api.overlay import Symbol
from braggscope.explain.looks import uncrowded
from braggscope.explain.start import AGREEING, NO_TRACE, Beginnings
from braggscope_divergence.chart import Chart

Flags = NDArray[np.bool_]
Numbers = NDArray[np.int64]
_SYMBOLS: Final[tuple[Symbol, ...]] = ("circle", "square", "cross", "plus")
#: Marks are apart by this share of the image: the image must be seen through them.
_APART: Final = 1 / 24
#: So many sections are painted in no time, and leave the image to be seen.
_MOST_SECTIONS: Final = 3000


def items_over(found: Beginnings, chart: Chart, shape: tuple[int, int]) -> tuple[OverlayItem, ...]:
    """Borders between areas of different outcome; some samples as marks, the worst of each variable
    by its name.

    Args:
        shape: (slow, fast) of the images.
    """
    drawn = np.array(uncrowded(chart.places, chart.outcomes.tolist(), _APART * max(shape)), int)
    outcomes, names = chart.outcomes[drawn], list(chart.looks)
    items: list[OverlayItem] = [Line(borders(chart.kinds, shape))]
    causes = [c for c in found.causes if c.outcome not in (AGREEING, NO_TRACE)]
    for n, cause in enumerate(causes):
        symbol = _SYMBOLS[n % len(_SYMBOLS)]
        shown = chart.places[drawn[outcomes == names.index(cause.outcome)]]
        items.append(Marks(shown, symbol, color=chart.looks[cause.outcome].color))
        worst = np.array([cause.example], np.float64) + 0.5
        items.append(Marks(worst, symbol, (cause.outcome,), "strong"))
    return tuple(items)


def borders(kinds: Numbers, shape: tuple[int, int]) -> NDArray[np.float64]:
    """(n, 2) points of lines between cells of different kinds, the pen lifted between them.

    Where areas are so small that their borders would hide the image, the smallest have none.
    """
    edges = kinds[1:] != kinds[:-1], kinds[:, 1:] != kinds[:, :-1]
    lines = _sections(*edges)
    if len(lines) > _MOST_SECTIONS:
        sizes, least = _area_sizes(kinds), 1
        between = np.minimum(sizes[1:], sizes[:-1]), np.minimum(sizes[:, 1:], sizes[:, :-1])
        while len(lines) > _MOST_SECTIONS:
            least *= 2
            lines = _sections(
                *(edge & (size >= least) for edge, size in zip(edges, between, strict=True))
            )
    scale = [size / cells for size, cells in zip(shape, kinds.shape, strict=True)]
    return lines.reshape(-1, 2) * scale


def _sections(level: Flags, upright: Flags) -> NDArray[np.float64]:
    """(n, 3, 2): from, to, and a place where the pen is lifted.

    Args:
        level: [rows − 1, columns] whether a cell differs from the one below.
        upright: [rows, columns − 1] whether it differs from the one on its right.
    """
    row, left, right = _runs(level)
    column, top, bottom = _runs(upright.T)
    slow = np.concatenate([row + 1, top]), np.concatenate([row + 1, bottom])
    fast = np.concatenate([left, column + 1]), np.concatenate([right, column + 1])
    lines = np.full((len(row) + len(column), 3, 2), np.nan)
    lines[:, :2, 0], lines[:, :2, 1] = np.transpose(slow), np.transpose(fast)
    return lines


def _runs(edges: Flags) -> tuple[Numbers, Numbers, Numbers]:
    """Row, first column and the column after the last, of what is True without a gap."""
    changes = np.diff(np.pad(edges, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    rows, starts = np.nonzero(changes == 1)
    return rows, starts, np.nonzero(changes == -1)[1]


def _area_sizes(kinds: Numbers) -> Numbers:
    """[rows, columns] how many cells the area of each cell has."""
    from scipy.ndimage import label

    sizes = np.zeros(kinds.shape, np.int64)
    for kind in np.unique(kinds):
        areas, _ = label(kinds == kind)
        inside = areas > 0
        sizes[inside] = np.bincount(areas.ravel())[areas[inside]]
    return sizes
