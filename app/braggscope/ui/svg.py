"""SVG drawings as raster pictures."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QRectF
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

from braggscope.whole_files import write_whole

_SCALE = 2


def rendered(svg: str, scale: float = 1.0) -> QImage:
    """A drawing with `scale` pixels for each of its own; needs a QGuiApplication for its fonts."""
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


def write_png(svg: str, path: Path) -> None:
    """Write a drawing as PNG at twice its size; starts Qt without a screen where it is not there.

    Raises:
        InvalidInput: the file cannot be written.
    """
    application = QGuiApplication.instance()
    if application is None:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        application = QGuiApplication([])
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    rendered(svg, _SCALE).save(buffer, "PNG")  # type: ignore[call-overload]
    write_whole(path, lambda sink: sink.write(bytes(buffer.data().data())))
