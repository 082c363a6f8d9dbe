"""Pictures of a plot as bytes, by pyqtgraph's exporters."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyqtgraph as pg
from pyqtgraph.exporters import ImageExporter, SVGExporter
from PySide6.QtCore import QBuffer
from PySide6.QtWidgets import QFileDialog, QWidget

from braggscope.whole_files import write_whole

#: Saved pictures have so many pixels for one on screen.
_SHARPER = 2
AskPath = Callable[[QWidget, str, str], Path | None]
_FILTERS = {"png": "PNG picture (*.png)", "svg": "SVG picture (*.svg)", "csv": "CSV table (*.csv)"}


def ask_path(parent: QWidget, title: str, kind: str) -> Path | None:
    """Ask where to save; None when the user does not want to."""
    name = f"{title.lower().replace(' ', '-')}.{kind}"
    chosen, _ = QFileDialog.getSaveFileName(parent, f"Save {title}", name, _FILTERS[kind])
    if not chosen:
        return None
    path = Path(chosen)
    return path if path.suffix else path.with_suffix(f".{kind}")


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
    text = SVGExporter(canvas.scene()).export(toBytes=True)
    write_whole(path, lambda sink: sink.write(bytes(text)))
