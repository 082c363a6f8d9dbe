"""The numbers written into the pixels, when these are large enough. Qt for painting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from braggscope.gui.images.layers import ImageLayer
from braggscope.gui.images.pictures import Picture
from braggscope.gui.numbers import near, number
from braggscope.io.rendering import full_table
from braggscope.ui.view_state import Sight

#: Screen pixels across a pixel from which on its number is legible in it.
LEGIBLE: Final = 44.0
#: From which on it may be "1 − 3e−13".
_ROOM_FOR_NEAR: Final = 72.0
_DARK, _BRIGHT = QColor(0, 0, 0), QColor(255, 255, 255)


@dataclass(frozen=True, eq=False)
class PixelText:
    """One number, where it stands, and whether the pixel's colour is bright."""

    box: QRectF
    text: str
    on_bright: bool


def pixel_texts(layer: ImageLayer, sight: Sight) -> list[PixelText]:
    """The numbers of all pixels in view; none from afar."""
    picture, part, indices = layer.picture, layer.cut_now(), layer.indices()
    if sight.scale < LEGIBLE or picture is None or part is None or indices is None:
        return []
    digits = 3 if sight.scale < 64 else 4 if sight.scale < 90 else 6
    is_tight = sight.scale < _ROOM_FOR_NEAR
    bright = _brightness(picture)
    found = []
    for i, row in enumerate(indices.tolist()):
        for j, index in enumerate(row):
            slow, fast = int(part.slow) + i, int(part.fast) + j
            value, neutral = picture.value(slow, fast), picture.pyramid.offset
            text = number(value, digits) if is_tight else near(value, neutral, digits)
            x, y = sight.to_screen(slow + 0.5, fast + 0.5)
            half = sight.scale / 2
            box = QRectF(x - half, y - half, 2 * half, 2 * half)
            found.append(PixelText(box, text, bool(bright[index])))
    return found


def _brightness(picture: Picture) -> np.ndarray:
    table = full_table(picture.colormap, picture.inverted, picture.mark_clipped)
    return np.asarray(table @ np.array([0.299, 0.587, 0.114]) > 130.0)


def paint_texts(painter: QPainter, texts: list[PixelText], clip: QRectF | None = None) -> None:
    """Write them."""
    painter.save()
    if clip is not None:
        painter.setClipRect(clip)
    for on_bright, color in ((True, _DARK), (False, _BRIGHT)):
        painter.setPen(color)
        for item in texts:
            if item.on_bright == on_bright:
                painter.drawText(item.box, Qt.AlignmentFlag.AlignCenter, item.text)
    painter.restore()
