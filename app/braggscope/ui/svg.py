"""SVG drawings as raster pictures."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from braggscope.whole_files import write_whole

_SCALE = 2


def rendered(svg: str, scale: float = 1.0) -> QImage:
    """A drawing with `scale` pixels for each of its own; needs Qt's application for its fonts."""
    renderer = QSvgRenderer(QByteArray(svg.encode()))
    size = renderer.defaultSize()
    image = QImage(
        round(size.width() * scale),
        round(size.height() * scale),
        QImage.Format.Format_RGB32,
    )
    image.setDevicePixelRatio(scale)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer.render(painter, QRectF(0, 0, size.width(), size.height()))
    painter.end()
    return image


@cache
def _without_screen() -> QApplication:
    """Qt without a screen; it lives as long as the process, and serves widgets that come later."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    return QApplication([])


def write_png(svg: str, path: Path) -> None:
    """Write a drawing as PNG at twice its size; starts Qt without a screen where it is not there.

    Raises:
        InvalidInput: the file cannot be written.
    """
    if QApplication.instance() is None:
        _without_screen()
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    rendered(svg, _SCALE).save(buffer, "PNG")  # type: ignore[call-overload]
    write_whole(path, lambda sink: sink.write(bytes(buffer.data().data())))
