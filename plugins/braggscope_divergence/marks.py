"""Marks and colours of outcomes, painted with Qt."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap, QPolygonF

from braggscope.explain.looks import Look

#: Opacity of areas: the marks on them stand out.
AREA = 0.42
_ICON = 16


def paint_mark(painter: QPainter, x: float, y: float, size: float, look: Look, rim: QColor) -> None:
    """Paint one mark; size is half its width."""
    size *= look.size
    painter.setBrush(QColor(look.color))
    painter.setPen(QPen(rim, 1.0))
    if not look.outline:
        painter.drawEllipse(QPointF(x, y), size, size)
        return
    painter.drawPolygon(QPolygonF([QPointF(x + size * i, y + size * j) for i, j in look.outline]))


def mixed(color: str, ground: QColor) -> QColor:
    """The colour of an area on a ground."""
    over = QColor(color)
    return QColor.fromRgbF(
        over.redF() * AREA + ground.redF() * (1.0 - AREA),
        over.greenF() * AREA + ground.greenF() * (1.0 - AREA),
        over.blueF() * AREA + ground.blueF() * (1.0 - AREA),
    )


def swatch(look: Look, ground: QColor, rim: QColor, ratio: float) -> QIcon:
    """An area with its mark, for the legend.

    Args:
        ratio: device pixels for one on screen.
    """
    picture = QPixmap(round(_ICON * ratio), round(_ICON * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.fillRect(QRectF(0, 0, _ICON, _ICON), mixed(look.color, ground))
    paint_mark(painter, _ICON / 2, _ICON / 2, 4.2, look, rim)
    painter.end()
    icon = QIcon(picture)
    # Chosen rows are not tinted: a colour that changes means nothing.
    icon.addPixmap(picture, QIcon.Mode.Selected)
    return icon
