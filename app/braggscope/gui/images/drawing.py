"""Lines, marks and labels over an image, prepared for one canvas and painted in two tones.

Preparing maps everything to the screen and leaves out what is not seen; painting only draws.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QGuiApplication,
    QPainter,
    QPainterPath,
    QPen,
    QPolygonF,
)

from braggscope.api import Line, Marks, OverlayItem
from braggscope.api.overlay import Emphasis, Symbol
from braggscope.gui.images.clipping import clipped, joined
from braggscope.gui.images.sections import path_of
from braggscope.ui.view_state import Sight

LIGHT: Final = "#ffffff"
#: Of regions and the profile line, which the user can take hold of.
OWN: Final = "#ffd84d"
_WIDTH: Final[dict[Emphasis, float]] = {"faint": 1.0, "plain": 1.2, "strong": 2.0}
_OPACITY: Final[dict[Emphasis, float]] = {"faint": 0.55, "plain": 0.85, "strong": 1.0}
#: Half the size of a symbol on screen.
_HALF: Final = 5.0
#: More marks than this are points only.
_MOST_MARKS: Final = 4000
_MARGIN: Final = 12.0
_CELL: Final = 64.0
#: The share of the canvas under marks from which on they are small and go without labels.
_CROWDED: Final = 0.2


@dataclass(frozen=True, eq=False)
class Stroke:
    """Lines of one look.

    Attributes:
        sections: more straight lines, as of `path_of`.
        polylines: what bends.
    """

    lines: list[QLineF]
    emphasis: Emphasis = "plain"
    dashed: bool = False
    color: str = LIGHT
    polylines: list[QPolygonF] = field(default_factory=list)
    sections: QPainterPath = field(default_factory=QPainterPath)


@dataclass(frozen=True, eq=False)
class Label:
    """A text at a place on screen; `anchor` says which part of it stands there."""

    x: float
    y: float
    text: str
    color: str = LIGHT
    anchor: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignCenter

    @property
    def box(self) -> QRectF:
        """Its ground on screen."""
        width, height = _text_size(self.text)
        left, top = self.x - width / 2, self.y - height / 2
        if self.anchor & Qt.AlignmentFlag.AlignLeft:
            left = self.x
        elif self.anchor & Qt.AlignmentFlag.AlignRight:
            left = self.x - width
        if self.anchor & Qt.AlignmentFlag.AlignTop:
            top = self.y
        elif self.anchor & Qt.AlignmentFlag.AlignBottom:
            top = self.y - height
        return QRectF(left, top, width, height)


@dataclass(eq=False)
class Drawing:
    """All that one canvas paints over its image."""

    strokes: list[Stroke] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)

    def add(self, item: OverlayItem, sight: Sight, color: str = LIGHT) -> None:
        """Prepare an item of an overlay."""
        if isinstance(item, Line):
            self._add_line(item, sight, item.color or color)
        else:
            self._add_marks(item, sight, item.color or color)

    def _add_line(self, item: Line, sight: Sight, color: str) -> None:
        points = on_screen(item.points, sight)
        parts = clipped(joined(points), _MARGIN, sight.width, sight.height)
        if len(parts):
            bent, straight = _polylines(parts)
            look = item.emphasis, item.dashed, color
            self.strokes.append(Stroke([], *look, bent, path_of(straight)))
        if not item.label:
            return
        place = label_place(item, points, sight)
        if place is not None:
            self.labels.append(Label(*place, item.label, color))

    def _add_marks(self, item: Marks, sight: Sight, color: str) -> None:
        points = on_screen(item.points, sight)
        with np.errstate(invalid="ignore"):
            seen = (
                (points[:, 0] > -_HALF)
                & (points[:, 0] < sight.width + _HALF)
                & (points[:, 1] > -_HALF)
                & (points[:, 1] < sight.height + _HALF)
            )
        where = np.flatnonzero(seen)
        if not len(where):
            return
        pattern = _SYMBOLS["plus" if len(where) > _MOST_MARKS else item.symbol]
        crowd = len(where) * (2 * _HALF) ** 2 / (sight.width * sight.height)
        half = 1.0 if len(where) > _MOST_MARKS else 2.5 if crowd > _CROWDED else _HALF
        shift = np.tile(points[where], 2)[:, np.newaxis, :]
        lines = (shift + half * pattern[np.newaxis]).reshape(-1, 4)
        stroke = Stroke([], item.emphasis, False, color, sections=path_of(lines))
        self.strokes.append(stroke)
        if item.labels and crowd <= _CROWDED:
            above = Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignHCenter
            places = zip(where.tolist(), points[where].tolist(), strict=True)
            self.labels += [
                Label(x, y - _HALF - 2.0, item.labels[i], color, above) for i, (x, y) in places
            ]

    def settle_labels(self, width: float, height: float) -> None:
        """Leave out labels that reach over the border or over one that came before.

        Half a Miller index is another one.
        """
        kept: list[Label] = []
        taken: dict[tuple[int, int], list[QRectF]] = {}
        for label in self.labels:
            box = label.box
            if not QRectF(0, 0, width, height).contains(box):
                continue
            cells = _cells(box)
            if any(box.intersects(other) for cell in cells for other in taken.get(cell, ())):
                continue
            kept.append(label)
            for cell in cells:
                taken.setdefault(cell, []).append(box)
        self.labels = kept


def _cells(box: QRectF) -> list[tuple[int, int]]:
    """Squares of the screen that a box touches: only what shares one can overlap."""
    columns = range(int(box.left() // _CELL), int(box.right() // _CELL) + 1)
    rows = range(int(box.top() // _CELL), int(box.bottom() // _CELL) + 1)
    return [(row, column) for row in rows for column in columns]


@lru_cache(maxsize=4096)
def _text_size(text: str) -> tuple[float, float]:
    metrics = QFontMetricsF(small_font(QGuiApplication.font()))
    return metrics.horizontalAdvance(text) + 6.0, metrics.height()


def on_screen(points: NDArray[np.float64], sight: Sight) -> NDArray[np.float64]:
    """(n, 2) (slow, fast) as (n, 2) (x, y)."""
    found = np.asarray(points, np.float64).reshape(-1, 2)
    x = (found[:, 1] - sight.region.fast) * sight.scale
    y = (found[:, 0] - sight.region.slow) * sight.scale
    x = sight.width - x if sight.fast_left else x
    y = sight.height - y if sight.slow_up else y
    return np.stack([x, y], axis=1)


def label_place(
    item: Line, points: NDArray[np.float64], sight: Sight
) -> tuple[float, float] | None:
    """Where a line's label stands: where it asks to, or where the line is in view."""
    if item.label_at is not None:
        x, y = sight.to_screen(*item.label_at)
        if 0 <= x <= sight.width and 0 <= y <= sight.height:
            return x, y
    inside = np.flatnonzero(
        (points[:, 0] > 30)
        & (points[:, 0] < sight.width - 30)
        & (points[:, 1] > 12)
        & (points[:, 1] < sight.height - 12)
    )
    if not len(inside):
        return None
    x, y = points[inside[len(inside) // 2]]
    return float(x), float(y)


def _polylines(parts: NDArray[Any]) -> tuple[list[QPolygonF], NDArray[Any]]:
    """Sections that go on from each other, joined again: dashes run through; and those that stand
    alone.
    """
    breaks = np.flatnonzero(np.any(parts[1:, :2] != parts[:-1, 2:], axis=1)) + 1
    starts, stops = np.append(0, breaks), np.append(breaks, len(parts))
    alone = stops - starts == 1
    bent = []
    for start, stop in zip(starts[~alone].tolist(), stops[~alone].tolist(), strict=True):
        run = parts[start:stop]
        points = np.concatenate([run[:, :2], run[-1:, 2:]]).tolist()
        bent.append(QPolygonF([QPointF(x, y) for x, y in points]))
    return bent, parts[starts[alone]]


def _circle() -> NDArray[np.float64]:
    angle = np.linspace(0.0, 2 * np.pi, 13)
    around = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return np.concatenate([around[:-1], around[1:]], axis=1)


_SYMBOLS: Final[dict[Symbol, NDArray[np.float64]]] = {
    "plus": np.array([[-1, 0, 1, 0], [0, -1, 0, 1]], np.float64),
    "cross": np.array([[-1, -1, 1, 1], [-1, 1, 1, -1]], np.float64),
    "square": np.array(
        [[-1, -1, 1, -1], [1, -1, 1, 1], [1, 1, -1, 1], [-1, 1, -1, -1]], np.float64
    ),
    "circle": _circle(),
}


def paint(painter: QPainter, drawing: Drawing) -> None:
    """Draw strokes and then labels."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for stroke in drawing.strokes:
        width = _WIDTH[stroke.emphasis]
        opacity = _OPACITY[stroke.emphasis]
        halo, ink = QColor(0, 0, 0, round(190 * opacity)), QColor(stroke.color)
        ink.setAlphaF(opacity)
        for color, thick in ((halo, width + 2.0), (ink, width)):
            pen = QPen(color, thick)
            # Qt draws straight lines with round caps twenty times as slowly.
            pen.setCapStyle(Qt.PenCapStyle.SquareCap)
            if stroke.dashed:
                pen.setCapStyle(Qt.PenCapStyle.FlatCap)
                pen.setDashPattern([6.0 * width / thick, 4.0 * width / thick])
            painter.setPen(pen)
            painter.drawLines(stroke.lines)
            painter.drawPath(stroke.sections)
            if not stroke.dashed:
                pen.setCapStyle(Qt.PenCapStyle.RoundCap)
                painter.setPen(pen)
            for polygon in stroke.polylines:
                painter.drawPolyline(polygon)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    paint_labels(painter, drawing.labels)


def paint_labels(painter: QPainter, labels: Iterable[Label]) -> None:
    """Draw texts on grounds of their own, to be read on any image."""
    for label in labels:
        box = label.box
        painter.fillRect(box, QColor(0, 0, 0, 165))
        painter.setPen(QColor(label.color))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, label.text)


def small_font(font: QFont) -> QFont:
    """For labels over images."""
    small = QFont(font)
    small.setPointSizeF(max(font.pointSizeF() * 0.88, 7.0))
    return small


def box_of(left: float, top: float, width: float, height: float) -> list[QLineF]:
    """The four sides of a box."""
    right, bottom = left + width, top + height
    corners = [
        QPointF(left, top),
        QPointF(right, top),
        QPointF(right, bottom),
        QPointF(left, bottom),
    ]
    return [QLineF(corners[i], corners[(i + 1) % 4]) for i in range(4)]
