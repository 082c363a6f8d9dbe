"""What a canvas shows, prepared for its size: layers, drawing and numbers. Painting only draws.

The same content paints a widget and a saved picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from braggscope.api import Pixel
from braggscope.gui.images.annotations import Annotated, drawing_of
from braggscope.gui.images.drawing import Drawing, Label, paint, paint_labels, small_font
from braggscope.gui.images.layers import OVERLAY_COLORS, ImageLayer, Mode, Piece, mixed
from braggscope.gui.images.legend import LegendEntry, legend
from braggscope.gui.images.legend_box import paint_legend
from braggscope.gui.images.pictures import Picture
from braggscope.gui.images.pixel_values import PixelText, paint_texts, pixel_texts
from braggscope.io.pyramid import extras_for
from braggscope.ui.view_state import Sight

Seam = Literal["upright", "level"]
_A, _B = "A", "B"
_GAP: Final = 6.0


class Content:
    """Pictures and what is drawn over them, for one size on screen.

    Attributes:
        mode: how two pictures share the canvas.
        seam: where the border between A and B stands, as a share of the size.
        second: in "blink", whether B is shown and not A.
    """

    def __init__(self) -> None:
        self.mode: Mode = "single"
        self.seam = 0.5
        self.seam_direction: Seam = "upright"
        self.second = False
        self.cursor: Pixel | None = None
        self.annotated = Annotated()
        self._pictures: tuple[Picture | None, ...] = ()
        self._layers = (ImageLayer(), ImageLayer())
        self._pieces: list[Piece | None] = []
        self._texts: list[list[PixelText]] = []
        self._legend: list[LegendEntry] = []
        self._drawing = Drawing()
        self._picked: Piece | None = None
        self._ratio = 1.0
        self._sight: Sight | None = None

    @property
    def pictures(self) -> tuple[Picture | None, ...]:
        """What is shown: one picture, or A and B."""
        return self._pictures

    def set_pictures(self, pictures: Sequence[Picture | None]) -> None:
        """Show other pictures; `prepare` follows."""
        self._pictures = tuple(pictures)

    @property
    def shape(self) -> tuple[int, int]:
        """(slow, fast) of the first picture; (0, 0) without one."""
        return next((p.shape for p in self._pictures if p is not None), (0, 0))

    def like(self, other: Content) -> None:
        """Show the same in another place."""
        self.mode, self.seam, self.seam_direction = other.mode, other.seam, other.seam_direction
        self.second, self.cursor, self.annotated = other.second, other.cursor, other.annotated
        self.set_pictures(other.pictures)

    def prepare(self, sight: Sight, ratio: float) -> None:
        """Get ready for painting in this size.

        Args:
            ratio: device pixels across a logical one.
        """
        self._sight, self._ratio = sight, ratio
        shown = list(zip(self._layers, self._pictures, strict=False))
        for layer, picture in shown:
            layer.prepare(picture, sight, ratio)
        layers = [layer for layer, _ in shown]
        if self.mode == "overlay" and len(layers) == 2:
            both = mixed(layers[0], layers[1], sight, ratio)
            self._pieces = [both if both is not None else layers[0].piece(sight, ratio)]
        else:
            self._pieces = [layer.piece(sight, ratio) for layer in layers]
        self._texts = [pixel_texts(layer, sight) for layer in layers]
        found = [entry for _, picture in shown if picture is not None for entry in legend(picture)]
        self._legend = [] if self.mode == "overlay" else list(dict.fromkeys(found))
        self.prepare_drawing()

    def prepare_for_file(self, sight: Sight, ratio: float) -> None:
        """Get ready for a picture that other programs scale: pixels stay sharp blocks in it."""
        step = 1.0 / (sight.scale * ratio)
        for picture in self._pictures:
            if picture is not None:
                picture.pyramid.make(extras_for(step, picture.mean))
        self.prepare(sight, ratio)
        scale = sight.scale * ratio
        self._pieces = [None if p is None else p.enlarged(scale) for p in self._pieces]

    def prepare_drawing(self) -> None:
        """Get ready what is drawn over the image."""
        if self._sight is not None:
            self._drawing = drawing_of(self.annotated, self._sight)
            picked = self.annotated.picked
            self._picked = None if picked is None else picked.piece(self._sight, self._ratio)

    # ── painting ──────────────────────────────────────────────────────────────────────────────

    def paint(self, painter: QPainter) -> None:
        """Draw everything."""
        sight = self._sight
        if sight is None:
            return
        painter.setFont(small_font(painter.font()))
        for number, clip in self._shares(sight):
            painter.save()
            painter.setClipRect(clip)
            piece = self._pieces[number]
            if piece is not None:
                piece.paint(painter, sight)
            paint_texts(painter, self._texts[number], clip)
            painter.restore()
        if self._picked is not None:
            self._picked.paint(painter, sight)
        paint(painter, self._drawing)
        self._paint_names(painter, sight)
        paint_legend(painter, sight, self._legend)
        if self.cursor is not None and self.shape != (0, 0):
            _paint_crosshair(painter, sight, self.cursor, self.shape, any(self._texts))

    def _shares(self, sight: Sight) -> list[tuple[int, QRectF]]:
        """Which piece is painted where."""
        whole = QRectF(0, 0, sight.width, sight.height)
        if not self._pieces:
            return []
        if self.mode == "blink":
            return [(int(self.second and len(self._pieces) > 1), whole)]
        if self.mode != "split" or len(self._pieces) < 2:
            return [(0, whole)]
        first, second = QRectF(whole), QRectF(whole)
        if self.seam_direction == "upright":
            border = self.seam_at(sight)
            first.setRight(border)
            second.setLeft(border)
        else:
            border = self.seam_at(sight)
            first.setBottom(border)
            second.setTop(border)
        return [(0, first), (1, second)]

    def seam_at(self, sight: Sight) -> float:
        """Where the seam is on screen."""
        return round(
            self.seam * (sight.width if self.seam_direction == "upright" else sight.height)
        )

    def _paint_names(self, painter: QPainter, sight: Sight) -> None:
        """Which image is where, in the images themselves."""
        if self.mode == "overlay" and len(self._pictures) > 1:
            top = Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight
            x = sight.width - _GAP
            for name, mixed_color in ((_B, OVERLAY_COLORS[1]), (_A, OVERLAY_COLORS[0])):
                # Lighter than in the image, where it is read on a dark ground.
                ink = QColor(*mixed_color).lighter(130).name()
                label = Label(x, _GAP + 16, f" {name} ", ink, top)
                paint_labels(painter, [label])
                x = label.box.left()
        if self.mode == "blink":
            name = _B if self.second else _A
            top = Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight
            paint_labels(painter, [Label(sight.width - _GAP, _GAP + 16, f" {name} ", anchor=top)])
        if self.mode != "split" or len(self._pieces) < 2:
            return
        place, right = self.seam_at(sight), Qt.AlignmentFlag.AlignRight
        left, top = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignTop
        if self.seam_direction == "upright":
            line = QLineF(place, 0, place, sight.height)
            y = sight.height - 30
            labels = [
                Label(place - _GAP, y, f" {_A} ", anchor=right | top),
                Label(place + _GAP, y, f" {_B} ", anchor=left | top),
            ]
        else:
            line = QLineF(0, place, sight.width, place)
            x, bottom = sight.width - 12, Qt.AlignmentFlag.AlignBottom
            labels = [
                Label(x, place - _GAP, f" {_A} ", anchor=right | bottom),
                Label(x, place + _GAP, f" {_B} ", anchor=right | top),
            ]
        for color, width in ((QColor(0, 0, 0, 200), 4.0), (QColor(255, 255, 255), 2.0)):
            painter.setPen(QPen(color, width))
            painter.drawLine(line)
        paint_labels(painter, labels)


def _paint_crosshair(
    painter: QPainter, sight: Sight, pixel: Pixel, shape: tuple[int, int], alone: bool
) -> None:
    """Lines that end at the pixel's edge, in two tones to be seen on any colour.

    Args:
        alone: the pixel's outline without lines, which would strike numbers in pixels through.
    """
    x, y = sight.to_screen(pixel.slow + 0.5, pixel.fast + 0.5)
    one, other = sight.to_screen(0, 0), sight.to_screen(*shape)
    left, right = (min(max(v, -2.0), sight.width + 2) for v in sorted((one[0], other[0])))
    top, bottom = (min(max(v, -2.0), sight.height + 2) for v in sorted((one[1], other[1])))
    gap = max(0.5 * sight.scale, 6.0)
    lines = []
    if not alone and -gap <= y <= sight.height + gap:
        lines += [QLineF(left, y, x - gap, y)] if x - gap > left else []
        lines += [QLineF(x + gap, y, right, y)] if x + gap < right else []
    if not alone and -gap <= x <= sight.width + gap:
        lines += [QLineF(x, top, x, y - gap)] if y - gap > top else []
        lines += [QLineF(x, y + gap, x, bottom)] if y + gap < bottom else []
    half = sight.scale / 2
    for color, width in ((QColor(0, 0, 0, 170), 3.0), (QColor(255, 255, 255, 230), 1.0)):
        painter.setPen(QPen(color, width, c=Qt.PenCapStyle.FlatCap))
        painter.drawLines(lines)
        if half >= 6.0:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(x - half, y - half, 2 * half, 2 * half))
