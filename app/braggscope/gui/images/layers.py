"""What a canvas paints, prepared whenever something changes: nothing is computed while painting.

A layer is one image cut to the screen. A canvas has one layer, or two of A and B, which it shows
side by side, in turn or mixed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QImage, QPainter

from braggscope.gui.images.pictures import Picture
from braggscope.io.rendering import FIRST, LAST, full_table
from braggscope.io.screen import Cut, cut, indices_of
from braggscope.ui.view_state import Sight

Mode = Literal["single", "split", "blink", "overlay"]
#: A in one colour, B in its complement: where they are equal the sum is grey.
OVERLAY_COLORS: tuple[tuple[int, int, int], tuple[int, int, int]] = ((255, 128, 0), (0, 127, 255))

#: Without it a pixel is see-through where it is painted on anything but the screen.
_OPAQUE = np.uint32(0xFF000000)


@dataclass(frozen=True, eq=False)
class Piece:
    """An image on the grid of screen pixels, and where it belongs.

    Attributes:
        slow, fast: image coordinates of its first corner.
        high, wide: image pixels that it covers.
        one_to_one: whether one of its pixels is one of the screen's.
    """

    picture: QImage
    buffer: NDArray[Any]
    slow: float
    fast: float
    high: float
    wide: float
    one_to_one: bool

    def enlarged(self, scale: float) -> Piece:
        """The same with each pixel as a block of pixels: programs that show files would blur it."""
        factor = math.ceil(scale)
        if self.one_to_one or factor <= 1:
            return self
        size = self.picture.size() * factor
        return replace(self, picture=self.picture.scaled(size))

    def paint(self, painter: QPainter, sight: Sight) -> None:
        """Draw it."""
        corners = (
            sight.to_screen(self.slow, self.fast),
            sight.to_screen(self.slow + self.high, self.fast + self.wide),
        )
        left, top = (min(c[i] for c in corners) for i in (0, 1))
        right, bottom = (max(c[i] for c in corners) for i in (0, 1))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        if self.one_to_one:
            ratio = self.picture.devicePixelRatio()
            place = QPointF(round(left * ratio) / ratio, round(top * ratio) / ratio)
            painter.drawImage(place, self.picture)
        else:
            target = QRectF(left, top, right - left, bottom - top)
            painter.drawImage(target, self.picture, QRectF(self.picture.rect()))


class ImageLayer:
    """One image, cut to what a canvas shows of it."""

    def __init__(self) -> None:
        self._cut: Cut | None = None
        self._cut_key: object = None
        self._indices: NDArray[np.uint8] | None = None
        self._index_key: object = None
        self._picture: Picture | None = None

    def prepare(self, picture: Picture | None, sight: Sight, ratio: float) -> None:
        """Cut out what is seen, as far as that has changed.

        Args:
            ratio: device pixels across one of the screen's logical pixels.
        """
        self._picture = picture
        if picture is None:
            self._cut = self._indices = self._cut_key = None
            return
        step = 1.0 / (sight.scale * ratio)
        key = (id(picture.pyramid), sight, ratio, picture.mean, picture.extras)
        if key != self._cut_key:
            self._cut = cut(picture.pyramid, sight.slow_range, sight.fast_range, step, picture.mean)
            self._cut_key, self._index_key = key, None
        levels = (picture.levels, picture.scale)
        if levels != self._index_key:
            self._index_key = levels
            found = self._cut
            self._indices = None if found is None else indices_of(found, *levels)

    @property
    def picture(self) -> Picture | None:
        """What it shows."""
        return self._picture

    def piece(self, sight: Sight, ratio: float) -> Piece | None:
        """Its pixels in the colours of its map."""
        if self._cut is None or self._indices is None or self._picture is None:
            return None
        shown = self._picture
        buffer = turned(self._indices, sight)
        height, width = buffer.shape
        image = QImage(buffer.data, width, height, width, QImage.Format.Format_Indexed8)
        image.setColorTable(_words(shown.colormap, shown.inverted, shown.mark_clipped))
        return _piece(image, buffer, self._cut, ratio)

    def indices(self) -> NDArray[np.uint8] | None:
        """Colour indices on the grid of the screen."""
        return self._indices

    def cut_now(self) -> Cut | None:
        """The numbers behind them."""
        return self._cut


def mixed(one: ImageLayer, other: ImageLayer, sight: Sight, ratio: float) -> Piece | None:
    """A and B in complementary colours; None where one is missing or they differ in size."""
    first, second, place = one.indices(), other.indices(), one.cut_now()
    pictures = one.picture, other.picture
    if first is None or second is None or place is None or None in pictures:
        return None
    if len({picture.shape for picture in pictures if picture is not None}) > 1:
        return None
    # While one of them is coarser, it may end by a screen pixel later.
    height, width = np.minimum(first.shape, second.shape)
    first, second = first[:height, :width], second[:height, :width]
    inverted = one.picture is not None and one.picture.inverted
    tables = [_weights(color, inverted) for color in OVERLAY_COLORS]
    # The parts of the two colours add up to 255 at most: nothing is carried over.
    words = (tables[0] | _OPAQUE)[first]
    words += tables[1][second]
    buffer = turned(words, sight)
    height, width = buffer.shape
    image = QImage(buffer.data, width, height, 4 * width, QImage.Format.Format_RGB32)
    return _piece(image, buffer, place, ratio)


def _piece(image: QImage, buffer: NDArray[Any], place: Cut, ratio: float) -> Piece:
    one_to_one = place.step > 1.0
    if one_to_one:
        image.setDevicePixelRatio(ratio)
    high, wide = (place.step * length for length in buffer.shape)
    return Piece(image, buffer, place.slow, place.fast, high, wide, one_to_one)


def turned(values: NDArray[Any], sight: Sight) -> NDArray[Any]:
    """Rows and columns in the directions of the screen."""
    slow = -1 if sight.slow_up else 1
    fast = -1 if sight.fast_left else 1
    # QImage reads whole rows; with one byte a pixel they need not start at multiples of four.
    return np.ascontiguousarray(values[::slow, ::fast])


@lru_cache(maxsize=32)
def _words(colormap: str, inverted: bool, mark_clipped: bool) -> list[int]:
    table = full_table(colormap, inverted, mark_clipped)
    return [int(word) for word in packed(table)]


def packed(table: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """sRGB colours as Qt's words."""
    shifted = table.astype(np.uint32) << np.array([16, 8, 0], np.uint32)
    return _OPAQUE | shifted.sum(axis=1, dtype=np.uint32)


@lru_cache(maxsize=8)
def _weights(color: tuple[int, int, int], inverted: bool) -> NDArray[np.uint32]:
    """A colour for each index, from none to all of it, without the byte that makes it opaque."""
    share = np.clip((np.arange(256) - FIRST) / (LAST - FIRST), 0.0, 1.0)
    share[:FIRST] = 0.0
    share = 1.0 - share if inverted else share
    table = np.floor(share[:, np.newaxis] * np.array(color)).astype(np.uint8)
    return packed(table) & ~_OPAQUE
