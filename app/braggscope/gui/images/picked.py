"""Picked pixels over an image: each as large as it is, or a point where it is smaller than one.

A selection may hold every pixel of an image: it is kept as a mask with reduced copies, of which a
canvas takes the one that fits its scale.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF
from PySide6.QtGui import QColor, QImage

from braggscope.gui.images.drawing import OWN
from braggscope.gui.images.layers import Piece, turned
from braggscope.ui.view_state import Sight

Mask = NDArray[np.bool_]
#: Screen pixels across a pixel from which on the edges of the selection are drawn, not its pixels.
EDGES_FROM: Final = 4.0
_INK: Final = QColor(OWN).rgba()
_HALO: Final = QColor(0, 0, 0, 190).rgba()


@dataclass(frozen=True, eq=False)
class PickedPixels:
    """A selection.

    Attributes:
        masks: level k is reduced by 2^k: True where any pixel of the square is picked.
    """

    masks: tuple[Mask, ...]

    @classmethod
    def of(cls, selection: NDArray[np.int64], shape: tuple[int, int]) -> PickedPixels | None:
        """Pixels by their index in raster order; None where no pixel of the image is picked."""
        inside = selection[(selection >= 0) & (selection < shape[0] * shape[1])]
        if not len(inside):
            return None
        mask = np.zeros(shape, np.bool_)
        mask.reshape(-1)[inside] = True
        masks = [mask]
        while min(masks[-1].shape) > 64:
            masks.append(_halved(masks[-1]))
        return cls(tuple(masks))

    def edges(self, sight: Sight) -> list[QLineF]:
        """The borders between picked pixels and others, where pixels are large on screen."""
        if sight.scale < EDGES_FROM:
            return []
        cut = self._cut(sight, 1)
        if cut is None:
            return []
        part, top, left = cut
        around = np.pad(part, 1)
        lines = []
        for along, number in ((np.diff(around.astype(np.int8), axis=0), 0), (_columns(around), 1)):
            for i, j in np.argwhere(along != 0).tolist():
                # Of the padded grid: a change at (i, j) is the border before pixel (i, j − 1).
                slow, fast = (top + i, left + j - 1) if number == 0 else (top + i - 1, left + j)
                far = (slow, fast + 1) if number == 0 else (slow + 1, fast)
                lines.append(QLineF(*sight.to_screen(slow, fast), *sight.to_screen(*far)))
        return lines

    def _cut(self, sight: Sight, margin: int) -> tuple[Mask, int, int] | None:
        mask = self.masks[0]
        top = max(math.floor(sight.slow_range[0]) - margin, 0)
        left = max(math.floor(sight.fast_range[0]) - margin, 0)
        bottom = min(math.ceil(sight.slow_range[1]) + margin, mask.shape[0])
        right = min(math.ceil(sight.fast_range[1]) + margin, mask.shape[1])
        if bottom <= top or right <= left:
            return None
        return mask[top:bottom, left:right], top, left

    def piece(self, sight: Sight, ratio: float) -> Piece | None:
        """The picked pixels as a picture for the screen, where they are small.

        Args:
            ratio: device pixels across one of the screen's logical pixels.
        """
        if sight.scale >= EDGES_FROM:
            return None
        step = 1.0 / (sight.scale * ratio)
        level = min(max(math.ceil(math.log2(step) - 1e-9), 0), len(self.masks) - 1)
        height, width = self.masks[0].shape
        rows = _centres(sight.slow_range, step, height)
        columns = _centres(sight.fast_range, step, width)
        if not len(rows) or not len(columns):
            return None
        mask = self.masks[level]
        picked = mask[
            np.ix_(
                _entries(rows, step, level, mask.shape[0]),
                _entries(columns, step, level, mask.shape[1]),
            )
        ]
        buffer = turned(_as_points(picked), sight)
        image = QImage(
            buffer.data,
            buffer.shape[1],
            buffer.shape[0],
            4 * buffer.shape[1],
            QImage.Format.Format_ARGB32,
        )
        image.setDevicePixelRatio(ratio)
        slow, fast = float(rows[0]) * step, float(columns[0]) * step
        return Piece(image, buffer, slow, fast, len(rows) * step, len(columns) * step, True)


def _columns(around: Mask) -> NDArray[np.int8]:
    return np.asarray(np.diff(around.astype(np.int8), axis=1))


def _halved(mask: Mask) -> Mask:
    """Whether any of four pixels is picked; the last row and column may stand alone."""
    rows = np.zeros((-(-mask.shape[0] // 2), mask.shape[1]), np.bool_)
    rows |= mask[::2]
    rows[: mask.shape[0] // 2] |= mask[1::2]
    both = rows[:, ::2].copy()
    both[:, : mask.shape[1] // 2] |= rows[:, 1::2]
    return both


def _centres(between: tuple[float, float], step: float, pixels: int) -> NDArray[np.intp]:
    """Numbers of the screen pixels of a grid that stands still on the image."""
    first = max(math.floor(between[0] / step), 0)
    last = min(math.ceil(between[1] / step), math.ceil(pixels / step))
    return np.arange(first, max(last, first), dtype=np.intp)


def _entries(numbers: NDArray[np.intp], step: float, level: int, count: int) -> NDArray[np.intp]:
    """Which entry of a level lies in the middle of each screen pixel; the last may reach beyond."""
    return np.minimum(((numbers + 0.5) * step).astype(np.intp) >> level, count - 1)


def _as_points(picked: Mask) -> NDArray[Any]:
    """Picked pixels in the colour of what the user drew, with a dark rim to be seen on any map."""
    rim = picked.copy()
    rim[1:] |= picked[:-1]
    rim[:-1] |= picked[1:]
    rim[:, 1:] |= picked[:, :-1]
    rim[:, :-1] |= picked[:, 1:]
    words = np.zeros(picked.shape, np.uint32)
    words[rim] = _HALO
    words[picked] = _INK
    return words
