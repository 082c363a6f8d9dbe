"""Saves pictures at full resolution, as they look in the window."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QBuffer
from PySide6.QtGui import QImage

from braggscope.gui.images.pictures import Picture
from braggscope.io.rendering import render_rgb
from braggscope.whole_files import write_whole


def save_picture(picture: Picture, path: Path) -> None:
    """Write a picture as PNG; an existing file is replaced as a whole or not at all.

    Raises:
        InvalidInput: the file cannot be written.
    """
    pixels = render_rgb(
        picture.pyramid.data,
        levels=picture.levels,
        scale=picture.scale,
        colormap=picture.colormap,
        mask=picture.pyramid.mask,
        inverted=picture.inverted,
        mark_clipped=picture.mark_clipped,
    )
    height, width, _ = pixels.shape
    image = QImage(pixels.data, width, height, pixels.strides[0], QImage.Format.Format_RGB888)
    low, high = picture.levels
    image.setText("Description", f"levels {low:g} to {high:g}, {picture.scale}, {picture.colormap}")
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    write_whole(path, lambda sink: sink.write(bytes(buffer.data().data())))
