"""Places in an image, and a hand at the mouse."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPoint, QPointF, Qt
from pytestqt.qtbot import QtBot

from braggscope.gui.images.canvas import ImageCanvas


def place(canvas: ImageCanvas, slow: float, fast: float) -> QPoint:
    return QPointF(*canvas.sight.to_screen(slow, fast)).toPoint()


def drag(qtbot: QtBot, canvas: ImageCanvas, one: tuple[float, float], other: Any) -> None:
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=place(canvas, *one))
    middle = ((one[0] + other[0]) / 2, (one[1] + other[1]) / 2)
    qtbot.mouseMove(canvas, place(canvas, *middle))
    qtbot.mouseMove(canvas, place(canvas, *other))
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=place(canvas, *other))


def color_at(canvas: ImageCanvas, slow: float, fast: float) -> tuple[int, int, int]:
    point = place(canvas, slow, fast)
    color = canvas.grab().toImage().pixelColor(point)
    return color.red(), color.green(), color.blue()
