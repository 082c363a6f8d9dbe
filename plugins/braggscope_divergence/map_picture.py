"""The map as a picture. Painted outside the window's thread: thousands of marks take a while."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from braggscope.explain.looks import uncrowded
from braggscope.ui.view_state import Directions
from braggscope_divergence.chart import Chart
from braggscope_divergence.marks import mixed, paint_mark

_MARK = 3.6


@dataclass(frozen=True, eq=False)
class Colors:
    """Of the map's surroundings.

    Attributes:
        window: around the image.
        ground: what the colours of areas are mixed with, and the rims of marks.
        image: where no pixel counts.
        border: around the image.
    """

    window: QColor
    ground: QColor
    image: QColor
    border: QColor


@dataclass(frozen=True, eq=False)
class Sheet:
    """All that a picture depends on.

    Attributes:
        chart: what it shows; None: nothing was sampled yet.
        shape: (slow, fast) of the images.
        size, ratio: of the picture, and device pixels for one of its own.
        frame: where the image is in it; None: there is no image.
        directions: of the axes.
    """

    chart: Chart | None
    shape: tuple[int, int]
    size: QSize
    ratio: float
    frame: QRectF | None
    directions: Directions
    colors: Colors


def painted(sheet: Sheet) -> QImage:
    """Paint it."""
    size = (sheet.size * sheet.ratio).expandedTo(QSize(1, 1))
    picture = QImage(size, QImage.Format.Format_RGB32)
    picture.setDevicePixelRatio(sheet.ratio)
    picture.fill(sheet.colors.window)
    if sheet.frame is None:
        return picture
    painter = QPainter(picture)
    painter.fillRect(sheet.frame, sheet.colors.image)
    if sheet.chart is not None:
        painter.drawImage(sheet.frame, _areas(sheet.chart, sheet))
        _paint_marks(painter, sheet.chart, sheet, sheet.frame)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(sheet.colors.border, 1.0))
    painter.drawRect(sheet.frame)
    painter.end()
    return picture


def _areas(chart: Chart, sheet: Sheet) -> QImage:
    """One pixel for each cell of the map."""
    slow_up, fast_left = sheet.directions
    kinds = chart.kinds[:: -1 if slow_up else 1, :: -1 if fast_left else 1]
    cells = np.where(kinds < 0, len(chart.looks), kinds).astype(np.uint8)
    rows, columns = cells.shape
    image = QImage(cells.tobytes(), columns, rows, columns, QImage.Format.Format_Indexed8)
    table = [mixed(look.color, sheet.colors.ground).rgb() for look in chart.looks.values()]
    image.setColorTable([*table, sheet.colors.image.rgb()])
    return image.copy()


def _paint_marks(painter: QPainter, chart: Chart, sheet: Sheet, frame: QRectF) -> None:
    turned = np.where(sheet.directions, np.array(sheet.shape) - chart.places, chart.places)
    scale = frame.width() / sheet.shape[1]
    places = turned[:, ::-1] * scale + np.array([frame.left(), frame.top()])
    looks, outcomes = list(chart.looks.values()), chart.outcomes.tolist()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    # The rarest are painted last, over their neighbours.
    for n in reversed(uncrowded(places, outcomes, 2.6 * _MARK)):
        x, y = places[n].tolist()
        paint_mark(painter, x, y, _MARK, looks[outcomes[n]], sheet.colors.ground)
