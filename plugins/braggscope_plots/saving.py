"""Pictures of a plot as files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyqtgraph as pg
from pyqtgraph.exporters import ImageExporter
from PySide6.QtCore import QBuffer, QRectF
from PySide6.QtGui import QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

from braggscope.ui.saving import ask_where
from braggscope.whole_files import write_whole

#: Saved pictures have so many pixels for one on screen.
_SHARPER = 2
AskPath = Callable[[QWidget, str, str], Path | None]
_FILTERS = {"png": "PNG picture (*.png)", "svg": "SVG picture (*.svg)", "csv": "CSV table (*.csv)"}


def ask_path(parent: QWidget, title: str, kind: str) -> Path | None:
    """Ask where to save; None when the user does not want to."""
    name = f"{title.lower().replace(' ', '-')}.{kind}"
    return ask_where(parent, f"Save {title}", name, _FILTERS[kind])


def save_png(canvas: pg.GraphicsLayoutWidget, path: Path) -> None:
    """Write the plot as it looks.

    Raises:
        InvalidInput: the file cannot be written.
    """
    exporter = ImageExporter(canvas.scene())
    exporter.parameters()["width"] = int(canvas.width() * _SHARPER)
    image = exporter.export(toBytes=True)
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    write_whole(path, lambda sink: sink.write(bytes(buffer.data().data())))


def save_svg(canvas: pg.GraphicsLayoutWidget, path: Path) -> None:
    """Write the plot as it looks, in lines.

    Raises:
        InvalidInput: the file cannot be written.
    """
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    # pyqtgraph's own exporter cannot read closed paths, which Qt writes since 6.10.
    generator = QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)
    generator.setOutputDevice(buffer)
    generator.setTitle(canvas.accessibleName())
    generator.setDescription(canvas.accessibleDescription())
    # Axes are recorded pictures, which are played in inches.
    generator.setResolution(canvas.logicalDpiX())
    generator.setSize(canvas.size())
    generator.setViewBox(canvas.rect())
    painter = QPainter(generator)
    try:
        painter.fillRect(canvas.rect(), canvas.backgroundBrush())
        canvas.scene().render(painter, QRectF(canvas.rect()), QRectF(canvas.viewRect()))
    finally:
        painter.end()
    write_whole(path, lambda sink: sink.write(bytes(buffer.data().data())))
