"""Graphics items for detector images: prepared pixels, a crosshair. Nothing computes in paint."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from braggscope.api import Pixel


class IndexedImageItem(pg.GraphicsObject):
    """An image of colour indices with its reduced copies; the fitting copy is painted.

    Coordinates are (x = fast, y = slow); a pixel covers [n, n+1] on both axes.
    """

    def __init__(self) -> None:
        super().__init__()
        self._pictures: list[QImage] = []
        self._buffers: Sequence[NDArray[np.uint8]] = ()
        self._colors: list[int] = []
        self._shape = (0, 0)

    @property
    def has_image(self) -> bool:
        """Whether there is something to paint."""
        return bool(self._pictures)

    def set_copies(self, copies: Sequence[NDArray[np.uint8]]) -> None:
        """Show another image: its indices and copies of half the size each."""
        shape = (copies[0].shape[0], copies[0].shape[1]) if copies else (0, 0)
        if shape != self._shape:
            self.prepareGeometryChange()
        # QImage does not own the memory that it is made over.
        self._buffers = [np.ascontiguousarray(copy) for copy in copies]
        self._shape = shape
        self._pictures = [_indexed(buffer) for buffer in self._buffers]
        for picture in self._pictures:
            picture.setColorTable(self._colors)
        self.update()

    def set_colors(self, table: NDArray[np.uint8]) -> None:
        """Show the indices in other colours, (256, 3) sRGB."""
        words = (0xFF << 24) | (table.astype(np.uint32) << [16, 8, 0]).sum(axis=1)
        self._colors = [int(word) for word in words]
        for picture in self._pictures:
            picture.setColorTable(self._colors)
        self.update()

    def boundingRect(self) -> QRectF:
        """The image's pixels."""
        return QRectF(0, 0, self._shape[1], self._shape[0])

    def paint(self, painter: QPainter, *_: Any) -> None:
        """Draw the copy whose pixels are at least as large as the screen's."""
        if not self._pictures:
            return
        on_screen = painter.deviceTransform().m11()
        reduction = -math.log2(max(abs(on_screen), 1e-9))
        level = min(max(math.ceil(reduction - 0.01), 0), len(self._pictures) - 1)
        picture = self._pictures[level]
        factor = float(2**level)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        # The last row and column of a copy may stand for half as many pixels.
        target = QRectF(0, 0, picture.width() * factor, picture.height() * factor)
        painter.setClipRect(self.boundingRect(), Qt.ClipOperation.IntersectClip)
        painter.drawImage(target, picture, QRectF(picture.rect()))


def _indexed(buffer: NDArray[np.uint8]) -> QImage:
    height, width = buffer.shape
    return QImage(buffer.data, width, height, buffer.strides[0], QImage.Format.Format_Indexed8)


class CrosshairItem(pg.GraphicsObject):
    """Marks a pixel: lines that end at its edge, in two tones to be seen on any colour."""

    def __init__(self) -> None:
        super().__init__()
        self._pixel: Pixel | None = None
        self._shape = (0, 0)
        self.setZValue(10)

    def set_shape(self, shape: tuple[int, int]) -> None:
        """The size of the image that it marks."""
        self.prepareGeometryChange()
        self._shape = shape
        self.update()

    def set_pixel(self, pixel: Pixel | None) -> None:
        """Mark another pixel, or none."""
        self._pixel = pixel
        self.update()

    def boundingRect(self) -> QRectF:
        """The whole image."""
        return QRectF(-1, -1, self._shape[1] + 2, self._shape[0] + 2)

    def paint(self, painter: QPainter, *_: Any) -> None:
        """Draw the lines; their width does not depend on the zoom."""
        if self._pixel is None:
            return
        gap = max(0.5, 6.0 / max(abs(painter.worldTransform().m11()), 1e-9))
        lines = self._lines(self._pixel, gap)
        box = QRectF(self._pixel.fast, self._pixel.slow, 1, 1)
        for color, width in ((QColor(0, 0, 0, 170), 3.0), (QColor(255, 255, 255, 230), 1.0)):
            pen = QPen(color, width)
            pen.setCosmetic(True)
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            painter.setPen(pen)
            painter.drawLines(lines)
            if gap <= 1.0:
                painter.drawRect(box)

    def _lines(self, pixel: Pixel, gap: float) -> list[QLineF]:
        x, y = pixel.fast + 0.5, pixel.slow + 0.5
        height, width = self._shape
        return [
            QLineF(0, y, x - gap, y),
            QLineF(x + gap, y, width, y),
            QLineF(x, 0, x, y - gap),
            QLineF(x, y + gap, x, height),
        ]
